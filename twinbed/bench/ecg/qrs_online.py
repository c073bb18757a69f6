"""A QRS detector for the bedside: it decides 0.1 s after a beat, or later where it has to look back.

Power between 8 and 22 Hz over the last 100 ms; what is highest for 100 ms on
both sides is a candidate. One that rises above a level between noise
and the height of the last eight beats is a beat, unless it follows within 200 ms, or within 360 ms with less than
half of the slope (a T wave). After one and a half usual intervals without a beat the highest candidate since is
taken if it reaches half that level, with the delay that this has.

**References:**

- Pan & Tompkins (1985), IEEE Trans Biomed Eng 32(3):230, doi:10.1109/TBME.1985.325532 (the scheme; its two levels,
  search back and T wave rule)
"""

import collections
import dataclasses

import numpy as np
from jaxtyping import Float, Int
from scipy import ndimage, signal

from twinbed.bench.ecg._signal import FREQUENCY_HZ, QRS_BAND_HZ, WINDOW_S, band, original, resampled

_REFRACTORY_S, _T_WAVE_S = 0.2, 0.36
_LEVEL, _SEARCH_LEVEL = 0.30, 0.15
"""Of the way from noise to beats."""
_T_SLOPE = 0.45
_PATIENCE = 1.5
"""Usual intervals without a beat before the search back."""
_LEARNS_S = 2.0
_KEPT = 8
_DELAY_S = 0.092
"""Of filter and average: median from the annotation of a beat to the maximum, in the training half of MIT-BIH."""


@dataclasses.dataclass(frozen=True)
class _Candidate:
    place: int
    height: float
    slope: float


def detect_qrs_online(
    ecg: Float[np.ndarray, " sample"], sampling_frequency_hz: float
) -> tuple[Int[np.ndarray, " beat"], Int[np.ndarray, " beat"]]:
    """The positions of QRS complexes in one lead, and of each the position at which it was decided on.

    Args:
        ecg: in any unit; NaN where there is no sample. Other frequencies than 360 Hz are resampled as a whole first.
        sampling_frequency_hz: at least 100 Hz.

    Raises:
        StatisticsError: sampled too slowly.
    """
    x = resampled(ecg, sampling_frequency_hz)
    if x.size < _LEARNS_S * FREQUENCY_HZ:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    filtered = np.asarray(signal.sosfilt(band(*QRS_BAND_HZ), x - x[0]))
    n = round(WINDOW_S * FREQUENCY_HZ)
    height = np.sqrt(np.maximum(signal.lfilter(np.full(n, 1.0 / n), [1.0], filtered**2), 0.0))
    slope = np.abs(np.diff(filtered, prepend=0.0))
    highest = ndimage.maximum_filter1d(height, 2 * n + 1, mode="nearest")
    places = np.flatnonzero((height == highest) & (height > 0.0))
    search = _Search(float(height[: int(_LEARNS_S * FREQUENCY_HZ)].max()))
    for place in places:
        steepest = float(slope[max(0, place - n) : place + 1].max())
        search.see(_Candidate(int(place), float(height[place]), steepest), int(place) + n)
    found = np.array(search.found, dtype=np.int64).reshape(-1, 2)
    beats = original(found[:, 0] - round(_DELAY_S * FREQUENCY_HZ), sampling_frequency_hz, len(ecg))
    decided = np.ceil(found[:, 1] * sampling_frequency_hz / FREQUENCY_HZ).astype(np.int64)
    return beats, np.minimum(decided[: len(beats)], len(ecg) - 1)


class _Search:
    """What is known so far: heights of beats and of noise, the last beat, and what was passed over since."""

    def __init__(self, first: float):
        self.heights: collections.deque[float] = collections.deque([first], _KEPT)
        self.noise = 0.05 * first
        self.intervals: collections.deque[int] = collections.deque(maxlen=_KEPT)
        self.last: _Candidate | None = None
        self.passed: list[_Candidate] = []
        self.found: list[tuple[int, int]] = []

    def see(self, candidate: _Candidate, now: int) -> None:
        """Decides on a candidate, and on what was passed over if it is late."""
        self._look_back(candidate.place, now)
        if self.last is not None:
            gap = (candidate.place - self.last.place) / FREQUENCY_HZ
            if gap < _REFRACTORY_S:
                return
            if gap < _T_WAVE_S and candidate.slope < _T_SLOPE * self.last.slope:
                return
        if candidate.height > self._level(_LEVEL):
            self._take(candidate, now)
        else:
            self.noise += 0.125 * (candidate.height - self.noise)
            self.passed.append(candidate)

    def _level(self, share: float) -> float:
        return self.noise + share * (float(np.median(self.heights)) - self.noise)

    def _take(self, candidate: _Candidate, decided: int) -> None:
        if self.last is not None:
            self.intervals.append(candidate.place - self.last.place)
        self.heights.append(candidate.height)
        self.last = candidate
        self.found.append((candidate.place, decided))
        self.passed = [c for c in self.passed if c.place - candidate.place > _REFRACTORY_S * FREQUENCY_HZ]

    def _look_back(self, place: int, now: int) -> None:
        while self.last is not None and len(self.intervals) >= 3:
            if place - self.last.place < _PATIENCE * float(np.median(self.intervals)):
                return
            later = [c for c in self.passed if c.place - self.last.place > _T_WAVE_S * FREQUENCY_HZ]
            best = max(later, key=lambda c: c.height, default=None)
            if best is None or best.height < self._level(_SEARCH_LEVEL):
                return
            self._take(best, now)
