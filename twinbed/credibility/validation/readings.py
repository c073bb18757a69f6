"""What one row of a table reads from a run: one number a person.

A closed set of ways to take a number from a series of spans. Times count from the start of the window; what is
never reached takes forever (infinity), so that a reference such as "at least 7 minutes" holds.
"""

import functools
from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from twinbed.credibility.validation.measures import Amount, Dimension, TableError

Values = Float[np.ndarray, "patient span"]
PerPatient = Float[np.ndarray, " patient"]
_SECOND = ("time", 1)


def mean(values: Values) -> PerPatient:
    """The mean over the window."""
    return values.mean(axis=1)


def highest(values: Values) -> PerPatient:
    """The highest span."""
    return values.max(axis=1)


def lowest(values: Values) -> PerPatient:
    """The lowest span."""
    return values.min(axis=1)


def last(values: Values) -> PerPatient:
    """The last span."""
    return values[:, -1]


def total(values: Values, span_s: float) -> PerPatient:
    """The integral over the window."""
    return values.sum(axis=1) * span_s


def slope(values: Values, span_s: float) -> PerPatient:
    """The slope of the least-squares line, per second."""
    t = np.arange(values.shape[1]) * span_s
    t = t - t.mean()
    return (values - values.mean(axis=1, keepdims=True)) @ t / (t @ t)


def time_to(values: Values, span_s: float, level: float, *, falling: bool) -> PerPatient:
    """Seconds until a level is first reached, on a straight line between the middles of spans; else infinity."""
    over = (level - values) if falling else (values - level)
    return np.array([_crossing(row, span_s) for row in over])


def longest_below(values: Values, span_s: float, level: float) -> PerPatient:
    """Seconds of the longest run of spans below a level."""
    return np.array([max((len(run) for run in _runs(row < level)), default=0) * span_s for row in values])


def _runs(holds: np.ndarray) -> list[np.ndarray]:
    """The spans of which something holds, run by run."""
    at = np.flatnonzero(holds)
    return np.split(at, np.flatnonzero(np.diff(at) > 1) + 1)


def _crossing(over: Float[np.ndarray, " span"], span_s: float) -> float:
    reached = np.flatnonzero(over >= 0.0)
    if not len(reached):
        return np.inf
    k = int(reached[0])
    if k == 0:
        return 0.0
    share = -over[k - 1] / (over[k] - over[k - 1])
    return (k - 0.5 + share) * span_s


def peak(values: Values, base: PerPatient) -> PerPatient:
    """The span that differs most from the base."""
    return values[np.arange(len(values)), _furthest(values, base)]


def time_to_peak(values: Values, span_s: float, base: PerPatient) -> PerPatient:
    """Seconds until the span that differs most from the base."""
    return (_furthest(values, base) + 0.5) * span_s


def half_rise(values: Values, span_s: float, base: PerPatient) -> PerPatient:
    """Seconds until half of the largest deviation is first reached."""
    away = np.abs(values - base[:, None])
    return np.array([_crossing(row - 0.5 * row.max(), span_s) for row in away])


def half_recovery(values: Values, span_s: float, base: PerPatient) -> PerPatient:
    """Seconds from the largest deviation until half of it is left, else infinity."""
    away = np.abs(values - base[:, None])
    out = []
    for row, k in zip(away, _furthest(values, base), strict=True):
        back = _crossing(0.5 * row[k] - row[k:], span_s)
        out.append(back if np.isinf(back) else max(back - 0.5 * span_s, 0.0))
    return np.array(out)


def _furthest(values: Values, base: PerPatient) -> np.ndarray:
    return np.abs(values - base[:, None]).argmax(axis=1)


WITHOUT_BASE: dict[str, Callable] = {"mean": mean, "highest": highest, "lowest": lowest, "last": last}
OVER_TIME: dict[str, tuple[Callable, int]] = {"total": (total, 1), "slope": (slope, -1)}
BY_LEVEL: dict[str, Callable] = {
    "time_to_rise": functools.partial(time_to, falling=False),
    "time_to_fall": functools.partial(time_to, falling=True),
    "longest_below": longest_below,
}
FROM_BASE: dict[str, Callable] = {
    "time_to_peak": time_to_peak,
    "half_rise": half_rise,
    "half_recovery": half_recovery,
}
WAYS = (*WITHOUT_BASE, *OVER_TIME, *BY_LEVEL, "peak", *FROM_BASE)
NEED_BASE = ("peak", *FROM_BASE)
TIMED = (*OVER_TIME, *BY_LEVEL, *FROM_BASE)


def dimension(way: str, of: Dimension) -> Dimension:
    """The dimension of what is read from a series of that dimension. Raises `TableError` for an unknown way."""
    if way not in WAYS:
        raise TableError(f"no way to read {way!r}: choose {', '.join(WAYS)}")
    if way in OVER_TIME:
        time = Amount(np.ones(()), (_SECOND,))
        one = Amount(np.ones(()), of)
        return (one * time if OVER_TIME[way][1] > 0 else one / time).dimension
    return (_SECOND,) if way in BY_LEVEL or way in FROM_BASE else of


def read(way: str, series: Amount, span_s: float, *, base: Amount | None = None, level: Amount | None = None) -> Amount:
    """One number a person.

    Args:
        way: one of `WAYS`.
        series: the measure, `(patient, span)`.
        span_s: how long a span is.
        base: the measure before, `(patient,)`, for ways that look at deviations.
        level: what is to be reached, or stayed below.
    """
    unit = dimension(way, series.dimension)
    values = series.value
    if way in WITHOUT_BASE:
        return Amount(WITHOUT_BASE[way](values), unit)
    if way in OVER_TIME:
        return Amount(OVER_TIME[way][0](values, span_s), unit)
    if way in BY_LEVEL:
        if level is None or level.dimension != series.dimension:
            raise TableError(f"{way} needs a level in the unit of the measure")
        return Amount(BY_LEVEL[way](values, span_s, float(level.value)), unit)
    if base is None:
        raise TableError(f"{way} needs a base: the window before the event")
    if way == "peak":
        return Amount(peak(values, base.value), unit)
    return Amount(FROM_BASE[way](values, span_s, base.value), unit)
