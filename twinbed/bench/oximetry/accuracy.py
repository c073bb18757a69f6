"""Accuracy of a pulse oximeter by saturation and pigment, and how fast it responds.

**References:**

- ISO 80601-2-61, 201.12.1.101; FDA (2013), Pulse Oximeters: Premarket Notification Submissions, 4.1.1
- FDA (2025), Pulse Oximeters for Medical Purposes (draft): non-disparate performance
"""

import math

import numpy as np
from jaxtyping import Shaped
from scipy.special import stdtrit

from twinbed.bench.pressure.errors import counted, folded
from twinbed.bench.statistics import Interval
from twinbed.bench.statistics.agreement import arms
from twinbed.bench.statistics.interval import numbers, patients, per_patient, same_length
from twinbed.bench.statistics.subgroups import subgroups
from twinbed.core.errors import StatisticsError

Pairs = Shaped[np.ndarray, "_"]
_FEWEST = 3
"""Subjects of a group of pigment that is compared."""


def disparity(error: Pairs, subject: Pairs, group: Pairs, *, level: float = 0.95) -> Interval:
    """The difference of mean bias between groups of subjects that may be the largest: it has the largest upper end.

    Its interval holds for all pairs at once, so that no pair differs by more than that end.

    Args:
        error: device less reference, %.
        subject: whose pair.
        group: of the subject.
        level: confidence of the two-sided interval.

    Raises:
        StatisticsError: fewer than two groups of three subjects, or values that are not finite.
    """
    same_length(error=error, subject=subject, group=group)
    who = patients(subject)
    total, count = per_patient(numbers("error", error), who)
    own = np.asarray(group)[np.unique(who, return_index=True)[1]]
    found = subgroups(total, count, {"pigment": own}, kind="mean", minimum=_FEWEST, level=level).disparity("pigment")
    if found is None:
        raise StatisticsError(f"fewer than two groups of {_FEWEST} subjects: nothing can be compared")
    of, apart = found.difference, f"{found.first} less {found.second}"
    return Interval(of.value, of.low, of.high, of.level, f"{of.method}; {apart}", len(own), apart)


def slope(error: Pairs, subject: Pairs, measure: Pairs, over: float, *, level: float = 0.95) -> Interval:
    """The size of the change of bias over a range of a measure of the subjects, by least squares on subjects' biases.

    Args:
        error: device less reference, %.
        subject: whose pair.
        measure: of the subject, such as the individual typology angle.
        over: the range.
        level: confidence; Student's.

    Raises:
        StatisticsError: fewer than three subjects, or a measure that is the same for all.
    """
    same_length(error=error, subject=subject, measure=measure)
    who = patients(subject, least=3)
    total, count = per_patient(numbers("error", error), who)
    bias, x = total / count, np.asarray(measure, float)[np.unique(who, return_index=True)[1]]
    if np.ptp(x) == 0.0:
        raise StatisticsError("the measure is the same for all subjects: no slope can be seen")
    centred = x - x.mean()
    spread = float((centred**2).sum())
    steep = float((centred * bias).sum()) / spread
    rest = bias - bias.mean() - steep * centred
    error_ = math.sqrt(float((rest**2).sum()) / (len(x) - 2.0) / spread)
    reach = float(stdtrit(len(x) - 2, (1.0 + level) / 2.0)) * error_
    low, high = sorted((over * (steep - reach), over * (steep + reach)))
    how = "least squares on subjects' biases, Student"
    return folded(Interval(over * steep, low, high, level, how, len(x)), len(x))


def root_mean_square(error: Pairs, subject: Pairs) -> Interval:
    """Arms with its upper bound by subject, where there are two subjects and errors that differ; else without bound.

    NaN where there is none.
    """
    e = numbers("error", error, least=0)
    if len(np.unique(subject)) > 1 and np.ptp(e) > 0.0:
        return arms(e, subject)
    return counted(math.sqrt(float((e**2).mean())) if len(e) else math.nan, len(np.unique(subject)))


def arms_between(error: Pairs, subject: Pairs, reference: Pairs, low: float, high: float) -> Interval:
    """Arms of pairs whose reference is at least `low` and less than `high` (or 100) %; NaN where there is none."""
    own = (reference >= low) & ((reference < high) | ((high >= 100.0) & (reference <= high)))
    return root_mean_square(error[own], subject[own])


def response_s(at_s: Pairs, shown: Pairs, step_s: float, before: float, after: float, *, share: float = 0.9) -> float:
    """Time (s) from a step of saturation until the display has gone a share of the way; infinite where it never does.

    Args:
        at_s: times of the display, s.
        shown: saturation, %; not a number where there is none.
        step_s: when saturation stepped.
        before: saturation before, %.
        after: saturation after, %.
        share: of the way.
    """
    way = (np.asarray(shown) - before) / (after - before)
    there = (np.asarray(at_s) >= step_s) & (way >= share)
    return float(np.asarray(at_s)[there][0] - step_s) if there.any() else math.inf
