"""Error grids: how much a wrong glucose value would matter for treatment.

Zone A means no effect on treatment, B an altered treatment of little or no effect on outcome, C likely an effect,
D a considerable risk, E dangerous consequences. Clarke's zones are one definition for all of twinbed
(`personalise.accuracy`), and so are the polygons that are drawn (`studies.report.figures.clarke`).

The consensus grid of Parkes has two edges for every zone, one for values that are too high and one for values
that are too low. A value on an edge belongs to the better zone. Beyond 550 mg/dL edges go on as they end.

The DTS error grid has straight edges for every zone, and zone E on both sides; its authors read zone A alone.

*Known limits*: the coordinates of Parkes's grid were compared with two public implementations (R package ega,
methcomp), not with the article itself. Both of these let the lower edge of zone D of type 1 leave the line through
(250, 40) and (550, 150) that they state; here it is that line. Those of the DTS grid stand alike in three public
implementations, one of which names the article's table A1 as their source; the article itself was not read. Its closed
formula of risk, as that implementation has it, gives the same edges within 1.2 mg/dL, which its rounding leaves open.
Two grids are missing: the surveillance error grid is a table of risks that was not at hand, and of the continuous
glucose error grid (CG-EGA) only an implementation was found that widens its zones otherwise than its article does, as
we remember it.

**References:**

- Clarke, Cox, Gonder-Frederick, Carter & Pohl (1987), Diabetes Care 10(5):622, doi:10.2337/diacare.10.5.622
- Parkes, Slatin, Pardo & Ginsberg (2000), Diabetes Care 23(8):1143
- Pfützner, Klonoff, Pardo & Parkes (2013), J Diabetes Sci Technol 7(5):1275, doi:10.1177/193229681300700517
- Klonoff and others (2024), The Diabetes Technology Society Error Grid, J Diabetes Sci Technol 18(6):1346
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from jaxtyping import Float, Shaped

from twinbed.bench.charts import Chart, Curve, Points, Zone
from twinbed.core.errors import StatisticsError
from twinbed.personalise.accuracy import ZONES as ZONES
from twinbed.personalise.accuracy import clarke_zone as clarke_zone
from twinbed.studies.report.figures.clarke import ZONES_DRAWN

Values = Shaped[np.ndarray, "_"]
Grid = Literal["clarke", "parkes_1", "parkes_2", "dts"]
Line = tuple[tuple[float, float], ...]

_UPPER: dict[int, tuple[Line, ...]] = {
    1: (
        ((0, 50), (30, 50), (140, 170), (280, 380), (430, 550)),
        ((0, 60), (30, 60), (50, 80), (70, 110), (260, 550)),
        ((0, 100), (25, 100), (50, 125), (80, 215), (125, 550)),
        ((0, 150), (35, 155), (50, 550)),
    ),
    2: (
        ((0, 50), (30, 50), (230, 330), (440, 550)),
        ((0, 60), (30, 60), (280, 550)),
        ((0, 80), (25, 80), (35, 90), (125, 550)),
        ((0, 200), (35, 200), (50, 550)),
    ),
}
"""Where B, C, D and E begin above the diagonal: (reference, shown) in mg/dL, by type of diabetes."""

_LOWER: dict[int, tuple[Line, ...]] = {
    1: (
        ((50, 0), (50, 30), (170, 145), (385, 300), (550, 450)),
        ((120, 0), (120, 30), (260, 130), (550, 250)),
        ((250, 0), (250, 40), (550, 150)),
    ),
    2: (
        ((50, 0), (50, 30), (90, 80), (330, 230), (550, 450)),
        ((90, 0), (260, 130), (550, 250)),
        ((250, 0), (250, 40), (410, 110), (550, 160)),
    ),
}
"""Where B, C and D begin below the diagonal; there is no E."""

_DTS_UPPER: tuple[Line, ...] = (
    ((0, 60), (50, 60), (500, 600)),
    ((0, 86.5), (50, 86.5), (347, 600)),
    ((0, 124), (50, 124), (241, 600)),
    ((0, 179), (50, 179), (167, 600)),
)
_DTS_LOWER: tuple[Line, ...] = (
    ((62.5, 0), (62.5, 50), (600, 480)),
    ((97.5, 0), (97.5, 50), (600, 307)),
    ((153, 0), (153, 50), (600, 197)),
    ((238, 0), (238, 50), (600, 126)),
)
"""Where B, C, D and E of the DTS error grid begin, as above."""

_TOPS = {"clarke": 400.0, "parkes_1": 550.0, "parkes_2": 550.0, "dts": 600.0}


def parkes_zone(reference: Values, shown: Values, diabetes_type: int = 1) -> Shaped[np.ndarray, " pair"]:
    """The zone of the consensus error grid, "A" to "E", of every pair.

    Args:
        reference: blood glucose, mg/dL.
        shown: by the device, mg/dL.
        diabetes_type: 1 or 2; ISO 15197 takes the grid of type 1 for everybody.

    Raises:
        StatisticsError: another type, or values that are not finite.
    """
    if diabetes_type not in _UPPER:
        raise StatisticsError(f"there is no consensus grid of type {diabetes_type}: give 1 or 2")
    return _zone_between(_UPPER[diabetes_type], _LOWER[diabetes_type], reference, shown)


def dts_zone(reference: Values, shown: Values) -> Shaped[np.ndarray, " pair"]:
    """The zone of the DTS error grid, "A" to "E", of every pair of mg/dL.

    Raises:
        StatisticsError: values that are not finite.
    """
    return _zone_between(_DTS_UPPER, _DTS_LOWER, reference, shown)


def _zone_between(
    upper: tuple[Line, ...], lower: tuple[Line, ...], reference: Values, shown: Values
) -> Shaped[np.ndarray, " pair"]:
    r, p = np.asarray(reference, float), np.asarray(shown, float)
    if not (np.isfinite(r).all() and np.isfinite(p).all()):
        raise StatisticsError("a zone belongs to a pair of finite numbers; leave pairs without a reading out")
    grade = np.zeros(r.shape, np.int64)
    for worse, line in enumerate(upper, 1):
        grade = np.where(p > _height(line, r), worse, grade)
    for worse, line in enumerate(lower, 1):
        start = line[0][0]
        grade = np.where((r > start) & (p < _height(line[line[1][0] == start :], r)), np.maximum(worse, grade), grade)
    return np.array(ZONES)[grade]


def _height(line: Line, x: Float[np.ndarray, " pair"]) -> Float[np.ndarray, " pair"]:
    """The line at x, which goes on with its last slope."""
    at, height = np.array(line, float).T
    slope = (height[-1] - height[-2]) / (at[-1] - at[-2])
    return np.where(x <= at[-1], np.interp(x, at, height), height[-1] + slope * (x - at[-1]))


def grid_chart(grid: Grid, reference: Values, shown: Values, *, title: str, says: str) -> Chart:
    """Pairs over the zones of a grid; values past its end stand at the edge."""
    top = _TOPS[grid]
    if grid == "clarke":
        zones = _clarke_zones()
    elif grid == "dts":
        zones = _zones_between(_DTS_UPPER, _DTS_LOWER, top)
    else:
        zones = _zones_between(_UPPER[int(grid[-1])], _LOWER[int(grid[-1])], top)
    x, y = (np.clip(np.asarray(v, float), 0.0, top) for v in (reference, shown))
    marks = [*zones, Curve((0.0, top), (0.0, top), "plain"), Points(x, y)]
    return Chart(title, says, "reference glucose, mg/dL", "shown glucose, mg/dL", marks, (0.0, top), (0.0, top))


def _zone(points: Sequence[tuple[float, float]], letter: str) -> Zone:
    x, y = zip(*points, strict=True)
    return Zone(x, y, ZONES.index(letter), letter)


def _clarke_zones() -> list[Zone]:
    square = ((0.0, 0.0), (0.0, 400.0), (400.0, 400.0), (400.0, 0.0))
    drawn = [(letter, part) for letter in "CDEA" for part in ZONES_DRAWN[letter]]
    return [_zone(square, "B"), *(_zone(part, letter) for letter, part in drawn)]


def _zones_between(upper: tuple[Line, ...], lower: tuple[Line, ...], top: float) -> list[Zone]:
    """The best zone behind, the worse ones upon it."""
    square = ((0.0, 0.0), (0.0, top), (top, top), (top, 0.0))
    out = [_zone(square, "A")]
    out += [_zone((*line, (0.0, top)), ZONES[k]) for k, line in enumerate(upper, 1)]
    out += [_zone((*line, (top, 0.0)), ZONES[k]) for k, line in enumerate(lower, 1)]
    return out
