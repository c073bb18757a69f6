"""How the nerves read drugs and distress: what takes reflexes leaves pain, and what takes air hunger leaves the rest."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from twinbed.physiology.cardiovascular.autonomic import Autonomic

NERVES = Autonomic()


def sends(*, x=None, **inputs):
    """Drive to the heart and frequency of the vagus, with receptors as at rest unless pressure is given."""
    u, x = NERVES.resting(), NERVES.initial() if x is None else x
    for name, value in inputs.items():
        u = eqx.tree_at(lambda u, name=name: getattr(u, name), u, jnp.asarray(value))
    at_rest = NERVES.receptors_at_rest, NERVES.receptors_at_rest
    pressed = NERVES.receptors(x, u), NERVES.receptors(x, u, NERVES.used_to(x))
    to_heart, to_vagus = pressed if "arterial_pressure" in inputs else at_rest
    return float(NERVES.sympathetic(NERVES.to_heart, to_heart, x, u)), float(NERVES.vagal(to_vagus, x, u))


def hurt(pain):
    return eqx.tree_at(lambda x: x.pain, NERVES.initial(), jnp.asarray(pain))


REST = sends()


def test_without_reflexes_pressure_moves_nothing():
    assert sends(arterial_pressure=60.0)[0] > 1.2 * REST[0]
    heart, vagus = sends(arterial_pressure=60.0, reflex_depression=1.0)
    assert heart == pytest.approx(REST[0])
    assert vagus == pytest.approx(sends(reflex_depression=1.0)[1])


def test_pain_passes_where_reflexes_do_not():
    """A hypnotic without an opioid does not keep an intubation from the heart."""
    awake, asleep = sends(x=hurt(1.64)), sends(x=hurt(1.64), reflex_depression=1.0)
    assert awake[0] > 1.5 * REST[0]
    assert asleep[0] == pytest.approx(awake[0])
    assert asleep[1] < REST[1]


def test_air_hunger_that_is_not_felt_does_nothing():
    assert sends(air_hunger=1.0)[0] > REST[0]
    assert sends(air_hunger=1.0, dyspnoea_relief=1.0) == pytest.approx(REST)


def test_more_oxygen_than_at_rest_does_not_free_the_heart_from_the_vagus():
    quiet = eqx.tree_at(lambda x: x.chemical, NERVES.initial(), jnp.asarray(-2.0))
    assert sends(x=quiet)[1] == pytest.approx(REST[1])
    assert sends(x=quiet)[0] < REST[0]


def test_chemoreceptors_slow_the_heart_only_of_those_who_do_not_breathe():
    """Full weight without any breath, half of it with breaths of half the volume at rest, none with whole ones."""
    fires = lambda stretch: eqx.tree_at(
        lambda x: (x.chemical, x.stretch), NERVES.initial(), (jnp.asarray(5.0), jnp.asarray(stretch))
    )
    idle = lambda stretch: eqx.tree_at(lambda x: x.stretch, NERVES.initial(), jnp.asarray(stretch))
    slows = lambda stretch: sends(x=fires(stretch))[1] - sends(x=idle(stretch))[1]
    assert [slows(s) for s in (-6.2, -3.1, 0.0, 3.0)] == pytest.approx([1.0, 0.5, 0.0, 0.0], abs=1e-9)


def test_what_drugs_leave_of_sympathetic_tone_reaches_the_vessels():
    x, u = NERVES.initial(), NERVES.resting()
    half = eqx.tree_at(lambda u: u.sympathetic_tone, u, jnp.asarray(0.5))
    slope = NERVES.rhs(jnp.asarray(0.0), x, half)
    assert float(slope.vessels * NERVES.vessels_lag) == pytest.approx(-0.5 * float(NERVES.drive_at_rest))


def full_of_carbon_dioxide(level):
    return eqx.tree_at(lambda x: x.brain_carbon_dioxide, NERVES.initial(), jnp.asarray(level))


def test_carbon_dioxide_widens_vessels_by_itself_but_a_lack_of_it_does_nothing_to_them():
    """Richardson 1961: with its nerves blocked the forearm's flow rises in hypercapnia, with them it does not."""
    at, u = jnp.asarray(0.0), NERVES.resting()
    resists = lambda level: float(NERVES.outputs(at, full_of_carbon_dioxide(level), u).resistance_extrasplanchnic)
    assert resists(30.0) == resists(40.0) == pytest.approx(1.0)
    assert 1.0 - resists(40.1) == pytest.approx(0.1 * 0.035, rel=0.02)
    assert 1.0 / 1.2 < resists(90.0) < resists(50.0) < 0.9, "the widening has a ceiling of a fifth"
    assert sends(x=full_of_carbon_dioxide(50.0))[0] > REST[0]
    asleep = sends(x=full_of_carbon_dioxide(50.0), reflex_depression=1.0)
    assert asleep[0] == pytest.approx(REST[0])


def test_a_pressure_that_lasts_slows_the_heart_less_than_one_that_has_just_risen():
    """Martinsson 1986 against bolus injections; a low pressure that lasts keeps the vagus silent, as in tilt."""
    rest = float(NERVES.set_point + NERVES.above)

    def held(pressure, used_to):
        places = lambda x: (x.slow_pressure, x.accustomed)
        x = eqx.tree_at(places, NERVES.initial(), (jnp.asarray(pressure), jnp.asarray(used_to)))
        return sends(x=x, arterial_pressure=pressure)

    new, old = held(rest + 15.0, rest), held(rest + 15.0, rest + 15.0)
    assert old[1] == pytest.approx(held(rest, rest)[1])
    assert old[1] < new[1]
    assert old[0] == pytest.approx(new[0])
    assert held(rest - 15.0, rest - 15.0) == pytest.approx(held(rest - 15.0, rest))


def test_what_exercise_adds_to_contraction_comes_within_its_lag_and_in_no_beat_at_once():
    """A heart that is told to work in the middle of a beat still throws that beat out as before."""
    x, at = NERVES.initial(), jnp.asarray(0.0)
    works = eqx.tree_at(lambda u: u.exercise_intensity, NERVES.resting(), jnp.asarray(64.0))
    contracts = lambda x, u: float(NERVES.outputs(at, x, u).contractility_left)
    assert contracts(x, works) == pytest.approx(contracts(x, NERVES.resting()))
    added = float(NERVES.effort.contraction) * (1.0 - np.exp(-0.64 / float(NERVES.effort.contraction_scale)))
    assert float(NERVES.rhs(at, x, works).exertion * NERVES.contraction_lag) == pytest.approx(added)
    settled = eqx.tree_at(lambda x: x.exertion, x, jnp.asarray(added))
    assert float(NERVES.rhs(at, settled, works).exertion) == pytest.approx(0.0, abs=1e-12)
    assert contracts(settled, works) == pytest.approx((1.0 + added) * contracts(x, works))


def test_exercise_sets_a_higher_pressure_and_presses_blood_out_of_muscle_at_its_onset():
    """Ichinose 2008: mean pressure rises most from rest to mild work; Flamm 1990: legs empty once they cycle at all."""
    x, at = NERVES.initial(), jnp.asarray(0.0)

    def shown(effort):
        u = eqx.tree_at(lambda u: u.exercise_intensity, NERVES.resting(), jnp.asarray(effort))
        return np.array([-float(NERVES.carotid(x, u)), -float(NERVES.outputs(at, x, u).venous_shift_muscle)])

    rest, easy, middle, hard = (shown(effort) for effort in (0.0, 20.0, 60.0, 100.0))
    assert rest[1] == pytest.approx(0.0)
    assert np.all(easy - rest > 0.6 * (hard - rest))
    assert np.all(middle < hard)
    assert hard[1] == pytest.approx(float(NERVES.effort.pump), rel=1e-3)
