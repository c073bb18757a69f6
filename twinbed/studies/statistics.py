"""Estimates with intervals, patient by patient.

Every patient goes through every arm, so arms are compared by the mean of differences within
patients. Intervals come from resampling patients within the groups they were drawn from: the
bias-corrected and accelerated bootstrap. The p-value of a threshold is read off the same
resamples (the level at which the interval ends at the threshold), so that test and interval
cannot disagree. Above 20,000 patients resampling adds nothing to the normal limit, which is
then used. Below 20, resamples repeat too few numbers to tell how far off they may be: interval
and test are then Student's, of all patients as one group; one patient has neither.

*Known limits*: a p-value cannot be smaller than one in the number of resamples; means only.

**References:**

- Efron (1987), J Am Stat Assoc 82:171, doi:10.1080/01621459.1987.10478410 (acceleration of a
  mean: a sixth of the skewness of its influence values)
- Davison & Hinkley (1997), Bootstrap Methods and their Application, 3.2 (several samples)
- Holm (1979), Scand J Stat 6:65
"""

import dataclasses
from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Float, Int
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from twinbed.core.resampling import resample_counts

MOST_RESAMPLED, FEWEST_RESAMPLED = 20_000, 20
_BLOCK = 250


@dataclasses.dataclass(frozen=True)
class Interval:
    """An estimate and its confidence interval."""

    value: float
    low: float
    high: float


@dataclasses.dataclass(frozen=True)
class Means:
    """Means of columns over patients, and how far they may be off.

    `resampled` holds the means of each resample, or None where the normal limit is used;
    columns of fewer than 20 patients (`count`) do not use it.
    """

    value: Float[np.ndarray, " column"]
    error: Float[np.ndarray, " column"]
    skew: Float[np.ndarray, " column"]
    resampled: Float[np.ndarray, "resample column"] | None
    count: Int[np.ndarray, " column"]

    def method(self, column: int) -> str:
        """How the interval of a column is made."""
        if self.count[column] < FEWEST_RESAMPLED:
            return "Student"
        return "normal" if self.resampled is None else "bootstrap BCa"

    def interval(self, column: int, confidence: float) -> Interval:
        """The two-sided interval of a column."""
        value = float(self.value[column])
        if not np.isfinite(value):
            return Interval(float("nan"), float("nan"), float("nan"))
        ends = np.array([(1.0 - confidence) / 2.0, (1.0 + confidence) / 2.0])
        z = ndtri(ends)
        if self.count[column] < FEWEST_RESAMPLED:
            freedom = self.count[column] - 1
            low, high = value + stdtrit(freedom, ends) * self.error[column] if freedom else (np.nan, np.nan)
        elif self.resampled is None:
            low, high = value + z * self.error[column]
        else:
            low, high = bca(self.resampled[:, column], value, float(self.skew[column]), ends)
        return Interval(value, float(low), float(high))

    def p_not_above(self, column: int, threshold: float) -> float:
        """One-sided p-value of the hypothesis that the mean is at most the threshold."""
        value = float(self.value[column])
        if not np.isfinite(value):
            return float("nan")
        few = self.count[column] < FEWEST_RESAMPLED
        if few or self.resampled is None:
            error, freedom = float(self.error[column]), self.count[column] - 1
            if few and not freedom:
                return float("nan")
            if error == 0.0:
                return float(value <= threshold)
            t = (threshold - value) / error
            return float(stdtr(freedom, t) if few else ndtr(t))
        means, smallest = self.resampled[:, column], 1.0 / (len(self.resampled) + 1.0)
        if np.ptp(means) == 0.0:
            return 1.0 if value <= threshold else smallest
        below = np.clip(_share_below(means, threshold), smallest, 1.0 - smallest)
        bias = _bias(means, value)
        w = ndtri(below) - bias
        p = float(ndtr(w / (1.0 + self.skew[column] * w) - bias))
        return float(np.clip(p, smallest, 1.0))


def bca(
    resampled: Float[np.ndarray, " resample"], value: float, acceleration: float, at: Float[np.ndarray, " end"]
) -> Float[np.ndarray, " end"]:
    """Quantiles of resamples by Efron's BCa, where `at` are the probabilities below the ends."""
    bias = _bias(resampled, value)
    z = bias + ndtri(at)
    moved = bias + z / np.maximum(1.0 - acceleration * z, 1e-9)
    return np.quantile(resampled, ndtr(moved), method="linear")


def _bias(means: Float[np.ndarray, " resample"], value: float) -> float:
    """Efron's bias correction: where the estimate stands among its resamples."""
    edge = 1.0 / (len(means) + 1.0)
    return float(ndtri(np.clip(_share_below(means, value), edge, 1.0 - edge)))


def _share_below(means: np.ndarray, value: float) -> float:
    """Share of resampled means below a value; equal ones count half."""
    tolerance = 1e-12 * max(abs(value), 1e-300)
    less, equal = means < value - tolerance, np.abs(means - value) <= tolerance
    return float(np.mean(less) + 0.5 * np.mean(equal))


def means(
    columns: Float[np.ndarray, "patient column"],
    strata: Int[np.ndarray, " patient"],
    *,
    seed: int,
    resamples: int,
) -> Means:
    """Means over patients, with resamples drawn within strata.

    Args:
        columns: one row a patient; missing numbers are left out of their column.
        strata: the group that each patient was drawn from.
        seed: of the resamples; the same seed gives the same bits.
        resamples: how many.
    """
    there = np.isfinite(columns)
    filled = np.where(there, columns, 0.0)
    counts = there.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = filled.sum(axis=0) / counts
        influence = _influence(filled, there, strata) / counts
        spread = (influence**2).sum(axis=0)
        skew = np.nan_to_num((influence**3).sum(axis=0) / (6.0 * spread**1.5))
        alone = np.where(there, columns - value, 0.0)
        student = np.sqrt((alone**2).sum(axis=0) / (counts - 1.0) / counts)
    error = np.where(counts < FEWEST_RESAMPLED, student, np.sqrt(spread))
    many = len(columns) > MOST_RESAMPLED
    resampled = None if many else _resampled(filled, there, strata, seed, resamples)
    return Means(value, error, skew, resampled, counts)


def _influence(filled: np.ndarray, there: np.ndarray, strata: np.ndarray) -> np.ndarray:
    """How far each patient is from the mean of its stratum."""
    out = np.zeros_like(filled)
    for stratum in np.unique(strata):
        rows = strata == stratum
        counts = there[rows].sum(axis=0)
        centre = np.divide(filled[rows].sum(axis=0), counts, out=np.zeros(filled.shape[1]), where=counts > 0)
        out[rows] = np.where(there[rows], filled[rows] - centre, 0.0)
    return out


def _resampled(
    filled: np.ndarray, there: np.ndarray, strata: np.ndarray, seed: int, resamples: int
) -> Float[np.ndarray, "resample column"]:
    rows = [np.flatnonzero(strata == s) for s in np.unique(strata)]
    whole = there.all(axis=0)
    out = []
    for start in range(0, resamples, _BLOCK):
        weights = np.zeros((_BLOCK, len(filled)))
        for stratum, places in enumerate(rows):
            weights[:, places] = resample_counts(seed, stratum, start, _BLOCK, len(places))
        used = weights[: min(_BLOCK, resamples - start)]
        sizes = np.full((len(used), filled.shape[1]), float(len(filled)))
        sizes[:, ~whole] = used @ there[:, ~whole].astype(float)
        with np.errstate(invalid="ignore", divide="ignore"):
            out.append((used @ filled) / sizes)
    return np.concatenate(out)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values of a family; those that are no numbers stay so and do not count."""
    p = np.asarray(p_values, float)
    order = [i for i in np.argsort(p, kind="stable") if np.isfinite(p[i])]
    out, so_far = np.full(len(p), np.nan), 0.0
    for rank, i in enumerate(order):
        so_far = max(so_far, min(1.0, (len(order) - rank) * p[i]))
        out[i] = so_far
    return out.tolist()


def by_unit(
    columns: Float[np.ndarray, "row column"],
    unit: Sequence[str] | np.ndarray,
    strata: Sequence[str] | np.ndarray,
) -> tuple[Float[np.ndarray, "patient column"], Int[np.ndarray, " patient"]]:
    """Rows of one unit as their mean, and the stratum of each unit as a number.

    Several draws of one person's twin say more about the person, not about more persons.
    """
    names, first, place = np.unique(np.asarray(unit, dtype=str), return_index=True, return_inverse=True)
    numbers = np.unique(np.asarray(strata, dtype=str), return_inverse=True)[1]
    order = np.argsort(first, kind="stable")  # keep the order in which units appear
    rank = np.empty(len(names), np.int64)
    rank[order] = np.arange(len(names))
    rows = rank[place]
    there = np.isfinite(columns)
    total, count = np.zeros((len(names), columns.shape[1])), np.zeros((len(names), columns.shape[1]))
    np.add.at(total, rows, np.where(there, columns, 0.0))
    np.add.at(count, rows, there.astype(float))
    mean = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
    return mean, numbers[np.sort(first)].astype(np.int64)


def quantiles(values: Float[np.ndarray, " patient"], at: Iterable[float]) -> list[float]:
    """Quantiles of the values that are numbers."""
    finite = values[np.isfinite(values)]
    return np.quantile(finite, list(at)).tolist() if len(finite) else [float("nan") for _ in at]
