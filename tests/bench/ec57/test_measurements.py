"""Measurements and heart rates, worked out by hand at 100 samples a second."""

import math

import numpy as np
import pytest

from twinbed.bench.ec57 import compare_measurements, compare_series, heart_rates, totals
from twinbed.bench.ec57.measurements import measurements, nearest
from twinbed.core.annotations import Annotations
from twinbed.core.errors import StatisticsError

HZ = 100.0


def notes(*rows, subtype=0, length=100_000):
    return Annotations.of([(t, "=", subtype, str(v)) for t, v in rows], HZ, length)


def beats(*samples, length=100_000):
    return Annotations.of([(t, "N") for t in samples], HZ, length)


def test_each_measurement_of_the_test_is_paired_with_the_nearest_of_the_reference():
    """60 at 0 s and 80 at 10 s; 70 at 4 s is nearer to 60 (10 too high), 70 at 6 s to 80 (10 too low), 84 at 12 s."""
    reference = notes((0, 60), (1000, 80))
    table = compare_measurements(reference, notes((400, 70), (600, 70), (1200, 84)), start_s=0.0)
    assert (table.squares, table.reference_sum, table.count) == (100 + 100 + 16, 60 + 80 + 80, 3)
    assert table.rms_error == pytest.approx(math.sqrt(72.0))
    assert table.normalised_rms_error_percent == pytest.approx(100.0 * math.sqrt(72.0) / (220.0 / 3.0))


def test_of_two_equally_near_the_later_counts():
    table = compare_measurements(notes((0, 60), (1000, 80)), notes((500, 75)), start_s=0.0)
    assert table.squares == 25.0
    assert nearest(np.array([0, 10, 20]), np.array([-5, 5, 14, 15, 99])).tolist() == [0, 1, 1, 2, 2]


def test_the_learning_period_and_what_follows_the_end_do_not_count():
    reference = notes((0, 60), (40_000, 60))
    test = notes((29_999, 0), (30_000, 61), (50_000, 62), (50_001, 0))
    table = compare_measurements(reference, test, end_s=500.0)
    assert (table.squares, table.count) == (1 + 4, 2)


def test_other_kinds_of_measurement_are_left_out():
    reference, test = notes((0, 60)), notes((0, 70), subtype=1)
    assert compare_measurements(reference, test, start_s=0.0).count == 0
    assert compare_measurements(notes((0, 65), subtype=1), test, subtype=1, start_s=0.0).squares == 25.0


@pytest.mark.parametrize("text", ["many", "nan", ""])
def test_a_measurement_without_a_number_is_told(text):
    with pytest.raises(StatisticsError, match="sample 7"):
        measurements(notes((7, text)))


def test_rate_from_beat_to_beat_and_averaged():
    """Intervals of 1, 0.5 and 0.75 s: 60, 120 and 80 a minute; of two intervals 80 and 96; of three 80."""
    annotator = beats(100, 200, 250, 325)
    for averaged, expected in ((1, {200: 60, 250: 120, 325: 80}), (2, {250: 80, 325: 96}), (3, {325: 80}), (4, {})):
        place, rate = heart_rates(annotator, averaged)
        assert dict(zip(place.tolist(), rate.tolist(), strict=True)) == pytest.approx(expected)


def test_no_rate_goes_across_fibrillation_or_a_shutdown():
    rows = [(100, "N"), (200, "N"), (250, "["), (300, "]"), (400, "N"), (500, "N"), (600, "N")]
    assert heart_rates(Annotations.of(rows, HZ, 700), 1)[0].tolist() == [200, 500, 600]
    assert heart_rates(Annotations.of(rows, HZ, 700), 2)[0].tolist() == [600]
    shut = [(100, "N"), (150, "~", 0x30), (160, "~", 0), (200, "N"), (300, "N")]
    assert heart_rates(Annotations.of(shut, HZ, 700))[0].tolist() == [300]


def test_a_rate_of_no_interval_is_refused():
    with pytest.raises(StatisticsError, match="at least one"):
        heart_rates(beats(1, 2), 0)


def test_gross_weighs_measurements_and_average_weighs_records():
    """One record with an error of 2 in 100 of mean 50, one with 10 in 1 of mean 100."""
    one = compare_series((np.array([0]), np.array([50.0])), (np.arange(100), np.full(100, 52.0)), start=0, end=200)
    two = compare_series((np.array([0]), np.array([100.0])), (np.array([0]), np.array([90.0])), start=0, end=200)
    both = totals([one, two])
    assert both.gross.rms_error == pytest.approx(math.sqrt(500.0 / 101.0))
    assert both.average["rms_error"] == pytest.approx(6.0)
    assert both.average["normalised_rms_error_percent"] == pytest.approx((4.0 + 10.0) / 2.0)


def test_nothing_to_compare_is_no_error_of_zero():
    none = compare_measurements(notes(), notes((0, 60)), start_s=0.0)
    assert none.count == 0
    assert math.isnan(none.rms_error)
    assert math.isnan(none.normalised_rms_error_percent)
