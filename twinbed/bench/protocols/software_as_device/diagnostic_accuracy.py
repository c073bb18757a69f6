"""Stand-alone accuracy of software that tells atrial fibrillation by intervals between beats.

Each strip of intervals gets a probability and a result. A result that is neither positive nor negative is never left
out: it counts against the device, as negative where the condition is present and as positive where it is not. All
intervals are two-sided 95 % and clustered by patient. Against a comparator that is no reference standard the words
are positive and negative agreement, and what needs the truth is not reported.

How many patients: of 1400 some 580 have fibrillation. Where 97 % of them are found, 231 suffice to show 90 % with a
power of 0.99 (`statistics.sample_size.size_for_proportion`), and 134 are in the smallest subgroup (younger than 65);
the calibration slope needs the most. In 560 it is estimated with a standard deviation of 0.24 and upwards of the true
one, in 1500 with 0.11, found by drawing again from 8,960 patients; a device of slope 1.2 stays within 0.7 and 1.6 in
93 % of studies of 560, and in all 150 that were drawn of 1500.

**References:**

- FDA (2007), Statistical Guidance on Reporting Results from Studies Evaluating Diagnostic Tests
- FDA (2025), Predetermined Change Control Plan for AI-Enabled Device Software Functions, Appendix A
- Berger (1982), Multiparameter hypothesis testing and acceptance sampling, Technometrics 24:295
"""

import dataclasses
import functools
import math
import pathlib
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from twinbed.bench.charts import Area, Chart, Curve, Figure, Listing, Matrix, Points
from twinbed.bench.diagnostic.accuracy import clustered_auc, likelihood_ratio, predictive_value, share
from twinbed.bench.draws import placed_uniforms
from twinbed.bench.limits import read_limits
from twinbed.bench.protocol import Answer, Answers, Case, Criterion, Given, NotApplicable, Protocol, Row, Table
from twinbed.bench.protocols.software_as_device import _classifiers, _recorded, _strips
from twinbed.bench.statistics import Interval
from twinbed.bench.statistics.calibration import brier, calibration, expected_calibration_error
from twinbed.bench.statistics.subgroups import Subgroups, subgroups
from twinbed.core.errors import NotFound, StatisticsError

_MARGIN = 1e-4
"""Probabilities of 0 and 1 are taken as this far from them, where their logit is needed."""
_COMPARATOR_ERRS = 0.04
_PERSONAL = ("age", "sex", "sensor")
ANSWERS = (
    Answer("probability", "1", "probability that the strip is atrial fibrillation", bounds=(0.0, 1.0)),
    Answer("result", "1", "1 positive, 0 negative, 0.5 neither (equivocal or unreadable)", bounds=(0.0, 1.0)),
)
_TEXT = "FDA 2007, 5"

GIVEN = (Given("rr_s", "s", "intervals between beats, one after another", "series"),)


def diagnostic_accuracy(
    *,
    limits: pathlib.Path | None = None,
    patients: int = 1400,
    strips: int = 1,
    beats: int = 60,
    prevalence: float = 0.02,
    seed: int = 1,
    comparator: bool = False,
    recordings: bool = False,
) -> Protocol:
    """The protocol.

    Args:
        limits: the manufacturer's own numbers.
        patients: virtual ones; with fewer, chance decides on the calibration slope and on differences of subgroups.
        strips: of each patient.
        beats: intervals of a strip.
        prevalence: of atrial fibrillation in the intended use; the sample is enriched.
        seed: of the virtual patients.
        comparator: the cases are judged by another device and not by a reference standard.
        recordings: strips of the CPSC 2021 recordings in place of virtual patients.

    Raises:
        NotFound: recordings that are not on this machine, or a comparator for them.
    """
    if recordings and comparator:
        raise NotFound("the recordings come with a reference standard and no comparator: leave one setting out")
    if recordings:
        made = functools.partial(_recorded.cases, beats)
    else:
        made = functools.partial(_cases, patients, strips, beats, seed, comparator)
    table = read_limits(pathlib.Path(__file__).with_name("limits.toml"), limits)
    return Protocol(
        id="software_as_device/diagnostic_accuracy",
        title="Diagnostic accuracy of software that tells atrial fibrillation",
        standard="FDA Statistical Guidance on Diagnostic Tests",
        edition="2007",
        subjects=_recorded.SUBJECTS if recordings else "virtual patients with and without atrial fibrillation",
        stimulus="strips of intervals between beats, as a wearable sensor gives them",
        reference=_COMPARED if comparator else "the rhythm that the strip was made or annotated with",
        cases=made,
        given=GIVEN,
        recordings=(_recorded.FOLDER,) if recordings else (),
        answers=ANSWERS,
        measure=measure,
        study=("patients a subgroup", "patients of each kind"),
        facts=("patients a subgroup", "patients of each kind"),
        criteria=_agreement() if comparator else _criteria(prevalence),
        limits=table,
        count=0 if recordings else patients * strips,
        figures=_figures,
        badness="error",
        picture=picture,
        devices={
            "good": _classifiers.good,
            "bad": _classifiers.bad_shortcut,
            "bad_always_negative": _classifiers.bad_always_negative,
            "bad_overconfident": _classifiers.bad_overconfident,
            "bad_fast_only": _classifiers.bad_fast_only,
        },
    )


_COMPARED = "the result of another device, which is no reference standard"


def _cases(patients: int, strips: int, beats: int, seed: int, comparator: bool) -> Iterator[Case]:
    for number, case in enumerate(_strips.cases(patients, strips, beats, seed)):
        if comparator:
            errs = placed_uniforms(1, seed, "comparator", number)[0] < _COMPARATOR_ERRS
            truth = case.reference["fibrillation"]
            said = {"fibrillation": 1.0 - truth if errs else truth}
            case = Case(case.id, case.subject, case.stimulus, said, case.groups)
        yield case


def measure(case: Case, answers: Answers) -> list[Row]:
    """Truth, probability and result of a strip, and how far the probability was off."""
    truth, p, result = case.reference["fibrillation"], float(answers["probability"]), float(answers["result"])
    result = result if result in (0.0, 1.0) else 0.5
    return [{"truth": truth, "probability": p, "result": result, "error": abs(p - truth)}]


def sensitivity(table: Table, equivocal_is: float = 0.0) -> Interval:
    """Share of strips with the condition that are positive; an equivocal one counts as given."""
    return share(_said(table, equivocal_is) == 1.0, table["truth"] == 1.0, table.subject)


def specificity(table: Table, equivocal_is: float = 1.0) -> Interval:
    """Share of strips without the condition that are negative; an equivocal one counts as given."""
    return share(_said(table, equivocal_is) == 0.0, table["truth"] == 0.0, table.subject)


def area(table: Table) -> Interval:
    """The area under the curve of the probability."""
    return clustered_auc(table["probability"], table["truth"], table.subject)


def _said(table: Table, equivocal_is: float) -> np.ndarray:
    return np.where(table["result"] == 0.5, equivocal_is, table["result"])


def _plain(value: float, n: int, method: str) -> Interval:
    return Interval(float(value), math.nan, math.nan, 0.95, method, n)


def _people(table: Table) -> int:
    return len(np.unique(table.subject))


def _calibrated(table: Table, part: str) -> Interval:
    p, with_ = np.clip(table["probability"], _MARGIN, 1.0 - _MARGIN), table["truth"] == 1.0
    if part == "slope" and with_.any() and not with_.all() and p[with_].min() > p[~with_].max():
        raise NotApplicable("at some cut no strip is told wrongly, which leaves no slope: see the calibration error")
    return getattr(calibration(p, table["truth"], patient=table.subject), part)


def _brier(table: Table) -> Interval:
    return _plain(brier(table["probability"], table["truth"]).score, _people(table), "mean of all strips")


def _error(table: Table) -> Interval:
    value = expected_calibration_error(table["probability"], table["truth"])
    return _plain(value, _people(table), "ten bins of equally many strips")


def grouped(table: Table, truth: float, variables: tuple[str, ...], minimum: int = 10) -> Subgroups:
    """Sensitivity (truth 1) or specificity (truth 0) in subgroups; a patient's strips of one kind are one unit.

    Raises:
        StatisticsError: the cases name none of these subgroups.
    """
    here = table.where(table["truth"] == truth)
    there = [v for v in variables if v in here.groups and (here.groups[v] != "").all() and len(here)]
    if not there:
        raise StatisticsError(f"the cases name no {', '.join(variables)}: give each case its groups")
    keys = ["|".join([s, *(here.groups[v][k] for v in there)]) for k, s in enumerate(here.subject)]
    _, first, unit = np.unique(keys, return_index=True, return_inverse=True)
    right = _said(here, 1.0 - truth) == truth
    groups = {v: here.groups[v][first] for v in there}
    return subgroups(np.bincount(unit, right), np.bincount(unit).astype(float), groups, minimum=minimum)


def _worst(table: Table, truth: float) -> Interval:
    found = [g for g in grouped(table, truth, _strips.GROUPINGS).groups if g.enough and g.estimate is not None]
    if not found:
        raise StatisticsError("no subgroup has enough patients: include more")
    worst = min(found, key=lambda g: g.estimate.value if g.estimate else math.inf)
    assert worst.estimate is not None
    of, which = worst.estimate, f"{worst.variable}: {worst.name}"
    return dataclasses.replace(of, method=f"{which}; {of.method}", found_in=which)


def disparity(table: Table) -> Interval:
    """The difference between two subgroups of persons that may be the largest, of sensitivity and specificity.

    Of all pairs the one whose interval reaches farthest from none, turned so that its upper end is that far. That all
    differences lie within a margin is claimed at the level of one pair (intersection-union test, Berger 1982).

    Raises:
        StatisticsError: a variable does not have two subgroups, or a subgroup has too few patients to be compared.
    """
    kinds = (("sensitivity", grouped(table, 1.0, _PERSONAL)), ("specificity", grouped(table, 0.0, _PERSONAL)))
    farthest = []
    for kind, found in kinds:
        few = [f"{g.variable}: {g.name} has {g.patients}" for g in found.groups if not g.enough]
        alone = sorted(set(_PERSONAL) - {d.variable for d in found.differences})
        if few or alone:
            why = f"of {few[0]} patients" if few else f"between subgroups of {alone[0]}, of which there are no two"
            raise StatisticsError(f"no difference in {kind} can be excluded {why}: include more")
        for pair in filter(None, map(found.disparity, _PERSONAL)):
            which = f"{kind}, {pair.variable}: {pair.first} less {pair.second}"
            said = f"{which}; {pair.difference.method}"
            farthest.append(dataclasses.replace(pair.difference, method=said, n=_people(table), found_in=which))
    return max(farthest, key=lambda one: one.high)


def _fewest(table: Table) -> Interval:
    groups = [g for truth in (1.0, 0.0) for g in grouped(table, truth, _PERSONAL).groups]
    fewest = min(groups, key=lambda g: g.patients)
    which = f"{fewest.variable}: {fewest.name}"
    return dataclasses.replace(_plain(fewest.patients, _people(table), which), found_in=which)


def _of_each_kind(table: Table) -> Interval:
    counts = [_people(table.where(table["truth"] == truth)) for truth in (0.0, 1.0)]
    return _plain(min(counts), _people(table), "the fewer of both")


def _equivocal(table: Table) -> Interval:
    return share(table["result"] == 0.5, np.ones(len(table)), table.subject)


def _agreeing(table: Table) -> Interval:
    return share(table["result"] == table["truth"], np.ones(len(table)), table.subject)


def _criteria(prevalence: float) -> list[Criterion]:
    value = lambda kind: lambda t: predictive_value(sensitivity(t), specificity(t), prevalence, kind)
    ratio = lambda kind: lambda t: likelihood_ratio(sensitivity(t), specificity(t), kind)
    calibrated = lambda part: lambda t: _calibrated(t, part)
    disclosed = (
        ("positive predictive value", "positive predictive value at the prevalence of intended use", value("positive")),
        ("negative predictive value", "negative predictive value at the prevalence of intended use", value("negative")),
        ("positive likelihood ratio", "likelihood ratio of a positive result", ratio("positive")),
        ("negative likelihood ratio", "likelihood ratio of a negative result", ratio("negative")),
        ("sensitivity, other way", "sensitivity where strips without a result count as positive",
         lambda t: sensitivity(t, 1.0)),
        ("specificity, other way", "specificity where strips without a result count as negative",
         lambda t: specificity(t, 0.0)),
        ("in the large", "calibration in the large, on the logit", calibrated("in_the_large")),
    )  # fmt: skip
    return [
        _bound("sensitivity", "sensitivity; strips without a result count as negative", sensitivity, "sensitivity"),
        _bound("specificity", "specificity; strips without a result count as positive", specificity, "specificity"),
        _bound("area", "area under the receiver operating characteristic curve", area, "area"),
        *_calibration(calibrated("slope")),
        *_shared(),
        *(Criterion(name, _TEXT, means, "1", statistic) for name, means, statistic in disclosed),
    ]


def _bound(name: str, means: str, statistic: Callable[[Table], Interval], limit: str) -> Criterion:
    return Criterion(name, _TEXT, means, "1", statistic, "at least", limit, "bound")


def _calibration(slope: Callable[[Table], Interval]) -> list[Criterion]:
    extreme, timid = (f"calibration slope: probabilities are not too {word}" for word in ("extreme", "timid"))
    error = "expected calibration error"
    return [
        Criterion("slope", "calibration", extreme, "1", slope, "at least", "slope_low"),
        Criterion("slope not above", "calibration", timid, "1", slope, "at most", "slope_high"),
        Criterion("Brier score", "calibration", "Brier score", "1", _brier, "at most", "brier"),
        Criterion("calibration error", "calibration", error, "1", _error, "at most", "calibration_error"),
    ]


def _agreement() -> list[Criterion]:
    positive, negative = (
        f"{word} percent agreement of the device with the comparator" for word in ("positive", "negative")
    )
    overall = "overall agreement, never to be read alone"
    return [
        _bound("positive agreement", positive, sensitivity, "sensitivity"),
        _bound("negative agreement", negative, specificity, "specificity"),
        Criterion("overall agreement", "FDA 2007, 7.2", overall, "1", _agreeing),
        *_shared(),
    ]


def _shared() -> list[Criterion]:
    worst = lambda truth: lambda t: _worst(t, truth)
    covariates, groups = "FDA PCCP 2025, Appendix A 1.a.2", "FDA PCCP 2025, Appendix A 3.c.2"
    at_least = (
        ("worst subgroup, with", groups, "share called positive in the worst subgroup with the condition", worst(1.0),
         "subgroup_sensitivity"),
        ("worst subgroup, without", groups, "share called negative in the worst subgroup without the condition",
         worst(0.0), "subgroup_specificity"),
        ("patients a subgroup", covariates, "patients in the smallest subgroup of age, sex and sensor", _fewest,
         "subgroup_patients"),
        ("patients of each kind", "FDA 2007, 4.2", "patients with, or without the condition, whichever are fewer",
         _of_each_kind, "one_kind"),
    )  # fmt: skip
    none = "share of strips without a positive or negative result"
    apart = "largest difference that subgroups of age, sex and sensor may have"
    return [
        *(Criterion(name, clause, means, "1", of, "at least", limit) for name, clause, means, of, limit in at_least),
        Criterion("differences of subgroups", groups, apart, "1", disparity, "at most", "subgroup_margin", "bound"),
        Criterion("no result", "FDA 2007, 5 and 6", none, "1", _equivocal, "at most", "equivocal"),
    ]


def _figures(table: Table) -> list[Figure]:
    truth, p = table["truth"] == 1.0, table["probability"]
    rows, columns = ("fibrillation", "other rhythm"), ("positive", "no result", "negative")
    counts = [[int(((table["result"] == r) & (truth == t)).sum()) for r in (1.0, 0.5, 0.0)] for t in (True, False)]
    out: list[Figure] = [
        Matrix("Results by reference", "wrong results stand top right and bottom left", rows, columns, counts)
    ]
    if truth.any() and not truth.all():
        out += [_curve(truth, p), _histogram(truth, p), _calibration_chart(truth, p)]
    out.append(_listing(table))
    return out


def _curve(truth: np.ndarray, p: np.ndarray) -> Chart:
    cuts = np.r_[np.inf, np.unique(p)[::-1]]
    x, y = ([float((p[kind] >= c).mean()) for c in cuts] for kind in (~truth, truth))
    says = "the nearer to the top left corner the better; the diagonal is chance"
    marks = [Curve([0.0, 1.0], [0.0, 1.0], "soft"), Curve(x, y, "accent", "device")]
    return Chart(
        "Receiver operating characteristic", says, "1 - specificity", "sensitivity", marks, (0.0, 1.0), (0.0, 1.0)
    )


def _histogram(truth: np.ndarray, p: np.ndarray) -> Chart:
    edges = np.linspace(0.0, 1.0, 21)
    middle = (edges[:-1] + edges[1:]) / 2.0
    share_of = lambda kind: np.histogram(p[kind], edges)[0] / kind.sum()
    marks = [
        Curve(middle, share_of(truth), "bad", "fibrillation"),
        Curve(middle, share_of(~truth), "plain", "other rhythm"),
    ]
    says = "where both curves overlap the device cannot tell"
    return Chart("Probabilities by reference", says, "probability", "share of strips", marks, (0.0, 1.0))


def _calibration_chart(truth: np.ndarray, p: np.ndarray) -> Chart:
    place = np.clip((p * 10).astype(int), 0, 9)
    some = [k for k in range(10) if (place == k).sum() >= 3]
    x, y = ([float(v[place == k].mean()) for k in some] for v in (p, truth))
    spread = [2.0 * math.sqrt(max(b * (1 - b), 0.01) / (place == k).sum()) for k, b in zip(some, y, strict=True)]
    low, high = np.clip(np.array(y) - spread, 0, 1), np.clip(np.array(y) + spread, 0, 1)
    marks = [Area(x, low, high), Curve([0.0, 1.0], [0.0, 1.0], "plain", "perfect"), Points(x, y, "accent", "device")]
    says = "points below the line are probabilities that are too high"
    return Chart("Calibration", says, "probability", "share with fibrillation", marks, (0.0, 1.0), (0.0, 1.0))


def _listing(table: Table) -> Listing:
    rows: list[list[str | float | None]] = []
    for truth, what in ((1.0, "sensitivity"), (0.0, "specificity")):
        try:
            groups = grouped(table, truth, _strips.GROUPINGS).groups
        except StatisticsError:
            continue
        for g in groups:
            of = g.estimate
            ends = [None] * 3 if of is None else [round(v, 3) for v in (of.value, of.low, of.high)]
            rows.append([f"{what}, {g.variable}: {g.name}", g.patients, *ends])
    columns = ("subgroup", "patients", "estimate", "low", "high")
    return Listing("Subgroups", "small subgroups have wide intervals: read the lower ends", columns, rows)


def picture(case: Case, answers: Mapping[str, np.ndarray]) -> Chart:
    """The intervals of a strip, and what was said of them."""
    rr = np.asarray(case.stimulus["rr_s"], float)
    truth = "fibrillation" if case.reference["fibrillation"] else "other rhythm"
    says = f"{case.groups.get('rhythm', truth)}; the device gave {float(answers['probability']):.3f}"
    return Chart("Intervals of a strip", says, "beat", "interval, s", [Curve(np.arange(len(rr)), rr)])
