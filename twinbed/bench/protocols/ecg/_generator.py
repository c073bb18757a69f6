"""The signal generator for heart rate meters: trains of triangles, T waves, pacemaker pulses, drift and mains.

A millisecond apart, each sample is the mean of the voltage over its millisecond, so that a pulse of 0.1 ms is there
with its area. QRS complexes are triangles of an amplitude and a width at the base; T waves are raised cosines. Rhythms
and tachycardias for which the standards have recorded or drawn figures are made anew from what those are said to be:
rates, coupling and polarity.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np

FREQUENCY_HZ = 1000.0
_MS = 1.0 / FREQUENCY_HZ
_T_LASTS_S, _QT_S = 0.18, 0.35


@dataclasses.dataclass(frozen=True)
class Complex:
    """A beat: its time, the height and width of its QRS complex, and the height of its T wave."""

    time_s: float
    amplitude_mv: float = 1.0
    width_s: float = 0.1
    t_mv: float = 0.0


@dataclasses.dataclass(frozen=True)
class Pulse:
    """A pulse of a pacemaker."""

    time_s: float
    amplitude_mv: float
    width_s: float


def time_of(duration_s: float) -> np.ndarray:
    """Middles of the samples."""
    return (np.arange(round(duration_s * FREQUENCY_HZ)) + 0.5) * _MS


def drawn(duration_s: float, complexes: Sequence[Complex], pulses: Sequence[Pulse] = ()) -> np.ndarray:
    """The voltage, mV."""
    t, out = time_of(duration_s), np.zeros(round(duration_s * FREQUENCY_HZ))
    for beat in complexes:
        first, last = np.searchsorted(t, (beat.time_s - beat.width_s, beat.time_s + _QT_S + _T_LASTS_S))
        own = t[first:last] - beat.time_s
        out[first:last] += beat.amplitude_mv * np.maximum(0.0, 1.0 - np.abs(own) / (0.5 * beat.width_s))
        # the QT interval is from the begin of the QRS complex to the end of the T wave
        middle = _QT_S - 0.5 * beat.width_s - 0.5 * _T_LASTS_S
        wave = 0.5 * (1.0 + np.cos(2.0 * np.pi * (own - middle) / _T_LASTS_S))
        out[first:last] += beat.t_mv * np.where(np.abs(own - middle) < 0.5 * _T_LASTS_S, wave, 0.0)
    for pulse in pulses:
        first, last = max(0, int(pulse.time_s / _MS) - 1), int((pulse.time_s + pulse.width_s) / _MS) + 2
        start = np.arange(first, min(last, len(out))) * _MS
        inside = np.minimum(start + _MS, pulse.time_s + pulse.width_s) - np.maximum(start, pulse.time_s)
        out[first : first + len(start)] += pulse.amplitude_mv * np.maximum(inside, 0.0) / _MS
    return out


def steady(rate: float, until_s: float, *, from_s: float = 0.5, **shape: float) -> list[Complex]:
    """Beats at a constant rate, /min."""
    return [Complex(float(t), **shape) for t in np.arange(from_s, until_s, 60.0 / rate)]


def coupled(intervals_s: Sequence[float], until_s: float, others: Sequence[dict[str, float]]) -> list[Complex]:
    """Beats whose intervals and shapes recur."""
    out, at, k = [], 0.5, 0
    while at < until_s:
        out.append(Complex(at, **others[k % len(others)]))
        at += intervals_s[k % len(intervals_s)]
        k += 1
    return out


def tachycardia(rate: float, height_mv: float, from_s: float, until_s: float) -> np.ndarray:
    """Wide complexes without rest between them, of a height from peak to peak, mV; zero before."""
    t = time_of(until_s)
    phase = 2.0 * np.pi * rate / 60.0 * (t - from_s)
    wave = np.sin(phase) + 0.25 * np.sin(2.0 * phase + 0.6)
    return np.where(t >= from_s, height_mv * wave / np.ptp(wave), 0.0)


def triangle(duration_s: float, height_mv: float, frequency_hz: float) -> np.ndarray:
    """A drift that rises and falls in straight lines, of a height from peak to peak, mV."""
    share = time_of(duration_s) * frequency_hz % 1.0
    return height_mv * (2.0 * np.abs(share - 0.5) - 0.5)


def mains(duration_s: float, height_mv: float, frequency_hz: float) -> np.ndarray:
    """A sine of a height from peak to peak, mV."""
    return 0.5 * height_mv * np.sin(2.0 * np.pi * frequency_hz * time_of(duration_s))
