"""Low-glucose alarm of a sensor: low, or soon urgently low.

Inputs: sensor and, where there is one, the blood glucose meter. States: the last four readings and
whether it sounds. It sounds when a reading is at or below `low_limit`, when the line through the last
four readings reaches `urgent_limit` within `horizon`, or when a finger-stick is low; it stops once
readings are above the limit by `clearance` and nothing is predicted. Without readings it keeps its
state for `sensor_timeout`, then stops.

*Known limits*: no snooze, no repetition, no alarm for the loss of the signal itself. The maker's
prediction is not public; a straight line stands for it.

**References:**

- Dexcom, "How does the Urgent Low Soon alert work?" (55 mg/dL within 20 min); Dexcom G4 PLATINUM Professional
  user guide (low alert 80 mg/dL from the factory, fixed alarm at 55 mg/dL)
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var
from twinbed.devices._clock import SECONDS_PER_MINUTE
from twinbed.devices.software._readings import Readings, counts, line_ahead, no_readings, with_reading


class Inputs(eqx.Module):
    """What the alarm reads."""

    cgm: Scalar = port("cgm")
    cgm_valid: Scalar = port("cgm_valid")
    meter_glucose: Scalar = port("meter_glucose", rest=0.0)
    meter_valid: Scalar = port("meter_valid", rest=0.0)


class Outputs(eqx.Module):
    """What the person hears."""

    alarm_low_glucose: Scalar = port("alarm_low_glucose")


class State(eqx.Module):
    """The last readings and the alarm."""

    readings: Readings
    sounding: Scalar = var("1", "whether the alarm sounds")


class LowGlucoseAlarm(AbstractDevice[State, Inputs, Outputs]):
    """An alarm for low and soon urgently low glucose."""

    role: ClassVar[Role] = "software"
    period_s: float = eqx.field(static=True, default=300.0)

    low_limit: Scalar = param(
        70.0, "mg/dL", "low glucose", bounds=(50.0, 150.0), source="level 1 of the 2019 consensus; factory 80"
    )
    urgent_limit: Scalar = param(55.0, "mg/dL", "urgently low", bounds=(40.0, 100.0), source="Dexcom G4 to G6")
    horizon: Scalar = param(20.0, "min", "how far to look", bounds=(0.0, 60.0), source="Dexcom Urgent Low Soon")
    clearance: Scalar = param(
        5.0,
        "mg/dL",
        "how far above the limit to stop",
        bounds=(0.0, 50.0),
        source="assumption: noise of a sensor",
    )
    sensor_timeout: Scalar = param(
        20.0,
        "min",
        "age of a reading up to which it counts",
        bounds=(0.0, 120.0),
        source="assumption: four readings",
    )

    def initial(self, noise: Noise) -> State:
        zero = jnp.zeros_like(self.low_limit)
        return State(no_readings(zero, 4), zero)

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        minutes = self.period_s / SECONDS_PER_MINUTE
        readings = with_reading(x.readings, u.cgm, u.cgm_valid, minutes)
        present = readings.age <= self.sensor_timeout
        soon = line_ahead(readings, minutes, self.horizon) <= self.urgent_limit
        low = present & ((readings.last <= self.low_limit) | soon)
        low = low | (counts(u.meter_glucose, u.meter_valid) & (u.meter_glucose <= self.low_limit))
        clear = ~present | ((readings.last > self.low_limit + self.clearance) & ~soon)
        sounding = jnp.where(low, 1.0, jnp.where(clear, 0.0, x.sounding))
        return State(readings, sounding), Outputs(sounding)
