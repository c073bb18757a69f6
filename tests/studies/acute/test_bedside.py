"""A bedside file is read, checked, and put together; what is wrong is named by table and key."""

import pathlib

import numpy as np
import pytest

from twinbed.core.errors import StudyError, WiringError
from twinbed.core.scenario import Event, Scenario
from twinbed.devices.infusion.syringe_pump import SyringePump
from twinbed.devices.monitoring.capnograph import Capnograph
from twinbed.devices.monitoring.nibp_cuff import NibpCuff
from twinbed.devices.monitoring.patient_monitor import PatientMonitor
from twinbed.devices.software.alarm_system import ALARMS, AlarmSystem
from twinbed.devices.ventilation.bag_valve_mask import BagValveMask
from twinbed.devices.ventilation.ventilator import Ventilator
from twinbed.engine.batch import prepare
from twinbed.engine.bed import Bed
from twinbed.engine.couple import couple
from twinbed.engine.links import default_links
from twinbed.physiology.body.environment import Environment
from twinbed.physiology.body.thermal import Thermal
from twinbed.physiology.cardiovascular.circulation import Circulation
from twinbed.physiology.pharmacology.drugs import Drugs
from twinbed.physiology.respiratory.lungs import Lungs
from twinbed.physiology.waveforms.radial import Radial
from twinbed.studies.acute.bedside import (
    FOREVER_S,
    PatientSpec,
    bedside_from,
    build_bed,
    build_models,
    build_scenario,
    load_bedside,
    person_of,
    seconds,
)
from twinbed.studies.acute.vitals import Alarm, alarms, in_words, text, view_of

EXAMPLE = pathlib.Path(__file__).parents[3] / "examples" / "bedside.toml"
VENTILATOR = {"name": "ventilator", "device": "devices/ventilation/ventilator", "mode": "psv"}
PUMP = {
    "name": "pump",
    "device": "devices/infusion/syringe_pump",
    "drug": "norepinephrine",
    "concentration": 0.1,
}


@pytest.fixture(scope="module")
def example():
    return load_bedside(EXAMPLE)


@pytest.mark.parametrize(
    ("written", "means"),
    [(90, 90.0), ("90 s", 90.0), ("5 min", 300.0), ("1.5h", 5400.0), ("00:05:30", 330.0), ("1 d", 86400.0)],
)
def test_times(written, means):
    assert seconds(written, "at") == means


@pytest.mark.parametrize("written", ["soon", "5 weeks", "1:2", True, None, "1.2.3 s", float("nan"), "."])
def test_what_is_no_time(written):
    with pytest.raises(StudyError, match=r"events\[1\].at: expected seconds"):
        seconds(written, "events[1].at")


def test_a_body_that_nobody_has_is_refused_at_its_table():
    with pytest.raises(StudyError, match=r"^patient: weight_kg = 30 at height_cm = 230 is a body-mass index of 5.67"):
        bedside_from({"patient": {"weight_kg": 30.0, "height_cm": 230.0}})


def test_what_is_to_be_recorded_is_found_in_the_bed_or_refused():
    table = {"devices": [{"name": "oximeter", "device": "devices/monitoring/pulse_oximeter"}]}
    bedside = bedside_from({**table, "record": ["spo2", "lungs.airway_pressure"]})
    assert bedside.record == ("oximeter.spo2", "lungs.airway_pressure")
    with pytest.raises(StudyError, match=r"^record: nothing in the bed shows 'spo3'; did you mean spo2"):
        bedside_from({**table, "record": ["spo3"]})


def test_the_example_has_its_person_devices_and_events(example):
    person = person_of(example.patient)
    assert (person.age, person.weight_kg, person.height_cm, person.sex) == (62.0, 84.0, 176.0, "male")
    scenario = build_scenario(example.events, person)
    doses = {e.signal: e.amount for e in scenario.events}
    assert doses["rocuronium_rate"] == pytest.approx(0.6 * 84.0)
    assert doses["ventilator_standby"] == 1.0
    held = next(e for e in scenario.events if e.signal == "intubation")
    assert held == Event("intubation", 150.0, FOREVER_S, 1.0)
    bed = build_bed(example, longest_s=1.0)
    assert {n: type(d).__name__ for n, d in bed.devices.items()}["ventilator"] == "Ventilator"
    assert float(bed.devices["ventilator"].tidal_volume) == 520.0
    assert max(m.step_s for m in bed.models.values()) == 1.0
    assert dict(bed.links)["lungs.inspired_oxygen"] == "ventilator.inspired_oxygen"


def test_what_the_example_shows_comes_from_devices(example):
    view = view_of(build_bed(example))
    assert [w.name for w in view.waves] == ["ECG II", "ART", "PLETH", "CO2", "PAW"]
    assert view.readings["HR"][1] == "monitor.monitor_heart_rate"
    assert view.readings["SpO2"][1] == "oximeter.spo2"
    assert view.of_body == {"Temp", "BIS"}


def test_a_slower_organ_gets_the_step_of_a_live_bed(example):
    slow, live = build_models(example.patient), build_models(example.patient, longest_s=1.0)
    assert (slow["thermal"].step_s, live["thermal"].step_s) == (Thermal().step_s, 1.0)
    assert live["circulation"].step_s == slow["circulation"].step_s


def test_names_stand_for_numbers():
    bedside = bedside_from(
        {
            "devices": [VENTILATOR, PUMP],
            "events": [
                {"signal": "rhythm", "at": 10, "amount": "ventricular_fibrillation_coarse"},
                {"signal": "ventilator_mode_set", "at": "1 min", "amount": "pcv", "lasts": "1 min"},
            ],
        }
    )
    assert [(e.at, e.lasts, e.amount) for e in bedside.events] == [(10.0, None, 14.0), (60.0, 60.0, 2.0)]
    bed = build_bed(bedside)
    assert float(bed.devices["ventilator"].mode) == 5.0
    assert "norepinephrine_rate" in str(couple(bed, frozenset()).shows("pump"))


def test_the_lungs_breathe_from_the_last_machine_of_the_row():
    models, devices = {"environment": Environment(), "lungs": Lungs()}, {"bag": BagValveMask(), "machine": Ventilator()}
    assert default_links(models, {}) == {}
    links = default_links(models, devices)
    assert links == {
        "lungs.circuit_pressure": "bag.circuit_pressure",
        "lungs.circuit_resistance": "bag.circuit_resistance",
        "lungs.inspired_oxygen": "bag.inspired_oxygen",
        "bag.inspired_oxygen": "machine.inspired_oxygen",
        "machine.inspired_oxygen": "environment.inspired_oxygen",
        "bag.circuit_pressure": "machine.circuit_pressure",
        "bag.circuit_resistance": "machine.circuit_resistance",
    }


def test_the_line_of_a_monitor_lies_at_the_wrist():
    """A cuff is around the arm above: it has the pressure of the aorta."""
    models = {"circulation": Circulation(), "radial": Radial()}
    devices = {"monitor": PatientMonitor(), "cuff": NibpCuff()}
    assert default_links(models, devices) == {"monitor.arterial_pressure": "radial.radial_pressure"}
    assert default_links({"circulation": Circulation()}, devices) == {}


def test_every_pump_is_watched():
    pumps = {n: SyringePump.of(n, concentration=1.0) for n in ("propofol", "remifentanil")}
    devices = {**pumps, "alarms": AlarmSystem()}
    links = default_links({"drugs": Drugs()}, devices)
    assert links == {
        "alarms.pump_alarm": "propofol.pump_alarm",
        "alarms.second_pump_alarm": "remifentanil.pump_alarm",
    }
    couple(Bed({"drugs": Drugs()}, devices), frozenset())
    other = Bed({"drugs": Drugs()}, devices, links={"alarms.pump_alarm": "remifentanil.pump_alarm"})
    assert dict(other.links)["alarms.pump_alarm"] == "remifentanil.pump_alarm"


def test_a_bed_in_python_has_the_links_of_a_bed_in_a_file():
    models, devices = {"environment": Environment(), "lungs": Lungs()}, {"machine": Ventilator()}
    assert dict(Bed(models, devices).links) == default_links(models, devices)
    whole = Bed(
        build_models(PatientSpec(), waveforms=False), {"machine": Ventilator(mode="psv"), "bag": BagValveMask()}
    )
    wires = {str(s) for s in couple(whole, frozenset()).feeds("lungs")}
    assert wires >= {"bag.inspired_oxygen", "bag.circuit_pressure", "bag.circuit_resistance"}


def test_what_could_show_a_signal_is_said_to_who_records_it():
    bed = Bed(build_models(PatientSpec(), waveforms=False))
    with pytest.raises(WiringError, match=r'load\("physiology/cardiovascular/mean_pressure"\)\(\) to the patient'):
        prepare(bed, Scenario(), duration_s=10.0, record=["mean_arterial_pressure"])
    with pytest.raises(WiringError, match=r'load\("devices/monitoring/pulse_oximeter"\)\(\) to the devices'):
        prepare(bed, Scenario(), duration_s=10.0, record=["spo2"])


TCI = {"name": "tci", "device": "devices/infusion/tci_pump", "drug": "propofol", "concentration": 10.0}


def test_a_target_controlled_pump_has_the_settings_of_its_syringe():
    bedside = bedside_from({"devices": [{**TCI, "container": 30.0, "effect_site": False, "model": "marsh"}]})
    pump = build_bed(bedside).devices["tci"]
    assert (float(pump.pump.container), float(pump.effect_site)) == (30.0, 0.0)


WRONG = {
    r"devices\[1\] \(tci\).container: 1e\+06 is outside": {"devices": [{**TCI, "container": 1e6}]},
    r"devices\[1\] \(tci\).concentration: -1 is outside": {"devices": [{**TCI, "concentration": -1.0}]},
    r"devices\[1\] \(tci\): SyringePump has no setting 'contaner'; did you mean container": {
        "devices": [{**TCI, "contaner": 30.0}]
    },
    "patient.age: .* must be at least 18": {"patient": {"age": 3}},
    "format: a bedside has none": {"format": "acut"},
    "patient: unknown key 'wieght_kg'; did you mean weight_kg": {"patient": {"wieght_kg": 70}},
    "patient.conditions: there is no condition 'cpod'; did you mean copd": {"patient": {"conditions": {"cpod": 1}}},
    "patient.conditions.copd: expected a severity from 0 to 1": {"patient": {"conditions": {"copd": 2}}},
    r"devices\[1\] \(ventilator\).mode: 'PSV' is none of vcv, pcv, prvc, simv, psv, cpap; did you mean psv\?": {
        "devices": [{**VENTILATOR, "mode": "PSV"}]
    },
    r"ventilator\).mode: 'pressure' is none of vcv, pcv, prvc, simv, psv, cpap$": {
        "devices": [{**VENTILATOR, "mode": "pressure"}]
    },
    r"ventilator\).mode: expected a number, or one of vcv, pcv, .*, found True": {
        "devices": [{**VENTILATOR, "mode": True}]
    },
    r"\(pacemaker\).mode: 'ddd' is none of VVI, DDD, VOO, DOO; did you mean DDD\?": {
        "devices": [{"name": "pacemaker", "device": "devices/rhythm/pacemaker", "mode": "ddd"}]
    },
    r"events\[1\].amount: 'Sinus' is none of sinus, .*; did you mean sinus\?": {
        "events": [{"signal": "rhythm", "at": 0, "amount": "Sinus"}]
    },
    r"devices\[1\] \(ventilator\).peep: 99 is outside 0 to 50": {"devices": [{**VENTILATOR, "peep": 99}]},
    r"devices\[1\] \(ventilator\): Ventilator has no setting 'pepe'": {"devices": [{**VENTILATOR, "pepe": 5}]},
    r"devices\[1\] \(pump\).drug: there is no drug 'noradrenalin'": {"devices": [{**PUMP, "drug": "noradrenalin"}]},
    r"devices\[1\] \(pump\).drug: there is no drug 'crystalloid'": {"devices": [{**PUMP, "drug": "crystalloid"}]},
    r"devices \(pump\): .*concentration": {"devices": [{k: v for k, v in PUMP.items() if k != "concentration"}]},
    "devices: 'pump' is there twice": {"devices": [PUMP, PUMP]},
    r"events\[1\].signal: 'rythm' is no signal": {"events": [{"signal": "rythm", "at": 0, "amount": 1}]},
    r"events\[1\] \(meal_bolus\): nothing in the bed reads meal_bolus": {
        "events": [{"signal": "meal_bolus", "at": 0, "amount": 1}]
    },
    r"events\[1\] \(norepinephrine_rate\): pump feeds .* already; tell it with an event of norepinephrine_command": {
        "devices": [PUMP],
        "events": [{"signal": "norepinephrine_rate", "at": 0, "amount": 1}],
    },
    r"events\[1\] \(sepsis\).amount: 7 is outside 0 to 1$": {"events": [{"signal": "sepsis", "at": 0, "amount": 7}]},
    r"events\[1\] \(rhythm\).amount: 20 is outside 0 to 17": {"events": [{"signal": "rhythm", "at": 0, "amount": 20}]},
    r"events\[1\] \(rhythm\).amount: 2.5 is no whole": {"events": [{"signal": "rhythm", "at": 0, "amount": 2.5}]},
    r"events\[1\] \(sepsis\): events\[2\] holds a level of it until then": {
        "events": [{"signal": "sepsis", "at": 60, "amount": 0.5}, {"signal": "sepsis", "at": 0, "amount": 0.2}]
    },
    r"events\[1\].amount: 'vf' is none of sinus, sinus_bradycardia": {
        "events": [{"signal": "rhythm", "at": 0, "amount": "vf"}]
    },
    r"events\[1\] \(propofol_rate\): needs amount or dose_mg_per_kg": {
        "events": [{"signal": "propofol_rate", "at": 0}]
    },
    r"events\[1\] \(sepsis\).dose_mg_per_kg": {"events": [{"signal": "sepsis", "at": 0, "dose_mg_per_kg": 1}]},
    r"events\[1\].amount: expected a finite number": {
        "events": [{"signal": "blood_loss", "at": 0, "amount": float("nan")}]
    },
    r"events\[1\] \(blood_loss\).amount: 20000 mL/min is more than 10000": {
        "events": [{"signal": "blood_loss", "at": 0, "lasts": "2 min", "amount": 40000.0}]
    },
    r"events\[1\] \(rocuronium_rate\).dose_mg_per_kg: 45600 mg/min is more than 30000": {
        "events": [{"signal": "rocuronium_rate", "at": 0, "dose_mg_per_kg": 600.0}]
    },
    r"events: expected a list of tables": {"events": {"signal": "rhythm"}},
    r"devices\[1\] \(ventilator\).peep: expected a number in": {"devices": [{**VENTILATOR, "peep": float("nan")}]},
    "links: links to inputs that do not exist": {"links": {"lungs.nothing": "environment.inspired_oxygen"}},
    "duration: expected seconds": {"duration": "long"},
}


@pytest.mark.parametrize("message", WRONG)
def test_errors_name_table_and_key(message):
    with pytest.raises(StudyError, match=message):
        bedside_from(WRONG[message])


def test_a_wrong_file_is_named(tmp_path):
    (tmp_path / "a.toml").write_text("x = [")
    with pytest.raises(StudyError, match=r"a.toml is not TOML"):
        load_bedside(tmp_path / "a.toml")
    with pytest.raises(StudyError, match="cannot be read"):
        load_bedside(tmp_path / "b.toml")


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (Event("blood_loss", 0.0, 180.0, 600.0), "Blood loss 600 mL in 3 min"),
        (Event("rhythm", 0.0, FOREVER_S, 16.0), "Rhythm: asystole"),
        (Event("propofol_command", 0.0, 45.0, 8.0), "Propofol by pump 8 mg/min for 45 s"),
        (Event("intubation", 0.0, FOREVER_S, 1.0), "Tube in the trachea"),
        (Event("ventilator_connected", 0.0, 150.0, 0.0), "Ventilator disconnected for 2.5 min"),
        (Event("oxygen_interface", 0.0, FOREVER_S, 3.0), "Oxygen by mask with reservoir"),
        (Event("fault_dropout", 0.0, 60.0, 1.0), "Fault: readings missing for 1 min"),
        (Event("fault_bias", 0.0, FOREVER_S, 0.5), "Fault: constant bias 50 %"),
    ],
)
def test_events_in_words(event, words):
    assert in_words(event) == words


def test_a_cuff_without_a_measurement_shows_no_mean():
    cuff = NibpCuff()
    view = view_of(Bed({}, {"cuff": cuff}))
    piece = {"cuff.nibp_mean": np.zeros(1), "cuff.nibp_valid": np.zeros(1)}
    assert text(view, "MAP", piece) == "--"
    assert "cuff.nibp_valid" in view.record
    piece = {"cuff.nibp_mean": np.full(1, 81.0), "cuff.nibp_valid": np.ones(1)}
    assert text(view, "MAP", piece) == "81"


def test_an_alarm_of_a_device_has_the_priority_of_the_alarm_system():
    devices = {
        "pump": SyringePump.of("propofol", concentration=1.0),
        "capnograph": Capnograph(),
        "alarms": AlarmSystem(),
    }
    view = view_of(Bed({}, devices))
    now = {a.source: 0.0 for a in view.listed} | {"pump.pump_alarm": 3.0, "capnograph.apnoea_alarm": 0.0}
    now["alarms.alarm_state_pump_nearly_empty"] = 1.0
    said = lambda: alarms(view, {k: np.full(1, v) for k, v in now.items()})
    assert said() == [Alarm(1, "pump: nearly empty", False)]
    now |= {"pump.pump_alarm": 1.0, "alarms.alarm_state_pump_nearly_empty": 0.0}
    now |= {"alarms.alarm_state_pump_stopped": 2.0, "alarms.alarm_state_temperature_low": 2.0}
    now |= {"alarms.alarm_state_apnoea": 3.0}
    expected = [
        Alarm(3, "apnoea", False, latched=True),
        Alarm(3, "pump: occlusion", True),
        Alarm(1, "temperature low", True),
    ]
    assert said() == expected, "all that stand, each acknowledged or not, in the order of the system"
    now |= {"pump.pump_alarm": 3.0, "alarms.alarm_state_pump_stopped": 3.0, "alarms.alarm_state_pump_nearly_empty": 1.0}
    assert [a.name for a in said()] == ["apnoea", "pump stopped", "temperature low", "pump: nearly empty"], (
        "what latches stays beside what the same device says now"
    )
    assert [a.name for a in view.listed] == [a.name for a in ALARMS]


def test_the_second_pump_of_a_bed_alarms_in_its_own_words():
    pumps = {n: SyringePump.of(n, concentration=1.0) for n in ("propofol", "norepinephrine")}
    devices = {**pumps, "alarms": AlarmSystem()}
    view = view_of(Bed({}, devices))
    now = {a.source: 0.0 for a in view.listed} | {"propofol.pump_alarm": 1.0, "norepinephrine.pump_alarm": 2.0}
    now |= {"alarms.alarm_state_pump_stopped": 2.0, "alarms.alarm_state_second_pump_stopped": 1.0}
    assert alarms(view, {k: np.full(1, v) for k, v in now.items()}) == [
        Alarm(3, "propofol: occlusion", True), Alarm(3, "norepinephrine: empty", False),
    ]  # fmt: skip


def test_a_bed_without_devices_shows_the_body():
    view = view_of(Bed({"environment": Environment(), "lungs": Lungs()}))
    assert view.waves[-1].name == "PAW"
    assert not view.alarms
