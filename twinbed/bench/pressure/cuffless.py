"""IEEE 1708: grades of cuffless blood pressure devices, and whether they follow changes since their calibration.

**References:**

- IEEE 1708-2014, 1708a-2019 and 1708-2025: Tables 3, 5, 6 and 7, as quoted in public code with table and page
"""

import math

import numpy as np
from jaxtyping import Float

from twinbed.bench.pressure.errors import Pairs, bias_size
from twinbed.bench.statistics import Interval
from twinbed.bench.statistics.clustered import cluster_bootstrap, ratio
from twinbed.bench.statistics.interval import numbers, patients, per_patient, same_length

CATEGORIES = ("normal", "elevated", "stage 1", "stage 2")
_RESAMPLES, _SEED = 300, 1708


def mean_absolute(error: Pairs, subject: Pairs, *, level: float = 0.95) -> Interval:
    """Mean absolute difference (MAD), mmHg, clustered by subject; `n` counts subjects."""
    same_length(error=error, subject=subject)
    size, count = per_patient(np.abs(numbers("error", error)), patients(subject))
    return ratio(size, count, level=level)


def grade(mad: float, md: float, *, a: float = 5.0, b: float = 6.0, c: float = 7.0, bias: float = 5.0) -> str:
    """Grade A to D of a mean absolute and a mean difference, mmHg; `bias` is that of B and C."""
    if mad <= a:
        return "A"
    if mad > c or abs(md) > bias:
        return "D"
    return "B" if mad <= b else "C"


def graded(error: Pairs, subject: Pairs, *, level: float = 0.95, **edges: float) -> Interval:
    """The grade as a number, 1 for A to 4 for D; its ends are the grades of the ends of both differences."""
    mad, md = mean_absolute(error, subject, level=level), bias_size(error, subject, level=level)
    number = lambda m, d: float("ABCD".index(grade(m, d, **edges)) + 1)
    ends = number(mad.low, md.low), number(mad.high, md.high)
    return Interval(number(mad.value, md.value), *ends, level, "grades of the ends of both differences", mad.n)


def category(systolic: float, diastolic: float) -> str:
    """Category of a blood pressure (mmHg): the higher of those of both pressures (ACC/AHA 2017)."""
    if systolic >= 140.0 or diastolic >= 90.0:
        return "stage 2"
    if systolic >= 130.0 or diastolic >= 80.0:
        return "stage 1"
    return "elevated" if systolic >= 120.0 else "normal"


def categories(systolic: Pairs, diastolic: Pairs, subject: Pairs) -> np.ndarray:
    """The category of every pair's subject, from the means of its references (mmHg)."""
    who = patients(subject, least=1)
    mean = [(lambda of: of[0] / of[1])(per_patient(np.asarray(v, float), who)) for v in (systolic, diastolic)]
    return np.array([category(s, d) for s, d in zip(*mean, strict=True)], dtype=str)[who]


def share_changed(change: Float[np.ndarray, " pair"], low: float, high: float) -> float:
    """Per cent of readings whose reference changed by at least `low` and less than `high` mmHg since calibration."""
    return 100.0 * float(((change >= low) & (change < high)).mean()) if len(change) else math.nan


def skill(error: Pairs, change: Pairs, subject: Pairs, *, level: float = 0.95) -> Interval:
    """Mean absolute difference as a share of that of repeating the calibration; below 1 the device adds something.

    Args:
        error: device less reference, mmHg.
        change: reference less reference at calibration, mmHg.
        subject: whose reading.
        level: confidence; by resampling subjects.
    """
    same_length(error=error, change=change, subject=subject)
    who = patients(subject)
    of = np.stack([per_patient(np.abs(np.asarray(v, float)), who)[0] for v in (error, change)], axis=1)
    share = lambda rows: rows[:, 0].sum() / rows[:, 1].sum() if rows[:, 1].sum() > 0.0 else math.nan
    return cluster_bootstrap(of, share, seed=_SEED, resamples=_RESAMPLES, level=level)
