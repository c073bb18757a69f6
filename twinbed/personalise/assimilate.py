"""Learns a person from day to day: shared parameters, days that vary around them.

    theta_k = mu + delta_k,   mu ~ N(m, P),   delta_k ~ N(0, D)

The posterior of a day under N(m, P + D) is found by `calibrate`; with S = P + D, Laplace
covariance C and gain K = P S^-1, the person becomes m + K (theta - m), P - K (S - C) K'.
Glucose at the start of a day is the day's own and is not learned.

**References:**

- Rauch, Tung & Striebel (1965), AIAA J 3(8):1445, doi:10.2514/3.3166
"""

import dataclasses

import numpy as np

from twinbed.personalise.calibrate import DRIFTING, WHITE, DayFit, fit_days
from twinbed.personalise.day import DayData
from twinbed.personalise.parameters import (
    PLACE,
    Matrix,
    Person,
    Vector,
    day_prior,
    starts,
    unknown_person,
)

STARTS = 4
FOLLOW_ITERATIONS = 20
LEARN_ITERATIONS = 10
_G0 = PLACE["g0"]


def _own_start(covariance: Matrix, sd: float) -> Matrix:
    """Frees the day's first glucose from the person: its own variance, no covariance."""
    out = covariance.copy()
    out[_G0], out[:, _G0] = 0.0, 0.0
    out[_G0, _G0] = sd**2
    return out


def _at_glucose(mean: Vector, glucose: float) -> Vector:
    out = mean.copy()
    out[_G0] = np.log(glucose)
    return out


def follow_day(day: DayData) -> DayFit:
    """The twin that follows one day, person unknown: ReplayBG's priors and sensor error."""
    mean, covariance = day_prior()
    mean = _at_glucose(mean, day.first)
    points = starts(mean, STARTS)
    return fit_days([day], points[None], mean[None], covariance[None], error=WHITE, iterations=FOLLOW_ITERATIONS)[0]


def learn_day(person: Person, day: DayData) -> tuple[Person, DayFit]:
    """The person after one more day, and that day's own posterior."""
    glucose = day.last if np.isfinite(day.last) else day.first
    spread = _own_start(person.covariance + person.within, 0.1)
    mean = _at_glucose(person.mean, glucose)
    points = starts(mean, STARTS)
    points[0] = mean
    fit = fit_days([day], points[None], mean[None], spread[None], error=DRIFTING, iterations=LEARN_ITERATIONS)[0]
    gain = person.covariance @ np.linalg.inv(spread)
    gain[_G0], gain[:, _G0] = 0.0, 0.0
    covariance = person.covariance - gain @ (spread - fit.covariance) @ gain.T
    covariance = _own_start(0.5 * (covariance + covariance.T), 0.1)
    mean = person.mean + gain @ (fit.theta - mean)
    mean[_G0] = unknown_person().mean[_G0]
    return dataclasses.replace(person, mean=mean, covariance=covariance, days=person.days + 1), fit
