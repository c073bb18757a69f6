"""Against the FDA's and Newcombe's worked examples, SciPy's binomial test, and the definitions."""

import numpy as np
import pytest
from scipy import stats

from twinbed.bench.statistics.proportions import clopper_pearson, difference, wilson
from twinbed.core.errors import StatisticsError


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (44, 51, 74.3, 93.2),
        (168, 169, 96.7, 99.9),
        (40, 44, 78.8, 96.4),
        (171, 176, 93.5, 98.8),
        (211, 220, 92.4, 97.8),
    ],
)
def test_wilson_is_the_score_interval_of_the_fdas_examples(successes, n, low, high):
    """FDA (2007), Statistical Guidance on Reporting Results from Studies Evaluating Diagnostic Tests, 7.1 and 7.2."""
    got = wilson(successes, n)
    assert (100 * got.low, 100 * got.high) == pytest.approx((low, high), abs=0.05)
    assert (got.value, got.level, got.method, got.n) == (successes / n, 0.95, "Wilson", n)


@pytest.mark.parametrize(("successes", "n"), [(0, 1), (0, 20), (1, 29), (15, 148), (81, 263), (29, 29)])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_both_are_scipys(successes, n, level):
    test = stats.binomtest(successes, n)
    for got, name in (
        (wilson(successes, n, level=level), "wilson"),
        (clopper_pearson(successes, n, level=level), "exact"),
    ):
        want = test.proportion_ci(level, name)
        assert (got.low, got.high) == pytest.approx((want.low, want.high), abs=1e-12)


def test_one_sided_bounds_are_ends_of_a_wider_interval():
    for of in (wilson, clopper_pearson):
        two = of(18, 20, level=0.9)
        lower, upper = of(18, 20, level=0.95, side="lower"), of(18, 20, level=0.95, side="upper")
        assert (lower.low, lower.high) == (pytest.approx(two.low), 1.0)
        assert (upper.low, upper.high) == (0.0, pytest.approx(two.high))
    assert clopper_pearson(300, 300, side="lower").low == pytest.approx(0.05 ** (1 / 300))  # the rule of three


def test_the_difference_is_newcombes_method_10():
    """Newcombe (1998), Stat Med 17:873, Table II: 56/70 - 48/80 and 9/10 - 3/10."""
    got = difference(wilson(56, 70), wilson(48, 80))
    assert (got.value, got.low, got.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    got = difference(wilson(9, 10), wilson(3, 10))
    assert (got.low, got.high) == pytest.approx((0.1705, 0.8090), abs=5e-5)


def _coverage(of, n, shares):
    intervals = [of(k, n) for k in range(n + 1)]
    low, high = (np.array([getattr(i, end) for i in intervals])[:, None] for end in ("low", "high"))
    inside = (low <= shares) & (shares <= high)
    return (inside * stats.binom.pmf(np.arange(n + 1)[:, None], n, shares)).sum(axis=0)


@pytest.mark.parametrize("n", [30, 100])
def test_coverage_by_counting_all_outcomes(n):
    """Brown, Cai & DasGupta (2001), doi:10.1214/ss/1009213286: Wilson keeps 95 % on average, the exact one always."""
    shares = np.linspace(0.05, 0.95, 181)
    assert 0.945 < _coverage(wilson, n, shares).mean() < 0.96
    assert _coverage(clopper_pearson, n, shares).min() >= 0.95


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: wilson(3, 0), "at least one observation"),
        (lambda: clopper_pearson(5, 4), "from 0 to n"),
        (lambda: wilson(1, 4, level=95.0), "between 0 and 1"),
        (lambda: difference(wilson(1, 4), wilson(1, 4, level=0.9)), "one level"),
    ],
)
def test_bad_input_says_what_to_do(call, says):
    with pytest.raises(StatisticsError, match=says) as caught:
        call()
    assert isinstance(caught.value, ValueError)
