"""Differences between arms with their confidence intervals, one strip a row of a table."""

import math

from markupsafe import Markup

from twinbed.studies.report.figures import svg
from twinbed.studies.report.schema import Comparison
from twinbed.studies.report.text import Words

_WIDTH, _ROW, _FOOT, _INSET = 260.0, 26.0, 20.0, 14.0


def axis(rows: list[Comparison]) -> svg.Axis:
    """The common axis of rows in one unit: zero, all intervals and all margins are on it."""
    values = [0.0]
    for row in rows:
        shown = (row.get("estimate"), row.get("ci_low"), row.get("ci_high"), margin_line(row))
        values += [value for value in shown if value is not None and math.isfinite(value)]
    low, high = min(values), max(values)
    pad = 0.06 * (high - low) or 1.0
    return svg.Axis(low - pad, high + pad, _INSET, _WIDTH - _INSET)


def margin_line(row: Comparison) -> float | None:
    """Where the margin stands on the axis of differences, or None if there is none."""
    margin = row.get("margin") or 0.0
    if not margin:
        return None
    worse = -1.0 if row.get("better", "higher") == "higher" else 1.0
    return worse * abs(margin) if row.get("test") == "non-inferiority" else -worse * abs(margin)


def strip(row: Comparison, x: svg.Axis, caption: svg.Caption) -> Markup:
    """One comparison: the interval, the estimate, the line of no difference and the margin."""
    middle = _ROW / 2
    parts = [svg.line(x(0.0), 0, x(0.0), _ROW, "zero")]
    if (margin := margin_line(row)) is not None:
        parts.append(svg.line(x(margin), 0, x(margin), _ROW, "margin"))
    low, high, estimate = row.get("ci_low"), row.get("ci_high"), row.get("estimate")
    if low is not None and high is not None and math.isfinite(low) and math.isfinite(high):
        parts.append(svg.line(x(low), middle, x(high), middle, "interval"))
        parts += [svg.line(x(end), middle - 4, x(end), middle + 4, "interval") for end in (low, high)]
    if estimate is not None and math.isfinite(estimate):
        side = 9.0 if row.get("role") == "primary" else 7.0
        parts.append(svg.box(x(estimate) - side / 2, middle - side / 2, side, side, class_="estimate"))
    numbers = {f"data_{key}": repr(row.get(key)) for key in ("estimate", "ci_low", "ci_high")}
    return svg.drawing((_WIDTH, _ROW), caption, *parts, class_="strip", data_x=x.data(), **numbers)


def foot(x: svg.Axis, caption: svg.Caption, words: Words) -> Markup:
    """The scale under the strips of one unit."""
    parts = [svg.line(x.start, 0.5, x.end, 0.5, "axis")]
    for value in svg.ticks(x.low, x.high, 4):
        parts.append(svg.line(x(value), 0.5, x(value), 5, "axis"))
        parts.append(svg.text(x(value), 16, words.tick(value), "tick middle"))
    return svg.drawing((_WIDTH, _FOOT), caption, *parts, class_="strip")
