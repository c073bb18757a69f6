"""When the alarm sounds and when it stops."""

import numpy as np
import pytest

from tests.devices.software.closed_loop import play, pulses
from twinbed.devices.software.low_glucose_alarm import LowGlucoseAlarm

N = 36


def alarm(cgm, valid=1.0, **signals):
    return play(LowGlucoseAlarm(), N, cgm=cgm, cgm_valid=valid, **signals).alarm_low_glucose > 0.5


def test_silent_in_range_and_loud_when_low():
    assert not alarm(110.0).any()
    assert not alarm(70.1).any()
    assert alarm(70.0).all()


@pytest.mark.parametrize("speed", [1.0, 2.0, 3.0])
def test_warns_20_min_before_urgently_low(speed):
    glucose = 180.0 - speed * 5.0 * np.arange(N)
    sounds = alarm(np.maximum(glucose, 40.0))
    first = int(np.argmax(sounds))
    due = max(70.0, 55.0 + 20.0 * speed)  # the line reaches 55 in 20 min, or the reading is low
    assert glucose[first] <= due < glucose[first - 1]


def test_stops_with_clearance_only():
    cgm = np.concatenate([np.full(12, 68.0), np.full(12, 73.0), np.full(12, 90.0)])
    sounds = alarm(cgm)
    assert sounds[:24].all()
    assert not sounds[24:].any()


def test_a_low_finger_stick_sounds_once():
    sounds = alarm(110.0, meter_glucose=60.0, meter_valid=pulses(N, at_10=1.0))
    assert list(np.flatnonzero(sounds)) == [10]


def test_without_readings_it_keeps_sounding_for_20_min_then_stops():
    good = np.arange(N) < 10
    sounds = alarm(np.where(good, 65.0, np.nan), good.astype(float))
    assert sounds[:14].all()
    assert not sounds[14:].any()
    assert not alarm(0.0, 0.0).any()
