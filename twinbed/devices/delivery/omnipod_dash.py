r"""Insulet Omnipod Dash: strokes of a wheel that delivers unevenly over a turn.

Inputs, states, behaviour and known limits are described in `devices/delivery/_pump.py`. With
$\varphi$ the angle of the wheel, which turns once in 5 IU, it delivers

$$\frac{dV}{d\varphi} \propto A_0 + A_1 \sin\varphi + A_2 \sin 2\varphi.$$

*Known limits*: the wheel starts at angle 0, and a new pod goes on where the last one stopped.

**References:**

- Eichenlaub et al. (2023), Patch pumps: periodic insulin delivery patterns, J Diabetes Sci
  Technol 17(4)
- Increments and amplitudes as in LoopInsighT1 (MIT)
- Omnipod 5 user guide: alarm after 3 to 5 U, typically 3.0 h at 1 U/h and 51 h at 0.05 U/h
"""

import math

import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import param
from twinbed.devices.delivery._pump import AbstractInsulinPump

_LT1 = "LoopInsighT1, OmnipodDash"
_EICHENLAUB = "Eichenlaub 2023 as in LoopInsighT1, OmnipodDash"


class OmnipodDash(AbstractInsulinPump):
    """Insulet Omnipod Dash."""

    basal_increment: Scalar = param(0.05, "[IU]/h", "increment of the basal rate", bounds=(1e-4, 1.0), source=_LT1)
    basal_max: Scalar = param(30.0, "[IU]/h", "largest basal rate", bounds=(0.0, 100.0), source=_LT1)
    stroke: Scalar = param(
        0.05,
        "[IU]",
        "insulin in a basal stroke of the motor",
        bounds=(1e-4, 1.0),
        source="as a bolus increment",
    )
    bolus_increment: Scalar = param(0.05, "[IU]", "increment of a bolus", bounds=(1e-4, 1.0), source=_LT1)
    bolus_max: Scalar = param(30.0, "[IU]", "largest bolus", bounds=(0.0, 100.0), source=_LT1)
    reservoir_size: Scalar = param(
        200.0, "[IU]", "insulin in a full reservoir", bounds=(1.0, 1000.0), source="Omnipod user guides"
    )
    stiffness: Scalar = param(
        100.0 / 3.0, "kPa/[IU]", "pressure per insulin stored in the set", bounds=(0.1, 1000.0),
        source="Omnipod 5 user guide: alarm after typically 3.0 h at 1 U/h",
    )  # fmt: skip
    turn: Scalar = param(5.0, "[IU]", "insulin in a turn of the wheel", bounds=(0.1, 100.0), source=_EICHENLAUB)
    wheel_mean: Scalar = param(1.0167, "1", "mean delivered per metered, A0", source=_EICHENLAUB)
    wheel_first: Scalar = param(-0.1852, "1", "amplitude of the first harmonic, A1", source=_EICHENLAUB)
    wheel_second: Scalar = param(-0.0633, "1", "amplitude of the second harmonic, A2", source=_EICHENLAUB)

    def evenness(self, turned: Scalar, metered: Scalar) -> Scalar:
        angle = math.tau * (turned / self.turn - jnp.floor(turned / self.turn))
        moved = math.tau * metered / self.turn
        after = angle + moved
        first = self.wheel_first * (jnp.cos(angle) - jnp.cos(after))
        second = 0.5 * self.wheel_second * (jnp.cos(2.0 * angle) - jnp.cos(2.0 * after))
        return self.wheel_mean + (first + second) / jnp.where(moved > 0.0, moved, 1.0)
