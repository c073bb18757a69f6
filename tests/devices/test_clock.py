"""Counting in floating point against counting in whole numbers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from twinbed.devices._clock import has_turned, turns

_CASES = [(86400 * 3, 60), (900, 300), (900, 60), (86400 * 10, 300), (43200, 300), (7000, 100), (240, 1)]


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
@pytest.mark.parametrize(("length_s", "period_s"), _CASES)
def test_a_month_is_counted_without_a_mistake(dtype, length_s, period_s):
    ticks = np.arange(30 * 86400 // period_s)[-200000:]
    t_s = jnp.asarray(ticks * period_s, dtype)
    found = np.asarray(jax.vmap(lambda t: turns(t, float(length_s), float(period_s)))(t_s))
    assert np.array_equal(found, ticks * period_s // length_s)
    turned = np.asarray(jax.vmap(lambda t: has_turned(t, float(length_s), float(period_s)))(t_s))
    assert np.array_equal(turned, ticks * period_s % length_s == 0)
