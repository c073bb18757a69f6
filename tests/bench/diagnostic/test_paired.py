"""Tango's interval against its definition, by maximising the likelihood; clusters against independence."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import xlogy

from twinbed.bench.diagnostic.paired import paired_difference, tango
from twinbed.bench.draws import placed_uniforms
from twinbed.core.errors import StatisticsError


def score_at(delta, better, worse, n):
    """The score statistic with the share of `worse` that is likeliest where the difference is delta."""
    least, most = max(0.0, -delta), (1.0 - delta) / 2.0

    def unlikely(q):
        return -(
            xlogy(better, q + delta) + xlogy(worse, q) + xlogy(n - better - worse, max(1.0 - 2.0 * q - delta, 0.0))
        )

    q = minimize_scalar(unlikely, bounds=(least, most), method="bounded", options={"xatol": 1e-12}).x
    return (better - worse - n * delta) / math.sqrt(n * (2.0 * q + delta * (1.0 - delta)))


@pytest.mark.parametrize("counts", [(5, 12, 100), (1, 0, 44), (20, 2, 60), (3, 3, 30)])
def test_the_ends_are_where_the_score_is_the_quantile(counts):
    low, high = tango(*counts)
    assert score_at(low, *counts) == pytest.approx(1.959964, abs=2e-3)
    assert score_at(high, *counts) == pytest.approx(-1.959964, abs=2e-3)


@pytest.mark.parametrize("n", [20, 200])
def test_without_disagreement_the_ends_have_a_closed_form(n):
    # with b = c = 0 and delta > 0 the likeliest q is 0, so that n delta^2 = z^2 delta (1 - delta)
    z2 = 1.959963985**2
    low, high = tango(0, 0, n)
    assert high == pytest.approx(z2 / (n + z2), rel=1e-6)
    assert low == pytest.approx(-high, rel=1e-6)


def test_a_difference_of_proportions_by_hand():
    new, old = np.array([1, 1, 1, 0, 1, 0, 1, 1]), np.array([1, 0, 0, 1, 1, 0, 1, 1])
    of = np.array([1, 1, 1, 1, 1, 1, 1, 0])
    found = paired_difference(new, old, of, np.arange(8))
    assert found.value == pytest.approx(1 / 7)  # two better, one worse
    assert found.n == 7
    assert (found.low, found.high) == pytest.approx(tango(2 / (7 / 6), 1 / (7 / 6), 6))
    with pytest.raises(StatisticsError, match="equivocal"):
        paired_difference(new * 0.5, old, of, np.arange(8))


def test_cases_of_one_patient_that_go_together_count_once():
    new = np.repeat(placed_uniforms(60, 4, "new") < 0.9, 4).astype(float)
    old = np.repeat(placed_uniforms(60, 4, "old") < 0.8, 4).astype(float)
    many = paired_difference(new, old, np.ones(240), np.repeat(np.arange(60), 4))
    once = paired_difference(new[::4], old[::4], np.ones(60), np.arange(60))
    assert (many.value, many.low, many.high) == pytest.approx((once.value, once.low, once.high), abs=1e-9)
    same = paired_difference(new, new, np.ones(240), np.repeat(np.arange(60), 4))
    assert (same.low, same.high) == pytest.approx(tango(0, 0, 60))


def test_the_interval_covers_what_it_says():
    runs, n, inside = 600, 60, 0
    u = placed_uniforms(runs * n, 9, "pairs").reshape(runs, n)
    for row in u:
        better, worse = int((row < 0.08).sum()), int((row > 0.95).sum())
        low, high = tango(better, worse, n)
        inside += low <= 0.03 <= high
    assert 0.93 < inside / runs < 0.985  # 95 %, standard error 0.9 %
