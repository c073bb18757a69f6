"""Every primitive against XLA, on ordinary and on special numbers."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.engine.native.side_by_side import native
from twinbed.core.noise import Noise
from twinbed.engine.native.errors import CannotLower

RNG = np.random.default_rng(3)
SPECIAL = [
    0.0,
    -0.0,
    1,
    -1,
    0.5,
    -0.5,
    2.5,
    -2.5,
    1e-3,
    1e10,
    -1e10,
    np.inf,
    -np.inf,
    np.nan,
    3,
    -3,
    30,
    -30,
    700,
    -700,
]
REALS = np.concatenate([SPECIAL, 3 * RNG.normal(size=20)])
PAIRS = tuple(a.ravel() for a in np.meshgrid(REALS, REALS))
WHOLE = np.arange(-20, 20, dtype=np.int32)
WORDS = RNG.integers(0, 2**32, (40, 3), dtype=np.uint64).astype(np.uint32)
VECTORS = RNG.normal(size=(40, 5))
PLACES = (np.arange(40) % 7 - 1).astype(np.int32)
lax = jax.lax

UNARY = """exp expm1 log log1p sin cos tan tanh sqrt rsqrt floor ceil sign neg abs is_finite cbrt asin acos atan
sinh cosh asinh atanh erf erfc erf_inv logistic exp2 square""".split()
BINARY = "add sub mul div rem max min lt le gt ge eq ne pow atan2".split()
INTEGER = "add sub mul div rem max min lt le eq ne bitwise_and bitwise_or bitwise_xor".split()
SHIFTS = "shift_left shift_right_logical shift_right_arithmetic".split()
ELEMENTWISE = {
    "of a real": (UNARY, REALS),
    "of two reals": (BINARY, *PAIRS),
    "of integers": (INTEGER, WHOLE, np.roll(WHOLE, 7)),
    "shifts": (SHIFTS, WHOLE, np.abs(WHOLE) * 2),
}
CASES = {
    "round to even": (lambda x: lax.round(x, lax.RoundingMethod.TO_NEAREST_EVEN), REALS),
    "round away": (lambda x: lax.round(x, lax.RoundingMethod.AWAY_FROM_ZERO), REALS),
    "clamp": (lambda x: lax.clamp(x.dtype.type(-1), x, x.dtype.type(2)), REALS),
    "integer power": (lambda x: (x**5, x**-3, x**0), REALS),
    "where": (lambda a, b: jnp.where(a < b, a, b), *PAIRS),
    "not": (lambda a, b: ~((a < b) & (a > -b) | (a == b)), *PAIRS),
    "same truths": (lambda x: ((x > 0) == (x < 1), (x > 0) != (x < 1)), REALS),
    "same truths of all": (
        lambda x: lax.scan(lambda c, k: (jnp.where((k > 3) == (k > 5), c + 1, c), None), x,
                           jnp.arange(99, dtype=jnp.int32))[0], REALS,
    ),
    "constant divisors": (lambda x: (x / 60.0, x / 4.0), REALS),
    "to integers": (lambda x: (x.astype(jnp.int32), (x > 0).astype(jnp.int32)), REALS),
    "from integers": (lambda k: (k.astype(jnp.uint32), k.astype(jnp.int64), k != 0), WHOLE),
    "sums": (lambda v: (jnp.sum(v * v), jnp.max(v), jnp.min(v), jnp.prod(v), jnp.all(v > 0), jnp.any(v > 0)), VECTORS),
    "moves": (lambda v: (v[::-1], v[1:4], jnp.stack([v, v]).T, jnp.concatenate([v, v[:2]]), v.reshape(5, 1)), VECTORS),
    "scan": (lambda x: lax.scan(lambda c, k: (0.9 * c + k.astype(c.dtype), c), x, jnp.arange(50, dtype=jnp.int32)), REALS),
    "scan backwards": (
        lambda v: lax.scan(lambda c, x: (0.5 * c + x, c), v[0], jnp.tile(v, 40), reverse=True), VECTORS,
    ),
    "scan that swaps": (
        lambda x: lax.scan(lambda c, k: ((c[1], c[0] + 1.0, k), None), (x, 2 * x, np.int32(0)),
                           jnp.arange(99, dtype=jnp.int32))[0], REALS,
    ),
    "short scan": (lambda v: lax.scan(lambda c, x: (c + x, c * x), v[0], v), VECTORS),
    "table": (
        lambda x: lax.scan(lambda c, r: (c * r, None), x, jnp.asarray(np.tile([0.5, 1.5, 1.25], 40), x.dtype))[0], REALS,
    ),
    "while": (lambda v: lax.while_loop(lambda c: c[0] < 9, lambda c: (c[0] + jnp.abs(c[1]), c[1]), (v[0], v[1])), VECTORS),
    "branch": (lambda x: lax.cond(x > 0, lambda y: 2 * y, lambda y: y - 1, x), REALS),
    "switch": (lambda k: lax.switch(k, [lambda: 1.5, lambda: -2.0, lambda: 7.0]), PLACES),
    "element": (lambda v, k: (2 * v)[k], VECTORS, PLACES),
    "update": (lambda v, k: lax.dynamic_update_slice(v, v[:2], (k,)), VECTORS, PLACES),
}  # fmt: skip
TOLERANCE = {np.float64: 1e-12, np.float32: 3e-6}


@functools.cache
def together(group, dtype):
    """All functions of a group in one program, and under XLA; by name."""
    names, *args = ELEMENTWISE[group]
    args = [a.astype(dtype) if a.dtype.kind == "f" else a for a in args]
    f = lambda *xs: {name: getattr(lax, name)(*xs) for name in names}
    return native(f, args, dtype), jax.jit(jax.vmap(f))(*map(jnp.asarray, args))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("group", "name"), [(g, n) for g, (names, *_) in ELEMENTWISE.items() for n in names])
def test_an_elementwise_primitive_gives_what_xla_gives(group, name, dtype):
    got, want = (values[name] for values in together(group, dtype))
    assert got.dtype == want.dtype
    np.testing.assert_allclose(got.astype(float), np.asarray(want, float), rtol=TOLERANCE[dtype], atol=1e-300)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", CASES)
def test_a_primitive_gives_what_xla_gives(name, dtype):
    f, *args = CASES[name]
    args = [a.astype(dtype) if a.dtype.kind == "f" else a for a in args]
    if name == "switch" and dtype == np.float32:
        f = lambda k: lax.switch(k, [lambda: np.float32(1.5), lambda: np.float32(-2.0), lambda: np.float32(7.0)])
    got, want = native(f, args, dtype), jax.jit(jax.vmap(f))(*map(jnp.asarray, args))
    for g, w in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
        assert g.dtype == w.dtype
        np.testing.assert_allclose(g.astype(float), np.asarray(w, float), rtol=TOLERANCE[dtype], atol=1e-300)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_random_numbers_have_the_same_bits(dtype):
    draw = lambda w: (Noise((w[0], w[1]), dtype).at(w[2]).uniform(3), Noise((w[0], w[1]), dtype).key)
    got, want = native(draw, [WORDS], dtype), jax.vmap(draw)(jnp.asarray(WORDS))
    for g, w in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
        assert g.tobytes() == np.asarray(w).tobytes()


def test_what_cannot_be_expressed_is_refused_with_its_line():
    with pytest.raises(CannotLower, match=r"cannot express sort \(written at .*test_rules\.py:\d+"):
        native(lambda v: jnp.sort(v), [VECTORS], np.float64)


def test_too_many_numbers_at_once_are_refused():
    with pytest.raises(CannotLower, match="at most 128"):
        native(lambda v: jnp.sin(v), [np.ones((3, 500))], np.float64)
