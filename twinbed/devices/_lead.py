"""A lead of the electrocardiogram as a monitor reads it: without pulses of a pacemaker and without mains.

A pulse lasts at most 2 ms, so that it is in one sample of 10 ms or in two. The median of five samples leaves nothing of
it, whatever its height; of a triangular QRS complex of 70 ms it leaves seven tenths of the height, of one of 40 ms
half or less, and of one of 10 ms nothing. The mean of two samples has its zero at 50 Hz. The median has one at 60 Hz,
of which five samples are three periods. Both together are 25 ms late.

*Known limits*: made for 100 samples a second; at other rates pulses of up to two samples are left out, and mains are
not. A pulse whose overshoot lasts longer than 10 ms is not left out.

**References:**

- IEC 60601-2-27:2011, 201.12.1.101.13, as Mindray BeneHeart D60, operator's manual, p. A-17, cites it: pulses of 2 to
  700 mV and 0.1 to 2 ms are rejected
- ANSI/AAMI EC13:2002, 4.1.4.1, as Mindray DPM 4, operator's manual, p. 3-11, cites it: the same
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from twinbed.core.model import Scalar
from twinbed.core.quantities import var

_SAMPLES = 5


class Lead(eqx.Module):
    """The last samples, newest first, and what was made of them."""

    samples: Float[Array, " sample"]
    median: Scalar = var("mV", "median of the samples before the last one came")
    started: Scalar = var("1", "1 once there was a sample")


def no_lead(like: Scalar) -> Lead:
    """Before the first sample."""
    zero = jnp.zeros_like(like)
    return Lead(jnp.broadcast_to(zero, (_SAMPLES,)), zero, zero)


def cleaned(x: Lead, ecg: Scalar) -> tuple[Lead, Scalar]:
    """The next state, and the lead (mV) without pulses and mains, 25 ms late at 100 samples a second."""
    first = x.started < 0.5
    samples = jnp.where(first, ecg, jnp.concatenate([ecg[None], x.samples[:-1]]))
    median = _median(samples)
    before = jnp.where(first, median, x.median)
    return Lead(samples, median, jnp.ones_like(x.started)), 0.5 * (median + before)


def _median(of: Float[Array, " sample"]) -> Scalar:
    """Of five: without the smallest and the largest of the first four, the middle one of the three that are left."""
    a, b, c, d, e = of[0], of[1], of[2], of[3], of[4]
    low = jnp.maximum(jnp.minimum(a, b), jnp.minimum(c, d))
    high = jnp.minimum(jnp.maximum(a, b), jnp.maximum(c, d))
    return jnp.maximum(jnp.minimum(low, high), jnp.minimum(jnp.maximum(low, high), e))
