"""Untangles glucose readings that were uploaded twice, or that two sensors wrote into one file.

Rows that repeat a time are left out but for the first. Then the record is looked at in blocks
of six hours. A block holds two interleaved series if most readings are followed, two rows
later and not one, by a reading one sensor period away; extra readings taken at will (scans of
a flash sensor) do not look like that. If the two series agree, they are one sensor under two
clocks, and one reading a period is kept. If neighbours differ by more than 18 mg/dL in the
median, they are two sensors, nobody knows whose, and both are left out. Blocks less than a day
apart are judged together, with what lies between them.
"""

import dataclasses

import numpy as np
from jaxtyping import Bool, Float

BLOCK_S = 6 * 3600.0
MOSTLY = 0.6
AGREEING = 18.0
"""Median difference of neighbours below which two series are one sensor, mg/dL."""

FEWEST = 8
"""Readings below which a block is taken as it is."""

BLOCKS_BETWEEN = 4
MINUTE_S = 60.0


@dataclasses.dataclass(frozen=True)
class Untangled:
    """Which readings are one sensor's, and what the others were."""

    keep: Bool[np.ndarray, " row"]
    notes: tuple[str, ...]


def untangled(time_s: Float[np.ndarray, " row"], value: Float[np.ndarray, " row"]) -> Untangled:
    """Finds one series of readings (mg/dL) in rows that are in order of time."""
    keep = np.append(True, np.diff(time_s) > 0)[: len(time_s)]
    repeated = int((~keep).sum())
    notes = (f"cgm: {repeated} rows that repeat a time left out",) if repeated else ()
    rows = np.flatnonzero(keep)
    period_s = sensor_period_s(time_s[rows])
    if np.isnan(period_s):
        return Untangled(keep, notes)
    doubled, contradicting = _blocks(time_s[rows], value[rows], period_s)
    keep[rows[contradicting]] = False
    keep[rows[doubled]] = _one_a_period(time_s[rows[doubled]], period_s)
    if contradicting.any():
        hours = np.unique(time_s[rows[contradicting]] // BLOCK_S).size * BLOCK_S / 3600
        notes += (
            f"cgm: {contradicting.sum()} readings in {hours:.0f} hours left out, where two interleaved "
            "series contradict each other",
        )
    copies = int((~keep[rows[doubled]]).sum())
    if copies:
        notes += (f"cgm: {copies} readings left out that a second upload repeats under another clock",)
    return Untangled(keep, notes)


def sensor_period_s(time_s: Float[np.ndarray, " row"]) -> float:
    """The commonest time from one reading to the next, to the minute; NaN if there is none."""
    minutes = np.round(np.diff(time_s) / MINUTE_S)
    minutes = minutes[(minutes >= 1) & (minutes <= 60)].astype(int)
    return float(np.bincount(minutes).argmax()) * MINUTE_S if len(minutes) else np.nan


def _blocks(time_s: np.ndarray, value: np.ndarray, period_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Which readings are in stretches of two series that agree, and of two that do not."""
    second_next = np.append(time_s[2:] - time_s[:-2], [np.inf, np.inf])[: len(time_s)]
    interleaved = np.abs(second_next - period_s) <= MINUTE_S
    near = np.append(np.diff(time_s) <= period_s / 2, False)
    apart = np.abs(np.append(np.diff(value), 0.0))
    doubled, contradicting = np.zeros(len(time_s), dtype=bool), np.zeros(len(time_s), dtype=bool)
    block = (time_s // BLOCK_S).astype(int)
    for first, last in _stretches(block, interleaved):
        part = (block >= first) & (block <= last)
        close = apart[part & near]
        agree = not len(close) or np.median(close) <= AGREEING
        (doubled if agree else contradicting)[part] = True
    return doubled, contradicting


def _stretches(block: np.ndarray, interleaved: np.ndarray) -> list[tuple[int, int]]:
    """The first and last blocks of stretches of interleaved ones less than a day apart."""
    blocks, which = np.unique(block, return_inverse=True)
    n = np.bincount(which)
    share = np.bincount(which, interleaved) / n
    found = blocks[(n >= FEWEST) & (share > MOSTLY)]
    ends = np.flatnonzero(np.diff(found) > BLOCKS_BETWEEN)
    firsts, lasts = (
        found[np.append(0, ends + 1)[: len(found)]],
        found[np.append(ends, len(found) - 1)[: len(found)]],
    )
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))


def _one_a_period(time_s: np.ndarray, period_s: float) -> np.ndarray:
    """Readings at least a period, less a minute, after the one kept before."""
    keep = np.zeros(len(time_s), dtype=bool)
    last = -np.inf
    for i, t in enumerate(time_s):
        if t - last >= period_s - MINUTE_S:
            keep[i], last = True, t
    return keep
