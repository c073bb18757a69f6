r"""An arm beyond a cuff: what is left of the pulse there, and how its veins fill.

The artery under the cuff is open where the pressure at one of its ends is above the cuff's, as a tube that collapses:
blood comes with $\max(p_a, p_c) - \max(p, p_c)$ for pressures $p_a$ before, $p_c$ in and $p$ beyond the cuff. So
nothing comes while the cuff is above systolic pressure, what comes from below systolic to diastolic pressure is the
tops of the pulse, and all of it comes below. The arteries beyond run out into the veins, which empty past the cuff in
the same way: above a cuff below diastolic pressure only, to whose pressure they rise if it stays.

Who is beyond the cuff reads `arm_pressure` in place of the arterial pressure (`over_oximeter`, `over_line` and
`over_watch` of the cuff).

*Known limits*: below diastolic pressure the pulse is whole, where a finger's is smaller (0.6 times at diastolic
pressure, Nitzan 2005), and late by the opening of the artery alone; vessels do not widen after they were without blood,
veins do not stiffen; blood that stands keeps its oxygen; the arm's flow, some 1 % of the body's, and drugs given into
its veins go on in the rest of the patient.

**References:**

- Nitzan, Rosenfeld, Weiss, Grossman, Patron & Murray (2005), IEEE Trans Biomed Eng 52(6):1120,
  doi:10.1109/TBME.2005.846733 (pulse of the finger beyond a cuff that deflates)
- Babbs (2012), BioMed Eng OnLine 11:56, doi:10.1186/1475-925X-11-56 (the artery under a cuff)
"""

from typing import ClassVar, Literal

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import AbstractModel, Scalar, Time
from twinbed.core.quantities import param, port, var


class State(eqx.Module):
    """Pressures beyond the cuff."""

    arteries: Scalar = var("mm[Hg]", "pressure in the arteries")
    veins: Scalar = var("mm[Hg]", "pressure in the veins")


class Inputs(eqx.Module):
    """What comes from the aorta, and what presses on the way."""

    arterial_pressure: Scalar = port("arterial_pressure")
    cuff_pressure: Scalar = port("cuff_pressure", rest=0.0)


class Outputs(eqx.Module):
    """Pressures beyond the cuff."""

    arm_pressure: Scalar = port("arm_pressure")
    arm_venous_pressure: Scalar = port("arm_venous_pressure")


class Arm(AbstractModel[State, Inputs, Outputs]):
    """Forearm and hand beyond a cuff on the upper arm."""

    seconds_per_time_unit: ClassVar[float] = 1.0
    order: ClassVar[Literal[2, 4]] = 2
    step_s: float = eqx.field(static=True, default=0.01)

    opens: Scalar = param(
        0.012, "s", "lag of the arteries behind an open artery under the cuff", bounds=(0.011, 0.2),
        source="0.03 mL/mmHg behind 12 cm of 4 mm width (Poiseuille: 0.4 mmHg s/mL)",
    )  # fmt: skip
    runs_out: Scalar = param(
        2.7, "s", "time in which the arteries run out into the veins", bounds=(0.1, 60.0),
        source="0.03 mL/mmHg into a resistance that takes 0.9 mL/s at rest (forearm and hand: 4 mL/100 mL/min)",
    )  # fmt: skip
    veins_hold: Scalar = param(
        20.0, "1", "compliance of the veins, times that of the arteries", bounds=(1.0, 200.0),
        source="0.045 mL/100 mL/mmHg, usual in plethysmography, of 1.4 L",
    )  # fmt: skip
    drains: Scalar = param(
        3.3, "s", "time in which the veins empty", bounds=(0.1, 60.0), source="10 mmHg in the veins of a resting arm"
    )
    venous_pressure: Scalar = param(
        5.0, "mm[Hg]", "pressure into which they empty", bounds=(-10.0, 40.0), source="central venous pressure at rest"
    )

    def resting(self) -> Inputs:
        return Inputs(92.0 * jnp.ones_like(self.drains), jnp.zeros_like(self.drains))

    def initial(self) -> State:
        before = self.resting().arterial_pressure
        way = self.opens + self.runs_out
        share = self.drains / (way * self.veins_hold)
        veins = (self.venous_pressure + share * before) / (1.0 + share)
        return State((before * self.runs_out + veins * self.opens) / way, veins)

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        del t
        cuff = u.cuff_pressure
        past = lambda before, beyond: jnp.maximum(before, cuff) - jnp.maximum(beyond, cuff)
        runs = (x.arteries - x.veins) / self.runs_out
        return State(
            arteries=past(u.arterial_pressure, x.arteries) / self.opens - runs,
            veins=runs / self.veins_hold - jnp.maximum(past(x.veins, self.venous_pressure), 0.0) / self.drains,
        )

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        del t, u
        return Outputs(x.arteries, x.veins)
