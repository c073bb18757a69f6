"""The worst of what was measured, where a clause limits every single measurement.

An extreme has no interval: what was not measured may be worse. `n` counts the subjects (such as pumps).
"""

import math
from collections.abc import Callable

import numpy as np

from twinbed.bench.statistics.interval import Array, Interval, same_length


def largest(
    values: Array, subject: Array, *, case: Array | None = None, what: str = "largest of all measurements"
) -> Interval:
    """The largest value; NaN where a measurement is not about it, and as a whole where none is.

    Args:
        values: one a measurement.
        subject: of each.
        case: of each, to say where the extreme was found; its subject is said without.
        what: the method that is named.
    """
    return _extreme(values, subject, subject if case is None else case, np.argmax, what)


def smallest(
    values: Array, subject: Array, *, case: Array | None = None, what: str = "smallest of all measurements"
) -> Interval:
    """The smallest value; NaN, and arguments, as of `largest`."""
    return _extreme(values, subject, subject if case is None else case, np.argmin, what)


def _extreme(values: Array, subject: Array, case: Array, of: Callable[..., np.intp], what: str) -> Interval:
    same_length(values=np.asarray(values), subject=np.asarray(subject), case=np.asarray(case))
    values = np.asarray(values, float)
    there = np.flatnonzero(~np.isnan(values))
    none = (math.nan, math.nan, 0.95, what, len(np.unique(np.asarray(subject)[there])))
    if not len(there):
        return Interval(math.nan, *none)
    place = there[of(values[there])]
    own = found_in(values[there], np.asarray(case)[there], int(np.flatnonzero(there == place)[0]))
    return Interval(float(values[place]), *none, found_in=own)


def found_in(values: Array, case: Array, place: int) -> str:
    """The case that an extreme is of; nothing where all of several cases have the same value, for none is the worst.

    Args:
        values: none of them NaN.
        case: of each.
        place: of the extreme.
    """
    alike = len(np.unique(case)) > 1 and bool(np.all(values == values[place]))
    return "" if alike else str(case[place])
