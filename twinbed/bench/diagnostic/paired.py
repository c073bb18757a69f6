"""Two versions of a test on the same cases: the difference of their proportions.

Both versions see the same cases, so what differs is seen in the cases on which they disagree. Tango's score interval
of those counts holds where few or none disagree; several cases of a patient shrink the counts by the design effect
(as `clustered.rao_scott` does for one proportion).

**References:**

- Tango (1998), Equivalence test and confidence interval for the difference in proportions for the paired-sample
  design, Stat Med 17:891
- Rao & Scott (1992), Biometrics 48:577, doi:10.2307/2532311 (design effect)
"""

import math

import numpy as np
from jaxtyping import Shaped
from scipy.optimize import root_scalar

from twinbed.bench.statistics.interval import Interval, normal_quantiles, patients, same_length
from twinbed.core.errors import StatisticsError

Cases = Shaped[np.ndarray, "_"]


def paired_difference(new: Cases, old: Cases, of: Cases, subject: Cases, *, level: float = 0.95) -> Interval:
    """The proportion of the new version less that of the old, over cases that count, clustered by patient.

    Args:
        new: success of the new version, 1 or 0, one a case.
        old: of the old version.
        of: whether the case counts, such as having the condition.
        subject: whose it is.
        level: confidence of the two-sided interval.

    Raises:
        StatisticsError: fewer than two patients with cases that count, or successes that are neither 1 nor 0.
    """
    same_length(new=new, old=old, of=of, subject=subject)
    counts = np.asarray(of, bool)
    first, second = np.asarray(new, float)[counts], np.asarray(old, float)[counts]
    if not np.isin(np.concatenate([first, second]), (0.0, 1.0)).all():
        raise StatisticsError("successes are 1 and 0: count an equivocal result as one of them first")
    who = patients(np.asarray(subject)[counts])
    difference, n, people = first - second, float(len(first)), int(who.max()) + 1
    better, worse = float((difference > 0).sum()), float((difference < 0).sum())
    effect = _design_effect(difference, who, people)
    low, high = tango(better / effect, worse / effect, n / effect, level=level)
    value = (better - worse) / n
    method = f"Tango, {n / effect:.1f} effective pairs ({better:.0f} better, {worse:.0f} worse)"
    return Interval(value, low, high, level, method, people)


def _design_effect(difference: np.ndarray, who: np.ndarray, people: int) -> float:
    """How much larger the variance of the mean difference is than with independent cases; at least 1."""
    n, mean = len(difference), float(difference.mean())
    alone = float((difference**2).mean() - mean**2) / n
    if alone <= 0.0:
        return n / people  # nothing disagrees: each patient counts once
    apart = np.bincount(who, difference - mean)
    return max(1.0, float(people / (people - 1.0) * (apart**2).sum() / n**2) / alone)


def tango(better: float, worse: float, n: float, *, level: float = 0.95) -> tuple[float, float]:
    """Both ends of Tango's score interval of a paired difference of proportions.

    Args:
        better: pairs in which only the first succeeds.
        worse: pairs in which only the second does.
        n: all pairs; none of the three need be whole.
        level: confidence.
    """
    value, z = (better - worse) / n, normal_quantiles(level)[1]

    def score(delta: float) -> float:
        a, c = 2.0 * n, -worse * delta * (1.0 - delta)
        b = -better - worse + (2.0 * n - better + worse) * delta
        other = (math.sqrt(max(0.0, b * b - 4.0 * a * c)) - b) / (2.0 * a)
        spread = n * (2.0 * other + delta * (1.0 - delta))
        distance = better - worse - n * delta
        return distance / math.sqrt(spread) if spread > 0.0 else math.copysign(math.inf, distance) if distance else 0.0

    edge = 1e-12
    ends = []
    for sign, far in ((1.0, -1.0 + edge), (-1.0, 1.0 - edge)):
        inside = lambda delta, sign=sign: min(max(sign * score(delta), -1e9), 1e9) - z
        near = value - sign * 1e-12 if abs(value) < 1.0 else value * (1.0 - 1e-9)
        ends.append(
            float(root_scalar(inside, bracket=(far, near), xtol=1e-12).root)
            if inside(far) * inside(near) < 0.0
            else round(far)
        )
    return ends[0], ends[1]
