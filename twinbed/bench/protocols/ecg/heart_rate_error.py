"""Heart rate, measurement by measurement, on annotated recordings.

The maker says of how many intervals between beats a heart rate is the mean; the reference is made of the annotated
beats in the same way. Every rate that the device gives is held against the reference's that is nearest in time. The
standards ask for the error to be disclosed; that a device be silent where it would be wrong is ruled out by a limit of
this project on how much of the time has a rate. Rates during ventricular fibrillation have no reference and are left
out.

**References:**

- ANSI/AAMI EC57:2012/(R)2020; IEC 60601-2-47:2012, 201.12.1.101
"""

import functools
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from twinbed.bench.charts import Chart, Curve, Figure, Level, Listing, Points
from twinbed.bench.ec57 import compare_series, fibrillating, heart_rates
from twinbed.bench.ec57.measurements import nearest, within_reach
from twinbed.bench.ec57.standard import START_S
from twinbed.bench.limits import read_limits
from twinbed.bench.play import play
from twinbed.bench.protocol import Answer, Answers, Case, Criterion, Given, Protocol, Row, Table, Values
from twinbed.bench.protocols.ecg import _devices
from twinbed.bench.protocols.ecg._records import (
    GIVEN,
    MITDB,
    checked_learning,
    checked_records,
    gross,
    listed,
    percent,
    record_cases,
    resampled,
    root_mean,
    truth,
    unpaced,
    worst_share,
)
from twinbed.bench.statistics import Interval
from twinbed.core.device import AbstractDevice
from twinbed.core.errors import StudyError

_NEAR_S = 5.0
"""A rate of the reference is covered by one of the device that is at most this far away."""
_BANDS = {"slow": (0.0, 60.0), "usual": (60.0, 100.0), "fast": (100.0, np.inf)}
_SAID = {"slow": "below 60 /min", "usual": "from 60 to 100 /min", "fast": "from 100 /min on"}
_SHOWN_S = 300.0


def heart_rate_error(
    *,
    limits: pathlib.Path | None = None,
    records: Sequence[str] = MITDB,
    averaged: int = 8,
    learning_s: float = START_S,
) -> Protocol:
    """Root mean square error of the heart rate on the MIT-BIH Arrhythmia Database.

    Args:
        limits: a laboratory's own limits.
        records: names of records; all 48 if left out.
        averaged: how many intervals a rate is of, as the maker says; 1 for the rate from beat to beat.
        learning_s: how long the maker says that the device learns; five minutes where it says nothing.

    Raises:
        StudyError: rates of no interval, or a learning period that leaves nothing to test.
    """
    if averaged < 1:
        raise StudyError(f"averaged={averaged}: a heart rate is of at least one interval")
    checked_learning(learning_s)
    checked_records(records)
    table = read_limits(pathlib.Path(__file__).with_name("limits.toml"), limits)
    names = ("hr_rms_error", "hr_normalised_error", "hr_record_error", "hr_coverage")
    return Protocol(
        id="ecg/heart_rate_error",
        title="Measurement by measurement: heart rate",
        standard="ANSI/AAMI EC57, IEC 60601-2-47",
        edition="EC57:2012/(R)2020, 60601-2-47:2012",
        subjects="MIT-BIH Arrhythmia Database: 47 people, 48 records of 30 minutes, two leads",
        stimulus="the recorded ECG in mV, and how many intervals a heart rate is to be of",
        reference="the heart rate of the annotated beats, averaged as the maker says that the device does",
        cases=functools.partial(_cases, records, averaged, learning_s),
        count=len(records),
        given=[*GIVEN, Given("averaged_intervals", "1", "of how many intervals between beats a heart rate is to be")],
        recordings=("mitdb",),
        answers=[
            Answer("places", "1", "position of every measurement of heart rate, samples from 0", "samples", "ecg"),
            Answer("heart_rate", "{beat}/min", "heart rate there, or none", "series", "places", bounds=(0.0, 1000.0)),
        ],
        measure=functools.partial(_measure, learning_s),
        criteria=_criteria(),
        limits={name: table[name] for name in names},
        figures=_figures,
        badness="error_percent",
        picture=functools.partial(_picture, learning_s),
        devices=_devices.RATES,
        attach=_attached,
    )


def _cases(records: Sequence[str], averaged: int, learning_s: float):
    for case in record_cases(records, learning_s=learning_s):
        yield Case(
            case.id, case.subject, {**case.stimulus, "averaged_intervals": averaged}, case.reference, case.groups
        )


def _compared(case: Case, answers: Answers) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Positions and rates of the reference and of the device, where both can have one."""
    reference = truth(case)
    places, rates = answers["places"], answers["heart_rate"]
    kept = np.isfinite(rates) & ~fibrillating(reference, places)
    return heart_rates(reference, int(case.stimulus["averaged_intervals"])), (places[kept], rates[kept])


def _measure(learning_s: float, case: Case, answers: Answers) -> list[Row]:
    ours, theirs = _compared(case, answers)
    start, end = _period(case, learning_s)
    found = compare_series(ours, theirs, start=start, end=end)
    tested = (ours[0] >= start) & (ours[0] <= end)
    covered = tested & within_reach(ours[0], theirs[0], _NEAR_S * case.reference["frequency_hz"])
    row = {
        "squares": found.squares, "reference_sum": found.reference_sum, "rates": float(found.count),
        "error_percent": found.normalised_rms_error_percent, "beats": float(tested.sum()),
        "covered": float(covered.sum()),
    }  # fmt: skip
    return [row | _by_band(ours, theirs, start, end)]


def _period(case: Case, learning_s: float) -> tuple[int, int]:
    start, end = round(learning_s * case.reference["frequency_hz"]), len(case.stimulus["ecg"])
    if not 0 <= start < end:
        raise StudyError(f"learning_s={learning_s:g} leaves nothing of record {case.id} to test")
    return start, end


def _by_band(ours, theirs, start: int, end: int) -> dict[str, float]:
    """The sums of signed and squared errors by the heart rate of the reference."""
    inside = (theirs[0] >= start) & (theirs[0] <= end)
    out: dict[str, float] = {}
    at, values = theirs[0][inside], theirs[1][inside]
    true = ours[1][nearest(ours[0], at)] if len(ours[0]) else np.full(len(at), np.nan)
    for name, (low, high) in _BANDS.items():
        here = (true >= low) & (true < high)
        out |= {
            f"{name}_squares": float(np.sum((values - true)[here] ** 2)), f"{name}_rates": float(here.sum()),
        }  # fmt: skip
    return out | {"errors": float(np.nansum(values - true))}


def _criteria() -> list[Criterion]:
    clause, each = "EC57 measurement by measurement", "EC57 record by record"
    out = [
        Criterion(
            "rms_error", clause, "root mean square error of heart rate, all records", "{beat}/min",
            root_mean("squares", "rates", 1.0), "at most", "hr_rms_error",
        ),
        Criterion(
            "normalised_error", clause, "error in per cent of the mean heart rate, all records", "%", _normalised,
            "at most", "hr_normalised_error",
        ),
        Criterion(
            "record_error", each, "error in per cent of the mean heart rate, in the worst record", "%",
            _worst_record, "at most", "hr_record_error",
        ),
        Criterion(
            "coverage", each, "beats with a heart rate of the device within 5 s, in the worst record", "%",
            worst_share("covered", "beats"), "at least", "hr_coverage",
        ),
        Criterion("average_error", clause, "mean of the records' errors in per cent", "%", _average),
        Criterion(
            "normalised_error_unpaced", clause, "error in per cent without the records of paced beats", "%",
            unpaced(_normalised),
        ),
        Criterion("bias", clause, "mean error of heart rate, all records", "{beat}/min",
                  gross("errors", "rates", scale=1.0)),
        Criterion("gross_coverage", clause, "beats with a heart rate of the device within 5 s", "%",
                  gross("covered", "beats")),
    ]  # fmt: skip
    for name, said in _SAID.items():
        means = f"root mean square error where the heart rate is {said}"
        out.append(
            Criterion(
                f"rms_error_{name}", clause, means, "{beat}/min", root_mean(f"{name}_squares", f"{name}_rates", 1.0)
            )
        )
    return out


_SUMS = ("squares", "reference_sum", "rates")


def _percent(sums: np.ndarray) -> float:
    """The normalised error of sums, one row for each person."""
    squares, reference, count = sums.sum(axis=0)
    return 100.0 * float(np.sqrt(squares * count)) / float(reference) if reference else float("nan")


def _normalised(table: Table) -> Interval:
    return resampled(table, _SUMS, _percent)


def _average(table: Table) -> Interval:
    def mean(sums: np.ndarray) -> float:
        known = [_percent(row[None]) for row in sums if row[2]]
        return float(np.mean(known)) if known else float("nan")

    return resampled(table, _SUMS, mean)


def _worst_record(table: Table) -> Interval:
    known = table.where(np.isfinite(table["error_percent"]))
    if not len(known):
        return Interval(float("nan"), float("nan"), float("nan"), 0.95, "none", 0)
    place = int(known["error_percent"].argmax())
    largest, record = float(known["error_percent"][place]), str(known.case[place])
    return Interval(largest, float("nan"), float("nan"), 0.95, "none", len(known), record)


def _root_mean(table: Table) -> float:
    return float(np.sqrt(table["squares"].sum() / table["rates"].sum())) if table["rates"].sum() else float("nan")


def _figures(table: Table) -> list[Figure]:
    mean = lambda name: lambda t: float(t[name].sum() / t["rates"].sum()) if t["rates"].sum() else float("nan")
    columns: list[Callable[[Table], float]] = [
        mean("reference_sum"), _root_mean, lambda t: float(t["error_percent"][0]), mean("errors"),
        percent("covered", "beats"),
    ]  # fmt: skip
    rows = sorted(listed(table, columns), key=lambda row: -float(row[3] or 0.0))
    known = [row for row in rows if row[1] is not None]
    return [
        Chart(
            "Error of heart rate, record by record", "every dot is a record; a few make most of the gross error",
            "mean heart rate, bpm", "root mean square error, bpm",
            [Points([r[1] for r in known], [r[2] for r in known], "accent", "record")],  # pyright: ignore[reportArgumentType]
        ),
        Chart(
            "Bias of heart rate, record by record", "dots above zero are records whose heart rate is read too high",
            "mean heart rate, bpm", "mean error, bpm",
            [Level(0.0, "no error", "soft"), Points([r[1] for r in known], [r[4] for r in known], "accent", "record")],  # pyright: ignore[reportArgumentType]
        ),
        Listing(
            "Records", "all records, the worst first",
            ("record", "mean, bpm", "error, bpm", "error, %", "bias, bpm", "covered, %"), rows,
        ),
    ]  # fmt: skip


def _picture(learning_s: float, case: Case, answers: Answers) -> Chart:
    """The five minutes with the largest errors."""
    ours, theirs = _compared(case, answers)
    frequency = case.reference["frequency_hz"]
    start, end = _period(case, learning_s)
    errors = (theirs[1] - ours[1][nearest(ours[0], theirs[0])]) ** 2
    sums = np.cumsum(np.append(0.0, np.where((theirs[0] >= start) & (theirs[0] <= end), errors, 0.0)))
    width = round(_SHOWN_S * frequency)
    until = np.searchsorted(theirs[0], theirs[0] + width)
    first = int(theirs[0][np.argmax(sums[until] - sums[:-1])])
    first = max(start, min(first, end - width))
    cut = lambda pair: [values[(pair[0] >= first) & (pair[0] < first + width)] for values in pair]
    (a, true), (b, shown) = cut(ours), cut(theirs)
    return Chart(
        "Five minutes with the largest errors", "the line is the reference, dots are what the device says",
        "time, s", "heart rate, bpm",
        [Curve(a / frequency, true, "plain", "reference"), Points(b / frequency, shown, "accent", "device")],
    )  # fmt: skip


def _attached(device: AbstractDevice) -> Callable[[Values], Mapping[str, Any]]:
    """A monitor of twinbed that reads the first lead as its own and is looked at every second."""

    def answered(stimulus: Values) -> Mapping[str, Any]:
        frequency = stimulus["sampling_frequency_hz"]
        shown = play(device, {"ecg_ii": np.nan_to_num(np.asarray(stimulus["ecg"], float))}, 1.0 / frequency)
        if "monitor_heart_rate" not in shown:
            raise StudyError(f"{type(device).__name__} shows no heart rate (monitor_heart_rate)")
        places = np.arange(0, len(stimulus["ecg"]), round(frequency))
        valid = shown.get("monitor_heart_rate_valid", np.ones(len(stimulus["ecg"])))[places] > 0.5
        return {"places": places, "heart_rate": np.where(valid, shown["monitor_heart_rate"][places], np.nan)}

    return answered
