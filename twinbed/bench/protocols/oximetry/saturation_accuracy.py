"""ISO 80601-2-61 and FDA: saturation of a pulse oximeter against a co-oximeter in controlled desaturation."""

import functools
import pathlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from twinbed.bench.charts import Chart, Curve, Figure, Level, Listing, Moment, Points, Tone
from twinbed.bench.draws import normals
from twinbed.bench.limits import Limit, read_limits
from twinbed.bench.oximetry import algorithms
from twinbed.bench.oximetry.accuracy import arms_between, disparity, root_mean_square, slope
from twinbed.bench.oximetry.finger import SAMPLE_RATE_HZ, light, pulsing, seen
from twinbed.bench.oximetry.volunteers import GROUPS, volunteers
from twinbed.bench.pressure.errors import counted
from twinbed.bench.pressure.people import beat_times
from twinbed.bench.protocol import Answer, Answers, Case, Criterion, Given, Protocol, Row, Table, Values
from twinbed.bench.statistics import Interval
from twinbed.bench.statistics.agreement import bland_altman

PLATEAUS = (97.5, 94.0, 91.0, 88.0, 85.0, 81.5, 78.0, 75.0, 71.8)
_LENGTH_S, _DRAWN_S, _CO_OXIMETER, _JITTER = 20.0, 10.0, 0.4, 0.8
_SITES = {"transmittance": "accuracy_transmittance", "ear": "accuracy_ear", "reflectance": "accuracy_reflectance"}
_RANGES = (("low", 70.0, 85.0), ("high", 85.0, 100.0))
_TYPOLOGY_RANGE = 100.0

_GIVEN = (
    Given("red", "1", "red light that arrives, relative to what is sent", "series"),
    Given("infrared", "1", "infrared light that arrives, relative to what is sent", "series"),
    Given("sample_rate", "Hz", "samples a second"),
)


def saturation_accuracy(
    *, limits: pathlib.Path | None = None, subjects: int = 24,
    sensor: Literal["transmittance", "ear", "reflectance"] = "transmittance",
    edition: Literal["2013", "draft 2025"] = "2013", draws: int = 1, seed: int = 61,
) -> Protocol:  # fmt: skip
    """Controlled desaturation of virtual volunteers from light to dark skin.

    Args:
        limits: a laboratory's own numbers of the standard.
        subjects: how many.
        sensor: what kind, for the accuracy that FDA found typical.
        edition: of FDA's guidance, for how many subjects and pairs there are to be.
        draws: of blood on each of the nine plateaus.
        seed: of the volunteers.
    """
    known = read_limits(pathlib.Path(__file__).with_name("limits.toml"), limits)
    own = {name: limit for name, limit in known.items() if name.startswith("accuracy_")}
    return Protocol(
        id="oximetry/saturation_accuracy",
        title="Saturation of a pulse oximeter against a co-oximeter",
        standard="ISO 80601-2-61",
        edition="2017, with FDA guidance of 2013 and draft of 2025",
        subjects="virtual volunteers, a third each of light, medium and dark skin",
        stimulus="red and infrared light through a finger for 20 s, at 50 samples a second",
        reference="saturation of arterial blood by a co-oximeter; pulses counted",
        cases=functools.partial(_cases, subjects, draws, seed),
        given=_GIVEN,
        answers=[
            Answer("spo2", "%", "saturation at the end", bounds=(0.0, 100.0)),
            Answer("pulse_rate", "{beat}/min", "pulse rate at the end", bounds=(0.0, 400.0)),
        ],
        measure=_measure,
        study=("subjects", "pairs", "dark", "dark_share", "groups", "decades", "sexes"),
        facts=("subjects", "dark", "dark_share", "groups", "decades", "sexes"),
        criteria=_criteria(own, _SITES[sensor], edition),
        limits=own,
        seconds_a_case=60.0,
        count=subjects * draws * len(PLATEAUS),
        figures=_figures,
        badness="error",
        picture=_picture,
        devices={
            "good": compensated, "bad": shifted, "bad_pigment": wants_much_light, "bad_constant": usual,
            "uncompensated": ratio_of_ratios,
        },
        attach=_attach,
    )  # fmt: skip


def _cases(subjects: int, draws: int, seed: int) -> Iterable[Case]:
    t = np.arange(round(_LENGTH_S * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    for one in volunteers(subjects, seed=seed):
        groups = {"pigment": one.group, "sex": "female" if one.female else "male"}
        for k in range(len(PLATEAUS) * draws):
            name = f"{one.id}-{k + 1:02d}"
            z = normals(seed, name, 2)
            true = float(np.clip(PLATEAUS[k // draws] + _JITTER * z[0], 70.2, 99.5))
            rate = one.rate + 0.8 * (97.5 - true)  # the heart answers hypoxia
            beats = beat_times(rate, _LENGTH_S, seed=seed, name=name)
            red, infrared = light(one.finger, pulsing(t, beats), np.full(len(t), true / 100.0))
            stimulus = {
                "red": seen(red, seed=seed, name=f"{name} red"),
                "infrared": seen(infrared, seed=seed, name=f"{name} infrared"), "sample_rate": SAMPLE_RATE_HZ,
            }  # fmt: skip
            late = beats[(beats >= _LENGTH_S - _DRAWN_S) & (beats < _LENGTH_S)]
            reference = {
                "sao2": float(np.clip(true + _CO_OXIMETER * z[1], 70.0, 100.0)),
                "pulse_rate": 60.0 / float(np.diff(late).mean()), "tone": float(one.tone),
                "typology": one.typology_deg, "female": float(one.female),
            }  # fmt: skip
            yield Case(name, one.id, stimulus, reference, groups)


def _measure(case: Case, answers: Answers) -> Sequence[Row]:
    true = case.reference
    return [
        {
            "error": float(answers["spo2"]) - true["sao2"], "sao2": true["sao2"], "tone": true["tone"],
            "rate_error": float(answers["pulse_rate"]) - true["pulse_rate"], "rate": true["pulse_rate"],
            "typology": true["typology"], "female": true["female"],
        }
    ]  # fmt: skip


def _criteria(known: Mapping[str, Limit], typical: str, edition: str) -> list[Criterion]:
    error = lambda table: root_mean_square(table["error"], table.subject)
    rate = lambda table: root_mean_square(table["rate_error"], table.subject)
    made = functools.partial(_made, known)
    out = [
        made("arms", "root mean square error over 70 to 100 %", "accuracy_arms", error, "at most"),
        made("arms_bound", "root mean square error over 70 to 100 %, upper bound by subject", "accuracy_bound", error,
             "at most", judged="bound"),
        made("arms_typical", "root mean square error against what is typical of such sensors", typical, error,
             "at most"),
        made("pulse_rate", "root mean square error of the pulse rate", "accuracy_rate", rate, "at most"),
    ]  # fmt: skip
    for low in (70.0, 80.0, 90.0):
        of = functools.partial(_band, low=low, high=low + 10.0)
        clause = "FDA 2013, 10.3"
        out.append(Criterion(f"arms_{low:g}", clause, f"root mean square error, {low:g} to {low + 10:g} %", "%", of))
    for name, means in (("bias", "mean error"), ("between", "standard deviation between subjects"),
                        ("within", "standard deviation within subjects"), ("lower", "lower limit of agreement"),
                        ("upper", "upper limit of agreement")):  # fmt: skip
        out.append(Criterion(name, "FDA 2013, 4.1.1", means, "%", functools.partial(_agreement, name=name)))
    return out + _pigment(known) + _of_test(known, edition)


def _made(
    known: Mapping[str, Limit], name: str, means: str, limit: str, statistic: Callable[[Table], Interval],
    sense: Literal["at most", "at least"], judged: Literal["estimate", "bound"] = "estimate",
) -> Criterion:  # fmt: skip
    of = known[limit]
    return Criterion(name, of.clause, means, of.unit, statistic, sense, limit, judged)


def _band(table: Table, *, low: float, high: float) -> Interval:
    return arms_between(table["error"], table.subject, table["sao2"], low, high)


def _agreement(table: Table, *, name: str) -> Interval:
    found = bland_altman(table["error"], table.subject)
    if name in ("between", "within"):
        return counted({"between": found.between_sd, "within": found.within_sd}[name], found.patients)
    return {"bias": found.bias, "lower": found.lower, "upper": found.upper}[name]


def _pigment(known: Mapping[str, Limit]) -> list[Criterion]:
    """Differences between groups of pigment, held by the upper bound against what the draft calls non-disparate."""

    def own(table: Table, low: float, high: float) -> Table:
        saturation = table["sao2"]
        return table.where((saturation > low if low > 70.0 else saturation >= low) & (saturation <= high))

    def groups(table: Table, low: float, high: float) -> Interval:
        there = own(table, low, high)
        return disparity(there["error"], there.subject, there.groups["pigment"])

    def angle(table: Table, low: float, high: float) -> Interval:
        there = own(table, low, high)
        return slope(there["error"], there.subject, there["typology"], _TYPOLOGY_RANGE)

    out = []
    for name, low, high in _RANGES:
        words = "saturation of 70 to 85 %" if name == "low" else "saturation above 85 %"
        limit, ends = f"accuracy_disparity_{name}", {"low": low, "high": high}
        out += [
            _made(known, f"disparity_{name}",
                  f"largest difference of mean error that groups of pigment may have, {words}",
                  limit, functools.partial(groups, **ends), "at most", "bound"),
            _made(known, f"typology_{name}", f"change of mean error over 100 degrees of typology angle, {words}",
                  limit, functools.partial(angle, **ends), "at most", "bound"),
        ]  # fmt: skip
    for group in GROUPS:
        of = functools.partial(_in_group, group=group)
        out.append(Criterion(f"bias_{group.replace(' ', '_')}", "FDA draft 2025", f"mean error, {group}", "%", of))
    return out


def _in_group(table: Table, *, group: str) -> Interval:
    own = table.where(table.groups["pigment"] == group)
    return bland_altman(own["error"], own.subject).bias if len(own) else counted(np.nan, 0)


def _of_test(known: Mapping[str, Limit], edition: str) -> list[Criterion]:
    """What is asked of the study itself; FDA 2013 names no scale, and MST 8 to 10 is taken for darkly pigmented."""
    draft = "draft_" if edition == "draft 2025" else ""
    made = functools.partial(_made, known)
    subjects = lambda table: _count(table, lambda tone: len(tone))
    dark = lambda table: _count(table, lambda tone: (tone >= 8).sum())
    dark_share = lambda table: _count(table, lambda tone: 100.0 * (tone >= 8).mean())
    fewest = lambda tone: 100.0 * min((tone <= 4).mean(), ((tone > 4) & (tone <= 7)).mean(), (tone >= 8).mean())
    return [
        made("subjects", "subjects", f"accuracy_{draft}subjects", subjects, "at least"),
        made("pairs", "pairs of oximeter and co-oximeter", f"accuracy_{draft}pairs", lambda t: counted(len(t), len(t)),
             "at least"),
        made("dark", "darkly pigmented subjects", "accuracy_dark", dark, "at least"),
        made("dark_share", "share of darkly pigmented subjects", "accuracy_dark_share", dark_share, "at least"),
        made("groups", "share of subjects in the smallest group of pigment", "accuracy_group_share",
             lambda table: _count(table, fewest), "at least"),
        made("decades", "share of pairs in the rarest of three decades of saturation", "accuracy_decade", _decades,
             "at least"),
        Criterion("sexes", "FDA 2013, 4.1.1", "share of the rarer sex", "%", _sexes),
    ]  # fmt: skip


def _first(table: Table, column: str) -> np.ndarray:
    """The value of each subject."""
    return table[column][np.unique(table.subject, return_index=True)[1]]


def _count(table: Table, of: Callable[[np.ndarray], float]) -> Interval:
    tone = _first(table, "tone")
    return counted(float(of(tone)), len(tone))


def _sexes(table: Table) -> Interval:
    women = _first(table, "female")
    return counted(100.0 * min(women.mean(), 1.0 - women.mean()), len(women))


def _decades(table: Table) -> Interval:
    saturation = table["sao2"]
    parts = [
        (saturation < 80.0).mean(),
        ((saturation >= 80.0) & (saturation < 90.0)).mean(),
        (saturation >= 90.0).mean(),
    ]
    return counted(100.0 * float(min(parts)), len(table))


def _figures(table: Table) -> list[Figure]:
    out: list[Figure] = [_errors(table)]
    rows = []
    for group in GROUPS:
        own = table.where(table.groups["pigment"] == group)
        for name, low, high in _RANGES:
            there = (own["sao2"] > low) & (own["sao2"] <= high)
            if there.any():
                e = own["error"][there]
                words = "70 to 85 %" if name == "low" else "above 85 %"
                numbers = [float(len(np.unique(own.subject))), float(len(e)), round(float(e.mean()), 2)]
                rows.append([f"{group}, {words}", *numbers, round(float(np.sqrt((e**2).mean())), 2)])
    columns = ["group", "subjects", "pairs", "bias", "Arms"]
    out.append(
        Listing("Errors by pigment", "Biases of the groups should be alike; per cent saturation.", columns, rows)
    )
    marks = [Points(table["rate"], table["rate_error"]), Level(0.0, "no error")]
    out.append(
        Chart(
            "Error of the pulse rate",
            "The cloud should be flat.",
            "pulse rate, bpm",
            "device less reference, bpm",
            marks,
        )
    )
    out.append(_by_typology(table))
    return [*out, _by_subject(table)]


def _by_subject(table: Table) -> Listing:
    rows = []
    for one in np.unique(table.subject):
        own = table.where(table.subject == one)
        e = own["error"]
        numbers = [own["tone"][0], float(len(e)), round(float(e.mean()), 2), round(float(np.sqrt((e**2).mean())), 2)]
        rows.append([str(one), *numbers])
    columns = ["subject", "MST", "pairs", "bias", "Arms"]
    return Listing("Errors by subject", "One row for each volunteer; per cent saturation.", columns, rows)


def _errors(table: Table) -> Chart:
    """Error against reference, with straight line and limits of agreement of repeated measures, as FDA wants it."""
    saturation, error = table["sao2"], table["error"]
    marks: list[Any] = []
    for group, tone in zip(GROUPS, ("soft", "accent", "plain"), strict=True):
        own = table.groups["pigment"] == group
        marks.append(Points(saturation[own], error[own], tone, group))
    steep, start = np.polyfit(saturation, error, 1)
    ends = np.array([70.0, 100.0])
    marks.append(Curve(ends, start + steep * ends, "second", "straight line"))
    if np.ptp(error) > 0.0:
        found = bland_altman(error, table.subject)
        marks += [Level(found.bias.value, "bias"), Level(found.lower.value, "limits of agreement", "bad"),
                  Level(found.upper.value, "limits of agreement", "bad")]  # fmt: skip
    return Chart(
        "Error against saturation", "Dark skin above the others at low saturation is what hides hypoxaemia.",
        "saturation by co-oximeter, %", "SpO2 less SaO2, %", marks,
    )  # fmt: skip


def _by_typology(table: Table) -> Chart:
    at, bias = [], []
    for one in np.unique(table.subject):
        own = (table.subject == one) & (table["sao2"] <= 85.0)
        if own.any():
            at.append(float(table["typology"][own][0]))
            bias.append(float(table["error"][own].mean()))
    return Chart(
        "Bias of subjects against skin", "A slope is a bias by pigment; saturation of 70 to 85 %.",
        "individual typology angle, degrees", "mean of SpO2 less SaO2, %", [Points(at, bias), Level(0.0, "no error")],
    )  # fmt: skip


def _picture(case: Case, answers: Answers) -> Chart:
    t = np.arange(len(case.stimulus["red"])) / case.stimulus["sample_rate"]
    del answers
    marks: list[Any] = []
    tones: Sequence[tuple[str, Tone]] = (("red", "bad"), ("infrared", "plain"))
    for name, tone in tones:
        wave = np.asarray(case.stimulus[name])
        marks.append(Curve(t, 100.0 * (wave / wave.mean() - 1.0), tone, name))
    marks.append(Moment(_LENGTH_S - _DRAWN_S, "blood is drawn"))
    return Chart(
        "Light through the finger", "The ratio of the two pulsations is what the device reads.",
        "time, s", "pulsation, %", marks,
    )  # fmt: skip


def _late(stimulus: Values, past: float = 0.0) -> tuple[np.ndarray, np.ndarray, float]:
    """Pulsations of the last eight seconds, without light that passes by the blood."""
    within = {**stimulus, **{name: np.asarray(stimulus[name]) - past for name in ("red", "infrared")}}
    red, infrared, rate = algorithms.pulsations(within)
    own = slice(-round(8.0 * rate), None)
    return red[own], infrared[own], rate


def _said(ratio: float, infrared: np.ndarray, rate: float) -> Values:
    return {
        "spo2": float(algorithms.saturation(np.array([ratio]))[0]),
        "pulse_rate": algorithms.pulse_rate(infrared, rate),
    }


def ratio_of_ratios(stimulus: Values) -> Values:
    """Slope of red on infrared pulsation (Beer and Lambert)."""
    red, infrared, rate = _late(stimulus)
    return _said(algorithms.by_slope(red, infrared)[0], infrared, rate)


def compensated(stimulus: Values) -> Values:
    """The same without the light that passes by the blood in this kind of probe, as its maker measured it."""
    red, infrared, rate = _late(stimulus, past=0.045)
    return _said(algorithms.by_slope(red, infrared)[0], infrared, rate)


def shifted(stimulus: Values) -> Values:
    """A red diode of another wavelength: every ratio is too small by a fifth."""
    red, infrared, rate = _late(stimulus, past=0.045)
    return _said(0.8 * algorithms.by_slope(red, infrared)[0], infrared, rate)


def wants_much_light(stimulus: Values) -> Values:
    """Takes off what its amplifier adds where there is little red light, so that dark skin reads too high."""
    said = ratio_of_ratios(stimulus)
    missing = max(0.0, 0.7 - float(np.mean(stimulus["red"])))
    return {**said, "spo2": min(100.0, said["spo2"] + 12.0 * missing)}


def usual(stimulus: Values) -> Values:
    """Shows what most people have."""
    return {**ratio_of_ratios(stimulus), "spo2": 96.0}


def _attach(device: Any) -> Callable[[Values], Values]:
    def answer(stimulus: Values) -> Values:
        shown = algorithms.played(device, stimulus)
        return {"spo2": float(shown["spo2"][-1]), "pulse_rate": float(shown["pulse_rate"][-1])}

    return answer
