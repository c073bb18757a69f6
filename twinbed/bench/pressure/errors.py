"""Size of a bias and spread of errors, where a subject gives several pairs.

**References:**

- Bland & Altman (2007), J Biopharm Stat 17:571, doi:10.1080/10543400701329422 (repeated measures)
"""

import dataclasses
import math

import numpy as np
from jaxtyping import Float, Shaped
from scipy.special import chdtri

from twinbed.bench.statistics import Interval
from twinbed.bench.statistics.clustered import cluster_bootstrap, rao_scott, ratio
from twinbed.bench.statistics.interval import numbers, patients, per_patient, same_length
from twinbed.core.errors import StatisticsError

Pairs = Shaped[np.ndarray, "_"]
_RESAMPLES, _SEED = 500, 81060


def sums(error: Pairs, subject: Pairs) -> Float[np.ndarray, "subject 3"]:
    """Of each subject: pairs, sum of the errors, sum of their squares.

    Raises:
        StatisticsError: fewer than two subjects, or errors that are not finite.
    """
    same_length(error=error, subject=subject)
    e, who = numbers("error", error), patients(subject)
    total, count = per_patient(e, who)
    return np.stack([count, total, per_patient(e**2, who)[0]], axis=1)


def bias_size(error: Pairs, subject: Pairs, *, level: float = 0.95) -> Interval:
    """The mean of all errors without its sign, mmHg; `n` counts pairs.

    The interval is that of the mean, clustered by subject, folded at zero. Errors as of `sums`, or subjects who are
    all alike.
    """
    of = sums(error, subject)
    found = ratio(of[:, 1], of[:, 0], level=level)
    ends = sorted((abs(found.low), abs(found.high)))
    low = 0.0 if found.low <= 0.0 <= found.high else ends[0]
    return Interval(abs(found.value), low, ends[1], level, found.method, int(of[:, 0].sum()))


def spread(error: Pairs, subject: Pairs, *, level: float = 0.95) -> Interval:
    """The standard deviation of all errors, mmHg, with an interval by resampling subjects; `n` counts pairs."""
    of = sums(error, subject)
    found = cluster_bootstrap(of, pooled_sd, seed=_SEED, resamples=_RESAMPLES, level=level)
    return dataclasses.replace(found, n=int(of[:, 0].sum()))


def pooled_sd(of: Float[np.ndarray, "subject 3"]) -> float:
    """Standard deviation (n - 1) of all pairs from subjects' sums; NaN of a single pair."""
    n, total, squares = of.sum(axis=0)
    return math.sqrt(max(0.0, squares - total**2 / n) / (n - 1.0)) if n > 1.0 else math.nan


def subject_spread(error: Pairs, subject: Pairs, *, level: float = 0.95) -> Interval:
    """The standard deviation of subjects' mean errors around the mean of all, mmHg; `n` counts subjects.

    The interval is exact for normal mean errors (chi-square).
    """
    of = sums(error, subject)
    mean, k = of[:, 1] / of[:, 0], len(of)
    sd = math.sqrt(float(((mean - of[:, 1].sum() / of[:, 0].sum()) ** 2).sum()) / (k - 1.0))
    low, high = (
        sd * math.sqrt((k - 1.0) / float(chdtri(k - 1.0, p))) for p in ((1.0 - level) / 2.0, (1.0 + level) / 2.0)
    )
    return Interval(sd, low, high, level, "chi-square of subjects' means", k)


def share(hit: Pairs, subject: Pairs, *, level: float = 0.95) -> Interval:
    """Per cent of pairs that are hits, clustered by subject; `n` counts pairs."""
    same_length(hit=hit, subject=subject)
    hits, count = per_patient(np.asarray(hit, float), patients(subject))
    found = rao_scott(hits, count, level=level)
    value, low, high = (100.0 * v for v in (found.value, found.low, found.high))
    return Interval(value, low, high, level, found.method, len(np.asarray(hit)))


def counted(value: float, n: int) -> Interval:
    """A property of the test itself, which has no interval."""
    return Interval(float(value), math.nan, math.nan, 0.95, "counted", n)


def mean_of_subjects(values: Pairs, *, level: float = 0.95) -> Interval:
    """Mean of one value a subject, with Student's interval; of a value that all share, without one."""
    v = numbers("values", values, least=2)
    try:
        return ratio(v, np.ones(len(v)), level=level)
    except StatisticsError:
        return Interval(float(v.mean()), math.nan, math.nan, level, "all subjects alike", len(v))
