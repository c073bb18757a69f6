"""Second-order autoregressive noise, e[k] = first e[k-1] + second e[k-2] + w[k].

**References:**

- Box, Jenkins & Reinsel (2008), Time Series Analysis, section 3.2.4
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import var


class Errors(eqx.Module):
    """The last two errors."""

    last: Scalar = var("mg/dL", "last error")
    before: Scalar = var("mg/dL", "error before the last")


def variance_gain(first: Scalar, second: Scalar) -> Scalar:
    """Stationary variance over the variance of the driving noise (negative if unstable)."""
    return (1.0 - second) / ((1.0 + second) * ((1.0 - second) * (1.0 - second) - first * first))


def stationary(first: Scalar, second: Scalar, driving_sd: Scalar, noise: Noise) -> Errors:
    """Two successive errors of a process that has run forever; uses draws 0 and 1."""
    sd = driving_sd * jnp.sqrt(variance_gain(first, second))
    correlation = first / (1.0 - second)
    before = noise.normal(0)
    last = correlation * before + jnp.sqrt(1.0 - correlation * correlation) * noise.normal(1)
    return Errors(sd * last, sd * before)


def following(x: Errors, first: Scalar, second: Scalar, driving: Scalar) -> Errors:
    """The errors one step later."""
    return Errors(first * x.last + second * x.before + driving, x.last)
