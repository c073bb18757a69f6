"""Ventricular fibrillation from the wave itself, without looking for beats.

Between QRS complexes an ECG lies near its baseline; that of fibrillating ventricles never rests there. Each second the
last three are weighed by a window with soft ends and divided by their largest value; the share of samples beyond a
fifth of it, averaged over eight seconds, tells one from the other (threshold crossing sample count). Where the share
is high, the wave must also look like a sine of its own mean period: what is left after adding the wave shifted by half
a period is the leakage of a filter that suppresses it, near 0 for a sine and near 1 for anything else.

Both take rapid ventricular tachycardia for fibrillation, so a third thing is asked: the wave must not repeat itself.
Its correlation with itself a beat later is above 0.9 in tachycardia of one shape. An episode begins and ends in the
middle of the seconds that decide.

*Known limits*: asystole is told from fibrillation only by its size (50 uV); flutter of one shape is tachycardia to it,
and polymorphic tachycardia fibrillation; one lead.

**References:**

- Arafat, Chowdhury & Hasan (2011), Signal Image Video Process 5:1, doi:10.1007/s11760-009-0136-1 (count: window,
  filters, 0.2, 48 %, eight seconds)
- Kuo & Dillman (1978), Computer detection of ventricular fibrillation, Comput Cardiol 347 (leakage)
- Chen, Thakor & Mower (1987), Ventricular fibrillation detection by a regression test on the autocorrelation
  function, Med Biol Eng Comput 25:241 (that fibrillation does not repeat itself)
- Amann, Tratnig & Unterkofler (2005), BioMed Eng OnLine 4:60, doi:10.1186/1475-925X-4-60 (leakage as computed here,
  and its threshold of 0.625)
"""

import numpy as np
from jaxtyping import Float, Int
from scipy import ndimage, signal

from twinbed.bench.ecg._signal import FREQUENCY_HZ, resampled

_SEGMENT_S, _STEP_S, _AVERAGED = 3.0, 1.0, 6
"""Six segments of three seconds, a second apart, are the eight seconds of a decision."""
_LEVEL, _COUNT = 0.2, 0.48
_LEAKAGE = 0.625
_REPEATS, _BEAT_S = 0.9, (0.2, 1.0)
"""Correlation from which on a wave repeats itself, and after which times that may be: a round number, not fitted."""
_SMALLEST_MV = 0.05
_GAP_S, _SHORTEST_S = 4.0, 3.0
_TAPER_S = 0.25

Places = Int[np.ndarray, " episode"]
Segments = Float[np.ndarray, "segment place"]


def find_ventricular_fibrillation(
    ecg: Float[np.ndarray, " sample"], sampling_frequency_hz: float
) -> tuple[Places, Places]:
    """First and last sample of each episode of ventricular flutter or fibrillation in one lead.

    Args:
        ecg: mV; NaN where there is no sample.
        sampling_frequency_hz: at least 100 Hz.

    Raises:
        StatisticsError: sampled too slowly.
    """
    none = np.zeros(0, np.int64)
    segments = segments_of(ecg, sampling_frequency_hz)
    if not len(segments):
        return none, none
    averaged = lambda values: ndimage.uniform_filter1d(values, _AVERAGED, mode="nearest")
    fibrillates = (averaged(crossing_count(segments)) > _COUNT) & (averaged(leakage(segments)) < _LEAKAGE)
    fibrillates &= averaged(repetition(segments)) < _REPEATS
    fibrillates &= np.ptp(segments, axis=1) > 2.0 * _SMALLEST_MV
    middle = (np.arange(len(segments)) * _STEP_S + 0.5 * _SEGMENT_S) * sampling_frequency_hz
    starts, ends = _episodes(fibrillates)
    half = 0.5 * _STEP_S * sampling_frequency_hz
    place = lambda at: np.clip(np.round(at), 0, len(ecg) - 1).astype(np.int64)
    return place(middle[starts] - half), place(middle[ends] + half)


def segments_of(ecg: Float[np.ndarray, " sample"], sampling_frequency_hz: float) -> Segments:
    """Three seconds every second, between 1 and 30 Hz, without their mean."""
    x = resampled(ecg, sampling_frequency_hz)
    width, step = int(_SEGMENT_S * FREQUENCY_HZ), int(_STEP_S * FREQUENCY_HZ)
    if x.size < width:
        return np.zeros((0, width))
    x = np.convolve(x - x.mean(), np.full(5, 0.2), "same")
    sos = signal.butter(2, [1.0, 30.0], "bandpass", fs=FREQUENCY_HZ, output="sos")
    x = np.asarray(signal.sosfiltfilt(sos, x))
    cut = np.lib.stride_tricks.sliding_window_view(x, width)[::step]
    return cut - cut.mean(axis=1, keepdims=True)


def crossing_count(segments: Segments) -> Float[np.ndarray, " segment"]:
    """The share of samples beyond a fifth of the largest, after a window that is soft for a quarter of a second."""
    width = segments.shape[1]
    soft = signal.get_window(("tukey", 2.0 * _TAPER_S * FREQUENCY_HZ / width), width, fftbins=False)
    size = np.abs(segments * soft)
    return np.mean(size > _LEVEL * np.maximum(size.max(axis=1, keepdims=True), 1e-9), axis=1)


def leakage(segments: Segments) -> Float[np.ndarray, " segment"]:
    """What is left, of all, after adding the wave shifted by half its mean period: 0 for a sine."""
    change = np.abs(np.diff(segments, axis=1)).sum(axis=1)
    # the mean period is 2 pi times the sum of sizes by the sum of slopes, which is exact for a sine
    half = np.floor(np.pi * np.abs(segments).sum(axis=1) / np.maximum(change, 1e-9) + 0.5).astype(np.int64)
    out = np.ones(len(segments))
    for k, (own, lag) in enumerate(zip(segments, np.clip(half, 1, segments.shape[1] // 2), strict=True)):
        now, before = own[lag:], own[:-lag]
        out[k] = np.abs(now + before).sum() / max(float((np.abs(now) + np.abs(before)).sum()), 1e-9)
    return out


def repetition(segments: Segments) -> Float[np.ndarray, " segment"]:
    """The largest correlation of the wave with itself 0.2 to 1 s later, beyond the first fall of that below zero."""
    width = segments.shape[1]
    low, high = (round(s * FREQUENCY_HZ) for s in _BEAT_S)
    spectrum = np.fft.rfft(segments, 2 * width, axis=1)
    products = np.fft.irfft(np.abs(spectrum) ** 2, axis=1)[:, : high + 1]
    squares = np.cumsum(segments**2, axis=1)
    lag = np.arange(high + 1)
    ahead = squares[:, -1:] - np.concatenate([np.zeros((len(squares), 1)), squares[:, :high]], axis=1)
    behind = squares[:, width - 1 - lag]
    correlation = products / np.maximum(np.sqrt(ahead * behind), 1e-12)
    fallen = np.maximum.accumulate(correlation < 0.0, axis=1)
    return np.where(fallen, correlation, 0.0)[:, low:].max(axis=1)


def _episodes(on: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and last segment of each episode: gaps of a few seconds are bridged, shorter episodes dropped."""
    padded = np.concatenate([[False], on, [False]])
    edges = np.flatnonzero(padded[1:] != padded[:-1]).reshape(-1, 2)
    kept: list[list[int]] = []
    for first, after in edges.tolist():
        if kept and (first - kept[-1][1]) * _STEP_S <= _GAP_S:
            kept[-1][1] = after
        else:
            kept.append([first, after])
    whole = np.array([k for k in kept if (k[1] - k[0]) * _STEP_S >= _SHORTEST_S], np.int64).reshape(-1, 2)
    return whole[:, 0], whole[:, 1] - 1
