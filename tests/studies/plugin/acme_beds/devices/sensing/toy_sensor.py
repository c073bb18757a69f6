"""A sensor with white noise, for tests. *Known limits*: it stands for none."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, Nothing, Role, Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port


class Inputs(eqx.Module):
    """Glucose."""

    interstitial_glucose: Scalar = port("interstitial_glucose")


class Outputs(eqx.Module):
    """The reading."""

    cgm: Scalar = port("cgm")
    cgm_valid: Scalar = port("cgm_valid")


class ToySensor(AbstractDevice[Nothing, Inputs, Outputs]):
    """A noisy sensor."""

    role: ClassVar[Role] = "sensor"
    period_s: float = eqx.field(static=True, default=300.0)
    sd: Scalar = param(5.0, "mg/dL", "standard deviation of the error", bounds=(0.0, 50.0))

    def initial(self, noise: Noise) -> Nothing:
        return Nothing()

    def step(self, t_s: Scalar, x: Nothing, u: Inputs, noise: Noise) -> tuple[Nothing, Outputs]:
        return x, Outputs(u.interstitial_glucose + self.sd * noise.normal(0), jnp.ones_like(self.sd))
