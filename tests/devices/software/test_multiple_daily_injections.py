"""Doses by hand, in whole increments of a pen."""

import numpy as np
import pytest

from tests.devices.software.closed_loop import loop_iob, play, pulses
from twinbed.devices.software.multiple_daily_injections import MultipleDailyInjections

N = 24


def advise(grams, **signals):
    return play(MultipleDailyInjections(), N, carbohydrate_announced=np.asarray(grams) / 5.0, **signals)


def test_doses_are_half_units():
    shown = advise(pulses(N, at_3=68.0), cgm=190.0, cgm_valid=1.0)  # 6.8 + 2 = 8.8
    assert shown.meal_bolus[-1] == pytest.approx(8.5)
    assert shown.meal_bolus_number[-1] == 1.0


def test_long_acting_insulin_is_asked_for_once_a_day_at_bedtime():
    shown = play(MultipleDailyInjections(basal_rate=0.8), 3 * 288)
    assert (np.flatnonzero(np.diff(shown.long_acting_dose_number)) + 1).tolist() == [264, 264 + 288, 264 + 576]
    assert shown.long_acting_dose_number[-1] == 3.0
    assert shown.long_acting_dose == pytest.approx(np.full(3 * 288, 19.2))


def test_own_doses_are_on_board():
    shown = advise(pulses(N, at_3=60.0))  # 6.0; at the next tick, evenly over 5 min
    minutes = 5.0 * (np.arange(5, N) - 4) + 2.5
    np.testing.assert_allclose(shown.insulin_on_board[5:], 6.0 * loop_iob(minutes), atol=6.0 * 0.011)
    again = advise(pulses(N, at_3=60.0, at_12=30.0), cgm=190.0, cgm_valid=1.0)  # 8 U of which 2 correct
    assert np.diff(again.meal_bolus_number).sum() == 2.0
    assert again.meal_bolus[-1] == pytest.approx(3.0)  # the correction of 2 U is still on board


def test_a_finger_stick_serves_as_well():
    shown = advise(pulses(N, at_3=60.0), meter_glucose=190.0, meter_valid=pulses(N, at_2=1.0))
    assert shown.meal_bolus[-1] == pytest.approx(8.0)
    late = advise(pulses(N, at_9=60.0), meter_glucose=190.0, meter_valid=pulses(N, at_2=1.0))
    assert late.meal_bolus[-1] == pytest.approx(6.0)
