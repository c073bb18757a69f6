"""Against the definition (every pair of cases), SciPy, and the normal model."""

import math

import numpy as np
import pytest
from scipy import stats

from twinbed.bench.statistics.roc import auc, compare_auc, sensitivity_at
from twinbed.core.errors import StatisticsError


def _cases(seed, with_=35, without=50, digits=1):
    """Two correlated scores with ties."""
    rng = np.random.default_rng(seed)
    has = np.repeat([True, False], [with_, without])
    common = rng.normal(size=len(has))
    first, second = (np.round(common + rng.normal(size=len(has)) + shift * has, digits) for shift in (1.2, 0.8))
    return first, second, has


def _pairs(score, has):
    """Psi of DeLong et al. (1988): 1, 1/2 or 0 for every pair of a case with and one without."""
    a, b = score[has][:, None], score[~has][None]
    return (a > b) + 0.5 * (a == b)


@pytest.mark.parametrize("seed", [0, 1])
def test_area_and_variance_are_delongs_of_every_pair(seed):
    score, _, has = _cases(seed)
    psi = _pairs(score, has)
    variance = psi.mean(axis=1).var(ddof=1) / 35 + psi.mean(axis=0).var(ddof=1) / 50
    got = auc(score, has, scale="plain")
    assert got.value == pytest.approx(psi.mean())
    assert (got.high - got.low) / 2 == pytest.approx(stats.norm.ppf(0.975) * np.sqrt(variance))
    u = stats.mannwhitneyu(score[has], score[~has]).statistic
    assert got.value == pytest.approx(u / (35 * 50))


def test_the_paired_test_is_delongs_of_every_pair():
    first, second, has = _cases(3)
    difference = _pairs(first, has) - _pairs(second, has)
    variance = difference.mean(axis=1).var(ddof=1) / 35 + difference.mean(axis=0).var(ddof=1) / 50
    got = compare_auc(first, second, has)
    assert got.z == pytest.approx(difference.mean() / np.sqrt(variance))
    assert got.p == pytest.approx(2 * stats.norm.sf(abs(got.z)))
    for one, score in ((got.first, first), (got.second, second)):
        want = auc(score, has)
        assert (one.value, one.low, one.high) == pytest.approx((want.value, want.low, want.high))
    assert (got.difference.low < 0 < got.difference.high) == (got.p > 0.05)


def test_the_logit_scale_stays_inside():
    score, has = np.array([1.0, 2.0, 3.0, 4.0, 2.5, 5.0, 6.0, 7.0]), np.repeat([0, 1], 4)
    plain, logit = auc(score, has, scale="plain"), auc(score, has)
    assert plain.value == logit.value == 14 / 16
    assert plain.high == 1.0
    assert logit.low < plain.value < logit.high < 1.0


def test_direction_and_units_do_not_matter():
    score, _, has = _cases(2)
    got, turned = auc(score, has), auc(-3.0 * score + 7.0, has)
    assert turned.value == pytest.approx(1.0 - got.value)
    assert (turned.low, turned.high) == pytest.approx((1.0 - got.high, 1.0 - got.low))


def test_cases_of_which_no_variance_is_seen_have_the_exact_interval_of_independent_pairs():
    """By hand: of two pairs both right, the share of right pairs is at least the square root of 0.025."""
    least, has = math.sqrt(0.025), np.array([0, 0, 1, 1, 1])
    ends = lambda score: (lambda of: (of.value, of.low, of.high))(auc(np.array(score, float), has))
    assert ends([1, 2, 3, 4, 5]) == pytest.approx((1.0, least, 1.0))
    assert ends([5, 4, 3, 2, 1]) == pytest.approx((0.0, 0.0, 1.0 - least))
    assert ends([7, 7, 7, 7, 7]) == pytest.approx((0.5, 0.5 * least, 1.0 - 0.5 * least))


def test_areas_that_are_equal_in_every_case_have_no_p():
    same = compare_auc(*(np.array([1.0, 3.0, 2.0, 4.0]),) * 2, np.array([0, 0, 1, 1]))
    assert same.difference.value == 0.0
    assert np.isnan(same.p)


def test_sensitivity_at_a_specificity_by_the_normal_model():
    """Scores normal, 2 apart: sensitivity at 90 % specificity is Phi(2 - 1.2816) = 0.764."""
    rng = np.random.default_rng(6)
    has = np.repeat([True, False], 4000)
    got = sensitivity_at(rng.normal(size=8000) + 2.0 * has, has, 0.9, seed=1, resamples=400)
    assert got.threshold == pytest.approx(stats.norm.ppf(0.9), abs=0.08)
    assert got.sensitivity.value == pytest.approx(stats.norm.cdf(2 - stats.norm.ppf(0.9)), abs=0.03)
    # variance of the sensitivity, and of the threshold as a quantile (delta method)
    density = stats.norm.pdf(stats.norm.ppf(0.9) - 2) / stats.norm.pdf(stats.norm.ppf(0.9))
    error = np.sqrt(0.764 * 0.236 / 4000 + density**2 * 0.09 / 4000)
    assert got.sensitivity.high - got.sensitivity.low == pytest.approx(2 * 1.96 * error, rel=0.2)


def test_the_threshold_reaches_the_specificity_by_hand():
    score = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 4.5, 9.5, 20, 0])
    has = np.repeat([0, 1], [10, 4])
    got = sensitivity_at(score, has, 0.9, seed=1, resamples=200)
    assert (got.threshold, got.specificity, got.sensitivity.value) == (9.0, 0.9, 0.5)
    assert sensitivity_at(score, has, 0.91, seed=1, resamples=200).specificity == 1.0


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: auc(np.array([1.0, 2, 3]), np.array([1, 1, 1])), "with and without"),
        (lambda: auc(np.array([1.0, 2, 3]), np.array([0, 1, 2])), "1 and 0"),
        (lambda: auc(np.array([1.0, 2, np.nan]), np.array([0, 1, 0])), "not finite"),
        (lambda: auc(np.array([1.0, 2, 3]), np.array([0, 1, 0])), "fewer than two"),
        (lambda: compare_auc(np.ones(3), np.ones(4), np.array([0, 1, 0])), "lengths differ"),
        (lambda: sensitivity_at(np.arange(4.0), np.array([0, 1, 0, 1]), 90.0, seed=1), "between 0 and 1"),
    ],
)
def test_bad_input_says_what_to_do(call, says):
    with pytest.raises(StatisticsError, match=says):
        call()
