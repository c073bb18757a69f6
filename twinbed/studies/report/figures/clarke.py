"""The Clarke error grid.

**References:**

- Clarke et al. (1987), Diabetes Care 10(5):622-628, doi:10.2337/diacare.10.5.622
"""

from markupsafe import Markup

from twinbed.studies.report.figures import svg
from twinbed.studies.report.text import Words

_SIZE = (380.0, 372.0)
_TOP = 400.0
_DRAWN_AT_MOST = 2000

_THIRD = 175.0 / 3.0
_LINES = (
    ((0.0, 70.0), (_THIRD, 70.0), (_TOP / 1.2, _TOP)),
    ((70.0, 84.0), (70.0, _TOP)),
    ((0.0, 180.0), (70.0, 180.0), (290.0, _TOP)),
    ((70.0, 0.0), (70.0, 56.0), (_TOP, 320.0)),
    ((180.0, 0.0), (180.0, 70.0), (_TOP, 70.0)),
    ((240.0, 70.0), (240.0, 180.0), (_TOP, 180.0)),
    ((130.0, 0.0), (180.0, 70.0)),
)
"""Borders of the zones, mg/dL, (measured, predicted)."""

_ZONE_A = (
    (0.0, 0.0), (0.0, 70.0), (_THIRD, 70.0), (_TOP / 1.2, _TOP), (_TOP, _TOP), (_TOP, 320.0), (70.0, 56.0),
    (70.0, 0.0),
)  # fmt: skip
_ZONES_D = (
    ((0.0, 70.0), (0.0, 180.0), (70.0, 180.0), (70.0, 84.0), (_THIRD, 70.0)),
    ((240.0, 70.0), (240.0, 180.0), (_TOP, 180.0), (_TOP, 70.0)),
)
_ZONES_C = (((70.0, 180.0), (70.0, _TOP), (290.0, _TOP)), ((130.0, 0.0), (180.0, 70.0), (180.0, 0.0)))
_ZONES_E = (
    ((0.0, 180.0), (70.0, 180.0), (70.0, _TOP), (0.0, _TOP)),
    ((180.0, 0.0), (180.0, 70.0), (_TOP, 70.0), (_TOP, 0.0)),
)
ZONES_DRAWN = {"A": (_ZONE_A,), "C": _ZONES_C, "D": _ZONES_D, "E": _ZONES_E}
"""The polygons of the zones, (measured, predicted) in mg/dL; B is the rest of the square, A lies above the others."""
_LETTERS = (
    ("A", 352.0, 372.0), ("B", 286.0, 372.0), ("B", 372.0, 230.0), ("C", 150.0, 372.0), ("C", 166.0, 18.0),
    ("D", 20.0, 125.0), ("D", 372.0, 125.0), ("E", 30.0, 372.0), ("E", 372.0, 35.0),
)  # fmt: skip


def drawn(pairs: list[list[float]]) -> list[list[float]]:
    """The pairs that are drawn: all, or evenly spaced ones where there are too many to see."""
    every = -(-len(pairs) // _DRAWN_AT_MOST) or 1
    return pairs[::every]


def draw(pairs: list[list[float]], caption: svg.Caption, words: Words) -> Markup:
    """Predicted against measured glucose over the five zones; values past 400 stand at the edge."""
    width, height = _SIZE
    x = svg.Axis(0.0, _TOP, 44.0, width - 10.0)
    y = svg.Axis(0.0, _TOP, height - 40.0, 8.0)
    zones = [_area(x, y, (((0.0, 0.0), (0.0, _TOP), (_TOP, _TOP), (_TOP, 0.0)),), "zone-b")]
    zones += [_area(x, y, _ZONES_C, "zone-c"), _area(x, y, _ZONES_D, "zone-d")]
    zones += [_area(x, y, _ZONES_E, "zone-e"), _area(x, y, (_ZONE_A,), "zone-a")]
    borders = "".join("M" + "L".join(_at(x, y, point) for point in line) for line in _LINES)
    shown = drawn(pairs)
    measured, predicted = ([min(max(pair[i], 0.0), _TOP) for pair in shown] for i in (0, 1))
    points = svg.dots(x, y, measured, predicted)
    letters = (svg.text(x(a), y(b) + 5, name, "zone-name middle") for name, a, b in _LETTERS)
    return svg.drawing(
        _SIZE,
        caption,
        *zones,
        svg.element("path", d=borders, class_="zone-border"),
        svg.element("path", d=points, class_="point", data_n=len(shown)),
        *letters,
        _frame(x, y, words),
        data_x=x.data(),
        data_y=y.data(),
    )


def _at(x: svg.Axis, y: svg.Axis, point: tuple[float, float]) -> str:
    return f"{svg.plain(x(point[0]))} {svg.plain(y(point[1]))}"


def _area(x: svg.Axis, y: svg.Axis, zones: tuple[tuple[tuple[float, float], ...], ...], class_: str) -> Markup:
    outline = "".join("M" + "L".join(_at(x, y, point) for point in zone) + "Z" for zone in zones)
    return svg.element("path", d=outline, class_=class_)


def _frame(x: svg.Axis, y: svg.Axis, words: Words) -> Markup:
    """The border, ticks every 100 mg/dL and what the axes are."""
    marks = [svg.box(x.start, y.end, x.end - x.start, y.start - y.end, class_="frame")]
    for value in (0.0, 100.0, 200.0, 300.0, 400.0):
        marks.append(svg.text(x(value), y.start + 14, f"{value:.0f}", "tick middle"))
        marks.append(svg.text(x.start - 5, y(value) + 3.5, f"{value:.0f}", "tick end"))
    unit = words.unit("mg/dL")
    marks.append(svg.text((x.start + x.end) / 2, y.start + 31, words("clarke.measured", unit=unit), "label middle"))
    middle = (y.start + y.end) / 2
    turned = svg.element(
        "text",
        words("clarke.predicted", unit=unit),
        transform=f"translate(11 {svg.plain(middle)}) rotate(-90)",
        class_="label middle",
    )
    return svg.group([*marks, turned])
