"""Tells ventricular fibrillation and tachycardia from one lead, a second at a time.

Looked at are the last three whole seconds. Complexes that ventricles make are wide: the steepest slope in them, as a
share of the lead's range, is small. Wide complexes at a rate of tachycardia are tachycardia. Where waves are as fast,
and either faster than tachycardia of one shape or without order, it is fibrillation. Two verdicts in a row tell one;
what was told as fibrillation remains that as long as it is one of both. What is smaller than a complex of 0.15 mV is
neither, nor is a rhythm of which a pacemaker makes most complexes; in others those that it makes are not looked at
(`_pulses`).

*Known limits*: complexes with block of a bundle branch are told as tachycardia above its rate; small fibrillation after
large complexes may be asystole for seconds; flutter is fibrillation; large motion of electrodes can look like either.

**References:**

- Kerber et al. (1997), Circulation 95(6):1677, doi:10.1161/01.CIR.95.6.1677 (size, rate, width and order)
- Chen, Thakor & Mower (1987), Med Biol Eng Comput 25:241 (that fibrillation does not repeat itself)
- IEC 60601-2-27:2011 (0.15 mV)
"""

import math

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from twinbed.core.model import Scalar
from twinbed.core.quantities import var
from twinbed.devices._clock import SECONDS_PER_MINUTE
from twinbed.devices._filters import lagged
from twinbed.devices._pulses import Pulses
from twinbed.devices._recent import Recent, nothing_yet, per_minute

NONE, ASYSTOLE, FIBRILLATION, TACHYCARDIA = 0.0, 1.0, 2.0, 3.0
"""What is told of the ventricles."""
_LOOKED_AT, _WAVES, _BEATS = 3, 6, 5
"""How many whole seconds, waves and intervals between complexes are looked at."""
_BASE_S, _SIZE_S = 1.0 / (math.tau * 1.0), 1.5
"""Time constants: of the base (a high pass at 1 Hz), and in which the size of waves is forgotten."""
_HYSTERESIS = 0.1
"""A wave goes so far above and below the base, as a share of the size."""
_WIDE = 36.0
"""Slope in shares of the range a second: broad complexes have 14 to 25, fibrillation up to 36, narrow ones 40 to 50."""
_SMALLEST_MV = 0.15
_FAST = 150.0
"""Waves a minute from which on there may be, and must be, fibrillation, whose waves are at 3 to 7 Hz."""
_DISORDER = 0.12
"""Standard deviation of the intervals between waves, as a share: tachycardia of one shape has less than 0.08."""
_AWAY, _RESTLESS = 0.2, 0.56
"""A lead that is farther from its base than this share of the size, for more than this share of the time, has no rest
between waves. Calibrated to our own rhythms and those of the bench, as `_WIDE` and `_DISORDER` are."""
_IN_A_ROW = 2.0
"""Verdicts, a second apart, that tell one."""


class Ventricles(eqx.Module):
    """What was measured of late, and what was told."""

    base: Scalar = var("mV", "slow part of the lead")
    before: Scalar = var("mV", "the last sample")
    size: Scalar = var("mV", "size of the waves of late")
    raised: Scalar = var("1", "1 while a wave is above the base")
    since: Scalar = var("s", "time since a wave began")
    waves: Recent
    second: Float[Array, "4"]
    """Steepest slope, highest and lowest of the present second, and the share of it away from the base."""
    seconds: Float[Array, "second 4"]
    """The same of the last whole ones."""
    lasted: Scalar = var("s", "of the present second")
    fibrillating: Scalar = var("1", "verdicts in a row")
    racing: Scalar = var("1", "verdicts in a row")
    told: Scalar = var("1", "what is told")


def nothing_told(like: Scalar) -> Ventricles:
    """Before the first sample."""
    zero = jnp.zeros_like(like)
    empty = jnp.zeros((4,), zero.dtype)
    return Ventricles(
        zero, zero, zero, zero, zero, nothing_yet(zero, _WAVES), empty, jnp.zeros((_LOOKED_AT, 4), zero.dtype), zero,
        zero, zero, zero,
    )  # fmt: skip


def told(
    x: Ventricles, ecg: Scalar, beats: Recent, rate: Scalar, pulses: Pulses, dt: float
) -> tuple[Ventricles, Scalar]:
    """The next state, and whether there is `FIBRILLATION`, `TACHYCARDIA` or `NONE` of them.

    Args:
        ecg: mV, without pulses of a pacemaker.
        beats: the last intervals between complexes, s.
        rate: above which wide complexes are tachycardia, /min.
        pulses: of a pacemaker; what follows one is not looked at.
        dt: time since the last sample, s.
    """
    number = lambda truth: truth.astype(ecg.dtype)
    base = lagged(x.base, ecg, jnp.full_like(ecg, _BASE_S), dt)
    y = ecg - base
    size = jnp.maximum(jnp.abs(y), x.size * math.exp(-dt / _SIZE_S))
    raised = (y > _HYSTERESIS * size) | ((x.raised > 0.5) & (y > -_HYSTERESIS * size))
    begins = raised & (x.raised < 0.5)
    since = x.since + dt
    waves = x.waves.with_value(since, begins)

    away = x.second[3] + dt * number(jnp.abs(y) > _AWAY * size)
    shape = jnp.where(pulses.follow(), 0.0, jnp.stack([jnp.abs(ecg - x.before) / dt, y, -y]))
    second = jnp.maximum(x.second, jnp.concatenate([shape, away[None]]))
    over = x.lasted + 1.5 * dt > 1.0
    seconds = jnp.where(over, jnp.concatenate([second[None], x.seconds[:-1]]), x.seconds)
    fibrillates, races = (verdict & ~pulses.rule() for verdict in _verdicts(seconds, waves, beats, rate))
    counted = lambda n, verdict: jnp.where(over, jnp.where(verdict, n + 1.0, 0.0), n)
    fibrillating, racing = counted(x.fibrillating, fibrillates), counted(x.racing, races & ~fibrillates)
    goes_on = (x.told == FIBRILLATION) & (fibrillates | races)
    found = jnp.where(racing >= _IN_A_ROW, TACHYCARDIA, jnp.where(fibrillates | races, x.told, NONE))
    now = jnp.where((fibrillating >= _IN_A_ROW) | goes_on, FIBRILLATION, found)
    now = jnp.where(over, now, x.told)
    return Ventricles(
        base, ecg, size, number(raised), jnp.where(begins, 0.0, since), waves, jnp.where(over, 0.0, second), seconds,
        jnp.where(over, 0.0, x.lasted + dt), fibrillating, racing, now,
    ), now  # fmt: skip


def _verdicts(
    seconds: Float[Array, "second 4"], waves: Recent, beats: Recent, rate: Scalar
) -> tuple[Bool[Array, ""], Bool[Array, ""]]:
    """Whether the last seconds are fibrillation, and whether they are tachycardia or fibrillation."""
    width = seconds[:, 1] + seconds[:, 2]
    wide = jnp.all((width > _SMALLEST_MV) & (seconds[:, 0] < _WIDE * width))
    last = beats.values[:_BEATS]
    mean = jnp.mean(last)
    enough = beats.count >= _BEATS
    disorder = jnp.mean((last - mean) ** 2) > (_DISORDER * mean) ** 2
    restless = jnp.mean(seconds[:, 3]) > _RESTLESS
    fast = (waves.count >= _WAVES) & (per_minute(waves) > _FAST)
    fibrillates = wide & restless & fast & (disorder | ~enough)
    return fibrillates, wide & enough & (mean * rate < SECONDS_PER_MINUTE)
