"""What is good, fair and bad.

A value is good within 10 % of its reference, or inside its range or within 10 % of the range's nearer end; fair
within 30 %; else bad. These are the bands of Pulse's published tables. Where a range holds zero, the error is a share
of its farther end; a measure may have a scale of its own instead, because 10 % of a pH or of a saturation would
forgive everything.

A trend must be large enough: by default 5 % of the value before. It is good from that size on, fair from half of it,
and bad below, above all in the wrong direction. "None" is good within 5 % and fair within 10 %. A slight trend is a
range of 2 to 15 %.

**References:**

- Pulse Physiology Engine, validation methodology (Kitware)
"""

import dataclasses
import math
from typing import Literal

GOOD, FAIR = 0.10, 0.30
LEAST = 0.05
UNCHANGED, NEARLY_UNCHANGED = 0.05, 0.10
SLIGHT = (0.02, 0.15)

Grade = Literal["good", "fair", "bad", "not expressed"]
Direction = Literal["up", "down", "none", "up_or_none", "down_or_none", "slight_up", "slight_down"]
DIRECTIONS: tuple[Direction, ...] = ("up", "down", "none", "up_or_none", "down_or_none", "slight_up", "slight_down")


@dataclasses.dataclass(frozen=True)
class Exact:
    """A single value, in the row's unit."""

    value: float


@dataclasses.dataclass(frozen=True)
class Range:
    """A range, in the row's unit; an end may be open."""

    low: float = -math.inf
    high: float = math.inf


@dataclasses.dataclass(frozen=True)
class Trend:
    """A direction, and the least change that counts as one (a share of the value before, or in the row's unit)."""

    direction: Direction
    least: float = LEAST


Reference = Exact | Range | Trend


@dataclasses.dataclass(frozen=True)
class Verdict:
    """A grade, the error it was given for (a share) and, where it is not good, why."""

    grade: Grade
    error: float | None
    reason: str = ""


def verdict(ours: float, reference: Reference, scale: float | None = None) -> Verdict:
    """The verdict on one value, given in the unit of its reference; for a trend, on a change.

    Args:
        ours: our value.
        reference: what it is compared with.
        scale: what an error is a share of; the reference if left out.
    """
    if math.isnan(ours):
        return Verdict("bad", None, "there is no number")
    match reference:
        case Exact(value):
            return _banded(abs(ours - value) / (scale or abs(value)))
        case Range(low, high):
            return _banded(_outside(ours, low, high, scale))
        case Trend(direction, least):
            return _trend(ours, direction, least)


def _banded(error: float) -> Verdict:
    if error <= GOOD:
        return Verdict("good", error)
    grade: Grade = "fair" if error <= FAIR else "bad"
    return Verdict(grade, error if math.isfinite(error) else None, "off by " + _percent(error))


def _outside(ours: float, low: float, high: float, scale: float | None = None) -> float:
    if low <= ours <= high:
        return 0.0
    near = low if ours < low else high
    spans_zero = low <= 0.0 <= high
    own = max(abs(end) for end in (low, high) if math.isfinite(end)) if spans_zero else abs(near)
    return abs(ours - near) / (scale or own)


def _trend(ours: float, direction: Direction, least: float) -> Verdict:
    if direction == "none":
        return _at_most(abs(ours), "changed", least)
    sign = -1.0 if direction.startswith(("down", "slight_down")) else 1.0
    along = sign * ours
    if direction.endswith("_or_none"):
        return _at_most(max(-along, 0.0), "went the wrong way", least)
    if direction.startswith("slight"):
        return _banded(_outside(along, *SLIGHT))
    error = max(1.0 - along / least, 0.0)
    if along >= least:
        return Verdict("good", 0.0)
    if along >= 0.5 * least:
        return Verdict("fair", error, "the change is smaller than asked for")
    return Verdict("bad", error, "the wrong direction" if along < 0.0 else "hardly any change")


def _at_most(change: float, what: str, least: float) -> Verdict:
    """For no change: the size of a trend is what still counts as none, twice that is fair."""
    if change <= least:
        return Verdict("good", change)
    fair = change <= least * NEARLY_UNCHANGED / UNCHANGED
    return Verdict("fair" if fair else "bad", change, what)


def _percent(error: float) -> str:
    return f"{100 * error:.0f} %" if math.isfinite(error) else "more than can be said"
