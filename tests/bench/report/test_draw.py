"""Drawings of the bench: dots lie whole within the frame, and names lie beside dots."""

import re
from xml.etree import ElementTree

import numpy as np

from twinbed.bench.charts import Chart, Level, Points, Zone, with_room
from twinbed.bench.report import draw

same = lambda text: text


def drawn(chart):
    return ElementTree.fromstring(str(draw.chart(chart, "k", same)))


def dots_of(svg):
    (path,) = [e.get("d") for e in svg.iter() if (e.get("class") or "").startswith("dots")]
    return [(float(a), float(b)) for a, b in re.findall(r"M([\d.]+) ([\d.]+)", path)]


def test_dots_at_the_ends_of_the_axes_lie_whole_within_the_frame():
    chart = Chart("t", "", "x", "y", [Points([0, 100], [0, 100])], x_range=(0, 100), y_range=(0, 100))
    svg = drawn(chart)
    (frame,) = [e for e in svg.iter() if e.get("class") == "axis" and e.get("y1") == e.get("y2")]
    left, right, bottom = (float(frame.get(k) or "nan") for k in ("x1", "x2", "y1"))
    (first, low), (last, _) = dots_of(svg)
    assert first - left > 3.0
    assert right - last > 3.0
    assert bottom - low > 3.0
    assert "105" not in [e.text for e in svg.iter() if "tick" in (e.get("class") or "")]


def test_zones_reach_to_the_frame():
    grid = Chart("t", "", "x", "y", [Zone([0, 1, 1], [0, 0, 1], 0), Points([1], [1])])
    assert with_room(grid, (0.0, 1.0)) == (0.0, 1.0)


def test_the_name_of_a_level_stands_where_no_dots_are():
    right = np.linspace(60, 100, 200)
    crowd = Points(right, np.full(200, 5.3))
    chart = Chart("t", "", "x", "y", [crowd, Points([0.0], [0.0]), Points([0.0], [10.0]), Level(5.0, "limit")])
    found = next(e for e in ElementTree.fromstring(str(draw.chart(chart, "k", same))).iter() if e.text == "limit")
    box_x, box_y = float(found.get("x") or "nan"), float(found.get("y") or "nan")
    assert "end" not in (found.get("class") or "") or box_y > 150.0
    axis_start = 50.0
    assert box_x < axis_start + 100.0 or box_y > 150.0


def test_names_of_levels_do_not_lie_on_each_other():
    chart = Chart("t", "", "x", "y", [Points([0, 1], [0, 10]), Level(5.0, "one"), Level(5.05, "other")])
    one, other = (next(e for e in drawn_all(chart) if e.text == name) for name in ("one", "other"))
    place = lambda e: (float(e.get("x") or "nan"), float(e.get("y") or "nan"))
    (ax, ay), (bx, by) = place(one), place(other)
    assert abs(ay - by) >= 13.0 or abs(ax - bx) > 60.0


def drawn_all(chart):
    return list(ElementTree.fromstring(str(draw.chart(chart, "k", same))).iter())
