"""Samples a day's posterior by Hamiltonian Monte Carlo, to see how far Laplace can be trusted.

Needs the extra `nuts` (NumPyro). Minutes rather than a second a day.

**References:**

- Hoffman & Gelman (2014), JMLR 15:1593
- Phan, Pradhan & Jankowiak (2019), arXiv:1912.11554 (NumPyro)
"""

import jax
import jax.numpy as jnp
import numpy as np

from twinbed.core.errors import NotFound
from twinbed.personalise.calibrate import WHITE, DayFit, SensorError, residuals
from twinbed.personalise.day import DayData
from twinbed.personalise.parameters import Matrix, Vector


def sample_day(
    day: DayData,
    mean: Vector,
    covariance: Matrix,
    *,
    start: DayFit,
    error: SensorError = WHITE,
    warm_up: int = 300,
    draws: int = 500,
    seed: int = 0,
) -> np.ndarray:
    """Posterior draws of a day's parameters on the fitted scale, shape (draws, parameter).

    Args:
        day: the day.
        mean: prior mean.
        covariance: prior covariance.
        start: a Laplace fit of the day; its covariance scales the steps.
        error: the description of the sensor's error.
        warm_up: adaptation steps, thrown away.
        draws: draws kept.
        seed: of the sampler.

    Raises:
        NotFound: NumPyro is not installed.
    """
    try:
        from numpyro.infer import MCMC, NUTS
    except ImportError as missing:
        raise NotFound("sampling needs NumPyro: pip install 'twinbed[nuts]'") from missing
    root = jnp.asarray(np.linalg.cholesky(np.linalg.inv(covariance)).T)
    settings = jnp.array([error.white_mg_dl, error.drifting, error.memory_min])
    scale = jnp.asarray(np.linalg.cholesky(start.covariance))
    center = jnp.asarray(start.theta)

    def potential(z: jax.Array) -> jax.Array:
        r, _ = residuals(center + scale @ z, day.arrays, jnp.asarray(mean), root, settings)
        return 0.5 * jnp.sum(r * r)

    sampler = MCMC(NUTS(potential_fn=potential), num_warmup=warm_up, num_samples=draws, progress_bar=False)
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):  # as NumPyro is written
        sampler.run(jax.random.key(seed), init_params=jnp.zeros(len(mean)))
    return start.theta + np.asarray(sampler.get_samples()) @ np.asarray(scale).T
