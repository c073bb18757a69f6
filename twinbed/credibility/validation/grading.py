"""From a played run to graded rows: what is needed of a run is read from it at once, then traces are let go."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from twinbed.credibility.validation import readings
from twinbed.credibility.validation.execute import Flaw, Played
from twinbed.credibility.validation.measures import Amount, Measure
from twinbed.credibility.validation.report import Graded
from twinbed.credibility.validation.table import Row, Run, System, Window
from twinbed.credibility.validation.verdicts import Verdict, verdict

_Place = tuple[str, Window, str]


@dataclasses.dataclass(frozen=True)
class Need:
    """A number that must be read from a run: the value of a row, or the mean of a measure over a window."""

    measure: Measure
    window_s: Window
    row: Row | None = None

    @property
    def place(self) -> _Place:
        """By what the number is found again."""
        return self.measure.name, self.window_s, self.row.id if self.row else ""


@dataclasses.dataclass(frozen=True)
class Seen:
    """What was read from a run: a number a person for every need, where the bed shows it."""

    numbers: Mapping[_Place, Amount]
    flaws: tuple[Flaw | None, ...]

    def mean(self, measure: Measure, window_s: Window) -> Amount:
        """The mean of a measure over a window."""
        return self.numbers[Need(measure, window_s).place]


REST = Run("", "rest", "The standard patient at rest", lasts_s=120.0)
"""Played beside the runs of tables, for rows without a base."""


def resting(measure: Measure) -> Need:
    """The mean of a measure at rest."""
    return Need(measure, (0.0, REST.lasts_s))


def needs(table: System, run: Run) -> list[Need]:
    """Everything that rows of a table read from a run."""
    out = []
    for row in table.rows:
        if row.run == run.name:
            out.append(Need(row.measure, row.window_s, row))
            out += [Need(row.per, row.window_s)] if row.per else []
        if row.base_s and (row.base_run or row.run) == run.name:
            out += [Need(m, row.base_s) for m in (row.measure, row.per) if m]
    return out


def see(played: Played, wanted: Sequence[Need]) -> Seen:
    """Reads from a run what is wanted of it, where the bed shows it."""
    found = [need for need in wanted if need.measure.signals() <= set(played.traces)]
    return Seen({need.place: _number(need, played) for need in found}, played.flaws)


def _number(need: Need, played: Played) -> Amount:
    span_s, row = need.measure.span_s, need.row
    spans = need.measure.spans(played.traces, need.window_s)
    if row is None:
        return readings.read("mean", spans, span_s)
    base = None
    if row.take in readings.NEED_BASE and row.base_s is not None:
        base = readings.read("mean", row.measure.spans(played.traces, row.base_s), span_s)
    level = None if row.level is None else Amount.of(row.level, row.measure.unit)
    return readings.read(row.take, spans, span_s, base=base, level=level)


def graded(row: Row, own: Seen, there: Seen, rest: Seen | None) -> Graded:
    """A row with its verdict, from its run, from the run of its base, and from rest."""
    ours = compared(row, own, there)
    verdicts = [
        _flawed(verdict(float(v), row.reference, row.scale, row.against), row, flaws)
        for v, flaws in zip(ours, zip(own.flaws, there.flaws, strict=True), strict=True)
    ]
    before = None
    if row.base_s is not None:
        before = float(there.mean(row.measure, row.base_s).within(row.measure.unit)[0])
    idle = verdict(unmoved(row, there, rest), row.reference, row.scale, row.against)
    return Graded(row, float(ours[0]), before, verdicts[0], idle.grade, tuple(v.grade for v in verdicts[1:]))


def _flawed(found: Verdict, row: Row, flaws: tuple[Flaw | None, Flaw | None]) -> Verdict:
    """What a run lost by leaving what is plausible until its window, or that of its base, was over: good is fair then.

    Where numbers were not finite nothing is left to grade.
    """
    ends_s = (row.window_s[1], (row.base_s or row.window_s)[1])
    counted = [flaw for flaw, end_s in zip(flaws, ends_s, strict=True) if flaw and flaw.at_s < end_s]
    if not counted:
        return found
    grade = "bad" if not all(flaw.finite for flaw in counted) else "fair" if found.grade == "good" else found.grade
    said = dict.fromkeys((found.reason, *map(str, counted)))
    return Verdict(grade, found.error, "; ".join(part for part in said if part))


def unmoved(row: Row, there: Seen, rest: Seen | None) -> float:
    """What a row would read of a patient in whom nothing happens, in its unit; NaN where he shows nothing of it.

    He stays at the base of the row; where a row has none, he is the standard patient at rest, for ever.
    """
    if row.against != "value" or row.per is not None:
        return 1.0 if row.against == "share" else 0.0
    level = _resting(row, there, rest)
    if level is None:
        return float("nan")
    span_s = row.measure.span_s
    count = int(round(row.window_s[1] - row.window_s[0]) // span_s)
    spans = Amount(np.full((1, count), level.value[0]), level.dimension)
    reached = None if row.level is None else Amount.of(row.level, row.measure.unit)
    return float(readings.read(row.take, spans, span_s, base=level, level=reached).within(row.unit)[0])


def _resting(row: Row, there: Seen, rest: Seen | None) -> Amount | None:
    """The base of a row, or the mean at rest, of the standard patient."""
    if row.base_s is not None:
        found = there.mean(row.measure, row.base_s)
    elif rest and (at_rest := resting(row.measure)).place in rest.numbers:
        found = rest.numbers[at_rest.place]
    else:
        return None
    return Amount(found.value[:1], found.dimension)


def not_expressed(row: Row, reason: str) -> Graded:
    """A row that the bed cannot express."""
    return Graded(row, None, None, Verdict("not expressed", None, reason), "not expressed")


def compared(row: Row, own: Seen, there: Seen) -> np.ndarray:
    """What a row compares with its reference, in its unit; one number a person."""
    got = own.numbers[Need(row.measure, row.window_s, row).place]
    if row.base_s is None or (row.against == "value" and row.per is None):
        return got.within(row.unit)
    base = there.mean(row.measure, row.base_s)
    if row.per is not None:
        moved = own.mean(row.per, row.window_s) - there.mean(row.per, row.base_s)
        return ((got - base) / moved).within(row.unit)
    if row.against == "change":
        return (got - base).within(row.unit)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = got.value / base.value
    return share if row.against == "share" else np.sign(base.value) * (share - 1.0)
