"""Respiratory rates from chest impedance and photoplethysmogram: an honest one, and ones with usual faults.

Breaths are counted as in Schäfer & Kratky (2008), Ann Biomed Eng 36:476: peaks of the band-passed wave above a fifth of
the third quartile of all peaks, with a trough below zero between any two. A count that the spectrum of the impedance
does not confirm within 2 /min is given only where one of the photoplethysmogram's modulations does.
"""

import functools
from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from scipy.signal import butter, find_peaks, resample_poly, sosfiltfilt

from twinbed.bench.protocol import Values

Wave = Float[np.ndarray, " sample"]
_SLOW_HZ = 5.0
"""At which breaths are looked for."""
_BREATHS_HZ, _MODULATION_HZ, _PULSE_HZ, _HEART_HZ = (0.08, 1.0), (0.08, 0.7), (0.6, 3.5), (0.8, 2.2)
_CONFIRMED_PER_MIN = 2.0


def careful(stimulus: Values) -> Values:
    """Counts on the impedance, confirmed by its spectrum or by the photoplethysmogram; else no answer."""
    wave = band(slow(stimulus, "impedance"), _BREATHS_HZ, _SLOW_HZ)
    others = modulations(stimulus)

    def one(part: slice) -> float:
        counted = count(wave[part], _SLOW_HZ)
        seen = [peak(wave[part], _SLOW_HZ), *(peak(other[part], _SLOW_HZ) for other in others)]
        return counted if min(abs(counted - rate) for rate in seen) <= _CONFIRMED_PER_MIN else np.nan

    return _in_windows(stimulus, one)


def optical(stimulus: Values) -> Values:
    """Honest, but with the photoplethysmogram alone: the median of what its three modulations say."""
    others = modulations(stimulus)
    return _in_windows(stimulus, lambda part: float(np.median([peak(other[part], _SLOW_HZ) for other in others])))


def cardiac(stimulus: Values) -> Values:
    """Counts what the heart does to the impedance: its band is too high."""
    wave = band(slow(stimulus, "impedance"), _HEART_HZ, _SLOW_HZ)
    return _in_windows(stimulus, lambda part: count(wave[part], _SLOW_HZ))


def half(stimulus: Values) -> Values:
    """Counts every other breath."""
    return {"rate": 0.5 * careful(stimulus)["rate"]}


def constant(stimulus: Values) -> Values:
    """Says what is most often right."""
    return {"rate": np.full(len(stimulus["window_end_s"]), 16.0)}


def slow(stimulus: Values, name: str) -> Wave:
    """A signal at 5 Hz without its mean; gaps hold the mean."""
    wave = np.asarray(stimulus[name], float)
    wave = np.where(np.isfinite(wave), wave, np.nanmean(wave))
    return resample_poly(wave - wave.mean(), 1, round(stimulus["frequency_hz"] / _SLOW_HZ))


def band(wave: Wave, band_hz: tuple[float, float], frequency_hz: float) -> Wave:
    """Band-passed forwards and backwards."""
    return np.asarray(sosfiltfilt(_filter(band_hz, frequency_hz), wave))


@functools.cache
def _filter(band_hz: tuple[float, float], frequency_hz: float) -> np.ndarray:
    return np.asarray(butter(2, band_hz, "bandpass", fs=frequency_hz, output="sos"))


def count(wave: Wave, frequency_hz: float) -> float:
    """Breaths a minute from first to last peak; NaN with fewer than three."""
    tops, bottoms = find_peaks(wave)[0], find_peaks(-wave)[0]
    if len(tops) < 3:
        return np.nan
    tops = tops[wave[tops] > 0.2 * np.quantile(wave[tops], 0.75)]
    bottoms = bottoms[wave[bottoms] < 0.0]
    kept: list[int] = []
    for top in tops:
        if not kept or ((bottoms > kept[-1]) & (bottoms < top)).any():
            kept.append(int(top))
        elif wave[top] > wave[kept[-1]]:
            kept[-1] = int(top)
    return 60.0 * frequency_hz * (len(kept) - 1) / (kept[-1] - kept[0]) if len(kept) > 2 else np.nan


def peak(wave: Wave, frequency_hz: float) -> float:
    """The rate of the largest peak of the spectrum from 4 to 40 /min."""
    size = 4096
    power = np.abs(np.fft.rfft((wave - wave.mean()) * np.hanning(len(wave)), size)) ** 2
    rate = np.fft.rfftfreq(size, 1.0 / frequency_hz) * 60.0
    return float(rate[np.argmax(np.where((rate >= 4.0) & (rate <= 40.0), power, 0.0))])


def modulations(stimulus: Values) -> list[Wave]:
    """What breathing does to the pulse wave: its size, its baseline and its interval, at 5 Hz."""
    frequency = stimulus["frequency_hz"]
    wave = np.asarray(stimulus["ppg"], float)
    wave = np.where(np.isfinite(wave), wave, np.nanmean(wave))
    pulse = band(wave, _PULSE_HZ, frequency)
    tops = find_peaks(pulse, distance=int(0.33 * frequency), height=0.3 * pulse.std())[0]
    t = np.arange(len(slow(stimulus, "ppg"))) / _SLOW_HZ
    if len(tops) < 3:
        return [np.zeros(len(t))] * 3
    bottoms = np.array([wave[a:b].min() for a, b in zip(tops[:-1], tops[1:], strict=True)])
    at, size = tops[1:] / frequency, wave[tops[1:]] - bottoms
    return [
        band(np.interp(t, at, each), _MODULATION_HZ, _SLOW_HZ) for each in (size, wave[tops[1:]], np.diff(tops) + 0.0)
    ]


def _in_windows(stimulus: Values, one: Callable[[slice], float]) -> Values:
    ends, length = np.asarray(stimulus["window_end_s"], float), stimulus["window_s"]
    parts = [slice(round((end - length) * _SLOW_HZ), round(end * _SLOW_HZ)) for end in ends]
    return {"rate": np.array([one(part) for part in parts])}
