"""Lengths of time that pass again and again, counted without harm from rounding."""

import jax.numpy as jnp
from jaxtyping import Array, Bool

from twinbed.core.model import Scalar

SECONDS_PER_DAY = 86400.0
SECONDS_PER_HOUR = 3600.0
SECONDS_PER_MINUTE = 60.0
MINUTES_PER_HOUR = 60.0
HOURS_PER_DAY = 24.0


def turns(t_s: Scalar, length_s: Scalar | float, period_s: float) -> Scalar:
    """How often a length of time has passed at a tick; ticks come every `period_s`.

    A tick that falls on a multiple counts it, whatever rounding does to the quotient.
    """
    return jnp.floor((t_s + 0.5 * period_s) / length_s)


def has_turned(t_s: Scalar, length_s: Scalar | float, period_s: float) -> Bool[Array, ""]:
    """Whether the length has passed once more since the last tick."""
    return turns(t_s, length_s, period_s) > turns(t_s - period_s, length_s, period_s)
