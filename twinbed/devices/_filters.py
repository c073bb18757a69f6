"""Lags of first order, sampled: what transducers and monitors do to a wave."""

import jax.numpy as jnp

from twinbed.core.model import Scalar


def lagged(behind: Scalar, now: Scalar, lag_s: Scalar, dt: float) -> Scalar:
    """What is behind a lag (s) after `dt` seconds at a value."""
    return now + (behind - now) * jnp.exp(-dt / lag_s)


def lag_of(corner_hz: Scalar) -> Scalar:
    """Lag (s) of a filter of first order with a corner frequency."""
    return 1.0 / (2.0 * jnp.pi * corner_hz)
