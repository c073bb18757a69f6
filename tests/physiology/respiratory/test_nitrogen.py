"""Nitrogen in blood and tissue: what is there, what comes back, and that none is made."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from twinbed.core.scenario import Event, Scenario
from twinbed.engine.batch import simulate
from twinbed.engine.bed import Bed
from twinbed.engine.integrate import advance
from twinbed.physiology.respiratory.nitrogen import Nitrogen
from twinbed.physiology.whole_body import REFERENCE, adult


def _played(minutes, **changed):
    """States and outputs every second, with inputs other than at rest."""
    model = Nitrogen()
    u = dataclasses.replace(model.resting(), **{name: jnp.asarray(value) for name, value in changed.items()})

    @eqx.filter_jit
    def run(x):
        def step(x, k):
            x = advance(model, k * model.step_s, x, u, 1)
            return x, (x, model.outputs(jnp.asarray(0.0), x, u))

        return jax.lax.scan(step, x, jnp.arange(minutes * 60.0))[1]

    return run(model.initial())


OXYGEN = dict.fromkeys(("alveolar_oxygen_left", "alveolar_oxygen_right"), 673.0)


def test_at_rest_none_crosses():
    _, shown = _played(5)
    assert np.abs(shown.nitrogen_output_left).max() < 1e-9
    assert np.ptp(np.asarray(shown.nitrogen_dissolved)) < 1e-6


@pytest.mark.parametrize("flow", [{}, {"muscle_blood_flow": 12.0}, {"shunt_left": 0.6, "alveolar_oxygen_left": 50.0}])
def test_what_leaves_tissue_is_what_the_lungs_get(flow):
    """Conservation, to 1e-9 of what is there."""
    _, shown = _played(20, **(OXYGEN | flow))
    given = (np.asarray(shown.nitrogen_output_left) + np.asarray(shown.nitrogen_output_right))[1:].sum() / 60.0
    held = np.asarray(shown.nitrogen_dissolved)
    assert abs(given) > 50.0
    assert held[0] - held[-1] == pytest.approx(given, abs=1e-9 * held[0])


def test_without_nitrogen_in_the_lungs_it_leaves_as_solubility_says():
    """At first blood brings what it holds: 5.83 L/min of 9.7 mL/L. After ten hours only fat has some.

    Fat holds 4.8 times as much as the blood of its 0.29 L/min brings in: alone it would lose it in 262 minutes; what comes
    back to it by shunts and from other tissue makes that longer by a few per cent.
    """
    states, shown = _played(600, **OXYGEN)
    first = shown.nitrogen_output_left[0] + shown.nitrogen_output_right[0]
    assert first == pytest.approx(5.83 * 0.017 * 571.0 * 0.975, rel=0.02)
    assert states.organs[-1] < 1.0
    assert states.muscle[-1] < 1.0
    assert states.fat[-1] == pytest.approx(571.0 * np.exp(-600.0 / 262.0), rel=0.08)


def test_where_nothing_flows_nothing_crosses():
    beds = ("cerebral", "coronary", "muscle", "splanchnic", "extrasplanchnic")
    states, shown = _played(2, **(OXYGEN | {f"{bed}_blood_flow": 0.0 for bed in beds}))
    assert (np.asarray(shown.nitrogen_output_left) == 0.0).all()
    assert (np.asarray(states.fat) == np.asarray(Nitrogen().at_rest)).all()


def test_the_obese_hold_more():
    heavy = dataclasses.replace(REFERENCE, weight_kg=130.0)
    held = lambda person: float(adult(person)["nitrogen"].fat_volume)
    assert held(heavy) > 2.0 * held(REFERENCE)


@pytest.mark.long
def test_oxygen_takes_from_tissue_in_seven_minutes_what_was_measured():
    """Darling 1940, doi:10.1172/JCI101163: 220 mL in normal subjects at rest; nothing is calibrated to it."""
    oxygen = Scenario((Event("inspired_oxygen_set", 60.0, 1e9, 1.0),))
    bed = Bed(adult(waveforms=False))
    run = simulate(bed, oxygen, duration_s=480.0, seed=0, record=["nitrogen_dissolved"], record_period_s=1.0)
    held = np.asarray(run.recorded["nitrogen_dissolved"]).ravel()
    assert held[58] - held[0] == pytest.approx(0.0, abs=5.0)
    assert held[59] - held[-1] == pytest.approx(220.0, rel=0.2)
