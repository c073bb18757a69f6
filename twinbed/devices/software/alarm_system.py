"""The alarms of a bedside monitor: limits, priorities, delays, latching, and what a person does about them.

Inputs: what monitors show, the alarms of devices, and two acts of a person, done whenever their signals rise. Every
alarm of `ALARMS` has a condition; when it has held for its delay the alarm begins. It ends with the condition; where
that is a number beyond a limit, once it is back for as long as the delay, so that a number at its limit is one alarm.
While an alarm's condition holds, those that follow from it are not shown: a low heart rate in asystole, the inner limit
of a number that is beyond the outer one. Alarms of high priority latch: they stay until somebody acknowledges them. To
acknowledge silences what is there; an alarm that was acknowledged ends with its condition, so the next episode alarms
anew. To pause silences everything for `pause_time`, unless a new alarm begins or somebody does so once more, which ends
the pause (IEC 60601-1-8, 6.8: an operator can end what makes alarms inactive).

Shown are every alarm (0 off, 1 on, 2 on and acknowledged, 3 latched: its condition is gone, and nobody acknowledged
it; a pause of the sound does not change that), the highest priority, what sounds, the number of the alarm that a
display with one line shows (its place in `ALARMS`, from 1; of equal priority the first in the list), how long the sound
is paused still, and counters. A value that is no number, or that its monitor says is no reading, makes no alarm: what
nothing feeds and a sensor that is missing are not watched. A rate of breathing that is a reading and 0 is apnoea, of
high priority as that of a capnograph is (Edan M8).
Nothing alarms for `grace_time` after switching on.

*Known limits*: of a bed's pumps three are watched; another trouble of the same pump sounds only once the first is
gone; one delay for all limits but that of saturation, none for an arrhythmia, which took its monitor seconds; no
reminder of a silenced alarm, no escalation with time; limits are not checked against each other. Tones and lights are
not modelled, only that they are on.

**References:**

- IEC 60601-1-8:2006+A1+A2, alarm systems (priorities, delays, latching, pausing)
- Edan M8, user manual, p. 118 (apnoea by impedance is an alarm of high priority; the rate's limits are medium)
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
from twinbed.devices._ventricles import ASYSTOLE, FIBRILLATION, TACHYCARDIA

LOW, MEDIUM, HIGH = 1.0, 2.0, 3.0
LATCHED = 3.0
"""How an alarm is shown that stays although its condition is gone."""
_UNWATCHED = float("nan")
_COMMON = "common default of bedside monitors"
_NEARLY_EMPTY = 3.0  # the one alarm of a pump that lets its motor run


class Inputs(eqx.Module):
    """What the alarms watch."""

    heart_rate: Scalar = port("monitor_heart_rate", rest=_UNWATCHED)
    heart_rate_valid: Scalar = port("monitor_heart_rate_valid", rest=_UNWATCHED)
    arrhythmia: Scalar = port("monitor_arrhythmia", rest=_UNWATCHED)
    saturation: Scalar = port("spo2", rest=_UNWATCHED)
    saturation_valid: Scalar = port("spo2_valid", rest=_UNWATCHED)
    pressure: Scalar = port("monitor_mean", rest=_UNWATCHED)
    pressure_valid: Scalar = port("monitor_pressure_valid", rest=_UNWATCHED)
    breathing: Scalar = port("monitor_respiratory_rate", rest=_UNWATCHED)
    breathing_valid: Scalar = port("monitor_respiratory_rate_valid", rest=_UNWATCHED)
    carbon_dioxide: Scalar = port("etco2", rest=_UNWATCHED)
    temperature: Scalar = port("body_temperature", rest=_UNWATCHED)
    apnoea: Scalar = port("apnoea_alarm", rest=_UNWATCHED)
    ventilator: Scalar = port("ventilator_alarm", rest=_UNWATCHED)
    pump: Scalar = port("pump_alarm", rest=_UNWATCHED)
    second_pump: Scalar = port("second_pump_alarm", rest=_UNWATCHED)
    third_pump: Scalar = port("third_pump_alarm", rest=_UNWATCHED)
    score: Scalar = port("news2", rest=_UNWATCHED)
    acknowledged: Scalar = port("alarm_acknowledged", rest=0.0)
    paused: Scalar = port("alarm_paused", rest=0.0)


class Outputs(eqx.Module):
    """What is seen and heard, the counters, and every alarm in the order of `ALARMS`."""

    priority: Scalar = port("alarm_priority")
    sound: Scalar = port("alarm_sound")
    cause: Scalar = port("alarm_cause")
    count: Scalar = port("alarm_count")
    count_high: Scalar = port("alarm_count_high")
    time: Scalar = port("alarm_time")
    pause_left: Scalar = port("alarm_pause_left")
    asystole: Scalar = port("alarm_state_asystole")
    ventricular_fibrillation: Scalar = port("alarm_state_ventricular_fibrillation")
    ventricular_tachycardia: Scalar = port("alarm_state_ventricular_tachycardia")
    heart_rate_very_low: Scalar = port("alarm_state_heart_rate_very_low")
    pressure_very_low: Scalar = port("alarm_state_pressure_very_low")
    apnoea: Scalar = port("alarm_state_apnoea")
    saturation_very_low: Scalar = port("alarm_state_saturation_very_low")
    heart_rate_very_high: Scalar = port("alarm_state_heart_rate_very_high")
    ventilator: Scalar = port("alarm_state_ventilator")
    pump_stopped: Scalar = port("alarm_state_pump_stopped")
    second_pump_stopped: Scalar = port("alarm_state_second_pump_stopped")
    third_pump_stopped: Scalar = port("alarm_state_third_pump_stopped")
    early_warning_score: Scalar = port("alarm_state_early_warning_score")
    heart_rate_low: Scalar = port("alarm_state_heart_rate_low")
    heart_rate_high: Scalar = port("alarm_state_heart_rate_high")
    saturation_low: Scalar = port("alarm_state_saturation_low")
    pressure_low: Scalar = port("alarm_state_pressure_low")
    pressure_high: Scalar = port("alarm_state_pressure_high")
    breathing_low: Scalar = port("alarm_state_breathing_low")
    breathing_high: Scalar = port("alarm_state_breathing_high")
    carbon_dioxide_low: Scalar = port("alarm_state_carbon_dioxide_low")
    carbon_dioxide_high: Scalar = port("alarm_state_carbon_dioxide_high")
    temperature_low: Scalar = port("alarm_state_temperature_low")
    temperature_high: Scalar = port("alarm_state_temperature_high")
    oximeter_without_reading: Scalar = port("alarm_state_oximeter_without_reading")
    pump_nearly_empty: Scalar = port("alarm_state_pump_nearly_empty")
    second_pump_nearly_empty: Scalar = port("alarm_state_second_pump_nearly_empty")
    third_pump_nearly_empty: Scalar = port("alarm_state_third_pump_nearly_empty")


class State(eqx.Module):
    """The alarms, in the order of `ALARMS`, and the counters."""

    held: Float[Array, "alarm"] = var("s", "time for which the conditions hold")
    gone: Float[Array, "alarm"] = var("s", "time for which they are gone")
    on: Float[Array, "alarm"] = var("1", "which alarms are on")
    silent: Float[Array, "alarm"] = var("1", "which of them were acknowledged")
    pause: Scalar = var("s", "time of the pause that is left")
    acknowledged: Scalar = var("1", "what said at the last tick that somebody acknowledges")
    paused: Scalar = var("1", "what said at the last tick that somebody pauses")
    count: Scalar = var("1", "alarms so far")
    count_high: Scalar = var("1", "alarms of high priority so far")
    time: Scalar = var("s", "time with an alarm so far")


class AlarmSystem(AbstractDevice[State, Inputs, Outputs]):
    """Limit and device alarms of a bed."""

    role: ClassVar[Role] = "software"
    period_s: float = eqx.field(static=True, default=1.0)

    heart_rate_very_low: Scalar = param(40.0, "/min", "extreme bradycardia", bounds=(0.0, 200.0), source=_COMMON)
    heart_rate_low: Scalar = param(50.0, "/min", "lower limit", bounds=(0.0, 200.0), source=_COMMON)
    heart_rate_high: Scalar = param(120.0, "/min", "upper limit", bounds=(30.0, 350.0), source=_COMMON)
    heart_rate_very_high: Scalar = param(140.0, "/min", "extreme tachycardia", bounds=(30.0, 350.0), source=_COMMON)
    saturation_very_low: Scalar = param(80.0, "%", "desaturation", bounds=(0.0, 100.0), source=_COMMON)
    saturation_low: Scalar = param(90.0, "%", "lower limit", bounds=(0.0, 100.0), source=_COMMON)
    pressure_very_low: Scalar = param(50.0, "mm[Hg]", "extreme mean pressure", bounds=(0.0, 150.0), source=_COMMON)
    pressure_low: Scalar = param(60.0, "mm[Hg]", "lower limit", bounds=(0.0, 150.0), source=_COMMON)
    pressure_high: Scalar = param(110.0, "mm[Hg]", "upper limit", bounds=(50.0, 300.0), source=_COMMON)
    breathing_low: Scalar = param(8.0, "/min", "lower limit", bounds=(0.0, 60.0), source=_COMMON)
    breathing_high: Scalar = param(30.0, "/min", "upper limit", bounds=(5.0, 150.0), source=_COMMON)
    carbon_dioxide_low: Scalar = param(30.0, "mm[Hg]", "lower limit", bounds=(0.0, 100.0), source=_COMMON)
    carbon_dioxide_high: Scalar = param(50.0, "mm[Hg]", "upper limit", bounds=(10.0, 200.0), source=_COMMON)
    temperature_low: Scalar = param(36.0, "Cel", "lower limit", bounds=(10.0, 45.0), source=_COMMON)
    temperature_high: Scalar = param(39.0, "Cel", "upper limit", bounds=(30.0, 46.0), source=_COMMON)
    score_high: Scalar = param(7.0, "1", "score that calls the emergency team", bounds=(1.0, 20.0), source="RCP 2017")
    delay: Scalar = param(4.0, "s", "time a condition holds before it alarms", bounds=(0.0, 120.0), source=_COMMON)
    saturation_delay: Scalar = param(10.0, "s", "the same for saturation", bounds=(0.0, 120.0), source=_COMMON)
    latching: Scalar = param(1.0, "1", "whether alarms of high priority latch", bounds=(0.0, 1.0), source=_COMMON)
    pause_time: Scalar = param(120.0, "s", "length of a pause of the sound", bounds=(0.0, 600.0), source=_COMMON)
    grace_time: Scalar = param(
        30.0, "s", "time without alarms after switching on", bounds=(0.0, 600.0), source="assumption: averages fill"
    )

    def initial(self, noise: Noise) -> State:
        zero = jnp.zeros_like(self.delay)
        none = jnp.zeros(len(ALARMS), self.delay.dtype)
        return State(none, none, none, none, zero, zero, zero, zero, zero, zero)

    def _delays(self, dtype: jnp.dtype) -> Array:
        """How long every condition holds before it alarms."""
        slow = _each(lambda a: float(a.slow), dtype)
        waits = _each(lambda a: float(not a.at_once), dtype)
        return waits * (slow * self.saturation_delay + (1.0 - slow) * self.delay)

    def _on(self, t_s: Scalar, x: State, u: Inputs, dismissed: Scalar) -> tuple[Array, Array, Array, Array]:
        """For how long the conditions hold, and are gone; which still count as there, and which alarms are on."""
        dtype = x.on.dtype
        holds = jnp.stack([alarm.holds(self, u) for alarm in ALARMS]) & (t_s >= self.grace_time)
        held = jnp.where(holds, x.held + self.period_s, 0.0)
        gone = jnp.where(holds, 0.0, x.gone + self.period_s)
        delays = self._delays(dtype)
        there = gone <= _each(lambda a: float(a.limit), dtype) * delays
        unseen = (1.0 - x.silent) * (1.0 - dismissed)
        latches = _each(lambda a: float(a.priority == HIGH), dtype) * self.latching * unseen
        begins_or_goes_on = (holds & (held > delays)) | (there & (x.on > 0.5))
        return held, gone, there, jnp.where(begins_or_goes_on, 1.0, x.on * latches).astype(dtype)

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        dtype = x.on.dtype
        u = _readings(u)
        acknowledges = once_more(u.acknowledged, x.acknowledged).astype(dtype)

        held, gone, there, on = self._on(t_s, x, u, acknowledges)
        shown = on * (1.0 - _followed(on * there.astype(dtype)))
        priority = _each(lambda a: a.priority, dtype)
        new = shown * (1.0 - x.on)
        silent = on * jnp.maximum(x.silent, acknowledges)
        pauses = once_more(u.paused, x.paused)
        pause = pause_left(x.pause, pauses, jnp.max(new) > 0.5, self.pause_time, self.period_s)

        highest = jnp.max(shown * priority)
        sounds = jnp.where(pause > 0.0, 0.0, jnp.max(shown * (1.0 - silent) * priority))
        first = jnp.max(shown * (priority == highest).astype(dtype) * _each(lambda a: float(a.rank), dtype))
        state = State(
            held, gone, on, silent, pause, u.acknowledged, u.paused,
            count=x.count + jnp.sum(new),
            count_high=x.count_high + jnp.sum(new * (priority == HIGH).astype(dtype)),
            time=x.time + jnp.where(highest > 0.0, self.period_s, 0.0),
        )  # fmt: skip
        cause = jnp.where(highest > 0.0, len(ALARMS) + 1.0 - first, 0.0)
        each = tuple(shown * jnp.where(there, 1.0 + silent, LATCHED))
        return state, Outputs(highest, sounds, cause, state.count, state.count_high, state.time, pause, *each)


_Holds = Callable[[AlarmSystem, Inputs], Bool[Array, ""]]


@dataclasses.dataclass(frozen=True)
class Alarm:
    """An alarm: its condition and priority; whether that is a number beyond a limit, whether it waits as long as
    saturation, or not; what follows from it and is not shown beside it; its place from the end."""

    name: str
    priority: float
    holds: _Holds
    slow: bool = False
    at_once: bool = False
    limit: bool = False
    implies: tuple[str, ...] = ()
    rank: int = 0


def _numbered(*alarms: Alarm) -> tuple[Alarm, ...]:
    return tuple(dataclasses.replace(a, rank=len(alarms) - i) for i, a in enumerate(alarms))


_FAST, _SLOW = ("heart rate high", "heart rate very high"), ("heart rate low", "heart rate very low")


def _limit(name: str, priority: float, holds: _Holds, *implies: str, slow: bool = False) -> Alarm:
    return Alarm(name, priority, holds, slow=slow, limit=True, implies=implies)


def _stopped(pump: Scalar) -> Bool[Array, ""]:
    return (pump > 0.5) & (pump != _NEARLY_EMPTY)


def _rhythm(name: str, number: float, *implies: str) -> Alarm:
    return Alarm(name, HIGH, lambda s, u: u.arrhythmia == number, at_once=True, implies=implies)


ALARMS = _numbered(
    _rhythm("asystole", ASYSTOLE, *_SLOW),
    _rhythm("ventricular fibrillation", FIBRILLATION, *_SLOW, *_FAST),
    _rhythm("ventricular tachycardia", TACHYCARDIA, *_FAST),
    _limit("heart rate very low", HIGH, lambda s, u: u.heart_rate < s.heart_rate_very_low, "heart rate low"),
    _limit("pressure very low", HIGH, lambda s, u: u.pressure < s.pressure_very_low, "pressure low"),
    Alarm("apnoea", HIGH, lambda s, u: (u.apnoea > 0.5) | (u.breathing <= 0.0), implies=("breathing low",)),
    _limit("saturation very low", HIGH, lambda s, u: u.saturation < s.saturation_very_low, "saturation low", slow=True),
    _limit("heart rate very high", HIGH, lambda s, u: u.heart_rate > s.heart_rate_very_high, "heart rate high"),
    Alarm("ventilator", HIGH, lambda s, u: u.ventilator > 0.5),
    Alarm("pump stopped", HIGH, lambda s, u: _stopped(u.pump)),
    Alarm("second pump stopped", HIGH, lambda s, u: _stopped(u.second_pump)),
    Alarm("third pump stopped", HIGH, lambda s, u: _stopped(u.third_pump)),
    _limit("early warning score", MEDIUM, lambda s, u: u.score >= s.score_high),
    _limit("heart rate low", MEDIUM, lambda s, u: u.heart_rate < s.heart_rate_low),
    _limit("heart rate high", MEDIUM, lambda s, u: u.heart_rate > s.heart_rate_high),
    _limit("saturation low", MEDIUM, lambda s, u: u.saturation < s.saturation_low, slow=True),
    _limit("pressure low", MEDIUM, lambda s, u: u.pressure < s.pressure_low),
    _limit("pressure high", MEDIUM, lambda s, u: u.pressure > s.pressure_high),
    _limit("breathing low", MEDIUM, lambda s, u: u.breathing < s.breathing_low),
    _limit("breathing high", MEDIUM, lambda s, u: u.breathing > s.breathing_high),
    _limit("carbon dioxide low", MEDIUM, lambda s, u: u.carbon_dioxide < s.carbon_dioxide_low),
    _limit("carbon dioxide high", MEDIUM, lambda s, u: u.carbon_dioxide > s.carbon_dioxide_high),
    _limit("temperature low", LOW, lambda s, u: u.temperature < s.temperature_low),
    _limit("temperature high", LOW, lambda s, u: u.temperature > s.temperature_high),
    Alarm("oximeter without reading", LOW, lambda s, u: u.saturation_valid < 0.5, slow=True),
    Alarm("pump nearly empty", LOW, lambda s, u: u.pump == _NEARLY_EMPTY),
    Alarm("second pump nearly empty", LOW, lambda s, u: u.second_pump == _NEARLY_EMPTY),
    Alarm("third pump nearly empty", LOW, lambda s, u: u.third_pump == _NEARLY_EMPTY),
)
"""Every alarm, the most urgent first."""


def _readings(u: Inputs) -> Inputs:
    """No number in place of what is no reading; a monitor that does not say so is believed."""
    values = lambda v: (v.heart_rate, v.saturation, v.pressure, v.breathing)
    valid = (u.heart_rate_valid, u.saturation_valid, u.pressure_valid, u.breathing_valid)
    kept = tuple(jnp.where(is_one < 0.5, _UNWATCHED, v) for v, is_one in zip(values(u), valid, strict=True))
    return eqx.tree_at(values, u, kept)


def _each(number: Callable[[Alarm], float], dtype: jnp.dtype) -> Float[Array, "alarm"]:
    """A number of every alarm."""
    return jnp.asarray([number(a) for a in ALARMS], dtype)


def _followed(there: Float[Array, "alarm"]) -> Float[Array, "alarm"]:
    """1 for every alarm that follows from one that is there."""
    return jnp.stack([jnp.max(there * _each(lambda a, b=b: float(b.name in a.implies), there.dtype)) for b in ALARMS])
