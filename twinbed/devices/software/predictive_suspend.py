"""Predictive low-glucose suspend: stops basal insulin when a straight line leads below a limit.

A wrapper for software that shows `basal_command`. States: the last four readings, how long insulin has
been stopped. Basal insulin stops while the line through the last four readings is below
`predicted_limit` at `horizon`, or the last reading is below `low_limit`, and the last reading is not
higher than the one before; it resumes as soon as a reading rises. Within any 2.5 h it is stopped for 2
h at most: after 2 h it runs for half an hour at least. Without readings for longer than
`sensor_timeout` the wrapped software commands.

*Known limits*: boluses that the wrapped software commands are left alone, as in the product. The
maker's rule for telling the lowest point is not public; here it is one rising reading.

**References:**

- Tandem Diabetes Care, "How does Basal-IQ technology work?": 80 mg/dL predicted in 30 min or 70 mg/dL
  now, resumes when glucose begins to rise, 5 min to 2 h within a rolling 2.5 h window
- Forlenza et al. (2018), PROLOG trial, Diabetes Care 41(10):2155-2161, doi:10.2337/dc18-0771
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, AbstractWrapper, Wrapped
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var
from twinbed.devices._clock import SECONDS_PER_MINUTE
from twinbed.devices._signals import read, replaced, require
from twinbed.devices.software._readings import Readings, line_ahead, no_readings, with_reading

_BASAL_IQ = "Tandem, how Basal-IQ technology works"


class Inputs(eqx.Module):
    """The sensor."""

    cgm: Scalar = port("cgm")
    cgm_valid: Scalar = port("cgm_valid")


class State(eqx.Module):
    """The wrapped software, the readings, and the account of stopped time."""

    inner: eqx.Module
    readings: Readings
    suspended: Scalar = var("min", "stopped since basal insulin last ran for half an hour")
    running: Scalar = var("min", "running without a stop")


class PredictiveSuspend(AbstractWrapper[State, Inputs, eqx.Module]):
    """Basal-commanding software that stops ahead of low glucose."""

    device: AbstractDevice
    predicted_limit: Scalar = param(80.0, "mg/dL", "stop if predicted below", bounds=(60.0, 150.0), source=_BASAL_IQ)
    low_limit: Scalar = param(70.0, "mg/dL", "stop if below", bounds=(50.0, 150.0), source=_BASAL_IQ)
    horizon: Scalar = param(30.0, "min", "how far to look", bounds=(5.0, 60.0), source=_BASAL_IQ)
    longest: Scalar = param(120.0, "min", "longest stop", bounds=(5.0, 240.0), source=_BASAL_IQ)
    pause: Scalar = param(
        30.0,
        "min",
        "basal insulin after the longest stop",
        bounds=(0.0, 120.0),
        source=_BASAL_IQ + ": 2 h in 2.5 h",
    )
    sensor_timeout: Scalar = param(
        15.0,
        "min",
        "age of a reading up to which it counts",
        bounds=(0.0, 120.0),
        source="assumption: three readings",
    )

    def __check_init__(self):
        require(self, self.device, ("basal_command",))

    def initial(self, noise: Noise) -> State:
        zero = jnp.zeros_like(self.horizon)
        return State(self.device.initial(noise), no_readings(zero, 4), zero, zero)

    def step(self, t_s: Scalar, x: State, u: Wrapped, noise: Noise) -> tuple[State, eqx.Module]:
        inner, outputs = self.device.step(t_s, x.inner, u.inner, noise)
        minutes = self.period_s / SECONDS_PER_MINUTE
        readings = with_reading(x.readings, u.own.cgm, u.own.cgm_valid, minutes)
        falls_below = line_ahead(readings, minutes, self.horizon) < self.predicted_limit
        at_risk = falls_below | (readings.last < self.low_limit)
        rises = (readings.count >= 2.0) & (readings.glucose[0] > readings.glucose[1])
        used_up = (x.suspended >= self.longest) & (x.running < self.pause)
        stop = at_risk & ~rises & ~used_up & (readings.age <= self.sensor_timeout)

        rested = x.running >= self.pause
        suspended = jnp.where(rested, 0.0, x.suspended) + jnp.where(stop, minutes, 0.0)
        running = jnp.where(stop, 0.0, jnp.minimum(x.running + minutes, self.pause))
        basal = jnp.where(stop, 0.0, read(outputs, "basal_command"))
        return State(inner, readings, suspended, running), replaced(outputs, {"basal_command": basal})
