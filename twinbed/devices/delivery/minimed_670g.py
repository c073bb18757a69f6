"""Medtronic MiniMed 670G at standard bolus speed.

Inputs, states, behaviour and known limits are described in `devices/delivery/_pump.py`.

*Known limits*: the volume missed before the occlusion alarm is that of the Paradigm 511 manual;
that of the 670G was not found.

**References:**

- Increments, limits and delivery accuracy as in LoopInsighT1 (MIT), where accuracies are percent
- Ziegler et al. (2019), Diabetes 68(Suppl 1):119-LB: 10 U in 6.7 min at standard speed
- Paradigm MMT-511 user guide: alarm after typically 75 min at 1 U/h and 12.5 h at 0.1 U/h
"""

import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import param
from twinbed.devices.delivery._pump import AbstractInsulinPump

_LT1 = "LoopInsighT1 pump settings, read as percent"


class Minimed670g(AbstractInsulinPump):
    """Medtronic MiniMed 670G."""

    basal_increment: Scalar = param(0.025, "[IU]/h", "increment of the basal rate", bounds=(1e-4, 1.0), source=_LT1)
    basal_max: Scalar = param(35.0, "[IU]/h", "largest basal rate", bounds=(0.0, 100.0), source=_LT1)
    stroke: Scalar = param(
        0.025,
        "[IU]",
        "insulin in a basal stroke of the motor",
        bounds=(1e-4, 1.0),
        source="as a bolus increment",
    )
    bolus_increment: Scalar = param(0.025, "[IU]", "increment of a bolus", bounds=(1e-4, 1.0), source=_LT1)
    bolus_max: Scalar = param(75.0, "[IU]", "largest bolus", bounds=(0.0, 100.0), source=_LT1)
    bolus_speed: Scalar = param(
        1.5, "[IU]/min", "speed of a bolus", bounds=(0.01, 60.0), source="Ziegler 2019: 10 U in 6.7 min"
    )
    basal_gain_mean: Scalar = param(1.001, "1", "mean basal delivered per metered", source=_LT1)
    basal_gain_sd: Scalar = param(0.0374, "1", "its standard deviation between devices", source=_LT1)
    bolus_gain_mean: Scalar = param(1.003, "1", "mean bolus delivered per metered", source=_LT1)
    bolus_gain_sd: Scalar = param(0.0248, "1", "its standard deviation between boluses", source=_LT1)
    stiffness: Scalar = param(
        80.0, "kPa/[IU]", "pressure per insulin stored in the set", bounds=(0.1, 1000.0),
        source="Paradigm MMT-511 user guide: alarm after typically 1.25 U",
    )  # fmt: skip

    def evenness(self, turned: Scalar, metered: Scalar) -> Scalar:
        return jnp.ones_like(metered)
