"""From the results of every patient to estimates, comparisons and verdicts.

Arms are compared within patients. Who is left out, and by which rule, is decided before any
comparison: a patient whose numbers stopped being finite, or whose glucose left what is
physiologically possible, in any arm, is left out of every arm, and listed. Harm is counted in
all patients with finite results, and the primary comparison is repeated with them, so that
what was implausible does not disappear with an exclusion; where numbers stopped being finite
there is nothing to count. The percentile curves of an arm are those of the patients who are
sound in that arm; every draw of a twin counts in them as a patient.
"""

import dataclasses
import functools
import pathlib
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from twinbed.connect.files import read_table
from twinbed.studies import profile
from twinbed.studies.design import Study, Subgroup
from twinbed.studies.execute import cohort_file, part_file, profile_file
from twinbed.studies.shards import Group, Shard, groups
from twinbed.studies.statistics import MOST_RESAMPLED, Interval, Means, by_unit, holm, means, quantiles

RULES = {
    "not_finite": "a number of the patient's state or signals was not finite",
    "implausible": "a signal of the patient's body left its plausible range (see the vocabulary of signals)",
}
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_MOST_POINTS = 300
_MOST_LISTED = 10_000


class Results:
    """The results of a finished run, read column by column."""

    def __init__(self, study: Study, out: pathlib.Path):
        self.study, self.out = study, out
        self.groups = groups(study)
        self.shards = [Shard(g, i) for g in self.groups for i in range(g.n_shards)]
        self.arms = [a.name for a in study.arms]
        self.group = np.repeat([g.name for g in self.groups], [g.n for g in self.groups])

    def column(self, arm: str, name: str) -> np.ndarray:
        """A column of an arm, over all patients in order of their numbers."""
        parts = [read_table(self.out / part_file(arm, s), [name])[name] for s in self.shards]
        return np.concatenate(parts)

    def outcome(self, name: str) -> Float[np.ndarray, "patient arm"]:
        """An outcome of every patient in every arm."""
        return np.stack([self.column(arm, name) for arm in self.arms], axis=1)

    @functools.cached_property
    def who(self) -> dict[str, np.ndarray]:
        """Number, id and unit of every patient."""
        return {name: self.column(self.arms[0], name) for name in ("patient", "id", "unit")}

    @functools.cached_property
    def flags(self) -> dict[str, Float[np.ndarray, "patient arm"]]:
        """When each rule of exclusion was broken, in seconds; infinite if never."""
        return {rule: self.outcome(f"{rule}_s") for rule in RULES}

    @functools.cached_property
    def finite(self) -> Bool[np.ndarray, " patient"]:
        """Patients whose numbers are finite in every arm."""
        return np.asarray(np.isinf(self.flags["not_finite"]).all(axis=1))

    @functools.cached_property
    def sound(self) -> Bool[np.ndarray, " patient"]:
        """Patients who broke no rule in any arm."""
        return self.finite & np.isinf(self.flags["implausible"]).all(axis=1)

    def profile(self, arm: str) -> dict[str, list[float]]:
        """Percentile curves of glucose over the day."""
        every = [profile.counts_of(read_table(self.out / profile_file(arm, s))) for s in self.shards]
        return profile.percentiles(np.sum(every, axis=0))

    def demographic(self, name: str, group: Group) -> np.ndarray | None:
        """A characteristic of the patients of a group, if it is known."""
        return self._cohort(group).get(f"demographic.{name}")

    def demographics(self, group: Group) -> dict[str, dict[str, Any]]:
        """What is known of the patients of a group: the spread of numbers, the counts of names."""
        out = {}
        for name, values in self._cohort(group).items():
            if name.startswith("demographic."):
                numbers = values.dtype.kind in "fiu"
                out[name.split(".", 1)[1]] = _spread(values.astype(float)) if numbers else _tally(values)
        return out

    def _cohort(self, group: Group) -> dict[str, np.ndarray]:
        """The columns that every table of a group's patients has."""
        tables = [read_table(self.out / cohort_file(s)) for s in self.shards if s.group.name == group.name]
        return {k: np.concatenate([t[k] for t in tables]) for k in tables[0] if all(k in t for t in tables)}


def _spread(values: Float[np.ndarray, " patient"]) -> dict[str, Any]:
    finite = values[np.isfinite(values)]
    if not len(finite):
        return {"known": 0}
    sd = float(np.std(finite, ddof=1)) if len(finite) > 1 else float("nan")
    ends = {"min": float(finite.min()), "max": float(finite.max())}
    return {"mean": float(finite.mean()), "sd": sd, **ends, "known": len(finite)}


def _tally(values: np.ndarray) -> dict[str, Any]:
    names, counts = np.unique(values.astype(str), return_counts=True)
    return {"counts": dict(zip(names.tolist(), counts.tolist(), strict=True))}


def excluded(results: Results) -> list[dict[str, Any]]:
    """Who was left out, where, when and by which rule."""
    listed = []
    for rule, when in results.flags.items():
        for place, arm in np.argwhere(np.isfinite(when)):
            listed.append(
                {
                    "patient": int(results.who["patient"][place]),
                    "id": str(results.who["id"][place]),
                    "group": str(results.group[place]),
                    "arm": results.arms[arm],
                    "rule": rule,
                    "day": float(when[place, arm]) / 86400.0,
                }
            )
    return sorted(listed, key=lambda e: (e["patient"], e["arm"], e["rule"]))[:_MOST_LISTED]


@dataclasses.dataclass(frozen=True)
class Analysed:
    """Estimates of one set of outcomes: of every arm, and of every arm against the reference."""

    outcomes: tuple[str, ...]
    arms: tuple[str, ...]
    reference: str
    values: Float[np.ndarray, "patient column"]
    estimates: Means

    def arm(self, outcome: str, arm: str) -> int:
        """The column of an outcome in an arm."""
        return self.outcomes.index(outcome) * self._width + self.arms.index(arm)

    @property
    def compared(self) -> list[str]:
        """The arms that are compared with the reference."""
        return [a for a in self.arms if a != self.reference]

    def difference(self, outcome: str, arm: str) -> int:
        """The column of the difference between an arm and the reference."""
        place = self.compared.index(arm)
        return self.outcomes.index(outcome) * self._width + len(self.arms) + place

    @property
    def _width(self) -> int:
        return 2 * len(self.arms) - 1


def analyse(results: Results, outcomes: tuple[str, ...], rows: Bool[np.ndarray, " patient"]) -> Analysed:
    """Estimates of some outcomes over some patients."""
    study = results.study
    at = results.arms.index(study.analysis.reference)
    columns = []
    for name in outcomes:
        arms = results.outcome(name)[rows]
        columns += [arms, np.delete(arms - arms[:, [at]], at, axis=1)]
    values, strata = by_unit(np.concatenate(columns, axis=1), results.who["unit"][rows], results.group[rows])
    found = means(values, strata, seed=study.seed, resamples=study.analysis.resamples)
    return Analysed(outcomes, tuple(results.arms), study.analysis.reference, values, found)


def analyse_all(results: Results) -> dict[str, Analysed]:
    """Every outcome over all sound patients, by name; in parts where they are very many."""
    names = tuple(results.study.outcomes)
    size = 1 if results.sound.sum() > MOST_RESAMPLED else len(names)
    batches = [names[i : i + size] for i in range(0, len(names), size)]
    return {name: done for batch in batches for done in [analyse(results, batch, results.sound)] for name in batch}


def _interval(interval: Interval) -> dict[str, float]:
    return {"value": interval.value, "low": interval.low, "high": interval.high}


def arm_outcomes(study: Study, found: dict[str, Analysed], arm: str) -> dict[str, Any]:
    """Every outcome of an arm."""
    out = {}
    for name, known in study.outcomes.items():
        analysed = found[name]
        column = analysed.arm(name, arm)
        values = analysed.values[:, column]
        finite = values[np.isfinite(values)]
        out[name] = {
            "label": known.doc,
            "unit": known.unit,
            "better": study.better(name),
            "patients": len(finite),
            "mean": _interval(analysed.estimates.interval(column, study.analysis.confidence)),
            "sd": float(np.std(finite, ddof=1)) if len(finite) > 1 else float("nan"),
            "quantiles": dict(zip(("p05", "p25", "p50", "p75", "p95"), quantiles(values, _QUANTILES), strict=True)),
        }
    return out


def comparisons(study: Study, found: dict[str, Analysed]) -> list[dict[str, Any]]:
    """Every outcome of every arm against the reference; tested where the study says so.

    Families of tests are the primary outcome over all arms, and the secondary outcomes over
    all arms; p-values are adjusted within each by Holm's method. A secondary result counts
    only where the arm has shown the primary one.
    """
    analysis = study.analysis
    roles = {analysis.primary: "primary", **dict.fromkeys(analysis.secondary, "secondary")}
    arms = [a.name for a in study.arms if a.name != analysis.reference]
    out = []
    for name in study.outcomes:
        for arm in arms:
            row = _comparison(study, found[name], name, arm)
            out.append({**row, "role": roles.get(name, "descriptive")})
    level = (1.0 - analysis.confidence) / 2.0
    for role in ("primary", "secondary"):
        family = [row for row in out if row["role"] == role]
        for row, p in zip(family, holm([r["p"] for r in family]), strict=True):
            row["p_adjusted"], row["shown"] = p, bool(p <= level)
    shown = {row["arm"] for row in out if row["role"] == "primary" and row["shown"]}
    for row in out:
        if row["role"] == "secondary":
            row["shown"] = row["shown"] and row["arm"] in shown
        elif row["role"] == "descriptive":
            row["p"] = row["p_adjusted"] = row["shown"] = None
    return out


def _comparison(study: Study, analysed: Analysed, name: str, arm: str) -> dict[str, Any]:
    analysis, better = study.analysis, study.better(name)
    column = analysed.difference(name, arm)
    interval = analysed.estimates.interval(column, analysis.confidence)
    primary = name == analysis.primary
    test = analysis.test if primary else "superiority"
    margin = analysis.margin if primary else 0.0
    threshold = -margin if test == "non-inferiority" else margin
    return {
        "outcome": name,
        "arm": arm,
        "reference": analysis.reference,
        "unit": study.outcomes[name].unit,
        "better": better,
        "patients": int(analysed.estimates.count[column]),
        "difference": _interval(interval),
        "test": test,
        "margin": margin,
        "p": float("nan") if better is None else _p(analysed, column, better, threshold),
        "p_adjusted": None,
        "shown": None,
    }


def _p(analysed: Analysed, column: int, better: str, threshold: float) -> float:
    """One-sided p-value that the difference does not favour the arm by more than a threshold."""
    if better == "higher":
        return analysed.estimates.p_not_above(column, threshold)
    return negated(analysed.estimates).p_not_above(column, threshold)


def negated(found: Means) -> Means:
    """The means of the negative numbers."""
    resampled = None if found.resampled is None else -found.resampled
    return Means(-found.value, found.error, -found.skew, resampled, found.count)


def adverse_events(results: Results, arm: str) -> list[dict[str, Any]]:
    """Events that are reported as harm, in every patient with finite results."""
    study = results.study
    days = study.days - study.warm_up_days
    out = []
    for name, known in study.outcomes.items():
        if known.adverse:
            rates = results.column(arm, name)[results.finite]
            rates = rates[np.isfinite(rates)]
            out.append(
                {
                    "outcome": name,
                    "rule": known.doc,
                    "events": float(np.sum(np.rint(rates * days))),
                    "patients": len(rates),
                    "patients_with_events": int(np.sum(rates > 0)),
                    "per_patient_week": 7.0 * float(np.mean(rates)) if len(rates) else float("nan"),
                }
            )
    return out


def subgroups(results: Results) -> list[dict[str, Any]]:
    """The primary outcome in every part of every division; descriptive only."""
    analysis = results.study.analysis
    out = []
    for division in analysis.subgroups:
        for label, rows in _parts(results, division):
            inside = rows & results.sound
            if len(set(results.who["unit"][inside])) < 2:
                continue
            found = analyse(results, (analysis.primary,), inside)
            for arm in (a for a in results.arms if a != analysis.reference):
                column = found.difference(analysis.primary, arm)
                interval = found.estimates.interval(column, analysis.confidence)
                place = {"by": division.by, "part": label, "arm": arm, "patients": len(found.values)}
                out.append({**place, "difference": _interval(interval)})
    return out


def _parts(results: Results, division: Subgroup) -> list[tuple[str, np.ndarray]]:
    if division.by == "group":
        return [(g.name, results.group == g.name) for g in results.groups]
    known = [results.demographic(division.by, g) for g in results.groups]
    values = [np.full(g.n, "unknown") if v is None else v for g, v in zip(results.groups, known, strict=True)]
    if not division.cuts:
        text = np.concatenate([np.asarray(v).astype(str) for v in values])
        return [(str(label), text == label) for label in np.unique(text)]
    none = lambda v: np.full(len(v), np.nan) if v.dtype.kind not in "fiu" else v.astype(float)
    numbers = np.concatenate([none(np.asarray(v)) for v in values])
    edges = [-np.inf, *sorted(division.cuts), np.inf]
    parts = []
    for low, high in zip(edges, edges[1:], strict=False):
        label = f"{low:g} to {high:g}" if np.isfinite([low, high]).all() else (
            f"below {high:g}" if np.isfinite(high) else f"{low:g} and above"
        )  # fmt: skip
        parts.append((label, (numbers >= low) & (numbers < high)))
    return parts


def sensitivity(results: Results) -> list[dict[str, Any]]:
    """The primary comparison with every patient whose numbers are finite."""
    analysis = results.study.analysis
    if results.finite.sum() < 2:
        return []
    found = analyse(results, (analysis.primary,), results.finite)
    out = []
    for arm in (a for a in results.arms if a != analysis.reference):
        row = _comparison(results.study, found, analysis.primary, arm)
        keep = {k: row[k] for k in ("outcome", "arm", "reference", "unit", "difference", "p")}
        out.append({"set": "all patients with finite results", "patients": len(found.values), **keep})
    return out


def points(study: Study, found: dict[str, Analysed]) -> dict[str, Any]:
    """The primary outcome of some patients in every arm, evenly picked, for a figure."""
    analysed = found[study.analysis.primary]
    n = len(analysed.values)
    picked = np.unique(np.linspace(0, n - 1, min(n, _MOST_POINTS)).astype(int)) if n else np.zeros(0, int)
    values = {a: analysed.values[picked, analysed.arm(study.analysis.primary, a)] for a in analysed.arms}
    return {"outcome": study.analysis.primary, "shown": len(picked), "of": n, "values": values}
