"""A glucose sensor without error, delay or limits, to tell a device's faults from a sensor's.

Input: interstitial glucose. No state.

*Known limits*: none of the errors of a real sensor.

**References:**

- Breton & Kovatchev (2008), J Diabetes Sci Technol 2(5):853-862, PMC2740661 (what a real one adds)
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, Nothing, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.devices.sensing._display import Inputs, Outputs


class CgmIdeal(AbstractDevice[Nothing, Inputs, Outputs]):
    """Shows interstitial glucose as it is."""

    role: ClassVar[Role] = "sensor"
    period_s: float = eqx.field(static=True, default=300.0)

    def initial(self, noise: Noise) -> Nothing:
        return Nothing()

    def step(self, t_s: Scalar, x: Nothing, u: Inputs, noise: Noise) -> tuple[Nothing, Outputs]:
        return x, Outputs(u.interstitial_glucose, jnp.ones_like(u.interstitial_glucose))
