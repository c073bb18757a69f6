"""Drawings of the bench: dots lie whole within the frame, and names lie beside dots."""

import pathlib
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from twinbed.bench.charts import Chart, Level, Moments, Points, Zone, with_room
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


def test_what_is_missed_and_what_is_false_differ_in_shape_and_stand_in_the_legend():
    chart = Chart(
        "t", "", "x", "y", [Moments([1.0, 2.0], "bad", "missed beat"), Moments([3.0], "second", "false beat")]
    )
    feet = [e for e in drawn_all(chart) if (e.get("class") or "").startswith("foot")]
    missed, false = ((e.get("class"), e.get("d")) for e in feet)
    assert (missed[0], missed[1].count("Z"), false[0], false[1].count("Z"), false[1].count("M")) == (
        "foot tone-bad", 2, "foot tone-second", 0, 2,
    )  # fmt: skip
    assert draw.labels(chart) == [
        ("swatch-moment tone-bad", "missed beat"),
        ("swatch-moment tone-second", "false beat"),
    ]
    style = pathlib.Path(draw.__file__).with_name("style.css").read_text()
    for tone, letter in (("bad", r"\25B2"), ("second", r"\2715")):
        assert f'.swatch-moment.tone-{tone}::before {{ content: "{letter}"' in style
    dashes = [re.search(rf"\.moments\.tone-{t} {{ stroke-dasharray: ([^;]+);", style)[1] for t in ("bad", "second")]
    assert len(set(dashes)) == 2


@pytest.mark.parametrize("theme", [0, 1])
def test_the_colours_of_missed_and_false_are_told_apart_without_one_kind_of_cones(theme):
    """Simulated after Viénot, Brettel and Mollon 1999 (doi:10.1002/(SICI)1520-6378(199908)24:4<243::AID-COL5>3.0.CO;2-3)."""
    style = pathlib.Path(draw.__file__).with_name("style.css").read_text()
    colours = [re.findall(rf"--{name}: #(\w+);", style)[theme] for name in ("missed", "false")]
    linear = [(np.array([int(c[k : k + 2], 16) for k in (0, 2, 4)]) / 255.0) ** 2.2 for c in colours]
    kinds = {
        "all cones": np.eye(3),
        "no red": np.array([[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]]),
        "no green": np.array([[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]]),
    }
    for kind, seen in kinds.items():
        one, other = (np.clip(seen @ c, 0.0, 1.0) ** (1 / 2.2) for c in linear)
        assert np.linalg.norm(one - other) > 0.6, kind
