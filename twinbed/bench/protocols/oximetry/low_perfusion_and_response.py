"""ISO 80601-2-61: a pulse oximeter on a functional tester: weak pulses, steps of saturation, motion."""

import functools
import pathlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from twinbed.bench.charts import Chart, Curve, Figure, Level, Listing, Points, Tone
from twinbed.bench.limits import Limit, read_limits
from twinbed.bench.oximetry import algorithms
from twinbed.bench.oximetry.accuracy import response_s, root_mean_square
from twinbed.bench.oximetry.finger import SAMPLE_RATE_HZ, Finger, light, pulsing, seen, shaken, with_modulation
from twinbed.bench.pressure.errors import counted, share
from twinbed.bench.pressure.people import beat_times
from twinbed.bench.protocol import Answer, Answers, Case, Criterion, Given, Protocol, Row, Table, Values
from twinbed.bench.statistics import Interval

SATURATIONS, RATES = (74.7, 85.4, 96.6), (45.0, 75.0, 120.0, 180.0)
STEPS = ((97.0, 75.0, 2.0), (75.0, 97.0, 2.0), (97.0, 80.0, 0.5), (80.0, 97.0, 0.5))
MOTIONS = (0.5, 1.5, 4.0)
_REST_S, _STEP_S, _STEP_AT_S, _FIRST_S = 30.0, 80.0, 25.0, 15.0
_SHAKEN_FROM_S = 20.0
_FINGER = Finger(melanin=0.05)

_GIVEN = (
    Given("red", "1", "red light that arrives, relative to what is sent", "series"),
    Given("infrared", "1", "infrared light that arrives, relative to what is sent", "series"),
    Given("sample_rate", "Hz", "samples a second"),
    Given("shown_at", "s", "times at which the display is read", "series"),
)


def low_perfusion_and_response(
    *, limits: pathlib.Path | None = None, motion: Literal["claimed", "not claimed"] = "claimed", seed: int = 6161
) -> Protocol:
    """A functional tester that plays weak pulses, steps of saturation and motion.

    Args:
        limits: a laboratory's own numbers of the standard.
        motion: whether the maker claims that the device can be used in motion.
        seed: of beats and of the detector's noise.
    """
    known = read_limits(pathlib.Path(__file__).with_name("limits.toml"), limits)
    own = {name: limit for name, limit in known.items() if name.startswith("tester_")}
    moves = MOTIONS if motion == "claimed" else ()
    return Protocol(
        id="oximetry/low_perfusion_and_response",
        title="Pulse oximeter with weak pulses, steps and motion",
        standard="ISO 80601-2-61",
        edition="2017, with FDA guidance of 2013",
        subjects="settings of a functional tester",
        stimulus="red and infrared light at 50 samples a second, and when the display is read",
        reference="what the tester is set to",
        cases=functools.partial(_cases, own["tester_modulation"].value, moves, seed),
        given=_GIVEN,
        answers=[
            Answer("spo2", "%", "saturation shown, every second", "series", "shown_at", (0.0, 100.0)),
            Answer("pulse_rate", "{beat}/min", "pulse rate shown, every second", "series", "shown_at", (0.0, 400.0)),
            Answer("valid", "1", "1 where the device calls its reading valid", "series", "shown_at", (0.0, 1.0)),
        ],
        measure=_measure,
        criteria=_criteria(own, bool(moves)),
        limits=own,
        seconds_a_case=60.0,
        count=len(SATURATIONS) * len(RATES) + len(STEPS) + len(moves) * len(SATURATIONS),
        figures=_figures,
        badness="misleads",
        picture=_picture,
        devices={
            "good": slope_of_pulsations,
            "bad": size_of_pulsations,
            "bad_slow": averages_long,
            "bad_locked": locked,
        },
        attach=_attach,
    )


def _cases(percent: float, motions: Sequence[float], seed: int) -> Iterable[Case]:
    make = functools.partial(_case, seed=seed)
    for saturation in SATURATIONS:
        for rate in RATES:
            yield make(f"weak-{saturation:.0f}-{rate:g}", "weak", percent, (saturation, saturation), rate)
    for before, after, size in STEPS:
        yield make(f"step-{before:g}-{after:g}-{size:g}", "step", size, (before, after), 75.0)
    for saturation in SATURATIONS:
        for size in motions:
            name = f"motion-{saturation:.0f}-{size:g}"
            yield make(name, "motion", 2.0, (saturation, saturation), 75.0, motion=size)


def _case(
    name: str, test: str, percent: float, saturation: tuple[float, float], rate: float, *, seed: int,
    motion: float = 0.0,
) -> Case:  # fmt: skip
    length = _REST_S if test == "weak" else _STEP_S
    t = np.arange(round(length * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    beats = beat_times(rate, length, seed=seed, name=name)
    pressure = pulsing(t, beats)
    finger = with_modulation(_FINGER, percent, pressure)
    true = np.where(t < _STEP_AT_S, *saturation)
    moved = np.where(t >= _SHAKEN_FROM_S, shaken(t, motion), 0.0)
    red, infrared = light(finger, pressure, true / 100.0, moved)
    shown = np.arange(_FIRST_S, length + 0.5)
    stimulus = {
        "red": seen(red, seed=seed, name=f"{name} red"), "infrared": seen(infrared, seed=seed, name=f"{name} infrared"),
        "sample_rate": SAMPLE_RATE_HZ, "shown_at": shown,
    }  # fmt: skip
    at = np.minimum((shown * SAMPLE_RATE_HZ).astype(int), len(t) - 1)
    reference = {
        "spo2": true[at],
        "pulse_rate": _counted(beats, shown),
        "before": saturation[0],
        "after": saturation[1],
    }
    return Case(name, name, stimulus, reference, {"test": test})


def _counted(beats: np.ndarray, at_s: np.ndarray) -> np.ndarray:
    """Pulses a minute over the eight seconds before."""
    inside = [beats[(beats >= at - 8.0) & (beats < at)] for at in at_s]
    return np.array([60.0 / float(np.diff(own).mean()) for own in inside])


def _measure(case: Case, answers: Answers) -> Sequence[Row]:
    """A row for each second, errors of valid readings only; of a step one row with its response."""
    at, test = case.stimulus["shown_at"], case.groups["test"]
    valid = (answers["valid"] >= 0.5) & np.isfinite(answers["spo2"]) & np.isfinite(answers["pulse_rate"])
    if test == "step":
        shown = np.where(valid, answers["spo2"], np.nan)
        took = response_s(at, shown, _STEP_AT_S, case.reference["before"], case.reference["after"])
        return [{"response": min(took, _STEP_S - _STEP_AT_S)}]
    late = at >= (_SHAKEN_FROM_S + 8.0 if test == "motion" else _FIRST_S)
    rows = []
    for k in np.flatnonzero(late):
        errors = {
            "error": float(answers["spo2"][k] - case.reference["spo2"][k]),
            "rate_error": float(answers["pulse_rate"][k] - case.reference["pulse_rate"][k]),
        }
        shown = errors if valid[k] else dict.fromkeys(errors, np.nan)
        rows.append({"valid": float(valid[k]), **shown, "misleads": abs(errors["error"]) if valid[k] else 0.0})
    return rows


def _criteria(known: Mapping[str, Limit], moves: bool) -> list[Criterion]:
    def made(
        name: str, means: str, limit: str, statistic: Callable[[Table], Interval], sense: Literal["at most", "at least"]
    ) -> Criterion:
        return Criterion(name, known[limit].clause, means, known[limit].unit, statistic, sense, limit)

    tolerance = known["tester_tolerance"].value

    def shown(table: Table, test: str) -> Interval:
        own = _of(table, test)
        return share(own["valid"] >= 0.5, own.subject)

    def wrong(table: Table) -> Interval:
        own = _of(table, "motion")
        return share((own["valid"] >= 0.5) & (np.abs(np.nan_to_num(own["error"])) > tolerance), own.subject)

    out = [
        made("arms_weak", "weak pulses: root mean square error of valid readings", "tester_arms",
             functools.partial(_root_mean_square, test="weak", column="error"), "at most"),
        made("rate_weak", "weak pulses: root mean square error of the pulse rate", "tester_rate",
             functools.partial(_root_mean_square, test="weak", column="rate_error"), "at most"),
        made("shown_weak", "weak pulses: share of readings that are called valid", "tester_shown",
             functools.partial(shown, test="weak"), "at least"),
        made("response", "steps: longest time until the display has gone 90 % of the way", "tester_response", _response,
             "at most"),
    ]  # fmt: skip
    if moves:
        out += [
            made("wrong_motion", "motion: share of readings that are called valid and are wrong", "tester_wrong", wrong,
                 "at most"),
            Criterion("shown_motion", "201.12.1.102", "motion: share of readings that are called valid", "%",
                      functools.partial(shown, test="motion")),
            Criterion("arms_motion", "201.12.1.102", "motion: root mean square error of valid readings", "%",
                      functools.partial(_root_mean_square, test="motion", column="error")),
        ]  # fmt: skip
    return out


def _of(table: Table, test: str) -> Table:
    return table.where(table.groups["test"] == test)


def _root_mean_square(table: Table, *, test: str, column: str) -> Interval:
    own = _of(table, test)
    there = own.where(own["valid"] >= 0.5)
    return root_mean_square(there[column], there.subject)


def _response(table: Table) -> Interval:
    took = _of(table, "step")["response"]
    return counted(float(took.max()), len(took)) if len(took) else counted(np.nan, 0)


def _figures(table: Table) -> list[Figure]:
    rows = []
    for name in dict.fromkeys(table.case.tolist()):
        own = table.where(table.case == name)
        valid = own.where(own["valid"] >= 0.5)
        took = float(own["response"][0]) if own.groups["test"][0] == "step" else None
        known = len(valid) > 0 and took is None
        errors = [round(float(np.mean(v)), 2) for v in (valid["error"], valid["rate_error"])] if known else [None, None]
        seen_ = None if took is not None else round(100.0 * len(valid) / len(own), 1)
        rows.append([name, *errors, seen_, took])
    columns = ["setting", "bias of saturation, %", "bias of pulse rate, bpm", "valid, %", "response, s"]
    listing = Listing("Settings of the tester", "One row for each setting.", columns, rows)
    marks: list[Any] = []
    tones: Sequence[tuple[str, Tone]] = (("weak", "accent"), ("motion", "second"))
    for test, tone in tones:
        own = _of(table, test)
        number = np.unique(own.case, return_inverse=True)[1].astype(float)
        marks.append(Points(number, own["error"], tone, test))
    says = "Readings far from zero that the device calls valid mislead."
    y = "SpO2 less that of the tester, %"
    return [listing, Chart("Errors of valid readings", says, "setting", y, [*marks, Level(0.0, "no error")])]


def _picture(case: Case, answers: Answers) -> Chart:
    at = case.stimulus["shown_at"]
    shown = np.where(answers["valid"] >= 0.5, answers["spo2"], np.nan)
    return Chart(
        "Saturation shown", "Gaps are readings that the device calls invalid.", "time, s", "saturation, %",
        [Curve(at, case.reference["spo2"], "plain", "tester"), Curve(at, shown, "accent", "device")],
    )  # fmt: skip


def slope_of_pulsations(stimulus: Values) -> Values:
    """Ratio of ratios as a slope; valid where infrared explains red and pulsation did not suddenly grow."""
    sizes: list[float] = []

    def one(red: np.ndarray, infrared: np.ndarray, rate: float) -> tuple[float, float, bool]:
        ratio, quality = algorithms.by_slope(red, infrared)
        size = float(np.std(infrared))
        calm = not sizes or size <= algorithms.MOST_SUDDEN * float(np.median(sizes))
        valid = calm and quality >= algorithms.LEAST_QUALITY
        if valid:
            sizes.append(size)
        return float(algorithms.saturation(np.array([ratio]))[0]), algorithms.pulse_rate(infrared, rate), valid

    return algorithms.second_by_second(stimulus, one)


def size_of_pulsations(stimulus: Values) -> Values:
    """Ratio of ratios from the sizes of all that moves, which noise pulls to one and saturation to some 85 %."""
    wide = algorithms.pulsations(stimulus, 0.2, 20.0)

    def one(red: np.ndarray, infrared: np.ndarray, rate: float) -> tuple[float, float, bool]:
        ratio = algorithms.by_size(red, infrared)
        return float(algorithms.saturation(np.array([ratio]))[0]), algorithms.pulse_rate(infrared, rate), True

    return algorithms.second_by_second(stimulus, one, wide)


def averages_long(stimulus: Values) -> Values:
    """Calms its display by a mean over forty seconds."""
    said = slope_of_pulsations(stimulus)
    spo2 = np.asarray(said["spo2"])
    total = np.concatenate([np.full(40, spo2[0]), spo2])
    mean = np.convolve(total, np.full(40, 1.0 / 40.0), "valid")[1:]
    return {**said, "spo2": mean}


def locked(stimulus: Values) -> Values:
    """Shows 85 % as valid wherever it does not understand what it sees."""
    said = slope_of_pulsations(stimulus)
    unclear = np.asarray(said["valid"]) < 0.5
    return {**said, "spo2": np.where(unclear, 85.0, said["spo2"]), "valid": np.ones(len(unclear))}


def _attach(device: Any) -> Callable[[Values], Values]:
    def answer(stimulus: Values) -> Values:
        shown = algorithms.played(device, stimulus)
        at = (np.asarray(stimulus["shown_at"]) * float(stimulus["sample_rate"])).round().astype(int)
        at = np.minimum(at, len(shown["spo2"]) - 1)
        names = {"spo2": "spo2", "pulse_rate": "pulse_rate", "valid": "spo2_valid"}
        return {name: shown[signal][at] for name, signal in names.items()}

    return answer
