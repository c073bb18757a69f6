"""What a person at the handset makes the pump do."""

import numpy as np
import pytest

from tests.devices.software.closed_loop import play, pulses
from twinbed.devices.software.pump_handset import PumpHandset

N = 30


def handset(**signals):
    return play(PumpHandset(), N, **{"insulin_reported_total": 0.0, **signals})


def test_without_a_loop_the_programmed_rate_is_given_times_the_temporary_share():
    assert handset().basal_command == pytest.approx(1.0)
    assert handset(temporary_basal=150.0).basal_command == pytest.approx(1.5)


def test_a_loop_gives_the_rate_unless_it_is_paused():
    assert handset(automated_basal=2.3).basal_command == pytest.approx(2.3)
    assert handset(automated_basal=2.3, controller_paused=1.0).basal_command == pytest.approx(1.0)


def test_a_bolus_is_told_to_the_pump_once():
    shown = handset(injection=pulses(N, at_10=4.0))  # 4 IU/min for the minute of a tick
    assert shown.meal_bolus_number[9] == 0.0
    assert shown.meal_bolus_number[10:] == pytest.approx(1.0)
    assert shown.meal_bolus[10] == pytest.approx(4.0)
    assert shown.bolus_total[-1] == pytest.approx(4.0)


def test_a_bolus_that_lasts_is_told_in_parts_that_add_up():
    spread = np.zeros(N)
    spread[5:15] = 0.4
    shown = handset(injection=spread)
    assert shown.meal_bolus_number[-1] == 10.0
    assert shown.bolus_total[-1] == pytest.approx(4.0)


def test_while_suspended_nothing_is_given_and_boluses_are_dropped():
    shown = handset(delivery_suspended=1.0, automated_basal=2.0, injection=pulses(N, at_10=4.0))
    assert not shown.basal_command.any()
    assert not shown.meal_bolus_number.any()


def mean_time_min(peak, duration):
    """Of the exponential curve of insulin activity, by adding it up."""
    tau = peak * (1.0 - peak / duration) / (1.0 - 2.0 * peak / duration)
    t = np.linspace(0.0, duration, 100_001)
    activity = t * (1.0 - t / duration) * np.exp(-t / tau)
    return float((t * activity).sum() / activity.sum())


def test_insulin_on_board_is_what_was_counted_beyond_the_programmed_rate():
    """An even rate leaves on board the rate times the mean time until it acts: here 1 IU/h beyond, for 20 hours."""
    minutes = np.arange(1200.0)
    beyond = play(PumpHandset(), 1200, insulin_reported_total=minutes * 2.0 / 60.0)
    basal = play(PumpHandset(), 1200, insulin_reported_total=minutes * 1.0 / 60.0)
    assert np.abs(basal.insulin_on_board).max() < 1e-6
    assert beyond.insulin_on_board[-1] == pytest.approx(mean_time_min(75.0, 360.0) / 60.0, rel=1e-3)
