"""What would have happened: a person's twin lives two recorded days again under another therapy.

Every posterior draw of the twin eats the recorded meals twice: with the insulin that was
recorded, and with devices that dose in its place. The first day settles both; the second is
compared, draw by draw. Times are hours from midnight.

Known limits: what the twin does not know of the day (exercise, stress, meals that were not
written down) is missing from both lives; the sensor of the devices is a model's. What was eaten
to treat a recorded low (at most 20 g within 15 minutes of it, an assumption) is eaten in both
lives, low or not, and announced to no device.
"""

import dataclasses
import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from twinbed.core.device import AbstractDevice
from twinbed.core.discover import load
from twinbed.core.quantities import quantities
from twinbed.core.recording import Recording
from twinbed.core.scenario import Event, Scenario, Series
from twinbed.engine.batch import repeat, simulate
from twinbed.engine.bed import Bed

DAY_S = 86400.0
HOUR_S, MINUTE_S = 3600.0, 60.0
PERIOD_S = 300.0
LOW_MG_DL, LOW_SINCE_S, RESCUE_G = 70.0, 900.0, 20.0
CLOSED_LOOP = {
    "cgm": "devices/sensing/cgm_vettoretti2019",
    "loop": "devices/software/pid",
    "bolus": "devices/software/bolus_calculator",
    "pump": "devices/delivery/tslim_x2",
}


@dataclasses.dataclass(frozen=True)
class WhatIf:
    """Two lives of one day: glucose by draw and 5 minutes, mg/dL."""

    subject: str
    day: str
    factual: np.ndarray
    counterfactual: np.ndarray

    def share(self, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
        """Per draw, per cent of the day with low <= glucose < high, in both lives."""
        inside = lambda g: 100.0 * np.mean((g >= low) & (g < high), axis=1)
        return inside(self.factual), inside(self.counterfactual)


def what_if(
    recording: Recording,
    twin: Mapping[str, Any],
    *,
    midnight_s: float,
    devices: Mapping[str, str] | None = None,
    seed: int = 1,
) -> WhatIf:
    """Lives two days of a recording again, the twin's draws side by side.

    Args:
        recording: with basal rate, boluses and meals.
        twin: the content of the person's twin file.
        midnight_s: seconds from the start of the recording to the midnight before the first
            of the two days; the second is compared.
        devices: ids by name; a closed loop (PID with insulin feedback) if not given. Settings
            that a device shares with the person's therapy are taken from it.
        seed: of the devices' noise.

    Raises:
        WiringError: the devices do not make a whole therapy.
    """
    patients = _patients(twin)
    n = len(next(iter(twin["parameters"].values())))
    two_days = recording.between(midnight_s, midnight_s + 2 * DAY_S)
    meals = _meals(two_days)
    given = Scenario(tuple(meals), {"insulin_rate": _insulin(recording, midnight_s)})
    dosed = Scenario((*meals, *_announced(meals, two_days)))
    ways = [
        (Bed(patients), given),
        (Bed(patients, _devices(devices or CLOSED_LOOP, twin["therapy"], n)), dosed),
    ]
    lives = [
        simulate(
            bed, scenario, duration_s=2 * DAY_S, seed=seed,
            record=["interstitial_glucose"], record_period_s=PERIOD_S,
        ).recorded["interstitial_glucose"][:, -int(DAY_S / PERIOD_S) :]
        for bed, scenario in ways
    ]  # fmt: skip
    date = str((two_days.start + datetime.timedelta(days=1)).date())
    return WhatIf(recording.subject, date, *(np.asarray(g, float) for g in lives))


def _patients(twin: Mapping[str, Any]) -> Any:
    model = load(twin["model"])
    columns = {k: jnp.asarray(v, float) for k, v in twin["parameters"].items()}
    return jax.vmap(lambda row: model(**row))(columns)


def _devices(ids: Mapping[str, str], therapy: Mapping[str, float], n: int) -> dict[str, AbstractDevice]:
    made = {}
    for name, id_ in ids.items():
        cls = load(id_)
        settings = {k: v for k, v in therapy.items() if k in quantities(cls)}
        made[name] = repeat(cls(**settings), n)
    return made


def _meals(two_days: Recording) -> list[Event]:
    eaten = two_days["carbohydrate"]
    lasting = eaten.duration_s if eaten.duration_s is not None else np.zeros(len(eaten.time_s))
    rows = zip(eaten.time_s.tolist(), lasting.tolist(), eaten.value.tolist(), strict=True)
    return [Event("carbohydrate", t, d, g) for t, d, g in rows if g > 0]


def _announced(meals: Sequence[Event], two_days: Recording) -> list[Event]:
    """What the person tells the devices: meals, but not what was eaten to treat a low."""
    cgm = two_days["cgm"]
    told = []
    for meal in meals:
        before = (cgm.time_s <= meal.start_s) & (cgm.time_s > meal.start_s - LOW_SINCE_S)
        if meal.amount > RESCUE_G or not np.any(cgm.value[before] < LOW_MG_DL):
            told.append(Event("carbohydrate_announced", meal.start_s, 0.0, meal.amount))
    return told


def _insulin(recording: Recording, midnight_s: float) -> Series:
    """The recorded insulin, [IU]/h in each minute: the basal rate and the boluses."""
    at = np.arange(0.0, 2 * DAY_S, MINUTE_S)
    rate = recording["insulin_rate"].held(midnight_s + at, before=0.0)
    given = recording["injection"].between(midnight_s, midnight_s + 2 * DAY_S)
    doses = given.binned(MINUTE_S, len(at))
    return Series(MINUTE_S, rate + doses * (HOUR_S / MINUTE_S))


_RANGES = (("time_in_range", 70.0, 180.0), ("time_below_70", 0.0, 70.0), ("time_above_180", 180.0, 1e9))
_LABELS = {
    "time_in_range": "Time in 70-180 mg/dL",
    "time_below_70": "Time below 70 mg/dL",
    "time_above_180": "Time above 180 mg/dL",
}


def report_rows(lives: Sequence[WhatIf], *, title: str) -> list[dict[str, Any]]:
    """What-ifs as the report reads them: means, the 90 % band of the other life, effects."""
    rows = []
    for life in lives:
        band = np.quantile(life.counterfactual, [0.05, 0.95], axis=0)
        effects = []
        for name, low, high in _RANGES:
            before, after = life.share(low, high)
            lower, upper = np.quantile(after - before, [0.05, 0.95])
            effects.append({
                "endpoint": name, "label": _LABELS[name], "unit": "%", "factual": float(before.mean()),
                "counterfactual": float(after.mean()), "lower": float(lower), "upper": float(upper),
            })  # fmt: skip
        rows.append({
            "subject": life.subject, "day": life.day, "title": title,
            "time_h": (np.arange(life.factual.shape[1]) * PERIOD_S / 3600.0).tolist(),
            "factual": life.factual.mean(axis=0).tolist(),
            "counterfactual": life.counterfactual.mean(axis=0).tolist(),
            "lower": band[0].tolist(), "upper": band[1].tolist(), "effects": effects,
        })  # fmt: skip
    return rows


def middle_midnight_s(recording: Recording, dates: Sequence[str]) -> float | None:
    """The midnight before the middle pair of consecutive dates, or None if there is none."""
    known = [np.datetime64(d) for d in dates]
    pairs = [a for a, b in zip(known, known[1:], strict=False) if b - a == np.timedelta64(1, "D")]
    if not pairs:
        return None
    seconds = (pairs[len(pairs) // 2] - np.datetime64(recording.start)) / np.timedelta64(1, "s")
    return float(seconds) if seconds >= 0 else None
