"""The zones drawn are those of Clarke's rules; axes, ticks and labels do what they say."""

import pytest

from twinbed.studies.report.figures import clarke, svg, wiring


def _zone(r: float, p: float) -> str:
    """Clarke et al. (1987), doi:10.2337/diacare.10.5.622, as rules rather than lines."""
    if abs(p - r) <= 0.2 * r or (r < 70 and p < 70):
        return "A"
    if (r >= 180 and p <= 70) or (r <= 70 and p >= 180):
        return "E"
    if (r >= 240 and 70 <= p <= 180) or (r <= 175 / 3 and 70 <= p <= 180):
        return "D"
    if 175 / 3 <= r <= 70 and 1.2 * r <= p <= 180:
        return "D"
    if (70 <= r <= 290 and p >= r + 110) or (130 <= r <= 180 and p <= 1.4 * r - 182):
        return "C"
    return "B"


def _inside(point: tuple[float, float], polygon) -> bool:
    x, y = point
    hit = False
    for (x1, y1), (x2, y2) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            hit = not hit
    return hit


def _drawn(point: tuple[float, float]) -> str:
    areas = {"A": (clarke._ZONE_A,), "C": clarke._ZONES_C, "D": clarke._ZONES_D, "E": clarke._ZONES_E}
    return next((zone for zone, parts in areas.items() if any(_inside(point, p) for p in parts)), "B")


def test_zones_are_clarkes():
    """At 6,241 points off the borders."""
    grid = [(2.53 + 5 * i, 2.71 + 5 * j) for i in range(79) for j in range(79)]
    wrong = [point for point in grid if _drawn(point) != _zone(*point)]
    assert wrong == []


def test_letters_stand_in_their_zones():
    assert [name for name, r, p in clarke._LETTERS if _zone(r, p) != name] == []


@pytest.mark.parametrize(
    ("low", "high", "want"),
    [(0.0, 10.0, [0, 2.5, 5, 7.5, 10]), (-3.2, 17.0, [0, 10]), (-0.55, 0.05, [-0.4, -0.2, 0.0])],
)
def test_ticks_are_round(low, high, want):
    assert svg.ticks(low, high, 4) == pytest.approx(want)


def test_labels_keep_their_distance_and_their_order():
    placed = svg.apart([10.0, 11.0, 12.0, 80.0, 99.0], 12.0, 0.0, 100.0)
    assert all(b - a >= 12.0 - 1e-9 for a, b in zip(placed, placed[1:], strict=False))
    assert placed[3:] == [80.0, 99.0]


def test_elements_are_escaped():
    assert svg.element("text", "<&>", class_='a"b') == '<text class="a&#34;b">&lt;&amp;&gt;</text>'


def test_a_curve_breaks_where_values_are_missing():
    x, y = svg.Axis(0.0, 3.0, 0.0, 3.0), svg.Axis(0.0, 1.0, 1.0, 0.0)
    assert svg.trace(x, y, [0, 1, 2, 3], [0.0, None, float("nan"), 1.0]) == "M0.00 1.00M3.00 0.00"


def test_wires_in_one_lane_do_not_overlap():
    links = [(a, b) for a in range(5) for b in range(5) if b > a + 1]
    lanes = wiring._lanes(links)
    assert set(lanes) == set(links)
    for one in links:
        for other in links:
            if one != other and lanes[one] == lanes[other]:
                assert max(one) <= min(other) or max(other) <= min(one)
