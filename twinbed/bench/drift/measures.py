"""Distances between the distribution of a window and that of a reference, and what chance alone makes of them.

**References:**

- Smirnov (1948), Table for estimating the goodness of fit of empirical distributions, Ann Math Stat 19:279
- Yurdakul & Naranjo (2020), Statistical properties of the population stability index, J Risk Model Valid 14(4)
  (under no change the index times the harmonic sum of both sizes is chi-squared)
"""

import math

import numpy as np
from jaxtyping import Shaped
from scipy.special import chdtri, kolmogorov

from twinbed.bench.statistics.interval import numbers
from twinbed.core.errors import StatisticsError

Values = Shaped[np.ndarray, "_"]


def population_stability_index(reference: Values, window: Values, *, bins: int = 10) -> float:
    """The symmetric divergence of shares in bins of equally many reference values.

    The rule of thumb "0.1 is some, 0.25 is much change" forgets chance: see `stability_threshold`. An empty bin
    counts as half a value.

    Raises:
        StatisticsError: fewer values than bins.
    """
    x, y = numbers("reference", reference, least=bins), numbers("window", window, least=1)
    edges = np.quantile(x, np.arange(1, bins) / bins)
    shares = []
    for values in (x, y):
        counts = np.bincount(np.searchsorted(edges, values, side="right"), minlength=bins)
        shares.append(np.maximum(counts, 0.5) / len(values))
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def stability_threshold(reference: int, window: int, false_alarm: float, *, bins: int = 10) -> float:
    """The index that is exceeded with a given probability where nothing has changed.

    Args:
        reference: values in the reference.
        window: values in the window.
        false_alarm: probability of one comparison.
        bins: of the index.

    Raises:
        StatisticsError: a probability that is not between 0 and 1.
    """
    _probability(false_alarm)
    return float(chdtri(bins - 1, false_alarm)) * (1.0 / reference + 1.0 / window)


def smirnov(reference: Values, window: Values) -> tuple[float, float]:
    """The largest distance of both distribution functions, and its p where nothing has changed (limit of many values).

    With few or tied values the p is too large, never too small, so that alarms stay as rare as was said.
    """
    x, y = np.sort(numbers("reference", reference)), np.sort(numbers("window", window))
    both = np.concatenate([x, y])
    apart = np.searchsorted(x, both, side="right") / len(x) - np.searchsorted(y, both, side="right") / len(y)
    distance = float(np.abs(apart).max())
    return distance, float(kolmogorov(distance * math.sqrt(len(x) * len(y) / (len(x) + len(y)))))


def _probability(value: float) -> None:
    if not 0.0 < value < 1.0:
        raise StatisticsError(f"a false alarm rate of {value}: give a probability between 0 and 1")
