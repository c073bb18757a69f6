"""Kinetics of propofol against numbers computed from the papers by another program, and against theory."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from twinbed.core.scenario import Event, Scenario
from twinbed.engine.batch import simulate, stack
from twinbed.engine.bed import Bed
from twinbed.engine.integrate import advance
from twinbed.physiology.pharmacology.propofol import (
    Inputs,
    Propofol,
    eleveld,
    fat_free_mass,
    lean_body_mass,
    marsh,
    schnider,
)

MAN, WOMAN = (35.0, 70.0, 170.0, "male"), (65.0, 60.0, 160.0, "female")
CASES = {
    # kinetics; the seven parameters; bolus: peak at the site of effect, when; 10 mg/min: plasma after 10 min, in the end
    "eleveld man": (eleveld(*MAN), (6.283, 25.50, 168.2, 1.619, 1.831, 0.771, 0.146), 140.0, (3.277, 190.0), (2.814, 6.176)),
    "without opioid": (eleveld(*MAN, opioid=False), (6.283, 25.50, 272.8, 1.790, 1.831, 1.109, 0.146), 140.0, (2.997, 175.0), (2.486, 5.588)),
    "schnider man": (schnider(*MAN), (4.27, 25.94, 238.0, 1.638, 1.722, 0.836, 0.456), 140.0, (7.917, 90.0), (2.831, 6.105)),
    "marsh": (marsh(70.0), (15.96, 32.41, 202.5, 1.899, 1.788, 0.670, 1.2), 140.0, (5.695, 97.0), (2.322, 5.265)),
    "eleveld woman": (eleveld(*WOMAN), (5.961, 13.675, 78.95, 1.554, 1.125, 0.4446, 0.1517), 140.0, (4.242, 216.0), (3.680, 6.436)),
    "schnider woman": (schnider(*WOMAN), (4.27, 14.21, 238.0, 1.729, 1.002, 0.836, 0.456), 140.0, (8.721, 98.0), (3.164, 5.783)),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_parameters(name):
    kinetics, want, *_ = CASES[name]
    np.testing.assert_allclose([float(v) for v in jax.tree.leaves(kinetics)], want, rtol=1e-3)


def test_masses():
    assert fat_free_mass(*MAN) == pytest.approx(54.475, abs=5e-4)
    assert fat_free_mass(35.0, 60.0, 160.0, "female") == pytest.approx(38.984, abs=5e-4)
    assert lean_body_mass(*MAN[1:]) == pytest.approx(55.298, abs=5e-4)
    assert lean_body_mass(*WOMAN[1:]) == pytest.approx(43.388, abs=5e-4)


@pytest.fixture(scope="module")
def runs():
    """Every case after a bolus, then every case under an infusion, for an hour."""
    beds = stack([Bed(Propofol(kinetics=k)) for k, *_ in CASES.values()] * 2)
    boluses = [Scenario((Event("propofol_rate", 0.0, 0.0, mg),)) for _, _, mg, *_ in CASES.values()]
    infusions = [Scenario((Event("propofol_rate", 0.0, 3600.0, 600.0),))] * len(CASES)
    run = simulate(beds, [*boluses, *infusions], duration_s=3600.0, seed=0,
                   record=["propofol_plasma", "propofol_effect"], record_period_s=1.0, backend="native")  # fmt: skip
    return run.recorded


@pytest.mark.parametrize("name", CASES)
def test_a_bolus_peaks_where_it_should(runs, name):
    """The bolus lasts a step of a second, so times may differ by that and the rounding of the table."""
    effect = runs["propofol_effect"][list(CASES).index(name)]
    peak, at = CASES[name][3]
    assert effect.max() == pytest.approx(peak, rel=1e-3)
    assert int(effect.argmax()) == pytest.approx(at, abs=3.0)


@pytest.mark.parametrize("name", CASES)
def test_an_infusion_rises_as_it_should(runs, name):
    plasma = runs["propofol_plasma"][len(CASES) + list(CASES).index(name)]
    kinetics, _, _, _, (after_ten_minutes, in_the_end) = CASES[name]
    assert plasma[600] == pytest.approx(after_ten_minutes, rel=1e-3)
    assert 10.0 / float(kinetics.clearance) == pytest.approx(in_the_end, rel=1e-3)


def test_plasma_a_minute_after_a_bolus(runs):
    """The bolus is spread over the first second, so a minute after it lies between two readings."""
    assert runs["propofol_plasma"][0][60:62].mean() == pytest.approx(11.53, rel=1e-3)


def test_no_drug_is_made_or_lost():
    """What is in the body and what was cleared are what was given, to the trapezoids of the clearance."""
    model = Propofol()
    rest, given = model.resting(), Inputs(jnp.asarray(140.0))

    def second(x, t):
        u = jax.tree.map(lambda a, b: jnp.where((t >= 10) & (t < 70), a, b), given, rest)
        after = advance(model, t, x, u, 1)
        return after, 0.5 * (x.central + after.central)

    last, central = jax.jit(lambda x: jax.lax.scan(second, x, jnp.arange(7200.0)))(model.initial())
    cleared = float(model.kinetics.clearance / model.kinetics.v1 * central.sum() / 60.0)
    assert float(last.central + last.fast + last.slow) + cleared == pytest.approx(140.0, rel=1e-6)
