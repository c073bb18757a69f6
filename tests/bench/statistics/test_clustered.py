"""Against statsmodels, SciPy's bootstrap, and cases that can be worked by hand."""

import numpy as np
import pytest
from scipy import stats

from twinbed.bench.statistics.clustered import cluster_bootstrap, design_effect, rao_scott, ratio
from twinbed.bench.statistics.proportions import wilson
from twinbed.core.errors import StatisticsError

NUMERATOR = np.array([3, 0, 5, 7, 2, 9, 4, 1, 6, 8])
DENOMINATOR = np.array([4, 2, 9, 8, 6, 10, 4, 5, 9, 11])

share = lambda rows: rows[:, 0].sum() / rows[:, 1].sum()


def _patients(n, seed=0):
    rng = np.random.default_rng(seed)
    trials = rng.integers(5, 40, n)
    return np.column_stack([rng.binomial(trials, rng.beta(8, 2, n)), trials])


def test_ratio_is_the_cluster_robust_regression_of_statsmodels():
    """statsmodels 0.15.0, OLS of every observation on a constant, cov_type="cluster": 0.66176 +- 0.0742468."""
    got = ratio(NUMERATOR, DENOMINATOR)
    reach = stats.t.ppf(0.975, 9) * 0.07424678886726492
    assert (got.value, got.low, got.high) == pytest.approx((0.6617647, 0.6617647 - reach, 0.6617647 + reach), abs=1e-7)
    assert got.n == 10


def test_ratio_of_one_observation_a_patient_is_students():
    x = np.random.default_rng(1).normal(3.0, 2.0, 15)
    want = stats.t.interval(0.9, 14, x.mean(), stats.sem(x))
    got = ratio(x, np.ones(15), level=0.9)
    assert (got.low, got.high) == pytest.approx(want)
    lower = ratio(x, np.ones(15), level=0.95, side="lower")
    assert (lower.low, lower.high) == (pytest.approx(want[0]), np.inf)


def test_identical_trials_count_once():
    """All trials of a patient alike, equal numbers: the design effect is their number, but for n / (n - 1)."""
    has, trials = np.repeat([1, 0], [30, 10]), np.full(40, 12)
    assert design_effect(has * trials, trials) == pytest.approx(12 * 40 / 39)
    got, want = rao_scott(has * trials, trials), wilson(30, 40)
    assert (got.low, got.high) == pytest.approx((want.low, want.high), abs=0.01)


def test_independent_trials_have_no_design_effect():
    rng = np.random.default_rng(5)
    trials = np.full(400, 10)
    successes = rng.binomial(trials, 0.8)
    assert design_effect(successes, trials) == pytest.approx(1.0, abs=0.15)
    got, want = rao_scott(successes, trials), wilson(int(successes.sum()), 4000)
    assert got.high - got.low == pytest.approx(want.high - want.low, rel=0.1)


def test_no_failure_at_all_counts_patients():
    """Ten patients without a failure say as little as ten trials, whatever their number (Student's for Wilson's z)."""
    few, many = (rao_scott(np.full(10, n), np.full(10, n)) for n in (5, 500))
    assert (few.low, few.high) == (many.low, many.high)
    t = stats.t.ppf(0.975, 9)
    assert few.low == pytest.approx(10 / (10 + t**2))
    assert few.high == 1.0


@pytest.mark.parametrize("method", ["BCa", "percentile"])
def test_bootstrap_is_scipys(method):
    """SciPy's bootstrap of pairs; both ends within the noise of 6,000 resamples."""
    counts = _patients(40)
    got = cluster_bootstrap(counts, share, seed=2, resamples=6000, method=method)
    want = stats.bootstrap(
        (counts[:, 0], counts[:, 1]),
        lambda x, n, axis=-1: x.sum(axis=axis) / n.sum(axis=axis),
        paired=True,
        n_resamples=6000,
        method=method,
        rng=np.random.default_rng(3),
    ).confidence_interval
    width = want.high - want.low
    assert (got.low, got.high) == pytest.approx((want.low, want.high), abs=0.05 * width)


def test_the_three_ways_agree():
    counts = _patients(80, 4)
    boot = cluster_bootstrap(counts, share, seed=1, resamples=4000)
    for other in (ratio(counts[:, 0], counts[:, 1]), rao_scott(counts[:, 0], counts[:, 1])):
        assert other.value == pytest.approx(boot.value)
        assert (other.low, other.high) == pytest.approx((boot.low, boot.high), abs=0.15 * (boot.high - boot.low))
    naive = wilson(int(counts[:, 0].sum()), int(counts[:, 1].sum()))
    assert naive.high - naive.low < 0.7 * (boot.high - boot.low)


def test_the_same_seed_gives_the_same_bits_and_strata_keep_their_sizes():
    counts = _patients(30)
    one, two, other = (cluster_bootstrap(counts, share, seed=s, resamples=300) for s in (1, 1, 2))
    assert one == two
    assert one != other
    seen = []
    strata = np.repeat(["a", "b"], [10, 20])
    marked = np.column_stack([counts, strata == "a"])
    cluster_bootstrap(
        marked,
        lambda rows: seen.append((len(rows), rows[:, 2].sum())) or share(rows),
        seed=1,
        resamples=50,
        strata=strata,
        method="percentile",
    )
    assert set(seen) == {(30, 10.0)}


def test_patients_without_a_denominator_are_left_out():
    with_, without = ratio(np.append(NUMERATOR, 0), np.append(DENOMINATOR, 0)), ratio(NUMERATOR, DENOMINATOR)
    assert with_ == without


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: ratio(np.array([1, 2]), np.array([2, -1])), "negative"),
        (lambda: ratio(np.array([1, 2]), np.array([2])), "lengths differ"),
        (lambda: ratio(np.array([1, 0]), np.array([2, 0])), "at least 2"),
        (lambda: ratio(np.array([1, 2, 4]), np.array([1, 2, 4])), "rao_scott"),
        (lambda: rao_scott(np.array([3, 2]), np.array([2, 2])), "more than trials"),
        (lambda: cluster_bootstrap(np.array([[1.0, np.nan], [1, 2]]), share, seed=1), "not finite"),
        (lambda: cluster_bootstrap(np.ones((1, 2)), share, seed=1), "at least two"),
        (lambda: cluster_bootstrap(np.ones((3, 2)), lambda rows: np.nan, seed=1), "undefined for these patients"),
        (
            lambda: cluster_bootstrap(np.eye(6)[:, :2], lambda r: r[:, 0].mean() if r[:, 1].any() else np.nan, seed=1),
            "too few patients",
        ),
    ],
)
def test_bad_input_says_what_to_do(call, says):
    with pytest.raises(StatisticsError, match=says):
        call()
