"""The receiver of a glucose sensor: the trend, how old the reading is, and the alarms of glucose and of the pump.

Inputs: the sensor, the pump's alarm and reservoir where there is a pump, and two acts of a person. A reading is shown
for `display_timeout`; the trend is the slope of the line through the last four readings without a gap (two at least).

Alarms are those of `ALARMS`. One of glucose begins at its limit and ends when readings are beyond it by `clearance`;
without readings glucose alarms end, and after `sensor_timeout` the loss of the signal alarms instead. To acknowledge
silences what is there, for `repeat_time`: what still holds then sounds again. To pause silences everything for
`pause_time`, unless a new alarm begins or somebody does so once more. The limit of an urgent low cannot be set.

Priorities follow table 1 of IEC 60601-1-8: what may harm beyond repair and soon is high, what may harm reversibly and
soon medium, what may harm reversibly and late low.

*Known limits*: the maker's prediction is not public, a straight line stands for it; no alarms by the hour of the day.

**References:**

- Dexcom G6 user guide, as remembered: urgent low 55 mg/dL, fixed; urgent low soon within 20 min; low alert 60 to 100
  mg/dL; high alert 120 to 400 mg/dL; signal loss after 20 min; an urgent low repeats every 30 min
- Danne et al. (2017), Diabetes Care 40(12), doi:10.2337/dc17-1600 (levels of low and high glucose)
- IEC 60601-1-8:2006+A1+A2
"""

import dataclasses
from collections.abc import Callable
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var
from twinbed.devices._acts import once_more, pause_left
from twinbed.devices._clock import SECONDS_PER_MINUTE
from twinbed.devices.software._readings import Readings, counts, line_ahead, no_readings, trend, with_reading

LOW, MEDIUM, HIGH = 1.0, 2.0, 3.0
_READING_MIN = 5.0
_GAP_MIN = 7.5  # a reading that is later has a gap before it
_NEARLY_EMPTY = 3.0
_UNWATCHED = float("nan")
_G6 = "Dexcom G6 user guide, as remembered"


class Inputs(eqx.Module):
    """What is watched, and what a person does."""

    cgm: Scalar = port("cgm")
    cgm_valid: Scalar = port("cgm_valid")
    pump_alarm: Scalar = port("pump_alarm", rest=_UNWATCHED)
    reservoir: Scalar = port("reservoir", rest=_UNWATCHED)
    acknowledged: Scalar = port("alarm_acknowledged", rest=0.0)
    paused: Scalar = port("alarm_paused", rest=0.0)


class Outputs(eqx.Module):
    """What the display shows and what sounds, and every alarm in the order of `ALARMS`."""

    glucose_trend: Scalar = port("glucose_trend")
    glucose_trend_valid: Scalar = port("glucose_trend_valid")
    cgm_age: Scalar = port("cgm_age")
    cgm_current: Scalar = port("cgm_current")
    alarm_priority: Scalar = port("alarm_priority")
    alarm_sound: Scalar = port("alarm_sound")
    alarm_cause: Scalar = port("alarm_cause")
    alarm_count: Scalar = port("alarm_count")
    alarm_pause_left: Scalar = port("alarm_pause_left")
    urgent_low_glucose: Scalar = port("alarm_state_urgent_low_glucose")
    pump_stopped: Scalar = port("alarm_state_pump_stopped")
    urgent_low_soon: Scalar = port("alarm_state_urgent_low_soon")
    low_glucose: Scalar = port("alarm_state_low_glucose")
    high_glucose: Scalar = port("alarm_state_high_glucose")
    sensor_signal_lost: Scalar = port("alarm_state_sensor_signal_lost")
    reservoir_low: Scalar = port("alarm_state_reservoir_low")


class State(eqx.Module):
    """The last readings, and the alarms in the order of `ALARMS`."""

    readings: Readings
    on: Float[Array, "alarm"] = var("1", "which alarms are on")
    quiet: Float[Array, "alarm"] = var("s", "for how long they stay silent")
    pause: Scalar = var("s", "time of the pause that is left")
    acknowledged: Scalar = var("1", "what said at the last tick that somebody acknowledges")
    paused: Scalar = var("1", "what said at the last tick that somebody pauses")
    count: Scalar = var("1", "alarms so far")


class Seen(eqx.Module):
    """What the conditions of alarms look at; `room` is how far beyond its limit an alarm goes on."""

    present: Bool[Array, ""]
    glucose: Scalar
    ahead: Scalar
    room: Scalar
    age: Scalar
    pump_alarm: Scalar
    reservoir: Scalar


class CgmReceiver(AbstractDevice[State, Inputs, Outputs]):
    """Display and alarms of a glucose sensor with a pump."""

    role: ClassVar[Role] = "software"
    period_s: float = eqx.field(static=True, default=60.0)

    urgent_limit: Scalar = param(55.0, "mg/dL", "urgently low", bounds=(55.0, 55.0), source=_G6 + ": fixed")
    low_limit: Scalar = param(70.0, "mg/dL", "low alert", bounds=(60.0, 100.0), source=_G6 + "; level 1 is 70 mg/dL")
    high_limit: Scalar = param(
        250.0, "mg/dL", "high alert", bounds=(120.0, 400.0), source=_G6 + "; level 2 is 250 mg/dL"
    )
    horizon: Scalar = param(20.0, "min", "how far urgent low soon looks", bounds=(0.0, 60.0), source=_G6)
    clearance: Scalar = param(
        5.0, "mg/dL", "how far beyond a limit an alarm ends", bounds=(0.0, 50.0), source="assumption: noise of a sensor"
    )
    display_timeout: Scalar = param(
        11.0, "min", "age up to which a reading is shown", bounds=(5.0, 60.0), source="assumption: two readings missed"
    )
    sensor_timeout: Scalar = param(20.0, "min", "age at which the signal is lost", bounds=(5.0, 120.0), source=_G6)
    reservoir_low: Scalar = param(
        20.0, "[IU]", "reservoir at which to warn", bounds=(0.0, 50.0), source="usual setting of pumps"
    )
    repeat_time: Scalar = param(
        1800.0, "s", "time after which what still holds sounds again", bounds=(60.0, 14400.0), source=_G6
    )
    pause_time: Scalar = param(
        1800.0, "s", "length of a pause of the sound", bounds=(0.0, 21600.0), source="assumption: half an hour"
    )

    def initial(self, noise: Noise) -> State:
        zero = jnp.zeros_like(self.low_limit)
        none = jnp.zeros(len(ALARMS), zero.dtype)
        return State(no_readings(zero, 4), none, none, zero, zero, zero, zero)

    def _readings(self, x: Readings, u: Inputs) -> Readings:
        """The readings after a tick, which comes more often than readings do."""
        after = with_reading(x, u.cgm, u.cgm_valid, self.period_s / SECONDS_PER_MINUTE)
        follows = x.age + self.period_s / SECONDS_PER_MINUTE <= _GAP_MIN
        fresh = jnp.where(follows, jnp.minimum(x.count + 1.0, 4.0), 1.0)
        count = jnp.where(counts(u.cgm, u.cgm_valid), fresh, jnp.where(after.age <= _GAP_MIN, x.count, 0.0))
        return eqx.tree_at(lambda r: r.count, after, count)

    def _on(self, x: State, u: Inputs, readings: Readings) -> Array:
        """Which alarms are on."""
        ahead = line_ahead(readings, _READING_MIN, self.horizon)
        seen = lambda room: Seen(
            readings.age <= self.sensor_timeout, readings.last, ahead, room, readings.age, u.pump_alarm, u.reservoir
        )  # fmt: skip
        begins = jnp.stack([alarm.holds(self, seen(jnp.zeros_like(self.clearance))) for alarm in ALARMS])
        goes_on = jnp.stack([alarm.holds(self, seen(self.clearance)) for alarm in ALARMS])
        return (begins | (goes_on & (x.on > 0.5))).astype(x.on.dtype)

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        dtype = x.on.dtype
        acknowledges = once_more(u.acknowledged, x.acknowledged).astype(dtype)
        readings = self._readings(x.readings, u)
        on = self._on(x, u, readings)
        new = on * (1.0 - x.on)
        waits = jnp.maximum(x.quiet - self.period_s, 0.0)
        quiet = on * x.on * jnp.where(acknowledges > 0.5, self.repeat_time, waits)
        pauses = once_more(u.paused, x.paused)
        pause = pause_left(x.pause, pauses, jnp.max(new) > 0.5, self.pause_time, self.period_s)

        priority = jnp.asarray([a.priority for a in ALARMS], dtype)
        ranks = jnp.asarray([float(len(ALARMS) - i) for i in range(len(ALARMS))], dtype)
        highest = jnp.max(on * priority)
        sounds = jnp.where(pause > 0.0, 0.0, jnp.max(on * (quiet <= 0.0).astype(dtype) * priority))
        first = jnp.max(on * (priority == highest).astype(dtype) * ranks)
        cause = jnp.where(highest > 0.0, len(ALARMS) + 1.0 - first, 0.0)
        state = State(readings, on, quiet, pause, u.acknowledged, u.paused, x.count + jnp.sum(new))
        flag = lambda condition: condition.astype(dtype)
        return state, Outputs(
            trend(readings, _READING_MIN), flag(readings.count >= 2.0), readings.age,
            flag(readings.age <= self.display_timeout), highest, sounds, cause, state.count, pause,
            *(on * (1.0 + (quiet > 0.0).astype(dtype))),
        )  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Alarm:
    """An alarm, its condition and its priority."""

    name: str
    priority: float
    holds: Callable[[CgmReceiver, Seen], Bool[Array, ""]]


def _unheard(u: Seen) -> Bool[Array, ""]:
    """Whether the pump has said nothing yet: one with nothing in its reservoir has an alarm of its own."""
    return (u.reservoir == 0.0) & (u.pump_alarm == 0.0)


ALARMS = (
    Alarm("urgent low glucose", HIGH, lambda s, u: u.present & (u.glucose <= s.urgent_limit + u.room)),
    Alarm("pump stopped", HIGH, lambda s, u: (u.pump_alarm > 0.5) & (u.pump_alarm != _NEARLY_EMPTY)),
    Alarm("urgent low soon", MEDIUM, lambda s, u: u.present & (u.ahead <= s.urgent_limit + u.room)),
    Alarm("low glucose", MEDIUM, lambda s, u: u.present & (u.glucose <= s.low_limit + u.room)),
    Alarm("high glucose", LOW, lambda s, u: u.present & (u.glucose >= s.high_limit - u.room)),
    Alarm("sensor signal lost", LOW, lambda s, u: u.age > s.sensor_timeout),
    Alarm("reservoir low", LOW, lambda s, u: (u.reservoir < s.reservoir_low) & ~_unheard(u)),
)
"""Every alarm, the most urgent first."""
