"""Against statsmodels, the FDA's worked example and the formula of 2 x 2 tables."""

import numpy as np
import pytest

from twinbed.bench.statistics.raters import kappa, percent_agreement
from twinbed.core.errors import StatisticsError


@pytest.mark.parametrize(
    ("table", "value", "low", "high"),
    [
        ([[40, 5], [4, 171]], 0.8732394366, 0.7923820156, 0.9540968577),
        ([[88, 10, 2], [14, 40, 6], [18, 10, 12]], 0.4915254237, 0.3915637021, 0.5914871454),
    ],
)
def test_kappa_is_that_of_statsmodels(table, value, low, high):
    """statsmodels 0.15.0, stats.inter_rater.cohens_kappa, with the standard error of Fleiss, Cohen & Everitt."""
    got = kappa(np.array(table))
    assert (got.value, got.low, got.high) == pytest.approx((value, low, high), abs=1e-9)


@pytest.mark.parametrize(("a", "b", "c", "d"), [(40, 5, 4, 171), (20, 5, 10, 15), (1, 9, 9, 1), (0, 3, 4, 5)])
def test_kappa_of_two_categories_is_the_formula(a, b, c, d):
    want = 2 * (a * d - b * c) / ((a + b) * (b + d) + (a + c) * (c + d))
    assert kappa(np.array([[a, b], [c, d]])).value == pytest.approx(want)


def test_kappa_of_full_agreement_is_one():
    got = kappa(np.diag([7, 9, 4]))
    assert (got.value, got.low, got.high) == pytest.approx((1.0, 1.0, 1.0))


def test_percent_agreement_is_the_fdas_example():
    """FDA (2007), 7.2, Table 4: PPA 90.9 % (78.8 to 96.4), NPA 97.2 % (93.5 to 98.8), overall 95.9 % (92.4 to 97.8)."""
    got = percent_agreement(np.array([[40, 5], [4, 171]]))
    for interval, want in (
        (got.positive, (90.9, 78.8, 96.4)),
        (got.negative, (97.2, 93.5, 98.8)),
        (got.overall, (95.9, 92.4, 97.8)),
    ):
        assert [100 * v for v in (interval.value, interval.low, interval.high)] == pytest.approx(want, abs=0.05)
    exact = percent_agreement(np.array([[40, 5], [4, 171]]), method="Clopper-Pearson")
    assert exact.positive.low < got.positive.low


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: kappa(np.array([[1, 2, 3], [1, 2, 3]])), "as many rows as columns"),
        (lambda: kappa(np.array([[5, 0], [0, 0]])), "one category only"),
        (lambda: kappa(np.array([[5, -1], [0, 3]])), "below zero"),
        (lambda: percent_agreement(np.diag([1, 2, 3])), "2 x 2"),
        (lambda: percent_agreement(np.array([[0, 5], [0, 9]])), "no positives"),
    ],
)
def test_bad_input_says_what_to_do(call, says):
    with pytest.raises(StatisticsError, match=says):
        call()
