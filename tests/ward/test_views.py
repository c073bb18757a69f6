"""What is shown of a bed: traces where a device reads them, numbers with their limits, alarms with what they are about."""

import functools

import numpy as np

from twinbed.devices.software.alarm_system import ALARMS
from twinbed.ward.definition import make, template
from twinbed.ward.views import NO_READING, Trace, alarms_at


@functools.cache
def _made(name):
    return make(template(name).toml)


def test_a_trace_is_there_where_a_device_reads_it():
    traces = lambda name: {t.id for t in _made(name).view.traces}
    assert {"ecg_ii", "ecg_v6", "arterial_pressure", "ppg_infrared", "co2_wave", "airway_pressure"} <= traces(
        "anaesthesia"
    )
    assert "airway_pressure" not in traces("emergency"), "nobody ventilates"
    assert "co2_wave" not in traces("coronary_care"), "there is no capnograph"


def test_numbers_have_the_controls_of_their_limits():
    numbers = {n["id"]: n for n in _made("anaesthesia").view.described(1.0, 0.01)["numbers"]}
    assert numbers["HR"]["limits"] == {"low_control": "alarms.heart_rate_low", "high_control": "alarms.heart_rate_high"}
    assert numbers["SpO2"]["limits"] == {"low_control": "alarms.saturation_low", "high_control": None}
    assert numbers["TOF"]["of_body"]
    assert not numbers["HR"]["of_body"]


def test_an_alarm_says_which_number_it_is_about_and_whether_it_sounds():
    view = _made("anaesthesia").view
    recorded = {source: np.zeros(2) for source in view.record}
    place = next(i for i, a in enumerate(ALARMS, 1) if a.name == "saturation low")
    recorded |= {"alarms.alarm_cause": np.full(2, place), "alarms.alarm_priority": np.full(2, 2.0)}
    (alarm,) = alarms_at(view, recorded)
    assert (alarm["priority"], alarm["numbers"], alarm["acknowledged"]) == (2, ["SpO2"], True)
    recorded["alarms.alarm_sound"] = np.full(2, 2.0)
    assert not alarms_at(view, recorded)[0]["acknowledged"]


def test_what_is_sent_keeps_half_a_step_and_what_is_beyond_is_at_the_end():
    trace = Trace("arterial_pressure", "ABP", "arterial", 0.0, 160.0, full=(0.0, 300.0))
    offset, step = trace.scale
    sent = trace.packed(np.asarray([0.0, 93.7, 300.0, 1e6, -1e6, np.nan]))
    np.testing.assert_allclose(offset + step * sent[:3], [0.0, 93.7, 300.0], atol=step / 2)
    assert sent[3:].tolist() == [32767, -32767, NO_READING]
