"""What tissue asks of its vessels: work widens those of muscle, shivering less than exercise."""

import dataclasses

import jax.numpy as jnp
import pytest

from twinbed.physiology.cardiovascular.autoregulation import Autoregulation

VESSELS = Autoregulation()


def widens(**inputs):
    """Towards which width muscle's vessels go."""
    u = dataclasses.replace(VESSELS.resting(), **{name: jnp.asarray(float(v)) for name, v in inputs.items()})
    return float(VESSELS.rhs(jnp.asarray(0.0), VESSELS.initial(), u).muscle * VESSELS.oxygen_lag)


def test_shivering_widens_muscle_half_as_much_as_work_that_asks_for_the_same_oxygen():
    """In cold water flow hardly rises, and pressure does (Bonde-Petersen 1992)."""
    watts = 100.0
    asked = float(VESSELS.muscle_demand) + watts * 60.0 / 20.16
    at_work, shivers = widens(oxygen_demand_muscle=asked), widens(oxygen_demand_muscle=asked, shivering=watts)
    assert at_work > 3.0
    assert shivers == pytest.approx(0.5 * at_work, rel=0.02)


def test_at_rest_vessels_stay_as_they_are():
    assert widens() == pytest.approx(0.0, abs=1e-9)
