"""The Laplace posterior against what it stands for. Slow: run with `-m slow`.

**References:**

- Talts et al. (2018), arXiv:1804.06788 (simulation-based calibration)
"""

import datetime

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from tests.personalise.test_assimilate import _template
from twinbed.core.noise import noise_from_seed
from twinbed.core.recording import Recording
from twinbed.personalise.assimilate import STARTS, follow_day
from twinbed.personalise.calibrate import WHITE, fit_days
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


def _seen(day, theta, noise):
    """The day as a sensor with 5 mg/dL of white noise would see it."""
    import dataclasses

    clean = np.asarray(at_samples(forward(jnp.asarray(theta), day.arrays), day.arrays))
    errors = np.array([WHITE.white_mg_dl * float(noise.normal(k)) for k in range(len(clean))])
    return dataclasses.replace(day, arrays={**day.arrays, "y": np.clip(clean + errors, 20.0, 900.0)})


def test_simulation_based_calibration(day):
    """Parameters drawn from the prior fall uniformly into their Laplace posteriors.

    The rank of the truth within each posterior is uniform if the posterior is right
    (Kolmogorov-Smirnov at 0.1 %, Bonferroni over the parameters); the 90 % interval holds
    the truth within three standard errors of 90 %.
    """
    mean, covariance = day_prior()
    noise = noise_from_seed(11)
    root = np.linalg.cholesky(covariance)
    ranks = np.empty((ROUNDS, len(WATCHED)))
    for i in range(ROUNDS):
        z = np.array([float(noise.at(i).normal(k)) for k in range(N)])
        theta = mean + root @ z
        seen = _seen(day, theta, noise.at(i).at(1))
        found = fit_days([seen], starts(mean, STARTS)[None], mean[None], covariance[None], iterations=30)[0]
        sd = np.sqrt(np.diag(found.covariance))
        for j, name in enumerate(WATCHED):
            k = PLACE[name]
            ranks[i, j] = stats.norm.cdf((theta[k] - found.theta[k]) / sd[k])
    for j, name in enumerate(WATCHED):
        assert stats.kstest(ranks[:, j], "uniform").pvalue > 0.001 / len(WATCHED), name
    inside = np.mean((ranks > 0.05) & (ranks < 0.95))
    assert abs(inside - 0.9) < 3 * np.sqrt(0.9 * 0.1 / ROUNDS)


def test_sampling_agrees_with_laplace(day):
    """Posterior means differ by less than half an SD, SDs by less than a factor of 1.6."""
    mean, covariance = day_prior()
    theta = mean.copy()
    theta[PLACE["si_l"]] += 0.4
    seen = _seen(day, theta, noise_from_seed(4))
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
    noise = noise_from_seed(9)
    points = np.array(
        [
            [mean[k] + 0.7 * np.sqrt(covariance[k, k]) * float(noise.at(i).normal(k)) for k in range(N)]
            for i in range(12)
        ]
    )
    glucose = follow_day(day)
    mean[PLACE["g0"]] = np.log(day.first)
    many = fit_days([day], points[None], mean[None], covariance[None], iterations=40)[0]
    assert glucose.cost <= 1.02 * many.cost
