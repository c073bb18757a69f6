"""Events of glucose as the consensus counts them, one reading at a time.

An event begins once glucose has been beyond a threshold for 15 minutes and ends once it has
been back for 15 minutes; it is extended once it has been beyond for more than 120 minutes
without a break. A reading stands for the time until the next.

**References:**

- Battelino, Alexander, Amiel et al. (2023), Lancet Diabetes Endocrinol 11:42,
  doi:10.1016/S2213-8587(22)00319-9
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from twinbed.core.quantities import var

Scalar = Float[Array, ""]
BEGINS_MIN = 15.0
ENDS_MIN = 15.0
EXTENDED_MIN = 120.0
_HALF_A_SECOND_MIN = 1.0 / 120.0  # durations are sums of periods and may be rounded


class Episodes(eqx.Module):
    """The events seen so far."""

    beyond_min: Scalar = var("min", "time beyond the threshold without a break")
    back_min: Scalar = var("min", "time back without a break")
    inside: Scalar = var("1", "whether an event is on")
    was_extended: Scalar = var("1", "whether the event that is on was extended already")
    count: Scalar = var("1", "events so far")
    extended: Scalar = var("1", "extended events so far")


def no_episodes() -> Episodes:
    """Before the first reading."""
    zero = jnp.asarray(0.0)
    return Episodes(zero, zero, zero, zero, zero, zero)


def follow(x: Episodes, beyond: Bool[Array, ""], period_s: float) -> Episodes:
    """The events after one more reading, which is beyond the threshold or not."""
    minutes = period_s / 60.0
    beyond_min = jnp.where(beyond, x.beyond_min + minutes, 0.0)
    back_min = jnp.where(beyond, 0.0, x.back_min + minutes)
    long_enough = beyond_min > BEGINS_MIN - _HALF_A_SECOND_MIN
    over = back_min > ENDS_MIN - _HALF_A_SECOND_MIN
    begins = jnp.where(long_enough, 1.0 - x.inside, 0.0)
    inside = jnp.where(over, 0.0, x.inside + begins)
    seen = jnp.where(begins > 0.5, 0.0, x.was_extended)
    very_long = beyond_min > EXTENDED_MIN + _HALF_A_SECOND_MIN
    extends = jnp.where(very_long, 1.0 - seen, 0.0)
    return Episodes(
        beyond_min=beyond_min,
        back_min=back_min,
        inside=inside,
        was_extended=seen + extends,
        count=x.count + begins,
        extended=x.extended + extends,
    )
