"""Against published examples, other programs, SciPy's binomial distribution, and simulation."""

import math

import numpy as np
import pytest
from scipy import stats

from twinbed.bench.statistics.agreement import bland_altman
from twinbed.bench.statistics.proportions import clopper_pearson
from twinbed.bench.statistics.sample_size import (
    power_of_estimate,
    power_of_limits,
    power_of_proportion,
    size_for_diagnostic,
    size_for_estimate,
    size_for_limits,
    size_for_proportion,
)
from twinbed.core.errors import StatisticsError


def test_the_smallest_size_is_aherns():
    """Khan, Sarker & Hackshaw (2012), Br J Cancer, doi:10.1038/bjc.2012.444: goal 10 %, expected 20 %, alpha 5 %,
    power 80 %: A'Hern's n is 78, with alpha 4.53 % and power 80.81 %."""
    got = size_for_proportion(0.2, 0.1, alpha=0.05, every_larger=False)
    assert got.n == 78
    assert (got.size, got.power) == pytest.approx((0.0453, 0.8081), abs=1e-4)
    assert got == power_of_proportion(78, 0.2, 0.1, alpha=0.05)


def test_every_larger_size_keeps_the_power():
    got = size_for_proportion(0.2, 0.1, alpha=0.05)
    assert got.n > 78
    assert power_of_proportion(got.n - 1, 0.2, 0.1, alpha=0.05).power < 0.8
    assert all(power_of_proportion(n, 0.2, 0.1, alpha=0.05).power >= 0.8 for n in range(got.n, got.n + 400))


@pytest.mark.parametrize("n", [20, 255])
def test_power_and_size_are_binomial_tails_and_agree_with_the_exact_bound(n):
    got = power_of_proportion(n, 0.95, 0.9)
    assert got.power == pytest.approx(stats.binom.sf(got.successes - 1, n, 0.95))
    assert got.size == pytest.approx(stats.binom.sf(got.successes - 1, n, 0.9))
    meets = [k for k in range(n + 1) if clopper_pearson(k, n, level=0.975, side="lower").low > 0.9]
    assert min(meets, default=n + 1) == got.successes


def test_too_few_observations_have_no_power():
    got = power_of_proportion(5, 0.95, 0.9)  # 0.9^5 is 0.59: even five of five are no proof
    assert (got.successes, got.power, got.size) == (6, 0.0, 0.0)


def test_buderers_numbers_by_hand():
    """z^2 s (1 - s) / w^2 over the prevalence, with the numbers of Jones, Carley & Harrison (2003), Emerg Med J 20:453,
    doi:10.1136/emj.20.5.453: sensitivity 95 %, specificity 80 %, +-5 %, prevalence 30 %."""
    got = size_for_diagnostic(0.95, 0.8, 0.3)
    assert (got.positives, got.negatives) == (math.ceil(1.96**2 * 0.0475 / 0.0025), math.ceil(1.96**2 * 0.16 / 0.0025))
    assert (got.for_sensitivity, got.for_specificity, got.n) == (244, 352, 352)


def _lu(n, bias, sd, allowed):
    """Power by the approximate intervals of Lu et al. (2016), as the R package SimplyAgree has it."""
    z, t = stats.norm.ppf(0.975), stats.t.ppf(0.975, n - 1)
    error = sd * math.sqrt(1 / n + z**2 / (2 * (n - 1)))
    return 1 - sum(stats.nct.cdf(t, n - 1, (allowed - side - z * sd) / error) for side in (bias, -bias))


@pytest.mark.parametrize(
    ("bias", "sd", "allowed", "power", "n"),
    [(0.5, 2.5, 7.0, 0.8, 59), (0.5, 2.5, 7.0, 0.9, 78), (0.5, 2.6, 7.0, 0.8, 82), (0.0, 3.3, 8.0, 0.8, 145)],
)
def test_exact_intervals_need_some_more_than_lus(bias, sd, allowed, power, n):
    """The n of SimplyAgree's tests and manual, which picks the n of nearest power."""
    assert _lu(n, bias, sd, allowed) == pytest.approx(power, abs=0.005)
    got = size_for_limits(sd, allowed, bias=bias, power=power)
    assert n < got < 1.35 * n
    assert power_of_limits(got - 1, sd, allowed, bias=bias) < power <= power_of_limits(got, sd, allowed, bias=bias)


def test_exact_and_approximate_sizes_meet_where_many_are_needed():
    n = size_for_limits(1.0, 2.2, power=0.8)
    assert n > 300
    assert _lu(n, 0.0, 1.0, 2.2) == pytest.approx(0.8, abs=0.05)


def test_power_of_limits_is_how_often_a_study_succeeds():
    """1,500 studies of 75 patients; 1 % is one standard error."""
    rng = np.random.default_rng(0)
    found = [bland_altman(rng.normal(0.5, 2.5, 75)) for _ in range(1500)]
    succeed = np.mean([f.lower.low > -7.0 and f.upper.high < 7.0 for f in found])
    assert succeed == pytest.approx(power_of_limits(75, 2.5, 7.0, bias=0.5), abs=0.03)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: size_for_proportion(0.9, 0.9), "not above the goal"),
        (lambda: size_for_proportion(0.9001, 0.9), "lower goal"),
        (lambda: power_of_proportion(0, 0.9, 0.8), "at least one"),
        (lambda: power_of_proportion(10, 95.0, 0.9), "between 0 and 1"),
        (lambda: size_for_diagnostic(0.9, 0.9, 0.0), "prevalence"),
        (lambda: size_for_limits(2.0, 3.0), "no n helps"),
        (lambda: power_of_limits(1, 2.0, 5.0), "at least two"),
        (lambda: power_of_limits(9, 0.0, 5.0), "positive"),
    ],
)
def test_bad_input_says_what_to_do(call, says):
    with pytest.raises(StatisticsError, match=says):
        call()


@pytest.mark.parametrize(
    ("n", "expected", "floor"), [(16, 0.9, 0.85), (40, 0.95, 0.85), (20, 0.7, 0.85), (100, 0.9, 0.9)]
)
def test_an_estimate_reaches_a_floor_as_often_as_counts_do(n, expected, floor):
    """The sum of binomial probabilities over the counts whose share is at least the floor."""
    reach = sum(stats.binom.pmf(k, n, expected) for k in range(n + 1) if k / n >= floor - 1e-12)
    assert power_of_estimate(n, expected, floor) == pytest.approx(reach, rel=1e-9)


def test_the_size_for_an_estimate_keeps_its_power_from_there_on():
    """0.95 against 0.85 with 0.99, and how often what is worse passes all the same."""
    n = size_for_estimate(0.95, 0.85, power=0.99)
    assert n == 40
    assert power_of_estimate(n - 1, 0.95, 0.85) < 0.99
    assert min(power_of_estimate(k, 0.95, 0.85) for k in range(n, 400)) >= 0.99
    assert [round(power_of_estimate(n, p, 0.85), 2) for p in (0.75, 0.7)] == [0.10, 0.02]
    assert size_for_proportion(0.97, 0.9, power=0.99).n == 231  # of `software_as_device/diagnostic_accuracy`
    with pytest.raises(StatisticsError, match="not above"):
        size_for_estimate(0.85, 0.9)
