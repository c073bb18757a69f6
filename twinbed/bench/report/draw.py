"""Charts of the bench as SVG, styled by the page."""

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from markupsafe import Markup

from twinbed.bench.charts import Area, Chart, Curve, Level, Mark, Matrix, Moment, Moments, Points, Zone, with_room
from twinbed.studies.report.figures import svg

_SIZE = (440.0, 300.0)
_LEFT, _RIGHT, _TOP, _BOTTOM = 50.0, 12.0, 12.0, 42.0
WIDE = 900.0
"""Width of a picture over the whole page."""
_LETTER, _FULL_WIDTH = 6.6, 11.0
"""Width of a letter of a tick, Latin and Korean."""
_LINE = 15.0
"""Between names that stand below each other."""
_DRAWN_AT_MOST = 4000
_ROOM = 0.05
_FOOT = 4.5
"""Half of the width of what stands at the foot of a line."""
_CELL = 34.0


def chart(figure: Chart, key: str, say: Callable[[str], str], width: float = _SIZE[0]) -> Markup:
    """A chart with its axes; `say` translates its texts."""
    x, y = _axes(figure, width, say)
    transform = _logarithm if figure.logarithmic else _same
    caption = svg.Caption(key, say(figure.title), say(figure.says))
    order = [m for kind in (Zone, Area) for m in figure.marks if isinstance(m, kind)]
    order += [m for m in figure.marks if not isinstance(m, Zone | Area)]
    clip = f"{key}-clip"
    inside = svg.box(x.start - 3.0, y.end - 3.0, x.end - x.start + 6.0, y.start - y.end + 6.0)
    return svg.drawing(
        (width, _SIZE[1]),
        caption,
        svg.element("clipPath", inside, id=clip),
        svg.group(_grid(figure, x, y, say)),
        svg.group((_mark(mark, x, y, transform, say) for mark in order), clip_path=f"url(#{clip})"),
        svg.group(_names(order, x, y, transform, say)),
        svg.text((x.start + x.end) / 2, _SIZE[1] - 6.0, say(figure.x), "label middle"),
        svg.element(
            "text", say(figure.y), class_="label middle",
            transform=f"translate(14 {svg.plain((y.start + y.end) / 2)}) rotate(-90)",
        ),
        class_="bench-chart",
    )  # fmt: skip


def labels(figure: Chart) -> list[tuple[str, str]]:
    """(class of the swatch, what it stands for) of the marks that have a name, without recurrences."""
    kinds = {Points: "dot", Curve: "line", Area: "area", Moments: "moment"}
    named = (m for m in figure.marks if isinstance(m, Points | Curve | Area | Moments) and m.label)
    shown = (m for m in named if len(m.x))
    return list(dict.fromkeys((f"swatch-{kinds[type(m)]} tone-{m.tone}", m.label) for m in shown))


def _same(values: Iterable[float]) -> list[float]:
    return [float(v) for v in values]


def _logarithm(values: Iterable[float]) -> list[float]:
    return [math.log10(v) if v > 0 else math.nan for v in _same(values)]


def _axes(figure: Chart, width: float, say: Callable[[str], str]) -> tuple[svg.Axis, svg.Axis]:
    across: list[float] = []
    up: list[float] = []
    for mark in figure.marks:
        match mark:
            case Area(x=x, low=low, high=high):
                across += [*x]
                up += [*low, *high]
            case Level(y=y):
                up.append(y)
            case Moment(x=x):
                across.append(x)
            case Moments(x=x):
                across += [*x]
            case Points(x=x, y=y) | Curve(x=x, y=y) | Zone(x=x, y=y):
                across += [*x]
                up += [*y]
    low, high = figure.x_range or _ends(across, room=0.0)
    if figure.logarithmic:
        low, high = (math.log10(max(v, 1e-12)) for v in (low, high))
    low, high = with_room(figure, (low, high))
    bottom, top = with_room(figure, figure.y_range) if figure.y_range else _ends(up, room=_ROOM)
    up_axis = svg.Axis(bottom, top, _SIZE[1] - _BOTTOM, _TOP)
    ticks = max((_length(name) for _, name in _up(figure, up_axis, say)), default=0.0)
    return svg.Axis(low, high, max(_LEFT, 26.0 + ticks), width - _RIGHT), up_axis


def _length(text: str) -> float:
    return sum(_FULL_WIDTH if letter > "\u1100" else _LETTER for letter in text)


def _up(figure: Chart, y: svg.Axis, say: Callable[[str], str]) -> list[tuple[float, str]]:
    """Ticks of the vertical axis with what stands there."""
    if figure.y_names:
        return [(float(value), say(name)) for value, name in figure.y_names]
    return [(value, _tick(value)) for value in svg.ticks(y.low, y.high, 5)]


def _ends(values: list[float], room: float) -> tuple[float, float]:
    known = np.array(values, float)
    known = known[np.isfinite(known)]
    if not known.size:
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    if low == high:
        return low - 0.5, high + 0.5
    return low - room * (high - low), high + room * (high - low)


def _grid(figure: Chart, x: svg.Axis, y: svg.Axis, say: Callable[[str], str]) -> Iterable[Markup]:
    for value, name in _up(figure, y, say):
        yield svg.line(x.start, y(value), x.end, y(value), "grid")
        yield svg.text(x.start - 5, y(value) + 3.5, name, "tick end")
    for value in _across(figure, x):
        place = x(math.log10(value)) if figure.logarithmic else x(value)
        yield svg.line(place, y.start, place, y.start + 4, "axis")
        yield svg.text(place, y.start + 16, _tick(value), "tick middle")
    yield svg.line(x.start, y.start, x.end, y.start, "axis")


def _across(figure: Chart, x: svg.Axis) -> list[float]:
    if not figure.logarithmic:
        return svg.ticks(x.low, x.high, 10 if x.end > 0.7 * WIDE else 6)
    steps = (1.0, 2.0, 5.0) if x.high - x.low < 2.5 else (1.0,)
    powers = range(math.floor(x.low), math.ceil(x.high) + 1)
    return [s * 10.0**p for p in powers for s in steps if x.low - 1e-9 <= math.log10(s * 10.0**p) <= x.high + 1e-9]


def _tick(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def _mark(mark: Mark, x: svg.Axis, y: svg.Axis, across: Callable, say: Callable[[str], str]) -> Markup:
    match mark:
        case Points(tone=tone):
            every = -(-len(mark.x) // _DRAWN_AT_MOST) or 1
            path = svg.dots(x, y, across(mark.x[::every]), _same(mark.y[::every]))
            few = " few" if len(mark.x) < 400 else ""
            return svg.element("path", d=path, class_=f"dots tone-{tone}{few}")
        case Curve(tone=tone):
            return svg.element("path", d=svg.trace(x, y, across(mark.x), _same(mark.y)), class_=f"curve tone-{tone}")
        case Area(tone=tone):
            return svg.element(
                "path", d=svg.band(x, y, across(mark.x), _same(mark.low), _same(mark.high)), class_=f"area tone-{tone}"
            )
        case Zone(grade=grade):
            corners = zip(across(mark.x), _same(mark.y), strict=True)
            path = "M" + "L".join(f"{svg.plain(x(a))} {svg.plain(y(b))}" for a, b in corners) + "Z"
            return svg.element("path", d=path, class_=f"zone-{'abcde'[grade]} zone-edge")
        case Level(tone=tone):
            return svg.line(x.start, y(mark.y), x.end, y(mark.y), f"mark-line tone-{tone}")
        case Moment(tone=tone):
            return svg.element("path", d=_upright(across([mark.x]), x, y), class_=f"mark-line tone-{tone}")
        case Moments(tone=tone):
            places = across(mark.x)
            feet = "".join(_foot(tone, x(place), y.start) for place in places if math.isfinite(place))
            line = svg.element("path", d=_upright(places, x, y), class_=f"mark-line moments tone-{tone}")
            return svg.group([line, svg.element("path", d=feet, class_=f"foot tone-{tone}")])


def _upright(places: Sequence[float], x: svg.Axis, y: svg.Axis) -> str:
    return "".join(f"M{svg.plain(x(place))} {svg.plain(y.start)}V{svg.plain(y.end)}" for place in places)


def _foot(tone: str, place: float, bottom: float) -> str:
    """What stands at the foot of a line, so that not its colour alone says what it is: a triangle or a cross."""
    left, right, low, high = (
        svg.plain(v) for v in (place - _FOOT, place + _FOOT, bottom - 1.0, bottom - 1.0 - 2 * _FOOT)
    )
    if tone == "bad":
        return f"M{left} {low}H{right}L{svg.plain(place)} {high}Z"
    return f"M{left} {low}L{right} {high}M{left} {high}L{right} {low}" if tone == "second" else ""


def _names(
    marks: Iterable[Mark], x: svg.Axis, y: svg.Axis, across: Callable, say: Callable[[str], str]
) -> Iterable[Markup]:
    """Names of zones in their middle, of levels beside their lines, of moments at the top below each other."""
    marks = list(marks)
    for zone in (m for m in marks if isinstance(m, Zone) and m.label):
        middle = (float(np.mean(np.clip(zone.x, x.low, x.high))), float(np.mean(np.clip(zone.y, y.low, y.high))))
        yield svg.text(x(middle[0]), y(middle[1]), zone.label, "zone-name middle")
    yield from _level_names(marks, x, y, across, say)
    moments = sorted((m for m in marks if isinstance(m, Moment) and m.label), key=lambda m: m.x)
    for k, moment in enumerate(moments):  # names of neighbours stand below each other
        height, name = y.end + 10.0 + _LINE * (k % 4), say(moment.label)
        fits = x(moment.x) + 3.0 + _length(name) <= x.end + _RIGHT
        place, side = (x(moment.x) + 3.0, "") if fits else (x(moment.x) - 3.0, " end")
        yield svg.text(place, height, name, f"level-name{side} tone-{moment.tone}")


_Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def _level_names(
    marks: Sequence[Mark], x: svg.Axis, y: svg.Axis, across: Callable, say: Callable[[str], str]
) -> Iterable[Markup]:
    """Names of levels above or below their lines, at the end where they cover fewest dots and no other name."""
    levels = [m for m in marks if isinstance(m, Level) and m.label and y.low <= m.y <= y.high]
    dots = [
        (x(a), y(b))
        for mark in marks
        if isinstance(mark, Points)
        for a, b in zip(across(mark.x), _same(mark.y), strict=True)
        if math.isfinite(a) and math.isfinite(b)
    ]
    taken: list[_Box] = []
    for level in sorted(levels, key=lambda m: -m.y):
        name = say(level.label)
        places = list(_places(y(level.y), _length(name), x, y))
        side, base, box = min(places, key=lambda place: _covered(place[2], taken, dots))
        taken.append(box)
        start = box[2] if side else box[0]
        yield svg.text(start, base, name, f"level-name{side} tone-{level.tone}")


def _places(line: float, wide: float, x: svg.Axis, y: svg.Axis) -> Iterable[tuple[str, float, _Box]]:
    """Where a name beside a line may stand, best first: how it is anchored, its base line, and its box."""
    lowest, highest = y.start - 2.0, y.end + 10.0
    for base in (line - 4.0, line + 12.0, line - 4.0 - _LINE, line + 12.0 + _LINE):
        base = min(max(base, highest), lowest)
        yield " end", base, (x.end - 3.0 - wide, base - 10.0, x.end - 3.0, base + 3.0)
        yield "", base, (x.start + 3.0, base - 10.0, x.start + 3.0 + wide, base + 3.0)


def _covered(box: _Box, taken: Sequence[_Box], dots: Sequence[tuple[float, float]]) -> int:
    """How much a name would cover: dots, and other names, which count for more than any number of dots."""
    left, top, right, bottom = box
    names = sum(left < b[2] and b[0] < right and top < b[3] and b[1] < bottom for b in taken)
    return names * (len(dots) + 1) + sum(left - 3.0 < a < right + 3.0 and top - 3.0 < b < bottom + 3.0 for a, b in dots)


def matrix(figure: Matrix, key: str, say: Callable[[str], str]) -> Markup:
    """Counts in cells, darker where a share of the row is larger."""
    counts = np.array(figure.counts, float)
    left = 20.0 + 1.1 * max((_length(say(r)) for r in figure.rows), default=0.0)
    wide = max(_CELL * 1.7, 12.0 + 1.1 * max((_length(say(c)) for c in figure.columns), default=0.0))
    width, height = left + wide * len(figure.columns) + 10.0, 30.0 + _CELL * len(figure.rows)
    cells: list[Markup] = []
    for j, name in enumerate(figure.columns):
        cells.append(svg.text(left + wide * (j + 0.5), 20.0, say(name), "label middle"))
    for i, name in enumerate(figure.rows):
        top, total = 28.0 + _CELL * i, counts[i].sum()
        cells.append(svg.text(left - 8.0, top + 0.62 * _CELL, say(name), "label end"))
        for j in range(len(figure.columns)):
            share = counts[i, j] / total if total else 0.0
            box = svg.box(left + wide * j, top, wide - 2.0, _CELL - 2.0, class_="cell", fill_opacity=f"{share:.2f}")
            ground = svg.box(left + wide * j, top, wide - 2.0, _CELL - 2.0, class_="cell-ground")
            dark = " on-dark" if share > 0.55 else ""
            number = svg.text(
                left + wide * (j + 0.5) - 1.0, top + 0.6 * _CELL, f"{counts[i, j]:,.0f}", f"label middle{dark}"
            )
            cells += [ground, box, number]
    caption = svg.Caption(key, say(figure.title), say(figure.says))
    return svg.drawing((max(width, 300.0), height), caption, *cells, class_="bench-matrix")
