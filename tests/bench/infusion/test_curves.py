"""Start-up and trumpet curves by hand, by the formula of the standard written out, and by a sine."""

import numpy as np
import pytest

from twinbed.bench.infusion.curves import flows, mean_error, start_up, trumpet
from twinbed.core.errors import StatisticsError


def test_the_flow_is_the_volume_of_a_sample_by_its_length():
    assert flows(np.array([0.0, 1.0, 3.0]), 0.5) == pytest.approx([120.0, 240.0])


def test_the_mean_error_is_that_of_the_volume():
    assert mean_error(np.array([110.0, 90.0, 130.0]), 100.0) == pytest.approx(10.0)


def test_a_trumpet_by_hand():
    flow = np.array([100.0, 120.0, 80.0, 100.0])
    assert trumpet(flow, 100.0, 1) == pytest.approx((20.0, -20.0))
    assert trumpet(flow, 100.0, 2) == pytest.approx((10.0, -10.0))  # 110, 100, 90
    assert trumpet(flow, 100.0, 3) == pytest.approx((0.0, 0.0), abs=1e-9)  # 100, 100
    assert trumpet(flow, 100.0, 4) == pytest.approx((0.0, 0.0), abs=1e-9)


def test_a_trumpet_is_the_double_sum_of_the_standard():
    """Ep(max) = MAX over j of S/P times the sum of 100 (Qi - r) / r from i = j to j + P/S - 1."""
    flow, rate, sample = np.random.default_rng(3).normal(5.0, 1.0, 120), 5.0, 0.5
    for window in (2.0, 5.0, 11.0, 19.0, 31.0):
        width = round(window / sample)
        sums = [
            sample / window * sum(100.0 * (flow[i] - rate) / rate for i in range(j, j + width))
            for j in range(len(flow) - width + 1)
        ]
        assert trumpet(flow, rate, width) == pytest.approx((max(sums), min(sums)))


def test_a_trumpet_over_the_whole_period_is_the_mean_error():
    flow = np.random.default_rng(4).normal(5.0, 1.0, 120)
    assert trumpet(flow, 5.0, 120) == pytest.approx((mean_error(flow, 5.0),) * 2)


def test_a_sine_in_a_window_has_the_mean_of_a_sine():
    """Over a window of w turns a sine of amplitude a has a mean of at most a |sin(pi w) / (pi w)|."""
    samples = np.arange(0, 3600 * 8 + 1)
    turn = 400.0  # samples
    volume = samples / 3600.0 - 0.1 * turn / (2 * np.pi) * (np.cos(2 * np.pi * samples / turn) - 1.0) / 3600.0
    for window in (40, 150, 310):
        want = 10.0 * abs(np.sinc(window / turn))
        assert trumpet(flows(volume, 1.0 / 60.0), 1.0, window) == pytest.approx((want, -want), rel=1e-3)


def test_start_up_ends_with_the_first_window_that_is_near():
    flow = np.array([0.0, 0.0, 4.0, 5.0, 5.0, 5.0])
    assert start_up(flow, 5.0, 1, 0.1) == 4
    assert start_up(flow, 5.0, 2, 0.1) == 4  # 4 and 5 have a mean of 4.5, which is just within a tenth
    assert start_up(flow, 5.0, 3, 0.1) == 5  # 4, 5, 5
    assert start_up(np.zeros(6), 5.0, 2, 0.1) == 7


def test_gaps_and_short_periods_are_refused():
    with pytest.raises(StatisticsError, match="gaps"):
        mean_error(np.array([1.0, np.nan]), 1.0)
    with pytest.raises(StatisticsError, match="longer"):
        trumpet(np.ones(3), 1.0, 4)
    with pytest.raises(StatisticsError, match="above zero"):
        mean_error(np.ones(3), 0.0)
