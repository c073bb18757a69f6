"""Tandem t:slim X2: fine increments, small strokes.

Inputs, states, behaviour and known limits are described in `devices/delivery/_pump.py`.

*Known limits*: the volume missed before the occlusion alarm and the speed of a bolus are
remembered from the user guide and were not read again.

**References:**

- Increments, limits and delivery accuracy as in LoopInsighT1 (MIT), where accuracies are percent
"""

import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import param
from twinbed.devices.delivery._pump import AbstractInsulinPump

_LT1 = "LoopInsighT1 pump settings, read as percent"
_REMEMBERED = "user guide as remembered, not read again: "


class TslimX2(AbstractInsulinPump):
    """Tandem t:slim X2."""

    basal_increment: Scalar = param(0.001, "[IU]/h", "increment of the basal rate", bounds=(1e-4, 1.0), source=_LT1)
    basal_max: Scalar = param(15.0, "[IU]/h", "largest basal rate", bounds=(0.0, 100.0), source=_LT1)
    stroke: Scalar = param(
        0.001, "[IU]", "insulin in a basal stroke of the motor", bounds=(1e-4, 1.0),
        source=_REMEMBERED + "increments of 0.001 U at rates of 0.1 U/h and more",
    )  # fmt: skip
    bolus_increment: Scalar = param(0.01, "[IU]", "increment of a bolus", bounds=(1e-4, 1.0), source=_LT1)
    bolus_max: Scalar = param(25.0, "[IU]", "largest bolus", bounds=(0.0, 100.0), source=_LT1)
    bolus_speed: Scalar = param(
        2.97, "[IU]/min", "speed of a bolus", bounds=(0.01, 60.0), source=_REMEMBERED + "2.97 U/min"
    )
    basal_gain_mean: Scalar = param(1.006, "1", "mean basal delivered per metered", source=_LT1)
    basal_gain_sd: Scalar = param(0.0295, "1", "its standard deviation between devices", source=_LT1)
    bolus_gain_mean: Scalar = param(1.019, "1", "mean bolus delivered per metered", source=_LT1)
    bolus_gain_sd: Scalar = param(0.0094, "1", "its standard deviation between boluses", source=_LT1)
    stiffness: Scalar = param(
        50.0, "kPa/[IU]", "pressure per insulin stored in the set", bounds=(0.1, 1000.0),
        source=_REMEMBERED + "alarm after about 2 U (64 min at 2 U/h)",
    )  # fmt: skip

    def evenness(self, turned: Scalar, metered: Scalar) -> Scalar:
        return jnp.ones_like(metered)
