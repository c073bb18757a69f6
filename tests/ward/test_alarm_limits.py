"""Every limit of an alarm that can be set at a bedside alarms there: it is of something that the bed measures."""

from typing import ClassVar

import equinox as eqx
import numpy as np
import pytest

from tests.devices.play import play
from twinbed.core.component import input_template
from twinbed.core.model import AbstractModel, Scalar
from twinbed.core.quantities import param, port, var
from twinbed.core.scenario import Scenario
from twinbed.devices.monitoring.thermometer import Thermometer
from twinbed.devices.software.alarm_system import AlarmSystem
from twinbed.devices.software.cgm_receiver import CgmReceiver
from twinbed.engine.bed import Bed
from twinbed.studies.acute.bedside import Bedside
from twinbed.vocab.drugs.person import Person
from twinbed.ward.checkpoints import Checkpoints
from twinbed.ward.controls import Wish, _table, controls_of
from twinbed.ward.definition import Made, catalogue, make, template
from twinbed.ward.log import InMemory
from twinbed.ward.session import Session
from twinbed.ward.views import view_of

LIMITS = [*_table()["setting"]["devices/software/alarm_system"]["fields"]]
NORMAL = {"heart_rate": 75.0, "saturation": 97.0, "pressure": 85.0, "breathing": 14.0, "carbon_dioxide": 38.0,
          "temperature": 35.8}  # fmt: skip


class State(eqx.Module):
    nothing: Scalar = var("1", "nothing")


class Nobody(eqx.Module):
    pass


class Warmth(eqx.Module):
    core_temperature: Scalar = port("core_temperature")


class Still(AbstractModel[State, Nobody, Warmth]):
    """A body of one temperature."""

    seconds_per_time_unit: ClassVar[float] = 1.0
    step_s: float = eqx.field(static=True, default=1.0)
    temperature: Scalar = param(35.8, "Cel", "temperature", source="test")

    def initial(self):
        return State(0.0 * self.temperature)

    def resting(self):
        return Nobody()

    def rhs(self, t, x, u):
        return State(0.0 * x.nothing)

    def outputs(self, t, x, u):
        return Warmth(self.temperature)


def limits(made):
    return {c.id for c in made.controls.values() if c.group == "alarm" and c.is_setting}


@pytest.mark.parametrize("limit", LIMITS)
def test_a_value_beyond_any_limit_of_the_alarm_system_alarms(limit):
    """The limit is set one beyond the value, after 60 s at which none was: as a person does it."""
    of, _, side = limit.replace("_very_", "_").rpartition("_")
    signal, value = getattr(input_template(AlarmSystem()), of).signal, NORMAL[of]
    rows = {getattr(input_template(AlarmSystem()), o).signal: np.full(60, v) for o, v in NORMAL.items()}
    bounds = {f: (0.0 if f.endswith("low") else 300.0) for f in LIMITS}
    assert not play(AlarmSystem(**bounds), 60, **rows)["alarm_priority"].any()
    beyond = value + 1.0 if side == "low" else value - 1.0
    shown = play(AlarmSystem(**(bounds | {limit: beyond})), 60, **rows)
    assert (shown[f"alarm_state_{limit}"][0, -5:] == 1.0).all(), signal
    assert shown["alarm_sound"][0, -1] > 0.0


@pytest.mark.parametrize(("limit", "glucose"), [("low_limit", 79.0), ("high_limit", 181.0)])
def test_a_value_beyond_any_limit_of_the_receiver_of_a_sensor_alarms(limit, glucose):
    name = f"alarm_state_{limit.removesuffix('_limit')}_glucose"
    signals = {"cgm": np.full(30, glucose), "cgm_valid": np.ones(30)}
    set_to = {"low_limit": 80.0, "high_limit": 180.0}
    wide = {"low_limit": 60.0, "high_limit": 400.0}
    assert not play(CgmReceiver(**wide), 30, **signals)[name].any()
    assert play(CgmReceiver(**(wide | {limit: set_to[limit]})), 30, **signals)[name][0, -1] == 1.0


@pytest.mark.parametrize("name", catalogue())
def test_a_bed_offers_limits_of_what_its_devices_measure_alone(name):
    made = make(template(name).toml)
    shown = {s for signals in made.view.devices.values() for s in signals}
    for control in limits(made):
        device, field = control.split(".")
        of = getattr(input_template(made.bed.devices[device]), field.rpartition("_")[0].removesuffix("_very"), None)
        assert of is None or of.signal in shown, control
    numbers = made.view.described(1.0, 0.01, made.controls)["numbers"]
    beside = {c for n in numbers for c in n["limits"].values() if c}
    assert beside == limits(made)


def test_the_beds_of_the_ward_measure_temperature_and_only_with_a_capnograph_carbon_dioxide():
    offered = {name: limits(make(template(name).toml)) for name in ("anaesthesia", "coronary_care")}
    assert all("alarms.temperature_low" in own for own in offered.values())
    assert "alarms.carbon_dioxide_low" in offered["anaesthesia"]
    assert "alarms.carbon_dioxide_low" not in offered["coronary_care"]


def made(devices):
    bed = Bed({"body": Still()}, devices)
    view, controls = view_of(bed), controls_of(bed, Person())
    return Made(Bedside(seed=7), bed, Scenario(), view, controls, {}, period_s=1.0)


def test_a_body_colder_than_the_limit_alarms_at_a_bed_that_lives():
    """35.8 degrees with a thermometer: no alarm while the limit is 35, one when it is set to 37."""
    bed = made({"thermometer": Thermometer(offset_sd=0.0), "alarms": AlarmSystem(temperature_low=35.0)})
    session = Session("b", bed, InMemory(), Checkpoints())
    while session.t_s < 60.0:
        page = session.advance()
    assert (page.numbers["Temp"], page.alarms) == (35.8, ())
    session.ask("ann", "alarms.temperature_low", Wish(37.0))
    while session.t_s < 120.0:
        page = session.advance()
    assert [(a["id"], a["numbers"]) for a in page.alarms] == [("temperature_low", ["Temp"])]
    assert page.alarm_sound == 1


def test_without_a_thermometer_the_bed_offers_no_limit_of_temperature():
    assert limits(made({"alarms": AlarmSystem()})) == set()
