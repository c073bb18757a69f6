"""Cheap predictions of the same days: what a twin must beat to be worth its name.

**References:**

- Hyndman & Athanasopoulos (2021), Forecasting: Principles and Practice, chapter 5
"""

import numpy as np

from twinbed.personalise.day import STEPS, DayData
from twinbed.personalise.forecast import Grid, Past, Prediction, usual_day

LAGS = 12
RIDGE = 1.0
TITLES = {
    "persistence": "last reading held",
    "yesterday": "same time yesterday",
    "mean": "mean of past days",
    "time_of_day": "time-of-day mean of past days",
    "autoregression": "autoregression on 12 lags",
    "without_twin": "the same forecast without the twin",
    "twin_alone": "the twin's forecast alone",
}


def baselines(past: Past, day: DayData, prediction: Prediction) -> dict[str, Grid]:
    """Every baseline's prediction of a day, by step, mg/dL. `past` holds the days before it."""
    by_hour, mean = usual_day(past)
    yesterday = past.readings[-1]
    seen = np.isfinite(yesterday)
    held = np.interp(np.arange(STEPS), np.where(seen)[0], yesterday[seen])
    last = day.last if np.isfinite(day.last) else float(held[-1])
    return {
        "persistence": np.full(STEPS, last),
        "yesterday": held,
        "mean": np.full(STEPS, mean),
        "time_of_day": by_hour,
        "autoregression": _autoregression(past, last),
        "without_twin": prediction.without_twin,
        "twin_alone": prediction.twin,
    }


def _autoregression(past: Past, last: float) -> Grid:
    """Ridge regression on the last hour of 5-minute readings, run ahead for a day."""
    rows, targets = [], []
    for readings in past.readings:
        seen = np.isfinite(readings)
        filled = np.interp(np.arange(STEPS), np.where(seen)[0], readings[seen])
        windows = np.lib.stride_tricks.sliding_window_view(filled, LAGS + 1)
        rows.append(windows[:, :LAGS])
        targets.append(windows[:, LAGS])
    x, y = np.concatenate(rows), np.concatenate(targets)
    center = float(y.mean())
    x = x - center
    coefficients = np.linalg.solve(x.T @ x + RIDGE * np.eye(LAGS), x.T @ (y - center))
    filled = np.where(np.isfinite(past.readings[-1]), past.readings[-1], np.nan)
    seen = np.isfinite(filled)
    recent = np.interp(np.arange(STEPS), np.where(seen)[0], filled[seen])[-LAGS:] - center
    recent[-1] = last - center
    out = np.empty(STEPS)
    for k in range(STEPS):
        out[k] = recent @ coefficients
        recent = np.append(recent[1:], out[k])
    return np.clip(out + center, 40.0, 400.0)
