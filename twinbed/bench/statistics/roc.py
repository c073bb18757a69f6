"""Area under the receiver operating characteristic curve, comparisons of two, sensitivity at a fixed specificity.

A higher score speaks for the condition; equal scores count half. Cases must be independent, one a patient; for
several a patient give `clustered.cluster_bootstrap` the per-patient rows.

Where the score separates all cases, or is the same for all, DeLong's variance is zero and says nothing. The interval is
then the exact one of Clopper and Pearson for as many independent pairs, of a case with and one without the condition,
as can be made: each of them came out alike. It is wider than need be, since each case stands in one pair only.

**References:**

- DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44:837, doi:10.2307/2531595
- Sun & Xu (2014), IEEE Signal Process Lett 21:1389, doi:10.1109/LSP.2014.2337313 (by ranks)
- Pepe (2003), The Statistical Evaluation of Medical Tests for Classification and Prediction, 5.2 (logit scale)
- Platt, Hanley & Yang (2000), Stat Med 19:313, doi:10.1002/(SICI)1097-0258(20000215)19:3<313::AID-SIM370>3.0.CO;2-K
  (bootstrap of the sensitivity at a specificity)
"""

import dataclasses
import math
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Shaped
from scipy.special import expit, logit, ndtr
from scipy.stats import rankdata

from twinbed.bench.statistics.clustered import cluster_bootstrap
from twinbed.bench.statistics.interval import Interval, normal_quantiles, numbers, outcomes, same_length
from twinbed.bench.statistics.proportions import clopper_pearson
from twinbed.core.errors import StatisticsError

Cases = Shaped[np.ndarray, "_"]
Scores = Float[np.ndarray, " case"]


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Two areas of the same cases.

    Attributes:
        first: area of the first score.
        second: area of the second score.
        difference: first less second.
        z: the difference over its standard error.
        p: two-sided.
    """

    first: Interval
    second: Interval
    difference: Interval
    z: float
    p: float


@dataclasses.dataclass(frozen=True)
class OperatingPoint:
    """A threshold chosen from the cases without the condition.

    Attributes:
        threshold: scores above it are positive.
        specificity: reached in these cases, at least the one asked for.
        sensitivity: with its interval.
    """

    threshold: float
    specificity: float
    sensitivity: Interval


def auc(score: Cases, positive: Cases, *, level: float = 0.95, scale: Literal["logit", "plain"] = "logit") -> Interval:
    """The area, with DeLong's variance.

    Args:
        score: one a case; higher speaks for the condition.
        positive: whether the case has the condition.
        level: confidence of the two-sided interval.
        scale: the interval made on the logit of the area, or plainly and cut at 0 and 1 (as DeLong).

    Raises:
        StatisticsError: scores that are not finite, fewer than two cases of a kind.
    """
    (placed_with,), (placed_without,) = _placements([score], positive)
    area = float(placed_with.mean())
    variance = float(placed_with.var(ddof=1) / len(placed_with) + placed_without.var(ddof=1) / len(placed_without))
    pairs = min(len(placed_with), len(placed_without))
    return _area(area, variance, level, scale, len(score), pairs)


def unvaried(area: float, pairs: int, level: float, n: int) -> Interval:
    """The interval of an area of which no variance is seen, from independent pairs that all came out alike.

    A pair counts 1, 0 or one half (a tie), and the area is the mean of that. Of at least a share `q` of all pairs it is
    what was seen, by the exact lower bound; of the others it may be anything from 0 to 1.

    Args:
        area: 1 (separated), 0 (the wrong way) or 0.5 (all scores equal).
        pairs: independent ones, of a case with and a case without the condition.
        level: confidence of the two-sided interval.
        n: what the area rests on, to be shown.
    """
    q = clopper_pearson(pairs, pairs, level=level).low
    said = f"Clopper-Pearson of {pairs} independent pairs that all came out alike"
    return Interval(area, area * q, 1.0 - (1.0 - area) * q, level, said, n)


def compare_auc(first: Cases, second: Cases, positive: Cases, *, level: float = 0.95) -> Comparison:
    """DeLong's test of two scores of the same cases; arguments and errors as of `auc`.

    Where the areas' difference has no variance, z and p are NaN.
    """
    same_length(first=first, second=second)
    with_, without = _placements([first, second], positive)
    covariance = np.cov(with_, ddof=1) / with_.shape[1] + np.cov(without, ddof=1) / without.shape[1]
    areas = with_.mean(axis=1)
    pairs = min(with_.shape[1], without.shape[1])
    one, two = (
        _area(float(a), float(v), level, "logit", len(first), pairs)
        for a, v in zip(areas, np.diag(covariance), strict=True)
    )
    value = float(areas[0] - areas[1])
    variance = float(covariance[0, 0] + covariance[1, 1] - 2.0 * covariance[0, 1])
    error = math.sqrt(variance) if variance > 1e-15 else math.nan
    low, high = (value + z * error for z in normal_quantiles(level))
    z = value / error
    p = float(2.0 * ndtr(-abs(z)))
    return Comparison(one, two, Interval(value, low, high, level, "DeLong, paired", len(first)), z, p)


def sensitivity_at(
    score: Cases, positive: Cases, specificity: float, *, seed: int, resamples: int = 2000, level: float = 0.95
) -> OperatingPoint:
    """Sensitivity where the threshold is set for a specificity in the same cases.

    The bootstrap draws cases with and without the condition apart and sets the threshold anew each time, so that
    the interval knows that the threshold was estimated. A threshold fixed beforehand needs no more than
    `proportions.wilson`.

    Args:
        score: one a case; higher speaks for the condition.
        positive: whether the case has the condition.
        specificity: at least this share of cases without the condition is not above the threshold; 0 to 1.
        seed: of the resamples.
        resamples: how many.
        level: confidence of the two-sided interval.

    Raises:
        StatisticsError: as `auc`, or a specificity outside 0 to 1.
    """
    if not 0.0 < specificity < 1.0:
        raise StatisticsError(f"the specificity is {specificity}: give a share between 0 and 1")
    s, has = _cases(score, positive)

    def sensitivity(rows: Float[np.ndarray, "patient column"]) -> float:
        there = rows[:, 1] > 0.5
        return float((rows[there, 0] > _threshold(rows[~there, 0], specificity)).mean())

    threshold = _threshold(s[~has], specificity)
    rows = np.column_stack([s, has.astype(float)])
    interval = cluster_bootstrap(rows, sensitivity, seed=seed, resamples=resamples, level=level, strata=has)
    return OperatingPoint(threshold, float((s[~has] <= threshold).mean()), interval)


def _threshold(without: Float[np.ndarray, " some"], specificity: float) -> float:
    """The least score that enough of the cases without the condition do not exceed."""
    place = math.ceil(specificity * len(without) - 1e-9) - 1
    return float(np.partition(without, place)[place])


def _cases(score: Cases, positive: Cases) -> tuple[Scores, Bool[np.ndarray, " case"]]:
    s, has = numbers("score", score), outcomes("positive", positive)
    same_length(score=s, positive=has)
    if min(has.sum(), (~has).sum()) < 2:
        raise StatisticsError("fewer than two cases with or without the condition: no variance can be estimated")
    return s, has


def _placements(
    scores: list[Cases], positive: Cases
) -> tuple[Float[np.ndarray, "score with"], Float[np.ndarray, "score without"]]:
    """Share of the other kind below each case with, and above each case without the condition, by midranks."""
    with_, without = [], []
    for score in scores:
        s, has = _cases(score, positive)
        overall, one, other = rankdata(s), rankdata(s[has]), rankdata(s[~has])
        with_.append((overall[has] - one) / (~has).sum())
        without.append(1.0 - (overall[~has] - other) / has.sum())
    return np.array(with_), np.array(without)


def _area(area: float, variance: float, level: float, scale: str, n: int, pairs: int) -> Interval:
    if variance <= 0.0:
        return unvaried(area, pairs, level, n)
    error, quantiles = math.sqrt(variance), normal_quantiles(level)
    if scale == "plain":
        low, high = (min(1.0, max(0.0, area + z * error)) for z in quantiles)
    else:
        low, high = (float(expit(logit(area) + z * error / (area * (1.0 - area)))) for z in quantiles)
    return Interval(area, low, high, level, f"DeLong, {scale}", n)
