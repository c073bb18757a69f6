"""The heart rate meter of a cardiac monitor and its alarms, on a signal generator.

What is shown from the twentieth second on is held against the true rate where that is constant: over the rated range,
for small and large, narrow and wide complexes, on drift, on mains, beside tall T waves and beside the pulses of a
pacemaker that captures or does not. What is too small or too narrow to be a complex, and pulses without a heart, must
not be counted. After a change of rate, and after standstill or tachycardia begin, the time is measured until the meter
shows it and until there is an alarm. A meter that is blank shows 0. No alarm may come before such an event, nor while
a regular heart beats at a constant rate within the limits of the alarm that the meter is given.

*Known limits*: the amplifier, its input and its overshoot are not tested: the device is given voltages. Pulses have no
overshoot. The tachycardias and irregular rhythms are made to the rates that makers cite, they are not the standard's
own recordings.

**References:**

- IEC 60601-2-27:2011, 201.7.9.2.9.101, 201.12.1.101, 208.6.6.2; ANSI/AAMI EC13:2002
"""

import functools
import pathlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from twinbed.bench.charts import Chart, Curve, Figure, Listing, Moment, Points
from twinbed.bench.limits import Limit, read_limits
from twinbed.bench.protocol import Answer, Answers, Case, Criterion, Given, Protocol, Row, Table
from twinbed.bench.protocols import _columns
from twinbed.bench.protocols.ecg import _meters
from twinbed.bench.protocols.ecg._generator import (
    FREQUENCY_HZ,
    Pulse,
    coupled,
    drawn,
    mains,
    steady,
    tachycardia,
    triangle,
)
from twinbed.bench.statistics import Interval
from twinbed.core.errors import StudyError

_LASTS_S, _SETTLES_S, _EVENT_S, _STEP_S = 40.0, 20.0, 34.0, 0.5
_AFTER_S = 26.0
_THINNED, _DRAWN_MV = 4, 6.0
_WIDE_LIMITS, _USUAL_LIMITS = (0.0, 400.0), (60.0, 100.0)
_DISCLOSURE, _PERFORMANCE, _ALARMS = "201.7.9.2.9.101 b)", "201.12.1.101", "208.6.6.2"
_NAMES = (
    "meter_offset", "meter_share", "meter_error", "meter_no_response", "meter_response", "meter_alarm",
    "meter_tachycardia", "meter_false_alarms",
)  # fmt: skip


def heart_rate_meter(
    *,
    limits: pathlib.Path | None = None,
    lowest_rate: float = 30.0,
    highest_rate: float = 200.0,
    mains_hz: float = 50.0,
    repetitions: int = 3,
) -> Protocol:
    """Accuracy, rejection, response and alarms of a heart rate meter for adults.

    Args:
        limits: a laboratory's own limits.
        lowest_rate: of the rated range, bpm; the standard asks for 30 or lower.
        highest_rate: of the rated range, bpm; the standard asks for 200 or higher.
        mains_hz: 50 or 60.
        repetitions: how often changes of rate and alarms are timed, each at another moment.

    Raises:
        StudyError: a range without 80 bpm in it, or no repetition.
    """
    if not 10.0 <= lowest_rate < 80.0 < highest_rate <= 350.0 or repetitions < 1:
        raise StudyError("give a range of 10 to 350 bpm around 80 bpm, and one repetition or more")
    table = read_limits(pathlib.Path(__file__).with_name("limits.toml"), limits)
    own = {name: table[name] for name in _NAMES}
    make = functools.partial(_cases, lowest_rate, highest_rate, mains_hz, repetitions)
    return Protocol(
        id="ecg/heart_rate_meter",
        title="Heart rate meter and alarms of a cardiac monitor",
        standard="IEC 60601-2-27, ANSI/AAMI EC13",
        edition="60601-2-27:2011, EC13:2002",
        subjects="signals of a generator: trains of complexes, pacemaker pulses, drift and mains",
        stimulus="one lead in mV at 1000 Hz, limits of the alarm, and the times at which the display is read",
        reference="the rates that were generated, and when they changed",
        cases=make,
        count=sum(1 for _ in make(dry=True)),
        given=_GIVEN,
        answers=[
            Answer("heart_rate", "{beat}/min", "what is shown at each time: 0 in standstill, none where it is blank",
                   "series", "time_s", bounds=(0.0, 1000.0)),
            Answer("alarm", "1", "1 at times at which there is an alarm of the heart rate, else 0", "series", "time_s",
                   bounds=(0.0, 1.0)),
        ],
        measure=functools.partial(_measure, own),
        criteria=_criteria(),
        limits=own,
        figures=functools.partial(_figures, own),
        badness="worst",
        picture=_picture,
        devices=_meters.METERS,
        attach=_meters.attached,
    )  # fmt: skip


_GIVEN = (
    Given("ecg", "mV", "electrocardiogram, one lead, the mean voltage of every millisecond", "series"),
    Given("sampling_frequency_hz", "Hz", "samples a second"),
    Given("time_s", "s", "times from the first sample at which the display is read", "series"),
    Given("alarm_low", "{beat}/min", "lower limit of the alarm of heart rate"),
    Given("alarm_high", "{beat}/min", "upper limit of the alarm of heart rate"),
)


def _case(test: str, name: str, ecg: Callable[[], np.ndarray] | None, lasts_s: float, **true: float) -> Case:
    """A case; without a signal where only the number of cases is asked for."""
    watched = "event_s" in true
    low, high = _USUAL_LIMITS if watched else _WIDE_LIMITS
    stimulus = {
        "ecg": np.zeros(0) if ecg is None else ecg(), "sampling_frequency_hz": FREQUENCY_HZ,
        "time_s": np.arange(_STEP_S, lasts_s, _STEP_S), "alarm_low": low, "alarm_high": high,
    }  # fmt: skip
    return Case(f"{test}_{name}".replace(" ", "_"), f"{test}_{name}", stimulus, {"test": test, **true}, {"test": test})


def _cases(lowest: float, highest: float, mains_hz: float, repetitions: int, *, dry: bool = False) -> Iterator[Case]:
    still = lambda test, name, rate, make: _case(test, name, None if dry else make, _LASTS_S, rate=rate)
    train = lambda rate, **shape: drawn(_LASTS_S, steady(rate, _LASTS_S, **shape))
    for rate in sorted({lowest, 60.0, 100.0, 0.7 * highest, highest}):
        yield still("range", f"{rate:g}", rate, lambda rate=rate: train(rate))
    for amplitude in (0.5, 2.0, 5.0):
        for width in (0.07, 0.12):
            for rate in (lowest, 80.0, highest):
                make = lambda a=amplitude, w=width, r=rate: train(r, amplitude_mv=a, width_s=w)
                yield still("shape", f"{amplitude:g}mV_{1000 * width:g}ms_{rate:g}", rate, make)
    yield still("none", "small", 0.0, lambda: train(80.0, amplitude_mv=0.15))
    yield still("none", "narrow", 0.0, lambda: train(80.0, width_s=0.01))
    weak = lambda: train(80.0, amplitude_mv=0.5)
    yield still("disturbed", "drift", 80.0, lambda: weak() + triangle(_LASTS_S, 4.0, 0.1))
    yield still("disturbed", "mains", 80.0, lambda: weak() + mains(_LASTS_S, 0.1, mains_hz))
    yield still("t_wave", "1.2mV", 80.0, lambda: train(80.0, t_mv=1.2))
    yield from _paced(still)
    yield from _irregular(still)
    for k in range(repetitions):
        yield from _events(k, dry)


def _paced(still: Callable[..., Case]) -> Iterator[Case]:
    """Pulses that capture (60 bpm), that do not (a heart at 30 bpm below pulses at 80 bpm), and without a heart."""
    for amplitude in (2.0, -2.0, 700.0, -700.0):
        for width in (0.0001, 0.002):
            pulses = [Pulse(float(t), amplitude, width) for t in np.arange(0.53, _LASTS_S, 0.75)]
            name = f"{amplitude:g}mV_{1000 * width:g}ms"
            beats = steady(60.0, _LASTS_S, t_mv=0.2)
            led = [Pulse(beat.time_s - 0.06, amplitude, width) for beat in beats]
            yield still("paced", f"captured_{name}", 60.0, lambda b=beats, p=led: drawn(_LASTS_S, b, p))
            slow = steady(30.0, _LASTS_S, t_mv=0.2)
            yield still("paced", f"uncaptured_{name}", 30.0, lambda b=slow, p=pulses: drawn(_LASTS_S, b, p))
            yield still("pulses", name, 0.0, lambda p=pulses: drawn(_LASTS_S, [], p))


def _irregular(still: Callable[..., Case]) -> Iterator[Case]:
    usual, ectopic = {"t_mv": 0.2}, {"amplitude_mv": 1.5, "width_s": 0.14, "t_mv": -0.4}
    inverse = {**ectopic, "amplitude_mv": -1.5, "t_mv": 0.4}
    rhythms = {
        "bigeminy": ((0.6, 0.9), [usual, ectopic], 80.0),
        "slow_bigeminy": ((0.7, 1.3), [usual, ectopic], 60.0),
        "rapid_bigeminy": ((0.4, 0.6), [usual, ectopic], 120.0),
        "bidirectional": ((2.0 / 3.0,), [ectopic, inverse], 90.0),
    }
    for name, (intervals, shapes, rate) in rhythms.items():
        make = lambda i=intervals, s=shapes: drawn(_LASTS_S, coupled(i, _LASTS_S, s))
        yield still("irregular", name, rate, make)


def _events(k: int, dry: bool) -> Iterator[Case]:
    """Changes at a moment that differs between repetitions beside the ticks of a display."""
    lasts = _EVENT_S + _AFTER_S
    usual = steady(80.0, _EVENT_S, from_s=0.5 + 0.17 * k, t_mv=0.2)
    event = usual[-1].time_s + 0.75
    later = lambda rate: steady(rate, lasts, from_s=event, t_mv=0.2)
    told = lambda test, name, make, at, **true: _case(test, name, None if dry else make, lasts, event_s=at, **true)
    timed = lambda then: lambda: drawn(lasts, [*usual, *then])
    yield told("faster", f"{k}", timed(later(120.0)), event, rate=120.0)
    yield told("slower", f"{k}", timed(later(40.0)), event, rate=40.0)
    yield told("standstill", f"{k}", timed([]), usual[-1].time_s, rate=0.0)
    for rate, height in ((206.0, 1.0), (195.0, 2.0)):
        for gain in (0.5, 1.0, 2.0):
            wave = lambda r=rate, h=gain * height: drawn(lasts, usual) + tachycardia(r, h, event, lasts)
            yield told("tachycardia", f"{rate:g}_{gain * height:g}mV_{k}", wave, event, rate=rate)


def _measure(limits: Mapping[str, Limit], case: Case, answers: Answers) -> list[Row]:
    time, true = np.asarray(case.stimulus["time_s"]), case.reference
    shown = np.nan_to_num(answers["heart_rate"], nan=0.0)
    if "event_s" in true:
        return [_timed(time, shown, np.nan_to_num(answers["alarm"]) > 0.5, true)]
    settled = shown[time >= _SETTLES_S]
    errors = np.round(settled - true["rate"], 9)  # what rounding of numbers leaves is no error
    error = float(errors[np.argmax(np.abs(errors))])
    row = {"rate": true["rate"], "error": error, "shown": error + true["rate"]}
    if true["rate"] == 0.0:  # to alarm for standstill is right here
        return [row | {"counted": error, "worst": error}]
    if true["test"] != "irregular":  # what a meter makes of an arrhythmia is disclosed
        alarms = np.nan_to_num(answers["alarm"][time >= _SETTLES_S]) > 0.5
        row["false_alarms"] = float(alarms.any())
    allowed = max(limits["meter_offset"].value, 0.01 * limits["meter_share"].value * true["rate"])
    excess = 100.0 * abs(error) / allowed
    return [row | {"excess": excess, "worst": excess + 1000.0 * row.get("false_alarms", 0.0)}]


def _timed(time: np.ndarray, shown: np.ndarray, alarm: np.ndarray, true: Mapping[str, Any]) -> dict[str, float]:
    """The time until the meter has gone 63 % of a change, and until there is an alarm; to the end where it is not."""
    after, end = time >= true["event_s"], float(time[-1])
    before = (time < true["event_s"]) & (time >= _SETTLES_S)
    until = lambda holds: float((time[holds & after][0] if (holds & after).any() else end) - true["event_s"])
    row = {"rate": true["rate"], "alarm_s": until(alarm), "false_alarms": float(alarm[before].sum() > 0)}
    if true["test"] in ("faster", "slower"):
        level = 0.37 * 80.0 + 0.63 * true["rate"]
        row["response_s"] = until(shown >= level if true["test"] == "faster" else shown <= level)
    return row | {"worst": 10.0 * row["alarm_s"] + 1000.0 * row["false_alarms"]}


def _largest(name: str, *tests: str) -> Callable[[Table], Interval]:
    return lambda table: _columns.largest(_columns.in_group(table, "test", *tests), name)


def _false_alarms(table: Table) -> Interval:
    rows = _columns.rows(table, "false_alarms")
    return _columns.plain(float(rows["false_alarms"].sum()) if len(rows) else float("nan"), len(rows), "count")


_ACCURACY = {
    "range": "over the rated range",
    "shape": "for QRS complexes of 0.5 to 5 mV and 70 to 120 ms",
    "disturbed": "on a drift of 4 mV and on mains of 0.1 mV",
    "t_wave": "beside T waves of 1.2 mV",
    "paced": "beside pacemaker pulses of 2 to 700 mV and 0.1 to 2 ms",
}


def _criteria() -> list[Criterion]:
    out = [
        Criterion(f"accuracy_{test}", _PERFORMANCE,
                  f"largest error of heart rate as a share of what is allowed, {said}", "%",
                  _largest("excess", test), "at most", "meter_error")
        for test, said in _ACCURACY.items()
    ]  # fmt: skip
    quiet = {"none": "complexes of 0.15 mV or of 10 ms", "pulses": "pacemaker pulses without a heart"}
    out += [
        Criterion(f"no_response_{test}", _PERFORMANCE, f"largest heart rate that is shown by {said}", "{beat}/min",
                  _largest("counted", test), "at most", "meter_no_response")
        for test, said in quiet.items()
    ]  # fmt: skip
    out += [
        Criterion(f"response_{test}", _DISCLOSURE, f"longest time to show a change from 80 to {rate} bpm", "s",
                  _largest("response_s", test), "at most", "meter_response")
        for test, rate in (("faster", 120), ("slower", 40))
    ]  # fmt: skip
    alarms = {
        "standstill": "standstill",
        "slower": "a heart rate below the limit",
        "faster": "a heart rate above the limit",
    }
    out += [
        Criterion(f"alarm_{test}", _ALARMS, f"longest time to an alarm of {said}", "s", _largest("alarm_s", test),
                  "at most", "meter_alarm")
        for test, said in alarms.items()
    ]  # fmt: skip
    return [
        *out,
        Criterion("alarm_tachycardia", _DISCLOSURE, "longest time to an alarm of ventricular tachycardia", "s",
                  _largest("alarm_s", "tachycardia"), "at most", "meter_tachycardia"),
        Criterion("false_alarms", _ALARMS, "signals with an alarm while the heart rate is within its limits", "1",
                  _false_alarms, "at most", "meter_false_alarms"),
        *(
            Criterion(f"irregular_{name}", _DISCLOSURE, f"heart rate that is shown in {said}, true {rate} bpm",
                      "{beat}/min", functools.partial(_shown, f"irregular_{name}"))
            for name, said, rate in (
                ("bigeminy", "ventricular bigeminy", 80), ("slow_bigeminy", "slow alternating bigeminy", 60),
                ("rapid_bigeminy", "rapid alternating bigeminy", 120), ("bidirectional", "bidirectional systoles", 90),
            )
        ),
    ]  # fmt: skip


def _shown(case: str, table: Table) -> Interval:
    """The shown rate that is furthest from the true one."""
    own = table.where(table.case == case)
    return _columns.plain(float(own["shown"][0]) if len(own) else float("nan"), len(own), "")


_CHANGES = {
    "faster": "change to 120 bpm", "slower": "change to 40 bpm", "standstill": "standstill",
    "tachycardia": "tachycardia",
}  # fmt: skip


def _figures(limits: Mapping[str, Limit], table: Table) -> list[Figure]:
    still = _columns.rows(table, "excess")
    events = _columns.rows(table, "alarm_s")
    offset, share, longest = (limits[f"meter_{name}"].value for name in ("offset", "share", "alarm"))
    rates = np.linspace(0.0, max(200.0, float(still["rate"].max())) if len(still) else 200.0, 201)
    allowed = np.maximum(offset, 0.01 * share * rates)
    chart = Chart(
        "Error by heart rate", "every dot is a signal with a constant heart rate; lines are what is allowed",
        "heart rate, bpm", "error, bpm",
        [
            Curve(rates, allowed, "bad", "allowed"), Curve(rates, -allowed, "bad"),
            Points(still["rate"], still["error"], "accent", "signal"),
        ],
    )  # fmt: skip
    rows = [list(_CHANGES).index(str(name)) for name in events.groups["test"]]
    times = Chart(
        "Time to alarm", "every dot is a signal; the time runs from the change to the alarm", "time to alarm, s", "",
        [Points(events["alarm_s"], rows, "accent", "signal"), Moment(longest, "allowed", "bad")],
        x_range=(0.0, max(1.2 * longest, float(np.nanmax(events["alarm_s"], initial=0.0)))),
        y_range=(3.5, -0.5), y_names=list(enumerate(_CHANGES.values())),
    )  # fmt: skip
    number = lambda v: None if np.isnan(v) else float(v)
    columns = ("rate", "shown", "excess", "response_s", "alarm_s")
    worst = np.argsort(-np.nan_to_num(table["worst"]))[:20]
    listing = Listing(
        "Signals", "the twenty worst signals",
        ("signal", "true, bpm", "shown, bpm", "of allowed, %", "response, s", "alarm, s"),
        [[str(table.case[k]), *(number(_columns.column(table, c)[k]) for c in columns)] for k in worst],
    )  # fmt: skip
    return [*([chart] if len(still) else []), *([times] if len(events) else []), listing]


def _picture(case: Case, answers: Answers) -> Chart:
    """What is shown over time; the ECG runs below, its height fitted to the room."""
    time = np.asarray(case.stimulus["time_s"])
    shown, rate = np.nan_to_num(answers["heart_rate"]), case.reference["rate"]
    event = case.reference.get("event_s")
    start = max(0.0, (event if event is not None else 30.0) - 6.0)
    ecg = _thinned(np.asarray(case.stimulus["ecg"])[round(start * FREQUENCY_HZ) :][: round(16.0 * FREQUENCY_HZ)])
    top = max(float(shown.max()), rate, 100.0)
    size = max(float(np.ptp(ecg)), 1e-6)
    drawn_ecg = -0.45 * top + 0.35 * top * (ecg - ecg.min()) / size
    inside = (time >= start) & (time <= start + 16.0)
    on = inside & (np.nan_to_num(answers["alarm"]) > 0.5)
    true = np.where(time >= event, rate, 80.0) if event is not None else np.full(len(time), rate)
    return Chart(
        "Shown heart rate", "the line is the true rate, dots are what is shown, in red with an alarm; below is the ECG",
        "time, s", "heart rate, bpm",
        [
            *([Moment(event, "change", "soft")] if event is not None else []),
            Curve(time[inside], true[inside], "good", "reference"),
            Points(time[inside], shown[inside], "accent", "device"), Points(time[on], shown[on], "bad", "alarm"),
            Curve(start + np.arange(len(ecg)) * _THINNED / FREQUENCY_HZ, drawn_ecg, "plain", "ECG"),
        ],
        x_range=(start, start + 16.0),
        y_names=[(rate, str(rate)) for rate in range(0, int(top) + 1, 50 if top < 300.0 else 100)],
    )  # fmt: skip


def _thinned(ecg: np.ndarray) -> np.ndarray:
    """The largest of every four samples, so that no pulse is lost, cut where it leaves no room for complexes."""
    blocks = ecg[: len(ecg) // _THINNED * _THINNED].reshape(-1, _THINNED)
    largest = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=1)[:, None], axis=1)[:, 0]
    return np.clip(largest, -_DRAWN_MV, _DRAWN_MV)
