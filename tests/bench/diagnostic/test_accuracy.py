"""The numbers of the guidance, DeLong, a bootstrap, and values worked out by hand."""

import math

import numpy as np
import pytest

from twinbed.bench.diagnostic.accuracy import clustered_auc, likelihood_ratio, predictive_value, share
from twinbed.bench.draws import placed_normals, placed_uniforms
from twinbed.bench.statistics import Interval
from twinbed.bench.statistics.clustered import cluster_bootstrap
from twinbed.bench.statistics.proportions import wilson
from twinbed.bench.statistics.roc import auc
from twinbed.core.errors import StatisticsError


def test_the_examples_of_the_guidance():
    # FDA 2007, 7.1, table 2: 44 of 51 and 168 of 169 with score intervals; 7.2, table 4: 40 of 44 and 171 of 176
    for good, n, value, low, high in ((44, 51, 86.3, 74.3, 93.2), (168, 169, 99.4, 96.7, 99.9), (40, 44, 90.9, 78.8, 96.4), (171, 176, 97.2, 93.5, 98.8)):  # fmt: skip
        found = wilson(good, n)
        assert [round(100 * v, 1) for v in (found.value, found.low, found.high)] == [value, low, high]


def test_one_case_a_patient_is_wilsons_interval_with_students_quantiles():
    right = np.r_[np.ones(44), np.zeros(7), np.ones(20)]
    found = share(right, np.r_[np.ones(51), np.zeros(20)], np.arange(71))
    plain = wilson(44, 51)
    assert found.value == plain.value
    assert found.n == 51
    # a design effect of n/(n-1) and Student's quantile for the normal one: a little wider
    assert found.low == pytest.approx(plain.low, abs=0.005)
    assert found.high == pytest.approx(plain.high, abs=0.005)
    assert found.low < plain.low


def test_several_cases_of_a_patient_widen_the_interval():
    right, who = np.repeat(np.r_[np.ones(30), np.zeros(10)], 5), np.repeat(np.arange(40), 5)
    found = share(right, np.ones(200), who)
    alone = wilson(30, 40)
    assert found.value == 0.75
    assert (found.low, found.high) == pytest.approx((alone.low, alone.high), abs=0.01)


def test_predictive_values_follow_bayes():
    se, sp = wilson(90, 100), wilson(160, 200)
    found = predictive_value(se, sp, 0.1, "positive")
    assert found.value == pytest.approx(0.1 * 0.9 / (0.1 * 0.9 + 0.9 * 0.2))
    negative = predictive_value(se, sp, 0.1, "negative")
    assert negative.value == pytest.approx(0.9 * 0.8 / (0.9 * 0.8 + 0.1 * 0.1))
    assert likelihood_ratio(se, sp, "positive").value == pytest.approx(4.5)
    assert likelihood_ratio(se, sp, "negative").value == pytest.approx(0.125)
    with pytest.raises(StatisticsError, match="prevalence"):
        predictive_value(se, sp, 1.0, "positive")


def test_the_interval_of_a_predictive_value_covers_what_it_says():
    se, sp, prevalence, n, runs = 0.88, 0.93, 0.05, 80, 1500
    truth = prevalence * se / (prevalence * se + (1 - prevalence) * (1 - sp))
    tp = (placed_uniforms(n * runs, 3, "se").reshape(runs, n) < se).sum(axis=1)
    tn = (placed_uniforms(n * runs, 3, "sp").reshape(runs, n) < sp).sum(axis=1)
    inside = 0
    for a, b in zip(tp.tolist(), tn.tolist(), strict=True):
        found = predictive_value(wilson(a, n), wilson(b, n), prevalence, "positive")
        inside += found.low <= truth <= found.high
    assert 0.935 < inside / runs < 0.975  # 95 %, standard error 0.6 %


def test_a_specificity_of_one_pairs_the_ends():
    se, sp = wilson(9, 10), wilson(20, 20)
    found = predictive_value(se, sp, 0.2, "positive")
    assert found.value == 1.0
    assert found.low == pytest.approx(0.2 * se.low / (0.2 * se.low + 0.8 * (1 - sp.low)))
    assert math.isnan(likelihood_ratio(se, sp, "positive").value)
    none = Interval(0.0, 0.0, 0.2, 0.95, "", 10)
    with pytest.raises(StatisticsError, match="no case has a result"):
        predictive_value(none, Interval(1.0, 0.8, 1.0, 0.95, "", 10), 0.2, "positive")


def test_one_case_a_patient_is_delong():
    has = placed_uniforms(120, 1, "has") < 0.4
    score = placed_normals(120, 1, "score") + has
    ours, theirs = clustered_auc(score, has, np.arange(120)), auc(score, has)
    assert (ours.value, ours.low, ours.high) == pytest.approx((theirs.value, theirs.low, theirs.high))


def test_several_cases_a_patient_agree_with_a_bootstrap_of_patients():
    who = np.repeat(np.arange(90), 4)
    has = np.where(who < 30, 1, np.where(who < 50, np.arange(360) % 2, 0)).astype(bool)  # twenty have both kinds
    score = placed_normals(360, 2, "case") + np.repeat(placed_normals(90, 2, "patient"), 4) * 1.5 + 2.0 * has
    found = clustered_auc(score, has, who)

    def area(rows):
        number = rows[:, 0].astype(int)
        places = (number[:, None] * 4 + np.arange(4)).reshape(-1)
        return auc(score[places], has[places]).value

    other = cluster_bootstrap(np.arange(90.0)[:, None], area, seed=1, resamples=400, method="percentile")
    assert found.value == pytest.approx(other.value)
    assert found.high - found.low == pytest.approx(other.high - other.low, rel=0.15)
    assert found.high - found.low > 1.3 * (auc(score, has).high - auc(score, has).low)


def test_a_score_that_separates_is_bounded_by_pairs_of_patients():
    """By hand: as many independent pairs as patients allow, all right, so at least 0.025 to one over their number."""
    score, has = np.arange(10.0), np.arange(10) > 3
    found = clustered_auc(score, has, np.arange(10))  # four without and six with: four pairs
    assert (found.value, found.high, found.n) == (1.0, 1.0, 10)
    assert found.low == pytest.approx(0.025**0.25)
    both_kinds = clustered_auc(score[:8], has[:8], np.arange(8) % 4)  # four patients, each with both: two pairs
    assert both_kinds.low == pytest.approx(0.025**0.5)
