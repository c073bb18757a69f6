"""One day of one person as arrays: insulin and meals with their history, and what the sensor read."""

import dataclasses
import datetime
from typing import Any

import numpy as np

from twinbed.core.days import DAY_S, Day, usable_days
from twinbed.core.recording import Channel, Recording
from twinbed.personalise.parameters import KINDS

STEP_MIN = 5.0
STEPS = 288
HISTORY = 96
"""Steps before the day whose insulin and meals are played first (8 hours)."""
MEALS = 24
"""Places for meals in a day with its history."""
INSULIN_DELAY_MIN = 8.0
DAY_START_H = 4.0
"""Hour at which a twin's day begins: the end of the dinner hours of the model."""
ASSUMED_WEIGHT_KG = 75.0
INJECTED = ("MDI",)
LONGEST_BASAL_HOLD_S = 86400.0


@dataclasses.dataclass(frozen=True)
class DayData:
    """A day ready to be fitted or predicted. Times count from the start of the day.

    `arrays` is what the compiled functions read; `time_min` and `glucose` are the real sensor
    samples; `last` is the last sample of the three hours before the day, or NaN.
    """

    subject: str
    date: datetime.date
    time_min: np.ndarray
    glucose: np.ndarray
    last: float
    arrays: dict[str, Any]
    meals: tuple[tuple[float, float], ...]
    boluses: tuple[tuple[float, float], ...]

    @property
    def first(self) -> float:
        """The first sample of the day."""
        return float(self.glucose[0])


def body_weight_kg(recording: Recording) -> float:
    """The person's weight, or 75 kg where the recording does not tell."""
    return float(recording.attributes.get("weight_kg", ASSUMED_WEIGHT_KG))


def person_days(recording: Recording) -> list[DayData]:
    """The usable days of a person with a pump, in order.

    Of people who inject, the basal rate is not known; they have no usable days.
    """
    if recording.attributes.get("therapy") in INJECTED or "insulin_rate" not in recording.channels:
        return []
    found = usable_days(recording, day_start_h=DAY_START_H)
    if not found:
        return []
    return [_day_data(recording, day) for day in found]


def mean_basal_u_h(basal: Channel) -> float:
    """Time-weighted mean basal rate, holds longer than a day left out."""
    held = np.minimum(np.diff(basal.time_s), LONGEST_BASAL_HOLD_S)
    if not held.sum() > 0:
        return float(np.mean(basal.value))
    return float(np.sum(held * basal.value[:-1]) / held.sum())


def _insulin_mu(recording: Recording, start_s: float) -> np.ndarray:
    """Insulin entering the first depot in each step, after its delay, mU."""
    n = STEPS + HISTORY
    origin = start_s - HISTORY * STEP_MIN * 60 - INSULIN_DELAY_MIN * 60
    minutes = origin + 60.0 * np.arange(n * int(STEP_MIN))
    basal = recording["insulin_rate"]
    rate = basal.held(minutes, before=float(basal.value[0]) if len(basal.value) else 0.0)
    basal_u = rate.reshape(n, int(STEP_MIN)).mean(axis=1) * STEP_MIN / 60.0
    given = recording["injection"].between(origin, origin + n * STEP_MIN * 60)
    return 1000.0 * (basal_u + given.binned(STEP_MIN * 60, n))


def _kind(hour: float) -> str:
    return "breakfast" if 4 <= hour < 11 else "lunch" if 11 <= hour < 17 else "dinner"


def _meals(recording: Recording, start_s: float) -> list[tuple[float, float, int]]:
    """Minutes from the start of the day, grams and kind of each meal with its history."""
    history_s = HISTORY * STEP_MIN * 60
    eaten = recording["carbohydrate"].between(start_s - history_s, start_s + DAY_S)
    clock = recording.start + datetime.timedelta(seconds=start_s - history_s)
    seconds = clock.hour * 3600 + clock.minute * 60 + clock.second
    out, taken = [], set()
    for t, grams in zip(eaten.time_s, eaten.value, strict=True):
        if not grams > 0:
            continue
        hours = (seconds + t) / 3600
        kind, period = _kind(hours % 24), (_kind(hours % 24), int((hours - DAY_START_H) // 24))
        if period in taken:
            kind = "snack"
        else:
            taken.add(period)
        out.append(((t - history_s) / 60, float(grams), KINDS.index(kind)))
    return sorted(out, key=lambda m: -m[1])[:MEALS]


def _observed(time_min: np.ndarray, glucose: np.ndarray) -> dict[str, np.ndarray]:
    """Sensor samples on the steps of the model: mean value, mean place within the step, gaps."""
    bins = np.clip((time_min // STEP_MIN).astype(int), 0, STEPS - 1)
    count = np.bincount(bins, minlength=STEPS)
    seen = count > 0
    mean = lambda v: np.divide(np.bincount(bins, v, STEPS), count, out=np.zeros(STEPS), where=seen)
    offset = mean(time_min / STEP_MIN - bins)
    at = np.where(seen)[0]
    before, gap = np.zeros(STEPS, np.int32), np.full(STEPS, 5000.0)
    before[at[1:]] = at[:-1]
    gap[at[1:]] = np.diff(at + offset[at]) * STEP_MIN
    return {
        "y": np.where(seen, mean(glucose), 100.0), "mask": seen.astype(float), "offset": offset,
        "before": before, "gap": gap,
    }  # fmt: skip


def _day_data(recording: Recording, day: Day) -> DayData:
    """The day; its insulin at rest is the mean basal rate up to its end, nothing of later days."""
    cgm = recording["cgm"].between(day.start_s, day.end_s)
    keep = np.isfinite(cgm.value) & (cgm.value > 0)
    time_min, glucose = cgm.time_s[keep] / 60, cgm.value[keep]
    earlier = recording["cgm"].between(day.start_s - 3 * 3600, day.start_s)
    meals = _meals(recording, day.start_s)
    padded = np.zeros((3, MEALS))
    padded[0] = -1e6
    if meals:
        padded[:, : len(meals)] = np.array(meals).T
    bolus = recording["injection"].between(day.start_s, day.end_s)
    basal_so_far = mean_basal_u_h(recording["insulin_rate"].between(0.0, day.end_s))
    arrays = {
        "insulin": _insulin_mu(recording, day.start_s),
        "meal_min": padded[0], "meal_g": padded[1], "meal_kind": padded[2].astype(np.int32),
        "weight": np.asarray(body_weight_kg(recording)),
        "basal": np.asarray(1000.0 * basal_so_far * STEP_MIN / 60.0),
        **_observed(time_min, glucose),
    }  # fmt: skip
    return DayData(
        subject=recording.subject, date=day.date, time_min=time_min, glucose=glucose,
        last=float(earlier.value[-1]) if len(earlier.value) else float("nan"), arrays=arrays,
        meals=tuple((t, g) for t, g, _ in sorted(meals) if t >= 0),
        boluses=tuple(zip((bolus.time_s / 60).tolist(), bolus.value.tolist(), strict=True)),
    )  # fmt: skip
