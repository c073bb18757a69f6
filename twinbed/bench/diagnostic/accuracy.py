"""What is reported of a diagnostic test besides sensitivity and specificity.

Predictive values hold at a prevalence: a study that enriches its sample must state the one of intended use, and
predictive values follow from sensitivity and specificity. Their intervals are made from those of sensitivity and
specificity on the scale of logarithms (MOVER), as if these were independent.

*Known limits*: where a patient gives cases with and without the condition, sensitivity and specificity are not quite
independent. A specificity of 1 has no logarithm of its complement: the interval then pairs both lower and both upper
ends, which is wider than asked for.

**References:**

- FDA (2007), Statistical Guidance on Reporting Results from Studies Evaluating Diagnostic Tests
- Zou & Donner (2008), Stat Med 27:1693, doi:10.1002/sim.3095 (intervals from two intervals)
- Obuchowski (1997), Nonparametric analysis of clustered ROC curve data, Biometrics 53:567
"""

import math
from typing import Literal

import numpy as np
from jaxtyping import Shaped
from scipy.special import expit, logit
from scipy.stats import rankdata

from twinbed.bench.statistics.clustered import rao_scott
from twinbed.bench.statistics.interval import Interval, normal_quantiles, numbers, outcomes, patients, same_length
from twinbed.bench.statistics.roc import unvaried
from twinbed.core.errors import StatisticsError

Cases = Shaped[np.ndarray, "_"]


def share(success: Cases, of: Cases, subject: Cases, *, level: float = 0.95) -> Interval:
    """The share of cases that succeed, of those that count, clustered by patient.

    Args:
        success: 1 or 0, one a case.
        of: whether the case counts, such as having the condition.
        subject: whose it is.
        level: confidence of the two-sided interval.

    Raises:
        StatisticsError: fewer than two patients with cases that count.
    """
    same_length(success=success, of=of, subject=subject)
    who = patients(subject, least=1)
    counts = np.asarray(of, float)
    return rao_scott(np.bincount(who, np.asarray(success, float) * counts), np.bincount(who, counts), level=level)


def predictive_value(
    sensitivity: Interval, specificity: Interval, prevalence: float, kind: Literal["positive", "negative"]
) -> Interval:
    """The share of positive (or negative) results that are right where the condition has a given prevalence.

    Raises:
        StatisticsError: a prevalence that is not between 0 and 1, or no result of that kind.
    """
    if not 0.0 < prevalence < 1.0:
        raise StatisticsError(f"the prevalence is {prevalence}: give that of the intended use, between 0 and 1")
    odds = math.log(prevalence / (1.0 - prevalence))
    if kind == "negative":
        right, wrong, odds = specificity, _complement(sensitivity), -odds
    else:
        right, wrong = sensitivity, _complement(specificity)
    value, low, high = (float(expit(odds + end)) for end in _log_ratio(right, wrong))
    n, method = right.n + wrong.n, f"MOVER of logarithms at a prevalence of {prevalence:g}"
    return Interval(value, low, high, right.level, method, n)


def likelihood_ratio(sensitivity: Interval, specificity: Interval, kind: Literal["positive", "negative"]) -> Interval:
    """How much a positive (or negative) result multiplies the odds of the condition; NaN where a ratio has no end.

    Raises:
        StatisticsError: no result of that kind.
    """
    pair = (sensitivity, _complement(specificity)) if kind == "positive" else (_complement(sensitivity), specificity)
    value, low, high = (math.exp(end) if end < 700.0 else math.nan for end in _log_ratio(*pair))
    return Interval(value, low, high, sensitivity.level, "MOVER of logarithms", sensitivity.n + specificity.n)


def _log_ratio(right: Interval, wrong: Interval) -> tuple[float, float, float]:
    """The logarithm of a ratio of two proportions and its ends."""
    if right.value == 0.0 and wrong.value == 0.0:
        raise StatisticsError("no case has a result of that kind: its predictive value is undefined")
    log = lambda v: math.log(v) if v > 0.0 else -math.inf
    a, b = [(log(i.value), log(i.low), log(i.high)) for i in (right, wrong)]
    if not math.isfinite(a[0]) or not math.isfinite(b[0]):
        return a[0] - b[0], a[1] - b[2], a[2] - b[1]
    value = a[0] - b[0]
    return value, value - math.hypot(a[0] - a[1], b[2] - b[0]), value + math.hypot(a[2] - a[0], b[0] - b[1])


def _complement(of: Interval) -> Interval:
    return Interval(1.0 - of.value, 1.0 - of.high, 1.0 - of.low, of.level, of.method, of.n)


def clustered_auc(score: Cases, positive: Cases, subject: Cases, *, level: float = 0.95) -> Interval:
    """The area under the curve with several cases a patient (Obuchowski); DeLong's with one.

    The interval is made on the logit of the area; where no variance is seen, by `roc.unvaried` from pairs of patients.

    Args:
        score: one a case; higher speaks for the condition.
        positive: whether the case has the condition.
        subject: whose it is; one patient may have cases of both kinds.
        level: confidence of the two-sided interval.

    Raises:
        StatisticsError: scores that are not finite, fewer than two patients with cases of a kind.
    """
    s, has = numbers("score", score), outcomes("positive", positive)
    same_length(score=s, positive=has, subject=subject)
    who = patients(subject)
    ranks, n_with, n_without = rankdata(s), int(has.sum()), int((~has).sum())
    placed = np.empty(len(s))
    placed[has] = (ranks[has] - rankdata(s[has])) / n_without
    placed[~has] = 1.0 - (ranks[~has] - rankdata(s[~has])) / n_with
    area = float(placed[has].mean())
    parts, groups = [], []
    for kind in (has, ~has):
        parts.append(np.bincount(who, (placed - area) * kind))
        groups.append(len(np.unique(who[kind])))
    if min(groups) < 2:
        raise StatisticsError("fewer than two patients with or without the condition: no variance can be estimated")
    count = int(who.max()) + 1
    variance = (
        groups[0] / (groups[0] - 1.0) * (parts[0] ** 2).sum() / n_with**2
        + groups[1] / (groups[1] - 1.0) * (parts[1] ** 2).sum() / n_without**2
        + 2.0 * count / (count - 1.0) * (parts[0] * parts[1]).sum() / (n_with * n_without)
    )
    if variance <= 0.0:
        return unvaried(area, min(*groups, count // 2), level, count)  # pairs of patients, each in one pair
    error = math.sqrt(variance) / (area * (1.0 - area))
    low, high = (float(expit(logit(area) + z * error)) for z in normal_quantiles(level))
    return Interval(area, low, high, level, "DeLong, clustered by patient (Obuchowski), logit", count)
