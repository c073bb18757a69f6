"""Fits a twin to a day: maximum of the posterior from several starts, and its curvature.

Levenberg-Marquardt on the residuals of a Gaussian posterior, a fixed number of iterations,
vmapped over days and starts. The covariance is that of Laplace's approximation with the
Gauss-Newton curvature.

Two descriptions of the sensor's error: `WHITE`, ReplayBG's independent error of 5 mg/dL, for
a twin that follows the day; and `DRIFTING`, an Ornstein-Uhlenbeck process in log glucose, for
parameters that carry over to other days, since a model's error lasts for a while.

*Known limits*: under the wide prior of an unknown person, the posterior of a single day is
skewed in what one day cannot tell apart (absorption of meals, glucose effectiveness); its 90 %
intervals then hold 66 to 88 % of the true parameters (simulation-based calibration, 100
rounds; `tests/personalise/test_posterior.py`). `nuts.sample_day` has no such limit. The bands of
forecasts are not made from it alone; their coverage is measured on real days.

**References:**

- Nocedal & Wright (2006), Numerical Optimization, chapter 10
- Tierney & Kadane (1986), JASA 81:82, doi:10.1080/01621459.1986.10478240
"""

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from twinbed.personalise.day import DayData
from twinbed.personalise.forward import at_samples, forward_and_slope
from twinbed.personalise.parameters import PLACE, Matrix, N, Vector

_FLOOR = 20.0  # below this the logarithm of a wild trial step stands still
_ORDER = 5.0  # weight of keeping kabs below kempt and ka2 below kd, as ReplayBG demands
_LONGEST_MOVE = 1.5
_NUGGET = 1e-3
_KABS = np.array([PLACE[f"kabs_{s}"] for s in "blds"])


@dataclasses.dataclass(frozen=True)
class SensorError:
    """How a sensor differs from the model. Either SD may be zero-weighted by being infinite."""

    white_mg_dl: float
    drifting: float
    """Relative SD of the drifting error; zero for the white description."""
    memory_min: float


WHITE = SensorError(white_mg_dl=5.0, drifting=0.0, memory_min=30.0)
DRIFTING = SensorError(white_mg_dl=5.0, drifting=0.36, memory_min=30.0)
"""36 % is the consensus limit of glycaemic variability; 30 minutes the memory of a sensor's error."""


@dataclasses.dataclass(frozen=True)
class DayFit:
    """The posterior of one day on the fitted scale."""

    theta: Vector
    covariance: Matrix
    cost: float
    """Twice the negative log posterior, but for a constant."""


def _whitened(error: Array, day: dict[str, Any], sd: Array, memory_min: Array) -> Array:
    """Innovations of an Ornstein-Uhlenbeck error, in units of their SD."""
    shape = (-1, *([1] * (error.ndim - 1)))
    kept = jnp.exp(-day["gap"] / memory_min)
    scale = day["mask"] / (sd * jnp.sqrt(1.0 - kept * kept + _NUGGET))
    error = error * day["mask"].reshape(shape)
    return scale.reshape(shape) * (error - kept.reshape(shape) * error[day["before"]])


def _order(theta: Array) -> Array:
    """Penalties: each kabs stays below kempt, ka2 below kd."""
    above = jnp.append(theta[_KABS] - theta[PLACE["kempt"]], theta[PLACE["ka2"]] - theta[PLACE["kd"]])
    return _ORDER * jax.nn.relu(above)


def residuals(theta: Array, day: dict[str, Any], mean: Array, root: Array, error: Array) -> tuple[Array, Array]:
    """Residuals whose squares add up to twice the negative log posterior, and their slopes.

    Args:
        theta: parameters on the fitted scale.
        day: `DayData.arrays`.
        mean: prior mean.
        root: upper factor of the prior precision.
        error: white SD in mg/dL, relative SD of the drifting error (0: white), memory in min.
    """
    nodes, slope = forward_and_slope(theta, day)
    shown, slope = at_samples(nodes, day), at_samples(slope, day)
    white = day["mask"] / error[0]
    log_shown = jnp.log(jnp.maximum(shown, _FLOOR))
    log_slope = jnp.where(shown > _FLOOR, 1.0 / jnp.maximum(shown, _FLOOR), 0.0)[:, None] * slope
    sd = jnp.maximum(error[1], 1e-6)
    drifts = error[1] > 0
    fit = jnp.where(drifts, _whitened(log_shown - jnp.log(day["y"]), day, sd, error[2]), (shown - day["y"]) * white)
    fit_slope = jnp.where(drifts, _whitened(log_slope, day, sd, error[2]), slope * white[:, None])
    return (
        jnp.concatenate([fit, root @ (theta - mean), _order(theta)]),
        jnp.concatenate([fit_slope, root, jax.jacfwd(_order)(theta)]),
    )


def _search(start: Array, day: dict[str, Any], mean: Array, root: Array, error: Array, iterations: Array) -> Any:
    """Levenberg-Marquardt from one start: the point, its cost, its Gauss-Newton curvature."""
    rows = day["y"].shape[0] + N + len(_KABS) + 1

    def step(_: Array, carry: tuple[Array, ...]) -> tuple[Array, ...]:
        theta, r, j, damping, cost = carry
        a = j.T @ j
        damped = a + damping * jnp.diag(jnp.diag(a)) + 1e-10 * jnp.eye(N)
        move = jax.scipy.linalg.cho_solve((jnp.linalg.cholesky(damped), True), -(j.T @ r))
        trial = theta + jnp.clip(move, -_LONGEST_MOVE, _LONGEST_MOVE)
        new_r, new_j = residuals(trial, day, mean, root, error)
        new_cost = jnp.sum(new_r * new_r)
        better = new_cost < cost
        eased = jnp.where(jnp.isinf(cost), damping, damping * 0.25)
        damping = jnp.clip(jnp.where(better, eased, damping * 4.0), 1e-7, 1e6)
        pick = lambda new, old: jnp.where(better, new, old)
        return pick(trial, theta), pick(new_r, r), pick(new_j, j), damping, pick(new_cost, cost)

    nothing = (start, jnp.zeros(rows), jnp.zeros((rows, N)), jnp.asarray(1e-2), jnp.asarray(jnp.inf))
    theta, _, j, _, cost = jax.lax.fori_loop(0, iterations + 1, step, nothing)  # the first only evaluates
    return theta, cost, j.T @ j


@partial(jax.jit, donate_argnums=())
def _search_all(starts: Array, days: Any, means: Array, roots: Array, error: Array, iterations: Array) -> Any:
    """Every start of every day; the best start of each day."""

    def one_day(start: Array, day: Any, mean: Array, root: Array) -> Any:
        found = jax.vmap(lambda s: _search(s, day, mean, root, error, iterations))(start)
        costs = jnp.where(jnp.isfinite(found[1]), found[1], jnp.inf)
        best = jnp.argmin(costs)
        return found[0][best], costs[best], found[2][best]

    return jax.vmap(one_day)(starts, days, means, roots)


def stacked(days: Sequence[DayData]) -> dict[str, np.ndarray]:
    """The arrays of several days with a leading axis."""
    return {name: np.stack([d.arrays[name] for d in days]) for name in days[0].arrays}


def fit_days(
    days: Sequence[DayData],
    starts: Float[np.ndarray, "day start parameter"],
    means: Float[np.ndarray, "day parameter"],
    covariances: Float[np.ndarray, "day parameter parameter"],
    *,
    error: SensorError = WHITE,
    iterations: int = 20,
) -> list[DayFit]:
    """The posterior of each day, every day with its own prior and starting points.

    Args:
        days: the days to fit; one compilation for each number of days and of starts.
        starts: starting points on the fitted scale.
        means: prior means.
        covariances: prior covariances.
        error: the description of the sensor's error.
        iterations: of Levenberg-Marquardt, from every start.

    Raises:
        FloatingPointError: no start of a day led to a finite posterior.
    """
    roots = np.stack([np.linalg.cholesky(np.linalg.inv(c)).T for c in covariances])
    settings = jnp.array([error.white_mg_dl, error.drifting, error.memory_min])
    found = _search_all(
        jnp.asarray(starts), stacked(days), jnp.asarray(means), jnp.asarray(roots), settings,
        jnp.asarray(iterations),
    )  # fmt: skip
    thetas, costs, curvatures = (np.asarray(a) for a in found)
    for day, cost in zip(days, costs, strict=True):
        if not np.isfinite(cost):
            raise FloatingPointError(f"{day.subject} {day.date}: no start led to a finite posterior")
    return [
        DayFit(theta, np.linalg.inv(curvature), float(cost))
        for theta, curvature, cost in zip(thetas, curvatures, costs, strict=True)
    ]
