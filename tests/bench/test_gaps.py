"""Gaps in a curve are still gaps when the figures of a run are read again."""

import math

from twinbed.bench.charts import Chart, Curve, as_data
from twinbed.bench.log import read_figures, write_figures


def test_a_gap_comes_back_as_a_gap(tmp_path):
    chart = Chart("a", "b", "x", "y", [Curve([0.0, 1.0, 2.0], [5.0, math.nan, 6.0])])
    write_figures(tmp_path, [as_data(chart)], [])
    (found,), _ = read_figures(tmp_path)
    assert found.marks[0].y[::2] == [5.0, 6.0]
    assert math.isnan(found.marks[0].y[1])
