"""Sensitivities of the whole coupled patient, beats and breaths and all, against central differences of runs."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from twinbed.core.scenario import Event, Scenario
from twinbed.engine.batch import simulate
from twinbed.engine.bed import Bed
from twinbed.engine.sensitivity import sensitivities
from twinbed.physiology.whole_body import adult

PARAMETERS = {
    "circulation.left_ventricle.elastance_max": lambda m: m["circulation"].left_ventricle.elastance_max,
    "circulation.splanchnic.resistance": lambda m: m["circulation"].splanchnic.resistance,
    "breathing.effort": lambda m: m["breathing"].effort,
}
SIGNALS = ("arterial_pressure", "lung_volume", "arterial_oxygen")
SETTINGS = {"duration_s": 10.0, "seed": 0, "record": SIGNALS, "record_period_s": 0.1, "backend": "native"}
HAPPENS = Scenario((Event("blood_loss", 0.5, 2.0, 20.0),))


@pytest.mark.slow
def test_slopes_of_a_whole_patient_are_those_of_central_differences():
    """Ten seconds: eleven beats and two breaths. What is compared is a slope in units of its greatest."""
    bed = Bed(adult(waveforms=False))
    slopes = sensitivities(bed, HAPPENS, tuple(PARAMETERS), **SETTINGS)
    for k, pick in enumerate(PARAMETERS.values()):
        where = lambda bed, pick=pick: pick(bed.models)
        value = jnp.asarray(where(bed))
        step = 1e-6 * value
        up, down = (simulate(eqx.tree_at(where, bed, value + s), HAPPENS, **SETTINGS) for s in (step, -step))
        for name in SIGNALS:
            differences = (up.recorded[name][0] - down.recorded[name][0]) / (2.0 * float(step))
            found = np.asarray(slopes[name])[0, k]
            largest = np.abs(differences).max()
            assert largest > 0.0
            np.testing.assert_allclose(found, differences, rtol=0, atol=1e-4 * largest, err_msg=f"{name} {k}")
