"""Agreement rates, relative differences and bias of pairs of glucose, with intervals clustered by person.

A person gives many pairs, which are alike: intervals rest on persons (`statistics.clustered`).

**References:**

- CLSI POCT05, 2nd edition (2020), Performance metrics for continuous interstitial glucose monitoring
- 21 CFR 862.1355; ISO 15197:2013
"""

import math

import numpy as np
from jaxtyping import Bool, Shaped

from twinbed.bench.statistics import Interval
from twinbed.bench.statistics.clustered import rao_scott, ratio
from twinbed.bench.statistics.interval import Side, patients, per_patient

Values = Shaped[np.ndarray, "_"]


def near(
    reference: Values, shown: Values, mg_dl: float, percent: float, below_mg_dl: float, by: Values | None = None
) -> Bool[np.ndarray, " pair"]:
    """Whether each reading is within so many mg/dL at low glucose, within so many per cent elsewhere.

    Args:
        reference: blood glucose, mg/dL; per cent are of it.
        shown: by the device, mg/dL.
        mg_dl: largest absolute difference at low glucose.
        percent: largest relative difference elsewhere.
        below_mg_dl: what is below is low; 0 for per cent everywhere.
        by: what decides whether glucose is low, mg/dL; the reference if left out.
    """
    low = (reference if by is None else by) < below_mg_dl
    # A difference of exactly 15 % is within 15 %; so many roundings lie between the numbers and here.
    allowed = np.where(low, mg_dl, percent / 100.0 * reference) * (1.0 + 1e-12)
    return np.abs(shown - reference) <= allowed


def share(hit: Shaped[np.ndarray, "_"], person: Values, *, side: Side = "lower", level: float = 0.95) -> Interval:
    """The share of pairs, with an interval clustered by person; `n` counts persons.

    Without a pair it is NaN, so that a criterion is not applicable.

    Raises:
        StatisticsError: pairs of one person only.
    """
    if not len(hit):
        return Interval(math.nan, math.nan, math.nan, level, "no pairs", 0)
    hits, pairs = per_patient(np.asarray(hit, float), patients(person))
    return rao_scott(hits, pairs, level=level, side=side)


def mard(reference: Values, shown: Values, person: Values) -> Interval:
    """Mean absolute relative difference in per cent of the reference; `n` counts persons.

    Raises:
        StatisticsError: pairs of one person only, or persons who are all alike.
    """
    return mean_of(100.0 * np.abs(shown - reference) / reference, person)


def mean_of(values: Values, person: Values) -> Interval:
    """A mean over all pairs, such as the bias, with an interval clustered by person; `n` counts persons.

    Raises:
        StatisticsError: as `mard`.
    """
    if not len(values):
        return Interval(math.nan, math.nan, math.nan, 0.95, "no pairs", 0)
    return ratio(*per_patient(np.asarray(values, float), patients(person)))
