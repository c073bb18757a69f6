"""What is good, fair and bad.

A value is good within 10 % of its reference, or inside its range or within 10 % of the range's nearer end; fair
within 30 %; else bad. These are the bands of Pulse's published tables. Where a range holds zero, the error is a share
of its farther end; a measure may have a scale of its own instead, because 10 % of a pH or of a saturation would
forgive everything.

A range that is a mean and its standard deviation is wide already: it is good inside, fair within 10 % of the nearer
end, else bad.

Where a reference is a change, given as a share of the value before (80 %) or as the change itself (-20 %), the error
is a share of the change, or of what is left of the value where that is less: a fall by 14 % is no fall by 20 %, and
a tenth that is left is not nothing.

A trend must be large enough: by default 5 % of the value before, or what its measure says counts as a change. It is
good from that size on, fair from half of it, and bad below, above all in the wrong direction. "None" is good within
the same size and fair within twice that. A slight trend is a range of 2 to 15 %.

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
    spread: bool = False
    """Whether it is a mean and its standard deviation, which is graded at its ends."""


@dataclasses.dataclass(frozen=True)
class Trend:
    """A direction, and the least change that counts as one (a share of the value before, or in the row's unit)."""

    direction: Direction
    least: float = LEAST


Reference = Exact | Range | Trend
Against = Literal["value", "change", "relative", "share"]


@dataclasses.dataclass(frozen=True)
class Verdict:
    """A grade, the error it was given for (a share) and, where it is not good, why."""

    grade: Grade
    error: float | None
    reason: str = ""


def verdict(ours: float, reference: Reference, scale: float | None = None, against: Against = "value") -> Verdict:
    """The verdict on one value, given in the unit of its reference; for a trend, on a change.

    Args:
        ours: our value.
        reference: what it is compared with.
        scale: what an error is a share of; by the reference if left out.
        against: what value and reference are: a value, a change, or a change by the value before (`relative`: -0.2;
            `share`: 0.8).
    """
    if math.isnan(ours):
        return Verdict("bad", None, "there is no number")
    of = "" if scale else _in_words(against)
    match reference:
        case Exact(value):
            return _banded(abs(ours - value) / (scale or size_of(reference, ours, against)), of=of)
        case Range(spread=spread):
            return _banded(_outside(ours, reference, scale, against), *((0.0, GOOD) if spread else ()), of=of)
        case Trend(direction, least):
            return _trend(ours, direction, least)


def _in_words(against: Against) -> str:
    """What the error of a value is a share of, where that is not the value that is shown (`_size`)."""
    match against:
        case "value":
            return ""
        case "change":
            return " of the change"
        case _:
            return " of the change, or of what is left of the value where that is less"


def _banded(error: float, good: float = GOOD, fair: float = FAIR, of: str = "") -> Verdict:
    if error <= good:
        return Verdict("good", error)
    grade: Grade = "fair" if error <= fair else "bad"
    return Verdict(grade, error if math.isfinite(error) else None, f"off by {_percent(error)}{of}")


def size_of(reference: Exact | Range, ours: float, against: Against) -> float:
    """What an error is a share of: by the value, or by the end of a range that is near ours.

    Where a range holds what means no change, or zero, it is the end that is farther from it.
    """
    if isinstance(reference, Exact):
        return _size(reference.value, against)
    none = _none(against)
    ends = [end for end in (reference.low, reference.high) if math.isfinite(end)]
    if reference.low <= none <= reference.high:
        return _size(max(ends, key=lambda end: abs(end - none)), against)
    return _size(min(ends, key=lambda end: abs(end - ours)), against)


def _none(against: Against) -> float:
    """No change; of a value, zero."""
    return 1.0 if against == "share" else 0.0


def _size(end: float, against: Against) -> float:
    """How large a value or change is; of a change by the value before, also what is left of that value."""
    change = abs(end - _none(against))
    left = {"share": abs(end), "relative": abs(1.0 + end)}.get(against, 0.0)
    return min(size for size in (change, left) if size > 0.0)


def _outside(ours: float, reference: Range, scale: float | None, against: Against) -> float:
    beyond = max(reference.low - ours, ours - reference.high, 0.0)
    return beyond / (scale or size_of(reference, ours, against)) if beyond else 0.0


def _trend(ours: float, direction: Direction, least: float) -> Verdict:
    if direction == "none":
        return _at_most(abs(ours), "changed", least)
    sign = -1.0 if direction.startswith(("down", "slight_down")) else 1.0
    along = sign * ours
    if direction.endswith("_or_none"):
        return _at_most(max(-along, 0.0), "went the wrong way", least)
    if direction.startswith("slight"):
        return _banded(_outside(along, Range(*SLIGHT), None, "relative"))
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
