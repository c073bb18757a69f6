"""Suspension ahead of low glucose: by hand on straight lines, and its two rules on any sequence."""

import numpy as np
import pytest

from tests.devices.software.closed_loop import play
from twinbed.core.errors import WiringError
from twinbed.devices.software.basal_schedule import BasalSchedule
from twinbed.devices.software.bolus_calculator import BolusCalculator
from twinbed.devices.software.predictive_suspend import PredictiveSuspend
from twinbed.testing.examples import PlainSoftware

N = 96
TICK = np.arange(N)


def running(cgm, valid=1.0, **settings):
    device = PredictiveSuspend(BasalSchedule(basal_rate=0.7), **settings)
    basal = play(device, N, cgm=cgm, cgm_valid=valid).basal_command
    assert np.isin(basal, (0.0, 0.7)).all()
    return basal == 0.7


def test_far_from_low_it_changes_nothing():
    cgm = 120.0 + 10.0 * np.sin(TICK)
    bare = play(PlainSoftware(), N, cgm=cgm).basal_command
    wrapped = play(PredictiveSuspend(PlainSoftware(), horizon=10.0), N, cgm=cgm, cgm_valid=1.0)
    assert wrapped.basal_command.tobytes() == bare.tobytes()


@pytest.mark.parametrize("speed", [0.5, 1.0, 2.0, 3.0])
def test_suspends_when_the_line_leads_below_80_in_30_min(speed):
    glucose = np.maximum(200.0 - speed * 5.0 * TICK, 45.0)
    first = int(np.argmin(running(glucose)))
    assert glucose[first] < 80.0 + 30.0 * speed <= glucose[first - 1]
    assert glucose[first] > 70.0


def test_resumes_with_the_first_rising_reading():
    glucose = 75.0 + np.abs(TICK - 40.0)
    runs = running(glucose)
    assert not runs[30:41].any()
    assert runs[41:].all()


def test_stops_for_two_hours_then_runs_for_half_an_hour():
    runs = running(75.0)
    assert not runs[:24].any()
    assert runs[24:30].all()
    assert not runs[30:54].any()


@pytest.mark.parametrize("seed", range(8))
def test_never_more_than_two_hours_in_any_two_and_a_half(seed):
    rng = np.random.default_rng(seed)
    stopped = ~running(75.0 + 8.0 * rng.standard_normal(N).cumsum() * 0.3 + 4.0 * rng.standard_normal(N))
    window = np.convolve(stopped, np.ones(30), "valid") * 5.0
    assert stopped.any()
    assert window.max() <= 120.0


@pytest.mark.parametrize("wrong", [np.nan, 0.0, 1e6])
def test_without_readings_the_inner_software_commands(wrong):
    cgm = np.where(TICK < 5, 65.0, wrong)
    runs = running(cgm)
    assert not runs[:8].any()  # 15 min on the last reading
    assert runs[8:].all()
    assert running(cgm, np.where(TICK < 5, 1.0, 0.0))[8:].all()


def test_refuses_software_without_a_basal_command():
    with pytest.raises(WiringError, match="basal_command"):
        PredictiveSuspend(BolusCalculator())
