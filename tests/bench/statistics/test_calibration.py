"""Against statsmodels and scikit-learn, and by hand."""

import numpy as np
import pytest
from scipy.special import expit

from twinbed.bench.statistics.calibration import brier, calibration, expected_calibration_error
from twinbed.core.errors import StatisticsError

# Made by whole numbers, so that other programs can be given the same.
_K = np.arange(120)
P = 0.02 + 0.96 * ((_K * 37) % 121) / 121
Y = ((_K * 53 + 11) % 127) / 127 < 0.15 + 0.6 * P


def _close(interval, value, error):
    reach = 1.959963984540054 * error
    assert (interval.value, interval.low, interval.high) == pytest.approx(
        (value, value - reach, value + reach), abs=1e-8
    )


def test_slope_and_intercept_are_those_of_statsmodels():
    """statsmodels 0.15.0, GLM with a binomial family; in the large with the logit as an offset."""
    got = calibration(P, Y)
    _close(got.intercept, -0.23495669149480347, 0.1883440892129311)
    _close(got.slope, 0.2931461642877143, 0.12668041235194963)
    _close(got.in_the_large, -0.30655671213564717, 0.22078087556535678)


def test_clustered_errors_are_those_of_statsmodels():
    """statsmodels 0.15.0, Logit with cov_type="cluster", less its factor (N - 1) / (N - 2): 24 patients of 5 cases."""
    got = calibration(P, Y, patient=_K // 5)
    _close(got.intercept, -0.23495669149480347, 0.1300910486668708)
    _close(got.slope, 0.2931461642877143, 0.13567911477605812)
    assert got.slope.n == 24


def test_brier_is_scikit_learns_and_its_parts_add_up():
    """scikit-learn 1.9.1, brier_score_loss: 0.25767329."""
    for bins in (1, 7, 10, 120):
        got = brier(P, Y, bins=bins)
        assert got.score == pytest.approx(0.25767329007581447)
        assert got.reliability - got.resolution + got.uncertainty + got.within == pytest.approx(got.score)
    assert got.within == pytest.approx(0.0, abs=1e-12)  # a bin for every case


def test_decomposition_by_hand():
    """Murphy (1973) with two forecasts: 0.2 came true 1 of 4 times, 0.8 came true 5 of 6 times."""
    p = np.repeat([0.2, 0.8], [4, 6])
    y = np.array([1, 0, 0, 0, 1, 1, 1, 1, 1, 0])
    got = brier(p, y, bins=2)
    assert got.reliability == pytest.approx((4 * 0.05**2 + 6 * (0.8 - 5 / 6) ** 2) / 10)
    assert got.resolution == pytest.approx((4 * 0.35**2 + 6 * (5 / 6 - 0.6) ** 2) / 10)
    assert got.uncertainty == pytest.approx(0.24)
    assert got.within == pytest.approx(0.0, abs=1e-12)
    assert expected_calibration_error(p, y, bins=2) == pytest.approx(0.4 * 0.05 + 0.6 * (5 / 6 - 0.8))
    # equal probabilities stay in one bin, in whatever order they come
    assert expected_calibration_error(p, y, bins=5) == pytest.approx(0.04)
    mixed = np.array([5, 0, 9, 1, 7, 2, 8, 3, 6, 4])
    assert brier(p[mixed], y[mixed], bins=3).reliability == pytest.approx(got.reliability)


def test_bins_hold_equally_many():
    """Ten cases a bin: the error is the mean of each ten sorted cases' distance."""
    order = np.argsort(P)
    want = np.abs(P[order].reshape(12, 10).mean(axis=1) - Y[order].reshape(12, 10).mean(axis=1)).mean()
    assert expected_calibration_error(P, Y, bins=12) == pytest.approx(want)


def test_a_distorted_forecast_is_found():
    """Probabilities made from true logits times 2 plus 1: slope 1/2, intercept -1/2, too high in the large."""
    rng = np.random.default_rng(1)
    true = rng.normal(size=40000)
    y = rng.random(40000) < expit(true)
    got = calibration(expit(2 * true + 1), y)
    assert got.slope.low < 0.5 < got.slope.high
    assert got.intercept.low < -0.5 < got.intercept.high
    assert got.in_the_large.high < 0
    assert expected_calibration_error(expit(true), y) < 0.02 < expected_calibration_error(expit(2 * true + 1), y)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: brier(np.array([0.5, 50.0]), np.array([0, 1])), "not percent"),
        (lambda: brier(np.array([0.5, 0.6]), np.array([1, 1])), "with and without"),
        (lambda: brier(np.array([0.5, 0.6]), np.array([0, 1])), "one case a bin"),
        (lambda: calibration(np.array([0.0, 0.6, 0.7]), np.array([0, 1, 0])), "no logit"),
        (lambda: calibration(np.array([0.1, 0.2, 0.7, 0.8]), np.array([0, 0, 1, 1])), "separate"),
        (lambda: calibration(np.full(4, 0.3), np.array([0, 0, 1, 1])), "equal"),
        (lambda: calibration(np.array([0.3, 0.4]), np.array([0, 1, 1])), "lengths differ"),
    ],
)
def test_bad_input_says_what_to_do(call, says):
    with pytest.raises(StatisticsError, match=says):
        call()
