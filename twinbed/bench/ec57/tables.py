"""What the comparators return: counts of one record, or of many added up."""

import dataclasses
import math
import operator
from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

import numpy as np
from jaxtyping import Int

from twinbed.bench.ec57.standard import LONG_RUN, MISSED, SHORT_RUN, SHUT, F, N, Q, S, V


@dataclasses.dataclass(frozen=True)
class Ratio:
    """So many of so many."""

    part: float
    whole: float

    @property
    def percent(self) -> float:
        """In per cent; NaN where there is nothing to count."""
        return 100.0 * self.part / self.whole if self.whole else math.nan


@dataclasses.dataclass(frozen=True, eq=False)
class BeatTable:
    """The matrix of beats: rows the reference's class (N S V F Q O X), columns the test's (n s v f q o x)."""

    counts: Int[np.ndarray, "7 7"]
    rr_squares_s2: float
    """Sum of the squared differences of RR intervals."""
    rr_count: int
    """How many RR intervals were compared."""
    shutdown_s: float
    """How long the test annotator was shut down within the test period."""

    def __add__(self, other: "BeatTable") -> "BeatTable":
        return BeatTable(
            self.counts + other.counts,
            self.rr_squares_s2 + other.rr_squares_s2,
            self.rr_count + other.rr_count,
            self.shutdown_s + other.shutdown_s,
        )

    def without_supraventricular(self) -> "BeatTable":
        """The same with supraventricular ectopic beats counted as normal."""
        counts = self.counts.copy()
        counts[N] += counts[S]
        counts[:, N] += counts[:, S]
        counts[S] = counts[:, S] = 0
        return dataclasses.replace(self, counts=counts)

    def _sum(self, rows: Iterable[int], columns: Iterable[int]) -> int:
        return int(self.counts[np.ix_(list(rows), list(columns))].sum())

    def beats(self, kind: int | None = None) -> int:
        """Beats of the reference, of a class or of all."""
        return self._sum(range(5) if kind is None else (kind,), range(7))

    @property
    def qrs_sensitivity(self) -> Ratio:
        """Beats found, of those that were there."""
        return Ratio(self._sum(range(5), range(5)), self.beats())

    @property
    def qrs_positive_predictivity(self) -> Ratio:
        """True beats, of those found."""
        return Ratio(self._sum(range(5), range(5)), self._sum(range(7), range(5)))

    @property
    def veb_sensitivity(self) -> Ratio:
        """Ventricular ectopic beats called so."""
        return Ratio(self._sum([V], [V]), self.beats(V))

    @property
    def veb_positive_predictivity(self) -> Ratio:
        """Of beats called ventricular ectopic those that are; fusion and unclassified beats do not count."""
        return Ratio(self._sum([V], [V]), self._sum([V, N, S, MISSED, SHUT], [V]))

    @property
    def veb_false_positive_rate(self) -> Ratio:
        """Of beats that are not ventricular ectopic those called so."""
        false = self._sum([N, S, MISSED, SHUT], [V])
        return Ratio(false, false + self._sum([N, S, F, Q, MISSED, SHUT], [N, S, F, Q]))

    @property
    def sveb_sensitivity(self) -> Ratio:
        """Supraventricular ectopic beats called so."""
        return Ratio(self._sum([S], [S]), self.beats(S))

    @property
    def sveb_positive_predictivity(self) -> Ratio:
        """Of beats called supraventricular ectopic those that are; unclassified beats do not count."""
        return Ratio(self._sum([S], [S]), self._sum([S, N, V, F, MISSED, SHUT], [S]))

    @property
    def rms_rr_error_s(self) -> float:
        """Root mean square difference of RR intervals; NaN where there is none."""
        return math.sqrt(self.rr_squares_s2 / self.rr_count) if self.rr_count else math.nan

    def missed_in_shutdown(self, kind: int | None = None) -> Ratio:
        """Beats of a class, or of all, that were missed because the test annotator was shut down."""
        return Ratio(self._sum(range(5) if kind is None else (kind,), [SHUT]), self.beats(kind))

    def measures(self) -> dict[str, float]:
        """What is averaged over records, in per cent and s."""
        ratios = ("qrs_sensitivity", "qrs_positive_predictivity", "veb_sensitivity", "veb_positive_predictivity")
        ratios += ("veb_false_positive_rate", "sveb_sensitivity", "sveb_positive_predictivity")
        return {name: getattr(self, name).percent for name in ratios} | {"rms_rr_error_s": self.rms_rr_error_s}


_LENGTHS = {
    "couplet": range(2, SHORT_RUN),
    "short_run": range(SHORT_RUN, LONG_RUN),
    "long_run": range(LONG_RUN, LONG_RUN + 1),
}


@dataclasses.dataclass(frozen=True, eq=False)
class RunTable:
    """Runs of ectopic beats, by length (0 to 5, and 6 for 6 and more)."""

    found: Int[np.ndarray, "7 7"]
    """Rows: length of the reference's run; columns: the longest of the test within it."""
    true: Int[np.ndarray, "7 7"]
    """Rows: length of the test's run; columns: the longest of the reference within it."""

    def __add__(self, other: "RunTable") -> "RunTable":
        return RunTable(self.found + other.found, self.true + other.true)

    def sensitivity(self, length: str) -> Ratio:
        """Runs found, of the reference's, of a length: `couplet`, `short_run` or `long_run`."""
        return self._ratio(self.found, length)

    def positive_predictivity(self, length: str) -> Ratio:
        """True runs, of the test's, of a length: `couplet`, `short_run` or `long_run`."""
        return self._ratio(self.true, length)

    def _ratio(self, matrix: np.ndarray, length: str) -> Ratio:
        rows = _LENGTHS[length]
        return Ratio(int(matrix[rows.start : rows.stop, rows.start :].sum()), int(matrix[rows.start : rows.stop].sum()))

    def measures(self) -> dict[str, float]:
        """What is averaged over records, in per cent."""
        out = {}
        for length in _LENGTHS:
            out[f"{length}_sensitivity"] = self.sensitivity(length).percent
            out[f"{length}_positive_predictivity"] = self.positive_predictivity(length).percent
        return out


@dataclasses.dataclass(frozen=True)
class EpisodeTable:
    """Episodes of fibrillation."""

    found: int
    """Episodes of the reference that one of the test overlaps."""
    missed: int
    true: int
    """Episodes of the test that one of the reference overlaps."""
    false: int
    overlap_s: float
    reference_s: float
    test_s: float

    def __add__(self, other: "EpisodeTable") -> "EpisodeTable":
        mine, theirs = dataclasses.astuple(self), dataclasses.astuple(other)
        return EpisodeTable(*map(operator.add, mine, theirs))

    @property
    def sensitivity(self) -> Ratio:
        """Episodes found."""
        return Ratio(self.found, self.found + self.missed)

    @property
    def positive_predictivity(self) -> Ratio:
        """Episodes of the test that are true."""
        return Ratio(self.true, self.true + self.false)

    @property
    def duration_sensitivity(self) -> Ratio:
        """Found part of the time in fibrillation."""
        return Ratio(self.overlap_s, self.reference_s)

    @property
    def duration_positive_predictivity(self) -> Ratio:
        """True part of the time said to be in fibrillation."""
        return Ratio(self.overlap_s, self.test_s)

    def measures(self) -> dict[str, float]:
        """What is averaged over records, in per cent."""
        names = ("sensitivity", "positive_predictivity", "duration_sensitivity", "duration_positive_predictivity")
        return {name: getattr(self, name).percent for name in names}


@dataclasses.dataclass(frozen=True)
class MeasurementTable:
    """Measurements of the test beside those of the reference."""

    squares: float
    """Sum of the squared differences, in the square of the measurements' unit."""
    reference_sum: float
    """Sum of the reference's measurements that were compared."""
    count: int

    def __add__(self, other: "MeasurementTable") -> "MeasurementTable":
        return MeasurementTable(
            self.squares + other.squares, self.reference_sum + other.reference_sum, self.count + other.count
        )

    @property
    def rms_error(self) -> float:
        """Root mean square difference, in the measurements' unit; NaN where there is none."""
        return math.sqrt(self.squares / self.count) if self.count else math.nan

    @property
    def normalised_rms_error_percent(self) -> float:
        """The same in per cent of the mean of the reference."""
        return 100.0 * self.rms_error * self.count / self.reference_sum if self.reference_sum else math.nan

    def measures(self) -> dict[str, float]:
        """What is averaged over records."""
        return {
            "rms_error": self.rms_error, "normalised_rms_error_percent": self.normalised_rms_error_percent,
        }  # fmt: skip


Table = TypeVar("Table", BeatTable, RunTable, EpisodeTable, MeasurementTable)


@dataclasses.dataclass(frozen=True, eq=False)
class Totals(Generic[Table]):
    """A data base in two ways that EC57 asks for."""

    records: int
    gross: Table
    """All counts added up: every beat has the same weight."""
    average: Mapping[str, float]
    """Means over the records where a measure is defined: every record has the same weight. NaN where none is."""


def totals(tables: Iterable[Table]) -> Totals[Table]:
    """Gross and average of the tables of the records of a data base."""
    many = list(tables)
    if not many:
        raise ValueError("no tables to add up")
    rows = [table.measures() for table in many]
    average = {}
    for name in rows[0]:
        known = [row[name] for row in rows if not math.isnan(row[name])]
        average[name] = sum(known) / len(known) if known else math.nan
    gross = many[0]
    for table in many[1:]:
        gross = gross + table
    return Totals(len(many), gross, average)
