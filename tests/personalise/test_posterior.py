"""The Laplace posterior against what it stands for. Slow: run with `-m slow`.

**References:**

- Talts et al. (2018), arXiv:1804.06788 (simulation-based calibration)
"""

import dataclasses
import datetime

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from tests.personalise.test_assimilate import _template
from twinbed.core.recording import Recording
from twinbed.personalise.assimilate import STARTS, follow_day
from twinbed.personalise.calibrate import WHITE, _order, fit_days
from twinbed.personalise.day import person_days
from twinbed.personalise.forward import at_samples, forward
from twinbed.personalise.nuts import sample_day
from twinbed.personalise.parameters import NAMES, PLACE, N, day_prior, starts

pytestmark = pytest.mark.slow
ROUNDS = 100
WATCHED = ("si_b", "si_l", "si_d", "gb", "sg", "kabs_b", "kabs_l", "kabs_d")


@pytest.fixture(scope="module")
def day():
    recording = Recording("sbc", datetime.datetime(2024, 1, 1), _template(3), {"weight_kg": 70.0})
    return person_days(recording)[1]


def _seen(day, nodes, errors):
    """The day as a sensor with 5 mg/dL of white noise would see it; nothing is cut off."""
    clean = np.asarray(at_samples(nodes, day.arrays))
    return dataclasses.replace(day, arrays={**day.arrays, "y": clean + WHITE.white_mg_dl * errors[: len(clean)]})


def _prior_draws(rng, covariance, n):
    """Draws of the prior with its soft order of rates (`_order`), by rejection."""
    mean, root, found = day_prior()[0], np.linalg.cholesky(covariance), []
    while len(found) < n:
        theta = mean + root @ rng.standard_normal(N)
        if rng.random() < np.exp(-0.5 * np.sum(np.asarray(_order(jnp.asarray(theta))) ** 2)):
            found.append(theta)
    return np.stack(found)


def _ranks(day, narrower):
    """Ranks of true parameters within their Laplace posteriors, (round, watched parameter)."""
    mean, covariance = day_prior()
    covariance = covariance * narrower**2
    rng = np.random.default_rng(11)
    thetas = _prior_draws(rng, covariance, ROUNDS)
    nodes = jax.jit(jax.vmap(lambda theta: forward(theta, day.arrays)))(jnp.asarray(thetas))
    days = [_seen(day, own, rng.standard_normal(288)) for own in nodes]
    same = lambda value: np.broadcast_to(value, (ROUNDS, *value.shape))
    found = fit_days(days, same(starts(mean, STARTS)), same(mean), same(covariance), iterations=30)
    watched = [PLACE[name] for name in WATCHED]
    center, sd = np.array([f.theta for f in found]), np.array([np.sqrt(np.diag(f.covariance)) for f in found])
    return stats.norm.cdf((thetas - center) / sd)[:, watched]


def _check_uniform(ranks):
    """Kolmogorov-Smirnov at 0.1 %, Bonferroni; 90 % intervals within three standard errors of 90 %."""
    for j, name in enumerate(WATCHED):
        assert stats.kstest(ranks[:, j], "uniform").pvalue > 0.001 / len(WATCHED), name
        inside = np.mean((ranks[:, j] > 0.05) & (ranks[:, j] < 0.95))
        assert abs(inside - 0.9) < 3 * np.sqrt(0.9 * 0.1 / ROUNDS), name


def test_simulation_based_calibration_where_laplace_is_exact(day):
    """Parameters drawn from a prior so narrow that the model is a straight line within it fall
    uniformly into their posteriors: Laplace's approximation is then no approximation."""
    _check_uniform(_ranks(day, narrower=0.05))


@pytest.mark.xfail(
    strict=True,
    reason="Under the wide prior of an unknown person one day leaves skewed posteriors, which Laplace's normal ones "
    "do not cover: measured, 90 % intervals hold 66 % (kabs_d) to 88 % (gb) of the true parameters",
)
def test_simulation_based_calibration_under_the_wide_prior(day):
    """The same under ReplayBG's prior of a single day: a known limit of `calibrate`, kept in sight."""
    _check_uniform(_ranks(day, narrower=1.0))


def test_sampling_agrees_with_laplace(day):
    """Where Laplace is exact: means differ by less than half an SD, SDs by less than a factor of 1.6."""
    mean, covariance = day_prior()
    covariance = covariance * 0.05**2
    theta = mean.copy()
    theta[PLACE["si_l"]] += 0.03
    errors = np.random.default_rng(4).standard_normal(288)
    seen = _seen(day, jax.jit(forward)(jnp.asarray(theta), day.arrays), errors)
    laplace = fit_days([seen], starts(mean, STARTS)[None], mean[None], covariance[None], iterations=40)[0]
    draws = sample_day(seen, mean, covariance, start=laplace, warm_up=200, draws=400)
    sd = np.sqrt(np.diag(laplace.covariance))
    for name in ("si_l", "gb", "sg"):
        k = NAMES.index(name)
        assert abs(draws[:, k].mean() - laplace.theta[k]) < 0.5 * sd[k], name
        assert 1 / 1.6 < draws[:, k].std() / sd[k] < 1.6, name


def test_more_starts_do_not_find_a_better_day(day):
    """The four structured starts reach the cost that twelve random ones reach, within 2 %."""
    mean, covariance = day_prior()
    spread = 0.7 * np.sqrt(np.diag(covariance))
    points = mean + spread * np.random.default_rng(9).standard_normal((12, N))
    glucose = follow_day(day)
    mean[PLACE["g0"]] = np.log(day.first)
    many = fit_days([day], points[None], mean[None], covariance[None], iterations=40)[0]
    assert glucose.cost <= 1.02 * many.cost
