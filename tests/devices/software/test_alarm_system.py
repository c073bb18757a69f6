"""Alarms: delays to the second, priorities, latching, acknowledging and pausing."""

import numpy as np
import pytest

from tests.devices.play import play
from twinbed.devices.software.alarm_system import ALARMS, HIGH, LATCHED, MEDIUM, AlarmSystem

TICKS = 400
WELL = {
    "monitor_heart_rate": 75.0, "spo2": 97.0, "spo2_valid": 1.0, "monitor_mean": 85.0, "monitor_respiratory_rate": 14.0,
    "etco2": 38.0, "body_temperature": 37.0, "apnoea_alarm": 0.0, "ventilator_alarm": 0.0, "pump_alarm": 0.0, "news2": 0.0,
    "second_pump_alarm": 0.0, "third_pump_alarm": 0.0,
    "alarm_acknowledged": 0.0, "alarm_paused": 0.0,
}  # fmt: skip
NUMBER = {alarm.name: i for i, alarm in enumerate(ALARMS, 1)}
K = np.arange(TICKS)


def watch(latching=1.0, **signals):
    return {n: v[0] for n, v in play(AlarmSystem(latching=latching), TICKS, **{**WELL, **signals}).shown.items()}


def when(value, rest, *spans):
    """`value` in some seconds and else `rest`."""
    out = np.full(TICKS, rest)
    for first, last in spans:
        out[first:last] = value
    return out


def test_nothing_alarms_in_health_and_before_the_averages_are_there():
    assert watch()["alarm_priority"].max() == 0.0
    starting = watch(monitor_heart_rate=when(0.0, 75.0, (0, 30)), spo2=when(0.0, 97.0, (0, 30)))
    assert starting["alarm_count"][-1] == 0.0


@pytest.mark.parametrize(("signal", "value", "name", "priority", "delay"), [
    ("monitor_heart_rate", 45.0, "heart rate low", 2.0, 4), ("monitor_heart_rate", 125.0, "heart rate high", 2.0, 4),
    ("spo2", 85.0, "saturation low", 2.0, 10), ("monitor_mean", 55.0, "pressure low", 2.0, 4),
    ("monitor_mean", 120.0, "pressure high", 2.0, 4), ("monitor_respiratory_rate", 35.0, "breathing high", 2.0, 4),
    ("etco2", 60.0, "carbon dioxide high", 2.0, 4), ("body_temperature", 35.0, "temperature low", 1.0, 4),
    ("news2", 8.0, "early warning score", 2.0, 4), ("spo2_valid", 0.0, "oximeter without reading", 1.0, 10),
    ("pump_alarm", 3.0, "pump nearly empty", 1.0, 4),
])  # fmt: skip
def test_an_alarm_begins_after_its_delay_and_ends_with_its_condition(signal, value, name, priority, delay):
    """The condition holds from 100 s to 199 s; low and medium alarms do not latch, and those of limits stay as long as
    they waited."""
    shown = watch(**{signal: when(value, WELL[signal], (100, 200))})
    on = np.flatnonzero(shown["alarm_priority"] > 0.0)
    assert on[0] == 100 + delay
    stays = delay if signal not in {"spo2_valid", "pump_alarm"} else 0
    assert on[-1] == 199 + stays
    assert set(shown["alarm_priority"][on]) == {priority}
    assert set(shown["alarm_cause"][on]) == {NUMBER[name]}
    assert shown["alarm_count"][-1] == 1.0
    assert shown["alarm_count_high"][-1] == 0.0
    assert shown["alarm_time"][-1] == 100.0 - delay + stays


@pytest.mark.parametrize(("signal", "value", "name"), [
    ("monitor_heart_rate", 0.0, "heart rate very low"), ("monitor_heart_rate", 180.0, "heart rate very high"),
    ("monitor_mean", 40.0, "pressure very low"), ("spo2", 70.0, "saturation very low"), ("apnoea_alarm", 1.0, "apnoea"),
    ("ventilator_alarm", 2.0, "ventilator"), ("pump_alarm", 1.0, "pump stopped"),
    ("third_pump_alarm", 2.0, "third pump stopped"),
])  # fmt: skip
def test_an_alarm_of_high_priority_stays_until_it_is_acknowledged(signal, value, name):
    shown = watch(**{signal: when(value, WELL[signal], (100, 200))}, alarm_acknowledged=when(1.0, 0.0, (300, 302)))
    high = np.flatnonzero(shown["alarm_priority"] == HIGH)
    assert (high[0], high[-1]) in {(104, 299), (110, 299)}
    assert set(shown["alarm_cause"][high]) == {NUMBER[name]}
    assert shown["alarm_count_high"][-1] == 1.0
    free = watch(0.0, **{signal: when(value, WELL[signal], (100, 200))})
    stays = 0 if signal.endswith("_alarm") else high[0] - 100
    assert np.flatnonzero(free["alarm_priority"] == HIGH)[-1] == 199 + stays


@pytest.mark.parametrize(
    ("number", "name"), [(1.0, "asystole"), (2.0, "ventricular fibrillation"), (3.0, "ventricular tachycardia")]
)
def test_an_arrhythmia_alarms_at_once_and_before_the_rate(number, name):
    """Its monitor took seconds to tell it; the rate that follows from it is not shown first."""
    shown = watch(
        monitor_arrhythmia=when(number, 0.0, (100, 200)), monitor_heart_rate=when(0.0, 75.0, (90, 200)),
        alarm_acknowledged=when(1.0, 0.0, (300, 302)),
    )  # fmt: skip
    assert {shown["alarm_cause"][k] for k in (94, 99)} == {NUMBER["heart rate very low"]}
    assert set(shown["alarm_cause"][100:300]) == {NUMBER[name]}
    assert set(shown["alarm_priority"][100:300]) == {HIGH}
    assert shown["alarm_priority"][300:].max() == 0.0


def test_no_breath_by_impedance_is_apnoea_of_high_priority_and_a_slow_rate_is_not():
    """The rate is 6 from 100 s and 0, which is a reading, from 150 s; without a sensor from 200 s."""
    rate = when(6.0, 14.0, (100, 150)) * when(0.0, 1.0, (150, TICKS))
    shown = watch(monitor_respiratory_rate=rate, monitor_respiratory_rate_valid=when(0.0, 1.0, (200, TICKS)))
    assert set(shown["alarm_priority"][104:154]) == {MEDIUM}
    assert set(shown["alarm_cause"][104:154]) == {NUMBER["breathing low"]}
    assert set(shown["alarm_priority"][154:]) == {HIGH}
    assert set(shown["alarm_cause"][154:]) == {NUMBER["apnoea"]}
    assert [set(shown["alarm_state_apnoea"][i:j]) for i, j in ((0, 154), (154, 200), (200, TICKS))] == [
        {0.0}, {1.0}, {3.0},
    ]  # fmt: skip


def test_an_alarm_that_only_latches_says_so_until_its_condition_is_back_or_somebody_acknowledges():
    """Pressure is very low from 100 s to 199 s and again from 250 s to 299 s; somebody acknowledges at 350 s. An alarm
    of a limit stays for its delay."""
    pressure = when(40.0, WELL["monitor_mean"], (100, 200), (250, 300))
    shown = watch(monitor_mean=pressure, alarm_acknowledged=when(1.0, 0.0, (350, 351)))
    state = shown["alarm_state_pressure_very_low"]
    spans = ((0, 104), (104, 204), (204, 250), (250, 304), (304, 350), (350, TICKS))
    assert [set(state[i:j]) for i, j in spans] == [{0.0}, {1.0}, {3.0}, {1.0}, {3.0}, {0.0}]
    assert set(shown["alarm_sound"][104:350]) == {HIGH}, "it sounds as long as nobody acknowledges it"


def test_an_acknowledged_alarm_ends_with_its_condition_and_sounds_anew():
    """Apnoea from 40 to 59 s, acknowledged at 50 s, and again from 100 to 159 s, not acknowledged."""
    shown = watch(apnoea_alarm=when(1.0, 0.0, (40, 60), (100, 160)), alarm_acknowledged=when(1.0, 0.0, (50, 51)))
    sounds = np.flatnonzero(shown["alarm_sound"] == HIGH)
    assert sounds.tolist() == [*range(44, 50), *range(104, TICKS)]
    assert shown["alarm_priority"][60:104].max() == 0.0
    assert shown["alarm_count_high"][-1] == 2.0


def test_a_rate_at_its_limit_is_one_alarm():
    """Two seconds above and three below in turn, from 100 s to 299 s, after five seconds above."""
    rate = when(125.0, 118.0, (100, 105), *((k, k + 2) for k in range(108, 300, 5)))
    shown = watch(monitor_heart_rate=rate)
    on = np.flatnonzero(shown["alarm_state_heart_rate_high"] == 1.0)
    assert on.tolist() == list(range(104, 304))
    assert shown["alarm_count"][-1] == 1.0


def test_what_follows_from_an_alarm_is_not_shown_beside_it():
    """Asystole from 100 s to 199 s: the rate is 0, and 45 from 200 s to 299 s."""
    shown = watch(
        monitor_arrhythmia=when(1.0, 0.0, (100, 200)), monitor_heart_rate=when(0.0, 1.0, (100, 200)) * when(45.0, 75.0, (200, 300)),
    )  # fmt: skip
    during = {name for name, v in shown.items() if name.startswith("alarm_state_") and v[120:199].any()}
    assert during == {"alarm_state_asystole"}
    assert shown["alarm_state_heart_rate_low"][210] == 1.0
    assert shown["alarm_state_asystole"][210] == LATCHED


def test_a_second_pump_sounds_though_the_first_one_was_acknowledged():
    """The first stops at 100 s and is acknowledged at 150 s, the second at 200 s."""
    shown = watch(
        pump_alarm=when(1.0, 0.0, (100, TICKS)), second_pump_alarm=when(2.0, 0.0, (200, TICKS)),
        alarm_acknowledged=when(1.0, 0.0, (150, 151)),
    )  # fmt: skip
    spans = ((104, 150), (150, 204), (204, TICKS))
    assert [set(shown["alarm_sound"][i:j]) for i, j in spans] == [{HIGH}, {0.0}, {HIGH}]
    assert shown["alarm_state_pump_stopped"][-1] == 2.0
    assert shown["alarm_state_second_pump_stopped"][-1] == 1.0


def test_what_is_shorter_than_the_delay_does_not_alarm():
    shown = watch(monitor_mean=when(40.0, 85.0, (100, 104), (110, 114)), spo2=when(70.0, 97.0, (150, 160)))
    assert shown["alarm_count"][-1] == 0.0


def test_the_most_urgent_is_shown_first():
    """Saturation falls to 85 % and then 70 %; the medium alarm goes on beneath the high one."""
    low = when(85.0, 97.0, (100, 400))
    low[200:300] = 70.0
    shown = watch(spo2=low, alarm_acknowledged=when(1.0, 0.0, (350, 351)))
    assert shown["alarm_cause"][150] == NUMBER["saturation low"]
    assert shown["alarm_cause"][250] == NUMBER["saturation very low"]
    assert shown["alarm_cause"][320] == NUMBER["saturation very low"]  # it latches
    assert shown["alarm_cause"][360] == NUMBER["saturation low"]
    assert shown["alarm_count"][-1] == 2.0


def test_to_acknowledge_silences_what_is_there_and_not_what_comes():
    shown = watch(
        monitor_mean=when(55.0, 85.0, (100, 400)), monitor_heart_rate=when(130.0, 75.0, (200, 400)),
        alarm_acknowledged=when(1.0, 0.0, (150, 155)),
    )  # fmt: skip
    assert set(shown["alarm_sound"][104:150]) == {2.0}
    assert set(shown["alarm_sound"][150:204]) == {0.0}
    assert set(shown["alarm_priority"][150:204]) == {2.0}
    assert set(shown["alarm_sound"][204:]) == {2.0}


def test_a_pause_silences_for_two_minutes_or_until_a_new_alarm():
    paused = {"monitor_mean": when(55.0, 85.0, (100, 400)), "alarm_paused": when(1.0, 0.0, (150, 151))}
    sound = watch(**paused)["alarm_sound"]
    assert set(sound[150:270]) == {0.0}
    assert sound[270] == 2.0
    broken = watch(**paused, monitor_heart_rate=when(20.0, 75.0, (200, 400)))["alarm_sound"]
    assert set(broken[150:204]) == {0.0}
    assert set(broken[204:]) == {3.0}


def test_who_pauses_once_more_ends_the_pause():
    """IEC 60601-1-8:2006, 6.8: an operator can end the inactivation of an alarm signal. Pauses at 150, 170 and 190 s."""
    acts = sum(when(1.0, 0.0, (at, TICKS)) for at in (150, 170, 190))
    shown = watch(monitor_mean=when(55.0, 85.0, (100, TICKS)), alarm_paused=acts)
    assert [set(shown["alarm_sound"][i:j]) for i, j in ((104, 150), (150, 170), (170, 190), (190, 300))] == [
        {2.0}, {0.0}, {2.0}, {0.0}
    ]  # fmt: skip
    np.testing.assert_array_equal(shown["alarm_pause_left"][[150, 169, 170, 189, 190]], [120.0, 101.0, 0.0, 0.0, 120.0])


def test_what_nothing_feeds_is_not_watched():
    shown = watch(
        **dict.fromkeys(("monitor_heart_rate", "spo2", "spo2_valid", "monitor_mean", "etco2", "pump_alarm"), np.nan)
    )
    assert shown["alarm_count"][-1] == 0.0


@pytest.mark.parametrize(("signal", "flag"), [
    ("monitor_heart_rate", "monitor_heart_rate_valid"), ("spo2", "spo2_valid"), ("monitor_mean", "monitor_pressure_valid"),
    ("monitor_respiratory_rate", "monitor_respiratory_rate_valid"),
])  # fmt: skip
def test_zero_alarms_only_as_a_reading(signal, flag):
    """No sensor: 0 and not valid. An arrest: 0 and valid, or from a monitor that does not say."""
    without = watch(**{signal: 0.0, flag: 0.0})
    assert set(without["alarm_cause"]) <= {0.0, NUMBER["oximeter without reading"]}
    for says in (1.0, np.nan):
        assert watch(**{signal: 0.0, flag: says})["alarm_priority"].max() == HIGH


def test_the_list_is_in_order_of_urgency():
    assert [a.priority for a in ALARMS] == sorted((a.priority for a in ALARMS), reverse=True)
    assert [a.rank for a in ALARMS] == list(range(len(ALARMS), 0, -1))


def test_every_alarm_of_the_list_says_how_it_stands():
    """Mean pressure is low from 100 s and very low from 200 s to 349 s; somebody acknowledges at 150 s and pauses at
    250 s. What is beyond the outer limit is not told of the inner one too."""
    pressure = when(55.0, 85.0, (100, 400))
    pressure[200:350] = 40.0
    shown = watch(
        monitor_mean=pressure, alarm_acknowledged=when(1.0, 0.0, (150, 151)), alarm_paused=when(1.0, 0.0, (250, 251))
    )
    states = {name: values for name, values in shown.items() if name.startswith("alarm_state_")}
    assert list(states) == [f"alarm_state_{a.name.replace(' ', '_')}" for a in ALARMS]
    low, very_low = states.pop("alarm_state_pressure_low"), states.pop("alarm_state_pressure_very_low")
    spans = ((0, 104), (104, 150), (150, 204), (204, 354), (354, TICKS))
    assert [set(low[i:j]) for i, j in spans] == [{0.0}, {1.0}, {2.0}, {0.0}, {2.0}]
    assert [set(very_low[i:j]) for i, j in ((0, 204), (204, 354), (354, TICKS))] == [{0.0}, {1.0}, {3.0}]
    assert not np.any(list(states.values()))
    np.testing.assert_array_equal(shown["alarm_pause_left"][249:252], [0.0, 120.0, 119.0])


def test_to_acknowledge_once_more_is_heard_while_the_signal_of_the_last_time_still_stands():
    """Apnoea is acknowledged at 110 s, low pressure that began to alarm at 111 s at 112 s: the signal says how often."""
    acts = when(1.0, 0.0, (110, TICKS)) + when(1.0, 0.0, (112, TICKS))
    low, apnoea = when(55.0, 85.0, (107, 200)), when(1.0, 0.0, (100, 200))
    shown = watch(apnoea_alarm=apnoea, monitor_mean=low, alarm_acknowledged=acts)
    assert shown["alarm_state_apnoea"][109:112].tolist() == [1.0, 2.0, 2.0]
    assert shown["alarm_state_pressure_low"][110:114].tolist() == [0.0, 1.0, 2.0, 2.0]
