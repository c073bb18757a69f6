"""IEEE 1708: a wearable cuffless device after its calibration."""

import functools
import pathlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

import numpy as np

from twinbed.bench.charts import Chart, Curve, Figure, Level, Listing, Points
from twinbed.bench.limits import Limit, read_limits
from twinbed.bench.pressure import algorithms, figures
from twinbed.bench.pressure.artery import MEAN_SHARE
from twinbed.bench.pressure.cuffless import CATEGORIES, categories, grade, graded, mean_absolute, share_changed, skill
from twinbed.bench.pressure.errors import bias_size, counted
from twinbed.bench.pressure.people import people
from twinbed.bench.pressure.transit import SAMPLE_RATE_HZ, worn
from twinbed.bench.protocol import Answer, Answers, Case, Criterion, Given, Protocol, Row, Table, Values
from twinbed.bench.statistics import Interval

LEVELS = ("systolic", "diastolic")
_BINS = (("down_10", -20.0, -10.0), ("down_5", -10.0, -5.0), ("up_5", 5.0, 15.0), ("up_15", 15.0, 25.0))
_JUDGED = CATEGORIES[:3]
_PRE_EJECTION_S = 0.12
"""What the small device takes for the time before the pulse leaves, and from its foot to its steepest rise."""
_SYSTOLIC_OF_MEAN = 1.0 / (0.55 + MEAN_SHARE * 0.45)
"""What it takes for the change of systolic for that of mean pressure: diastolic pressure follows by 0.55."""

_GIVEN = (
    Given("pulse", "1", "pulse at the finger, without scale", "series"),
    Given("sample_rate", "Hz", "samples a second"),
    Given("r_peaks", "s", "times of the R peaks", "series"),
    Given("window_start", "s", "begins of the windows for which an answer is asked", "series"),
    Given("calibration_systolic", "mm[Hg]", "systolic pressure that a cuff says at the start"),
    Given("calibration_diastolic", "mm[Hg]", "diastolic pressure that a cuff says at the start"),
)


def cuffless(*, limits: pathlib.Path | None = None, subjects: int = 85, seed: int = 1708) -> Protocol:
    """A static test and tests after changes of pressure, on virtual wearers.

    Args:
        limits: a laboratory's own numbers of the standard.
        subjects: how many, each with a calibration and twelve readings.
        seed: of the subjects.
    """
    known = read_limits(pathlib.Path(__file__).with_name("limits.toml"), limits)
    own = {name: limit for name, limit in known.items() if name.startswith("cuffless_")}
    return Protocol(
        id="blood_pressure/cuffless",
        title="Cuffless blood pressure after calibration",
        standard="IEEE 1708",
        edition="2014 with 1708a-2019, grades and bins as in 2025",
        subjects="virtual wearers whose pressure falls and rises after calibration",
        stimulus="R peaks, pulse at the finger at 100 samples a second, and what a cuff says in the first window",
        reference="pressure in the artery, constant in every window",
        cases=functools.partial(_cases, subjects, seed),
        given=_GIVEN,
        answers=[
            Answer(level, "mm[Hg]", f"{level} pressure of each window", "series", "window_start", (10.0, 320.0))
            for level in LEVELS
        ],
        measure=_measure,
        study=("subjects", "changed_*"),
        facts=("subjects", "changed_*"),
        criteria=_criteria(own),
        limits=own,
        seconds_a_case=120.0,
        count=subjects,
        figures=functools.partial(_figures, allowed=own["cuffless_md"].value),
        badness="error_systolic",
        picture=_picture,
        devices={"good": pulse_transit, "bad": repeats_calibration, "bad_drift": drifts, "bad_usual": usual_pressure},
    )


def _cases(subjects: int, seed: int) -> Iterable[Case]:
    for person in people(subjects, seed=seed, systolic=(126.0, 18.0), diastolic=(77.0, 10.0)):
        made = worn(person, seed=seed)
        stimulus = {
            "pulse": made.light, "sample_rate": SAMPLE_RATE_HZ, "r_peaks": made.r_peaks_s,
            "window_start": made.starts_s,
            "calibration_systolic": made.calibration[0], "calibration_diastolic": made.calibration[1],
        }  # fmt: skip
        reference = {"systolic": made.systolic, "diastolic": made.diastolic}
        yield Case(person.id, person.id, stimulus, reference, {"sex": "female" if person.female else "male"})


def _measure(case: Case, answers: Answers) -> Sequence[Row]:
    """One row for each window after the calibration; one without an answer counts as the calibration repeated."""
    out = []
    for k in range(1, len(case.stimulus["window_start"])):
        row = {"window": float(k), "gap": float(any(np.isnan(answers[level][k]) for level in LEVELS))}
        for level in LEVELS:
            true, first = float(case.reference[level][k]), float(case.reference[level][0])
            shown = float(answers[level][k])
            shown = case.stimulus[f"calibration_{level}"] if np.isnan(shown) else shown
            row |= {f"reference_{level}": true, f"change_{level}": true - first, f"error_{level}": shown - true}
        out.append(row)
    return out


def _criteria(known: Mapping[str, Limit]) -> list[Criterion]:
    subjects = lambda table: counted(len(np.unique(table.subject)), len(np.unique(table.subject)))
    gaps = lambda table: counted(100.0 * float(table["gap"].mean()), len(table))
    least = known["cuffless_subjects"]
    out = [
        Criterion("subjects", least.clause, "subjects", least.unit, subjects, "at least", "cuffless_subjects"),
        Criterion(
            "gaps", "4.5", "share of readings without an answer, which count as the calibration repeated", "%", gaps
        ),
    ]
    for level in LEVELS:
        out += _accuracy(level, known)
    return out + _changed(known)


def _accuracy(level: str, known: Mapping[str, Limit]) -> list[Criterion]:
    error = f"error_{level}"
    edges = {k: known[f"cuffless_grade_{k}"].value for k in "ab"}
    edges |= {"c": known["cuffless_mad"].value, "bias": known["cuffless_md"].value}

    def made(name: str, means: str, limit: str, statistic: Callable[[Table], Interval]) -> Criterion:
        of = known[limit]
        return Criterion(
            f"{name}_{level}", of.clause, f"{level} pressure: {means}", of.unit, statistic, "at most", limit
        )

    out = [
        made("mad", "mean absolute difference", "cuffless_mad", lambda t: mean_absolute(t[error], t.subject)),
        made("md", "size of the mean difference", "cuffless_md", lambda t: bias_size(t[error], t.subject)),
        made("grade", "grade, 1 for A to 4 for D", "cuffless_grade", lambda t: graded(t[error], t.subject, **edges)),
        made("skill", "mean absolute difference as a share of that of repeating the calibration", "cuffless_skill",
             lambda t: skill(t[error], t[f"change_{level}"], t.subject)),
    ]  # fmt: skip
    for name in CATEGORIES:
        limit = "cuffless_category_mad" if name in _JUDGED else ""
        sense: Literal["at most", "disclosed"] = "at most" if limit else "disclosed"
        out.append(
            Criterion(
                f"mad_{name.replace(' ', '_')}_{level}", known["cuffless_category_mad"].clause,
                f"{level} pressure: mean absolute difference of {name} subjects", "mm[Hg]",
                functools.partial(_in_category, name=name, error=error), sense, limit,
            )
        )  # fmt: skip
    return out


def _in_category(table: Table, *, name: str, error: str) -> Interval:
    own = categories(table["reference_systolic"], table["reference_diastolic"], table.subject) == name
    if not own.any():
        return counted(np.nan, 0)
    return mean_absolute(table[error][own], table.subject[own])


def _changed(known: Mapping[str, Limit]) -> list[Criterion]:
    """Whether pressures changed as the standard wants; which pressure it means is taken to be the systolic."""
    share = lambda table, low, high: counted(share_changed(table["change_systolic"], low, high), len(table))
    return [
        Criterion(
            f"changed_{name}", known[f"cuffless_change_{name}"].clause,
            f"share of readings whose systolic reference changed by {low:g} to {high:g} mmHg since calibration", "%",
            functools.partial(share, low=low, high=high), "at least", f"cuffless_change_{name}",
        )
        for name, low, high in _BINS
    ]  # fmt: skip


def _figures(table: Table, *, allowed: float) -> list[Figure]:
    out: list[Figure] = []
    for level in LEVELS:
        error, change = table[f"error_{level}"], table[f"change_{level}"]
        out.append(figures.bland_altman(level, table[f"reference_{level}"], error, allowed))
        reach = float(np.abs(change).max())
        marks = [
            Points(change, change + error),
            Curve([-reach, reach], [-reach, reach], "plain", "equal"),
            Level(0.0, "change not noticed"),
        ]
        out.append(
            Chart(
                f"Changes, {level}", "Points on the line follow; points at zero do not notice the change.",
                "change of the reference, mmHg", "change of the device, mmHg", marks,
            )
        )  # fmt: skip
    return [*out, _graded(table)]


def _graded(table: Table) -> Listing:
    kind = categories(table["reference_systolic"], table["reference_diastolic"], table.subject)
    rows = []
    for name in ("all", *CATEGORIES):
        own = np.ones(len(table), bool) if name == "all" else kind == name
        if own.any():
            row: list[str | float | None] = [name, float(own.sum())]
            for level in LEVELS:
                e = table[f"error_{level}"][own]
                mad, md = float(np.abs(e).mean()), float(e.mean())
                row += [round(mad, 2), round(md, 2), grade(mad, md)]
            rows.append(row)
    columns = ["category", "readings"] + [f"{level} {what}" for level in LEVELS for what in ("MAD", "MD", "grade")]
    return Listing("Grades by category", "Every category should have the grade of all; mmHg.", columns, rows)


def _picture(case: Case, answers: Answers) -> Chart:
    at = np.arange(len(case.stimulus["window_start"]))
    marks = []
    for level in LEVELS:
        marks += [
            Points(at, case.reference[level], "plain", f"reference, {level}"),
            Points(at, answers[level], "accent", f"device, {level}"),
        ]
    return Chart("Readings after calibration", "Window 0 is the calibration.", "window", "pressure, mmHg", marks)


def pulse_transit(stimulus: Values) -> Values:
    """Takes the pulse's arrival for transit after a usual pre-ejection period (Moens and Korteweg, Hughes)."""
    starts = np.asarray(stimulus["window_start"], float)
    beats = np.asarray(stimulus["r_peaks"], float)
    late = algorithms.arrivals(np.asarray(stimulus["pulse"], float), float(stimulus["sample_rate"]), beats)
    window = np.searchsorted(starts, beats, side="right") - 1
    transit = np.array([np.nanmedian(late[window == k]) for k in range(len(starts))]) - _PRE_EJECTION_S
    change = algorithms.pressure_change(transit, transit[0])
    systolic = float(stimulus["calibration_systolic"]) + _SYSTOLIC_OF_MEAN * change
    return {
        "systolic": systolic,
        "diastolic": float(stimulus["calibration_diastolic"]) + 0.55 * _SYSTOLIC_OF_MEAN * change,
    }


def repeats_calibration(stimulus: Values) -> Values:
    """Shows the calibration for ever."""
    n = len(stimulus["window_start"])
    return {level: np.full(n, float(stimulus[f"calibration_{level}"])) for level in LEVELS}


def drifts(stimulus: Values) -> Values:
    """Follows, and drifts away from its calibration by 1.5 mmHg from reading to reading."""
    shown = pulse_transit(stimulus)
    return {level: value + 1.5 * np.arange(len(value)) for level, value in shown.items()}


def usual_pressure(stimulus: Values) -> Values:
    """Shows what most people have."""
    n = len(stimulus["window_start"])
    return {"systolic": np.full(n, 126.0), "diastolic": np.full(n, 77.0)}
