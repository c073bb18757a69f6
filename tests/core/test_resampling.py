"""The NumPy hash against the JAX one, bit by bit."""

import jax.numpy as jnp
import numpy as np
import pytest

from twinbed.core import resampling
from twinbed.core.noise import index_of_name, noise_from_seed, threefry
from twinbed.core.resampling import resample_counts


@pytest.mark.parametrize(("seed", "stratum", "number", "n"), [(1, 0, 0, 9), (2**63 + 5, 3, 501, 33)])
def test_draws_are_those_of_core_noise(seed, stratum, number, n):
    own = noise_from_seed(seed).at(index_of_name("bootstrap")).at(stratum).at(number)
    words = [int(threefry(own.key, (jnp.uint32(k), jnp.uint32(0)))[0]) for k in range(n)]
    want = np.bincount([(word * n) >> 32 for word in words], minlength=n)
    np.testing.assert_array_equal(resample_counts(seed, stratum, number, 1, n)[0], want)


def test_a_resample_does_not_depend_on_how_many_are_made():
    """More draws than are hashed at once, so that pieces meet."""
    whole = resample_counts(7, 1, 0, 40, 3000)
    np.testing.assert_array_equal(resample_counts(7, 1, 30, 10, 3000), whole[30:])
    assert (whole.sum(axis=1) == 3000).all()


def test_a_single_word_has_the_bits_of_an_array_of_words():
    words = np.random.default_rng(3).integers(0, 2**32, (4, 50), dtype=np.uint32)
    words[:, :2] = [[0, 2**32 - 1]]
    first, second = resampling.threefry((words[0], words[1]), (words[2], words[3]))
    alone = [resampling.threefry_of((int(a), int(b)), (int(c), int(d))) for a, b, c, d in words.T]
    np.testing.assert_array_equal(np.array(alone, np.uint32), np.stack([first, second], axis=1))
