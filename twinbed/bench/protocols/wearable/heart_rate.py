"""The heart rate of a watch, condition by condition, against a chest strap.

Wearers sit, do light housework, walk, walk and jog in turns, run and cycle. Every second what the watch shows is held
against the mean of the last five intervals between beats. In each condition the mean absolute percentage error of the
seconds with an answer has a limit; the share of seconds with one is judged too, so that silence does not pass. The lag
is the shift at which the curves fit best, where the heart rate changes by 15 /min or more.

Seed, wearer and condition are in the stimulus so that a watch of twinbed can be worn by the same person; any other
device is given light and acceleration alone.

*Known limits*: as of `_wearer`; conditions are shorter by default than the hour that they take in a laboratory.

**References:**

- ANSI/CTA-2065-A (2018), Physical Activity Monitoring for Heart Rate
- Reece et al. (2021), Technologies 9:46, doi:10.3390/technologies9030046 (conditions and limit as applied)
"""

import math
import pathlib
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from twinbed.bench.charts import Area, Chart, Curve, Figure, Level, Listing, Points, Tone
from twinbed.bench.limits import read_limits
from twinbed.bench.play import play
from twinbed.bench.protocol import Answer, Answers, Case, Criterion, Given, Protocol, Row, Table, Values
from twinbed.bench.protocols import _columns
from twinbed.bench.protocols.wearable import _trackers, _wearer
from twinbed.bench.statistics import Interval
from twinbed.bench.statistics.agreement import bland_altman
from twinbed.core.device import AbstractDevice
from twinbed.core.errors import StudyError

_LIMITS = pathlib.Path(__file__).with_name("limits.toml")
_USED = ("mean_absolute_percentage_error", "availability", "lag", "subjects")
_START_S, _LONGEST_LAG_S, _CHANGES_PER_MIN = 10, 30, 15.0
_SAID = {
    "sit": "sitting", "lifestyle": "lifestyle", "walk": "walking", "walk_jog": "walking and jogging",
    "run": "running", "cycle": "cycling",
}  # fmt: skip

_GIVEN = (
    Given("ppg", "1", "light from the skin of the wrist, without scale", "series"),
    Given("acceleration", "m/s2", "acceleration along the arm, with gravity", "series"),
    Given("frequency_hz", "Hz", "samples a second"),
    Given("time_s", "s", "times at which an answer is asked for, from the start", "series"),
    Given("seed", "1", "seed of the wearers", inside=True),
    Given("wearer", "1", "number of the wearer, from 0", inside=True),
    Given("condition", "1", "what the wearer does", "text", inside=True),
    Given("lasts_s", "s", "how long it lasts", inside=True),
)


def heart_rate(
    *, limits: pathlib.Path | None = None, wearers: int = 20, condition_s: float = 120.0, seed: int = 0
) -> Protocol:
    """Heart rate of a wearable in six conditions.

    Args:
        limits: the laboratory's own numbers.
        wearers: how many people.
        condition_s: length of a condition.
        seed: of the wearers.

    Raises:
        StudyError: conditions of less than a minute.
    """
    if condition_s < 60.0:
        raise StudyError(f"conditions of {condition_s:g} s: choose 60 s or more")
    known = {name: limit for name, limit in read_limits(_LIMITS, limits).items() if name in _USED}
    return Protocol(
        id="wearable/heart_rate",
        title="Heart rate of a wearable in daily life and sport",
        standard="ANSI/CTA-2065",
        edition="2065-A (2018)",
        subjects="virtual wearers who sit, do housework, walk, jog, run and cycle",
        stimulus="light and acceleration at the wrist",
        reference="the heart rate of a chest strap, every second",
        cases=lambda: _cases(wearers, condition_s, seed),
        count=wearers * len(_SAID),
        given=_GIVEN,
        answers=[Answer("heart_rate", "{beat}/min", "heart rate at each second, or none", "series", "time_s",
                        bounds=(0.0, 400.0))],
        measure=_measure,
        study=("subjects",),
        facts=("subjects",),
        criteria=_criteria(),
        limits=known,
        seconds_a_case=120.0,
        figures=_figures,
        badness="percentage_error",
        picture=_picture,
        devices={
            "good": _trackers.careful, "bad": _trackers.on_cadence, "bad_lag": _trackers.late,
            "bad_silent": _trackers.silent,
        },
        attach=attached,
    )  # fmt: skip


def attached(device: AbstractDevice) -> Callable[[Values], Values]:
    """A watch of twinbed on the wrist of the same wearer; it meets the pulse and the arm themselves."""

    def answer(stimulus: Values) -> Values:
        wrist = _wrist(stimulus)
        signals = {
            "arterial_pressure": wrist.pressure, "steps": wrist.steps, "exercise_intensity": wrist.exercise,
            "motion": wrist.motion,
        }  # fmt: skip
        shown = play(device, signals, _wearer.EVERY_S, unit=stimulus["wearer"])
        rate = np.where(shown["watch_valid"] > 0.5, shown["watch_heart_rate"], np.nan)
        return {"heart_rate": rate[np.round(np.asarray(stimulus["time_s"]) / _wearer.EVERY_S).astype(int)]}

    return answer


def _wrist(stimulus: Values) -> _wearer.Wrist:
    return _wearer.worn(*(stimulus[name] for name in ("seed", "wearer", "condition", "lasts_s")))


def _cases(wearers: int, condition_s: float, seed: int) -> Iterable[Case]:
    seconds = np.arange(int(condition_s)) + 0.0
    for wearer in range(wearers):
        age, sex = _wearer.age_and_sex(seed, wearer)
        for condition in _SAID:
            name = f"wearer{wearer:02d}_{condition}"
            wrist = _wearer.worn(seed, wearer, condition, condition_s)
            light, acceleration = _wearer.seen(wrist, seed, name)
            stimulus = {
                "ppg": light, "acceleration": acceleration, "frequency_hz": 1.0 / _wearer.EVERY_S, "time_s": seconds,
                "seed": seed, "wearer": wearer, "condition": condition, "lasts_s": condition_s,
            }  # fmt: skip
            truth = _wearer.reference(wrist.beats_s, seconds)
            groups = {"condition": condition, "sex": sex, "age": "below 40" if age < 40 else "40 and above"}
            yield Case(name, f"wearer_{wearer:02d}", stimulus, {"heart_rate": truth}, groups)


def _measure(case: Case, answers: Answers) -> Sequence[Row]:
    shown, truth = answers["heart_rate"], case.reference["heart_rate"]
    judged = np.isfinite(truth) & (np.arange(len(truth)) >= _START_S)
    answered = judged & np.isfinite(shown)
    error = (shown - truth)[answered]
    mean = lambda values: float(values.mean()) if len(values) else math.nan
    return [{
        "percentage_error": mean(100.0 * np.abs(error) / truth[answered]), "error": mean(error),
        "answered": float(answered.sum()), "seconds": float(judged.sum()), "reference": mean(truth[judged]),
        "lag": lag_s(shown[_START_S:], truth[_START_S:]),
    }]  # fmt: skip


def lag_s(shown: np.ndarray, truth: np.ndarray) -> float:
    """The shift in seconds at which what is shown fits best what was true; NaN where nothing changes or is shown."""
    there = truth[np.isfinite(truth)]
    if not there.size or np.ptp(there) < _CHANGES_PER_MIN:
        return math.nan
    first, misfit = _LONGEST_LAG_S, []
    for shift in range(_LONGEST_LAG_S + 1):
        error = np.abs(shown[first:] - truth[first - shift : len(truth) - shift])
        misfit.append(error[np.isfinite(error)].mean() if np.isfinite(error).any() else math.nan)
    return math.nan if np.isnan(misfit).any() else float(np.argmin(misfit))


def _criteria() -> list[Criterion]:
    clause = "CTA-2065-A"
    of = lambda t, condition: _columns.in_group(t, "condition", condition)
    errors = [
        Criterion(f"error_{c}", clause, f"mean absolute percentage error, {said}", "%",
                  lambda t, c=c: _columns.mean(of(t, c), "percentage_error", "answered"), "at most",
                  "mean_absolute_percentage_error")
        for c, said in _SAID.items()
    ]  # fmt: skip
    answered = [
        Criterion(f"availability_{c}", clause, f"share of seconds with an answer, {said}", "1",
                  lambda t, c=c: _columns.share(of(t, c), "answered", "seconds"), "at least", "availability")
        for c, said in _SAID.items()
    ]  # fmt: skip
    biases = [
        Criterion(f"bias_{c}", clause, f"bias, {said}", "{beat}/min",
                  lambda t, c=c: _columns.mean(of(t, c), "error", "answered"))
        for c, said in _SAID.items()
    ]  # fmt: skip
    return [
        *errors, *answered, *biases,
        Criterion("lag", clause, "median lag behind a heart rate that changes", "s", _lag, "at most", "lag"),
        Criterion("subjects", clause, "wearers", "1", _columns.subjects, "at least", "subjects"),
    ]  # fmt: skip


def _lag(table: Table) -> Interval:
    found = _columns.rows(table, "lag")
    value = float(np.median(found["lag"])) if len(found) else math.nan
    return _columns.plain(value, len(found), "median of the conditions in which it changes")


def _figures(table: Table) -> Sequence[Figure]:
    own = _columns.rows(table, "error")
    if len(np.unique(own.subject)) < 2 or np.ptp(own["error"]) == 0.0:
        return []
    found = bland_altman(own["error"], own.subject)
    tones: Sequence[Tone] = ("plain", "soft", "second", "accent", "bad", "good")
    parts = [_columns.in_group(own, "condition", c) for c in _SAID]
    points = [
        Points(part["reference"] + 0.5 * part["error"], part["error"], tone, said)
        for part, tone, said in zip(parts, tones, _SAID.values(), strict=True)
    ]
    return [
        Chart("Mean difference of each wearer and condition", "What lies far from zero is what misleads the watch.",
              "mean of both, bpm", "watch less chest strap, bpm",
              [*points, Level(found.bias.value, "bias"), Level(found.lower.value, "limit of agreement"),
               Level(found.upper.value, "limit of agreement")]),
        Listing("Condition by condition", "The limit holds for each condition on its own.",
                ["condition", "heart rate, bpm", "percentage error, %", "bias, bpm", "answered"],
                [_listed(_columns.in_group(table, "condition", c), said) for c, said in _SAID.items()]),
    ]  # fmt: skip


def _listed(part: Table, said: str) -> list[str | float | None]:
    found = (
        _columns.mean(part, "reference"), _columns.mean(part, "percentage_error", "answered"),
        _columns.mean(part, "error", "answered"), _columns.share(part, "answered", "seconds"),
    )  # fmt: skip
    return [said, *(None if math.isnan(i.value) else i.value for i in found)]


def _picture(case: Case, answers: Answers) -> Chart:
    t, truth = case.stimulus["time_s"], case.reference["heart_rate"]
    cadence = _wrist(case.stimulus).steps[np.round(t / _wearer.EVERY_S).astype(int)]
    marks = [Area(t, 0.9 * truth, 1.1 * truth, label="within 10 %"), Curve(t, truth, "plain", "chest strap"),
             Curve(t, answers["heart_rate"], "accent", "watch")]  # fmt: skip
    if cadence.any():
        marks.append(Curve(t, np.where(cadence > 0.0, cadence, np.nan), "bad", "steps"))
    return Chart(case.id, "A watch that follows the steps is misled by the arm.", "time, s", "rate, /min", marks)
