"""What the protocols of glucose make of rows: shares in per cent, counts, and pairs that have a reading."""

import dataclasses
import math
from collections.abc import Callable

import numpy as np
from jaxtyping import Bool

from twinbed.bench.glucose import share
from twinbed.bench.protocol import Criterion, Table
from twinbed.bench.statistics import Interval
from twinbed.core.errors import StatisticsError

Choice = Callable[[Table], Bool[np.ndarray, " row"]]
Statistic = Callable[[Table], Interval]


def percent(found: Interval) -> Interval:
    """A share as per cent."""
    return dataclasses.replace(found, value=100.0 * found.value, low=100.0 * found.low, high=100.0 * found.high)


def exactly(value: float, n: int) -> Interval:
    """A number that describes these rows and nothing beyond them."""
    return Interval(value, math.nan, math.nan, 0.95, "counted", n)


def with_reading(table: Table) -> Table:
    """The pairs that have a reading.

    Raises:
        StatisticsError: there is none.
    """
    kept = table.where(np.isfinite(table["shown"]) & np.isfinite(table["reference"]))
    if not len(kept):
        raise StatisticsError("the device gave no reading at the time of any blood sample")
    return kept


def share_of(hit: Choice, among: Choice | None = None) -> Statistic:
    """The share of pairs in per cent with a lower bound clustered by person; `n` counts persons."""

    def statistic(table: Table) -> Interval:
        rows = with_reading(table)
        rows = rows if among is None else rows.where(among(rows))
        return percent(share(hit(rows), rows.subject))

    return statistic


def count_of(hit: Choice) -> Statistic:
    """How many pairs; `n` counts all pairs."""
    return lambda table: exactly(float(hit(rows := with_reading(table)).sum()), len(rows))


def part_of(hit: Choice, among: Choice) -> Statistic:
    """The share in per cent as it is, of pairs that are chosen; `n` counts them."""

    def statistic(table: Table) -> Interval:
        chosen = table.where(among(table))
        return exactly(100.0 * float(hit(chosen).mean()) if len(chosen) else math.nan, len(chosen))

    return statistic


def persons(table: Table) -> Interval:
    """How many there are."""
    found = len(np.unique(table.subject))
    return exactly(float(found), found)


def disclosed(name: str, clause: str, means: str, unit: str, statistic: Statistic) -> Criterion:
    """A number that is to be given and not to be judged."""
    return Criterion(name, clause, means, unit, statistic)
