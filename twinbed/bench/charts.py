"""Charts as data: what a protocol wants to be seen, kept in the log and drawn by the report.

Chart("Error against level", "dots below the line are too low", "reference, °C", "error, °C",
      [Points(x, y), Level(0.3, "limit", "bad")])
"""

import dataclasses
import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from twinbed.core.errors import ReadError

Tone = Literal["plain", "accent", "good", "bad", "soft", "second"]
"""`accent` the device, `plain` the reference, `second` another device or subgroup, `good` and `bad` a verdict."""
Numbers = Sequence[float] | np.ndarray


@dataclasses.dataclass(frozen=True)
class Points:
    """Separate points, such as pairs or beats."""

    x: Numbers
    y: Numbers
    tone: Tone = "accent"
    label: str = ""


@dataclasses.dataclass(frozen=True)
class Curve:
    """A line through points in order; NaN breaks it."""

    x: Numbers
    y: Numbers
    tone: Tone = "accent"
    label: str = ""


@dataclasses.dataclass(frozen=True)
class Area:
    """The area between two curves, such as a tolerance."""

    x: Numbers
    low: Numbers
    high: Numbers
    tone: Tone = "soft"
    label: str = ""


@dataclasses.dataclass(frozen=True)
class Zone:
    """A polygon behind the marks, such as a zone of an error grid; `grade` 0 is the best, 4 the worst."""

    x: Numbers
    y: Numbers
    grade: int
    label: str = ""


@dataclasses.dataclass(frozen=True)
class Level:
    """A line over the whole width at a value, such as a limit or a bias."""

    y: float
    label: str = ""
    tone: Tone = "plain"


@dataclasses.dataclass(frozen=True)
class Moment:
    """A line over the whole height with its name beside it, such as the beginning of an event."""

    x: float
    label: str = ""
    tone: Tone = "plain"


@dataclasses.dataclass(frozen=True)
class Moments:
    """Lines over the whole height that the legend names, such as missed beats.

    Those of what is missed (`bad`) have a triangle at the foot, those of what is false (`second`) a cross, and the
    dashes differ.
    """

    x: Numbers
    tone: Tone = "plain"
    label: str = ""


Mark = Points | Curve | Area | Zone | Level | Moment | Moments


@dataclasses.dataclass(frozen=True)
class Chart:
    """Marks over two axes, drawn in their order.

    Attributes:
        title: what it shows.
        says: what to look for, one sentence.
        x: name and unit of the horizontal axis.
        y: name and unit of the vertical axis.
        marks: what is drawn.
        x_range: ends of the axis; those of the marks if left out.
        y_range: ends of the axis; those of the marks if left out.
        logarithmic: whether the horizontal axis is.
        y_names: names that stand at values of the vertical axis in place of numbers, such as priorities.
    """

    title: str
    says: str
    x: str
    y: str
    marks: Sequence[Mark]
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None
    logarithmic: bool = False
    y_names: Sequence[tuple[float, str]] = ()


_ROOM = 0.025


def with_room(figure: Chart, ends: tuple[float, float]) -> tuple[float, float]:
    """Ends of an axis a little beyond those given, so that points at its ends lie whole within the frame.

    Zones, which reach to the frame, keep theirs.
    """
    kinds = {type(mark) for mark in figure.marks}
    room = _ROOM * (ends[1] - ends[0]) if Points in kinds and Zone not in kinds else 0.0
    return ends[0] - room, ends[1] + room


@dataclasses.dataclass(frozen=True)
class Matrix:
    """Counts by row (the truth) and column (the device), such as a confusion matrix."""

    title: str
    says: str
    rows: Sequence[str]
    columns: Sequence[str]
    counts: Any
    """[row, column], whole numbers."""


@dataclasses.dataclass(frozen=True)
class Listing:
    """A small table, such as record by record results; the first column names the row."""

    title: str
    says: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str | float | None]]


Figure = Chart | Matrix | Listing

_FIGURES = {kind.__name__: kind for kind in (Chart, Matrix, Listing)}
_MARKS = {kind.__name__: kind for kind in (Points, Curve, Area, Zone, Level, Moment, Moments)}


def as_data(figure: Figure) -> dict[str, Any]:
    """A figure as names and values that JSON can hold."""
    out = {"kind": type(figure).__name__, **dataclasses.asdict(figure)}
    if isinstance(figure, Chart):
        out["marks"] = [{"kind": type(mark).__name__, **dataclasses.asdict(mark)} for mark in figure.marks]
    return out


def _mark(data: dict[str, Any]) -> Mark:
    data = {name: _numbers(value) if isinstance(value, list) else value for name, value in data.items()}
    return _MARKS[data.pop("kind")](**data)


def _numbers(values: list[float | None]) -> list[float]:
    """JSON has no NaN, which breaks a curve: it is written as nothing."""
    return [math.nan if value is None else value for value in values]


def _placed(data: dict[str, Any]) -> bool:
    """Whether a mark stands somewhere; a level or moment of an answer that did not come has no place."""
    return data.get("x", 0.0) is not None and data.get("y", 0.0) is not None


def from_data(data: dict[str, Any]) -> Figure:
    """The figure that `as_data` wrote.

    Raises:
        ReadError: it is none.
    """
    try:
        data = dict(data)
        kind = _FIGURES[data.pop("kind")]
        if kind is Chart:
            data["marks"] = [_mark(mark) for mark in data["marks"] if _placed(mark)]
            for ends in ("x_range", "y_range"):
                data[ends] = None if data[ends] is None or None in data[ends] else tuple(data[ends])
            data["y_names"] = [(value, name) for value, name in data.get("y_names", ())]
        return kind(**data)
    except (KeyError, TypeError) as error:
        raise ReadError("figures.json", f"no figure of the bench ({error})") from None
