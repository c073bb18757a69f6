"""A sensor of the bench: small errors of its own, for a device under test that passes, or as part of a loop."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, var
from twinbed.devices.sensing._display import Inputs, Outputs


class State(eqx.Module):
    """What a sensor is like, and its noise."""

    gain: Scalar = var("1", "gain of this sensor")
    offset: Scalar = var("mg/dL", "offset of this sensor")
    error: Scalar = var("mg/dL", "present noise")


class SteadyCgm(AbstractDevice[State, Inputs, Outputs]):
    """A sensor with a small error of its own and a small noise, about what the special controls ask for.

    The reading is gain times interstitial glucose plus offset plus noise of first order. Gain and offset are drawn
    once a sensor. The numbers are this bench's: no product is meant.
    """

    role: ClassVar[Role] = "sensor"
    period_s: float = eqx.field(static=True, default=300.0)
    gain_sd: Scalar = param(0.05, "1", "spread of the gain between sensors", source="bench")
    offset_sd: Scalar = param(3.0, "mg/dL", "spread of the offset between sensors", source="bench")
    noise_sd: Scalar = param(4.0, "mg/dL", "standard deviation of the noise", source="bench")
    memory: Scalar = param(0.9, "1", "correlation of the noise from reading to reading", source="bench")

    def initial(self, noise: Noise) -> State:
        gain = 1.0 + self.gain_sd * noise.normal(0)
        return State(gain, self.offset_sd * noise.normal(1), self.noise_sd * noise.normal(2))

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        shown = jnp.clip(x.gain * u.interstitial_glucose + x.offset + x.error, 40.0, 400.0)
        fresh = jnp.sqrt(1.0 - self.memory * self.memory) * self.noise_sd * noise.normal(0)
        return State(x.gain, x.offset, self.memory * x.error + fresh), Outputs(shown, jnp.ones_like(shown))
