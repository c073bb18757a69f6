"""Forecasts a day before it happens, from its insulin and meals and the person's past.

Three things are known before a day: where glucose stood at its start, how the person's days
usually go, and what the twin says of this day's insulin and meals. With t the hours since
the start of the day,

    B      the time-of-day mean of past days, shrunk to their mean
    start  exp(-t / 2 h) (last reading - B(0))
    F, F0  the twin's forecast, and the person's usual forecast
    prediction = B + start + w (F - F0 - start)

w is how far the twin's deviation from the usual has been right on past days (a ridge weight,
0 to 1). The interval is log-normal; its variance is learned from past forecast errors by
time of day, and grows from the sensor's error with the memory of 2 h.

Nothing of the day that is predicted enters, but its insulin and meals.

The constants (2 h, 3 days, 0.15 worth 5 days, 36 %) are weak priors; predictions changed by
less than 0.3 mg/dL when each was halved or doubled. 36 % is the consensus limit of
glycaemic variability (Battelino et al. 2019, doi:10.2337/dci19-0028).
"""

import dataclasses
import math

import numpy as np
from jaxtyping import Float

from twinbed.personalise.day import STEP_MIN, STEPS, DayData

Grid = Float[np.ndarray, " step"]

TIME_H = (np.arange(STEPS) + 0.5) * STEP_MIN / 60
MEMORY_H = 2.0
PRIOR_DAYS = 3.0
WEIGHT, WEIGHT_DAYS = 0.15, 5.0
WEIGHT_SD = 0.25
PRIOR_CV = 0.36
SENSOR_CV = 0.05
QUANTILE_90 = 1.6448536269514722
_GROWTH = 1.0 - np.exp(-2.0 * TIME_H / MEMORY_H)
_WINDOW = 36  # three hours of steps
_SHOWN = (40.0, 400.0)  # what a sensor can show


@dataclasses.dataclass(frozen=True)
class Past:
    """What is kept of a person's days that have been: empty at first."""

    readings: tuple[Grid, ...] = ()
    """Sensor glucose by step, NaN where none."""
    twins: tuple[Grid, ...] = ()
    """The twin's forecasts."""
    deviations: tuple[Grid, ...] = ()
    """F - F0 - start of each forecast day."""
    residuals: tuple[Grid, ...] = ()
    """Readings minus B + start of each forecast day."""
    squared_errors: tuple[Grid, ...] = ()
    """Squared log error over its growth, smoothed over three hours."""


@dataclasses.dataclass(frozen=True)
class Prediction:
    """A forecast day on the middle of its 5-minute steps, mg/dL."""

    mean: Grid
    lower: Grid
    upper: Grid
    log_sd: Grid
    twin: Grid
    without_twin: Grid
    deviation: Grid
    weight: float

    def at(self, name: str, time_min: np.ndarray) -> np.ndarray:
        """One of the curves at any times, minutes from the start of the day."""
        return np.interp(time_min, TIME_H * 60, getattr(self, name))

    def share_between(self, low: float, high: float) -> float:
        """Expected share of the day with low <= glucose < high, per cent."""
        z = lambda g: (math.log(g) - np.log(self.mean)) / self.log_sd if g > 0 else np.full(STEPS, -np.inf)
        from scipy.special import ndtr

        return 100.0 * float(np.mean(ndtr(z(high)) - ndtr(z(low))))


def smooth(values: Grid) -> Grid:
    """Three-hour moving average around the clock."""
    half = _WINDOW // 2
    wrapped = np.concatenate([values[-half:], values, values[:half]])
    return np.convolve(wrapped, np.ones(_WINDOW) / _WINDOW, mode="valid")[:STEPS]


def _smooth_seen(values: Grid) -> Grid:
    """Three-hour moving average over the steps that have a value."""
    seen = np.isfinite(values)
    ones = np.ones(_WINDOW + 1)
    total = np.convolve(np.where(seen, values, 0.0), ones, mode="same")
    count = np.convolve(seen.astype(float), ones, mode="same")
    return np.where(count > 0, total / np.maximum(count, 1.0), np.nanmean(values))


def readings_by_step(day: DayData) -> Grid:
    """A day's sensor glucose by step, NaN where none."""
    return np.where(day.arrays["mask"] > 0, day.arrays["y"], np.nan)


def usual_day(past: Past) -> tuple[Grid, float]:
    """The time-of-day mean of past days (gaps filled, smoothed over 3 h), and their mean."""
    stack = np.stack(past.readings)
    mean = float(np.nanmean(stack))
    count = np.isfinite(stack).sum(axis=0)
    by_step = np.where(count > 0, np.nansum(stack, axis=0) / np.maximum(count, 1), np.nan)
    return smooth(_filled(by_step)), mean


def _filled(values: Grid) -> Grid:
    seen = np.isfinite(values)
    return np.interp(np.arange(STEPS), np.where(seen)[0], values[seen], period=STEPS)


def predict(past: Past, twin: Grid, last: float) -> Prediction:
    """The forecast of the next day.

    Args:
        past: at least one day with readings.
        twin: the twin's own forecast of the day.
        last: sensor glucose before the day, mg/dL.
    """
    by_hour, mean = usual_day(past)
    n = len(past.readings)
    base = (n * by_hour + PRIOR_DAYS * mean) / (n + PRIOR_DAYS)
    start = np.exp(-TIME_H / MEMORY_H) * (last - base[0])
    usual_twin = smooth((sum(past.twins, np.zeros(STEPS)) + PRIOR_DAYS * base) / (len(past.twins) + PRIOR_DAYS))
    deviation = twin - usual_twin - start
    weight = _weight(past, (WEIGHT_SD * mean) ** 2)
    predicted = np.clip(base + start + weight * deviation, *_SHOWN)
    sd = np.sqrt(_variance(past) * _GROWTH + SENSOR_CV**2)
    return Prediction(
        mean=predicted,
        lower=predicted * np.exp(-QUANTILE_90 * sd),
        upper=predicted * np.exp(QUANTILE_90 * sd),
        log_sd=sd,
        twin=twin,
        without_twin=np.clip(base + start, *_SHOWN),
        deviation=deviation,
        weight=weight,
    )


def _weight(past: Past, variance: float) -> float:
    top, bottom = WEIGHT * WEIGHT_DAYS, WEIGHT_DAYS
    for deviation, residual in zip(past.deviations, past.residuals, strict=True):
        seen = np.isfinite(residual)
        top += float(np.mean(deviation[seen] * residual[seen])) / variance
        bottom += float(np.mean(deviation[seen] ** 2)) / variance
    return float(np.clip(top / bottom, 0.0, 1.0))


def _variance(past: Past) -> Grid:
    total = sum(past.squared_errors, np.full(STEPS, PRIOR_DAYS * PRIOR_CV**2))
    return total / (PRIOR_DAYS + len(past.squared_errors))


def remember(past: Past, day: DayData, prediction: Prediction | None) -> Past:
    """The past after a day, whether or not it had been predicted."""
    seen = readings_by_step(day)
    past = dataclasses.replace(past, readings=(*past.readings, seen))
    if prediction is None:
        return past
    error = (np.log(seen) - np.log(prediction.mean)) ** 2 / _GROWTH
    return dataclasses.replace(
        past,
        twins=(*past.twins, prediction.twin),
        deviations=(*past.deviations, prediction.deviation),
        residuals=(*past.residuals, seen - prediction.without_twin),
        squared_errors=(*past.squared_errors, _smooth_seen(error)),
    )
