"""The pressure in the artery at the wrist, where lines for monitoring lie.

Waves that come back from the arm make the pulse of the wrist larger and steeper than that of the aorta: its systolic
pressure is higher, its diastolic and mean pressure are nearly the same, and after the notch there is a second wave. The
arteries of the arm are one resonance that lets slow pressure through as it is. Where a cuff is on the same arm
(`cuff_over_line`), the pressure beyond the cuff takes the place of the aorta's.

*Known limits*: one resonance for everybody, whatever the age, the tone of the vessels and the heart rate; no delay by
the way from the heart (some 0.08 s) but that of the resonance (0.02 s); no clots and kinks.

**References:**

- Karamanoglu, O'Rourke, Avolio & Kelly (1993), Eur Heart J 14(2):160, doi:10.1093/eurheartj/14.2.160 (the transfer
  from aorta to arm has its peak near 4 Hz)
- Pauca, Wallenhaupt, Kon & Tucker (1992), Chest 102(4):1193, doi:10.1378/chest.102.4.1193 (at the wrist systolic
  pressure is 12 mmHg higher than in the aorta, diastolic and mean pressure are lower by 1 at most)
"""

from typing import ClassVar, Literal

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import AbstractModel, Scalar, Time
from twinbed.core.quantities import param, port, var

_RESONATES = "calibrated: systolic pressure 12 mmHg above the aorta's (Pauca 1992); order of Karamanoglu 1993"


class State(eqx.Module):
    """The pressure, and how fast it changes."""

    pressure: Scalar = var("mm[Hg]", "pressure at the wrist")
    slope: Scalar = var("mm[Hg]/s", "how fast it rises")


class Inputs(eqx.Module):
    """What comes from the aorta, or from a cuff on the way."""

    arterial_pressure: Scalar = port("arterial_pressure")
    arm_pressure: Scalar = port("arm_pressure", rest=92.0)
    cuffed: Scalar = port("cuff_over_line", rest=0.0)


class Outputs(eqx.Module):
    """What a line measures."""

    radial_pressure: Scalar = port("radial_pressure")


class Radial(AbstractModel[State, Inputs, Outputs]):
    """The arteries of one patient's arm."""

    seconds_per_time_unit: ClassVar[float] = 1.0
    order: ClassVar[Literal[2, 4]] = 2
    step_s: float = eqx.field(static=True, default=0.01)

    speed: Scalar = param(25.0, "/s", "angular speed of the resonance", bounds=(10.0, 100.0), source=_RESONATES)
    damping: Scalar = param(0.3, "1", "damping of the resonance", bounds=(0.1, 2.0), source=_RESONATES)

    def initial(self) -> State:
        return State(92.0 * jnp.ones_like(self.damping), jnp.zeros_like(self.damping))

    def resting(self) -> Inputs:
        one = jnp.ones_like(self.damping)
        return Inputs(92.0 * one, 92.0 * one, 0.0 * one)

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        del t
        comes = jnp.where(u.cuffed > 0.5, u.arm_pressure, u.arterial_pressure)
        pull = self.speed * (comes - x.pressure) - 2.0 * self.damping * x.slope
        return State(x.slope, self.speed * pull)

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        del t, u
        return Outputs(x.pressure)
