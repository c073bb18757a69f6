"""Agreement of a device with its reference: Bland-Altman limits, Arms, effective sample size.

With several pairs a patient while the true value changes (Bland & Altman 2007, section 3), the differences are
split by one-way analysis of variance into a part between and a part within patients; their sum is the variance of
a single difference of a new patient. The interval of a limit recovers the variance of the limit from those of the
bias and of that sum (Zou 2013). With one pair a patient it is exact (noncentral t).

*Known limits*: normal differences whose spread does not change with the measured value. With few patients of very
unequal counts the intervals are approximate; `clustered.cluster_bootstrap` makes no assumption about them.

**References:**

- Bland & Altman (1999), Stat Methods Med Res 8:135, doi:10.1177/096228029900800204
- Bland & Altman (2007), J Biopharm Stat 17:571, doi:10.1080/10543400701329422
- Zou (2013), Stat Methods Med Res 22:630, doi:10.1177/0962280211402548
- Satterthwaite (1946), Biometrics Bull 2:110, doi:10.2307/3002019 (degrees of freedom)
- Carkeet (2015), Optom Vis Sci 92:e71, doi:10.1097/OPX.0000000000000513 (exact intervals)
"""

import dataclasses
import math
from typing import Literal

import numpy as np
from jaxtyping import Float, Int, Shaped
from scipy.special import chdtri, nctdtrit, ndtri

from twinbed.bench.statistics.interval import (
    Interval,
    Side,
    numbers,
    patients,
    per_patient,
    same_length,
    student_quantiles,
    tails,
)
from twinbed.core.errors import StatisticsError

Pairs = Shaped[np.ndarray, "_"]


@dataclasses.dataclass(frozen=True)
class Agreement:
    """Bias and limits of agreement, in the unit of the differences.

    Attributes:
        bias: the mean difference.
        lower: the lower limit of agreement, with its interval.
        upper: the upper limit of agreement, with its interval.
        sd: standard deviation of a single difference.
        between_sd: its part between patients; NaN with one pair a patient.
        within_sd: its part within patients; NaN with one pair a patient.
        patients: how many.
        pairs: how many.
    """

    bias: Interval
    lower: Interval
    upper: Interval
    sd: float
    between_sd: float
    within_sd: float
    patients: int
    pairs: int


@dataclasses.dataclass(frozen=True)
class _Variances:
    """One-way analysis of variance, patients as groups.

    `total` = `scaled` + (1 - 1/`size`) `within`, where the first is the variance between patients' means, with
    `freedom` degrees of freedom.
    """

    bias: float
    bias_variance: float
    scaled: float
    freedom: float
    within: float
    size: float
    patients: int
    pairs: int

    @property
    def between(self) -> float:
        """Variance of the patients' true biases; not below 0."""
        return max(0.0, self.scaled - self.within / self.size)

    @property
    def total(self) -> float:
        """Variance of one difference of a new patient."""
        return self.scaled + (1.0 - 1.0 / self.size) * self.within


def bland_altman(
    difference: Pairs,
    patient: Pairs | None = None,
    *,
    level: float = 0.95,
    share: float = 0.95,
    weight: Literal["pairs", "patients"] = "pairs",
) -> Agreement:
    """Bias and limits of agreement, with repeated measures where patients recur.

    Args:
        difference: device less reference, one a pair, in one unit.
        patient: who each pair is of; none where every pair is of another patient.
        level: confidence of the intervals.
        share: of differences between the limits.
        weight: every pair alike (Bland & Altman 2007), or every patient alike (Zou 2013), which differ where
            patients have unequal numbers of pairs.

    Raises:
        StatisticsError: fewer than two patients, values that are not finite, or all of one value.
    """
    d = numbers("difference", difference, least=2)
    for value in (level, share):
        tails(value)
    who = np.arange(len(d)) if patient is None else patients(patient)
    same_length(difference=d, patient=who)
    if np.ptp(d) == 0.0:
        raise StatisticsError("all differences are the same: there is nothing to estimate limits from")
    if len(np.unique(who)) == len(d):
        return _simple(d, level, share)
    v = _variances(d, who, weight)
    z, reach = float(ndtri((1.0 + level) / 2.0)), float(ndtri((1.0 + share) / 2.0))
    sd = math.sqrt(v.total)
    least, most = _sd_ends(v, level)
    narrow = math.hypot(z * math.sqrt(v.bias_variance), reach * (sd - least))
    wide = math.hypot(z * math.sqrt(v.bias_variance), reach * (most - sd))
    error = student_quantiles(v.patients - 1, level)[1] * math.sqrt(v.bias_variance)
    lower, upper = v.bias - reach * sd, v.bias + reach * sd
    named = f"repeated measures, {weight} weighted alike"
    make = lambda value, low, high, how: Interval(value, low, high, level, f"{how}, {named}", v.patients)
    return Agreement(
        bias=make(v.bias, v.bias - error, v.bias + error, "Student"),
        lower=make(lower, lower - wide, lower + narrow, "MOVER"),
        upper=make(upper, upper - narrow, upper + wide, "MOVER"),
        sd=sd,
        between_sd=math.sqrt(v.between),
        within_sd=math.sqrt(v.within),
        patients=v.patients,
        pairs=v.pairs,
    )


def arms(difference: Pairs, patient: Pairs | None = None, *, level: float = 0.95, side: Side = "upper") -> Interval:
    """Root mean square of the differences, with a bound that counts patients and not pairs.

    Its square is that of the bias and the variance of a single difference, whose bounds are put together (Zou 2013).

    Args:
        difference: device less reference, one a pair.
        patient: who each pair is of; none where every pair is of another patient.
        level: confidence.
        side: "upper" bound, "lower" bound or "both" ends.

    Raises:
        StatisticsError: fewer than two patients, values that are not finite, or differences that are all the same.
    """
    d = numbers("difference", difference, least=2)
    who = np.arange(len(d)) if patient is None else patients(patient)
    same_length(difference=d, patient=who)
    if np.ptp(d) == 0.0:
        raise StatisticsError("all differences are the same: is the device compared with itself?")
    tails(level)
    if side != "both" and level <= 0.5:
        raise StatisticsError(f"a bound at level {level}: give more than 0.5")
    both = level if side == "both" else 2.0 * level - 1.0
    v = _variances(d, who, "pairs")
    least, most = _sd_ends(v, both)
    error = student_quantiles(v.patients - 1, both)[1] * math.sqrt(v.bias_variance)
    centre, size = v.bias**2 + v.total, abs(v.bias)
    low = centre - math.hypot(v.bias**2 - max(0.0, size - error) ** 2, v.total - least**2)
    high = centre + math.hypot((size + error) ** 2 - v.bias**2, most**2 - v.total)
    ends = (0.0 if side == "upper" else math.sqrt(max(0.0, low)), math.inf if side == "lower" else math.sqrt(high))
    how = "MOVER of bias and variances between and within patients" + ("" if side == "both" else f", {side} bound")
    return Interval(float(np.sqrt((d**2).mean())), *ends, level, how, v.patients)


def effective_size(difference: Pairs, patient: Pairs) -> float:
    """The number of independent pairs whose mean would be as precise as that of these clustered ones.

    Errors as of `bland_altman`; with one pair a patient it is the number of pairs.
    """
    d, who = numbers("difference", difference, least=2), patients(patient)
    same_length(difference=d, patient=who)
    if who.max() + 1 == len(d):
        return float(len(d))
    v = _variances(d, who, "pairs")
    return v.total / v.bias_variance if v.bias_variance > 0.0 else float(len(d))


def _simple(d: Float[np.ndarray, " pair"], level: float, share: float) -> Agreement:
    """One pair a patient: exact intervals."""
    n, bias, sd = len(d), float(d.mean()), float(d.std(ddof=1))
    reach, ends = float(ndtri((1.0 + share) / 2.0)), tails(level)
    unit = sd / math.sqrt(n)
    mean = [bias + t * unit for t in student_quantiles(n - 1, level)]
    upper = bias + nctdtrit(n - 1, reach * math.sqrt(n), ends) * unit
    lower = 2.0 * bias - upper[::-1]
    make = lambda value, at, how: Interval(value, float(at[0]), float(at[1]), level, how, n)
    return Agreement(
        bias=make(bias, mean, "Student"),
        lower=make(bias - reach * sd, lower, "noncentral t"),
        upper=make(bias + reach * sd, upper, "noncentral t"),
        sd=sd,
        between_sd=math.nan,
        within_sd=math.nan,
        patients=n,
        pairs=n,
    )


def _variances(d: Float[np.ndarray, " pair"], who: Int[np.ndarray, " pair"], weight: str) -> _Variances:
    sums, m = per_patient(d, who)
    means, pairs, n = sums / m, float(len(d)), len(m)
    if n == len(d):  # one pair a patient: all is between
        variance = float(d.var(ddof=1))
        return _Variances(float(d.mean()), variance / n, variance, n - 1.0, 0.0, 1.0, n, n)
    within = float(((d - means[who]) ** 2).sum() / (pairs - n))
    if weight == "patients":
        size, bias = n / float((1.0 / m).sum()), float(means.mean())
        scaled = float(means.var(ddof=1))
        return _Variances(bias, scaled / n, scaled, n - 1.0, within, size, n, len(d))
    size, bias = float((pairs**2 - (m**2).sum()) / ((n - 1) * pairs)), float(d.mean())
    scaled = float((m * (means - bias) ** 2).sum() / (n - 1) / size)
    between = max(0.0, scaled - within / size)
    variance = between * float((m**2).sum()) / pairs**2 + within / pairs
    return _Variances(bias, variance, scaled, _freedom(m, between, within), within, size, n, len(d))


def _freedom(m: Float[np.ndarray, " patient"], between: float, within: float) -> float:
    """Satterthwaite's degrees of freedom of the mean square between patients; one less than them where m are equal."""
    form = (np.diag(m) - np.outer(m, m) / m.sum()) * (between + within / m)
    return float(np.trace(form) ** 2 / np.trace(form @ form)) if np.trace(form) > 0.0 else len(m) - 1.0


def _sd_ends(v: _Variances, level: float) -> tuple[float, float]:
    """Interval of the standard deviation of a single difference, from those of its two mean squares."""
    parts = [(v.scaled, v.freedom)]
    if v.within > 0.0:
        parts.append(((1.0 - 1.0 / v.size) * v.within, v.pairs - v.patients))
    high, low = ((1.0 + level) / 2.0, (1.0 - level) / 2.0)  # `chdtri` inverts the upper tail
    down = math.hypot(*(part * (1.0 - freedom / float(chdtri(freedom, low))) for part, freedom in parts))
    up = math.hypot(*(part * (freedom / float(chdtri(freedom, high)) - 1.0) for part, freedom in parts))
    return math.sqrt(max(0.0, v.total - down)), math.sqrt(v.total + up)
