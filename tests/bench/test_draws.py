"""Random numbers of virtual subjects."""

import numpy as np
from scipy.stats import kstest

from twinbed.bench.draws import normals, uniforms
from twinbed.core.noise import index_of_name, noise_from_seed, threefry


def test_they_are_uniform_and_normal():
    assert kstest(uniforms(1, "a", 20_000), "uniform").pvalue > 0.01
    assert kstest(normals(1, "a", 20_000), "norm").pvalue > 0.01


def test_names_and_seeds_are_independent_and_length_does_not_matter():
    drawn = np.array([normals(s, name, 20_000) for s in (0, 1) for name in ("a", "b")])
    assert np.abs(np.corrcoef(drawn) - np.eye(4)).max() < 0.03
    np.testing.assert_array_equal(normals(3, "x", 5), normals(3, "x", 50)[:5])


def test_the_bits_are_those_of_the_engines_noise():
    key = noise_from_seed(5).key
    high, low = threefry(key, (np.uint32(2), np.uint32(index_of_name("a"))))
    expected = ((int(high) >> 6) * 2**26 + (int(low) >> 6) + 0.5) / 2**52
    assert uniforms(5, "a", 3)[2] == expected
