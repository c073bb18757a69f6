"""What a validation found: every row with our value, its error and its verdict, and the course of every run."""

import dataclasses
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from twinbed.credibility.validation.table import STANDINGS, Row, Run, System
from twinbed.credibility.validation.verdicts import Exact, Grade, Range, Reference, Trend, Verdict

GRADES: tuple[Grade, ...] = ("good", "fair", "bad", "not expressed")
PHYSIOLOGY = "physiology"


@dataclasses.dataclass(frozen=True)
class Graded:
    """A row with what came out of it.

    `ours` and `before` are None where there is no number; `null` is the grade of a patient in whom nothing happens;
    `people` are the grades of a cohort, without the standard patient.
    """

    row: Row
    ours: float | None
    before: float | None
    verdict: Verdict
    null: Grade
    people: tuple[str, ...] = ()

    @property
    def in_range(self) -> float | None:
        """Share of the cohort whose value is good."""
        return self.people.count("good") / len(self.people) if self.people else None


@dataclasses.dataclass(frozen=True)
class Counts:
    """Rows by grade, and how many of those that were graded a patient in whom nothing happens has good."""

    by_grade: Mapping[str, int]
    null_good: int

    @classmethod
    def of(cls, rows: Iterable[Graded]) -> "Counts":
        """Counts the rows."""
        found = tuple(rows)
        by_grade = {name: sum(g.verdict.grade == name for g in found) for name in GRADES}
        return cls(by_grade, sum(g.null == "good" for g in found))

    def __getitem__(self, grade: str) -> int:
        """Rows of a grade."""
        return self.by_grade[grade]

    @property
    def rows(self) -> int:
        """Rows that got a grade."""
        return sum(self[grade] for grade in GRADES[:3])

    def as_json(self) -> dict[str, int]:
        """As plain data."""
        graded = {name.replace(" ", "_"): n for name, n in self.by_grade.items()}
        return {"rows": self.rows, **graded, "null_good": self.null_good}


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

    @property
    def counts(self) -> "Counts":
        """Its rows by grade."""
        return Counts.of(self.rows)


@dataclasses.dataclass(frozen=True)
class Whom:
    """Who took part beside the patient of each run.

    `adults` says whether they are adults of the population of acute patients, of whom `refused` counts who was not
    plausible at rest; runs in `around` were played with people around their own patient.
    """

    count: int = 0
    seed: int = 1
    adults: bool = False
    around: tuple[str, ...] = ()
    refused: Mapping[str, int] = dataclasses.field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As plain data."""
        drawn = "acute_adults" if self.adults else "around the patient"
        return {"drawn": drawn, "seed": self.seed, "around": list(self.around), "refused": dict(self.refused)}


@dataclasses.dataclass(frozen=True)
class Report:
    """A whole validation."""

    chapters: tuple[Chapter, ...]
    whom: Whom = dataclasses.field(default_factory=Whom)
    about: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def counts(self, standing: str | None = None, *, physiology: bool = False) -> Counts:
        """Rows by grade, over all systems.

        Args:
            standing: only rows whose reference is of that standing.
            physiology: only rows that say something of a body: no definitions, nothing that a run itself sets.
        """
        rows = (g for chapter in self.chapters for g in chapter.rows)
        return Counts.of(
            g for g in rows if standing in (None, g.row.citation.standing) and (g.row.is_physiology or not physiology)
        )

    def of_people(self) -> dict[str, int]:
        """Grades of all rows in all people beside the patients of the runs."""
        return {name: sum(g.people.count(name) for c in self.chapters for g in c.rows) for name in GRADES[:3]}

    def as_json(self) -> dict[str, Any]:
        """The report as plain data: counts, also by standing of the reference, and every row by system.

        `rows` counts those that got a grade, `null_good` those in which a patient in whom nothing happens is good.
        `physiology` counts without definitions and without what a run itself sets.
        """
        return {
            **self.counts().as_json(),
            "standings": {name: self.counts(name).as_json() for name in STANDINGS},
            "physiology": {
                **self.counts(physiology=True).as_json(),
                "standings": {name: self.counts(name, physiology=True).as_json() for name in STANDINGS},
            },
            "cohort": self.whom.count,
            **({"cohort_people": self.whom.as_json() | self.of_people()} if self.whom.count else {}),
            **({"about": dict(self.about)} if self.about else {}),
            "systems": {
                c.system.name: {
                    "title": c.system.title,
                    **c.counts.as_json(),
                    "rows": [_row(g) for g in c.rows],
                    "count": c.counts.rows,
                }
                for c in self.chapters
            },
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
        "null": graded.null,
        "reason": graded.verdict.reason,
        "citation": row.citation.text,
        "doi": row.citation.doi,
        "source": row.citation.short,
        "standing": row.citation.standing,
    }
    said = ("note", row.note), ("known", row.known), ("least_why", row.least_why), ("prescribed", row.prescribed)
    out |= {key: value for key, value in said if value}
    if graded.people:
        counts = {name.replace(" ", "_"): graded.people.count(name) for name in GRADES}
        out["cohort"] = {**counts, "in_range": graded.in_range}
    return out


def _reference(reference: Reference) -> dict[str, Any]:
    match reference:
        case Exact(value):
            return {"value": value}
        case Range(low, high, spread):
            ends = {key: end for key, end in (("low", low), ("high", high)) if math.isfinite(end)}
            return ends | ({"spread": True} if spread else {})
        case Trend(direction, least):
            return {"trend": direction, "least": least}


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def sentences(report: Report) -> Iterable[str]:
    """The report as lines of text: a line a system and one for each standing of references, then what counts."""
    systems = [(c.system.name, c.counts) for c in report.chapters]
    told = [(f"  {name}", report.counts(name)) for name in STANDINGS]
    bodies = [(f"  {name}", report.counts(name, physiology=True)) for name in STANDINGS]
    lines = [*systems, ("all", report.counts()), *told]
    lines += [(PHYSIOLOGY, report.counts(physiology=True)), *(line for line in bodies if line[1].rows)]
    width = max(len(name) for name, _ in lines)
    yield f"{'':<{width}}  {'rows':>5} {'good':>5} {'fair':>5} {'bad':>5}  not expressed  null good"
    for name, n in lines:
        numbers = f"{n.rows:>5} {n['good']:>5} {n['fair']:>5} {n['bad']:>5}"
        yield f"{name:<{width}}  {numbers}  {n['not expressed']:>13}  {n.null_good:>9}"
    yield f"{PHYSIOLOGY}: without definitions and what a run itself sets: {_shares(report.counts(physiology=True))}"
    yield "null good: rows that a patient in whom nothing happens would have good"


def _shares(counts: Counts) -> str:
    whole = max(counts.rows, 1)
    parts = [f"{100 * counts[grade] / whole:.0f} % {grade}" for grade in GRADES[:3]]
    return f"{', '.join(parts)}; if nothing happened {100 * counts.null_good / whole:.0f} % good"
