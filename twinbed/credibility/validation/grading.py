"""From a played run to graded rows: what is needed of a run is read from it at once, then traces are let go."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from twinbed.credibility.validation import readings
from twinbed.credibility.validation.execute import Played
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
    flaws: tuple[str, ...]

    def mean(self, measure: Measure, window_s: Window) -> Amount:
        """The mean of a measure over a window."""
        return self.numbers[Need(measure, window_s).place]


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


def graded(row: Row, own: Seen, there: Seen) -> Graded:
    """A row with its verdict, from its run and from the run of its base."""
    ours = compared(row, own, there)
    verdicts = [verdict(float(v), row.reference, row.scale) for v in ours]
    first = verdicts[0]
    said = "; ".join(part for part in (first.reason, own.flaws[0]) if part)
    before = None
    if row.base_s is not None:
        before = float(there.mean(row.measure, row.base_s).within(row.measure.unit)[0])
    people = tuple(v.grade for v in verdicts[1:])
    return Graded(row, float(ours[0]), before, Verdict(first.grade, first.error, said), people)


def not_expressed(row: Row, reason: str) -> Graded:
    """A row that the bed cannot express."""
    return Graded(row, None, None, Verdict("not expressed", None, reason))


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
