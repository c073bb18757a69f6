"""What both detectors do to an ECG before they look at it."""

import fractions

import numpy as np
from jaxtyping import Float
from scipy import signal

from twinbed.core.errors import StatisticsError

FREQUENCY_HZ = 360.0
"""Of the signal that is looked at; others are resampled to it."""
QRS_BAND_HZ = (8.0, 22.0)
WINDOW_S = 0.1
"""Over which the power of the band is averaged."""


def resampled(ecg: Float[np.ndarray, " sample"], sampling_frequency_hz: float) -> Float[np.ndarray, " resampled"]:
    """The ECG at the frequency of the detectors; missing samples are bridged by straight lines.

    Raises:
        StatisticsError: a frequency below 100 Hz, which holds no QRS complexes.
    """
    if not sampling_frequency_hz >= 100.0:
        raise StatisticsError(f"an ECG of {sampling_frequency_hz:g} Hz: QRS detection needs 100 Hz or more")
    ecg = np.asarray(ecg, float)
    known = np.isfinite(ecg)
    if not known.all():
        if not known.any():
            return np.zeros(0)
        ecg = np.interp(np.arange(ecg.size), np.flatnonzero(known), ecg[known])
    if sampling_frequency_hz == FREQUENCY_HZ:
        return ecg
    ratio = fractions.Fraction(FREQUENCY_HZ / sampling_frequency_hz).limit_denominator(1000)
    return np.asarray(signal.resample_poly(ecg, ratio.numerator, ratio.denominator, padtype="line"))


def original(place: np.ndarray, sampling_frequency_hz: float, length: int) -> np.ndarray:
    """Positions at the frequency of the detectors as positions of the ECG that was given."""
    back = np.round(np.asarray(place, float) * sampling_frequency_hz / FREQUENCY_HZ).astype(np.int64)
    return np.unique(np.clip(back, 0, max(length - 1, 0)))


def band(low_hz: float, high_hz: float) -> np.ndarray:
    """A band-pass filter of second order, as sections."""
    return np.asarray(signal.butter(2, [low_hz, high_hz], "bandpass", fs=FREQUENCY_HZ, output="sos"))


def power(x: Float[np.ndarray, " sample"], window_s: float) -> Float[np.ndarray, " sample"]:
    """Root of the mean square over a window around each sample."""
    n = round(window_s * FREQUENCY_HZ)
    return np.sqrt(np.maximum(np.convolve(x * x, np.full(n, 1.0 / n), "same"), 0.0))
