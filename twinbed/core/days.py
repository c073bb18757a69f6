"""The calendar days of a recording, and which are complete enough to fit a patient to.

Imports no JAX.
"""

import dataclasses
import datetime

import numpy as np

from twinbed.core.recording import Channel, Recording

DAY_S = 86400.0
LONGEST_HOLD = 1.5
"""Sensor periods a reading stands for at most, before a gap begins."""


@dataclasses.dataclass(frozen=True)
class Day:
    """What was recorded from `start_s` to `end_s`, seconds from the start of the recording.

    `date` is the day's date where it begins. `cgm_coverage` is the share of the day with
    sensor glucose; a meal is an entry of carbohydrate.
    """

    date: datetime.date
    start_s: float
    end_s: float
    cgm_coverage: float
    boluses: int
    meals: int
    basal_rows: int


def days(recording: Recording, *, day_start_h: float = 0.0) -> list[Day]:
    """The days with sensor glucose, in order.

    Args:
        recording: with a channel `cgm`; without one there are no days.
        day_start_h: hour of the wall clock at which a day begins.
    """
    cgm = recording.channels.get("cgm")
    if cgm is None or not len(cgm.time_s):
        return []
    at = recording.start
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    origin_s = day_start_h * 3600.0 - (at - midnight).total_seconds()
    held_s = _held_s(cgm)
    out = []
    for k in np.unique(np.floor((cgm.time_s - origin_s) / DAY_S)).tolist():
        start_s, end_s = origin_s + k * DAY_S, origin_s + (k + 1) * DAY_S
        held = np.clip(np.minimum(cgm.time_s + held_s, end_s) - np.maximum(cgm.time_s, start_s), 0, None)
        day = Day(
            date=(at + datetime.timedelta(seconds=start_s)).date(),
            start_s=start_s,
            end_s=end_s,
            cgm_coverage=float(held.sum()) / DAY_S,
            boluses=_rows(recording, "injection", start_s, end_s),
            meals=_rows(recording, "carbohydrate", start_s, end_s),
            basal_rows=_rows(recording, "insulin_rate", start_s, end_s),
        )
        out.append(day)
    return out


def usable_days(
    recording: Recording,
    *,
    day_start_h: float = 0.0,
    min_cgm_coverage: float = 0.8,
    min_boluses: int = 2,
    min_meals: int = 2,
    need_basal: bool = True,
) -> list[Day]:
    """The days complete enough for the twin of a person with a pump.

    Args:
        recording: boluses in `injection`, meals in `carbohydrate`, the basal rate in `insulin_rate`.
        day_start_h: hour of the wall clock at which a day begins.
        min_cgm_coverage: share of the day that must have sensor glucose.
        min_boluses: boluses on the day.
        min_meals: entries of carbohydrate on the day.
        need_basal: whether the pump must have written its basal rate on the day itself.
    """
    return [
        day
        for day in days(recording, day_start_h=day_start_h)
        if day.cgm_coverage >= min_cgm_coverage
        and day.boluses >= min_boluses
        and day.meals >= min_meals
        and (day.basal_rows > 0 or not need_basal)
    ]


def _held_s(cgm: Channel) -> np.ndarray:
    """How long each reading stands: until the next, or for one sensor period before a gap."""
    gap_s = np.diff(cgm.time_s)
    minutes = np.round(gap_s[(gap_s >= 30.0) & (gap_s <= 3600.0)] / 60.0).astype(int)
    period_s = 60.0 * float(np.bincount(minutes).argmax()) if len(minutes) else 300.0
    return np.append(np.where(gap_s <= LONGEST_HOLD * period_s, gap_s, period_s), period_s)


def _rows(recording: Recording, signal: str, start_s: float, end_s: float) -> int:
    channel = recording.channels.get(signal)
    if channel is None:
        return 0
    return int(np.sum((channel.time_s >= start_s) & (channel.time_s < end_s) & np.isfinite(channel.value)))
