"""Draws have the declared distributions, and belong to (seed, patient, attempt, name) alone."""

import numpy as np
import pytest
import scipy.stats as stats

from twinbed.cohorts.sampling import (
    Constant,
    Distribution,
    Empirical,
    Gamma,
    LogNormal,
    Mapped,
    Normal,
    Rule,
    Truncated,
    Uniform,
    first_broken,
    lognormal_by_moments,
    of_draws,
    uniforms,
)

N = 20000
SE = 5.0  # bound in standard errors: one test in 1.7 million fails by chance

# name: (marginal, the same distribution in SciPy)
PAIRS = {
    "normal": (Normal(3.0, 2.0), stats.norm(3.0, 2.0)),
    "lognormal": (LogNormal(0.05, 0.4), stats.lognorm(0.4, scale=0.05)),
    "gamma": (Gamma(3.3, 5e-4), stats.gamma(3.3, scale=5e-4)),
    "uniform": (Uniform(0.7, 1.2), stats.uniform(0.7, 0.5)),
    "truncated": (Truncated(Normal(0.0, 1.0), -0.5, 2.0), stats.truncnorm(-0.5, 2.0)),
    "reciprocal": (
        Mapped(Truncated(Normal(2.0, 0.5), 1.0, 3.0), np.reciprocal, np.reciprocal, rising=False),
        None,
    ),
}


def numbers(n, start=0):
    return np.arange(start, start + n)


@pytest.fixture(scope="module")
def draws():
    distribution = Distribution({name: m for name, (m, _) in PAIRS.items()}, {("normal", "lognormal"): 0.6})
    return distribution.draw(11, numbers(N), np.zeros(N, int))


@pytest.mark.parametrize("name", PAIRS)
def test_moments_and_shape_are_the_declared_ones(draws, name):
    marginal, reference = PAIRS[name]
    x = draws[name]
    kurtosis = stats.kurtosis(x, fisher=False)
    assert abs(x.mean() - marginal.mean) < SE * marginal.sd / np.sqrt(N)
    assert abs(x.std() - marginal.sd) < SE * marginal.sd * np.sqrt(max(kurtosis - 1, 0.2) / (4 * N))
    assert stats.kstest(x, marginal.cumulative).pvalue > 1e-6
    if reference is not None:
        p = np.linspace(0.001, 0.999, 41)
        np.testing.assert_allclose(marginal.quantile(p), reference.ppf(p), rtol=1e-10)
        assert (marginal.mean, marginal.sd) == pytest.approx((reference.mean(), reference.std()), rel=1e-7)


@pytest.mark.parametrize("name", PAIRS)
def test_the_quantile_inverts_the_cumulative(name):
    marginal, _ = PAIRS[name]
    p = np.linspace(0.01, 0.99, 21)
    np.testing.assert_allclose(marginal.cumulative(marginal.quantile(p)), p, rtol=1e-9)


def test_lognormal_by_moments_has_those_moments():
    found = lognormal_by_moments(26.6, 4.7)
    assert (found.mean, found.sd) == pytest.approx((26.6, 4.7))


def test_a_constant_is_constant_and_a_mapped_one_follows_its_map():
    assert (Constant(0.9).quantile(np.array([0.1, 0.9])) == 0.9).all()
    vg = Truncated(Mapped(Normal(1.16, 0.23), np.log, np.exp), 0.1, 0.25)
    p = np.array([0.0, 0.5, 1.0])
    inner = stats.norm(1.16, 0.23)
    ends = inner.cdf(np.exp([0.1, 0.25]))
    np.testing.assert_allclose(vg.quantile(p), np.log(inner.ppf(ends[0] + p * (ends[1] - ends[0]))))
    assert vg.kept == pytest.approx(ends[1] - ends[0])


def test_correlations_are_the_declared_ones(draws):
    # the standard error of Fisher's z is 1 / sqrt(n - 3)
    score = np.arctanh(np.corrcoef(draws["normal"], np.log(draws["lognormal"]))[0, 1])
    assert abs(score - np.arctanh(0.6)) < SE / np.sqrt(N - 3)
    other = np.arctanh(np.corrcoef(draws["normal"], draws["gamma"])[0, 1])
    assert abs(other) < SE / np.sqrt(N - 3)


def test_correlations_that_contradict_each_other_are_refused():
    marginals = {name: Normal(0.0, 1.0) for name in "abc"}
    contradiction = {("a", "b"): 0.9, ("b", "c"): 0.9, ("a", "c"): -0.9}
    with pytest.raises(ValueError, match="contradict"):
        Distribution(marginals, contradiction)
    with pytest.raises(ValueError, match="no distribution"):
        Distribution(marginals, {("a", "z"): 0.1})


def test_a_shard_has_the_bits_of_the_whole(draws):
    distribution = Distribution({n: m for n, (m, _) in PAIRS.items()}, {("normal", "lognormal"): 0.6})
    part = distribution.draw(11, numbers(37, start=1000), np.zeros(37, int))
    for name, values in part.items():
        assert (values == draws[name][1000:1037]).all()


def test_a_draw_does_not_depend_on_its_neighbours():
    alone = Distribution({"b": Normal(0.0, 1.0)}).draw(3, numbers(5), np.zeros(5, int))["b"]
    beside = Distribution({"a": Uniform(0.0, 1.0), "b": Normal(0.0, 1.0)})
    assert (beside.draw(3, numbers(5), np.zeros(5, int))["b"] == alone).all()


def test_seed_patient_attempt_and_name_all_change_the_draw():
    one = uniforms(1, numbers(4), np.zeros(4, int), ("a", "b"))
    others = [
        uniforms(2, numbers(4), np.zeros(4, int), ("a",))[:, 0],
        uniforms(1, numbers(4), np.ones(4, int), ("a",))[:, 0],
        one[:, 1],
    ]
    assert len(np.unique(one[:, 0])) == 4
    assert all((one[:, 0] != other).all() for other in others)
    assert ((one > 0) & (one < 1)).all()


def test_the_first_broken_rule_is_named_and_what_is_no_number_breaks_a_rule():
    rules = (Rule("a", 0.0, 1.0, "1", "why"), Rule("b", 0.0, 1.0, "1", "why"))
    values = {"a": np.array([0.5, 2.0, 0.5, np.nan]), "b": np.array([0.5, 2.0, -1.0, 0.5])}
    assert first_broken(rules, values).tolist() == [-1, 0, 1, 0]
    assert first_broken(rules, {"b": values["b"]}).tolist() == [-1, 1, 1, -1]
    with pytest.raises(ValueError, match="none of the rules"):
        first_broken(rules, {})
    assert str(rules[0]) == "a 0 to 1 1: why"


def test_a_distribution_of_draws_has_their_margins_and_their_correlations_by_rank():
    random = np.random.default_rng(2)
    z = random.multivariate_normal([0.0, 0.0], [[1.0, 0.8], [0.8, 1.0]], 2000)
    of = of_draws({"a": np.exp(z[:, 0]), "b": 5.0 + z[:, 1], "c": np.full(2000, 7.0)})
    again = of.draw(1, np.arange(4000), np.zeros(4000, np.int64))
    assert np.median(again["a"]) == pytest.approx(1.0, abs=0.08)
    assert np.std(again["b"]) == pytest.approx(1.0, abs=0.06)
    assert np.corrcoef(np.log(again["a"]), again["b"])[0, 1] == pytest.approx(0.98 * 0.8, abs=0.04)
    assert set(again["c"]) == {7.0}


def test_few_draws_of_many_quantities_do_not_contradict_each_other():
    random = np.random.default_rng(3)
    of = of_draws({f"q{k}": random.standard_normal(4) for k in range(12)})
    assert np.linalg.eigvalsh(of.correlation_matrix()).min() > 0.0


def test_what_was_drawn_before_is_its_own_quantiles():
    drawn = Empirical((3.0, 1.0, 2.0))
    np.testing.assert_allclose(drawn.quantile(np.asarray([0.01, 1 / 6, 1 / 3, 0.5, 0.99])), [1.0, 1.0, 1.5, 2.0, 3.0])
    np.testing.assert_allclose(drawn.cumulative(np.asarray([0.9, 1.5, 2.0, 3.1])), [0.0, 1 / 3, 0.5, 1.0])
    assert (drawn.mean, drawn.sd) == (2.0, pytest.approx(np.sqrt(2 / 3)))
