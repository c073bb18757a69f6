"""What is shown of a bed: traces where a device reads them, numbers with their limits, alarms with what they are about."""

import functools

import numpy as np
import pytest

from tests.devices.infusion.test_pumps import run
from tests.devices.play import play
from twinbed.devices.infusion.syringe_pump import SyringePump
from twinbed.devices.monitoring.pulse_oximeter import PulseOximeter
from twinbed.devices.software.alarm_system import ALARMS, AlarmSystem
from twinbed.engine.bed import Bed
from twinbed.server.frames import packed
from twinbed.studies.acute import vitals
from twinbed.vocab.signals import SIGNALS
from twinbed.ward import views
from twinbed.ward.definition import make, template
from twinbed.ward.views import NO_READING, Trace, View, alarms_at, devices_at, numbers_at, pause_left_s


@functools.cache
def _made(name):
    return make(template(name).toml)


@pytest.mark.long
def test_a_trace_is_there_where_a_device_reads_it():
    traces = lambda name: {t.id for t in _made(name).view.traces}
    assert {"ecg_ii", "ecg_v6", "arterial_pressure", "ppg_infrared", "co2_wave", "airway_pressure"} <= traces(
        "anaesthesia"
    )
    assert "airway_pressure" not in traces("emergency"), "nobody ventilates"
    assert "co2_wave" not in traces("coronary_care"), "there is no capnograph"


def test_a_watch_shows_its_waves_and_no_electrocardiogram_but_while_it_records():
    made = _made("step_down")
    traces = {t.id: t for t in made.view.traces}
    assert {"watch_ppg", "watch_acceleration", "watch_ecg"} <= set(traces)
    assert next(iter(traces)) == "ecg_ii", "the monitor comes first"
    recorded = {source: np.zeros(3) for source in made.view.record}
    recorded |= {"watch.watch_ecg": np.array([0.0, 0.5, 0.0]), "watch.watch_ecg_valid": np.array([0.0, 1.0, 0.0])}
    sent = dict(zip(traces, packed(tuple(traces.values()), recorded), strict=True))
    offset, step = traces["watch_ecg"].scale
    assert sent["watch_ecg"][[0, 2]].tolist() == [NO_READING] * 2
    assert offset + step * sent["watch_ecg"][1] == pytest.approx(0.5, abs=step)
    assert NO_READING not in sent["watch_ppg"]


def test_what_is_done_with_a_watch_stands_at_it_and_exercise_does_not():
    controls = _made("step_down").controls
    own = {c.id for c in controls.values() if c.device == "watch"}
    assert own == {"watch_ecg_start", "watch_off", "steps"}
    assert controls["exercise_intensity"].device == "", "the body reads it too"
    assert "watch_off" not in _made("anaesthesia").controls


def test_numbers_have_the_controls_of_their_limits():
    made = _made("anaesthesia")
    numbers = {n["id"]: n for n in made.view.described(1.0, 0.01, made.controls)["numbers"]}
    of = lambda number: {side.removesuffix("_control"): at for side, at in numbers[number]["limits"].items() if at}
    sides = ("very_low", "low", "high", "very_high")
    assert of("HR") == {side: f"alarms.heart_rate_{side}" for side in sides}
    assert of("SpO2") == {side: f"alarms.saturation_{side}" for side in sides[:2]}
    assert of("RR") == {side: f"alarms.breathing_{side}" for side in sides[1:3]}
    assert numbers["TOF"]["of_body"]
    assert not numbers["HR"]["of_body"]


def test_what_drugs_do_is_looked_at_when_one_that_does_was_given():
    view = _made("anaesthesia").view
    assert views.off(view, set()) == {"BIS", "TOF"}, "no device of the bed measures them"
    assert views.off(view, {"rocuronium"}) == {"BIS"}
    assert views.off(view, {"propofol"}) == {"TOF"}
    assert views.off(view, {"phenylephrine"}) == {"BIS", "TOF"}
    recorded = {source: np.ones(2) for source in view.record}
    numbers = numbers_at(view, recorded, unseen=views.off(view, {"propofol"}))
    assert numbers["TOF"] is None
    assert numbers["BIS"] == 1.0
    told = {n["id"]: n["of_drugs"] for n in view.described(1.0, 0.01, ())["numbers"]}
    assert [name for name, of_drugs in told.items() if of_drugs] == ["BIS", "TOF"]


def test_an_alarm_says_which_number_it_is_about_and_whether_it_sounds():
    view = _made("anaesthesia").view
    recorded = {source: np.zeros(2) for source in view.record}
    recorded |= {"alarms.alarm_state_saturation_low": np.full(2, 2.0)}
    (alarm,) = alarms_at(view, recorded)
    assert (alarm["priority"], alarm["numbers"], alarm["acknowledged"]) == (2, ["SpO2"], True)
    recorded |= {"alarms.alarm_state_heart_rate_very_low": np.ones(2)}
    first, second = alarms_at(view, recorded)
    assert (first["id"], first["numbers"], first["acknowledged"]) == ("heart_rate_very_low", ["HR"], False)
    assert second == alarm
    assert not first["latched"]
    recorded |= {"alarms.alarm_state_heart_rate_very_low": np.full(2, 3.0)}
    first, _ = alarms_at(view, recorded)
    assert (first["latched"], first["acknowledged"]) == (True, False), "its condition is gone, and nobody acknowledged"


def test_an_alarm_is_listed_and_no_row_of_its_device():
    view = _made("anaesthesia").view
    assert {f"alarms.{s}" for s in view.devices["alarms"]} <= set(view.record)
    assert not any(s.startswith("alarm_state_") for s in view.devices["alarms"])
    assert len(view.numbers.listed) == len(ALARMS)


def test_a_pause_of_the_sound_leaves_every_alarm_as_it_is():
    """What the alarm system itself puts out: pressure very low and then heart rate, a pause, and a key."""
    view = _made("anaesthesia").view
    low = lambda value, rest, since: np.where(np.arange(200) >= since, value, rest)
    pressed = lambda at: np.where(np.arange(200) == at, 1.0, 0.0)
    shown = play(
        AlarmSystem(), 200, monitor_mean=low(40.0, 85.0, 50), monitor_heart_rate=low(30.0, 75.0, 80),
        body_temperature=low(35.0, 37.0, 150), alarm_paused=pressed(60), alarm_acknowledged=pressed(100),
    ).shown  # fmt: skip
    recorded = {source: np.zeros(200) for source in view.record}
    recorded |= {f"alarms.{name}": values[0] for name, values in shown.items()}
    at = lambda k: [(a["id"], a["acknowledged"]) for a in alarms_at(view, recorded, k)]
    assert at(70) == [("pressure_very_low", False)], "paused, and nobody acknowledged"
    assert recorded["alarms.alarm_sound"][70] == 0.0
    assert pause_left_s(view, recorded, 70) == 110.0
    assert at(90)[:2] == [("heart_rate_very_low", False), ("pressure_very_low", False)]
    assert all(acknowledged for _, acknowledged in at(120))
    assert at(160)[-1] == ("temperature_low", False), "it sounds and is shown"
    assert at(160)[:-1] == at(120), "what was acknowledged stays so"
    assert recorded["alarms.alarm_sound"][160] == 1.0


def _heard(part, signal, codes, acknowledged_at=10**9):
    """A device's alarm and what the alarm system of the anaesthesia bed makes of it, second by second: the alarms that
    are listed, as (name, latched), and the priority that sounds."""
    view = _made("anaesthesia").view
    press = np.where(np.arange(len(codes)) == acknowledged_at, 1.0, 0.0)
    late = np.concatenate([[0.0], codes[:-1]])  # what the system reads is that of the tick before
    shown = play(AlarmSystem(), len(codes), alarm_acknowledged=press, **{signal: late}).shown
    recorded = {source: np.zeros(len(codes)) for source in view.record} | {f"{part}.{signal}": codes}
    recorded |= {f"alarms.{name}": values[0] for name, values in shown.items()}
    listed, stood = [], ()
    for k in range(len(codes)):
        stood = alarms_at(view, recorded, k, stood)
        listed.append([(a["text"], a["latched"]) for a in stood])
        loud = max((a["priority"] for a in stood if not a["acknowledged"]), default=0)
        assert loud == recorded["alarms.alarm_sound"][k], f"what is seen at {k} s is what is heard"
    return listed


@pytest.mark.parametrize(
    ("part", "signal", "code", "name"),
    [
        ("capnograph", "apnoea_alarm", 1.0, "apnoea"),
        ("ventilator", "ventilator_alarm", 2.0, "ventilator: low pressure or disconnected"),
        ("propofol_pump", "pump_alarm", 1.0, "propofol_pump: occlusion"),
    ],
)
def test_an_alarm_of_a_device_is_listed_as_long_as_it_stands_and_sounds_under_one_name(part, signal, code, name):
    """The device alarms from 40 s on, for a minute: the system after 4 s more, and it latches until it is seen."""
    view = _made("anaesthesia").view
    if part not in view.devices:
        part = next(p for p, shows in view.devices.items() if signal in shows)
        name = name.replace("propofol_pump", part)
    k = np.arange(200)
    listed = _heard(part, signal, np.where((k >= 40) & (k < 100), code, 0.0), acknowledged_at=150)
    first = next(k for k, alarms in enumerate(listed) if alarms)
    assert first == 45, "one tick and the delay of 4 s after it"
    assert listed[45:101] == [[(name, False)]] * 56
    assert listed[101:150] == [[(name, True)]] * 49
    assert listed[151:] == [[]] * 49


def test_what_is_sent_keeps_half_a_step_and_what_is_beyond_is_at_the_end():
    trace = Trace("arterial_pressure", "ABP", "arterial", 0.0, 160.0, full=(0.0, 300.0))
    offset, step = trace.scale
    sent = trace.packed(np.asarray([0.0, 93.7, 300.0, 1e6, -1e6, np.nan]))
    np.testing.assert_allclose(offset + step * sent[:3], [0.0, 93.7, 300.0], atol=step / 2)
    assert sent[3:].tolist() == [32767, -32767, NO_READING]


def test_the_pulses_of_a_pacemaker_are_sent_as_running_numbers_where_there_is_one():
    view = _made("coronary_care").view
    counts = [w["id"] for w in view.described(1.0, 0.01, ())["waves"] if w["counts"]]
    assert counts == ["atrial_pulse_number", "ventricular_pulse_number"]
    assert not any(t.counts for t in _made("anaesthesia").view.traces)
    trace = next(t for t in view.traces if t.id == "ventricular_pulse_number")
    assert trace.source == "pacemaker.ventricular_pulse_number"
    assert trace.packed(np.array([0.0, 7.0, np.nan, 123_456.0])).tolist() == [0, 7, NO_READING, 3_456]


@pytest.mark.parametrize(
    ("name", "signal", "value", "number"),
    [
        ("IOB", "insulin_on_board", -0.012, 0.0),  # the pump's steps
        ("IOB", "insulin_on_board", -0.3, -0.3),  # less than the basal rate was given
        ("trend", "glucose_trend", -0.12, -0.1),
        ("trend", "glucose_trend", -0.01, 0.0),
    ],
)
def test_a_number_is_below_zero_only_where_it_says_something(name, signal, value, number):
    reading = next(r for r in views._EXTRA if r.name == name)
    shown = vitals.View((), {name: (reading, f"d.{signal}", "")}, (), frozenset())
    view = View((), shown, {"d": (signal,)}, (), "")
    piece = {f"d.{signal}": np.asarray([value])}
    assert numbers_at(view, piece) == {name: number}
    assert not np.signbit(numbers_at(view, piece)[name]) or number < 0.0
    assert devices_at(view, piece)["d"][signal] == (0.0 if name == "IOB" and number == 0.0 else value)


def test_the_mean_of_a_minute_of_what_a_pump_gave_is_its_setting_though_the_flow_of_a_second_is_not():
    """Within one slip of the plunger (a minute's is 0.3 mL/h) and the 2 % of the screw; as pages tell totals."""
    flow, hour = 5.0, slice(3600, 7200)  # the play of the new syringe is taken up
    played = run(SyringePump(gain_sd=0.0), flow)
    signals = ("pump_flow", "pump_volume_total")
    view = View((), vitals.View((), {}, (), frozenset()), {"pump": signals}, (), "")
    at = [devices_at(view, {f"pump.{s}": played[s][0, k : k + 1] for s in signals})["pump"] for k in range(7200)]
    given = np.asarray([told["pump_volume_total"] for told in at])
    means = (given[60:] - given[:-60])[hour.start - 60 : hour.stop - 60] * 60.0
    assert np.abs(means - flow).max() <= 0.005 * 60.0 + 0.02 * flow
    assert np.abs(np.asarray([told["pump_flow"] for told in at])[hour] - flow).max() > flow / 2


def test_what_a_device_does_not_measure_now_is_no_reading_on_its_panel_and_among_the_numbers():
    """Values stand in the device (the last saturation stays there); its flags say that they are none."""
    view = _made("anaesthesia").view
    recorded = {source: np.ones(2) for source in view.record}
    shown, numbers = devices_at(view, recorded), numbers_at(view, recorded)
    assert (shown["oximeter"]["spo2"], shown["ventilator"]["ventilator_peak_pressure"], numbers["PR"]) == (1.0, 1.0, 1)
    off = ("oximeter.spo2_valid", "oximeter.pulse_rate", "ventilator.ventilator_valid", "cuff.nibp_valid")
    recorded |= {source: np.zeros(2) for source in off}
    shown, numbers = devices_at(view, recorded), numbers_at(view, recorded)
    assert [shown["oximeter"][s] for s in ("spo2", "pulse_rate", "perfusion_index")] == [None, None, 1.0]
    assert [shown["cuff"][s] for s in ("nibp_systolic", "nibp_mean", "nibp_diastolic")] == [None] * 3
    of_breath = ("peak_pressure", "plateau_pressure", "tidal_volume", "compliance", "rate", "minute_volume")
    assert [shown["ventilator"][f"ventilator_{s}"] for s in of_breath] == [None] * 4 + [1.0] * 2
    assert [numbers[n] for n in ("SpO2", "PR", "Ppeak", "Vt", "NSYS", "MV")] == [None] * 5 + [1.0]


def test_of_two_devices_of_a_kind_each_says_of_its_own_readings_whether_they_are():
    view = views.view_of(Bed({}, {"ear": PulseOximeter(), "finger": PulseOximeter()}))
    recorded = {source: np.ones(2) for source in view.record} | {"ear.spo2_valid": np.zeros(2)}
    shown = devices_at(view, recorded)
    assert (shown["ear"]["spo2"], shown["finger"]["spo2"]) == (None, 1.0)


def test_every_flag_that_says_what_is_a_reading_is_heeded():
    """All but those of a moment: that a reading is new (`cgm_valid`) and that a finger-stick was taken."""
    flags = {name for name in SIGNALS if name.endswith("_valid")} - {"cgm_valid", "meter_valid"}
    assert flags == set(vitals.VALID.values()) - {"cgm_current"}
    assert set(vitals.VALID) <= set(SIGNALS)


def test_a_running_total_is_told_with_what_a_minute_adds_to_it():
    view = View((), vitals.View((), {}, (), frozenset()), {"p": ("pump_volume_total", "pump_left")}, (), "")
    piece = {"p.pump_volume_total": np.asarray([1234.567891]), "p.pump_left": np.asarray([1234.567891])}
    assert devices_at(view, piece)["p"] == {"pump_volume_total": 1234.56789, "pump_left": 1234.6}
