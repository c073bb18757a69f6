"""Glucose over the day, counted: how often a patient of an arm had how much at what time.

Percentile curves need every reading, and are read off a histogram of time of day and glucose.
It is filled from the recorded glucose of a shard after the shard has run, not inside the loop:
an indexed update in every tick would not lower to C, and the recording of a shard is small
(a bounded part of memory, then thrown away). Counts are whole numbers, so shards add up in
any order to the same bits. A percentile is exact to half a bin, 1 mg/dL.
"""

import numpy as np
from jaxtyping import Float, Int

from twinbed.studies.tables import SECONDS_PER_DAY

TIME_BIN_S = 900.0
GLUCOSE_BIN = 2.0
N_TIMES = 96
N_LEVELS = 300
PERCENTILES = (5.0, 25.0, 50.0, 75.0, 95.0)

Counts = Int[np.ndarray, "time level"]


def count(glucose: Float[np.ndarray, "patient reading"], *, period_s: float, from_s: float) -> Counts:
    """Counts readings by time of day and level; what is beyond 600 mg/dL falls in the last bin."""
    t_s = np.arange(glucose.shape[1]) * period_s
    kept = t_s >= from_s
    time = np.broadcast_to((t_s % SECONDS_PER_DAY // TIME_BIN_S).astype(np.int64), glucose.shape)[:, kept]
    values = glucose[:, kept]
    level = np.clip(np.nan_to_num(values) / GLUCOSE_BIN, 0, N_LEVELS - 1).astype(np.int64)
    place = (time * N_LEVELS + level)[np.isfinite(values)]
    return np.bincount(place, minlength=N_TIMES * N_LEVELS).reshape(N_TIMES, N_LEVELS)


def columns_of(counts: Counts) -> dict[str, np.ndarray]:
    """The counts that are not zero, as columns."""
    time, level = np.nonzero(counts)
    return {"time": time.astype(np.int16), "level": level.astype(np.int16), "count": counts[time, level]}


def counts_of(columns: dict[str, np.ndarray]) -> Counts:
    """The counts of columns."""
    out = np.zeros((N_TIMES, N_LEVELS), np.int64)
    np.add.at(out, (columns["time"].astype(int), columns["level"].astype(int)), columns["count"])
    return out


def percentiles(counts: Counts) -> dict[str, list[float]]:
    """Percentile curves in mg/dL, one value for each time of day, by `p05` to `p95`."""
    below = np.concatenate([np.zeros((N_TIMES, 1)), np.cumsum(counts, axis=1)], axis=1)
    edges = GLUCOSE_BIN * np.arange(N_LEVELS + 1)
    curves = {}
    for percent in PERCENTILES:
        wanted = percent / 100.0 * below[:, -1]
        curves[f"p{percent:02.0f}"] = [_level(row, edges, target) for row, target in zip(below, wanted, strict=True)]
    return curves


def _level(below: Float[np.ndarray, " edge"], edges: Float[np.ndarray, " edge"], target: float) -> float:
    """Where a cumulative count reaches a target, linear inside a bin."""
    if below[-1] == 0:
        return float("nan")
    place = int(np.clip(np.searchsorted(below, target, side="left"), 1, len(edges) - 1))
    inside = (target - below[place - 1]) / max(below[place] - below[place - 1], 1.0)
    return float(edges[place - 1] + inside * (edges[place] - edges[place - 1]))
