r"""A syringe pump: a screw pushes the plunger of a syringe.

Inputs, states, the line and the alarms are described in `devices/infusion/_line.py`. The motor turns a screw whose
error repeats every turn, $dV/dV_m = 1 + a \sin(2\pi V_m / V_{turn})$, where a turn moves the plunger by the pitch. A
new syringe first takes up the play of its holder, so that at a low flow nothing is given for minutes. The plunger
sticks and slips: it moves on when it lags by the slip volume.

`SyringePump.of("norepinephrine", concentration=0.08)` is the pump of another drug.

*Known limits*: play and slip do not depend on pressure; the seconds before the alarm that a stuck plunger may hide
are left out.

**References:**

- Neff et al. (2001), Paediatr Anaesth 11(5):561, doi:10.1046/j.1460-9592.2001.00730.x (play: start-up at 1 mL/h)
- B. Braun Perfusor compact plus, instructions for use (accuracy of 2 % by trumpet curve at 1 mL/h)
"""

import math
from typing import Any

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import param, var
from twinbed.devices._drug import for_drug
from twinbed.devices.infusion._line import (
    AbstractInfusionPump,
    Inputs,
    Pushed,
    State,
    uneven,
    within_turn,
)

_ML_PER_MM3 = 1e-3


class Screw(eqx.Module):
    """The mechanism."""

    turned: Scalar = var("mL", "place within a turn")
    play: Scalar = var("mL", "play that is left")
    lag: Scalar = var("mL", "how far the plunger lags behind")


class SyringePump(AbstractInfusionPump):
    """A syringe pump with one drug."""

    increment: Scalar = param(0.01, "mL/h", "increment of the flow", bounds=(1e-4, 10.0), source="common syringe pumps")
    diameter: Scalar = param(26.7, "mm", "inside of the syringe", bounds=(3.0, 40.0), source="common 50 mL syringes")
    pitch: Scalar = param(1.0, "mm", "of the screw", bounds=(0.05, 10.0), source="assumption")
    screw_error: Scalar = param(
        0.02, "1", "amplitude of the error of the screw", bounds=(0.0, 0.5), source="makers: accuracy of 2 %"
    )
    play: Scalar = param(
        0.11, "mL", "play that a new syringe takes up", bounds=(0.0, 2.0),
        source="Neff 2001: 7 to 57 min at 1 mL/h, the best of four pumps; 0.3 to 1.1 min after a bolus",
    )  # fmt: skip
    slip: Scalar = param(0.005, "mL", "slip of the plunger", bounds=(0.0, 0.5), source="assumption")

    @classmethod
    def of(cls, drug: str, *, concentration: float, **settings: Any) -> "SyringePump":
        """The pump of a drug at a concentration in mg/mL. Raises `UnknownSignal` for what is no drug."""
        return for_drug(SyringePump, drug)(concentration=concentration, **settings)

    def fresh(self) -> Screw:
        zero = jnp.zeros_like(self.play)
        return Screw(zero, self.play, zero)

    def push(self, x: State, u: Inputs, metered: Scalar) -> Pushed:
        turn = math.tau / 8.0 * self.diameter * self.diameter * self.pitch * _ML_PER_MM3
        moved = uneven(x.drive.turned, metered, turn, self.screw_error)
        taken_up = jnp.minimum(moved, x.drive.play)
        lag = x.drive.lag + moved - taken_up
        slips = lag >= self.slip
        volume = jnp.minimum(jnp.where(slips, lag, 0.0), x.left)
        screw = Screw(
            within_turn(x.drive.turned + metered, turn), x.drive.play - taken_up, jnp.where(slips, 0.0, lag)
        )  # fmt: skip
        return Pushed(screw, volume, volume, jnp.ones_like(volume), jnp.zeros_like(volume))
