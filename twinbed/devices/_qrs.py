"""Finds the QRS complexes of an electrocardiogram, one sample at a time.

A band-pass of 5 to 15 Hz and a derivative leave what is steep; its magnitude, smoothed over about a QRS, is compared
with a share of what the last complexes had. The level is the largest magnitude of the first two seconds; then each
complex moves it, and a long pause lowers it. Below the size of a complex of 0.15 mV nothing counts. After a complex
nothing counts for 0.2 s, nor before the magnitude has fallen; while a T wave may come, also with a P wave on it, the
share is larger. In a tachycardia without rest between its complexes it
does not fall: there the next one counts when the lead has gone the other way and goes the same way again, 0.25 s after
the last or later.

**References:**

- Pan & Tompkins (1985), IEEE Trans Biomed Eng 32(3):230, doi:10.1109/TBME.1985.325532 (band and derivative; within
  360 ms of a complex what is less than half as steep is a T wave)
- IEC 60601-2-27:2011 (0.15 mV)
"""

import math

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool

from twinbed.core.model import Scalar
from twinbed.core.quantities import var
from twinbed.devices._filters import lagged

_LOW_LAG, _HIGH_LAG = 1.0 / (math.tau * 5.0), 1.0 / (math.tau * 15.0)
_SMOOTH_S, _REFRACTORY_S, _PEAK_S = 0.03, 0.2, 0.12
_AGAIN_S = 0.25
"""Until then a tall T wave may rise where the QT interval is 0.35 s; complexes up to 240 a minute are later."""
_FLOOR = 1.8
"""Magnitude, mV/s, of a triangular complex of 0.15 mV and 0.1 s; see the test."""
_T_WAVE_S, _T_FADES_S, _T_SHARE = 0.36, 0.1, 0.6
"""Until then what comes may be a T wave and must have this share of the level; how long it takes to fall to the usual
one. Share and fall are chosen on half of MIT-BIH: with half the level a third more of what is counted there is none."""
_SHARE, _FALLEN, _SURGE, _UP, _DOWN = 0.35, 0.5, 3.0, 0.5, 0.25
_LEARNS_S, _PATIENCE_S, _FORGETS_S = 2.0, 1.5, 2.0


class Qrs(eqx.Module):
    """Filters, level and where in a complex it is."""

    slow: Scalar = var("mV", "what the high-pass takes away")
    band: Scalar = var("mV", "behind the band-pass")
    steepness: Scalar = var("mV/s", "smoothed magnitude of the derivative")
    level: Scalar = var("mV/s", "steepness of the last complexes")
    peak: Scalar = var("mV/s", "largest steepness of the present complex")
    since: Scalar = var("s", "time since the last complex; below zero at first, while it learns")
    ready: Scalar = var("1", "1 once steepness has fallen after a complex")
    seen: Scalar = var("1", "1 once there was a complex")
    reading: Scalar = var("mV", "the last sample")
    way: Scalar = var("1", "way the lead went where the last complex was found: 1 up, -1 down")
    turned: Scalar = var("1", "1 once it has gone the other way since")


def nothing_found(like: Scalar) -> Qrs:
    """Before the first reading."""
    zero = jnp.zeros_like(like)
    return Qrs(zero, zero, zero, zero, zero, zero - _LEARNS_S, zero, zero, zero, zero, zero)


def searched(x: Qrs, ecg: Scalar, dt: float) -> tuple[Qrs, Bool[Array, ""], Scalar]:
    """The next state, whether a complex begins, and the time since the one before, s.

    Args:
        ecg: mV.
        dt: time since the last sample, s.
    """
    first = x.since <= -_LEARNS_S
    lag = lambda behind, now, s: lagged(behind, now, jnp.full_like(now, s), dt)
    slow = jnp.where(first, ecg, lag(x.slow, ecg, _LOW_LAG))
    band = jnp.where(first, 0.0, lag(x.band, ecg - slow, _HIGH_LAG))
    steepness = lag(x.steepness, jnp.abs(band - x.band) / dt, _SMOOTH_S)

    since = x.since + dt
    threshold = jnp.maximum(_share(since) * x.level, _FLOOR)
    slope = jnp.where(first, 0.0, (ecg - x.reading) / dt)
    again = (x.turned > 0.5) & (slope * x.way > threshold) & (since >= _AGAIN_S)
    ready = (x.ready > 0.5) | (steepness < _FALLEN * threshold) | again
    found = ready & (steepness > threshold) & (since >= _REFRACTORY_S)
    peak = jnp.where(found, steepness, jnp.maximum(x.peak, steepness))

    learned = (x.since < 0.0) & (since >= 0.0)
    # the peak of a complex is known a moment after the threshold was passed
    known = (x.since >= 0.0) & (x.since < _PEAK_S) & (since >= _PEAK_S)
    change = jnp.minimum(peak, _SURGE * x.level) - x.level
    moved = x.level + jnp.where(change > 0.0, _UP, _DOWN) * change
    level = jnp.where(learned, peak, jnp.where(known, moved, x.level))
    forgotten = lag(level, jnp.full_like(level, _FLOOR), _FORGETS_S)
    level = jnp.where(since > _PATIENCE_S, jnp.minimum(level, forgotten), level)
    number = lambda truth: truth.astype(ecg.dtype)
    return Qrs(
        slow, band, steepness, level, peak,
        since=jnp.where(found, 0.0, since),
        ready=number(ready & ~found),
        seen=jnp.where(found, 1.0, x.seen),
        reading=ecg,
        way=jnp.where(found, jnp.sign(slope), x.way),
        turned=number(~found & ((x.turned > 0.5) | (slope * x.way < -threshold))),
    ), found, since  # fmt: skip


def _share(since: Scalar) -> Scalar:
    """Share of the level that must be passed at a time after a complex."""
    falls = jnp.clip((since - _T_WAVE_S) / _T_FADES_S, 0.0, 1.0)
    return _T_SHARE + falls * (_SHARE - _T_SHARE)
