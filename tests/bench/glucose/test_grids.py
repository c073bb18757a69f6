"""The consensus grid against polygons that another implementation walks around, and points counted by hand."""

import numpy as np
import pytest

from twinbed.bench.charts import Zone
from twinbed.bench.glucose import clarke_zone, dts_zone, grid_chart, parkes_zone
from twinbed.core.errors import StatisticsError
from twinbed.personalise import accuracy

# Zones as closed polygons up to 550 mg/dL, as the R package ega (MIT) writes them, read there on 2026-11-22 (its lower
# edge of D of type 1 ends at 161 by a slip; here it ends at 150, as in Pfützner 2013). Later ones lie upon earlier ones.
POLYGONS = {
    1: [
        ("B", [(50, 0), (50, 30), (170, 145), (385, 300), (550, 450), (550, 0)]),
        ("B", [(0, 50), (30, 50), (140, 170), (280, 380), (430, 550), (0, 550)]),
        ("C", [(120, 0), (120, 30), (260, 130), (550, 250), (550, 0)]),
        ("C", [(0, 60), (30, 60), (50, 80), (70, 110), (260, 550), (0, 550)]),
        ("D", [(250, 0), (250, 40), (550, 150), (550, 0)]),
        ("D", [(0, 100), (25, 100), (50, 125), (80, 215), (125, 550), (0, 550)]),
        ("E", [(0, 150), (35, 155), (50, 550), (0, 550)]),
    ],
    2: [
        ("B", [(50, 0), (50, 30), (90, 80), (330, 230), (550, 450), (550, 0)]),
        ("B", [(0, 50), (30, 50), (230, 330), (440, 550), (0, 550)]),
        ("C", [(90, 0), (260, 130), (550, 250), (550, 0)]),
        ("C", [(0, 60), (30, 60), (280, 550), (0, 550)]),
        ("D", [(250, 0), (250, 40), (410, 110), (550, 160), (550, 0)]),
        ("D", [(0, 80), (25, 80), (35, 90), (125, 550), (0, 550)]),
        ("E", [(0, 200), (35, 200), (50, 550), (0, 550)]),
    ],
}


def walked(polygon, x, y):
    """Even-odd rule."""
    inside = np.zeros(x.shape, bool)
    for (x1, y1), (x2, y2) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        if y1 != y2:
            inside ^= ((y1 > y) != (y2 > y)) & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return inside


@pytest.mark.parametrize("kind", [1, 2])
def test_the_consensus_grid_is_that_of_the_polygons(kind):
    """At 12,100 points, none of them on an edge."""
    x, y = (
        v.ravel() + off
        for v, off in zip(np.meshgrid(np.arange(0, 550, 5.0), np.arange(0, 550, 5.0)), (0.317, 0.291), strict=True)
    )
    want = np.full(x.shape, "A")
    for letter, polygon in POLYGONS[kind]:
        want[walked(polygon, x, y)] = letter
    assert (parkes_zone(x, y, kind) == want).all()
    assert set(want) == set("ABCDE")


@pytest.mark.parametrize(
    ("reference", "shown", "first", "second"),
    [
        (100, 100, "A", "A"), (100, 130, "B", "A"), (100, 150, "B", "B"), (60, 120, "C", "C"), (40, 150, "D", "D"),
        (30, 210, "E", "E"), (20, 90, "C", "D"), (300, 50, "D", "D"), (300, 120, "C", "C"), (300, 200, "B", "B"),
        (110, 14, "B", "C"),
        (50, 30, "A", "A"),  # on an edge: the better zone
        (600, 600, "A", "A"), (600, 160, "D", "D"),  # beyond the drawn end
    ],
)  # fmt: skip
def test_points_worked_out_by_hand(reference, shown, first, second):
    """(100, 130): the edge of type 1 is 50 + 70 * 120/110 = 126.4, that of type 2 is 50 + 70 * 280/200 = 148."""
    r, p = np.array([float(reference)]), np.array([float(shown)])
    assert (parkes_zone(r, p, 1)[0], parkes_zone(r, p, 2)[0]) == (first, second)


def risk_of_dts(reference, shown):
    """The closed formula of the article, as a public implementation has it (read there on 2026-11-22): the logarithm of
    the ratio, 2.75 times where too high and 2.25 times where too low, of values of at least 50 mg/dL."""
    change = np.log(np.maximum(shown, 50.0) / np.maximum(reference, 50.0))
    return np.where(change > 0.0, 2.75, 2.25) * np.abs(change)


def test_the_dts_grid_is_that_of_its_formula_but_for_what_rounding_leaves_open():
    """The zones differ only within 1.2 mg/dL of an edge, where the formula's zone of a neighbour is that of the lines."""
    x, y = (v.ravel() for v in np.meshgrid(np.arange(0.5, 600, 3.0), np.arange(0.5, 600, 3.0)))
    wanted = lambda dx, dy: np.array(list("ABCDE"))[np.searchsorted((0.5, 1.5, 2.5, 3.5), risk_of_dts(x + dx, y + dy))]
    found, off = dts_zone(x, y), 1.2
    near = [wanted(dx, dy) for dx, dy in ((0, 0), (off, 0), (-off, 0), (0, off), (0, -off))]
    assert np.any([found == zone for zone in near], axis=0).all()
    assert set(found) == set("ABCDE")


@pytest.mark.parametrize(
    ("reference", "shown", "zone"),
    [
        (100, 100, "A"), (100, 120, "A"), (100, 121, "B"), (100, 80, "A"), (100, 79, "B"),  # 50 + 37.5 * 430/537.5 = 80
        (50, 60, "A"), (30, 61, "B"), (62.5, 0, "A"), (63, 0, "B"), (200, 10, "D"), (240, 10, "E"), (50, 180, "E"),
        (300, 170, "B"), (300, 150, "C"), (300, 90, "D"), (300, 60, "E"), (1000, 801, "A"), (1000, 799, "B"),
    ],
)  # fmt: skip
def test_points_of_the_dts_grid_worked_out_by_hand(reference, shown, zone):
    """(100, 120): the edge is 60 + 50 * 540/450 = 120; (300, .): 50 + 202.5 * 257/502.5 = 153.6, 50 + 147 * 147/447 =
    98.3 and 50 + 62 * 76/362 = 63.0 bound C, D and E; beyond 600 the edge of B falls on with 0.8."""
    assert dts_zone(np.array([float(reference)]), np.array([float(shown)]))[0] == zone


def test_there_is_one_clarke_grid():
    assert clarke_zone is accuracy.clarke_zone


def test_what_is_no_pair_has_no_zone():
    with pytest.raises(StatisticsError, match="give 1 or 2"):
        parkes_zone(np.ones(1), np.ones(1), 3)
    with pytest.raises(StatisticsError, match="finite"):
        parkes_zone(np.ones(1), np.array([np.nan]))


@pytest.mark.parametrize(("grid", "top"), [("clarke", 400.0), ("parkes_1", 550.0), ("parkes_2", 550.0), ("dts", 600.0)])
def test_the_drawn_zones_are_those_of_the_rules(grid, top):
    """The uppermost polygon over a point has the letter of its zone."""
    x, y = (
        v.ravel() + off
        for v, off in zip(np.meshgrid(np.arange(0, top, 9.0), np.arange(0, top, 9.0)), (0.317, 0.291), strict=True)
    )
    chart = grid_chart(grid, x, y, title="", says="")
    drawn = np.full(x.shape, "?")
    for mark in chart.marks:
        if isinstance(mark, Zone):
            drawn[walked(list(zip(mark.x, mark.y, strict=True)), x, y)] = "ABCDE"[mark.grade]
    own = {"clarke": clarke_zone, "dts": dts_zone}
    rule = own[grid](x, y) if grid in own else parkes_zone(x, y, int(grid[-1]))
    assert (drawn == rule).all()
