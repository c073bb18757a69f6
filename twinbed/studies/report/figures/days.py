"""Days of single people: what the sensor read, what the twin says, what was eaten and injected."""

import dataclasses

from markupsafe import Markup

from twinbed.studies.report.figures import svg
from twinbed.studies.report.figures.agp import bounds
from twinbed.studies.report.schema import Example, Mark, Sample, WhatIf
from twinbed.studies.report.text import Words

_WIDTH, _PLOT = 380.0, 188.0
_EVENTS = 52.0


@dataclasses.dataclass(frozen=True)
class _Panel:
    """The two axes of a day and where its strip of events begins."""

    x: svg.Axis
    y: svg.Axis
    events: float
    height: float

    def frame(self, words: Words) -> Markup:
        glucose = svg.glucose_axis(self.x, self.y, words.unit("mg/dL"))
        return svg.group([glucose, svg.day_axis(self.x, self.y.end, self.height - 18.0)])

    def curve(self, times: list[float], values: svg.Values, name: str) -> Markup:
        path = svg.trace(self.x, self.y, times, values)
        return svg.element("path", d=path, class_=f"curve {name}", data_series=name)

    def band(self, times: list[float], lower: svg.Values, upper: svg.Values) -> Markup:
        seen = [max(v, self.y.low) if v is not None else None for v in lower]
        path = svg.band(self.x, self.y, times, seen, upper)
        return svg.element("path", d=path, class_="band", data_series="band")


def _panel(times: list[float], ends: tuple[float, float], events: float) -> _Panel:
    first, last = min(times), max(times)
    whole = 0 <= first and last <= 24
    begin, end = (0.0, 24.0) if whole else (first, round(last))
    x = svg.Axis(begin, end, 36.0, _WIDTH - 12.0)
    return _Panel(x, svg.Axis(*ends, _PLOT, 12.0), _PLOT + 4.0, _PLOT + events + 18.0)


def example(day: Example, caption: svg.Caption, words: Words) -> Markup:
    """Sensor readings as dots over the twin's median and 90 % band, events below."""
    lines = [(name, line) for name in ("fitted", "predicted") if (line := day.get(name))]
    values = [*day.get("measured", []), *(v for _, line in lines for v in line), *day.get("upper", [])]
    panel = _panel(day["time_h"], bounds(values), _EVENTS)
    t, parts = day["time_h"], [panel.frame(words)]
    lower, upper = day.get("lower"), day.get("upper")
    if lower and upper:
        parts.append(panel.band(t, lower, upper))
    for name, line in lines:
        parts.append(panel.curve(t, line, name))
    if measured := day.get("measured"):
        readings = svg.dots(panel.x, panel.y, t, measured)
        parts.append(svg.element("path", d=readings, class_="reading", data_series="measured"))
    parts.append(_events(day, panel, words))
    axes = {"data_x": panel.x.data(), "data_y": panel.y.data()}
    return svg.drawing((_WIDTH, panel.height), caption, *parts, **axes)


def what_if(day: WhatIf, caption: svg.Caption, words: Words) -> Markup:
    """The twin's day as it was and with the change, with the band of the change."""
    values = [*day.get("factual", []), *day.get("counterfactual", []), *day.get("upper", [])]
    panel = _panel(day["time_h"], bounds(values), 0.0)
    t, parts = day["time_h"], [panel.frame(words)]
    lower, upper = day.get("lower"), day.get("upper")
    if lower and upper:
        parts.append(panel.band(t, lower, upper))
    for name in ("factual", "counterfactual"):
        if curve := day.get(name):
            parts.append(panel.curve(t, curve, name))
    axes = {"data_x": panel.x.data(), "data_y": panel.y.data()}
    return svg.drawing((_WIDTH, panel.height), caption, *parts, class_="what-if", **axes)


def in_arms(sample: Sample, names: list[str], caption: svg.Caption, words: Words) -> Markup:
    """Days of one virtual patient, a curve an arm; the place of an arm in `names` is its colour."""
    curves, t = sample["glucose"], sample["time_h"]
    panel = _panel(t, bounds(v for curve in curves.values() for v in curve), 0.0)
    lines = [
        svg.element(
            "path",
            d=svg.trace(panel.x, panel.y, t, curves[name]),
            class_=f"curve arm-{i}",
            data_series=name,
        )
        for i, name in enumerate(names)
        if name in curves
    ]
    axes = {"data_x": panel.x.data(), "data_y": panel.y.data()}
    return svg.drawing((_WIDTH, panel.height), caption, panel.frame(words), *lines, **axes)


def _events(day: Example, panel: _Panel, words: Words) -> Markup:
    """Meals in grams on one line, boluses in units on another."""
    rows = (("meals", "g"), ("boluses", "[IU]"))
    marks = (
        _row(day.get(kind, []), panel, panel.events + 22 * i, kind, words.unit(unit))
        for i, (kind, unit) in enumerate(rows)
    )
    return svg.group(marks)


def _row(events: list[Mark], panel: _Panel, top: float, kind: str, unit: str) -> Markup:
    """One kind of event: a mark each, its amount beside it where there is room."""
    x = panel.x
    parts = [svg.text(x.start - 5, top + 14, unit, "tick end")]
    free = x.start
    for event in sorted(events, key=lambda e: e["time_h"]):
        if not x.low <= event["time_h"] <= x.high:
            continue
        place, label = x(event["time_h"]), svg.plain(round(event["amount"], 1))
        parts.append(_mark(place, top + 10, kind, event))
        width = 6.2 * len(label) + 9
        if place + 7 >= free and place + width <= x.end + 10:
            parts.append(svg.text(place + 6, top + 14, label, "tick"))
            free = place + width + 6
    return svg.group(parts, class_=kind)


def _mark(place: float, middle: float, kind: str, event: Mark) -> Markup:
    shapes = {"meals": "m-4.5 3.8h9l-4.5 -7.6z", "boluses": "m0 4.6l3.6 -4.6l-3.6 -4.6l-3.6 4.6z"}
    return svg.element(
        "path",
        d=f"M{svg.plain(place)} {svg.plain(middle)}{shapes[kind]}",
        data_time=repr(float(event["time_h"])),
        data_amount=repr(float(event["amount"])),
    )
