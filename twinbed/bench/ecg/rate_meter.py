"""A heart rate meter with alarms: what a bedside monitor makes of one lead.

Pulses of a pacemaker are taken out by a median of 21 ms, which leaves nothing of what lasts ten and hardly changes a
QRS complex. Complexes are those of `qrs_online` that are at least as high in its band as one of about
0.3 mV. The rate is the mean of the last eight intervals, of fewer where ten seconds hold fewer; four seconds without a
complex are standstill, and the rate is 0. An alarm begins when the rate has been beyond a limit for a second.

*Known limits*: nothing is classified, so the rate during fibrillation is that of whatever is steep.
"""

import dataclasses

import numpy as np
from jaxtyping import Float
from scipy import ndimage, signal

from twinbed.bench.ecg._signal import FREQUENCY_HZ, QRS_BAND_HZ, band, resampled
from twinbed.bench.ecg.qrs_online import detect_qrs_online

_MEDIAN_S = 0.021
_LOWEST_MV = 0.07
"""In the band of QRS complexes: more than 0.15 mV of 100 ms leave there, less than 0.5 mV of 120 ms."""
_AROUND_S = 0.12
_INTERVALS, _MEMORY_S, _STANDSTILL_S, _HOLDS_S = 8, 10.0, 4.0, 1.0

Shown = Float[np.ndarray, " time"]


@dataclasses.dataclass(frozen=True)
class Reading:
    """What is shown at given times."""

    heart_rate: Shown
    """A minute; 0 in standstill, NaN before the first two complexes."""
    alarm: Shown
    """1 while the rate is beyond a limit or the heart stands still."""


def read_rate(
    ecg: Float[np.ndarray, " sample"],
    sampling_frequency_hz: float,
    time_s: Shown,
    *,
    alarm_low: float,
    alarm_high: float,
) -> Reading:
    """The heart rate and its alarm, without a look ahead.

    Args:
        ecg: mV.
        sampling_frequency_hz: at least 100 Hz.
        time_s: when the display is read, from the first sample.
        alarm_low: limit, /min.
        alarm_high: limit, /min.

    Raises:
        StatisticsError: sampled too slowly.
    """
    beats, known = beats_of(ecg, sampling_frequency_hz)
    rate = np.array([_rate(beats[known <= now], now) for now in time_s.tolist()])
    beyond = (rate < alarm_low) | (rate > alarm_high)
    since = np.where(beyond, -np.inf, time_s)
    held = time_s - np.maximum.accumulate(np.where(np.isinf(since), time_s[0], since))
    return Reading(rate, (beyond & (held >= _HOLDS_S)).astype(float))


def beats_of(
    ecg: Float[np.ndarray, " sample"], sampling_frequency_hz: float
) -> tuple[Float[np.ndarray, " beat"], Float[np.ndarray, " beat"]]:
    """Times of complexes and when each was known, s."""
    width = 2 * int(0.5 * _MEDIAN_S * sampling_frequency_hz) + 1
    x = ndimage.median_filter(np.nan_to_num(np.asarray(ecg, float)), size=width, mode="nearest")
    place, decided = detect_qrs_online(x, sampling_frequency_hz)
    filtered = np.abs(np.asarray(signal.sosfilt(band(*QRS_BAND_HZ), _from_zero(resampled(x, sampling_frequency_hz)))))
    reach = round(_AROUND_S * FREQUENCY_HZ)
    highest = ndimage.maximum_filter1d(filtered, 2 * reach + 1, mode="nearest")
    at = np.round(place * FREQUENCY_HZ / sampling_frequency_hz).astype(np.int64)
    high = highest[np.clip(at, 0, len(highest) - 1)] >= _LOWEST_MV if len(place) else np.zeros(0, bool)
    return place[high] / sampling_frequency_hz, decided[high] / sampling_frequency_hz


def _from_zero(x: np.ndarray) -> np.ndarray:
    return x - x[0] if x.size else x


def _rate(beats: np.ndarray, now: float) -> float:
    """The rate that is shown by complexes known so far."""
    if now - (beats[-1] if len(beats) else 0.0) > _STANDSTILL_S:
        return 0.0
    if len(beats) < 2:
        return float("nan")
    kept = beats[-(_INTERVALS + 1) :]
    recent = kept[kept >= now - _MEMORY_S]
    kept = recent if len(recent) >= 2 else kept[-2:]
    return 60.0 * (len(kept) - 1) / float(kept[-1] - kept[0])
