"""When alarms came, and which came for nothing.

An alarm condition lasts from when a value passes its limit to when it is back. It is found if an alarm begins at some
time from its begin to `after_s` beyond its end, so one that stands already finds nothing; the alarm condition delay is
the time until then, and the alarm signal generation delay the time from there to the sound. An alarm that begins at no
such time is false.

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
        wrong: 1 for a condition that was shown or sounded with another priority than its own before it ended, else 0;
            NaN for a missed one.
        false: alarms for nothing.
        idle_s: time outside of conditions in which an alarm was shown or sounded.
        free_s: time outside of conditions.
    """

    condition_s: Float[np.ndarray, " condition"]
    generation_s: Float[np.ndarray, " condition"]
    wrong: Float[np.ndarray, " condition"]
    false: int
    idle_s: float
    free_s: float


def answered(
    time_s: Samples,
    alarm: Samples,
    sound: Samples,
    conditions_s: Float[np.ndarray, "condition 2"],
    priorities: Float[np.ndarray, " condition"],
    *,
    after_s: float,
) -> Answered:
    """What was done.

    Args:
        time_s: ascending, evenly.
        alarm: priority that is shown, 0 for none.
        sound: priority that sounds, 0 for none.
        conditions_s: begin and end of each.
        priorities: of each, above 0.
        after_s: how long after its end an alarm still belongs to a condition.

    Raises:
        StatisticsError: gaps.
    """
    if not (np.isfinite(alarm).all() and np.isfinite(sound).all()):
        raise StatisticsError("alarm or sound has gaps: give 0 while there is none")
    on, heard = np.asarray(alarm) > 0.0, np.asarray(sound) > 0.0
    begins = on & ~np.concatenate([[False], on[:-1]])
    free = np.ones(len(time_s), bool)
    condition, generation, wrong = [], [], []
    for (start, end), priority in zip(conditions_s, priorities, strict=True):
        belongs = (time_s >= start) & (time_s <= end + after_s)
        free &= ~belongs
        first = time_s[begins & belongs][0] if (begins & belongs).any() else math.nan
        condition.append(first - start)
        sounds = time_s[heard & belongs & (time_s >= first)]
        generation.append(sounds[0] - first if len(sounds) else math.nan)
        during = (time_s >= first) & (time_s <= max(first, end))
        other = (on & (alarm != priority)) | (heard & (sound != priority))
        wrong.append(math.nan if math.isnan(first) else float((other & during).any()))
    step = (time_s[-1] - time_s[0]) / (len(time_s) - 1)
    return Answered(
        np.array(condition), np.array(generation), np.array(wrong),
        int((begins & free).sum()), step * float((free & (on | heard)).sum()), step * float(free.sum()),
    )  # fmt: skip


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
