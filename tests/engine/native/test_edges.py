"""Programs at the edges of what can be written: each was wrong once, and gives what XLA gives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.engine.native.side_by_side import native, xla
from twinbed.engine.native.errors import CannotLower
from twinbed.engine.native.execute import mapped

lax = jax.lax
X = np.linspace(-2.0, 2.0, 37)
V = np.random.default_rng(3).normal(size=(37, 5))
LONG = np.random.default_rng(4).normal(size=(37, 500))
K = np.arange(37, dtype=np.int32) - 18
WIDE = K.astype(np.int64) * 2**40
ROUNDS = np.array([np.inf, -np.inf, np.nan, 3e9, -3e9, -1.5, 0.49999999999999994, 5e9])
WHOLE = np.array([0, 3, -3, 2**31 - 1, -(2**31), 7], np.int32)


def each(f, constants):
    """`f` of constants that are folded while printing, added up with the patient's own number."""
    return lambda x: lax.scan(lambda c, r: (c, f(r)), x, jnp.asarray(constants))[1]


EDGES = {
    "extremes of truth": (lambda x: jnp.maximum(x > 0, x > 1) ^ jnp.minimum(x > 0, x > 1), X),
    "largest truth of several": (lambda v: jnp.max(v > 0.5) & ~jnp.min(v > -0.5), V),
    "order of truth": (lambda x: jnp.stack([lax.lt(x > 0, x > 1), lax.le(x > 0, x > 1), lax.ge(x > 0, x > 1)]), X),
    "overflow": (lambda k: (k + np.int32(2**31 - 1)) > k, K),
    "real constants as integers": (each(lambda r: r.astype(jnp.int32), ROUNDS), X),
    "real constants as unsigned": (each(lambda r: r.astype(jnp.uint32), ROUNDS), X),
    "constants rounded away": (each(lambda r: lax.round(r, lax.RoundingMethod.AWAY_FROM_ZERO), ROUNDS), X),
    "constants over zero": (each(lambda r: lax.div(r, np.int32(0)) + lax.rem(r, np.int32(0)), WHOLE), X),
    "constants over constants": (each(lambda r: lax.div(r, np.int32(-3)) - lax.rem(r, np.int32(-3)), WHOLE), X),
    "far shifts of constants": (each(lambda r: lax.shift_right_arithmetic(r, np.int32(40)), WHOLE), X),
    "sign of unsigned shifts": (lambda k: lax.shift_right_arithmetic(k.astype(jnp.uint32), np.uint32(3)), K),
    "a carry that changes in part": (
        lambda x: lax.scan(lambda c, k: (jnp.stack([c[0] + 1.0, c[1]]), None), jnp.stack([x * 0.0, x]), np.arange(99))[0],
        X,
    ),
    "minus zero in a carry": (
        lambda x: 1.0 / lax.scan(lambda c, k: (jnp.asarray(-0.0), None), jnp.asarray(0.0), np.arange(99))[0] + x, X,
    ),
    "much stored": (
        lambda x: lax.scan(
            lambda e, y: (e * 0.5 + y, None), x, lax.scan(lambda d, j: (d * 0.9 + j, d), x, np.arange(100_000.0))[1]
        )[0],
        X,
    ),
    "a long input as output": (lambda v: (v, v.reshape(5, 100), v), LONG),
    "no numbers": (lambda x: (jnp.sum(jnp.zeros((0,))) + x, jnp.any(jnp.zeros((0,), bool)), jnp.prod(jnp.ones((0,)))), X),
    "a falling unsigned table": (
        lambda x: lax.scan(lambda c, k: (c + k.astype(float), None), x, np.arange(99, dtype=np.uint32)[::-1])[0], X,
    ),
    "wide integers": (lambda k: jnp.stack([jnp.abs(k), jnp.sign(k), k // 3, k % 3]), WIDE),
    "a variable integer power": (lambda k: jax.lax.pow(jnp.asarray(1.5), k), K),
    "integer powers of integers": (lambda k: jnp.stack([k**0, k**3, k**2]), K),
    "an index of each patient": (lambda v: v[(v[0] > 0).astype(jnp.int32) + 1], V),
    "an unsigned index": (lambda v: v[(v[0] > 0).astype(jnp.uint32)], V),
    "sines far away": (lambda x: jnp.sin(x) + jnp.cos(x * 1e7) + jnp.tan(x), X),
}  # fmt: skip


@pytest.mark.parametrize("name", EDGES)
def test_an_edge_gives_what_xla_gives(name):
    f, argument = EDGES[name]
    got, want = native(f, [argument], np.float64), xla(f, [argument])
    for g, w in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
        assert g.dtype == w.dtype
        np.testing.assert_allclose(np.asarray(g, float), np.asarray(w, float), rtol=1e-13, atol=1e-300)


def test_nothing_times_what_is_no_number_is_none():
    out = mapped(lambda x, s: x + 0.0 * s, jnp.asarray(X), jnp.asarray(np.inf), dtype=np.float64)
    assert np.isnan(out).all()


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("sick", [np.nan, np.inf, 1e7])
@pytest.mark.parametrize("f", [jnp.sin, jnp.cos, jnp.tan, jnp.exp, jnp.tanh, jnp.log, lambda x: x**1.7])
def test_neighbours_do_not_change_a_bit(f, sick, bits):
    dtype = np.dtype(f"float{bits}")
    well = np.linspace(-9, 900, 64).astype(dtype)
    ill = well.copy()
    ill[::5] = sick
    a, b = (native(f, [values], dtype) for values in (well, ill))
    others = np.arange(64) % 5 != 0
    assert a[others].tobytes() == b[others].tobytes()


@pytest.mark.parametrize(("kind", "why"), [("int8", "numbers of type int8"), ("float16", "makes a float16")])
def test_numbers_of_other_types_are_refused(kind, why):
    with pytest.raises(CannotLower, match=why):
        native(lambda x: x.astype(kind).astype(float), [X], np.float64)


def test_other_reals_than_those_of_the_run_are_refused():
    with pytest.raises(CannotLower, match="has a float64 in a run in float32"):
        native(lambda x: x, [X], np.float32)
