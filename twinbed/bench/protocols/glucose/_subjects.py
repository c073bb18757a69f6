"""Persons in the clinic whose glucose is led through the whole range, as in studies of sensors.

In a session of eight hours blood glucose goes up by food and down by insulin, or the other way round, along smooth
ramps whose steepest rate is drawn for each ramp, and rests for a while at every level. After an hour for the sensor
to settle, blood is drawn every 15 min; it is the truth. The sensor sees the fluid between the cells, which follows
blood with a lag of 5 to 10 min.

Drawn, evenly, for each person: start 90 to 150 mg/dL, high 250 to 380, low 45 to 66, end 95 to 140; steepest rates
0.8 to 2.8 mg/dL/min; rests 20 to 45 min, 90 min at the start; lag 5 to 10 min. The session begins early, in the
middle or late in the life of the sensor, in turn.

*Known limits*: the levels and rates are what such studies aim at, not what any of them reports; the lag of a person
is constant; the laboratory's analyser (about 2 %) is taken as exact; nothing differs between sexes or ages.

**References:**

- CLSI POCT05, 2nd edition (2020): sessions with glucose led up and down, blood every 15 min
- Basu et al. (2013), Diabetes 62(12):4083 (lag of 5 to 6 min in healthy adults)
"""

import dataclasses

import numpy as np
from jaxtyping import Float

from twinbed.bench.draws import uniforms

SESSION_MIN, READING_MIN, BLOOD_MIN, SETTLING_MIN = 480, 5, 15, 60
_AT_START_MIN = 90
PERIODS = ("early", "middle", "late")

Series = Float[np.ndarray, " time"]


@dataclasses.dataclass(frozen=True)
class Session:
    """One person's hours in the clinic."""

    blood: Series
    """Blood glucose every minute, mg/dL."""
    interstitial: Series
    """The same where the sensor is."""
    period: str
    wear_d: float
    """Wear of the sensor when the session begins."""


def session(seed: int, number: int, wear_days: float) -> Session:
    """The session of a person.

    Args:
        seed: of the study.
        number: of the person, from 0.
        wear_days: life of the sensor.
    """
    u = uniforms(seed, f"session {number}", 16)
    start, high, low, end = 90 + 60 * u[0], 250 + 130 * u[1], 45 + 21 * u[2], 95 + 45 * u[3]
    levels = (start, high, low, end) if number % 2 else (start, low, high, end)
    blood = _course(tuple(map(float, levels)), 0.8 + 2.0 * u[4:7], 20.0 + 25.0 * u[7:9])
    at = number % len(PERIODS)
    latest = wear_days - SESSION_MIN / 1440.0
    shares = ((0.05, 0.15), (0.40, 0.60), (0.85, 0.98))[at]
    wear = latest * (shares[0] + (shares[1] - shares[0]) * u[9])
    return Session(blood, _lagged(blood, 5.0 + 5.0 * u[10]), PERIODS[at], float(wear))


def _course(
    levels: tuple[float, ...], steepest: Float[np.ndarray, " ramp"], rests_min: Float[np.ndarray, " rest"]
) -> Series:
    """Cosine ramps between levels, mg/dL every minute; the last level goes on to the end."""
    parts = [np.full(_AT_START_MIN, levels[0])]
    for k, (before, after) in enumerate(zip(levels[:-1], levels[1:], strict=True)):
        minutes = int(np.ceil(np.pi * abs(after - before) / (2.0 * steepest[k])))
        phase = np.pi * np.arange(1, minutes + 1) / minutes
        parts.append(before + (after - before) * 0.5 * (1.0 - np.cos(phase)))
        parts.append(np.full(int(rests_min[min(k, len(rests_min) - 1)]), after))
    course = np.concatenate(parts)
    return np.concatenate([course, np.full(SESSION_MIN + 1, levels[-1])])[: SESSION_MIN + 1]


def _lagged(blood: Series, lag_min: float) -> Series:
    """What follows blood with a lag of first order, at rest in the beginning."""
    nearer, out = 1.0 - np.exp(-1.0 / lag_min), np.empty_like(blood)
    out[0] = blood[0]
    for k in range(1, len(blood)):
        out[k] = out[k - 1] + nearer * (blood[k] - out[k - 1])
    return out
