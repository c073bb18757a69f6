"""Pulses and bursts in the recording of an alarm.

Pulses are where the power passes a fifth of the largest amplitude. In each, the plateau is the median of the power in
the middle; rise, duration and spacing are taken between 10 and 90 % of that plateau, on the power over whole periods
of the lowest of them, which is even for a periodic sound. A silence of more than a second parts bursts, after a fifth
pulse of more than two: there high priority pauses within its burst.

Peaks are those of the spectrum of the middle of a pulse from 50 to 4000 Hz within 15 dB of the strongest. Of these the
ones from 150 Hz count as components; the fundamental is the lowest of the four strongest, wherever it lies.

**References:**

- IEC 60601-1-8:2006+A1:2012+A2:2020, 6.3.3.1, figure 1 (temporal characteristics, from memory)
- GlobalSpec (2023), IEC 60601-1-8 AMD2:2020, medical alarms and FAQs (four components, 15 dB, 150 to 1000 Hz)
"""

import dataclasses

import numpy as np
from jaxtyping import Float

from twinbed.core.errors import StatisticsError

_COARSE_S = 0.01
_HEARD = 0.2
_SHORTEST_S = 0.02
_PARTS_BURSTS_S = 1.0
_PARTS_FIVES_S, _FIVE = 2.0, 5
_HEARD_HZ, _BAND_HZ = 50.0, (150.0, 4000.0)
_NEAR_DB = 15.0
_MIDDLE = (0.25, 0.75)

Samples = Float[np.ndarray, " sample"]


@dataclasses.dataclass(frozen=True)
class Pulse:
    """One pulse.

    Attributes:
        start_s: when it passes 90 %.
        end_s: when it falls below 90 %.
        rise_s: from 10 to 90 %.
        fall_s: from 90 to 10 %.
        amplitude: root mean square of its plateau.
        fundamental_hz: the lowest of the four strongest peaks.
        components_hz: peaks that count as components, strongest first.
    """

    start_s: float
    end_s: float
    rise_s: float
    fall_s: float
    amplitude: float
    fundamental_hz: float
    components_hz: tuple[float, ...]

    @property
    def duration_s(self) -> float:
        """Time above 90 %."""
        return self.end_s - self.start_s


def pulses(sound: Samples, rate_hz: float) -> list[Pulse]:
    """The pulses of a recording; one that is cut by its end is left out.

    Raises:
        StatisticsError: nothing is heard, or the sampling is too coarse.
    """
    sound = np.asarray(sound, float)
    if rate_hz < 2.0 * _BAND_HZ[1] or len(sound) < rate_hz:
        raise StatisticsError(f"{len(sound)} samples at {rate_hz:g} Hz: record a second or more at 8000 Hz or more")
    coarse = _amplitude(sound, round(_COARSE_S * rate_hz))
    loudest = coarse.max()
    if not np.isfinite(loudest) or loudest <= 0.0:
        raise StatisticsError("nothing is heard: record the sound of the alarm without gaps")
    on = np.concatenate([[False], coarse > _HEARD * loudest, [False]])
    edges = np.flatnonzero(on[1:] != on[:-1]).reshape(-1, 2)
    whole = [(a, b) for a, b in edges if b - a >= _SHORTEST_S * rate_hz and b < len(sound)]
    found = [pulse for a, b in whole if (pulse := _measured(sound, rate_hz, int(a), int(b)))]
    if not found:
        raise StatisticsError("no pulse is heard: an alarm sounds in pulses")
    return found


def bursts(heard: list[Pulse]) -> list[list[Pulse]]:
    """The pulses, burst by burst."""
    out = [[heard[0]]]
    for before, pulse in zip(heard[:-1], heard[1:], strict=True):
        parts = _PARTS_FIVES_S if len(out[-1]) == _FIVE else _PARTS_BURSTS_S
        if pulse.start_s - before.end_s > parts:
            out.append([])
        out[-1].append(pulse)
    return out


def _amplitude(sound: Samples, width: int) -> Samples:
    """Root mean square over windows of so many samples, centred."""
    power = np.concatenate([[0.0], np.cumsum(sound**2)])
    centre, half = np.arange(len(sound)), max(width, 1) / 2.0
    grid = np.arange(len(power))
    mean = lambda ends: np.interp(np.clip(ends, 0, len(sound)), grid, power)
    return np.sqrt(np.maximum(mean(centre + 0.5 + half) - mean(centre + 0.5 - half), 0.0) / (2.0 * half))


def _measured(sound: Samples, rate_hz: float, first: int, last: int) -> Pulse | None:
    a, b = (round(first + share * (last - first)) for share in _MIDDLE)
    peaks = _peaks(sound[a:b], rate_hz)
    if not peaks:
        return None
    around = slice(max(first - (last - first), 0), last + (last - first))
    period = max(1, round(rate_hz / min(peaks)))
    amplitude = _amplitude(sound[around], period * max(1, round(0.002 * rate_hz / period)))
    plateau = float(np.median(amplitude[a - around.start : b - around.start]))
    middle = (a + b) // 2 - around.start
    rising, falling = amplitude[middle::-1], amplitude[middle:]
    times = [_until(side, share * plateau) for side in (rising, falling) for share in (0.9, 0.1)]
    if any(t is None for t in times):
        return None
    up_90, up_10, down_90, down_10 = ((t or 0.0) / rate_hz for t in times)
    centre = (middle + around.start) / rate_hz
    spans = centre - up_90, centre + down_90, up_10 - up_90, down_10 - down_90
    start, end, rise, fall = (float(t) for t in spans)
    return Pulse(start, end, rise, fall, plateau, min(peaks[:4]), tuple(f for f in peaks if f >= _BAND_HZ[0]))


def _until(side: Samples, level: float) -> float | None:
    """Samples until it falls below a level for the first time, between samples; None where it does not."""
    below = side < level
    k = int(np.argmax(below))
    if not below[k]:
        return None
    return float(k) if k == 0 else k - 1 + (side[k - 1] - level) / (side[k - 1] - side[k])


def _peaks(part: Samples, rate_hz: float) -> tuple[float, ...]:
    """Frequencies, strongest first."""
    size = 4 * 2 ** int(np.ceil(np.log2(max(len(part), 64))))
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)), size))
    frequency = np.arange(len(spectrum)) * (rate_hz / size)
    inner = spectrum[1:-1]
    peak = (inner > spectrum[:-2]) & (inner >= spectrum[2:])
    at = np.flatnonzero(peak) + 1
    at = at[(frequency[at] >= _HEARD_HZ) & (frequency[at] <= _BAND_HZ[1])]
    lowest = float(spectrum.max()) * 10.0 ** (-_NEAR_DB / 20.0)
    at = at[spectrum[at] >= lowest]
    return tuple(float(frequency[k]) for k in at[np.argsort(-spectrum[at])])
