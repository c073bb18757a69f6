"""From columns to channels: what cannot be true is left out, and the notes count it."""

import dataclasses

import numpy as np
from jaxtyping import Bool, Float

from twinbed.core.recording import Channel
from twinbed.vocab.signals import signal as signal_of

LARGEST_DOSE = {
    "carbohydrate": 500.0,
    "fat": 300.0,
    "protein": 300.0,
    "injection": 100.0,
    "insulin_rate": 100.0,
    "long_acting_injection": 200.0,
    "glucagon_rate": 10.0,
}
"""Largest dose taken for real, in the dose unit of the signal; larger ones are slips."""

STRAY_S = 180 * 86400.0
"""Rows separated from the bulk of a record by more than this carry a wrong date."""


@dataclasses.dataclass(frozen=True)
class Cleaned:
    """A channel, or None if nothing was left, and what was left out."""

    channel: Channel | None
    notes: tuple[str, ...]


def samples(signal: str, time_s: Float[np.ndarray, " row"], value: Float[np.ndarray, " row"]) -> Cleaned:
    """A channel of samples or of a held rate. Values outside what the signal can be are left out."""
    low, high = signal_of(signal).plausible
    written = np.isfinite(time_s) & np.isfinite(value)
    keep = written & (value >= low) & (value <= high)
    notes = _count(signal, written & (value < low), f"value below {low:g}")
    notes += _count(signal, written & (value > high), f"value above {high:g}")
    return _channel(signal, time_s, value, None, keep=keep, notes=notes)


def doses(
    signal: str,
    time_s: Float[np.ndarray, " row"],
    value: Float[np.ndarray, " row"],
    duration_s: float | Float[np.ndarray, " row"],
) -> Cleaned:
    """A channel of doses. A zero is no dose; a negative or impossibly large one is left out."""
    duration = np.broadcast_to(np.asarray(duration_s, dtype=float), value.shape)
    high = LARGEST_DOSE.get(signal, np.inf)
    written = np.isfinite(time_s) & np.isfinite(value)
    timed = np.isfinite(duration) & (duration >= 0)
    keep = written & timed & (value > 0) & (value <= high)
    notes = _count(signal, written & (value < 0), "negative value")
    notes += _count(signal, written & (value > high), f"dose above {high:g} {signal_of(signal).dose_unit}")
    notes += _count(signal, written & ~timed, "dose without a duration")
    return _channel(signal, time_s, value, duration, keep=keep, notes=notes)


def main_block(time_s: Float[np.ndarray, " row"]) -> Bool[np.ndarray, " row"]:
    """The rows whose date belongs to the record: the largest block without a gap of `STRAY_S`."""
    keep = np.zeros(len(time_s), dtype=bool)
    known = np.flatnonzero(np.isfinite(time_s))
    if len(known):
        order = known[np.argsort(time_s[known], kind="stable")]
        blocks = np.split(order, np.flatnonzero(np.diff(time_s[order]) > STRAY_S) + 1)
        keep[max(blocks, key=len)] = True
    return keep


def _count(signal: str, chosen: Bool[np.ndarray, " row"], what: str) -> tuple[str, ...]:
    n = int(chosen.sum())
    return (f"{signal}: {n} × {what} left out",) if n else ()


def _channel(
    signal: str,
    time_s: np.ndarray,
    value: np.ndarray,
    duration: np.ndarray | None,
    *,
    keep: np.ndarray,
    notes: tuple[str, ...],
) -> Cleaned:
    chosen = np.flatnonzero(keep)
    if not len(chosen):
        return Cleaned(None, notes)
    backwards = int(np.sum(np.diff(time_s[chosen]) < 0))
    if backwards:
        notes += (f"{signal}: rows put in order of time ({backwards} went back)",)
    chosen = chosen[np.argsort(time_s[chosen], kind="stable")]
    lasting = None if duration is None else duration[chosen]
    return Cleaned(Channel(signal, time_s[chosen], value[chosen], lasting), notes)
