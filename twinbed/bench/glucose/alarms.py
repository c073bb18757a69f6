"""Alarms of a threshold: which episodes were announced, how late, and which alarms were for nothing.

An episode lasts from when glucose reaches the threshold until it leaves it; shorter ones than `least_min` are no
episodes. It is detected if the alarm sounds within `window_min` before or after its start. An alarm is false if
glucose is not at or past the threshold at any time within `window_min` before or after the alarm begins.

**References:**

- CLSI POCT05, 2nd edition (2020): evaluation of threshold alerts
- Danne et al. (2017), Diabetes Care 40(12):1631, doi:10.2337/dc17-1600 (episodes of 15 min)
"""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Shaped

from twinbed.bench.statistics.interval import same_length


@dataclasses.dataclass(frozen=True)
class Alarms:
    """What became of the episodes and of the alarms of one recording."""

    delays_min: Sequence[float]
    """From the start of each episode to its alarm, negative where the alarm came first; NaN where it was missed."""
    raised: int
    """How often the alarm began."""
    false: int
    """How often it began for nothing."""

    @property
    def episodes(self) -> int:
        """How many there were."""
        return len(self.delays_min)

    @property
    def detected(self) -> int:
        """How many of them were announced."""
        return sum(not math.isnan(delay) for delay in self.delays_min)


def alarms(
    time_min: Shaped[np.ndarray, "_"],
    past: Shaped[np.ndarray, "_"],
    sounding: Shaped[np.ndarray, "_"],
    *,
    window_min: float = 15.0,
    least_min: float = 15.0,
) -> Alarms:
    """Matches alarms with episodes.

    Args:
        time_min: ascending.
        past: whether true glucose is at or past the threshold at these times.
        sounding: whether the alarm sounds.
        window_min: how far an alarm may be from the start of an episode.
        least_min: shortest episode.
    """
    time, past, sounding = np.asarray(time_min, float), np.asarray(past) > 0, np.asarray(sounding) > 0
    same_length(time_min=time, past=past, sounding=sounding)
    episodes = [(s, e) for s, e in _runs(past) if time[e] - time[s] >= least_min]
    begins = np.array([s for s, _ in _runs(sounding)], np.int64)
    near = lambda k: np.abs(time - time[k]) <= window_min
    return Alarms(
        delays_min=tuple(_delay(time, sounding, start, window_min) for start, _ in episodes),
        raised=len(begins),
        false=int(sum(not past[near(k)].any() for k in begins)),
    )


def _delay(time: np.ndarray, sounding: np.ndarray, start: int, window_min: float) -> float:
    """Of the first moment near the start at which the alarm sounds."""
    near = sounding & (np.abs(time - time[start]) <= window_min)
    return float(time[np.argmax(near)] - time[start]) if near.any() else math.nan


def _runs(on: Bool[np.ndarray, " time"]) -> list[tuple[int, int]]:
    """First and last position of every stretch."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], on, [False]]).astype(np.int8)))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]
