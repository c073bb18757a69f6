"""Figures as PNG: every kind of mark is drawn, and the same figure gives the same bytes."""

import io
import itertools

import numpy as np
import pytest
from matplotlib.image import imread

from tests.bench.report.test_page import SHOWN
from twinbed.bench.charts import Chart, Matrix, Moments, Points
from twinbed.bench.report import picture

same = lambda text: text


def drawn(figure, **how):
    return imread(io.BytesIO(picture.png(figure, same, "en", **how)), format="png")


@pytest.mark.long
def test_every_kind_of_mark_adds_to_the_picture():
    marks = [*SHOWN.marks, Moments([0.2, 0.4], "bad", "missed")]
    charts = [Chart("t", "", "x, s", "y", marks[:n], (0.0, 2.0), (0.0, 2.0)) for n in range(1, len(marks) + 1)]
    for before, after in itertools.pairwise(drawn(chart) for chart in charts):
        assert before.shape != after.shape or not np.array_equal(before, after)


def test_a_matrix_has_a_cell_for_every_count_and_a_wide_picture_is_wider():
    matrix = Matrix("Counts", "", ["a", "b"], ["c", "d"], [[3, 1], [0, 2]])
    assert not np.array_equal(drawn(matrix), drawn(Matrix("Counts", "", ["a", "b"], ["c", "d"], [[1, 3], [0, 2]])))
    assert drawn(matrix, wide=True).shape[1] > drawn(matrix).shape[1]


@pytest.mark.parametrize("logarithmic", [False, True])
def test_the_same_figure_has_the_same_bytes(logarithmic):
    chart = Chart("t", "", "x", "y", [Points([1, 10, 1000], [1, 2, 3])], logarithmic=logarithmic)
    assert picture.png(chart, same, "en") == picture.png(chart, same, "en")


def test_korean_is_written_only_where_a_font_has_it(monkeypatch):
    said = []
    chart = Chart("t", "", "time", "y", [Points([1, 2], [1, 2])])
    monkeypatch.setattr(picture, "_font", lambda lang: "")
    picture.png(chart, lambda text: said.append(text) or text, "ko")
    assert said == []
