"""Sensitivities against finite differences, which need no derivative, and one backend against the other."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

import twinbed as tb
from twinbed.core.errors import TwinbedError
from twinbed.engine.batch import stack
from twinbed.engine.sensitivity import sensitivities

pytestmark = pytest.mark.long

HOUR_S = 3600.0
MEAL = tb.Scenario((tb.Event("carbohydrate", HOUR_S, 900.0, 50.0),))
PARAMETERS = ("patient.vmx", "patient.subcutaneous.kd", "pump.basal_rate", "pid.target_glucose")
SETTINGS = {"duration_s": 6 * HOUR_S, "seed": 3, "record": ("interstitial_glucose",)}


@pytest.fixture(scope="module")
def cohort():
    uva = tb.load("physiology/glucose/uva_padova")
    devices = lambda: {
        "sensor": tb.load("devices/sensing/cgm_breton2008")(),
        "pid": tb.load("devices/software/pid")(),
        "pump": tb.load("devices/delivery/insulin_pump")(period_s=300.0),
    }
    return stack([tb.Bed(uva(vmx=v), devices()) for v in (0.04, 0.05)])


@pytest.fixture(scope="module")
def slopes(cohort):
    return sensitivities(cohort, MEAL, PARAMETERS, backend="native", **SETTINGS)["interstitial_glucose"]


def test_shape_is_patient_parameter_and_time(slopes):
    assert slopes.shape == (2, len(PARAMETERS), 72)


def test_another_backend_gives_the_same(cohort, slopes):
    want = sensitivities(cohort, MEAL, PARAMETERS, backend="xla", **SETTINGS)["interstitial_glucose"]
    np.testing.assert_allclose(slopes, want, rtol=0, atol=1e-9 * np.abs(want).max())


def test_finite_differences_agree(cohort, slopes):
    where = lambda bed: bed.models["patient"].vmx
    value = where(cohort)
    run = lambda step: tb.simulate(eqx.tree_at(where, cohort, value + step), MEAL, **SETTINGS)
    step = 1e-6 * jnp.asarray(value)
    up, down = (run(s).recorded["interstitial_glucose"] for s in (step, -step))
    differences = (up - down) / (2 * np.asarray(step))[:, None]
    np.testing.assert_allclose(slopes[:, 0], differences, rtol=0, atol=1e-6 * np.abs(slopes[:, 0]).max())


def test_what_a_device_counts_has_no_slope(slopes):
    """The pump meters whole increments of what the controller asks."""
    assert (slopes[:, PARAMETERS.index("pid.target_glucose")] == 0).all()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("patint.vmx", "no part 'patint', only patient"),
        ("patient.vmax", "no 'vmax' in UvaPadova; there is"),
        ("patient.subcutaneous", "no number"),
        ("pump.period_s", "no number"),
    ],
)
def test_an_unknown_parameter_is_refused(cohort, name, message):
    with pytest.raises(TwinbedError, match=message):
        sensitivities(cohort, MEAL, (name,), **SETTINGS)
