"""Pressure against the standard atmosphere, oxygen devices against their table, and the bed that tilts."""

import jax
import jax.numpy as jnp
import pytest

from twinbed.engine.integrate import advance
from twinbed.physiology.body.environment import Environment, Inputs

MODEL = Environment()


def shown(**said):
    u = Inputs(**{**vars(MODEL.resting()), **{n: jnp.asarray(v) for n, v in said.items()}})
    return {n: float(v) for n, v in vars(MODEL.outputs(jnp.asarray(0.0), MODEL.initial(), u)).items()}


def test_nothing_said_is_a_room_at_sea_level():
    rest = shown()
    assert rest == pytest.approx(
        {"ambient_pressure": 760.0, "inspired_oxygen": 0.2094, "inspired_carbon_dioxide": 0.0, "ambient_temperature": 22.0, "tilt": 0.0}
    )  # fmt: skip


@pytest.mark.parametrize("metres", [-300.0, 1000.0, 3000.0, 5000.0, 8848.0, 11000.0])
def test_pressure_is_that_of_the_standard_atmosphere(metres):
    """ISO 2533 from its constants: 288.15 K, 6.5 K/km, 9.80665 m/s2 and 287.05287 J/kg/K."""
    want = 760.0 * (1.0 - 0.0065 * metres / 288.15) ** (9.80665 / (287.05287 * 0.0065))
    assert shown(altitude=metres)["ambient_pressure"] == pytest.approx(want, rel=1e-5)


@pytest.mark.parametrize(("metres", "kilopascal"), [(3000.0, 70.11), (11000.0, 22.63)])
def test_pressure_in_the_table(metres, kilopascal):
    assert shown(altitude=metres)["ambient_pressure"] * 0.1333224 == pytest.approx(kilopascal, abs=0.01)


@pytest.mark.parametrize(
    ("interface", "flow", "low", "high"),
    [
        # calibrated to the table of Pulse (after Korupolu): 0.40, 0.50, 0.90
        (1.0, 3.5, 0.395, 0.405),
        (2.0, 7.5, 0.495, 0.505),
        (3.0, 10.0, 0.895, 0.905),
        # not calibrated; textbook ranges of the devices
        (1.0, 1.0, 0.24, 0.28),
        (1.0, 6.0, 0.40, 0.52),
        (2.0, 5.0, 0.35, 0.45),
        (2.0, 10.0, 0.50, 0.60),
        (3.0, 15.0, 0.90, 1.00),
        # none
        (0.0, 10.0, 0.2094, 0.2094),
        (3.0, 0.0, 0.2094, 0.2094),
    ],
)
def test_oxygen_devices(interface, flow, low, high):
    assert low <= shown(oxygen_interface=interface, oxygen_flow=flow)["inspired_oxygen"] <= high


def test_gas_that_is_set():
    """A hypoxic mixture with 5 % carbon dioxide; a mask adds oxygen to it."""
    said = {"inspired_oxygen_set": 0.12, "inspired_carbon_dioxide_set": 0.05}
    assert shown(**said)["inspired_oxygen"] == pytest.approx(0.12)
    masked = shown(**said, oxygen_interface=3.0, oxygen_flow=10.0)
    left = (1.0 - 0.90) / (1.0 - 0.2094)  # what that mask leaves of the gap in air
    assert masked["inspired_oxygen"] == pytest.approx(1.0 - 0.88 * left, abs=1e-3)
    assert masked["inspired_carbon_dioxide"] == pytest.approx(0.05 * left, abs=1e-3)
    assert shown(ambient_temperature_change=-30.0)["ambient_temperature"] == pytest.approx(-8.0)


def test_the_bed_tilts_at_its_speed():
    u = Inputs(**{**vars(MODEL.resting()), "tilt_set": jnp.asarray(60.0)})
    step = lambda x, t: (advance(MODEL, t, x, u, 1), x.tilt)
    last, tilt = jax.jit(lambda x: jax.lax.scan(step, x, jnp.arange(60.0)))(MODEL.initial())
    assert float(tilt[10]) == pytest.approx(50.0)
    assert float(last.tilt) == pytest.approx(60.0, abs=1e-3)
    assert float(tilt.max()) <= 60.0
