"""What dosing software shares: reading the pump's counter, reading announcements, rounding doses down."""

import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.devices._clock import MINUTES_PER_HOUR

NOT_READ = -1.0  # [IU], the counter before its first reading
_MOST_AT_ONCE = 60.0  # [IU], more is no delivery but a counter gone wrong
_MOST_CARBOHYDRATE = 300.0  # g, more is no meal but a slip
_ROUNDING = 1e-3  # share of an increment by which a dose may seem too small for rounding errors


def delivered_since(before: Scalar, total: Scalar) -> Scalar:
    """Insulin delivered since the counter was read; none if it was not, or was set back."""
    sound = (before >= 0.0) & (total >= before)
    return jnp.where(sound, jnp.minimum(total - before, _MOST_AT_ONCE), 0.0)


def counter(before: Scalar, total: Scalar) -> Scalar:
    """The counter to compare with at the next tick."""
    return jnp.where(total >= 0.0, total, before)


def beyond_basal(before: Scalar, total: Scalar, basal_rate: Scalar, minutes: float) -> Scalar:
    """Insulin delivered in a tick beyond the basal rate, negative if less; zero at the first reading."""
    delivered = delivered_since(before, total)
    return jnp.where(before < 0.0, 0.0, delivered - basal_rate * (minutes / MINUTES_PER_HOUR))


def announced(rate: Scalar, minutes: float) -> Scalar:
    """Carbohydrate announced in a tick, in grams."""
    return jnp.where(rate > 0.0, jnp.minimum(rate * minutes, _MOST_CARBOHYDRATE), 0.0)


def rounded_down(dose: Scalar, increment: Scalar) -> Scalar:
    """The largest multiple of the increment that is not above the dose."""
    return jnp.floor(dose / increment + _ROUNDING) * increment
