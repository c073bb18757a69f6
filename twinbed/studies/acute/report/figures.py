"""Drawings of an acute study: courses of a cohort with events, monitor strips, and differences."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from twinbed.studies.report.figures import svg

_COLOURS = {
    "ecg": "ecg", "arterial_pressure": "pressure", "radial_pressure": "pressure", "ppg": "pleth",
    "carbon_dioxide": "gas", "co2_wave": "gas", "central_venous": "venous", "pulmonary": "venous",
    "airway_pressure": "airway", "airway_flow": "flow", "volume": "volume",
}  # fmt: skip
_SECONDS_PER_MINUTE = 60.0
_LEAST = {
    "%": 5.0, "mm[Hg]": 10.0, "/min": 10.0, "L/min": 1.0, "Cel": 1.0, "cm[H2O]": 5.0, "g/dL": 1.0,
    "mL": 50.0, "mV": 0.5,
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Mark:
    """An event on a time axis: its sign, and when it begins and ends in minutes."""

    sign: str
    start: float
    end: float


@dataclasses.dataclass(frozen=True)
class Shown:
    """How values of a quantity are drawn: its unit as people read it, the smallest span of an axis, what is possible.

    An axis never spans less, so that noise does not look like a course.
    """

    unit: str
    least: float = 0.0
    possible: tuple[float, float] = (-math.inf, math.inf)


def least_span(unit: str) -> float:
    """The smallest span of an axis of that UCUM unit; nothing where only the values can tell."""
    return _LEAST.get(unit, 0.0)


def course(
    caption: svg.Caption, bands: Sequence[tuple[int, Mapping[str, Any]]], marks: Sequence[Mark], shown: Shown, time: str
) -> Markup:
    """Medians of the arms over minutes, with every patient where curves of patients are given, else with a band.

    Args:
        caption: for a screen reader.
        bands: number of the arm, and its curves `time_s`, `p05`, `p50`, `p95` and perhaps `each`.
        marks: events, dotted where they begin.
        shown: how the values are drawn.
        time: the name of the unit of time.
    """
    minutes = [t / _SECONDS_PER_MINUTE for t in bands[0][1]["time_s"]]
    curves = [c for _, b in bands for c in (b["p50"], *(b.get("each") or (b["p05"], b["p95"])))]
    values = [float(v) for c in curves for v in c if v is not None and svg.known(v)]
    if not values:
        return Markup("")
    x = _minutes(1.5 * minutes[-1] - 0.5 * minutes[-2] if len(minutes) > 1 else 0.0)
    low, high = _room(min(values), max(values), shown)
    y = svg.Axis(low, high, 182.0, 14.0)
    starts = dict.fromkeys(m.start for m in marks if 0.0 <= m.start < x.high)
    children: list[Markup] = [svg.line(x(s), y.start, x(s), y.end, "event-edge") for s in starts]
    for tick in svg.ticks(low, high, 5):
        children += [
            svg.line(x.start, y(tick), x.end, y(tick), "grid"),
            svg.text(x.start - 5, y(tick) + 3.5, _plain(tick), "tick end"),
        ]
    children += [*_time_ticks(x, 197.0), svg.text(2, 7, shown.unit, "tick unit")]
    children.append(svg.text(x.end, 210, time, "tick end unit"))
    for number, b in bands:
        children += _spread(x, y, minutes, b, f"arm-{number % 6}")
    for number, b in bands:
        path = svg.trace(x, y, minutes, b["p50"])
        children.append(svg.element("path", d=path, class_=f"curve arm-{number % 6}"))
    return svg.drawing((414, 214), caption, *children, data_x=x.data(), data_y=y.data())


def _spread(x: svg.Axis, y: svg.Axis, minutes: Sequence[float], band: Mapping[str, Any], arm: str) -> list[Markup]:
    if band.get("each"):
        return [svg.element("path", d=svg.trace(x, y, minutes, c), class_=f"curve single {arm}") for c in band["each"]]
    return [svg.element("path", d=svg.band(x, y, minutes, band["p05"], band["p95"]), class_=f"spread {arm}")]


def _minutes(last: float) -> svg.Axis:
    return svg.Axis(0.0, max(last, 0.1), 46.0, 408.0)


def _time_ticks(x: svg.Axis, height: float) -> list[Markup]:
    return [svg.text(x(tick), height, f"{tick:g}", "tick middle") for tick in svg.ticks(0.0, x.high, 6)]


def _plain(tick: float) -> str:
    return f"{tick:g}".replace("-", "−")


def _room(low: float, high: float, shown: Shown) -> tuple[float, float]:
    """An axis around values: at least as much as is sensible, and not beyond what is possible."""
    size = max(high - low, shown.least, 0.02 * max(abs(high), abs(low)), 1e-6)
    if size > high - low:
        middle = 0.5 * (low + high)
        low = max(middle - 0.5 * size, min(shown.possible[0], low))
        high = min(low + size, max(shown.possible[1], high))
        low = min(low, max(high - size, shown.possible[0]))
    return low - 0.04 * size, high + 0.04 * size


def timeline(caption: svg.Caption, marks: Sequence[Mark], last: float, time: str) -> Markup:
    """When events begin and how long they last: a letter and a bar each, in a row of its own.

    Args:
        caption: for a screen reader.
        marks: events.
        last: the end of the time axis, in minutes.
        time: the name of the unit of time.
    """
    x, row = _minutes(last), 15.0
    bottom = 4.0 + row * len(marks)
    children: list[Markup] = []
    for tick in svg.ticks(0.0, x.high, 6):
        children.append(svg.line(x(tick), 2, x(tick), bottom, "grid"))
    for i, mark in enumerate(marks):
        middle = 4.0 + row * (i + 0.5)
        start, end = x.clipped(mark.start), x.clipped(mark.end)
        children.append(svg.text(x.start - 12, middle + 4, mark.sign, "event-name end"))
        children.append(svg.box(start, middle - 3.0, max(end - start, 3.0), 6.0, class_="event", rx=1.5))
    children += [*_time_ticks(x, bottom + 14), svg.text(x.end, bottom + 27, time, "tick end unit")]
    return svg.drawing((414, bottom + 31), caption, *children, data_x=x.data())


@dataclasses.dataclass(frozen=True)
class Lane:
    """A row of a strip: what it is called, its unit, its samples, and what its scale must hold if not only they."""

    signal: str
    name: str
    shown: Shown
    values: Sequence[float | None]
    holds: tuple[float, float] | None = None


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
    values = [float(v) for v in lane.values if v is not None and svg.known(v)]
    ends = [*values, *(lane.holds or ())]
    low, high = _room(min(ends), max(ends), lane.shown) if values else (0.0, 1.0)
    x = svg.Axis(0.0, max(len(lane.values) - 1, 1) * period_s, 52.0, width - 8.0)
    y = svg.Axis(low, high, top + height - 8.0, top + 20.0)
    if is_light(lane.signal):
        y = svg.Axis(low, high, y.end, y.start)
    colour = next((c for name, c in _COLOURS.items() if name in lane.signal), "other")
    times = [i * period_s for i in range(len(lane.values))]
    ticks = _scale(lane, ends, low, high) if values and not is_light(lane.signal) else []
    name = f"{lane.name}  {lane.shown.unit}".strip()
    return svg.group(
        [
            svg.line(0, top + height, width, top + height, "lane"),
            svg.text(8, top + 13, name, f"lane-name {colour}"),
            *(svg.text(45, y(v) + 3.5, _plain(v), "lane-scale end") for v in ticks),
            *(svg.line(48, y(v), x.end, y(v), "lane") for v in ticks),
            svg.element("path", d=svg.trace(x, y, times, lane.values), class_=f"sweep {colour}"),
        ]
    )


def _scale(lane: Lane, values: Sequence[float], low: float, high: float) -> list[float]:
    """The round numbers that are written beside a row: the lowest and the highest, or the nearest of a flat curve."""
    ticks = next((found for n in (3, 5, 7) if len(found := svg.ticks(low, high, n)) > 1), svg.ticks(low, high, 9))
    if max(values) - min(values) < 0.1 * lane.shown.least:
        return [min(ticks, key=lambda t: abs(t - values[0]))]
    return [ticks[0], ticks[-1]]


def is_light(signal: str) -> bool:
    """Light through a finger is shown upside down and without a scale, as monitors do."""
    return "ppg" in signal


def difference(caption: svg.Caption, interval: Mapping[str, float | None], reach: float, tone: str) -> Markup:
    """An interval above an axis whose middle is zero.

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
    x = svg.Axis(-span, span, 14.0, 146.0)
    end = next(found[-1] for n in (2, 3, 5, 9) if len(found := svg.ticks(0.0, span, n)) > 1)
    return svg.drawing(
        (160, 32), caption,
        svg.line(x.start, 18, x.end, 18, "axis"),
        svg.line(x(0), 2, x(0), 18, "zero"),
        *(svg.text(x(t), 28, _plain(t), "tick middle") for t in (-end, 0.0, end)),
        svg.line(x.clipped(low), 10, x.clipped(high), 10, f"interval {tone}"),
        svg.element("circle", cx=x.clipped(value), cy=10.0, r=3.6, class_=f"dot-{tone}"),
        class_="strip",
    )  # fmt: skip


def sign(number: int) -> str:
    """A, B, ... for the events of a figure."""
    return chr(ord("A") + number) if number < 26 else str(number + 1)
