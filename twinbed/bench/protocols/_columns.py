"""What criteria make of a column: the largest, the mean, a share. A row where it is not finite is left out."""

import dataclasses
import math
from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float

from twinbed.bench.protocol import Table
from twinbed.bench.statistics import Interval
from twinbed.bench.statistics.agreement import Agreement
from twinbed.bench.statistics.clustered import rao_scott, ratio
from twinbed.bench.statistics.extremes import found_in

Values = Float[np.ndarray, " row"]


def column(table: Table, name: str) -> Values:
    """The numbers of a column; NaN where no row has it."""
    return table.columns.get(name, np.full(len(table), math.nan))


def rows(table: Table, *names: str) -> Table:
    """The rows in which all of these columns are finite."""
    return table.where(np.all([np.isfinite(column(table, name)) for name in names], axis=0))


def plain(value: float, n: int, how: str) -> Interval:
    """An estimate that has no interval."""
    return Interval(value, math.nan, math.nan, 0.95, how, n)


def largest(table: Table, name: str) -> Interval:
    """The largest absolute value of a column; it counts rows."""
    kept = rows(table, name)
    return _extreme(kept, np.abs(column(kept, name)), np.argmax, "largest of all")


def smallest(table: Table, name: str) -> Interval:
    """The smallest value of a column; it counts rows."""
    kept = rows(table, name)
    return _extreme(kept, column(kept, name), np.argmin, "smallest of all")


def _extreme(table: Table, values: Values, of: Callable[..., np.intp], how: str) -> Interval:
    """One of the values, and in which case it was found, unless it is that of all."""
    if not values.size:
        return plain(math.nan, 0, how)
    place = of(values)
    where = found_in(values, table.case, int(place))
    return dataclasses.replace(plain(float(values[place]), values.size, how), found_in=where)


def mean(table: Table, name: str, weight: str = "") -> Interval:
    """The mean of a column with an interval between subjects; none with one subject or no spread between them.

    Args:
        name: the column.
        weight: a column of how much a row counts; every row alike without one.
    """
    kept = rows(table, name, *([weight] if weight else []))
    if not len(kept):
        return plain(math.nan, 0, "mean")
    own = column(kept, weight) if weight else np.ones(len(kept))
    total, weights = _by_subject(kept, column(kept, name) * own), _by_subject(kept, own)
    value = float(total.sum() / weights.sum())
    each = total / weights
    if len(total) < 2 or np.ptp(each) <= 1e-9 * max(1.0, abs(value)):
        return plain(value, len(total), "mean")
    return ratio(total, weights)


def share(table: Table, hits: str, of: str) -> Interval:
    """A share of observations with an interval between subjects, from columns of counts; none with one subject."""
    kept = rows(table, hits, of)
    kept = kept.where(column(kept, of) > 0.0)
    if not len(kept):
        return plain(math.nan, 0, "share")
    x, m = _by_subject(kept, column(kept, hits)), _by_subject(kept, column(kept, of))
    return rao_scott(x, m) if len(m) > 1 else plain(float(x.sum() / m.sum()), 1, "share")


def clustered(table: Table, hit: Bool[np.ndarray, " row"]) -> Interval:
    """The share of rows that are hits, with an interval between subjects; none with one subject."""
    counts = {"hits": np.asarray(hit, float), "rows": np.ones(len(table))}
    return share(dataclasses.replace(table, columns=counts), "hits", "rows")


def unsigned(bias: Interval) -> Interval:
    """The size of a bias; its interval begins at 0 where that of the bias holds it."""
    ends = sorted((abs(bias.low), abs(bias.high)))
    low = 0.0 if bias.low <= 0.0 <= bias.high else ends[0]
    return Interval(abs(bias.value), low, ends[1], bias.level, bias.method, bias.n)


def half_width(found: Agreement) -> Interval:
    """From the bias to a limit of agreement."""
    value = 0.5 * (found.upper.value - found.lower.value)
    return plain(value, found.patients, "1.96 standard deviations of a difference")


def in_group(table: Table, grouping: str, *names: str) -> Table:
    """The rows of groups with these names."""
    return table.where(np.isin(table.groups[grouping], names))


def subjects(table: Table, chosen: Bool[np.ndarray, " row"] | None = None) -> Interval:
    """How many subjects there are (in the chosen rows)."""
    n = len(np.unique(table.subject if chosen is None else table.subject[chosen]))
    return plain(float(n), n, "count")


def _by_subject(table: Table, values: Values) -> Float[np.ndarray, " subject"]:
    """Sums of the rows of each subject."""
    _, place = np.unique(table.subject, return_inverse=True)
    return np.bincount(place, values)
