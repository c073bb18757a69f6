"""Against the published examples of Bland & Altman and Zou, SciPy, and the definitions."""

import numpy as np
import pytest
from scipy import stats

from twinbed.bench.statistics.agreement import arms, bland_altman, effective_size
from twinbed.core.errors import StatisticsError

# Bland & Altman (2007), Table 1: cardiac output by radionuclide ventriculography less that by impedance cardiography,
# in hundredths of l/min; one row a patient.
CARDIAC = (
    (126, 180, 99, 55, 153),
    (210, 297, 245, 245),
    (4, -26, -22, -24, 4, -25),
    (7, -59, -89, -81, -112),
    (10, 12, 8, 71, 77, 69),
    (2, 61, 22, 51),
    (204, 199, 197, 184),
    (-18, 20, 75, 109, 103, 137),
    (131, 180, 101),
    (-13, 3, 158, 91, 97),
    (-42, -2, -48, -68, -99, -104),
    (56, 52, 110, 100, 70, 60),
)

# Bland & Altman (1986), Lancet 327:307, doi:10.1016/S0140-6736(86)90837-8: peak expiratory flow of 17 people, l/min
WRIGHT = np.array([494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427])
MINI = np.array([512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451])


def _cardiac(patients=12):
    rows = CARDIAC[:patients]
    return np.concatenate(rows) / 100.0, np.repeat(np.arange(len(rows)), [len(r) for r in rows])


def test_repeated_measures_are_those_of_bland_and_altman():
    """Bland & Altman (2007), section 3: 0.6021667, 0.99062408, -1.3394565 and 2.5437899 (with 1.96 as the quantile)."""
    got = bland_altman(*_cardiac())
    assert got.bias.value == pytest.approx(0.6021667, abs=5e-8)
    assert got.sd == pytest.approx(0.99062408, abs=5e-7)
    assert (got.lower.value, got.upper.value) == pytest.approx((-1.3394565, 2.5437899), abs=5e-5)
    assert (got.patients, got.pairs, got.bias.n) == (12, 60, 12)
    assert got.between_sd**2 + got.within_sd**2 == pytest.approx(got.sd**2)


def test_intervals_are_zous():
    """The first four patients, every patient alike, as SimplyAgree (R) takes them for its test after Zou (2013):
    0.7255 (limits -2.14, 3.59), intervals of the limits (-9.83, -0.33) and (1.77, 11.27), given to 1 %."""
    got = bland_altman(*_cardiac(4), weight="patients")
    assert (got.bias.value, got.lower.value, got.upper.value) == pytest.approx((0.7255, -2.14, 3.59), abs=2e-3)
    assert (got.lower.low, got.lower.high) == pytest.approx((-9.83, -0.33), rel=0.01)
    assert (got.upper.low, got.upper.high) == pytest.approx((1.77, 11.27), rel=0.01)


def test_both_weights_agree_where_patients_have_equal_numbers():
    d, who = np.random.default_rng(2).normal(size=60), np.repeat(np.arange(12), 5)
    d = d + np.random.default_rng(3).normal(size=12)[who]
    pairs, patients = bland_altman(d, who), bland_altman(d, who, weight="patients")
    for end in ("value", "low", "high"):
        for part in ("bias", "lower", "upper"):
            assert getattr(getattr(pairs, part), end) == pytest.approx(getattr(getattr(patients, part), end))
    assert pairs.sd == pytest.approx(patients.sd)


def test_variances_are_those_of_analysis_of_variance():
    """SciPy's F is the ratio of the mean squares between and within."""
    d, who = _cardiac()
    got, m = bland_altman(d, who), np.bincount(who)
    m0 = (60**2 - (m**2).sum()) / (11 * 60)
    f = stats.f_oneway(*(np.array(r) / 100 for r in CARDIAC)).statistic
    assert 1.0 + m0 * got.between_sd**2 / got.within_sd**2 == pytest.approx(f)


def test_one_pair_each_is_bland_and_altmans_first_example():
    """Bland & Altman (1986): -2.1 (-22.0 to 17.8), SD 38.8, limits with 2 SD -79.7 and 75.5 l/min; and their
    approximate intervals of the limits, -114.3 to -45.1 and 40.9 to 110.1, beside the exact ones."""
    got = bland_altman(WRIGHT - MINI)
    assert (got.bias.value, got.bias.low, got.bias.high) == pytest.approx((-2.1, -22.0, 17.8), abs=0.06)
    assert got.sd == pytest.approx(38.8, abs=0.05)
    two = bland_altman(WRIGHT - MINI, share=float(2 * stats.norm.cdf(2) - 1))
    assert (two.lower.value, two.upper.value) == pytest.approx((-79.7, 75.5), abs=0.1)  # made of rounded numbers
    assert (two.upper.low, two.upper.high) == pytest.approx((40.9, 110.1), abs=20)
    assert two.upper.low > 40.9  # the exact interval lies farther out than the approximate one
    assert two.upper.high > 110.1
    assert (two.lower.low + two.upper.high, two.lower.high + two.upper.low) == pytest.approx([2 * got.bias.value] * 2)


def test_exact_intervals_are_the_noncentral_t_of_scipy():
    d = np.random.default_rng(1).normal(1.0, 2.0, 25)
    got, unit = bland_altman(d, level=0.9), d.std(ddof=1) / 5
    want = d.mean() + stats.nct.ppf([0.05, 0.95], 24, stats.norm.ppf(0.975) * 5) * unit
    assert (got.upper.low, got.upper.high) == pytest.approx(want)
    assert np.isnan(got.within_sd)


def test_repeating_a_pair_says_nothing_new():
    """Every pair five times: bias, Arms and effective size are those of single pairs."""
    d = np.random.default_rng(4).normal(1.0, 2.0, 30)
    who = np.repeat(np.arange(30), 5)
    one, five = bland_altman(d), bland_altman(np.repeat(d, 5), who)
    assert (five.bias.low, five.bias.high) == pytest.approx((one.bias.low, one.bias.high))
    assert (five.sd, five.within_sd) == pytest.approx((one.sd, 0.0), abs=1e-9)
    assert effective_size(np.repeat(d, 5), who) == pytest.approx(30.0)
    got, want = arms(np.repeat(d, 5), who), arms(d)
    assert (got.value, got.high, got.n) == (pytest.approx(want.value), pytest.approx(want.high), 30)


def test_arms_is_the_root_mean_square_and_its_square_has_two_parts():
    d, who = _cardiac()
    got = arms(d, who)
    assert got.value == pytest.approx(np.sqrt(np.mean(d**2)))
    assert got.value**2 == pytest.approx(d.mean() ** 2 + d.var())
    assert got.low == 0.0
    both = arms(d, who, level=0.9, side="both")
    assert both.high == pytest.approx(got.high)
    assert both.low < got.value < both.high


def test_arms_without_bias_is_bounded_as_a_standard_deviation():
    """One pair a patient and no bias: the bound is that of the variance, a little wider for the bias not seen."""
    d = np.random.default_rng(3).normal(size=200)
    d -= d.mean()
    got = arms(d)
    want = np.sqrt((d**2).sum() / stats.chi2.ppf(0.05, 199))
    assert want < got.high < 1.005 * want


def test_effective_size_of_independent_pairs_is_their_number():
    rng = np.random.default_rng(8)
    d, who = rng.normal(size=2000), np.repeat(np.arange(200), 10)
    assert effective_size(d, who) == pytest.approx(2000, rel=0.15)
    assert effective_size(d, np.arange(2000)) == 2000.0


def test_effective_size_by_the_formula():
    """N / (1 + (m - 1) ICC) for m pairs of each patient."""
    rng = np.random.default_rng(9)
    who = np.repeat(np.arange(40), 6)
    d = rng.normal(size=240) + rng.normal(size=40)[who]
    got = bland_altman(d, who)
    icc = got.between_sd**2 / got.sd**2
    assert effective_size(d, who) == pytest.approx(240 / (1 + 5 * icc))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: bland_altman(np.array([1.0])), "at least 2"),
        (lambda: bland_altman(np.array([1.0, np.inf, 2.0])), "not finite"),
        (lambda: bland_altman(np.array([1.0, 1.0, 1.0])), "the same"),
        (lambda: bland_altman(np.array([1.0, 2.0, 3.0]), np.array(["a", "a", "a"])), "at least 2"),
        (lambda: bland_altman(np.array([1.0, 2.0, 3.0]), np.array(["a", "b"])), "lengths differ"),
        (lambda: bland_altman(np.array([1.0, 2.0, 3.0]), share=1.0), "between 0 and 1"),
        (lambda: arms(np.zeros(4)), "the same"),
        (lambda: arms(np.arange(4.0), level=0.4), "more than 0.5"),
    ],
)
def test_bad_input_says_what_to_do(call, says):
    with pytest.raises(StatisticsError, match=says):
        call()
