"""The last few of something that comes one by one: beats, breaths, seconds."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from twinbed.core.model import Scalar
from twinbed.devices._clock import SECONDS_PER_MINUTE


class Recent(eqx.Module):
    """The last values, newest first, and how many there were (at most as many as are kept)."""

    values: Float[Array, " event"]
    count: Scalar

    def with_value(self, value: Scalar, when: Bool[Array, ""]) -> "Recent":
        """The same with one more value, if it came now."""
        pushed = jnp.concatenate([value[None], self.values[:-1]])
        count = jnp.minimum(self.count + 1.0, float(self.values.size))
        return Recent(jnp.where(when, pushed, self.values), jnp.where(when, count, self.count))

    def cleared(self, when: Bool[Array, ""]) -> "Recent":
        """The same, or nothing if it is to be forgotten now."""
        return Recent(jnp.where(when, 0.0, self.values), jnp.where(when, 0.0, self.count))

    def total(self) -> Scalar:
        """Their sum."""
        return jnp.sum(self.values)

    def mean(self) -> Scalar:
        """Their mean; 0 while there is none."""
        return self.total() / jnp.maximum(self.count, 1.0)


def nothing_yet(like: Scalar, kept: int) -> Recent:
    """No values, with room for `kept`."""
    zero = jnp.zeros_like(like)
    return Recent(jnp.broadcast_to(zero, (kept,)), zero)


def per_minute(intervals: Recent) -> Scalar:
    """Events a minute from the last intervals in seconds; 0 while there is none."""
    known = intervals.count > 0.0
    return jnp.where(known, SECONDS_PER_MINUTE / jnp.where(known, intervals.mean(), 1.0), 0.0)
