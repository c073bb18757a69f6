"""Pumps of twinbed on the bench."""

import numpy as np
import pytest

from twinbed.bench.infusion.pumps import Pump
from twinbed.core.errors import NotFound
from twinbed.devices.delivery.insulin_pump import InsulinPump
from twinbed.devices.faults.over_delivery import OverDelivery
from twinbed.devices.infusion.syringe_pump import SyringePump
from twinbed.devices.infusion.tci_pump import TciPump

EVEN = {"gain_sd": 0.0, "slip": 0.0, "screw_error": 0.0, "play": 0.0}
HOUR = 3600


@pytest.mark.parametrize(
    "device",
    [
        SyringePump(**EVEN),
        SyringePump.of("norepinephrine", concentration=0.08, **EVEN),
        InsulinPump(),
    ],
    ids=["propofol", "norepinephrine", "insulin"],
)
def test_a_rate_in_ml_an_hour_gives_that_volume_in_an_hour(device):
    pump = Pump(device)
    rate = 0.01 if pump.is_insulin else 5.0
    measured = pump.run(rate, pump.ticks(HOUR), seed=1, venous_pressure=0.0)
    assert measured.volume(np.array([0.0, 0.5 * HOUR, HOUR])) == pytest.approx([0.0, 0.5 * rate, rate], rel=2e-3)


@pytest.mark.long
def test_a_fault_around_a_pump_acts():
    pump = Pump(OverDelivery(SyringePump(**EVEN), excess=0.1, signal="pump_flow"))
    assert pump.run(5.0, HOUR, seed=1, venous_pressure=0.0).volume(np.array([HOUR])) == pytest.approx(5.5, rel=2e-3)
    assert pump.alarming_at(20.0).run(5.0, HOUR, seed=1, occlusion=1.0).pressure.max() == pytest.approx(20.0, rel=0.02)


def test_copies_of_a_pump_differ_and_each_is_the_same_again():
    pump = Pump(SyringePump())
    volume = lambda seed: float(pump.run(5.0, HOUR, seed=seed).volume(np.array([HOUR]))[0])
    assert volume(1) == volume(1) != volume(2)


def test_the_alarm_comes_at_the_volume_that_the_pressure_stores():
    """0.0165 mL/kPa times 60 kPa is 0.99 mL: at 5 mL/h that takes 713 s (11.9 min) from rest."""
    measured = Pump(SyringePump(**EVEN)).alarming_at(60.0).run(5.0, HOUR, seed=1, occlusion=1.0, venous_pressure=0.0)
    assert np.argmax(measured.alarm > 0.5) + 1 == pytest.approx(713.0, abs=2.0)


@pytest.mark.long
def test_values_are_those_of_the_tick_that_has_ended():
    pump = Pump(SyringePump(**EVEN))
    measured = pump.run(3600.0, 3, seed=1, venous_pressure=0.0)
    assert measured.at(np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 2.0, 3.0])) == pytest.approx([1.0, 1.0, 2.0, 3.0])


def test_what_cannot_be_told_a_rate_is_refused():
    with pytest.raises(NotFound, match="TciPump cannot be told a rate"):
        Pump(TciPump())
