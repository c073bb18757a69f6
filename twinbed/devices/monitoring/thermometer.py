"""A continuous thermometer with a probe in the body's core.

The probe follows behind a lag; each thermometer has an offset of its own; the display has a step.

*Known limits*: the site of the probe is the core; no self-heating, no drift.

**References:**

- ISO 80601-2-56:2017 (laboratory accuracy 0.3 °C)
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var
from twinbed.devices._filters import lagged


class Inputs(eqx.Module):
    """Where the probe lies."""

    core_temperature: Scalar = port("core_temperature")


class Outputs(eqx.Module):
    """The display."""

    body_temperature: Scalar = port("body_temperature")


class State(eqx.Module):
    """The probe."""

    probe: Scalar = var("Cel", "temperature of the probe")
    read: Scalar = var("1", "1 once it has read")
    offset: Scalar = var("Cel", "offset of this thermometer")


class Thermometer(AbstractDevice[State, Inputs, Outputs]):
    """A thermometer for the body's core."""

    role: ClassVar[Role] = "sensor"
    period_s: float = eqx.field(static=True, default=1.0)

    lag: Scalar = param(20.0, "s", "lag of the probe", bounds=(0.1, 600.0), source="assumption: a probe in its sheath")
    offset_sd: Scalar = param(
        0.1, "Cel", "standard deviation of the offset between thermometers", bounds=(0.0, 1.0),
        source="ISO 80601-2-56 allows 0.3; taken as three standard deviations",
    )  # fmt: skip
    resolution: Scalar = param(0.1, "Cel", "step of the display", bounds=(0.001, 1.0), source="usual display")

    def initial(self, noise: Noise) -> State:
        zero = jnp.zeros_like(self.lag)
        return State(zero, zero, self.offset_sd * noise.normal(0))

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        del t_s, noise
        first = x.read < 0.5
        probe = jnp.where(first, u.core_temperature, lagged(x.probe, u.core_temperature, self.lag, self.period_s))
        shown = self.resolution * jnp.round((probe + x.offset) / self.resolution)
        return State(probe, jnp.ones_like(x.read), x.offset), Outputs(shown)
