"""Breaths in the pressure at the airway opening and the volume of a test lung.

A breath is seen where the volume rises past the middle of its range, having been in the lower quarter before. It
begins with the last sample that is still at the trough.

**References:**

- ISO 19223:2019 (terms: end-expiratory pressure, peak inspiratory pressure, tidal volume)
"""

import dataclasses

import numpy as np
from jaxtyping import Float, Int

from twinbed.core.errors import StatisticsError

_AT_REST, _LOWER = 0.005, 0.25
"""Share of the range of volume that is still the trough, and below which a breath is over."""
_LEAST_ML = 0.05
"""Volumes that move by less hold no breath."""

Samples = Float[np.ndarray, " sample"]
PerBreath = Float[np.ndarray, " breath"]


@dataclasses.dataclass(frozen=True)
class Breaths:
    """What was measured of every breath.

    Attributes:
        start_s: begin of inspiration, and of the one after the last breath.
        volume: largest volume less that at the begin, mL.
        peak: highest pressure, hPa.
        end_expiratory: pressure at the begin of the next inspiration, hPa.
        inspiration_s: from the begin to the largest volume.
    """

    start_s: Float[np.ndarray, " start"]
    volume: PerBreath
    peak: PerBreath
    end_expiratory: PerBreath
    inspiration_s: PerBreath

    def rate(self) -> float:
        """Breaths a minute, from the first begin to the last."""
        return float(60.0 * (len(self.start_s) - 1) / (self.start_s[-1] - self.start_s[0]))


def breaths(time_s: Samples, pressure_hpa: Samples, volume_ml: Samples, *, after_s: float = 0.0) -> Breaths:
    """The whole breaths after a time; what comes after the last begin is left out.

    Raises:
        StatisticsError: gaps, or fewer than two breaths.
    """
    time, pressure, volume = (
        np.asarray(c, float)[np.asarray(time_s) >= after_s] for c in (time_s, pressure_hpa, volume_ml)
    )
    if not (np.isfinite(pressure).all() and np.isfinite(volume).all()):
        raise StatisticsError("pressure or volume has gaps: give a value for every time that was asked for")
    starts = _starts(volume)
    if len(starts) < 3:
        raise StatisticsError(f"{max(len(starts) - 1, 0)} whole breaths were seen: two are needed at least")
    ends = starts[1:]
    spans = [slice(a, b) for a, b in zip(starts[:-1], ends, strict=True)]
    tops = np.array([span.start + int(np.argmax(volume[span])) for span in spans])
    return Breaths(
        start_s=time[starts],
        volume=volume[tops] - volume[starts[:-1]],
        peak=np.array([pressure[span].max() for span in spans]),
        end_expiratory=pressure[ends],
        inspiration_s=time[tops] - time[starts[:-1]],
    )


def _starts(volume: Samples) -> Int[np.ndarray, " start"]:
    """The last sample of every trough."""
    low, high = (float(v) for v in np.quantile(volume, (0.0, 1.0))) if len(volume) else (0.0, 0.0)
    found, armed, size = [], False, high - low
    if size < _LEAST_ML:
        return np.array([], np.int64)
    since, was_low = 0, True  # a trough that was not seen to begin may have begun to rise
    for k, above in enumerate(volume - low):
        is_low = above < _LOWER * size
        if armed and above > 0.5 * size:
            trough = volume[since : k + 1]
            still = np.flatnonzero(trough <= trough.min() + _AT_REST * size)
            found.append(since + int(still[-1]))
            armed = False
        elif is_low and not was_low:
            armed, since = True, k
        was_low = is_low
    return np.array(found, np.int64)
