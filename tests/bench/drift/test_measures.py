"""Indices worked out by hand, SciPy's Kolmogorov-Smirnov, and what chance makes of them."""

import math

import numpy as np
import pytest
from scipy import stats

from twinbed.bench.draws import placed_normals
from twinbed.bench.drift.measures import population_stability_index, smirnov, stability_threshold
from twinbed.core.errors import StatisticsError


def test_an_index_by_hand():
    # bins at the quartiles of 0..7: two values each; the window has shares 0.5, 0.25, 0.125 and 0.125
    window = np.array([0, 0, 1, 1, 2, 3, 4, 6.0])
    by_hand = sum((w - 0.25) * math.log(w / 0.25) for w in (0.5, 0.25, 0.125, 0.125))
    assert population_stability_index(np.arange(8.0), window, bins=4) == pytest.approx(by_hand)
    assert population_stability_index(np.arange(8.0), np.arange(8.0), bins=4) == 0.0


def test_an_empty_bin_counts_half_a_value():
    found = population_stability_index(np.arange(4.0), np.zeros(10), bins=2)
    assert found == pytest.approx((1.0 - 0.5) * math.log(1.0 / 0.5) + (0.05 - 0.5) * math.log(0.05 / 0.5))


def test_the_threshold_is_exceeded_as_rarely_as_it_says():
    z = placed_normals(1000 * 600, 8, "null").reshape(1000, 600)
    index = np.array([population_stability_index(row[:400], row[400:]) for row in z])
    over = (index > stability_threshold(400, 200, 0.05)).mean()
    assert over == pytest.approx(0.05, abs=0.025)
    # the rule of thumb forgets how few the values are: chi-squared of 9 above 0.1 / (1/400 + 1/200)
    assert (index > 0.1).mean() == pytest.approx(stats.chi2.sf(13.33, 9), abs=0.035)
    with pytest.raises(StatisticsError, match="between 0 and 1"):
        stability_threshold(400, 200, 0.0)


@pytest.mark.parametrize("shift", [0.0, 0.3, 1.0])
def test_smirnov_is_scipys(shift):
    x, y = placed_normals(300, 1, "x"), placed_normals(120, 1, "y") + shift
    distance, p = smirnov(x, y)
    theirs = stats.ks_2samp(x, y, method="exact")
    assert distance == pytest.approx(theirs.statistic)
    assert p == pytest.approx(theirs.pvalue, rel=0.35, abs=1e-4)
    assert p >= theirs.pvalue


def test_ties_are_steps():
    assert smirnov(np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.0, 1.0, 1.0, 1.0]))[0] == 0.25
