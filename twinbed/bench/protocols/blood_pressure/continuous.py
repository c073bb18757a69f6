"""ISO 81060-3: a continuous sphygmomanometer against pressure in the artery."""

import dataclasses
import functools
import pathlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

import numpy as np

from twinbed.bench.charts import Chart, Curve, Figure, Level, Points
from twinbed.bench.limits import Limit, read_limits
from twinbed.bench.pressure import algorithms, figures
from twinbed.bench.pressure.continuous import Changes, changes, components, corrected_sd, following, without_offset
from twinbed.bench.pressure.errors import bias_size, counted, mean_of_subjects
from twinbed.bench.pressure.figures import LEVELS
from twinbed.bench.pressure.people import people
from twinbed.bench.pressure.tonometer import SAMPLE_RATE_HZ, recorded
from twinbed.bench.protocol import Answer, Answers, Case, Criterion, Given, Protocol, Row, Table, Values
from twinbed.bench.statistics import Interval
from twinbed.core.errors import StatisticsError

_FIRST_S = 60.0
_BANDS = ("very_low", "low", "middle", "high", "very_high")

_GIVEN = (
    Given("pulse_wave", "1", "pulse wave of a sensor on an artery, without scale", "series"),
    Given("sample_rate", "Hz", "samples a second"),
    Given("period_start", "s", "begins of the periods of ten seconds for which an answer is asked", "series"),
    Given("calibration_systolic", "mm[Hg]", "systolic pressure that a cuff says at the start"),
    Given("calibration_diastolic", "mm[Hg]", "diastolic pressure that a cuff says at the start"),
)


def continuous(
    *, limits: pathlib.Path | None = None, claim: Literal["A", "T"] = "A", subjects: int = 36, periods: int = 40,
    change_within_s: float = 120.0, seed: int = 81063,
) -> Protocol:  # fmt: skip
    """The clinical investigation of a continuous device, on virtual arteries.

    Args:
        limits: a laboratory's own numbers of the standard.
        claim: Type A (pressure) or T (trend: each subject's offset in the first minute does not count).
        subjects: how many.
        periods: of ten seconds, each one reading of each subject.
        change_within_s: longest time between two readings whose change is compared.
        seed: of the subjects.
    """
    known = read_limits(pathlib.Path(__file__).with_name("limits.toml"), limits)
    own = {name: limit for name, limit in known.items() if name.startswith("continuous_")}
    return Protocol(
        id="blood_pressure/continuous",
        title="Continuous blood pressure against the artery",
        standard="ISO 81060-3",
        edition="2022",
        subjects="virtual adults whose pressure is made to rise and fall",
        stimulus="pulse wave of a sensor on an artery without scale, and what a cuff says in the first ten seconds",
        reference="pressure in the artery, means of every ten seconds",
        cases=functools.partial(_cases, subjects, periods, seed),
        given=_GIVEN,
        answers=[
            Answer(level, "mm[Hg]", f"{level} pressure of each period", "series", "period_start", (10.0, 320.0))
            for level in LEVELS
        ],
        measure=_measure,
        study=("subjects", "changes_*", "very_low_*", "low_*", "middle_*", "high_*", "very_high_*"),
        facts=("subjects",),
        criteria=_criteria(own, claim, change_within_s),
        limits=own,
        seconds_a_case=120.0,
        count=subjects,
        figures=functools.partial(_figures, known=own, within_s=change_within_s),
        badness="error_systolic",
        picture=_picture,
        devices={"good": calibrated, "bad": repeats_calibration, "bad_creep": creeps, "bad_gain": usual_gain},
    )


def _cases(subjects: int, periods: int, seed: int) -> Iterable[Case]:
    for person in people(subjects, seed=seed, systolic=(122.0, 24.0), diastolic=(69.0, 13.0)):
        made = recorded(person, periods, seed=seed)
        stimulus = {
            "pulse_wave": made.wave, "sample_rate": SAMPLE_RATE_HZ, "period_start": made.starts_s,
            "calibration_systolic": made.calibration[0], "calibration_diastolic": made.calibration[1],
        }  # fmt: skip
        reference = {level: made.pressures[:, k] for k, level in enumerate(LEVELS)}
        yield Case(person.id, person.id, stimulus, reference, {"sex": "female" if person.female else "male"})


def _measure(case: Case, answers: Answers) -> Sequence[Row]:
    """One row for each period that the device answers; a gap is none.

    Raises:
        StatisticsError: it answers no period of this person, which no criterion would see.
    """
    there = np.all([np.isfinite(answers[level]) for level in LEVELS], axis=0)
    if not there.any():
        raise StatisticsError("no pressure in any period")
    out = []
    for k in np.flatnonzero(there):
        row = {"at_s": float(case.stimulus["period_start"][k]), "answered": float(there.mean())}
        for level in LEVELS:
            true, shown = float(case.reference[level][k]), float(answers[level][k])
            row |= {f"reference_{level}": true, f"device_{level}": shown, f"error_{level}": shown - true}
        out.append(row)
    return out


def _criteria(known: Mapping[str, Limit], claim: str, within_s: float) -> list[Criterion]:
    subjects = lambda table: counted(len(np.unique(table.subject)), len(np.unique(table.subject)))
    clause = known["continuous_subjects"].clause
    out = [Criterion("subjects", clause, "subjects", "1", subjects, "at least", "continuous_subjects")]
    out.append(
        Criterion(
            "answered",
            "5.1.3",
            "share of periods that the device answers, mean over subjects",
            "%",
            _answered,
            "at least",
            "continuous_answered",
        )  # fmt: skip
    )
    for level in LEVELS:
        out += _accuracy(level, known, claim) + _following(level, known, within_s) + _coverage(level, known)
    return out


def _answered(table: Table) -> Interval:
    return mean_of_subjects(100.0 * table["answered"][np.unique(table.subject, return_index=True)[1]])


def _accuracy(level: str, known: Mapping[str, Limit], claim: str) -> list[Criterion]:
    error, least = f"error_{level}", int(known["continuous_subjects"].value)
    trend = claim == "T"

    def errors(table: Table) -> np.ndarray:
        e = table[error]
        return without_offset(e, table.subject, table["at_s"] < _FIRST_S) if trend else e

    def mean_error(table: Table) -> Interval:
        return dataclasses.replace(bias_size(table[error], table.subject), n=len(np.unique(table.subject)))

    def independent(table: Table) -> Interval:
        of = components(errors(table), table.subject)
        return counted(of.independent, of.subjects)

    def made(
        name: str, means: str, limit: str, statistic: Callable[[Table], Interval], sense: Literal["at most", "at least"]
    ) -> Criterion:
        of = known[limit]
        return Criterion(
            f"{name}_{level}", of.clause, f"{level} pressure: {means}", of.unit, statistic, sense, limit, least=least
        )

    sd = "continuous_trend_sd" if trend else "continuous_sd"
    out = [
        made("corrected_sd", "standard deviation of one error of a new subject" + (", offset removed" if trend else ""),
             sd, lambda table: corrected_sd(errors(table), table.subject), "at most"),
        made("independent", "independent readings that the pairs are worth", "continuous_independent", independent,
             "at least"),
    ]  # fmt: skip
    if trend:
        return out
    bias = made("bias", "size of the mean error", "continuous_bias", mean_error, "at most")
    return [bias, *out]


def _following(level: str, known: Mapping[str, Limit], within_s: float) -> list[Criterion]:
    found = functools.partial(_changes, level=level, known=known, within_s=within_s)

    def fewest(table: Table) -> Interval:
        counts = found(table).counts(table.subject)
        return counted(counts.min(), len(counts))

    def made(
        name: str, means: str, limit: str, statistic: Callable[[Table], Interval], sense: Literal["at most", "at least"]
    ) -> Criterion:
        of = known[limit]
        return Criterion(f"{name}_{level}", of.clause, f"{level} pressure: {means}", of.unit, statistic, sense, limit)

    return [
        made("changes", "changes of the subject that has fewest", "continuous_events", fewest, "at least"),
        made("change_median", "median relative error of a change, mean over subjects", "continuous_median",
             lambda table: following(found(table), 0.5), "at most"),
        made("change_most", "85th percentile of the relative error of a change, mean over subjects", "continuous_most",
             lambda table: following(found(table), 0.85), "at most"),
    ]  # fmt: skip


def _changes(table: Table, *, level: str, known: Mapping[str, Limit], within_s: float) -> Changes:
    smallest = known[f"continuous_change_{level}"].value
    reference, device = table[f"reference_{level}"], table[f"device_{level}"]
    return changes(reference, device, table.subject, table["at_s"], smallest=smallest, within_s=within_s)


def _coverage(level: str, known: Mapping[str, Limit]) -> list[Criterion]:
    edge = lambda band: known[f"continuous_{level}_{band}_edge"].value

    def share(table: Table, band: str) -> Interval:
        reference = table[f"reference_{level}"]
        if band == "middle":
            there = (reference > edge("low")) & (reference < edge("high"))
        else:
            there = reference <= edge(band) if "low" in band else reference >= edge(band)
        return counted(100.0 * float(there.mean()), len(table))

    def words(band: str) -> str:
        if band == "middle":
            return f"above {edge('low'):g} and below {edge('high'):g} mmHg"
        return f"{'at or below' if 'low' in band else 'at or above'} {edge(band):g} mmHg"

    return [
        Criterion(
            f"{band}_{level}", known[f"continuous_{level}_{band}_share"].clause,
            f"share of references, {level} pressure {words(band)}",
            "%", functools.partial(share, band=band), "at least", f"continuous_{level}_{band}_share",
        )
        for band in _BANDS
    ]  # fmt: skip


def _figures(table: Table, *, known: Mapping[str, Limit], within_s: float) -> list[Figure]:
    out: list[Figure] = []
    for level in LEVELS:
        error, reference = table[f"error_{level}"], table[f"reference_{level}"]
        out.append(figures.bland_altman(level, reference, error, known["continuous_bias"].value))
        of = _changes(table, level=level, known=known, within_s=within_s)
        some = slice(None, None, max(1, len(of.reference) // 1500))
        wide = float(np.abs(of.reference).max()) if len(of.reference) else 1.0
        marks = [
            Points(of.reference[some], of.device[some]),
            Curve([-wide, wide], [-wide, wide], "plain", "equal"),
            Level(0.0, "change not noticed"),
        ]
        out.append(
            Chart(
                f"Changes, {level}", "Points on the line follow; points at zero do not notice the change.",
                "change of the reference, mmHg", "change of the device, mmHg", marks,
            )
        )  # fmt: skip
    return out


def _picture(case: Case, answers: Answers) -> Chart:
    at = case.stimulus["period_start"]
    marks = []
    for level in LEVELS:
        marks += [
            Curve(at, case.reference[level], "plain", f"reference, {level}"),
            Curve(at, answers[level], "accent", f"device, {level}"),
        ]
    return Chart(
        "Pressure over time", "The device's lines should follow those of the artery.", "time, s", "pressure, mmHg",
        marks,
    )  # fmt: skip


def _levels(stimulus: Values) -> np.ndarray:
    wave, starts = np.asarray(stimulus["pulse_wave"], float), np.asarray(stimulus["period_start"], float)
    return algorithms.levels_by_period(wave, float(stimulus["sample_rate"]), starts)


def _scaled(found: np.ndarray, gain: float, top: float, at: float) -> Values:
    return dict(zip(LEVELS, (at + gain * (found - top)).T, strict=True))


def calibrated(stimulus: Values) -> Values:
    """Takes gain and offset from the cuff in the first period, and keeps them."""
    found = _levels(stimulus)
    high, low = float(stimulus["calibration_systolic"]), float(stimulus["calibration_diastolic"])
    return _scaled(found, (high - low) / (found[0, 0] - found[0, 2]), found[0, 0], high)


def repeats_calibration(stimulus: Values) -> Values:
    """Shows what the cuff said, with a little of the usual variation."""
    high, low = float(stimulus["calibration_systolic"]), float(stimulus["calibration_diastolic"])
    wave = np.sin(np.arange(len(stimulus["period_start"])))
    return {"systolic": high + wave, "mean": low + 0.4 * (high - low) + wave, "diastolic": low + wave}


def creeps(stimulus: Values) -> Values:
    """Calibrates well, and has a sensor whose offset grows by 5 mmHg a minute."""
    creep = 5.0 / 60.0 * np.asarray(stimulus["period_start"], float)
    return {level: value + creep for level, value in calibrated(stimulus).items()}


def usual_gain(stimulus: Values) -> Values:
    """Takes the offset from the cuff, and the gain that most sensors have."""
    found = _levels(stimulus)
    shown = _scaled(found, 100.0, found[0, 0], float(stimulus["calibration_systolic"]))
    return {level: np.clip(value, 15.0, 300.0) for level, value in shown.items()}
