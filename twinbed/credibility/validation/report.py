"""What a validation found: every row with our value, its error and its verdict, and the course of every run."""

import dataclasses
import functools
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from twinbed.credibility.validation.table import STANDINGS, Row, Run, System
from twinbed.credibility.validation.verdicts import Exact, Range, Reference, Trend, Verdict

GRADES = ("good", "fair", "bad", "not expressed")


@dataclasses.dataclass(frozen=True)
class Graded:
    """A row with what came out of it.

    `ours` and `before` are None where there is no number; `people` are the grades of a cohort, without the standard
    patient.
    """

    row: Row
    ours: float | None
    before: float | None
    verdict: Verdict
    people: tuple[str, ...] = ()

    @property
    def in_range(self) -> float | None:
        """Share of the cohort whose value is good."""
        return self.people.count("good") / len(self.people) if self.people else None


@dataclasses.dataclass(frozen=True)
class Panel:
    """A measure of a run over time: its mean, and its extremes where it swings with the heart or the breath."""

    measure: str
    unit: str
    time_s: np.ndarray
    value: np.ndarray


@dataclasses.dataclass(frozen=True)
class Course:
    """A run as it went."""

    run: Run
    panels: tuple[Panel, ...]
    flaw: str = ""


@dataclasses.dataclass(frozen=True)
class Chapter:
    """One system: its graded rows and the courses of its runs."""

    system: System
    rows: tuple[Graded, ...]
    courses: tuple[Course, ...]

    def count(self, grade: str) -> int:
        """Rows of a grade."""
        return sum(g.verdict.grade == grade for g in self.rows)


@dataclasses.dataclass(frozen=True)
class Report:
    """A whole validation."""

    chapters: tuple[Chapter, ...]
    people: int = 0
    """Size of the cohort besides the standard patient."""
    about: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def count(self, grade: str, standing: str | None = None) -> int:
        """Rows of a grade, over all systems; only those whose reference is of that standing, if one is given."""
        rows = (g for chapter in self.chapters for g in chapter.rows)
        return sum(g.verdict.grade == grade and standing in (None, g.row.citation.standing) for g in rows)

    def as_json(self) -> dict[str, Any]:
        """The report as plain data: counts, also by standing of the reference, and every row by system.

        `rows` counts those that got a grade.
        """
        return {
            **_counts(self.count),
            "standings": {name: _counts(functools.partial(self.count, standing=name)) for name in STANDINGS},
            "cohort": self.people,
            **({"about": dict(self.about)} if self.about else {}),
            "systems": {
                c.system.name: {
                    "title": c.system.title,
                    **_counts(c.count),
                    "rows": [_row(g) for g in c.rows],
                    "count": sum(c.count(g) for g in GRADES[:3]),
                }
                for c in self.chapters
            },
        }


def _counts(count: Any) -> dict[str, int]:
    graded = {name: count(name) for name in GRADES}
    return {
        "rows": sum(graded[g] for g in GRADES[:3]),
        **{name.replace(" ", "_"): n for name, n in graded.items()},
    }


def _row(graded: Graded) -> dict[str, Any]:
    row = graded.row
    out: dict[str, Any] = {
        "id": row.id,
        "run": row.run,
        "phase": row.phase,
        "measure": row.measure.name,
        "label": row.measure.label,
        "take": row.take,
        "as": row.against,
        "unit": row.unit,
        "reference": _reference(row.reference),
        "ours": _finite(graded.ours),
        "before": _finite(graded.before),
        "error": graded.verdict.error,
        "verdict": graded.verdict.grade,
        "reason": graded.verdict.reason,
        "citation": row.citation.text,
        "doi": row.citation.doi,
        "source": row.citation.short,
        "standing": row.citation.standing,
    }
    out |= {key: value for key, value in (("note", row.note), ("known", row.known)) if value}
    if graded.people:
        counts = {name.replace(" ", "_"): graded.people.count(name) for name in GRADES}
        out["cohort"] = {**counts, "in_range": graded.in_range}
    return out


def _reference(reference: Reference) -> dict[str, Any]:
    match reference:
        case Exact(value):
            return {"value": value}
        case Range(low, high):
            return {key: end for key, end in (("low", low), ("high", high)) if math.isfinite(end)}
        case Trend(direction, least):
            return {"trend": direction, "least": least}


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def sentences(report: Report) -> Iterable[str]:
    """The report as lines of text: a line a system, and one for each standing of references."""
    systems = [(c.system.name, c.count) for c in report.chapters]
    standings = [(f"  {name}", functools.partial(report.count, standing=name)) for name in STANDINGS]
    lines = [*systems, ("all", report.count), *standings]
    width = max(len(name) for name, _ in lines)
    yield f"{'':<{width}}  {'rows':>5} {'good':>5} {'fair':>5} {'bad':>5}  not expressed"
    for name, count in lines:
        numbers = [count(g) for g in GRADES]
        yield f"{name:<{width}}  {sum(numbers[:3]):>5} {numbers[0]:>5} {numbers[1]:>5} {numbers[2]:>5}  {numbers[3]:>5}"
