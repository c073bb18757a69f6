"""What a monitor's lead leaves of pulses, mains and complexes; heights are worked out by hand from the samples."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from twinbed.devices._lead import cleaned, no_lead

DT = 0.01
T = np.arange(0.0, 4.0, DT)


def left_of(lead):
    return np.asarray(jax.jit(lambda v: jax.lax.scan(cleaned, no_lead(jnp.zeros(())), v)[1])(jnp.asarray(lead)))


@pytest.mark.parametrize("height", [2.0, -2.0, 140.0, -140.0])
@pytest.mark.parametrize("shares", [(1.0, 0.0), (0.5, 0.5), (0.1, 0.9)])
def test_nothing_is_left_of_a_pulse_in_one_or_two_samples(height, shares):
    """700 mV for 2 ms are 140 mV for one sample of 10 ms, or parts of it in two."""
    lead = np.zeros(400)
    lead[100:102] = height * np.array(shares)
    assert np.abs(left_of(lead)).max() == 0.0


def test_of_a_pulse_on_a_ramp_the_ramp_is_left():
    """A lead that rises by 0.1 mV a sample is two samples and a half late; the median of a pulse and a ramp is next to it."""
    ramp = 0.1 * np.arange(400.0)
    pulsed = ramp.copy()
    pulsed[200] += 140.0
    np.testing.assert_allclose(left_of(ramp)[10:], ramp[10:] - 0.25, atol=1e-4)
    assert np.abs(left_of(pulsed) - left_of(ramp)).max() < 0.11  # a sample of the ramp at most


@pytest.mark.parametrize(
    ("width_s", "left"),
    [
        (0.10, 0.8),  # samples of 1, 0.8, 0.6 and so on: the medians of the highest are 0.8
        (0.07, 5.0 / 7.0),  # 1, 5/7, 3/7: the second
        (0.04, 0.5),  # 1, 0.5, 0
        (0.01, 0.0),  # one sample
    ],
)
def test_how_much_is_left_of_a_triangular_complex(width_s, left):
    lead = np.maximum(1.0 - np.abs(T - 2.0) / (0.5 * width_s), 0.0)
    found = left_of(lead)
    assert found.max() == pytest.approx(left, abs=1e-5)
    assert found.argmax() - lead.argmax() in (2, 3) or left == 0.0


def test_of_a_small_pulse_in_two_samples_on_a_t_wave_the_wave_is_left():
    """2 mV for 2 ms, half of it in each, on the fall of a wave of 0.2 mV and 0.18 s, at most two samples moved."""
    wave = np.where(np.abs(T - 2.0) < 0.09, 0.1 * (1.0 + np.cos(2.0 * np.pi * (T - 2.0) / 0.18)), 0.0)
    pulsed = wave.copy()
    pulsed[206:208] -= 0.2
    assert np.abs(left_of(pulsed) - left_of(wave)).max() < 2.0 * np.abs(np.diff(wave)).max()


@pytest.mark.parametrize("late_s", [0.0, 0.0025, 0.005, 0.0075])
def test_complexes_keep_most_of_their_height_wherever_samples_fall(late_s):
    """The third highest of five samples; between two of them at the worst: 20 ms from the top of a triangle."""
    for width_s, left in ((0.07, 4.0 / 7.0), (0.1, 0.7), (0.12, 0.75)):
        lead = np.maximum(1.0 - np.abs(T - 2.0 - late_s) / (0.5 * width_s), 0.0)
        assert left_of(lead).max() >= left - 1e-5


@pytest.mark.parametrize("mains_hz", [50.0, 60.0])
@pytest.mark.parametrize("turn", [0.1, 0.3, 0.9])
def test_mains_are_gone_while_a_slow_wave_stays(mains_hz, turn):
    hum = 0.1 * np.sin(2.0 * np.pi * (mains_hz * T + turn))
    assert np.ptp(hum) > 0.1
    assert np.ptp(left_of(hum)[10:]) < 1e-5
    slow = 0.5 * np.sin(2.0 * np.pi * 1.0 * T)
    assert np.ptp(left_of(slow)) == pytest.approx(1.0, abs=0.02)


def test_it_begins_at_the_first_sample_without_a_step():
    assert np.abs(left_of(np.full(50, 3.0)) - 3.0).max() < 1e-6
