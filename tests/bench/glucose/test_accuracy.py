"""Agreement, differences, rates and alarms by hand."""

import math

import numpy as np
import pytest

from twinbed.bench.glucose import alarms, concurrence, mard, mean_of, near, rates, share
from twinbed.bench.glucose.rates import rate_bin


def test_what_is_low_may_differ_by_mg_and_the_rest_by_per_cent():
    reference = np.array([99.9, 99.9, 100.0, 100.0, 200.0, 200.0])
    shown = np.array([114.8, 115.0, 115.0, 115.1, 170.0, 169.9])
    assert near(reference, shown, 15.0, 15.0, 100.0).tolist() == [True, False, True, False, True, False]


def test_the_reading_may_decide_what_is_low():
    """70 shown for 84: 16.7 % off; low by the reference only if that is below 70, so 14 mg/dL do not help."""
    reference, shown = np.array([84.0, 84.0]), np.array([70.0, 69.9])
    assert near(reference, shown, 15.0, 15.0, 70.0, by=shown).tolist() == [False, True]


def test_a_share_counts_persons():
    """Persons of 3/4, 2/4 and 4/4 pairs: 9/12; between them the variance is 3/2 * (0 + 1 + 1) / 144."""
    hit = np.array([1, 1, 1, 0, 1, 1, 0, 0, 1, 1, 1, 1])
    found = share(hit, np.repeat(["a", "b", "c"], 4), side="both")
    assert (found.value, found.n) == (0.75, 3)
    effect = 12 * (1.5 * 2 / 144) / (0.75 * 0.25)
    t2 = 4.302653**2  # Student, 2 degrees of freedom, 97.5 %
    n = 12 / effect
    middle, half = (
        (0.75 + t2 / (2 * n)) / (1 + t2 / n),
        math.sqrt(t2) / (1 + t2 / n) * math.sqrt(0.75 * 0.25 / n + t2 / (4 * n * n)),
    )
    assert found.low == pytest.approx(middle - half, abs=1e-6)
    assert found.high == pytest.approx(middle + half, abs=1e-6)


def test_without_a_pair_there_is_no_share():
    assert math.isnan(share(np.array([]), np.array([])).value)
    assert math.isnan(mean_of(np.array([]), np.array([])).value)


def test_mean_absolute_relative_difference():
    """|10|/100, |-20|/200, |15|/60: 10, 10 and 25 %."""
    found = mard(np.array([100.0, 200.0, 60.0]), np.array([110.0, 180.0, 75.0]), np.array(["a", "b", "b"]))
    assert found.value == pytest.approx(15.0)
    assert mean_of(np.array([10.0, -20.0, 15.0]), np.array(["a", "b", "b"])).value == pytest.approx(5 / 3)


def test_rates_of_change():
    assert rates(np.array([0.0, 15.0, 30.0]), np.array([100.0, 130.0, 100.0])).tolist() == [2.0, -2.0]
    assert np.isnan(rates(np.array([0.0, 15.0]), np.array([100.0, np.nan])))[0]


def test_an_edge_belongs_to_the_class_nearer_to_zero():
    assert rate_bin(np.array([-2.1, -2.0, -1.0, -0.1, 0.0, 1.0, 2.0, 2.1])).tolist() == [0, 1, 2, 2, 3, 3, 4, 5]


def test_concurrence_counts_the_sensor_by_row():
    found = concurrence(np.array([-3.0, -3.0, 0.5, np.nan]), np.array([-3.0, 1.5, 0.5, 0.5]))
    assert found.sum() == 3
    assert (found[0, 0], found[4, 0], found[3, 3]) == (1, 1, 1)


def test_alarms_are_matched_with_episodes():
    """Every 5 min: an episode from 60 to 90 announced at 65, one from 150 to 165 never, one of 5 min is none.

    The alarm at 65 and the one at 205 (10 min before the short dip) are true, the one at 110 is 20 min late: false.
    """
    time = np.arange(0.0, 300.0, 5.0)
    past = ((time >= 60) & (time <= 90)) | ((time >= 150) & (time <= 165)) | ((time >= 215) & (time <= 220))
    sounding = ((time >= 65) & (time <= 95)) | ((time >= 110) & (time <= 115)) | (time == 205)
    found = alarms(time, past, sounding)
    assert found.delays_min[0] == 5.0
    assert math.isnan(found.delays_min[1])
    assert (found.episodes, found.detected, found.raised, found.false) == (2, 1, 3, 1)


def test_an_alarm_may_come_first():
    time = np.arange(0.0, 100.0, 5.0)
    assert alarms(time, time >= 50, time >= 40).delays_min == (-10.0,)
    assert alarms(time, time >= 50, time >= 70).detected == 0
