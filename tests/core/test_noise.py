"""The hash against the published vectors and JAX's own; the draws against their distribution."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from twinbed.core.noise import noise_from_seed, threefry

_WORDS = [
    # key, counter, output: known answers of Random123 for threefry2x32 with 20 rounds
    ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
    ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
    ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
]


def _u32(*words):
    return tuple(jnp.asarray(np.uint32(w)) for w in words)


@pytest.mark.parametrize(("key", "counter", "expected"), _WORDS)
def test_known_answers(key, counter, expected):
    assert tuple(int(w) for w in threefry(_u32(*key), _u32(*counter))) == expected


def test_agrees_with_jax():
    from jax.extend.random import threefry_2x32

    count = jnp.asarray(np.array([5, 9], np.uint32))
    key = jnp.asarray(np.array([3, 4], np.uint32))
    ours = threefry(_u32(3, 4), _u32(5, 9))
    assert [int(w) for w in ours] == [int(w) for w in threefry_2x32(key, count)]


@pytest.fixture(scope="module")
def draws():
    noise = noise_from_seed(42)
    return np.asarray(jax.jit(jax.vmap(lambda i: noise.at(i).normal(0)))(jnp.arange(20000)))


def test_normal_distribution(draws):
    assert stats.kstest(draws, "norm").pvalue > 0.001


def test_neighbours_are_independent(draws):
    assert abs(np.corrcoef(draws[1:], draws[:-1])[0, 1]) < 4 / np.sqrt(len(draws))


def test_precisions_agree():
    wide, slim = noise_from_seed(1), noise_from_seed(1, dtype=jnp.float32)
    for k in range(50):
        assert float(slim.at(k).uniform(0)) == pytest.approx(float(wide.at(k).uniform(0)), abs=1.2e-7)


def test_places_and_draws_differ():
    noise = noise_from_seed(1)
    values = {float(noise.at(i).at(j).uniform(k)) for i in range(5) for j in range(5) for k in range(5)}
    assert len(values) == 125
    assert float(noise_from_seed(1).uniform(0)) != float(noise_from_seed(1 + 2**32).uniform(0))


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
@pytest.mark.parametrize("word", [0, 0xFFFFFFFF])
def test_no_word_gives_an_infinite_draw(monkeypatch, dtype, word):
    """A uniform draw of exactly 0 or 1 would be an infinite normal one."""
    monkeypatch.setattr("twinbed.core.noise.threefry", lambda key, counter: _u32(word, word))
    noise = noise_from_seed(1, dtype=dtype)
    assert 0.0 < float(noise.uniform(0)) < 1.0
    assert np.isfinite(float(noise.normal(0)))
