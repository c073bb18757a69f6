"""Every way to read a number from a series, by hand."""

import numpy as np
import pytest

from twinbed.credibility.validation import readings
from twinbed.credibility.validation.measures import Amount, TableError

SERIES = np.array([[10.0, 10.0, 12.0, 18.0, 14.0, 11.0, 10.0]])
"""Spans of two seconds; the base is 10."""
BASE = np.array([10.0])


@pytest.mark.parametrize(
    ("way", "expected"), [("mean", 85.0 / 7.0), ("highest", 18.0), ("lowest", 10.0), ("last", 10.0), ("peak", 18.0)]
)
def test_values(way, expected):
    found = readings.read(way, Amount(SERIES, ()), 2.0, base=Amount(BASE, ()))
    np.testing.assert_allclose(found.value, [expected])


def test_the_total_is_the_integral():
    """85 a second for two seconds each."""
    flow = Amount.of(SERIES, "mL/min")
    np.testing.assert_allclose(readings.read("total", flow, 2.0).within("mL"), [85.0 * 2.0 / 60.0])


def test_the_slope_of_a_line():
    line = Amount.of(np.array([[40.0, 43.0, 46.0, 49.0]]), "mm[Hg]")
    np.testing.assert_allclose(readings.read("slope", line, 60.0).within("mm[Hg]/min"), [3.0])


@pytest.mark.parametrize(
    ("way", "level", "expected"),
    [
        ("time_to_rise", 15.0, 6.0),  # between the middles at 5 s (12) and 7 s (18)
        ("time_to_rise", 10.0, 0.0),
        ("time_to_rise", 18.0, 7.0),
        ("time_to_rise", 18.1, np.inf),
        ("time_to_fall", 9.0, np.inf),
        ("time_to_fall", 10.0, 0.0),
        ("longest_below", 10.0, 0.0),
        ("longest_below", 100.0, 14.0),
        ("longest_below", 13.0, 6.0),  # the first three spans
    ],
)
def test_times_to_a_level(way, level, expected):
    found = readings.read(way, Amount(SERIES, ()), 2.0, level=Amount(np.asarray(level), ()))
    np.testing.assert_allclose(found.within("s"), [expected])


def test_time_to_the_peak_is_the_middle_of_its_span():
    found = readings.read("time_to_peak", Amount(SERIES, ()), 2.0, base=Amount(BASE, ()))
    np.testing.assert_allclose(found.within("s"), [7.0])


def test_half_recovery_counts_from_the_peak():
    """From 18 down to 14 is half of the deviation, one span of two seconds later."""
    found = readings.read("half_recovery", Amount(SERIES, ()), 2.0, base=Amount(BASE, ()))
    np.testing.assert_allclose(found.within("s"), [2.0])


def test_half_rise_counts_from_the_start_of_the_window():
    """From 10 to 18, 14 is reached between the middles at 5 s (12) and 7 s (18), a third of the way."""
    found = readings.read("half_rise", Amount(SERIES, ()), 2.0, base=Amount(BASE, ()))
    np.testing.assert_allclose(found.within("s"), [5.0 + 2.0 / 3.0])


def test_a_dip_has_a_peak_too():
    dip = Amount(20.0 - SERIES, ())
    np.testing.assert_allclose(readings.read("peak", dip, 2.0, base=Amount(BASE, ())).value, [2.0])
    np.testing.assert_allclose(readings.read("half_recovery", dip, 2.0, base=Amount(BASE, ())).within("s"), [2.0])


def test_what_does_not_recover_takes_forever():
    stays = Amount(np.array([[10.0, 20.0, 20.0]]), ())
    assert np.isinf(readings.read("half_recovery", stays, 1.0, base=Amount(BASE, ())).value[0])


def test_each_person_is_read_alone():
    both = Amount(np.concatenate([SERIES, 2.0 * SERIES]), ())
    np.testing.assert_allclose(readings.read("highest", both, 2.0).value, [18.0, 36.0])


@pytest.mark.parametrize("way", ["median", "peak", "half_recovery", "time_to_rise"])
def test_what_is_missing_is_said(way):
    with pytest.raises(TableError):
        readings.read(way, Amount(SERIES, ()), 2.0)
