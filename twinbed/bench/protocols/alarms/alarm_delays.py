"""Delays of alarms, missed alarms and false ones, on vital signs that leave their limits or only seem to.

Alarm limits and their priorities are set; the vital signs of a patient come second by second. The alarm system answers
which priority it shows and which it sounds at every second. A nurse presses the key every minute. An alarm that stands
already finds no condition, so one that never ends misses what comes after it.
"""

import pathlib
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from twinbed.bench import Answer, Case, Criterion, Protocol
from twinbed.bench.alarms.delays import answered, rate
from twinbed.bench.alarms.vitals import VITALS, watched
from twinbed.bench.charts import Area, Chart, Curve, Figure, Listing, Points
from twinbed.bench.limits import read_limits
from twinbed.bench.play import made, ticks_of
from twinbed.bench.protocol import Answers, Given, Row, Table, Values
from twinbed.bench.protocols import _columns
from twinbed.bench.settings import Stands
from twinbed.bench.statistics import Interval
from twinbed.bench.statistics.clustered import rao_scott
from twinbed.bench.statistics.extremes import largest
from twinbed.core.device import AbstractDevice
from twinbed.core.errors import NotFound, StudyError
from twinbed.devices.software.alarm_system import AlarmSystem

_DELAY, _BENCH = "6.10.2", "6.3.3, bench"
_AFTER_S = 15.0
_SECONDS_PER_HOUR, _HOURS_PER_DAY = 3600.0, 24.0
_KEY_S = 60
_SIGNALS = {
    "heart_rate": "monitor_heart_rate",
    "saturation": "spo2",
    "mean_pressure": "monitor_mean",
    "respiratory_rate": "monitor_respiratory_rate",
}
_FIELDS = {"mean_pressure": "pressure", "respiratory_rate": "breathing"}
"""How the alarm system of twinbed calls the limits of these."""

_KINDS = [f"{n} {s}" for n, v in VITALS.items() for s, w in (("low", v.low), ("high", v.high)) if np.isfinite(w)]
_SAID = {kind: f"of a {kind.split()[1]} {kind.split()[0].replace('_', ' ')}" for kind in _KINDS}
_PRIORITIES = ((0.0, "none"), (1.0, "low"), (2.0, "medium"), (3.0, "high"))

_GIVEN = (
    Given("time_s", "s", "times of the samples, from the start", "series"),
    Given("heart_rate_low", "/min", "lower alarm limit of heart rate"),
    Given("heart_rate_high", "/min", "upper alarm limit of heart rate"),
    Given("saturation_low", "%", "lower alarm limit of oxygen saturation"),
    Given("mean_pressure_low", "mm[Hg]", "lower alarm limit of mean arterial pressure"),
    Given("mean_pressure_high", "mm[Hg]", "upper alarm limit of mean arterial pressure"),
    Given("respiratory_rate_low", "/min", "lower alarm limit of respiratory rate"),
    Given("respiratory_rate_high", "/min", "upper alarm limit of respiratory rate"),
    *(
        Given(f"{kind.replace(' ', '_')}_priority", "1", f"priority of the alarm {said}: 1 low, 2 medium, 3 high")
        for kind, said in _SAID.items()
    ),
    Given("heart_rate", "/min", "heart rate, second by second", "series"),
    Given("saturation", "%", "oxygen saturation, second by second", "series"),
    Given("mean_pressure", "mm[Hg]", "mean arterial pressure, second by second", "series"),
    Given("respiratory_rate", "/min", "respiratory rate, second by second", "series"),
    Given("key_pressed", "1", "1 in the seconds in which a nurse presses the key that acknowledges, else 0", "series"),
)


def alarm_delays(
    *,
    limits: pathlib.Path | None = None,
    patients: int = 12,
    hours: float = 2.0,
    conditions_an_hour: float = 6.0,
    artefacts_an_hour: float = 6.0,
    high_priority: Annotated[Sequence[str], Stands((), "none")] = (),
    low_priority: Annotated[Sequence[str], Stands((), "none")] = (),
    seed: int = 1,
) -> Protocol:
    """IEC 60601-1-8, alarm condition delay and alarm signal generation delay; alarms missed and false.

    Args:
        limits: the laboratory's own numbers, as a file of limits.
        patients: how many are watched.
        hours: for how long each.
        conditions_an_hour: alarm conditions.
        artefacts_an_hour: spikes that are none.
        high_priority: alarms to which the maker gives high priority, such as saturation_low; others have medium.
        low_priority: alarms to which the maker gives low priority.
        seed: of the vital signs.

    Raises:
        StudyError: no such alarm, or one that has two priorities.
    """
    priorities = _assigned(high_priority, low_priority)
    own = read_limits(pathlib.Path(__file__).with_name("limits.toml"), limits)
    plan = round(hours * _SECONDS_PER_HOUR), round(hours * conditions_an_hour), round(hours * artefacts_an_hour)
    used = {c.limit for c in _CRITERIA if c.limit}
    return Protocol(
        id="alarms/alarm_delays",
        title="Delays of alarms, missed and false alarms",
        standard="IEC 60601-1-8",
        edition="2006+A1:2012+A2:2020",
        subjects="virtual patients at a monitor",
        stimulus="alarm limits and priorities, and vital signs second by second, with artefacts",
        reference="the seconds at which a value is past its limit because the patient is",
        cases=lambda: _cases(patients, plan, priorities, seed),
        given=_GIVEN,
        answers=[
            Answer("alarm", "1", "highest priority that is shown, 0 to 3, at each of the times", "series", of="time_s",
                   bounds=(0, 3)),
            Answer("sound", "1", "priority that sounds, 0 to 3, at each of the times", "series", of="time_s",
                   bounds=(0, 3)),
        ],
        measure=_rows,
        criteria=_CRITERIA,
        limits={name: limit for name, limit in own.items() if name in used},
        count=patients,
        figures=_figures,
        badness="late",
        picture=_picture,
        devices=_devices(),
        attach=_attach,
    )  # fmt: skip


def _assigned(high: Sequence[str], low: Sequence[str]) -> dict[str, float]:
    """The priority of every kind of alarm."""
    known = [kind.replace(" ", "_") for kind in _KINDS]
    if set(high) & set(low) or not {*high, *low} <= set(known):
        raise StudyError(f"priorities high {[*high]}, low {[*low]}: give each of {', '.join(known)} at most once")
    return {name: 3.0 if name in high else 1.0 if name in low else 2.0 for name in known}


def _cases(patients: int, plan: tuple[int, int, int], priorities: dict[str, float], seed: int):
    seconds, conditions, artefacts = plan
    time_s = np.arange(seconds, dtype=float)
    set_limits = {
        f"{name}_{side}": value
        for name, vital in VITALS.items()
        for side, value in (("low", vital.low), ("high", vital.high))
        if np.isfinite(value)
    }
    set_limits |= {f"{name}_priority": priority for name, priority in priorities.items()}
    for number in range(1, patients + 1):
        seen = watched((seed << 16) + 7919 * number, seconds, conditions=conditions, artefacts=artefacts)
        key = ((np.arange(seconds) + 17 * number) % _KEY_S == 0).astype(float)
        told = {"time_s": time_s, **set_limits, **seen.values, "key_pressed": key}
        own = np.array([priorities[kind.replace(" ", "_")] for kind in seen.kinds])
        true = {"conditions_s": seen.conditions_s, "kinds": np.array(seen.kinds, dtype=str), "priorities": own}
        yield Case(f"patient{number}", f"patient{number}", told, true)


def _rows(case: Case, answers: Answers) -> list[Row]:
    """A row a condition, and one for the whole time."""
    time_s = np.asarray(case.stimulus["time_s"], float)
    conditions = np.asarray(case.reference["conditions_s"], float)
    found = answered(time_s, answers["alarm"], answers["sound"], conditions, case.reference["priorities"],
                     after_s=_AFTER_S)  # fmt: skip
    kinds = [sorted(_KINDS).index(str(kind)) for kind in case.reference["kinds"]]
    rows: list[Row] = [
        {"delay": delay, "generation": generation, "wrong": wrong, "missed": float(np.isnan(delay)), "kind": kind,
         "unsounded": np.nan if np.isnan(delay) else float(np.isnan(generation)), "lasts": end - start,
         "late": end - start + _AFTER_S if np.isnan(delay) else delay}
        for delay, generation, wrong, kind, (start, end) in zip(
            found.condition_s, found.generation_s, found.wrong, kinds, conditions, strict=True)
    ]  # fmt: skip
    whole = {"false": float(found.false), "hours": len(time_s) / _SECONDS_PER_HOUR}
    return [*rows, whole | {"idle": found.idle_s / found.free_s, "free": found.free_s}]


def _per_patient(table: Table, column: str) -> tuple[np.ndarray, np.ndarray]:
    """Sum and count of a column of each patient."""
    values = _columns.column(table, column)
    there = np.isfinite(values)
    _, who = np.unique(table.subject, return_inverse=True)
    return np.bincount(who[there], values[there], who.max() + 1), np.bincount(who[there], None, who.max() + 1)


def _missed(table: Table) -> Interval:
    return rao_scott(*_per_patient(table, "missed"))


def _unsounded(table: Table) -> Interval:
    return rao_scott(*_per_patient(table, "unsounded"))


def _wrong(table: Table) -> Interval:
    return rao_scott(*_per_patient(table, "wrong"))


def _mean_delay(table: Table) -> Interval:
    return _columns.mean(table, "delay")


def _longest(column: str) -> Callable[[Table], Interval]:
    return lambda table: largest(_columns.column(table, column), table.subject, case=table.case)


def _false(table: Table) -> Interval:
    there = np.isfinite(table["false"])
    days = float(table["hours"][there].sum()) / _HOURS_PER_DAY
    return rate(int(table["false"][there].sum()), days, int(there.sum()))


_CRITERIA = [
    Criterion("missed", _BENCH, "share of alarm conditions without an alarm", "1", _missed, "at most", "missed"),
    Criterion("unsounded", _BENCH, "share of alarms that are shown and do not sound", "1", _unsounded, "at most",
              "unsounded"),
    Criterion("wrong_priority", _BENCH, "share of alarms that are shown or sound with another priority than is set",
              "1", _wrong, "at most", "wrong_priority"),
    Criterion("condition_delay", _DELAY, "mean alarm condition delay", "s", _mean_delay, "at most", "condition_delay"),
    Criterion("generation_delay", _DELAY, "longest alarm signal generation delay", "s", _longest("generation"),
              "at most", "generation_delay"),
    Criterion("false", _BENCH, "false alarms of a patient in a day", "/d", _false, "at most", "false"),
    Criterion("idle_alarm", _BENCH, "share of the time without alarm conditions in which an alarm is shown or sounds",
              "1", lambda table: _columns.mean(table, "idle", "free"), "at most", "idle_alarm"),
    Criterion("longest_delay", _DELAY, "longest alarm condition delay", "s", _longest("delay")),
]  # fmt: skip


def _figures(table: Table) -> list[Figure]:
    found = np.isfinite(table["delay"])
    delays = np.sort(table["delay"][found])
    share = (np.arange(len(delays)) + 1.0) / max(len(delays), 1)
    spread = Chart(
        "Distribution of delays", "how many of the alarms that came were there after a time",
        "alarm condition delay, s", "share of alarms", [Curve(delays, share, "accent")],
    )  # fmt: skip
    lasts = Chart(
        "Delay by length of the condition", "short conditions may end before their alarm", "length of the condition, s",
        "alarm condition delay, s", [Points(table["lasts"][found], table["delay"][found])],
    )  # fmt: skip
    rows = []
    for k, kind in enumerate(sorted(_KINDS)):
        own = table.where(table["kind"] == k)
        if len(own):
            mean = float(np.nanmean(own["delay"])) if np.isfinite(own["delay"]).any() else None
            rows.append([kind.replace("_", " "), float(len(own)), float(own["missed"].sum()), mean])
    columns = ["condition", "conditions", "missed", "mean delay, s"]
    return [spread, lasts, Listing("Conditions", "conditions, missed ones and delays by kind", columns, rows)]


def _picture(case: Case, answers: Answers) -> Chart:
    time_s, spans = np.asarray(case.stimulus["time_s"], float), np.asarray(case.reference["conditions_s"], float)
    found = answered(time_s, answers["alarm"], answers["sound"], spans, case.reference["priorities"], after_s=_AFTER_S)
    missed = np.isnan(found.condition_s)
    marks: list[Any] = [
        Area(span / 60.0, [0.0] * 2, [3.0] * 2, "bad", "condition that was missed")
        if lost
        else Area(span / 60.0, [0.0] * 2, [3.0] * 2, "good", "condition that was found")
        for span, lost in zip(spans, missed, strict=True)
    ]
    marks.append(Curve(time_s / 60.0, answers["alarm"], "accent", "alarm"))
    says = "an alarm should stand wherever there is a condition, and nowhere else"
    return Chart("Alarms of a patient", says, "time, min", "priority", marks, y_range=(-0.1, 3.1), y_names=_PRIORITIES)


def _attach(device: AbstractDevice) -> Callable[[Values], Any]:
    if not isinstance(device, AlarmSystem):
        raise NotFound(f"{type(device).__name__} is no alarm system: give devices/software/alarm_system")
    return _attached(device)


def _attached(device: AbstractDevice) -> Callable[[Values], Any]:
    def watch(stimulus: Values) -> Any:
        used = device
        for name in VITALS:
            for side in ("low", "high"):
                if f"{name}_{side}" in stimulus:
                    field, value = f"{_FIELDS.get(name, name)}_{side}", float(stimulus[f"{name}_{side}"])
                    used = eqx.tree_at(lambda d, field=field: getattr(d, field), used, jnp.asarray(value))
        signals = {signal: stimulus[name] for name, signal in _SIGNALS.items()}
        signals["alarm_acknowledged"] = stimulus["key_pressed"]
        shown = ticks_of(used, signals, len(stimulus["time_s"]))
        return {"alarm": shown["alarm_priority"], "sound": shown["alarm_sound"]}

    return watch


def _sounding_late(watch: Callable[[Values], Any], by_s: int) -> Callable[[Values], Any]:
    """The light is there at once and the sound comes later."""

    def late(stimulus: Values) -> Any:
        answer = watch(stimulus)
        sound = np.concatenate([np.zeros(by_s), answer["sound"][:-by_s]])
        return {**answer, "sound": sound}

    return late


def _stuck(stimulus: Values) -> Any:
    """An alarm that never stops."""
    always = np.full(len(stimulus["time_s"]), 2.0)
    return {"alarm": always, "sound": always}


def _latched(watch: Callable[[Values], Any]) -> Callable[[Values], Any]:
    """The first alarm stays for good; no key ends it."""
    return lambda stimulus: {name: np.maximum.accumulate(values) for name, values in watch(stimulus).items()}


def _all_high(watch: Callable[[Values], Any]) -> Callable[[Values], Any]:
    """Every alarm is of high priority."""
    return lambda stimulus: {name: np.where(values > 0.0, 3.0, 0.0) for name, values in watch(stimulus).items()}


def _devices() -> dict[str, Callable[[Values], Any]]:
    system = lambda **settings: _attached(made(AlarmSystem, **settings))
    return {
        "good": system(),
        "bad": system(delay=60.0, saturation_delay=90.0),
        "bad_hair_trigger": system(delay=0.0, saturation_delay=0.0),
        "bad_late_sound": _sounding_late(system(), 8),
        "bad_stuck": _stuck,
        "bad_latched": _latched(system()),
        "bad_priority": _all_high(system()),
    }
