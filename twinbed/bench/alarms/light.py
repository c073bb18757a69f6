"""The light of an alarm, as a colour sensor sees it, and what is seen of it.

A light flashes or is steady. `seen` finds the flashes in the sum of the channels, as the median of 25 ms, so that what
nobody sees is none: it is lit above the middle between its darkest and its brightest; one that varies by less than a
fifth, or does not go out once it is lit, is steady. The hue of what is lit, less what is dark, says the colour.

**References:**

- IEC 60601-1-8:2006+A1:2012+A2:2020, 6.3.2.2, table 2 (from memory). The ranges of hue are this project's
"""

import colorsys
import dataclasses

import numpy as np
from jaxtyping import Float
from scipy.ndimage import median_filter

from twinbed.core.errors import StatisticsError

_STEADY = 0.2
_SEEN_S = 0.025
_HUES = (("red", 345.0, 375.0), ("yellow", 40.0, 70.0), ("cyan", 165.0, 200.0))
"""Degrees; a colour that is none of these has no name."""
COLOURS = {"high": ("red",), "medium": ("yellow",), "low": ("cyan", "yellow")}
"""Colours a priority may have."""

Channels = Float[np.ndarray, "3 sample"]


@dataclasses.dataclass(frozen=True)
class Light:
    """An indicator light.

    Attributes:
        colour: red, green and blue, 0 to 1.
        flash_hz: 0 for a steady one.
        duty: share of a flash in which it is lit.
    """

    colour: tuple[float, float, float]
    flash_hz: float = 0.0
    duty: float = 0.5

    def samples(self, until_s: float, rate_hz: float) -> Channels:
        """What a sensor sees of it from its begin, red, green and blue."""
        time = np.arange(round(until_s * rate_hz)) / rate_hz
        lit = (time * self.flash_hz) % 1.0 < self.duty if self.flash_hz else np.ones(len(time), bool)
        return np.array(self.colour)[:, None] * lit


RED, YELLOW, CYAN = (1.0, 0.0, 0.0), (1.0, 0.85, 0.0), (0.0, 0.9, 1.0)
LIGHTS = {"high": Light(RED, 2.0, 0.4), "medium": Light(YELLOW, 0.6, 0.4), "low": Light(CYAN)}
"""A light a priority."""


@dataclasses.dataclass(frozen=True)
class Seen:
    """What was seen.

    Attributes:
        flash_hz: of every whole flash, from its begin to that of the next; empty for a steady light.
        duty: share of each flash that is lit.
        colour: name; empty for none.
    """

    flash_hz: Float[np.ndarray, " flash"]
    duty: Float[np.ndarray, " flash"]
    colour: str


def seen(light: Channels, rate_hz: float) -> Seen:
    """Flashes and colour.

    Raises:
        StatisticsError: gaps, no light, or a light that goes out but does not flash twice.
    """
    light = np.asarray(light, float)
    brightness = light.sum(axis=0)
    if not np.isfinite(brightness).all() or not len(brightness) or brightness.max() <= 0.0:
        raise StatisticsError("no light is seen: record the light of the alarm without gaps")
    brightness = median_filter(brightness, size=2 * int(0.5 * _SEEN_S * rate_hz) + 1, mode="nearest")
    dark, bright = brightness.min(), brightness.max()
    lit = brightness > 0.5 * (dark + bright)
    edges = np.diff(lit.astype(int))
    if bright - dark < _STEADY * bright or not (edges < 0).any():
        return Seen(np.array([]), np.array([]), _colour(light.mean(axis=1)))
    rises, falls = np.flatnonzero(edges > 0), np.flatnonzero(edges < 0)
    if len(rises) < 2:
        raise StatisticsError("the light changes and does not flash twice: record for longer")
    ends = np.array([falls[falls > r][0] for r in rises[:-1]])
    periods = np.diff(rises)
    colour = _colour(light[:, lit].mean(axis=1) - light[:, ~lit].mean(axis=1))
    return Seen(rate_hz / periods, (ends - rises[:-1]) / periods, colour)


def _colour(channels: Float[np.ndarray, "3"]) -> str:
    hue, saturation, _ = colorsys.rgb_to_hsv(*np.clip(channels, 0.0, None) / max(float(channels.max()), 1e-9))
    degrees = 360.0 * hue
    named = [n for n, low, high in _HUES if low <= degrees <= high or low <= degrees + 360.0 <= high]
    return named[0] if named and saturation > 0.5 else ""
