"""What a person does to a device: done whenever its signal rises, by one for each time."""

import jax.numpy as jnp
from jaxtyping import Array, Bool

from twinbed.core.model import Scalar

_HALF = 0.5


def once_more(now: Scalar, before: Scalar) -> Bool[Array, ""]:
    """Whether somebody did it once more since the last tick, at which the signal was as before."""
    return now > before + _HALF


def pause_left(left: Scalar, acts: Bool[Array, ""], begins: Bool[Array, ""], lasts: Scalar, period_s: float) -> Scalar:
    """Time that is left of a pause of the sound of alarms, after one more tick.

    Args:
        left: at the last tick.
        acts: whether somebody pauses; who does so once more ends the pause.
        begins: whether an alarm begins, which ends it too.
        lasts: the whole pause.
        period_s: seconds of a tick.
    """
    rest = jnp.maximum(left - period_s, 0.0)
    paused = jnp.where(acts, jnp.where(rest > 0.0, 0.0, lasts), rest)
    return jnp.where(begins, 0.0, paused)
