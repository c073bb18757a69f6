"""Drawings of an acute study: courses of a cohort with events, monitor strips, and differences."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from twinbed.studies.report.figures import svg

_COLOURS = {
    "ecg": "ecg", "arterial_pressure": "pressure", "ppg": "pleth", "carbon_dioxide": "gas", "co2_wave": "gas",
    "central_venous": "venous", "pulmonary": "venous", "airway_pressure": "airway", "airway_flow": "flow",
    "volume": "volume",
}  # fmt: skip
_SECONDS_PER_MINUTE = 60.0


@dataclasses.dataclass(frozen=True)
class Mark:
    """An event on a time axis: its sign, and when it begins and ends in minutes."""

    sign: str
    start: float
    end: float


def course(
    caption: svg.Caption, bands: Sequence[tuple[int, Mapping[str, Any]]], marks: Sequence[Mark], unit: str, time: str
) -> Markup:
    """Medians and bands of the arms over minutes.

    Args:
        caption: for a screen reader.
        bands: number of the arm, and its curves `time_s`, `p05`, `p50`, `p95`.
        marks: events.
        unit: of the values, as people read it.
        time: the name of the unit of time.
    """
    minutes = [t / _SECONDS_PER_MINUTE for t in bands[0][1]["time_s"]]
    values = [v for _, b in bands for name in ("p05", "p95") for v in b[name] if svg.known(v)]
    if not values:
        return Markup("")
    x = svg.Axis(0.0, max(minutes[-1], 0.1), 46.0, 408.0)
    low, high = _room(min(values), max(values))
    y = svg.Axis(low, high, 206.0, 38.0)
    shown = [m for m in marks if m.start < x.high and m.end > 0.0]
    children: list[Markup] = [_event(m, x, row) for m, row in zip(shown, _rows(shown, 0.04 * x.high), strict=True)]
    for tick in svg.ticks(low, high, 5):
        children += [
            svg.line(x.start, y(tick), x.end, y(tick), "grid"),
            svg.text(x.start - 5, y(tick) + 3.5, f"{tick:g}".replace("-", "−"), "tick end"),
        ]
    for tick in svg.ticks(0.0, x.high, 6):
        children.append(svg.text(x(tick), 221.0, f"{tick:g}", "tick middle"))
    children += [svg.text(2, 31, unit, "tick unit"), svg.text(x.end, 234, time, "tick end unit")]
    for number, b in bands:
        path = svg.band(x, y, minutes, b["p05"], b["p95"])
        children.append(svg.element("path", d=path, class_=f"spread arm-{number % 6}"))
    for number, b in bands:
        path = svg.trace(x, y, minutes, b["p50"])
        children.append(svg.element("path", d=path, class_=f"curve arm-{number % 6}"))
    return svg.drawing((414, 238), caption, *children, data_x=x.data(), data_y=y.data())


def _room(low: float, high: float) -> tuple[float, float]:
    size = max(high - low, 1e-3 * max(abs(high), abs(low)), 1e-6)
    return low - 0.04 * size, high + 0.04 * size


def _rows(marks: Sequence[Mark], letter: float) -> list[int]:
    """The first of three rows that is free when an event begins, or the one that is free soonest."""
    free, rows = [-math.inf] * 3, []
    for mark in marks:
        row = next((i for i, end in enumerate(free) if end <= max(mark.start, 0.0)), free.index(min(free)))
        free[row] = max(mark.end, mark.start + letter)
        rows.append(row)
    return rows


def _event(mark: Mark, x: svg.Axis, row_number: int) -> Markup:
    """A letter where the event begins, and a bar as long as it lasts, above the plot."""
    start, end = x.clipped(max(mark.start, 0.0)), x.clipped(mark.end)
    row = 8.0 + 11.0 * row_number
    bar = [svg.box(start + 9.0, row - 5.0, end - start - 9.0, 2.5, class_="event", rx=1.0)] if end - start > 9.5 else []
    edge = svg.line(start, row, start, 206, "event-edge")
    return svg.group([edge, svg.text(start + 1.5, row, mark.sign, "event-name"), *bar])


@dataclasses.dataclass(frozen=True)
class Lane:
    """A row of a strip: what it is called, its unit and its samples."""

    signal: str
    name: str
    unit: str
    values: Sequence[float | None]


def strip(caption: svg.Caption, lanes: Sequence[Lane], period_s: float) -> Markup:
    """Fast signals below each other on a dark screen, as a monitor shows them."""
    height, width = 62.0, 440.0
    children: list[Markup] = [svg.box(0, 0, width, height * len(lanes) + 18, class_="screen", rx=6.0)]
    for i, lane in enumerate(lanes):
        children.append(_lane(lane, i * height, height, width, period_s))
    length = max((len(lane.values) for lane in lanes), default=0) * period_s
    x = svg.Axis(0.0, max(length, period_s), 52.0, width - 8.0)
    bottom = height * len(lanes)
    for tick in svg.ticks(0.0, length, 4):
        children.append(svg.text(min(x(tick), width - 14), bottom + 12, f"{tick:g} s", "lane-scale middle"))
    return svg.drawing((width, bottom + 18), caption, *children)


def _lane(lane: Lane, top: float, height: float, width: float, period_s: float) -> Markup:
    numbers = [v for v in lane.values if svg.known(v)]
    values = [float(v) for v in numbers if v is not None]
    low, high = _room(min(values), max(values)) if values else (0.0, 1.0)
    x = svg.Axis(0.0, max(len(lane.values) - 1, 1) * period_s, 52.0, width - 8.0)
    y = svg.Axis(low, high, top + height - 8.0, top + 19.0)
    if _is_light(lane):
        y = svg.Axis(low, high, y.end, y.start)
    colour = next((c for name, c in _COLOURS.items() if name in lane.signal), "other")
    times = [i * period_s for i in range(len(lane.values))]
    ends = [(max(values), top + 24.0), (min(values), top + height - 6.0)] if values and not _is_light(lane) else []
    return svg.group(
        [
            svg.line(0, top + height, width, top + height, "lane"),
            svg.text(
                8,
                top + 13,
                lane.name if _is_light(lane) else f"{lane.name}  {lane.unit}".strip(),
                f"lane-name {colour}",
            ),
            *(svg.text(47, place, _short(v), "lane-scale end") for v, place in ends),
            svg.element("path", d=svg.trace(x, y, times, lane.values), class_=f"sweep {colour}"),
        ]
    )


def _is_light(lane: Lane) -> bool:
    """Light through a finger is shown upside down and without a scale, as monitors do."""
    return "ppg" in lane.signal


def _short(value: float) -> str:
    return (f"{value:.0f}" if abs(value) >= 10 else f"{value:.3g}").replace("-", "−")


def difference(caption: svg.Caption, interval: Mapping[str, float | None], reach: float, tone: str) -> Markup:
    """An interval on a line whose middle is zero.

    Args:
        caption: for a screen reader.
        interval: value, low and high.
        reach: the largest distance from zero on the line.
        tone: `favours`, `against` or `neither`.
    """
    found = [interval[k] for k in ("low", "value", "high")]
    if not all(svg.known(v) for v in found):
        return Markup("")
    low, value, high = (float(v) for v in found if v is not None)
    span = max(reach, 1e-12) * 1.08
    x = svg.Axis(-span, span, 6.0, 154.0)
    return svg.drawing(
        (160, 20), caption,
        svg.line(x(0), 2, x(0), 18, "zero"),
        svg.line(x.clipped(low), 10, x.clipped(high), 10, f"interval {tone}"),
        svg.element("circle", cx=x.clipped(value), cy=10.0, r=3.6, class_=f"dot-{tone}"),
        class_="strip",
    )  # fmt: skip


def sign(number: int) -> str:
    """A, B, ... for the events of a figure."""
    return chr(ord("A") + number) if number < 26 else str(number + 1)
