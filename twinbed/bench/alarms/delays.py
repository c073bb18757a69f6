"""When alarms came, and which came for nothing.

An alarm condition lasts from when a value passes its limit to when it is back. It is found if an alarm stands at some
time from its begin to `after_s` beyond its end; the alarm condition delay is the time until then, and the alarm
signal generation delay the time from there to the sound. An alarm that begins at no such time is false.

**References:**

- IEC 60601-1-8:2006+A1:2012+A2:2020, 3.2, 3.5 and 6.10 (terms; from memory)
- Garwood (1936), Biometrika 28:437 (exact interval of a Poisson count)
"""

import dataclasses
import math

import numpy as np
from jaxtyping import Float
from scipy.special import gammaincinv

from twinbed.bench.statistics import Interval
from twinbed.bench.statistics.interval import tails
from twinbed.core.errors import StatisticsError

Samples = Float[np.ndarray, " sample"]


@dataclasses.dataclass(frozen=True)
class Answered:
    """What an alarm system did about the conditions.

    Attributes:
        condition_s: alarm condition delay of each condition; NaN for a missed one.
        generation_s: alarm signal generation delay; NaN for a missed one or one that did not sound.
        false: alarms for nothing.
    """

    condition_s: Float[np.ndarray, " condition"]
    generation_s: Float[np.ndarray, " condition"]
    false: int


def answered(
    time_s: Samples, alarm: Samples, sound: Samples, conditions_s: Float[np.ndarray, "condition 2"], *, after_s: float
) -> Answered:
    """What was done.

    Args:
        time_s: ascending.
        alarm: above 0 while an alarm condition is seen by the device.
        sound: above 0 while its signal is given.
        conditions_s: begin and end of each.
        after_s: how long after its end an alarm still belongs to a condition.

    Raises:
        StatisticsError: gaps.
    """
    if not (np.isfinite(alarm).all() and np.isfinite(sound).all()):
        raise StatisticsError("alarm or sound has gaps: give 0 while there is none")
    on, heard = np.asarray(alarm) > 0.0, np.asarray(sound) > 0.0
    begins = time_s[np.flatnonzero(on & ~np.concatenate([[False], on[:-1]]))]
    belongs = np.zeros(len(begins), bool)
    condition, generation = [], []
    for start, end in conditions_s:
        belongs |= (begins >= start) & (begins <= end + after_s)
        there = on & (time_s >= start) & (time_s <= end + after_s)
        first = time_s[there][0] if there.any() else math.nan
        condition.append(first - start)
        sounds = time_s[heard & (time_s >= first)] if there.any() else np.array([])
        until = sounds[sounds <= end + after_s]
        generation.append(until[0] - first if len(until) else math.nan)
    return Answered(np.array(condition), np.array(generation), int((~belongs).sum()))


def rate(count: int, days: float, patients: int, *, level: float = 0.95) -> Interval:
    """Events a day with the exact interval of a Poisson count; events that come in groups make it too narrow.

    Raises:
        StatisticsError: no time.
    """
    if not days > 0.0:
        raise StatisticsError("no time was watched: alarms a day need some")
    below, above = tails(level)
    low = float(gammaincinv(count, below)) if count else 0.0
    high = float(gammaincinv(count + 1, above))
    return Interval(count / days, low / days, high / days, level, "Poisson, exact", patients)
