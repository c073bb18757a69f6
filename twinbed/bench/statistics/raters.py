"""Agreement of two raters, or of a device with a method that is no reference standard.

Kappa and overall agreement depend on how common the condition is and are never enough alone: give them with the
positive and the negative percent agreement (FDA 2007).

**References:**

- Cohen (1960), Educ Psychol Meas 20:37, doi:10.1177/001316446002000104
- Fleiss, Cohen & Everitt (1969), Psychol Bull 72:323, doi:10.1037/h0028106 (standard error)
- FDA (2007), Statistical Guidance on Reporting Results from Studies Evaluating Diagnostic Tests, 7.2
"""

import dataclasses
import math
from typing import Literal

import numpy as np
from jaxtyping import Int

from twinbed.bench.statistics.interval import Interval, normal_quantiles
from twinbed.bench.statistics.proportions import clopper_pearson, wilson
from twinbed.core.errors import StatisticsError

Table = Int[np.ndarray, "first second"]


@dataclasses.dataclass(frozen=True)
class PercentAgreement:
    """Agreement with a comparator that is no reference standard, as shares.

    Attributes:
        positive: of the comparator's positives, how many the device calls positive.
        negative: of the comparator's negatives, how many the device calls negative.
        overall: agreement of all.
    """

    positive: Interval
    negative: Interval
    overall: Interval


def kappa(table: Table, *, level: float = 0.95) -> Interval:
    """Cohen's kappa: agreement beyond chance, of 1 where all agree; for 2 x 2 tables a b / c d it is
    2(ad - bc) / [(a+b)(b+d) + (a+c)(c+d)].

    Args:
        table: counts; categories of the first rater down, of the second across, in one order.
        level: confidence of the two-sided interval (normal, cut at -1 and 1).

    Raises:
        StatisticsError: a table that is not square, with negative counts, or in which both raters used one and the
            same category only.
    """
    counts = _checked(table)
    n = float(counts.sum())
    p = counts / n
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    agreed, chance = float(np.trace(p)), float(rows @ columns)
    if chance >= 1.0 - 1e-12:
        raise StatisticsError("both raters used one category only: kappa is undefined; give the percent agreement")
    value = (agreed - chance) / (1.0 - chance)
    # Fleiss, Cohen & Everitt (1969), their equation 13
    mixed = columns[:, None] + rows[None, :]
    on = (np.diag(p) * (1.0 - np.diag(mixed) * (1.0 - value)) ** 2).sum()
    off = (1.0 - value) ** 2 * ((p * mixed**2).sum() - (np.diag(p) * np.diag(mixed) ** 2).sum())
    variance = float(on + off - (value - chance * (1.0 - value)) ** 2) / (n * (1.0 - chance) ** 2)
    error = math.sqrt(max(0.0, variance))
    low, high = (min(1.0, max(-1.0, value + z * error)) for z in normal_quantiles(level))
    return Interval(value, low, high, level, "Fleiss-Cohen-Everitt", int(n))


def percent_agreement(
    table: Table, *, level: float = 0.95, method: Literal["Wilson", "Clopper-Pearson"] = "Wilson"
) -> PercentAgreement:
    """Positive, negative and overall percent agreement.

    Args:
        table: 2 x 2 counts, positive first; the device down, the comparator across.
        level: confidence.
        method: of the intervals.

    Raises:
        StatisticsError: another table, or a comparator without positives or negatives.
    """
    counts = _checked(table)
    if counts.shape != (2, 2):
        raise StatisticsError(f"a table of {counts.shape}: give 2 x 2 counts, positive first")
    (a, b), (c, d) = counts.tolist()
    if a + c == 0 or b + d == 0:
        raise StatisticsError("the comparator has no positives or no negatives: one agreement is undefined")
    interval = wilson if method == "Wilson" else clopper_pearson
    return PercentAgreement(
        positive=interval(a, a + c, level=level),
        negative=interval(d, b + d, level=level),
        overall=interval(a + d, a + b + c + d, level=level),
    )


def _checked(table: Table) -> Table:
    counts = np.asarray(table)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or counts.shape[0] < 2:
        raise StatisticsError(f"a table of {counts.shape}: give as many rows as columns, at least two")
    if (counts < 0).any() or counts.sum() < 1:
        raise StatisticsError("counts below zero, or none at all")
    return counts
