"""Atrial fibrillation from the times of beats: intervals without order.

Intervals beside ventricular ectopic beats are left out. Of the others the median change from one to the next over
forty is taken beside the median interval; a change that only returns to the interval before last (bigeminy) does not
count. Fibrillation begins where that share exceeds one level and ends where it falls below another.

*Known limits*: levels were chosen on the MIT-BIH Arrhythmia Database as a whole, where flutter with uneven conduction
and frequent ectopic beats are taken for fibrillation. Regular flutter is not found.

**References:**

- Tateno & Glass (2001), Med Biol Eng Comput 39:664, doi:10.1007/BF02345439 (changes of intervals beside their mean)
"""

import numpy as np
from jaxtyping import Int, Shaped
from scipy import ndimage

_WINDOW = 40
_BEGINS, _ENDS = 0.065, 0.05
_SHORTEST = 20
"""Intervals of the shortest episode."""

Places = Int[np.ndarray, " episode"]


def find_fibrillation(
    beats: Int[np.ndarray, " beat"], symbols: Shaped[np.ndarray, " beat"], sampling_frequency_hz: float
) -> tuple[Places, Places]:
    """First and last sample of each episode of atrial fibrillation.

    Args:
        beats: positions of the QRS complexes, ascending.
        symbols: of the beats, where `V` is a ventricular ectopic one.
        sampling_frequency_hz: of those positions.
    """
    rr, ectopic = np.diff(beats) / sampling_frequency_hz, np.asarray(symbols) == "V"
    kept = np.flatnonzero(~(ectopic[1:] | ectopic[:-1]))
    none = np.zeros(0, np.int64)
    if len(kept) < _WINDOW:
        return none, none
    above = _disorder(rr[kept], np.diff(kept, prepend=kept[0] - 1) == 1)
    episodes = _between(above)
    places = np.asarray(beats, np.int64)
    starts = np.array([places[kept[first]] for first, _ in episodes], np.int64)
    ends = np.array([places[kept[min(last, len(kept) - 1)] + 1] for _, last in episodes], np.int64)
    return starts, ends


def _disorder(rr: np.ndarray, follows: np.ndarray) -> np.ndarray:
    """The median relative change of intervals around each; those across a gap are as the usual one."""
    usual = ndimage.median_filter(rr, size=_WINDOW, mode="nearest")
    once = np.abs(np.diff(rr, prepend=rr[0]))
    twice = np.abs(rr - np.concatenate([rr[:2], rr[:-2]]))
    change = np.minimum(once, twice) / usual
    change = np.where(follows, change, np.median(change[follows]) if follows.any() else 0.0)
    return ndimage.median_filter(change, size=_WINDOW, mode="nearest")


def _between(disorder: np.ndarray) -> list[tuple[int, int]]:
    """Stretches from one level to the other."""
    out, begun = [], -1
    for k, value in enumerate(np.append(disorder, 0.0)):
        if begun < 0 and value > _BEGINS:
            begun = k
        elif begun >= 0 and value < _ENDS:
            if k - begun >= _SHORTEST:
                out.append((begun, k))
            begun = -1
    return out
