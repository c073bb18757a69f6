"""What the receiver of a glucose sensor shows, and which alarms it gives when."""

import dataclasses

import numpy as np
import pytest

from tests.devices.software.closed_loop import play
from twinbed.devices.software.cgm_receiver import ALARMS, HIGH, LOW, MEDIUM, CgmReceiver, Outputs

N = 180
EVERY_5_MIN = (np.arange(N) % 5 == 0).astype(float)
CAUSES = {alarm.name: i for i, alarm in enumerate(ALARMS, 1)}


def receiver(cgm, valid=EVERY_5_MIN, n=N, **signals):
    """A minute a tick, a reading every five."""
    return play(CgmReceiver(), n, cgm=cgm, cgm_valid=valid, **signals)


@pytest.mark.parametrize(
    ("glucose", "priority", "cause"),
    [
        (110.0, 0.0, None),
        (71.0, 0.0, None),
        (70.0, MEDIUM, "low glucose"),
        (56.0, MEDIUM, "low glucose"),
        (55.0, HIGH, "urgent low glucose"),
        (249.0, 0.0, None),
        (250.0, LOW, "high glucose"),
    ],
)
def test_each_limit_has_its_alarm_and_priority(glucose, priority, cause):
    shown = receiver(glucose)
    assert shown.alarm_priority[-1] == priority
    assert shown.alarm_cause[-1] == (CAUSES[cause] if cause else 0.0)


@pytest.mark.parametrize("slope", [-3.0, -1.0, 0.0, 2.5])
def test_the_trend_is_the_slope_of_a_straight_line_from_the_second_reading_on(slope):
    shown = receiver(200.0 + slope * np.arange(N) * 0.3)
    assert not shown.glucose_trend_valid[:5].any()
    assert shown.glucose_trend_valid[5:].all()
    assert shown.glucose_trend[5:] == pytest.approx(0.3 * slope)


def test_urgent_low_soon_sounds_20_min_before_the_line_reaches_55():
    glucose = np.maximum(180.0 - 2.0 * np.arange(N), 75.0)  # 2 mg/dL/min
    shown = receiver(glucose)
    first = int(np.argmax(shown.alarm_cause == CAUSES["urgent low soon"]))
    assert glucose[first] <= 55.0 + 20.0 * 2.0 < glucose[first - 5]


def test_an_alarm_ends_with_clearance_only():
    shown = receiver(np.concatenate([np.full(60, 68.0), np.full(60, 74.0), np.full(60, 90.0)]))
    assert shown.alarm_priority[:120].all()
    assert not shown.alarm_priority[121:].any()


def test_a_lost_signal_blanks_the_display_and_then_alarms():
    valid = EVERY_5_MIN * (np.arange(N) <= 60)
    shown = receiver(110.0, valid)
    assert shown.cgm_age[60] == 0.0
    assert shown.cgm_current[71] == 1.0
    assert shown.cgm_current[72] == 0.0  # older than 11 min
    assert shown.alarm_priority[80] == 0.0
    assert shown.alarm_cause[81] == CAUSES["sensor signal lost"]  # older than 20 min
    assert shown.glucose_trend_valid[68] == 0.0


def test_a_low_that_cannot_be_seen_any_more_does_not_go_on_alarming():
    valid = EVERY_5_MIN * (np.arange(N) <= 60)
    assert receiver(60.0, valid).alarm_cause[-1] == CAUSES["sensor signal lost"]


def test_what_is_acknowledged_is_silent_for_half_an_hour_and_sounds_again():
    acts = np.zeros(N)
    acts[30] = 1.0
    shown = receiver(50.0, alarm_acknowledged=acts)
    assert shown.alarm_sound[29] == HIGH
    assert not shown.alarm_sound[30:60].any()
    assert shown.alarm_priority.min() == HIGH
    assert shown.alarm_sound[60:].all()


def test_a_new_alarm_ends_a_pause_of_the_sound():
    acts = np.zeros(N)
    acts[30] = 1.0
    glucose = np.where(np.arange(N) < 40, 68.0, 50.0)
    shown = receiver(glucose, alarm_paused=acts)
    assert not shown.alarm_sound[30:40].any()
    assert shown.alarm_sound[40] == HIGH


def test_who_pauses_once_more_ends_the_pause():
    acts = (np.arange(N) >= 30) * 1.0 + (np.arange(N) >= 35) * 1.0
    shown = receiver(50.0, alarm_paused=acts)
    assert not shown.alarm_sound[30:35].any()
    assert set(shown.alarm_sound[35:]) == {HIGH}


@pytest.mark.parametrize(("alarm", "priority"), [(0.0, 0.0), (1.0, HIGH), (2.0, HIGH)])
def test_a_pump_that_stopped_is_of_high_priority(alarm, priority):
    assert receiver(110.0, pump_alarm=alarm).alarm_priority[-1] == priority


def test_a_pump_that_was_not_heard_yet_is_not_said_to_be_nearly_empty():
    assert receiver(110.0, reservoir=0.0, pump_alarm=0.0).alarm_priority[-1] == 0.0
    assert receiver(110.0, reservoir=0.0, pump_alarm=2.0).alarm_cause[-1] == CAUSES["pump stopped"]
    assert receiver(110.0, reservoir=0.1, pump_alarm=0.0).alarm_cause[-1] == CAUSES["reservoir low"]


def test_a_reservoir_that_runs_low_warns():
    assert receiver(110.0, reservoir=20.0).alarm_priority[-1] == 0.0
    assert receiver(110.0, reservoir=19.0).alarm_cause[-1] == CAUSES["reservoir low"]


def test_every_alarm_of_the_list_says_how_it_stands():
    """Glucose is 65 mg/dL throughout; somebody acknowledges at 30 min, which lasts half an hour."""
    shown = receiver(65.0, alarm_acknowledged=np.where(np.arange(N) == 30, 1.0, 0.0))
    fields = [a.name.replace(" ", "_") for a in ALARMS]
    assert [f.name for f in dataclasses.fields(Outputs)][-len(ALARMS) :] == fields
    states = {name: getattr(shown, name) for name in fields}
    low = states.pop("low_glucose")
    assert [set(low[i:j]) for i, j in ((1, 30), (30, 60), (60, N))] == [{1.0}, {2.0}, {1.0}]
    assert not np.any(list(states.values()))
