"""What criteria make of columns, worked out by hand."""

import math

import numpy as np
import pytest

from tests.bench.protocols.play import table
from twinbed.bench.protocols import _columns

NAN = math.nan


def test_the_largest_has_no_sign_and_leaves_gaps_out():
    found = _columns.largest(table([{"e": 0.1}, {"e": -0.4}, {"e": NAN}, {"e": 0.3}]), "e")
    assert (found.value, found.n, found.found_in) == (0.4, 3, "c1")
    assert math.isnan(_columns.largest(table([{"e": NAN}]), "e").value)
    assert math.isnan(_columns.largest(table([{"e": 1.0}]), "other").value)


def test_the_smallest_keeps_its_sign():
    assert _columns.smallest(table([{"e": 0.1}, {"e": -0.4}]), "e").value == -0.4


def test_the_mean_weighs_rows_and_counts_subjects():
    """Subject a: 1 and 2 with weights 1 and 3, b: 4 with weight 4. Mean (1 + 6 + 16) / 8."""
    rows = [{"x": 1.0, "w": 1.0}, {"x": 2.0, "w": 3.0}, {"x": 4.0, "w": 4.0}]
    found = _columns.mean(table(rows, ["a", "a", "b"]), "x", "w")
    assert found.value == pytest.approx(23.0 / 8.0)
    assert found.n == 2
    # residuals 7 - 23/8 x 4 = -4.5 and 4.5; variance 2 x 40.5 / 64, Student's quantile of one degree 12.7062
    assert found.high - found.value == pytest.approx(12.7062 * math.sqrt(2.0 * 40.5 / 64.0), rel=1e-4)


def test_a_mean_without_spread_has_no_interval():
    found = _columns.mean(table([{"x": 2.0}, {"x": 2.0}]), "x")
    assert found.value == 2.0
    assert math.isnan(found.low)


def test_hits_of_a_few_subjects_are_no_more_than_the_subjects_tell():
    """Three pumps of fifty boluses, all near: each pump counts once. Wilson of 3 with Student's 4.3027 (two degrees)."""
    near = table([{"e": 0.0}] * 150, ["a", "b", "c"] * 50)
    found = _columns.clustered(near, near["e"] < 1.0)
    assert (found.value, found.n) == (1.0, 3)
    assert found.low == pytest.approx(3.0 / (3.0 + 4.302653**2))  # 0.139; of 150 boluses it would be 0.975
    one = _columns.clustered(table([{"e": 0.0}, {"e": 2.0}], ["a", "a"]), np.array([True, False]))
    assert (one.value, math.isnan(one.low)) == (0.5, True)


def test_a_share_is_of_observations():
    found = _columns.share(table([{"k": 1.0, "n": 2.0}, {"k": 6.0, "n": 8.0}, {"k": 0.0, "n": 0.0}]), "k", "n")
    assert found.value == pytest.approx(0.7)
    assert found.n == 2
    assert found.low < 0.7 < found.high


def test_subjects_are_counted_once():
    rows = table([{"x": 1.0}] * 3, ["a", "a", "b"])
    assert _columns.subjects(rows).value == 2.0
    assert _columns.subjects(rows, np.array([True, True, False])).value == 1.0
