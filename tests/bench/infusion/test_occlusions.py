"""Occlusions and boluses by hand."""

import math

import numpy as np
import pytest

from twinbed.bench.infusion.boluses import errors
from twinbed.bench.infusion.occlusions import occlusion
from twinbed.core.errors import StatisticsError

TIME = np.arange(0.0, 1001.0, 10.0)
CLOSED = (100.0, 800.0)


def story(alarm_from=math.inf, bolus_ml=0.4, rate_ml_h=6.0, resumes=False, early=False):
    """36 s make 0.06 mL at 6 mL/h; pressure rises by 1 kPa every 10 s until the alarm."""
    flow = np.where((TIME > 100.0) & (TIME <= 800.0), 0.0, rate_ml_h / 3600.0 * 10.0)
    if not resumes:
        flow = np.where(TIME > 800.0, 0.0, flow)
    volume = np.cumsum(flow)
    volume[TIME > 800.0] += bolus_ml
    stops = min(alarm_from, 800.0)
    pressure = np.where(TIME > 800.0, 0.0, np.clip((np.minimum(TIME, stops) - 100.0) / 10.0, 0.0, None))
    alarm = (TIME >= alarm_from).astype(float)
    if early:
        alarm[TIME == 50.0] = 1.0
    closed = {"closed": CLOSED, "rate_ml_h": rate_ml_h, "while_s": 60.0}
    return occlusion(TIME, volume, pressure, alarm, **closed)


def test_time_pressure_and_bolus_are_found():
    seen = story(alarm_from=400.0)
    assert seen.time_min == pytest.approx(5.0)
    assert seen.pressure == pytest.approx(30.0)
    assert seen.highest == pytest.approx(30.0)
    assert seen.bolus_ml == pytest.approx(0.4)
    assert not seen.early


def test_without_an_alarm_the_rate_goes_on_and_is_no_bolus():
    seen = story(resumes=True)
    assert math.isnan(seen.time_min)
    assert math.isnan(seen.pressure)
    assert seen.highest == pytest.approx(70.0)
    assert seen.bolus_ml == pytest.approx(0.4)


def test_an_alarm_before_the_line_is_closed_is_seen_and_does_not_count_for_the_occlusion():
    seen = story(alarm_from=400.0, early=True)
    assert seen.early
    assert seen.time_min == pytest.approx(5.0)


def test_an_alarm_after_the_opening_is_none():
    assert math.isnan(story(alarm_from=820.0).time_min)


def test_gaps_and_openings_that_were_not_recorded_are_refused():
    gap = np.where(TIME == 500.0, np.nan, 0.0)
    with pytest.raises(StatisticsError, match="gaps"):
        occlusion(TIME, gap, TIME, TIME * 0.0, closed=CLOSED, rate_ml_h=1.0, while_s=60.0)
    with pytest.raises(StatisticsError, match="longer"):
        occlusion(TIME, TIME, TIME, TIME * 0.0, closed=(100.0, 990.0), rate_ml_h=1.0, while_s=60.0)


@pytest.mark.parametrize("factor", [0.0, 0.4, 1.6])
def test_a_pump_that_does_not_deliver_at_its_rate_before_the_closing_is_refused(factor):
    volume = factor * 6.0 / 3600.0 * TIME
    with pytest.raises(StatisticsError, match="6 mL/h were set"):
        occlusion(TIME, volume, TIME, TIME * 0.0, closed=CLOSED, rate_ml_h=6.0, while_s=60.0)


def test_a_pump_that_gives_in_steps_delivers():
    """0.03 mL every 18 s are 6 mL/h; from 50 to 100 s there are three of them, 6.48 mL/h."""
    volume = 0.03 * np.floor(TIME / 18.0)
    seen = occlusion(TIME, volume, TIME, TIME * 0.0, closed=CLOSED, rate_ml_h=6.0, while_s=60.0)
    assert math.isnan(seen.time_min)


def test_errors_of_boluses_are_in_percent_of_the_dose():
    assert errors(np.array([0.11, 0.09]), 0.1) == pytest.approx([10.0, -10.0])
    with pytest.raises(StatisticsError, match="no volume"):
        errors(np.array([0.1, np.nan]), 0.1)
    with pytest.raises(StatisticsError, match="above zero"):
        errors(np.array([0.1]), 0.0)
