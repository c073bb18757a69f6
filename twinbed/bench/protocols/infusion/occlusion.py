"""Occlusion of the line: pressure and time to the alarm, and the bolus when the line is opened again.

The bench closes the line some minutes after the start and opens it at the end. The pump answers what balance and
manometer showed, and when it alarmed. An answer in which nothing like the rate flows before the line is closed is not
usable.
"""

import pathlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from twinbed.bench import Answer, Case, Criterion, Protocol
from twinbed.bench.charts import Chart, Curve, Figure, Level, Listing, Moment, Points
from twinbed.bench.infusion.occlusions import occlusion as seen_in
from twinbed.bench.infusion.pumps import Pump
from twinbed.bench.limits import read_limits
from twinbed.bench.play import made
from twinbed.bench.protocol import Answers, Given, Row, Table, Values
from twinbed.bench.protocols import _columns
from twinbed.bench.statistics import Interval
from twinbed.bench.statistics.extremes import largest
from twinbed.core.errors import StudyError
from twinbed.devices.infusion.syringe_pump import SyringePump

_CLAUSE = "201.12.4.4.104"
_SECONDS_PER_MINUTE = 60.0
_SAMPLE_S = 5.0
_WHILE_S = 60.0
"""How long after the opening what leaves is the bolus."""

_GIVEN = (
    Given("pump", "1", "number of the pump, from 1"),
    Given("rate_ml_h", "mL/h", "rate that is set"),
    Given("threshold_kpa", "kPa", "alarm threshold that is set"),
    Given("time_s", "s", "times at which an answer is asked for, from the start", "series"),
    Given("closed", "1", "1 at the times at which the line is closed, else 0", "series"),
)


def occlusion(
    *,
    limits: pathlib.Path | None = None,
    rates_ml_h: Sequence[float] = (1.0, 5.0),
    thresholds_kpa: Sequence[float] = (30.0, 60.0, 90.0),
    closes_min: float = 20.0,
    opens_min: float = 170.0,
    pumps: int = 2,
) -> Protocol:
    """IEC 60601-2-24, occlusion alarm and bolus after an occlusion.

    Args:
        limits: what the maker claims, as a file of limits.
        rates_ml_h: minimum and intermediate rate; the time to the alarm is judged at the last one.
        thresholds_kpa: least, middle and greatest alarm threshold that can be set; 0 leaves it as it is.
        closes_min: when the line is closed.
        opens_min: when it is opened; it must alarm before.
        pumps: how many are tested.

    Raises:
        StudyError: the line is opened before it is closed.
    """
    if not 0.0 < closes_min < opens_min:
        raise StudyError(f"the line closes at {closes_min:g} and opens at {opens_min:g} min: open it later")
    names = ("time_to_alarm", "bolus_after_occlusion", "alarm_pressure", "alarms_given", "alarms_before")
    own = read_limits(pathlib.Path(__file__).with_name("limits.toml"), limits)
    closed = (closes_min * _SECONDS_PER_MINUTE, opens_min * _SECONDS_PER_MINUTE)
    return Protocol(
        id="infusion/occlusion",
        title="Occlusion alarm and bolus after an occlusion",
        standard="IEC 60601-2-24",
        edition="2012",
        subjects="pumps of one type",
        stimulus="a rate and an alarm threshold that are set; a line that is closed and opened again",
        reference="time of the closing, and the threshold that is set",
        cases=lambda: _cases(rates_ml_h, thresholds_kpa, closed, pumps),
        given=_GIVEN,
        answers=[
            Answer("volume", "mL", "delivered since the start, at each of the times", "series", of="time_s"),
            Answer("pressure", "kPa", "in the line, at each of the times", "series", of="time_s"),
            Answer("alarm", "1", "1 while it alarms for an occlusion, else 0", "series", of="time_s", bounds=(0, 1)),
        ],
        measure=_rows,
        criteria=_criteria(rates_ml_h[-1]),
        limits={name: own[name] for name in names},
        count=pumps * len(rates_ml_h) * len(thresholds_kpa),
        figures=_figures,
        badness="bolus",
        picture=_picture,
        recorded_by_tester=True,
        devices=_devices(),
        attach=lambda device: _attached(Pump(device)),
    )


def _cases(rates: Sequence[float], thresholds: Sequence[float], closed: tuple[float, float], pumps: int):
    time_s = np.arange(round((closed[1] + 5.0 * _WHILE_S) / _SAMPLE_S) + 1) * _SAMPLE_S
    shut = ((time_s > closed[0]) & (time_s <= closed[1])).astype(float)
    for pump in range(1, pumps + 1):
        for rate in rates:
            for threshold in thresholds:
                told = {"pump": pump, "rate_ml_h": rate, "threshold_kpa": threshold, "time_s": time_s, "closed": shut}
                true = {"rate_ml_h": rate, "threshold_kpa": threshold, "closed_s": np.array(closed)}
                groups = {"rate": f"{rate:g} mL/h", "threshold": f"{threshold:g} kPa"}
                yield Case(f"pump{pump}_{rate:g}mL_h_{threshold:g}kPa", f"pump{pump}", told, true, groups)


def _rows(case: Case, answers: Answers) -> list[Row]:
    true = case.reference
    shut, opened = (float(v) for v in true["closed_s"])
    seen = seen_in(
        np.asarray(case.stimulus["time_s"], float), answers["volume"], answers["pressure"], answers["alarm"],
        closed=(shut, opened), rate_ml_h=true["rate_ml_h"], while_s=_WHILE_S,
    )  # fmt: skip
    threshold = true["threshold_kpa"]
    deviation = 100.0 * (seen.pressure - threshold) / threshold if threshold > 0.0 else np.nan
    return [{
        "rate": true["rate_ml_h"], "threshold": threshold, "early": float(seen.early), "time": seen.time_min,
        "pressure": seen.pressure, "highest": seen.highest, "deviation": deviation, "bolus": seen.bolus_ml,
    }]  # fmt: skip


def _given(table: Table) -> Interval:
    return _columns.clustered(table, np.isfinite(table["time"]))


def _early(table: Table) -> Interval:
    return _columns.clustered(table, table["early"] > 0.0)


def _criteria(intermediate: float) -> list[Criterion]:
    def time(table: Table) -> Interval:
        own = table.where(table["rate"] == intermediate)
        return largest(own["time"], own.subject, case=own.case)

    def slow(table: Table) -> Interval:
        own = table.where(table["rate"] != intermediate)
        return largest(own["time"], own.subject, case=own.case)

    of = lambda name: lambda table: largest(np.abs(table[name]), table.subject, case=table.case)
    return [
        Criterion("given", _CLAUSE, "share of occlusions that are alarmed for", "1", _given, "at least",
                  "alarms_given"),
        Criterion("before", _CLAUSE, "share of infusions with an alarm before the line is closed", "1", _early,
                  "at most", "alarms_before"),
        Criterion("time", _CLAUSE, "longest time to the alarm at the intermediate rate", "min", time, "at most",
                  "time_to_alarm"),
        Criterion("bolus", _CLAUSE, "largest bolus after an occlusion", "mL", of("bolus"), "at most",
                  "bolus_after_occlusion"),
        Criterion("pressure", _CLAUSE, "largest deviation of the pressure at the alarm from the threshold", "%",
                  of("deviation"), "at most", "alarm_pressure"),
        Criterion("time_slow", _CLAUSE, "longest time to the alarm at the other rates", "min", slow),
        Criterion("highest", _CLAUSE, "highest pressure in the line", "kPa", of("highest")),
    ]  # fmt: skip


def _figures(table: Table) -> list[Figure]:
    says = "the time grows with the threshold and falls with the rate"
    tones = ("accent", "second", "soft")
    rates = np.unique(table["rate"])
    marks = []
    for rate, tone in zip(rates, tones, strict=False):
        own = table.where((table["rate"] == rate) & np.isfinite(table["time"]))
        marks.append(Points(own["threshold"], own["time"], tone, f"{rate:g} mL/h"))
    number = lambda v: None if np.isnan(v) else round(float(v), 4)
    names = ("time", "pressure", "highest", "bolus")
    rows = [[str(table.case[i]), *(number(table[n][i]) for n in names)] for i in range(len(table))]
    columns = ["infusion", "time to the alarm, min", "pressure at the alarm, kPa", "highest pressure, kPa", "bolus, mL"]
    return [
        Chart("Time to the alarm", says, "threshold, kPa", "time to the alarm, min", marks),
        Listing("Occlusions", "what happened at every occlusion", columns, rows),
    ]


def _picture(case: Case, answers: Answers) -> Chart:
    minutes = np.asarray(case.stimulus["time_s"], float) / _SECONDS_PER_MINUTE
    shut, opened = (float(v) / _SECONDS_PER_MINUTE for v in case.reference["closed_s"])
    alarms = np.flatnonzero(answers["alarm"] > 0.5)
    marks: list[Any] = [Curve(minutes, answers["pressure"], "accent", "pressure")]
    marks += [Moment(shut, "closed"), Moment(opened, "opened")]
    if case.reference["threshold_kpa"] > 0.0:
        marks.append(Level(case.reference["threshold_kpa"], "threshold"))
    if len(alarms):
        marks.append(Moment(float(minutes[alarms[0]]), "alarm", "bad"))
    return Chart("Pressure in the line", "how pressure rises until the alarm", "time, min", "pressure, kPa", marks)


def _attached(pump: Pump, threshold_factor: float = 1.0) -> Callable[[Values], Any]:
    def deliver(stimulus: Values) -> Any:
        times, threshold = np.asarray(stimulus["time_s"], float), float(stimulus["threshold_kpa"])
        used = pump.alarming_at(threshold * threshold_factor) if threshold > 0.0 else pump
        ticks = used.ticks(times[-1])
        ends = (np.arange(ticks) + 1.0) * used.period_s
        shut = np.interp(ends, times, np.asarray(stimulus["closed"], float)) > 0.5
        seed, rate = int(stimulus["pump"]), float(stimulus["rate_ml_h"])
        measured = used.run(rate, ticks, seed=seed, occlusion=shut.astype(float), venous_pressure=0.0)
        pressure, alarm = measured.at(measured.pressure, times), measured.at(measured.alarm, times)
        return {"volume": measured.volume(times), "pressure": pressure, "alarm": alarm}

    return deliver


def _silent(deliver: Callable[[Values], Any]) -> Callable[[Values], Any]:
    """The pump stops, and nobody hears of it."""
    return lambda stimulus: {**deliver(stimulus), "alarm": np.zeros(len(stimulus["time_s"]))}


def _empty(deliver: Callable[[Values], Any]) -> Callable[[Values], Any]:
    """It alarms in time and delivers nothing at all, so that no bolus is seen."""
    return lambda stimulus: {**deliver(stimulus), "volume": np.zeros(len(stimulus["time_s"]))}


def _devices() -> dict[str, Callable[[Values], Any]]:
    taking_back = Pump(made(SyringePump, back_off=0.95))
    return {
        "good": _attached(taking_back),
        "bad": _attached(taking_back, threshold_factor=2.0),
        "bad_bolus": _attached(Pump(SyringePump())),
        "bad_silent": _silent(_attached(taking_back)),
        "bad_empty": _empty(_attached(taking_back)),
    }
