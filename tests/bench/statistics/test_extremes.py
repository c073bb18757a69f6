"""The worst of what was measured."""

import math

import numpy as np
import pytest

from twinbed.bench.statistics.extremes import largest, smallest
from twinbed.core.errors import StatisticsError


def test_the_worst_is_found_and_subjects_are_counted_once():
    values, subject = np.array([1.0, np.nan, -3.0, 2.0]), np.array(["a", "b", "c", "c"])
    assert largest(values, subject).value == 2.0
    assert smallest(values, subject).value == -3.0
    assert largest(values, subject).n == 2  # b has no value, c has two
    assert math.isnan(largest(values, subject).low)


def test_nothing_measured_is_no_number():
    assert math.isnan(largest(np.array([np.nan]), np.array(["a"])).value)
    assert smallest(np.array([]), np.array([])).n == 0


def test_lengths_must_agree():
    with pytest.raises(StatisticsError, match="lengths differ"):
        largest(np.zeros(2), np.zeros(3))


def test_an_extreme_says_where_it_was_found():
    values, subject, case = np.array([np.nan, 1.0, -3.0, 2.0]), np.array(list("abcc")), np.array(list("wxyz"))
    assert (largest(values, subject).found_in, smallest(values, subject).found_in) == ("c", "c")
    assert largest(values, subject, case=case).found_in == "z"
    assert smallest(values, subject, case=case).found_in == "y"
    assert largest(values[:1], subject[:1]).found_in == ""


def test_no_case_is_named_where_all_have_the_same_value():
    values, subject = np.array([0.0, 0.0, np.nan]), np.array(list("abc"))
    assert (largest(values, subject).value, largest(values, subject).found_in) == (0.0, "")
    assert largest(values, np.array(list("aab"))).found_in == "a"  # several measurements of one
    assert largest(values + np.array([0.0, 1e-3, 0.0]), subject).found_in == "b"
