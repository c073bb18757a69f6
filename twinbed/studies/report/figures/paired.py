"""One endpoint of every patient in two arms, on the line of no difference or off it."""

import math
from collections.abc import Sequence

from markupsafe import Markup

from twinbed.studies.report.figures import svg

_SIZE = (320.0, 312.0)


def draw(values: tuple[svg.Values, svg.Values], axes: Sequence[str], caption: svg.Caption) -> Markup:
    """A dot a patient: the reference arm across, the other arm up."""
    every = [v for side in values for v in side if v is not None and math.isfinite(v)] or [0.0, 1.0]
    low, high = min(every), max(every)
    pad = 0.05 * (high - low) or 1.0
    width, height = _SIZE
    x = svg.Axis(low - pad, high + pad, 46.0, width - 8.0)
    y = svg.Axis(low - pad, high + pad, height - 40.0, 8.0)
    path = svg.dots(x, y, *values)
    marks = [
        svg.box(x.start, y.end, x.end - x.start, y.start - y.end, class_="frame"),
        svg.line(x.start, y.start, x.end, y.end, "zero"),
        svg.element("path", d=path, class_="point accent", data_n=path.count("M")),
    ]
    for value in svg.ticks(x.low, x.high, 5):
        marks.append(svg.text(x(value), y.start + 14, f"{value:g}", "tick middle"))
        marks.append(svg.text(x.start - 5, y(value) + 3.5, f"{value:g}", "tick end"))
    middle = (y.start + y.end) / 2
    marks.append(svg.text((x.start + x.end) / 2, y.start + 31, axes[0], "label middle"))
    turn = f"translate(11 {svg.plain(middle)}) rotate(-90)"
    marks.append(svg.element("text", axes[1], transform=turn, class_="label middle"))
    return svg.drawing(_SIZE, caption, *marks, data_x=x.data(), data_y=y.data())
