"""Responses of a closed loop: how fast, how far beyond, how near, and what is delivered when something is lost.

The words are those of IEC 60601-1-10, 8.2.2.6; their definitions here are this project's, since the standard leaves
windows and times to the manufacturer.
"""

import math
from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from twinbed.bench.protocol import Table
from twinbed.bench.protocols import _columns
from twinbed.bench.statistics import Interval
from twinbed.bench.statistics.extremes import found_in
from twinbed.core.errors import StatisticsError

Series = Float[np.ndarray, " time"]
_NO_ENDS = (math.nan, math.nan, 0.95)


def response_time(time_min: Series, value: Series, target: float, window: float) -> float:
    """Until the value is within the window around the target for the first time; the whole time if never."""
    inside = np.abs(value - target) <= window
    return float(time_min[np.argmax(inside) if inside.any() else -1] - time_min[0])


def settling_time(time_min: Series, value: Series, target: float, window: float) -> float:
    """Until it is within the window for good; the whole time if it is not at the end."""
    outside = np.flatnonzero(np.abs(value - target) > window)
    first = int(outside[-1]) + 1 if len(outside) else 0
    return float(time_min[min(first, len(value) - 1)] - time_min[0])


def relative_overshoot(value: Series, target: float) -> float:
    """How far it goes beyond the target, in per cent of the step from the first value to the target."""
    step = target - float(value[0])
    beyond = np.max((value - target) * math.copysign(1.0, step))
    return 100.0 * max(0.0, float(beyond)) / abs(step)


def steady_state_deviation(time_min: Series, value: Series, target: float, last_min: float) -> float:
    """Mean less target over the last minutes."""
    return float(np.mean(value[time_min > time_min[-1] - last_min]) - target)


def tracking_error(value: Series, target: float) -> float:
    """Root of the mean square of the distance to the target."""
    return float(np.sqrt(np.mean((value - target) ** 2)))


def fallback_excess(
    time_min: Series, total: Series, basal_rate: float, lost: tuple[float, float], grace_min: float
) -> float:
    """Insulin delivered during a loss, after some time to notice it, in per cent above the programmed basal rate.

    Args:
        time_min: ascending.
        total: insulin delivered so far, IU.
        basal_rate: programmed, IU/h.
        lost: from and to which minute.
        grace_min: time to notice.
    """
    start, stop = lost[0] + grace_min, lost[1]
    given = float(np.interp(stop, time_min, total) - np.interp(start, time_min, total))
    return 100.0 * (given * 60.0 / (stop - start) / basal_rate - 1.0)


def time_in(value: Series, low: float, high: float) -> float:
    """Share of the time from `low` to `high`, both included, in per cent."""
    return 100.0 * float(np.mean((value >= low) & (value <= high)))


def worst(name: str, *, smallest: bool = False) -> Callable[[Table], Interval]:
    """The largest absolute value of a column over all cases that have it, or the smallest; `n` counts them."""

    def statistic(table: Table) -> Interval:
        asked = _columns.rows(table, name)
        if not len(asked):
            raise StatisticsError(f"no case asks for {name}")
        found = asked[name] if smallest else np.abs(asked[name])
        place = found.argmin() if smallest else found.argmax()
        where = found_in(found, asked.case, int(place))
        return Interval(float(found[place]), *_NO_ENDS, "worst case", len(found), where)

    return statistic


def answered(values: Series) -> Series:
    """The series with zero where nothing was answered, so that silence is no way to pass."""
    return np.nan_to_num(values, nan=0.0)
