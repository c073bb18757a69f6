r"""Falsely low readings while somebody lies on the sensor.

A wrapper for sensors that show `cgm` and `cgm_valid`. Pressure comes from the scenario signal
`compression` and, if asked for, on random nights. The artefact is the output of a first-order
system driven by a rectangle, $\tau \dot c = A p - c$, and is subtracted from the reading.

State: the artefact, and amplitude and time left of the present random episode.

Depth and duration of random episodes have the published percentiles.

*Known limits*: the time constant is not in the abstract that was read. The rise and the recovery
have the same time constant, so the asymmetry is that of the first-order response only.

**References:**

- Facchinetti, Del Favero, Sparacino & Cobelli (2016), Diabetes Technol Ther 18(4):264-272,
  doi:10.1089/dia.2015.0250
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, AbstractWrapper, Wrapped
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise, index_of_name
from twinbed.core.quantities import param, port, var
from twinbed.devices._clock import HOURS_PER_DAY, SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE
from twinbed.devices._signals import read, replaced, require

_STREAM = index_of_name("compression")
_PERCENTILE_95 = 1.644854
_PAPER = "Facchinetti 2016, abstract: "


class Inputs(eqx.Module):
    """Pressure on the sensor."""

    compression: Scalar = port("compression", rest=0.0)


class State(eqx.Module):
    """The sensor, the artefact and the display."""

    inner: eqx.Module
    artefact: Scalar = var("mg/dL", "what is missing from the reading")
    amplitude: Scalar = var("mg/dL", "depth of the present random episode")
    left_s: Scalar = var("s", "time left of it")
    shown: Scalar = var("mg/dL", "last displayed value")


def skewed(low: Scalar, median: Scalar, high: Scalar, z: Scalar) -> Scalar:
    """A normal number as one with these 5th, 50th and 95th percentiles: lognormal on either side."""
    side = jnp.where(z < 0.0, median / low, high / median)
    return median * jnp.exp(jnp.log(side) / _PERCENTILE_95 * z)


class Compression(AbstractWrapper[State, Inputs, eqx.Module]):
    """A sensor that reads low under pressure."""

    device: AbstractDevice
    amplitude: Scalar = param(24.0, "mg/dL", "median depth", bounds=(0.1, 300.0), source=_PAPER + "median 24 mg/dL")
    amplitude_low: Scalar = param(
        10.0, "mg/dL", "5th percentile of the depth", bounds=(0.1, 300.0), source=_PAPER + "10 mg/dL"
    )
    amplitude_high: Scalar = param(
        48.0, "mg/dL", "95th percentile of the depth", bounds=(0.1, 300.0), source=_PAPER + "48 mg/dL"
    )
    duration: Scalar = param(45.0, "min", "median duration", bounds=(0.1, 1440.0), source=_PAPER + "median 45 min")
    duration_low: Scalar = param(
        30.0, "min", "5th percentile of the duration", bounds=(0.1, 1440.0), source=_PAPER + "30 min"
    )
    duration_high: Scalar = param(
        70.0, "min", "95th percentile of the duration", bounds=(0.1, 1440.0), source=_PAPER + "70 min"
    )
    time_constant: Scalar = param(
        10.0, "min", "time constant of fall and recovery", bounds=(0.1, 240.0), source="assumption: 10 min"
    )
    per_night: Scalar = param(
        0.0, "1", "random episodes in a night", bounds=(0.0, 20.0), source="assumption: none unless asked for"
    )
    night_start: Scalar = param(23.0, "h", "start of the night", bounds=(0.0, 24.0), source="assumption: 23:00")
    night_end: Scalar = param(7.0, "h", "end of the night", bounds=(0.0, 24.0), source="assumption: 07:00")
    display_min: Scalar = param(40.0, "mg/dL", "lower limit of the display", source="Dexcom user guides")

    def __check_init__(self):
        require(self, self.device, ("cgm", "cgm_valid"))

    def initial(self, noise: Noise) -> State:
        zero = jnp.zeros_like(self.amplitude)
        return State(self.device.initial(noise), zero, zero, zero, zero)

    def _episode(self, t_s: Scalar, x: State, noise: Noise) -> tuple[Scalar, Scalar]:
        """Depth and time left of the random episode at the next tick."""
        night_h = jnp.mod(self.night_end - self.night_start, HOURS_PER_DAY)
        since_h = jnp.mod(jnp.mod(t_s, SECONDS_PER_DAY) / SECONDS_PER_HOUR - self.night_start, HOURS_PER_DAY)
        chance = self.per_night * (self.period_s / SECONDS_PER_HOUR) / jnp.maximum(night_h, 1e-6)
        draw = noise.at(_STREAM)
        begins = (since_h < night_h) & (x.left_s <= 0.0) & (draw.uniform(0) < chance)
        depth = skewed(self.amplitude_low, self.amplitude, self.amplitude_high, draw.normal(1))
        length = skewed(self.duration_low, self.duration, self.duration_high, draw.normal(2))
        left_s = jnp.where(begins, length * SECONDS_PER_MINUTE, jnp.maximum(x.left_s - self.period_s, 0.0))
        return jnp.where(begins, depth, x.amplitude), left_s

    def step(self, t_s: Scalar, x: State, u: Wrapped, noise: Noise) -> tuple[State, eqx.Module]:
        inner, outputs = self.device.step(t_s, x.inner, u.inner, noise)
        random = jnp.where(x.left_s > 0.0, x.amplitude, 0.0)
        target = jnp.maximum(self.amplitude * u.own.compression, random)
        nearer = 1.0 - jnp.exp(-self.period_s / SECONDS_PER_MINUTE / self.time_constant)
        artefact = x.artefact + nearer * (target - x.artefact)

        reading, valid = read(outputs, "cgm"), read(outputs, "cgm_valid")
        lowered = jnp.maximum(reading - artefact, jnp.minimum(reading, self.display_min))
        shown = jnp.where(valid > 0.0, lowered, x.shown)
        amplitude, left_s = self._episode(t_s, x, noise)
        return State(inner, artefact, amplitude, left_s, shown), replaced(outputs, {"cgm": shown})
