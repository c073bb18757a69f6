"""Miniature files in the shape of the data sets, with made-up people in them."""

import datetime
import pathlib

import numpy as np

HUPA_HEADER = "time;glucose;calories;heart_rate;steps;basal_rate;bolus_volume_delivered;carb_input"
START = datetime.datetime(2021, 3, 1, 18, 40)


def sensor(n: int, *, seed: int = 1, roughness: float = 6.0) -> np.ndarray:
    """Whole-number glucose readings that wander like a sensor's."""
    rng = np.random.default_rng(seed)
    slope, level, out = 0.0, 150.0, []
    for _ in range(n):
        slope = 0.6 * slope + rng.normal(0.0, roughness) - 0.04 * (level - 150.0)
        level += slope
        out.append(level)
    return np.round(np.maximum(out, 42.0))


def interpolated(at: np.ndarray, readings: np.ndarray, n: int) -> np.ndarray:
    """Readings at grid points `at`, put on a grid of `n` points by straight lines."""
    return np.interp(np.arange(n), at, readings)


def hupa(folder: pathlib.Path, name: str = "HUPA9001P", *, n: int = 900, **columns) -> pathlib.Path:
    """A person's file: 15-minute glucose, a basal rate of 0.6 U/h, and what `columns` gives instead."""
    zero = np.zeros(n)
    given = {
        "glucose": interpolated(np.arange(0, n + 3, 3), sensor(n // 3 + 1), n),
        "heart_rate": zero + 70.0,
        "steps": zero + 50.0,
        "basal_rate": zero + 0.05,
        "bolus_volume_delivered": zero,
        "carb_input": zero,
    } | columns
    lines = [HUPA_HEADER]
    for i in range(n):
        at = START + datetime.timedelta(minutes=5 * i)
        row = (given[key][i] for key in given)
        glucose, *others = (repr(float(value)) for value in row)
        lines.append(";".join((at.isoformat(), glucose, "5.0", *others)))
    path = folder / f"{name}.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def at_rows(n: int, **amounts: float) -> np.ndarray:
    """A column of zeros with `r12=3.5` in row 12."""
    out = np.zeros(n)
    for row, amount in amounts.items():
        out[int(row[1:])] = amount
    return out


def uom(folder: pathlib.Path, subject: str = "2999", *, bom: bool = True, **texts: str) -> pathlib.Path:
    """A person's files, one folder a kind: `Glucose="08/10/2023 00:03,5.5"` and so on, without headers."""
    headers = {
        "Glucose": "bg_ts,value",
        "Basal": "basal_ts,basal_dose,insulin_kind",
        "Bolus": "bolus_ts,bolus_dose",
        "Nutrition": "meal_ts,meal_type,meal_tag,carbs_g,prot_g,fat_g,fibre_g",
        "Activity": "activity_ts,activity_type,step_count,duration_s",
    }
    for kind, text in texts.items():
        place = folder / kind.lower()
        place.mkdir(exist_ok=True)
        rows = "\r\n".join((headers[kind], *(line.strip("\n") for line in text.strip().splitlines())))
        mark = b"\xef\xbb\xbf" if bom else b""
        (place / f"UoM{kind}{subject}.csv").write_bytes(mark + rows.encode() + b"\r\n")
    return folder


def uom_glucose(days: int = 1, *, minutes: int = 5, first: str = "2023-10-20T00:04", seed: int = 3) -> str:
    """Rows of glucose every so many minutes."""
    at = datetime.datetime.fromisoformat(first)
    rows = []
    for value in sensor(days * 1440 // minutes, seed=seed, roughness=2.0):
        rows.append(f"{at:%d/%m/%Y %H:%M},{value / 18.0:.1f}")
        at += datetime.timedelta(minutes=minutes)
    return "\n".join(rows)
