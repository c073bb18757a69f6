"""A QRS detector for recordings: candidates, a small neural network that weighs each, and the best choice of them.

Candidates are the maxima of the power between 8 and 22 Hz. Each has fourteen features: how high it is beside the
beats around, power below and above the band, noise, likeness to the beats before and after, the local heart rate,
and when and how high its neighbours are. Three networks of sixteen units give the log odds that it is a beat; the
set of candidates at least 200 ms apart with the greatest sum of log odds is taken. One lead, not causal: for what
happens at the bedside see `qrs_online`.

*Known limits*: trained (`benchmarks/qrs_detector.py`) on the first leads of half the MIT-BIH Arrhythmia
Database, which are mostly modified lead II at 360 Hz; ventricular fibrillation gives what comes of it.

**References:**

- Moody & Mark (2001), IEEE Eng Med Biol 20:45, doi:10.1109/51.932724 (recordings)
"""

import functools
import importlib.resources

import numpy as np
from jaxtyping import Float, Int
from scipy import ndimage, signal

from twinbed.bench.ecg._signal import FREQUENCY_HZ, QRS_BAND_HZ, WINDOW_S, band, original, power, resampled

_LEAST_APART_S = 0.2
"""No two ventricular contractions follow each other faster."""
_LEAST_SHARE = 0.08
"""Of the height of the beats around, below which nothing is a candidate."""
_LEANING = 1.0
"""Added to the log odds: chosen by cross-validation between records of the training half, where misses and false
detections are then about as many."""
_REACH = 4.0
"""Standard deviations of the training's features beyond which a feature is cut."""


def detect_qrs(ecg: Float[np.ndarray, " sample"], sampling_frequency_hz: float) -> Int[np.ndarray, " beat"]:
    """The positions of QRS complexes in one lead.

    Args:
        ecg: in any unit; NaN where there is no sample.
        sampling_frequency_hz: at least 100 Hz.

    Raises:
        StatisticsError: sampled too slowly.
    """
    x = resampled(ecg, sampling_frequency_hz)
    if x.size < 4.0 * FREQUENCY_HZ or not np.ptp(x):
        return np.zeros(0, np.int64)
    place, features, filtered = candidates(x)
    if not place.size:
        return np.zeros(0, np.int64)
    chosen = _best(place, _log_odds(features) + _LEANING)
    return original(_steepest(filtered, place[chosen]), sampling_frequency_hz, len(ecg))


def candidates(
    x: Float[np.ndarray, " sample"],
) -> tuple[Int[np.ndarray, " candidate"], Float[np.ndarray, "candidate 14"], Float[np.ndarray, " sample"]]:
    """Places that may be beats, their features, and the ECG in the band of the QRS complex."""
    filtered = signal.sosfiltfilt(band(*QRS_BAND_HZ), x)
    height = power(filtered, WINDOW_S)
    place = signal.find_peaks(height, distance=int(0.1 * FREQUENCY_HZ))[0]
    scale, noise = _surroundings(height, place)
    share = height[place] / np.maximum(scale, 1e-12)
    kept = share > _LEAST_SHARE
    place, share, scale, noise = place[kept], share[kept], scale[kept], noise[kept]
    beats = _obvious(place, share)
    if len(beats) < 3:
        return place[:0], np.zeros((0, 14)), filtered
    slow = power(signal.sosfiltfilt(band(2.0, 6.0), x), WINDOW_S)
    fast = power(signal.sosfiltfilt(band(22.0, 45.0), x), 0.06)
    interval = _interval(place, beats)
    seconds = place / FREQUENCY_HZ
    ratio = lambda a, b: np.log(np.maximum(a, 1e-6 * height.max()) / np.maximum(b, 1e-6 * height.max()))
    features = [
        np.log(share),
        ratio(slow[place], height[place]),
        ratio(fast[place], height[place]),
        ratio(noise, scale),
        _likeness(filtered, place, beats),
        np.log(interval),
        *(side for times in (0.9, 1.6) for side in _neighbours(seconds, share, interval, times)),
        *(np.log(_highest(seconds, share, ends) / share) for ends in ((-0.24, -0.08), (-0.42, -0.24))),
        *(np.log(_highest(seconds, share, ends) / share) for ends in ((0.08, 0.24), (0.24, 0.42))),
    ]
    return place, np.stack(features, axis=1), filtered


def _surroundings(height: np.ndarray, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The height of beats and of noise around each place: medians over some seconds."""
    wide, step = int(2.0 * FREQUENCY_HZ), int(0.5 * FREQUENCY_HZ)
    windows = np.lib.stride_tricks.sliding_window_view(height, wide)[::step]
    middle = np.arange(len(windows)) * step + wide / 2
    beats = ndimage.median_filter(windows.max(axis=1), size=25, mode="nearest")
    noise = ndimage.median_filter(np.median(windows, axis=1), size=9, mode="nearest")
    return np.interp(place, middle, beats), np.interp(place, middle, noise)


def _obvious(place: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Places high enough to be beats on any view; of two within 250 ms the higher."""
    kept: list[int] = []
    for k in np.flatnonzero(share > 0.45):
        if kept and place[k] - place[kept[-1]] < 0.25 * FREQUENCY_HZ:
            if share[k] > share[kept[-1]]:
                kept[-1] = int(k)
        else:
            kept.append(int(k))
    return place[kept]


def _interval(place: np.ndarray, beats: np.ndarray) -> np.ndarray:
    """The local interval between beats, s."""
    rr = ndimage.median_filter(np.diff(beats) / FREQUENCY_HZ, size=15, mode="nearest")
    return np.clip(np.interp(place, (beats[1:] + beats[:-1]) / 2, rr), 0.3, 2.0)


def _likeness(filtered: np.ndarray, place: np.ndarray, beats: np.ndarray) -> np.ndarray:
    """The median correlation with the waves of beats around, each at its best shift within 30 ms."""
    reach, shift = int(0.08 * FREQUENCY_HZ), int(0.03 * FREQUENCY_HZ)
    around = np.arange(-reach, reach + 1)

    def waves(at: np.ndarray) -> np.ndarray:
        found = filtered[np.clip(at[:, None] + around, 0, len(filtered) - 1)]
        return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)

    shifted = [waves(place + lag) for lag in range(-shift, shift + 1, 3)]
    known, nearest, found = waves(beats), np.searchsorted(beats, place), []
    for step in (-12, -10, -8, -6, -4, -3, -2, -1, 1, 2, 3, 4, 6, 8, 10, 12):
        other = np.clip(nearest + step, 0, len(beats) - 1)
        best = np.maximum(0.0, np.max([np.einsum("ij,ij->i", wave, known[other]) for wave in shifted], axis=0))
        found.append(np.where(np.abs(beats[other] - place) < 0.1 * FREQUENCY_HZ, np.nan, best))
    found = np.array(found)
    return np.where(np.isnan(found).all(axis=0), 0.0, np.nanmedian(np.nan_to_num(found, nan=np.nan), axis=0))


def _neighbours(
    seconds: np.ndarray, share: np.ndarray, interval: np.ndarray, times: float
) -> tuple[np.ndarray, np.ndarray]:
    """Time to the candidate before and after that is so many times as high, in local intervals, at most two."""
    before, after = np.full(len(seconds), 2.0), np.full(len(seconds), 2.0)
    for step in range(1, 45):
        gap = seconds[step:] - seconds[:-step]
        later = (share[:-step] >= times * share[step:]) & (before[step:] == 2.0) & (gap < 2.0 * interval[step:])
        before[step:][later] = (gap / interval[step:])[later]
        sooner = (share[step:] >= times * share[:-step]) & (after[:-step] == 2.0) & (gap < 2.0 * interval[:-step])
        after[:-step][sooner] = (gap / interval[:-step])[sooner]
    return before, after


def _highest(seconds: np.ndarray, share: np.ndarray, ends: tuple[float, float]) -> np.ndarray:
    """The highest candidate within a stretch of time beside each, at least 0.02."""
    out = np.full(len(seconds), 0.02)
    for step in range(1, 6):
        gap = seconds[step:] - seconds[:-step]
        if ends[0] < 0.0:
            inside = (gap >= -ends[1]) & (gap < -ends[0])
            out[step:] = np.where(inside, np.maximum(out[step:], share[:-step]), out[step:])
        else:
            inside = (gap >= ends[0]) & (gap < ends[1])
            out[:-step] = np.where(inside, np.maximum(out[:-step], share[step:]), out[:-step])
    return out


@functools.cache
def _weights() -> dict[str, np.ndarray]:
    with importlib.resources.files(__name__.rpartition(".")[0]).joinpath("qrs_weights.npz").open("rb") as file:
        return dict(np.load(file))


def _log_odds(features: np.ndarray) -> np.ndarray:
    """The mean of three networks with one hidden layer of rectified units."""
    w = _weights()
    z = np.clip((features - w["mean"]) / w["scale"], -_REACH, _REACH)
    hidden = np.maximum(np.einsum("cf,nfu->ncu", z, w["hidden"]) + w["hidden_bias"][:, None], 0.0)
    return (np.einsum("ncu,nu->nc", hidden, w["out"]) + w["out_bias"][:, None]).mean(axis=0)


def _best(place: np.ndarray, odds: np.ndarray) -> np.ndarray:
    """Indices of the candidates, far enough apart, with the greatest sum of log odds (dynamic programming)."""
    before = np.searchsorted(place, place - _LEAST_APART_S * FREQUENCY_HZ, side="right")
    best, taken = [0.0], []
    for k, first in enumerate(before):
        with_it = best[first] + odds[k]
        taken.append(with_it > best[k])
        best.append(max(best[k], with_it))
    chosen, k = [], len(place) - 1
    while k >= 0:
        if taken[k]:
            chosen.append(k)
            k = int(before[k])
        k -= 1
    return np.array(chosen[::-1], dtype=np.int64)


def _steepest(filtered: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The largest deflection within 80 ms of each place."""
    reach = int(0.08 * FREQUENCY_HZ)
    starts = np.clip(place - reach, 0, len(filtered) - 2 * reach)
    windows = np.abs(filtered)[starts[:, None] + np.arange(2 * reach)]
    return starts + windows.argmax(axis=1)
