"""What software believes of a glucose sensor: the last readings, their age and their trend.

A reading counts when the sensor says so and the number is one that sensors show; everything else,
numbers that are not finite included, is a missed reading. A trend is drawn through readings without a
gap only.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool

from twinbed.core.model import Scalar
from twinbed.core.quantities import var

LOWEST, HIGHEST = 20.0, 600.0  # mg/dL, the range of the signal `cgm`
NEVER_MIN = 1e4  # older than any limit


class Readings(eqx.Module):
    """The last readings, the newest first; a missed one leaves them as they are."""

    glucose: tuple[Scalar, ...] = var("mg/dL", "readings in a row")
    count: Scalar = var("1", "how many of them are without a gap")
    age: Scalar = var("min", "time since the last reading")

    @property
    def last(self) -> Scalar:
        """The last reading."""
        return self.glucose[0]


def no_readings(like: Scalar, n: int) -> Readings:
    """Before the first reading."""
    zero = jnp.zeros_like(like)
    return Readings((zero,) * n, zero, jnp.full_like(like, NEVER_MIN))


def counts(glucose: Scalar, valid: Scalar) -> Bool[Array, ""]:
    """Whether a reading is one to act on. Not-a-number is not."""
    return (valid > 0.5) & (glucose >= LOWEST) & (glucose <= HIGHEST)


def with_reading(x: Readings, glucose: Scalar, valid: Scalar, minutes: float) -> Readings:
    """The readings after one more tick of so many minutes."""
    good = counts(glucose, valid)
    pick = lambda new, old: jnp.where(good, new, old)
    shifted = (glucose, *x.glucose[:-1])
    return Readings(
        tuple(pick(new, old) for new, old in zip(shifted, x.glucose, strict=True)),
        pick(jnp.minimum(x.count + 1.0, float(len(x.glucose))), 0.0),
        pick(0.0, jnp.minimum(x.age + minutes, NEVER_MIN)),
    )


def trend(x: Readings, minutes: float) -> Scalar:
    """Slope of the line through the last four readings, in mg/dL/min; fewer after a gap, zero with one."""
    now, one, two, three = x.glucose[:4]
    four_points = (3.0 * (now - three) + (one - two)) / (10.0 * minutes)
    three_points = (now - two) / (2.0 * minutes)
    two_points = (now - one) / minutes
    short = jnp.where(x.count >= 3.0, three_points, jnp.where(x.count >= 2.0, two_points, 0.0))
    return jnp.where(x.count >= 4.0, four_points, short)


def line_ahead(x: Readings, minutes: float, ahead: Scalar) -> Scalar:
    """Glucose so many minutes ahead on the line through the last four readings."""
    now, one, two, three = x.glucose[:4]
    four_points = (now + one + two + three) / 4.0 + 1.5 * minutes * trend(x, minutes)
    level = jnp.where(x.count >= 4.0, four_points, now)
    return level + ahead * trend(x, minutes)
