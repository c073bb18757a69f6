"""The delay line against what a delay is."""

import jax.numpy as jnp
import numpy as np
import pytest

from twinbed.physiology.glucose._parts.delay import delayed, full, pushed

_SIGNAL = np.random.default_rng(3).uniform(0.0, 5.0, size=40)


def _passed(signal, delay, dt=1.0, steps=16):
    line, out = full(jnp.asarray(0.0), steps), []
    for value in signal:
        line = pushed(line, jnp.asarray(value))
        out.append(float(delayed(line, jnp.asarray(delay), jnp.asarray(dt))))
    return np.array(out)


@pytest.mark.parametrize("delay", [0, 1, 8, 15])
def test_whole_steps_shift_exactly(delay):
    np.testing.assert_array_equal(_passed(_SIGNAL, float(delay)), np.r_[np.zeros(delay), _SIGNAL[: 40 - delay]])


def test_a_part_of_a_step_splits_in_proportion():
    """The mean over a step of a held signal delayed by 2.3 steps."""
    shifted = lambda k: np.r_[np.zeros(k), _SIGNAL[: 40 - k]]
    np.testing.assert_allclose(_passed(_SIGNAL, 2.3), 0.7 * shifted(2) + 0.3 * shifted(3), rtol=1e-12)


@pytest.mark.parametrize("delay", [0.0, 3.7, 8.0, 12.9])
def test_doses_are_conserved(delay):
    signal = np.r_[_SIGNAL, np.zeros(16)]
    assert _passed(signal, delay).sum() == pytest.approx(signal.sum(), rel=1e-12)


def test_the_delay_counts_in_time_not_in_steps():
    np.testing.assert_array_equal(_passed(_SIGNAL, 10.0, dt=5.0), np.r_[0.0, 0.0, _SIGNAL[:38]])


def test_a_delay_longer_than_the_line_is_the_whole_line():
    np.testing.assert_array_equal(_passed(_SIGNAL, 99.0), _passed(_SIGNAL, 15.0))
