"""The sound of an alarm: bursts of pulses with harmonics, as samples.

A pulse rises and falls linearly; its duration is the time above 90 % of its amplitude, its rise that from 10 to 90 %,
and the spacing to the next pulse runs from 90 % to 90 %. `SOUNDS` holds one sound a priority.

**References:**

- IEC 60601-1-8:2006+A1:2012+A2:2020, 6.3.3.1, tables 3 and 4 (from memory, harmonics from secondary sources)
"""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

_RAMP = 0.8
"""Share of a linear ramp between 10 and 90 %."""

Samples = Float[np.ndarray, " sample"]


@dataclasses.dataclass(frozen=True)
class Sound:
    """A burst, and how often it comes.

    Attributes:
        spacings_s: from each pulse of a burst to the next; one less than there are pulses.
        duration_s: of a pulse.
        rise_s: of a pulse.
        fall_s: of a pulse.
        interval_s: from the end of a burst to the begin of the next; infinite for one that is not repeated.
        fundamental_hz: of the pulses.
        levels_db: of the fundamental and its harmonics, relative to the strongest.
    """

    spacings_s: tuple[float, ...]
    duration_s: float
    rise_s: float
    fall_s: float
    interval_s: float
    fundamental_hz: float = 523.25
    levels_db: tuple[float, ...] = (0.0, -3.0, -5.0, -7.0, -9.0, -11.0)

    def starts_s(self, until_s: float) -> list[float]:
        """When pulses pass 90 %, the first at its rise."""
        within, t = [0.0], 0.0
        for spacing in self.spacings_s:
            t += self.duration_s + spacing
            within.append(t)
        length = within[-1] + self.duration_s
        out, begin = [], self.rise_s / _RAMP
        while begin < until_s:
            out += [begin + w for w in within]
            begin += length + self.interval_s
        return [t for t in out if t < until_s]

    def samples(self, until_s: float, rate_hz: float) -> Samples:
        """The sound from its begin, between -1 and 1."""
        time = np.arange(round(until_s * rate_hz)) / rate_hz
        envelope = np.zeros(len(time))
        for start in self.starts_s(until_s):
            envelope += _pulse(time - start, self.duration_s, self.rise_s / _RAMP, self.fall_s / _RAMP)
        return envelope * _tone(time, self.fundamental_hz, self.levels_db)


def _pulse(t: Samples, duration: float, rise: float, fall: float) -> Samples:
    """A trapezoid that passes 90 % at 0 and at `duration`; ramps of these whole lengths."""
    up = (t + 0.9 * rise) / rise
    down = (duration + 0.9 * fall - t) / fall
    return np.clip(np.minimum(up, down), 0.0, 1.0)


def _tone(time: Samples, fundamental_hz: float, levels_db: Sequence[float]) -> Samples:
    amplitudes = 10.0 ** (np.asarray(levels_db) / 20.0)
    parts = [a * np.sin(2.0 * np.pi * fundamental_hz * (k + 1) * time) for k, a in enumerate(amplitudes)]
    return np.sum(parts, axis=0) / amplitudes.sum()


def high(x: float = 0.1, duration: float = 0.15, gap: float = 0.6, interval: float = 5.0, **other: float) -> Sound:
    """High priority: ten pulses, twice three and two; `x` is the short spacing and `gap` that between the fives."""
    five = (x, x, 2.0 * x + duration, x)
    return _sound((*five, gap, *five), duration, interval, other)


def medium(y: float = 0.2, duration: float = 0.2, interval: float = 8.0, **other: float) -> Sound:
    """Medium priority: three pulses a spacing `y` apart."""
    return _sound((y, y), duration, interval, other)


def low(y: float = 0.2, duration: float = 0.2, interval: float = 18.0, **other: float) -> Sound:
    """Low priority: two pulses a spacing `y` apart, rarely."""
    return _sound((y,), duration, interval, other)


def _sound(spacings: tuple[float, ...], duration: float, interval: float, other: Mapping[str, float]) -> Sound:
    """Rise and fall take three twentieths of a pulse, the middle of what is allowed, unless said."""
    ramps = {"rise_s": 0.15 * duration, "fall_s": 0.15 * duration}
    made = Sound(spacings, duration, ramps["rise_s"], ramps["fall_s"], interval)
    return dataclasses.replace(made, **other)


SOUNDS = {"high": high(), "medium": medium(), "low": low()}
"""A sound a priority."""
