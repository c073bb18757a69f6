"""Simulated studies: intervals at 95 % hold the truth in 93 to 97 of a hundred, and tests err as often as they say.

The truth is what the samples were drawn from. One standard error of 1,000 studies is 0.7 %.
"""

import itertools

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit

from twinbed.bench.statistics.agreement import arms, bland_altman
from twinbed.bench.statistics.calibration import calibration
from twinbed.bench.statistics.clustered import cluster_bootstrap, rao_scott, ratio
from twinbed.bench.statistics.proportions import wilson
from twinbed.bench.statistics.raters import kappa
from twinbed.bench.statistics.roc import auc, compare_auc, sensitivity_at
from twinbed.bench.statistics.subgroups import subgroups

pytestmark = pytest.mark.slow


def _holds(intervals, truth):
    """Share of the intervals that hold the truth."""
    return np.mean([i.low <= truth <= i.high for i in intervals])


def _studies(seed, count):
    return (np.random.default_rng([seed, k]) for k in range(count))


def _clusters(rng, patients, share, icc, most=30):
    """Beta-binomial counts: successes and trials of each patient."""
    trials = rng.integers(5, most, patients)
    k = (1 - icc) / icc
    return rng.binomial(trials, rng.beta(share * k, (1 - share) * k, patients)), trials


@pytest.mark.parametrize(
    ("of", "patients", "share"), [(rao_scott, 25, 0.8), (rao_scott, 60, 0.9), (ratio, 25, 0.5), (ratio, 60, 0.6)]
)
def test_clustered_proportions(of, patients, share):
    """Where Wilson's interval of all trials as if independent holds it in less than 80 of a hundred."""
    data = [_clusters(rng, patients, share, 0.2) for rng in _studies(1, 1000)]
    assert 0.93 <= _holds([of(x, n) for x, n in data], share) <= 0.97
    assert _holds([wilson(int(x.sum()), int(n.sum())) for x, n in data], share) < 0.8


@pytest.mark.parametrize("method", ["BCa", "percentile"])
def test_bootstrap_of_patients(method):
    data = (np.column_stack(_clusters(rng, 100, 0.6, 0.2)) for rng in _studies(2, 800))
    share = lambda rows: rows[:, 0].sum() / rows[:, 1].sum()
    intervals = [cluster_bootstrap(d, share, seed=k, resamples=400, method=method) for k, d in enumerate(data)]
    assert 0.93 <= _holds(intervals, 0.6) <= 0.97


def test_limits_of_agreement_of_single_pairs():
    found = [bland_altman(rng.normal(1.0, 2.0, 15)) for rng in _studies(3, 1000)]
    for part, truth in (("bias", 1.0), ("lower", 1.0 - 1.959964 * 2), ("upper", 1.0 + 1.959964 * 2)):
        assert 0.93 <= _holds([getattr(f, part) for f in found], truth) <= 0.97


@pytest.mark.parametrize("sizes", [(5,) * 20, tuple(range(2, 14)) * 2], ids=["equal", "unequal"])
@pytest.mark.parametrize("between", [0.5, 2.0])
@pytest.mark.parametrize("weight", ["pairs", "patients"])
def test_limits_of_agreement_of_repeated_measures(sizes, between, weight):
    who, found = np.repeat(np.arange(len(sizes)), sizes), []
    for rng in _studies(4, 1000):
        d = 1.0 + between * rng.normal(size=len(sizes))[who] + rng.normal(size=len(who))
        found.append(bland_altman(d, who, weight=weight))
    reach = 1.959964 * np.hypot(between, 1.0)
    for part, truth in (("bias", 1.0), ("lower", 1.0 - reach), ("upper", 1.0 + reach)):
        assert 0.93 <= _holds([getattr(f, part) for f in found], truth) <= 0.97, part


@pytest.mark.parametrize(("patients", "bias", "between"), [(12, 1.0, 1.0), (30, 0.5, 1.2), (30, 2.0, 0.5)])
def test_upper_bound_of_arms(patients, bias, between):
    who, bounds = np.repeat(np.arange(patients), 20), []
    for rng in _studies(5, 1000):
        bounds.append(arms(bias + between * rng.normal(size=patients)[who] + 1.5 * rng.normal(size=len(who)), who))
    assert 0.93 <= _holds(bounds, np.sqrt(bias**2 + between**2 + 2.25)) <= 0.97


@pytest.mark.parametrize("apart", [1.0, 2.0])
def test_area_under_the_curve(apart):
    has = np.repeat([True, False], [40, 60])
    found = [auc(rng.normal(size=100) + apart * has, has) for rng in _studies(6, 1000)]
    assert 0.93 <= _holds(found, stats.norm.cdf(apart / np.sqrt(2))) <= 0.97


def test_equal_areas_are_found_different_as_often_as_said():
    has, p = np.repeat([True, False], [40, 60]), []
    for rng in _studies(7, 1000):
        first, second = (rng.normal(size=100) + 0.8 * rng.normal(size=100) + has for _ in range(2))
        p.append(compare_auc(first, second, has).p)
    assert 0.03 <= np.mean(np.array(p) < 0.05) <= 0.07


def test_sensitivity_at_a_specificity():
    has, found = np.repeat([True, False], [100, 200]), []
    for k, rng in enumerate(_studies(8, 250)):
        found.append(sensitivity_at(rng.normal(size=300) + 1.5 * has, has, 0.8, seed=k, resamples=200).sensitivity)
    assert 0.93 <= _holds(found, stats.norm.cdf(1.5 - stats.norm.ppf(0.8))) <= 0.97


def test_calibration_slope_and_intercept():
    found = []
    for rng in _studies(9, 1000):
        x = rng.normal(-1.0, 1.2, 400)
        found.append(calibration(expit(x), rng.random(400) < expit(-0.3 + 0.8 * x)))
    assert 0.93 <= _holds([f.slope for f in found], 0.8) <= 0.97
    assert 0.93 <= _holds([f.intercept for f in found], -0.3) <= 0.97


def test_calibration_clustered_by_patient():
    """Patients who differ in risk: clustered intervals of the intercept in the large hold, others do not."""
    who, held = np.repeat(np.arange(60), 15), {True: [], False: []}
    # the intercept that the mean patient's risk at logit 0 stands for
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    truth = float(np.log((p := (expit(0.8 * nodes) * weights).sum() / weights.sum()) / (1 - p)))
    for rng in _studies(10, 1000):
        outcome = rng.random(900) < expit(0.8 * rng.normal(size=60)[who])
        probability = expit(1e-3 * rng.normal(size=900))  # knows nothing
        for clustered in held:
            patient = who if clustered else None
            held[clustered].append(calibration(probability, outcome, patient=patient).in_the_large)
    assert 0.93 <= _holds(held[True], truth) <= 0.97
    assert _holds(held[False], truth) < 0.9


def test_kappa():
    cells = np.array([[0.35, 0.05, 0.02], [0.04, 0.25, 0.06], [0.03, 0.05, 0.15]])
    truth = kappa(np.round(cells * 100).astype(int)).value
    found = [kappa(rng.multinomial(150, cells.reshape(-1)).reshape(3, 3)) for rng in _studies(11, 1000)]
    assert 0.93 <= _holds(found, truth) <= 0.97


def test_subgroups_alike_are_found_different_no_more_often_than_said():
    """Three groups and two, alike: some difference of a family in at most 5 % (and two standard errors more)."""
    variables = {"pigment": np.repeat(["a", "b", "c"], 20), "sex": np.tile(["f", "m"], 30)}
    tables = [subgroups(*_clusters(rng, 60, 0.8, 0.1), variables) for rng in _studies(12, 200)]
    found = np.mean([any(d.p_holm < 0.05 for d in t.differences) for t in tables])
    apart = np.mean([any(d.difference.low > 0.0 for d in t.differences if d.variable == "pigment") for t in tables])
    assert found <= 0.05 + 0.03
    assert apart <= 0.05 + 0.03
    assert len(list(itertools.chain.from_iterable(t.differences for t in tables))) == 200 * 4
