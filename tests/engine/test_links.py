"""A bag and a ventilator in one bed."""

import numpy as np
import pytest

from twinbed.core.scenario import Event, Scenario
from twinbed.devices.infusion.syringe_pump import SyringePump
from twinbed.devices.software.alarm_system import AlarmSystem
from twinbed.devices.ventilation.bag_valve_mask import BagValveMask
from twinbed.devices.ventilation.ventilator import Ventilator
from twinbed.engine.batch import simulate
from twinbed.engine.bed import Bed
from twinbed.physiology.body.environment import Environment
from twinbed.physiology.respiratory.lungs import Lungs


def test_what_a_bed_is_given_goes_before_what_is_taken_for_granted():
    models, devices = {"environment": Environment(), "lungs": Lungs()}, {"bag": BagValveMask(), "machine": Ventilator()}
    bed = Bed(models, devices, links={"lungs.circuit_pressure": "machine.circuit_pressure"})
    assert dict(bed.links)["lungs.circuit_pressure"] == "machine.circuit_pressure"
    assert dict(bed.links)["lungs.inspired_oxygen"] == "bag.inspired_oxygen"


def test_every_pump_of_a_bed_is_watched_up_to_the_third():
    pumps = {name: SyringePump.of("propofol", concentration=1.0) for name in ("a", "b", "c")}
    links = dict(Bed({}, {**pumps, "alarms": AlarmSystem()}).links)
    wanted = {"pump_alarm": "a", "second_pump_alarm": "b", "third_pump_alarm": "c"}
    assert {s: links[f"alarms.{s}"] for s in wanted} == {s: f"{pump}.pump_alarm" for s, pump in wanted.items()}
    one = dict(Bed({}, {"a": pumps["a"], "alarms": AlarmSystem()}).links)
    assert "alarms.second_pump_alarm" not in one


@pytest.fixture(scope="module")
def handed_over():
    """An adult's lungs by bag for twenty seconds, then by the ventilator, which nobody wired."""
    models = {"environment": Environment(), "lungs": Lungs()}
    devices = {
        "bag": BagValveMask(leak=0.0),
        "machine": Ventilator(tidal_volume=400.0, rate=20.0, peep=5.0, oxygen=0.5),
    }
    scenario = Scenario((Event("bag_ventilation", 20.0, 40.0, 0.0), Event("ventilator_connected", 0.0, 20.0, 0.0)))
    signals = ["lung_volume", "airway_pressure", "bag.inspired_oxygen"]
    run = simulate(
        Bed(models, devices), scenario, duration_s=60.0, seed=0, record=signals, record_period_s=0.01, backend="native"
    )
    assert run.ok.all()
    return {name: run.recorded[name][0] for name in signals}


def test_a_ventilator_takes_over_from_a_bag(handed_over):
    """500 mL at 12 a minute without PEEP, then 400 mL at 20 a minute above 5 cmH2O."""
    by_bag, by_machine = slice(1000, 2000), slice(4500, 6000)
    volume, pressure, oxygen = (handed_over[n] for n in ("lung_volume", "airway_pressure", "bag.inspired_oxygen"))
    assert 1000.0 * np.ptp(volume[by_bag]) == pytest.approx(500.0, rel=0.05)
    assert 1000.0 * np.ptp(volume[by_machine]) == pytest.approx(400.0, rel=0.05)
    assert (pressure[by_bag].min(), pressure[by_machine].min()) == pytest.approx((0.0, 5.0), abs=0.5)
    assert (oxygen[1500], oxygen[5000]) == (0.95, 0.5)
