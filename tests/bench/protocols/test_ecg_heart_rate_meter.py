"""The generator of test signals, and what the protocol makes of what is shown, worked out by hand."""

import math

import numpy as np
import pytest

from tests.bench.protocols.play import case, failed, row, statistic, table
from twinbed.bench import find
from twinbed.bench.protocols.ecg import _generator as generator
from twinbed.bench.protocols.ecg._meters import attached
from twinbed.core.errors import StudyError
from twinbed.devices.monitoring.nibp_cuff import NibpCuff
from twinbed.devices.monitoring.patient_monitor import PatientMonitor


@pytest.fixture(scope="module")
def protocol():
    return find.protocol("ecg/heart_rate_meter", repetitions=1)


def test_a_complex_is_a_triangle_of_its_height_and_width():
    """1 mV and 0.1 s at the base: an area of 0.05 mV s, half the height a quarter of the width away."""
    ecg = generator.drawn(1.0, [generator.Complex(0.5)])
    t = generator.time_of(1.0)
    assert ecg.sum() / 1000.0 == pytest.approx(0.05, rel=1e-3)
    assert ecg.max() == pytest.approx(1.0, abs=0.02)
    assert np.interp([0.475, 0.525], t, ecg) == pytest.approx([0.5, 0.5], abs=0.02)
    assert not ecg[np.abs(t - 0.5) > 0.051].any()


def test_a_t_wave_ends_with_the_qt_interval():
    """The complex begins at 0.45 s; QT 0.35 s, T 0.18 s: from 0.62 to 0.80 s, its peak at 0.71 s."""
    wave = generator.drawn(1.5, [generator.Complex(0.5, t_mv=1.2)]) - generator.drawn(1.5, [generator.Complex(0.5)])
    t = generator.time_of(1.5)
    assert t[np.argmax(wave)] == pytest.approx(0.71, abs=0.001)
    assert wave.max() == pytest.approx(1.2, abs=1e-3)
    assert t[wave > 1e-9][[0, -1]] == pytest.approx([0.62, 0.80], abs=0.002)


@pytest.mark.parametrize(("start", "width"), [(0.1, 0.002), (0.1003, 0.0001), (0.1995, 0.0018)])
def test_a_pulse_keeps_its_area_wherever_it_begins(start, width):
    ecg = generator.drawn(0.3, [], [generator.Pulse(start, -700.0, width)])
    assert ecg.sum() * 0.001 == pytest.approx(-700.0 * width, rel=1e-9)
    assert np.count_nonzero(np.abs(ecg) > 1e-6) <= 3


def test_drift_and_mains_have_their_heights_and_periods():
    drift = generator.triangle(20.0, 4.0, 0.1)
    assert np.ptp(drift) == pytest.approx(4.0, rel=1e-3)
    assert drift[:10_000] == pytest.approx(drift[10_000:])
    assert np.abs(np.diff(drift)).max() == pytest.approx(4.0 / 5.0 / 1000.0, rel=1e-6)  # 4 mV in 5 s
    assert np.ptp(generator.mains(1.0, 0.1, 50.0)) == pytest.approx(0.1, rel=0.02)


def test_a_tachycardia_has_its_height_and_rate():
    wave = generator.tachycardia(206.0, 2.0, 5.0, 20.0)
    assert np.ptp(wave) == pytest.approx(2.0)
    assert not wave[:5000].any()
    up = np.count_nonzero((wave[5000:-1] <= 0.0) & (wave[5001:] > 0.0))
    assert 60.0 * up / 15.0 == pytest.approx(206.0, abs=4.0)


def answer(of, shown, alarm=None):
    time = of.stimulus["time_s"]
    shown = np.where(time < 0.0, 0.0, shown) if np.ndim(shown) == 0 else shown
    return {"heart_rate": shown, "alarm": np.zeros(len(time)) if alarm is None else alarm}


def test_errors_beside_what_is_allowed(protocol):
    """At 200 /min 20 /min are allowed: 190 is half of it. At 30 /min 5 are: 24 is 120 %."""
    fast, slow = case(protocol, "range_200"), case(protocol, "range_30")
    assert row(protocol, fast, **answer(fast, 190.0))["excess"] == pytest.approx(50.0)
    assert row(protocol, slow, **answer(slow, 24.0))["excess"] == pytest.approx(120.0)


def test_what_is_blank_counts_as_zero_and_the_first_twenty_seconds_do_not(protocol):
    one = case(protocol, "range_100")
    time = one.stimulus["time_s"]
    assert row(protocol, one, **answer(one, np.where(time < 20.0, math.nan, 100.0)))["excess"] == 0.0
    assert row(protocol, one, **answer(one, np.where(time > 30.0, math.nan, 100.0)))["excess"] == pytest.approx(1000.0)


def test_what_is_shown_where_there_is_no_complex(protocol):
    one = case(protocol, "none_small")
    assert row(protocol, one, **answer(one, math.nan))["counted"] == 0.0
    assert row(protocol, one, **answer(one, np.where(one.stimulus["time_s"] == 30.0, 81.0, 0.0)))["counted"] == 81.0


def test_the_time_until_63_per_cent_of_a_change_and_until_an_alarm(protocol):
    """From 80 to 120 the level is 0.37 x 80 + 0.63 x 120 = 105.2; from 80 to 40 it is 54.8."""
    one = case(protocol, "faster_0")
    event, time = one.reference["event_s"], one.stimulus["time_s"]
    shown = np.where(time < event + 3.0, 80.0, np.where(time < event + 6.0, 105.0, 106.0))
    found = row(protocol, one, **answer(one, shown, (time > event + 4.0).astype(float)))
    first = lambda after: time[time >= event + after][0] - event
    assert found["response_s"] == pytest.approx(first(6.0))
    assert found["alarm_s"] == pytest.approx(time[time > event + 4.0][0] - event)
    assert found["false_alarms"] == 0.0
    slower = case(protocol, "slower_0")
    down = np.where(time < slower.reference["event_s"] + 2.0, 80.0, 54.7)
    assert row(protocol, slower, **answer(slower, down))["response_s"] < 3.0


def test_a_change_that_is_never_shown_takes_until_the_end_and_an_early_alarm_is_false(protocol):
    one = case(protocol, "standstill_0")
    event, time = one.reference["event_s"], one.stimulus["time_s"]
    found = row(protocol, one, **answer(one, 80.0, (time == 25.0).astype(float)))
    assert found["alarm_s"] == pytest.approx(time[-1] - event)
    assert found["false_alarms"] == 1.0


def test_an_alarm_at_a_steady_rate_within_the_limits_is_false(protocol):
    """What comes in the first twenty seconds does not count, nor an alarm of standstill or of an arrhythmia."""
    found = {}
    for name in ("range_100", "paced_captured_2mV_2ms", "none_small", "irregular_bigeminy"):
        one = case(protocol, name)
        time = one.stimulus["time_s"]
        late = row(protocol, one, **answer(one, 100.0, (time > 30.0).astype(float))).get("false_alarms")
        early = row(protocol, one, **answer(one, 100.0, (time < 20.0).astype(float))).get("false_alarms")
        found[name] = (late, early)
    steady = (1.0, 0.0)
    assert found == {"range_100": steady, "paced_captured_2mV_2ms": steady, "none_small": (None, None),
                     "irregular_bigeminy": (None, None)}  # fmt: skip


def test_a_meter_that_keeps_its_own_limits_fails_by_its_alarms_alone(protocol):
    assert failed(protocol, "bad_limits") == {"false_alarms"}


def test_criteria_look_at_their_own_signals(protocol):
    rows = [{"excess": 30.0}, {"excess": 70.0}, {"excess": 90.0}]
    many = table(rows, test=["range", "range", "paced"])
    assert statistic(protocol, "accuracy_range")(many).value == 70.0
    assert statistic(protocol, "accuracy_paced")(many).value == 90.0
    assert math.isnan(statistic(protocol, "accuracy_shape")(many).value)


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        ("bad_slow", {"response_faster", "response_slower", "alarm_standstill", "alarm_slower", "alarm_faster"}),
        ("bad_t_wave", {"accuracy_t_wave"}),
        ("bad_blank", {"alarm_standstill", "alarm_tachycardia", "accuracy_range"}),
    ],
)
def test_each_fault_fails_where_it_shows(protocol, device, expected):
    assert expected <= failed(protocol, device)


def test_a_monitor_of_twinbed_is_attached_with_its_alarms(protocol):
    one = case(protocol, "standstill_0")
    shown = attached(PatientMonitor())(one.stimulus)
    found = row(protocol, one, **shown)
    assert 4.0 < found["alarm_s"] < 10.0  # asystole after 4 s, the alarm 4 s later
    steady = case(protocol, "range_100")
    assert row(protocol, steady, **attached(PatientMonitor())(steady.stimulus))["excess"] < 10.0
    with pytest.raises(StudyError, match="no heart rate|does not provide"):
        attached(NibpCuff())(one.stimulus)


@pytest.mark.parametrize(
    "name",
    [
        "none_small", "none_narrow", "disturbed_drift", "disturbed_mains", "t_wave_1.2mV", "shape_0.5mV_70ms_200",
        "paced_captured_700mV_2ms", "paced_uncaptured_2mV_2ms", "pulses_-700mV_0.1ms",
    ],
)  # fmt: skip
def test_the_monitor_of_twinbed_meets_what_it_is_for(protocol, name):
    """Of the whole protocol all criteria are met; here its hardest signals."""
    one = case(protocol, name)
    found = row(protocol, one, **attached(PatientMonitor())(one.stimulus))
    assert found.get("counted", 0.0) == 0.0
    assert found.get("excess", 0.0) < 10.0


def test_the_monitor_of_twinbed_alarms_in_every_tachycardia(protocol):
    for name in ("tachycardia_206_0.5mV_0", "tachycardia_206_2mV_0", "tachycardia_195_4mV_0"):
        one = case(protocol, name)
        shown = attached(PatientMonitor())(one.stimulus)
        assert row(protocol, one, **shown)["alarm_s"] < 10.0
        assert shown["heart_rate"][-1] == pytest.approx(one.reference["rate"], rel=0.01)


@pytest.mark.parametrize("settings", [{"lowest_rate": 90.0}, {"highest_rate": 70.0}, {"repetitions": 0}])
def test_a_range_without_80_is_refused(settings):
    with pytest.raises(StudyError, match="around 80"):
        find.protocol("ecg/heart_rate_meter", **settings)
