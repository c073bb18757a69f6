"""Fifteen grams, fifteen minutes, asleep only when woken; what is eaten is conserved."""

import numpy as np
import pytest

from tests.devices.software.closed_loop import play
from twinbed.devices.person.low_treatment import LowTreatment

DAY = 1440


def rescue(cgm, valid=1.0, **settings):
    """Grams eaten to treat lows in each minute of a day."""
    return play(LowTreatment(**settings), DAY, cgm=cgm, cgm_valid=valid).carbohydrate_rescue


def test_nothing_in_range_and_nothing_without_readings():
    assert not rescue(70.1).any()
    assert not rescue(0.0, 0.0).any()
    assert not rescue(np.nan, 0.0).any()


def test_fifteen_grams_every_fifteen_minutes_while_low_and_awake():
    eaten = rescue(65.0)
    awake = eaten[7 * 60 : 23 * 60]
    assert eaten.sum() == awake.sum() == pytest.approx(15.0 * 4 * 16)
    assert list(np.flatnonzero(awake[:20])) == [0, 1, 2, 3, 4, 15, 16, 17, 18, 19]


def test_only_the_urgent_alarm_wakes():
    night = rescue(55.0)[: 7 * 60]
    assert night.sum() == pytest.approx(15.0 * 4 * 7)
    assert rescue(55.0, asleep_limit=0.0)[: 7 * 60].sum() == 0.0


@pytest.mark.parametrize("period_s", [60.0, 300.0, 600.0])
def test_one_dose_is_one_dose_at_any_period(period_s):
    low = np.arange(DAY) == 720 * 60 // period_s
    eaten = rescue(np.where(low, 60.0, 110.0), period_s=period_s)
    assert eaten.sum() * period_s / 60 == pytest.approx(15.0)


def test_meals_pass_through():
    meal = np.where(np.arange(DAY) < 900, 4.0, 0.0)
    shown = play(LowTreatment(), DAY, cgm=65.0, cgm_valid=1.0, carbohydrate=meal)
    np.testing.assert_allclose(shown.carbohydrate, meal + shown.carbohydrate_rescue)


def test_treatments_never_run_into_each_other():
    """So that each can be counted, even where people look again as soon as they have eaten."""
    eaten = rescue(60.0, again_after=5.0)[720:750] > 0
    assert np.count_nonzero(np.diff(np.concatenate([[False], eaten]).astype(int)) == 1) == 5
