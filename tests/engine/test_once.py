"""What XLA computes once, and that nothing else changes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import twinbed.core.noise  # noqa: F401 (64 bits)
from twinbed.engine.once import computed_once

FROM_ONE_TO_TWO = jnp.linspace(1.0, 2.0, 8)
ON_A_PROCESSOR = pytest.mark.skipif(jax.default_backend() != "cpu", reason="other devices are left as they are")


def _straight(x):
    """The sine has three readers."""
    s = jnp.sin(x)
    return s * x, s + 2.0, jnp.where(s > 0.9, s, x)


def _looped(x):
    """The same within a loop and a branch, which is the same for all that is mapped."""
    step = lambda k, c: jax.lax.cond(k < 2, lambda c: _straight(c[0] + c[1]), lambda c: c, c)
    return jax.lax.fori_loop(0, 4, step, (x, x, x))


def _sines(function):
    text = jax.jit(jax.vmap(function)).lower(FROM_ONE_TO_TWO).compile().as_text()
    assert text is not None
    return text.count(" sine(")


@ON_A_PROCESSOR
@pytest.mark.parametrize("function", [_straight, _looped])
def test_what_several_read_is_computed_once(function):
    assert _sines(function) > 1, "XLA repeats nothing any more: `engine.once` can go"
    assert _sines(computed_once(function, FROM_ONE_TO_TWO[0])) == 1


@pytest.mark.parametrize("function", [_straight, _looped])
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_values_and_derivatives_stay(function, dtype):
    x = FROM_ONE_TO_TWO.astype(dtype)
    kept = computed_once(function, x[0])
    both = lambda f: jax.jit(jax.vmap(lambda v: jax.jvp(f, (v,), (jnp.ones_like(v),))))(x)
    for got, want in zip(jax.tree.leaves(both(kept)), jax.tree.leaves(both(function)), strict=True):
        assert got.dtype == want.dtype
        np.testing.assert_allclose(got, want, rtol=1e-6 if dtype == jnp.float32 else 1e-14)


def test_derivatives_run_backwards_through_it_too():
    kept = computed_once(_straight, FROM_ONE_TO_TWO[0])
    slope = lambda f: jax.grad(lambda v: sum(f(v)))(jnp.asarray(1.3))
    assert slope(kept) == pytest.approx(float(slope(_straight)), rel=1e-14)


def test_trees_go_in_and_out_as_they_were():
    given = {"a": jnp.asarray(1.0), "b": (jnp.asarray(2), jnp.asarray(3.0))}
    assert jax.tree.structure(computed_once(lambda t: t, given)(given)) == jax.tree.structure(given)
