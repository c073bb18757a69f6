"""The worst of what was measured, where a clause limits every single measurement.

An extreme has no interval: what was not measured may be worse. `n` counts the subjects (such as pumps).
"""

import math

import numpy as np

from twinbed.bench.statistics.interval import Array, Interval, same_length


def largest(values: Array, subject: Array, *, what: str = "largest of all measurements") -> Interval:
    """The largest value; NaN where a measurement is not about it, and as a whole where none is."""
    return _extreme(values, subject, np.max, what)


def smallest(values: Array, subject: Array, *, what: str = "smallest of all measurements") -> Interval:
    """The smallest value; NaN as of `largest`."""
    return _extreme(values, subject, np.min, what)


def _extreme(values: Array, subject: Array, of, what: str) -> Interval:
    same_length(values=np.asarray(values), subject=np.asarray(subject))
    values = np.asarray(values, float)
    there = ~np.isnan(values)
    value = float(of(values[there])) if there.any() else math.nan
    return Interval(value, math.nan, math.nan, 0.95, what, len(np.unique(np.asarray(subject)[there])))
