"""The drawings of the page: our value on its reference, counts as bars, and the course of a run."""

import math
from collections.abc import Callable, Sequence

from markupsafe import Markup

from twinbed.credibility.validation.report import Graded, Panel
from twinbed.credibility.validation.table import Happening
from twinbed.credibility.validation.verdicts import FAIR, GOOD, SLIGHT, Exact, Range, Reference, Trend, size_of
from twinbed.studies.report.figures import svg

_MARK = (132.0, 18.0)
_PANEL = (300.0, 132.0)


def mark(graded: Graded, caption: svg.Caption) -> Markup:
    """Our value as a dot on an axis where the reference is a band, and what is still fair a paler one."""
    ours = graded.ours
    if ours is None or math.isnan(ours):
        return Markup("")
    (low, high), fair = _band(graded.row.reference), _reach(graded)
    ends = [v for v in (low, high) if math.isfinite(v)]
    inner = min(max(ours, min(ends) - 2.0 * fair), max(ends) + 2.0 * fair)
    begin, end = min(*ends, inner) - 1.3 * fair, max(*ends, inner) + 1.3 * fair
    x, middle = svg.Axis(begin, end, 5.0, _MARK[0] - 5.0), _MARK[1] / 2
    parts: list[Markup] = [svg.line(x.start, middle, x.end, middle, "mark-axis")]
    good = 0.0 if _is_spread(graded.row.reference) else fair / 3.0
    for by, class_ in ((fair, "mark-fair"), (good, "mark-band")):
        left, right = x.clipped(max(low - by, begin)), x.clipped(min(high + by, end))
        parts.append(svg.box(left, middle - 6, right - left, 12, class_=class_))
    parts += [svg.line(x(v), middle - 6, x(v), middle + 6, "mark-target") for v in dict.fromkeys(ends)]
    if x.low < 0.0 < x.high:
        parts.append(svg.line(x(0.0), middle - 4, x(0.0), middle + 4, "mark-zero"))
    return svg.drawing(_MARK, caption, *parts, _dot(graded, x, ours, middle), class_="mark", data_x=x.data())


def _dot(graded: Graded, x: svg.Axis, ours: float, middle: float) -> Markup:
    """Our value; an arrow where it is off the axis."""
    class_ = f"mark-dot {graded.verdict.grade}"
    if x.low <= ours <= x.high:
        return svg.element("circle", cx=x(ours), cy=middle, r=4.0, class_=class_)
    right = ours > x.high
    tip, back = (x.end + 4, x.end - 4) if right else (x.start - 4, x.start + 4)
    path = f"M{svg.plain(tip)} {svg.plain(middle)}L{svg.plain(back)} {svg.plain(middle - 5)}V{svg.plain(middle + 5)}Z"
    return svg.element("path", d=path, class_=class_)


def _reach(graded: Graded) -> float:
    """How far from the reference a value is still fair."""
    row = graded.row
    if isinstance(row.reference, Trend):
        return 0.5 * row.reference.least
    share = GOOD if _is_spread(row.reference) else FAIR
    return share * (row.scale or size_of(row.reference, graded.ours or 0.0, row.against))


def _is_spread(reference: Reference) -> bool:
    return isinstance(reference, Range) and reference.spread


def _band(reference: Reference) -> tuple[float, float]:
    """Where a value is right."""
    match reference:
        case Exact(value):
            return value, value
        case Range(low, high):
            return low, high
        case Trend(direction, least):
            return {
                "up": (least, math.inf),
                "down": (-math.inf, -least),
                "none": (-least, least),
                "up_or_none": (-least, math.inf),
                "down_or_none": (-math.inf, least),
                "slight_up": SLIGHT,
                "slight_down": (-SLIGHT[1], -SLIGHT[0]),
            }[direction]


def bar(counts: Sequence[tuple[str, int]], caption: svg.Caption, width: float = 300.0) -> Markup:
    """Counts by kind as parts of one bar."""
    total = sum(n for _, n in counts) or 1
    x = svg.Axis(0.0, float(total), 0.0, width)
    parts, at = [], 0
    for kind, n in counts:
        if n:
            parts.append(svg.box(x(at), 3.0, x(at + n) - x(at), 12.0, class_=f"bar-{kind}"))
        at += n
    return svg.drawing((width, 18.0), caption, *parts, class_="strip")


def course(panel: Panel, events: Sequence[Happening], time: Callable[[float], str], caption: svg.Caption) -> Markup:
    """A measure of a run over time, grey where something happens."""
    width, height = _PANEL
    ends = [float(v) for v in panel.value if math.isfinite(v)] or [0.0]
    low, high = min(ends), max(ends)
    pad = max(0.08 * (high - low), 0.04 * abs(high + low) - 0.5 * (high - low)) or 1.0
    last = float(panel.time_s[-1] + panel.time_s[0]) if len(panel.time_s) else 1.0
    x, y = svg.Axis(0.0, last, 40.0, width - 6.0), svg.Axis(low - pad, high + pad, height - 20.0, 6.0)
    spans = [(max(e.at_s, 0.0), min(e.at_s + max(e.for_s, last / 200), last)) for e in events]
    parts = [
        svg.box(x(a), y.end, x(b) - x(a), y.start - y.end, class_="event-span") for a, b in _joined(spans) if b > a
    ]
    parts += _axes(x, y, time)
    path = svg.trace(x, y, panel.time_s.tolist(), panel.value.tolist())
    parts.append(svg.element("path", d=path, class_="curve course"))
    return svg.drawing(_PANEL, caption, *parts, data_x=x.data(), data_y=y.data())


def _joined(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    out: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def _axes(x: svg.Axis, y: svg.Axis, time: Callable[[float], str]) -> list[Markup]:
    parts = []
    for value in svg.ticks(y.low, y.high, 4):
        parts.append(svg.line(x.start, y(value), x.end, y(value), "grid"))
        parts.append(svg.text(x.start - 5, y(value) + 3.5, f"{value:g}".replace("-", "−"), "tick end"))
    for value in _times(x.high):
        parts.append(svg.line(x(value), y.start, x(value), y.start + 3, "axis"))
        parts.append(svg.text(min(x(value), x.end - 8), y.start + 14, time(value), "tick middle"))
    return parts


def _times(last: float) -> list[float]:
    """Round times, in seconds for a short run and in minutes for a long one."""
    unit = 1.0 if last < 300 else 60.0
    return [v * unit for v in svg.ticks(0.0, last / unit, 4)]
