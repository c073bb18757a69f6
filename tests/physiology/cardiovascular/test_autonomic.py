"""How the nerves read drugs and distress: what takes reflexes leaves pain, and what takes air hunger leaves the rest."""

import equinox as eqx
import jax
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


@eqx.filter_jit
def after(seconds, effort=0.0, aroused=0.0):
    """The nerves of somebody who lies still for so long after work that left these behind."""
    both = lambda x: (x.effort, x.aroused)
    begun = eqx.tree_at(both, NERVES.initial(), (jnp.asarray(effort), jnp.asarray(aroused)))

    def rests(_, x):
        slope = NERVES.rhs(jnp.asarray(0.0), x, NERVES.resting())
        return eqx.tree_at(both, x, tuple(now + 0.1 * by for now, by in zip(both(x), both(slope), strict=True)))

    return jax.lax.fori_loop(0, jnp.asarray(seconds * 10.0, int), rests, begun)


def test_the_vagus_comes_back_the_later_the_harder_the_work_was():
    """Perini 1989: time constants of 33 and 56 s after 43 and 65 % of the greatest uptake."""
    held = lambda x: float(NERVES.vagus.command_of(NERVES.felt_effort(x, NERVES.resting())))
    for effort, slow in ((0.43, 33.0), (0.65, 56.0)):
        before = held(after(0.0, effort=effort))
        assert held(after(slow / 2.0, effort=effort)) > 0.5 * before
        assert held(after(1.5 * slow, effort=effort)) < 0.1 * before
    assert held(after(60.0, effort=1.0)) > 0.7 * held(after(0.0, effort=1.0))


def test_what_work_leaves_in_the_heart_sends_a_fold_less_in_a_time_constant_and_nothing_to_vessels():
    """Noradrenaline falls with 87 to 101 s (Perini 1989): here what the line sends, above 2.10 /s (Ursino 1998)."""

    def sent(line, x):
        return np.expm1(float(NERVES.sympathetic(line, NERVES.receptors_at_rest, x, NERVES.resting()))) + 2.66 - 2.10

    hard = 40.0
    early, late = (sent(NERVES.to_heart, after(seconds, aroused=hard)) for seconds in (0.0, 100.0))
    assert early / late == pytest.approx(np.e, rel=0.02)
    rest, settled = sent(NERVES.to_heart, NERVES.initial()), sent(NERVES.to_heart, after(600.0, aroused=hard))
    assert settled == pytest.approx(rest, rel=0.1)
    for line in (NERVES.to_vessels, NERVES.to_veins):
        assert sent(line, after(0.0, aroused=hard)) == pytest.approx(sent(line, NERVES.initial()))


def test_work_itself_counts_and_not_what_is_left_of_easier_work():
    x = eqx.tree_at(lambda x: (x.effort, x.aroused), NERVES.initial(), (jnp.asarray(0.2), jnp.asarray(1.0)))
    u = eqx.tree_at(lambda u: u.exercise_intensity, NERVES.resting(), jnp.asarray(80.0))
    drive = lambda x: float(NERVES.sympathetic(NERVES.to_heart, NERVES.receptors_at_rest, x, u))
    assert drive(x) == pytest.approx(drive(NERVES.initial()))
    assert float(NERVES.felt_effort(x, u)) == pytest.approx(0.8)


LINES = (NERVES.to_vessels, NERVES.to_veins, NERVES.to_heart)


def excites(**levels):
    """What each sympathetic line (vessels, veins, heart) hears above rest, in receptors' /s, for changed states.

    The curve of Ursino 1998, tables 3 and 4, turned around by hand: 2.10 + (16.11 - 2.10) exp(0.0675 (heard - 23.8)).
    """

    def heard(line, x):
        drive = float(NERVES.sympathetic(line, NERVES.receptors_at_rest, x, NERVES.resting()))
        return np.log((np.expm1(drive) + 2.66 - 2.10) / (16.11 - 2.10)) / 0.0675 + 23.8

    places = lambda x: tuple(getattr(x, name) for name in levels)
    changed = eqx.tree_at(places, NERVES.initial(), tuple(jnp.asarray(v) for v in levels.values()))
    return np.array([heard(line, changed) - heard(line, NERVES.initial()) for line in LINES])


def arrives_at(state, **inputs):
    """What a state goes to while inputs stay."""
    u = NERVES.resting()
    for name, value in inputs.items():
        u = eqx.tree_at(lambda u, name=name: getattr(u, name), u, jnp.asarray(value))
    x, lag = (
        NERVES.initial(),
        {"filling": NERVES.filling.lag, "stretch": NERVES.stretch_lag}.get(state, NERVES.brain_lag),
    )
    return float(getattr(x, state) + lag * getattr(NERVES.rhs(jnp.asarray(0.0), x, u), state))


def test_a_heart_that_fills_less_excites_vessels_most_and_a_fuller_one_calms_little():
    """Cardiopulmonary reflex, Heldt 2004: less filling narrows arterioles and veins and hastens the heart; weights of
    the calibration to ATLS's losses. The receptors feel the right atrium's pressure against the chest's."""
    np.testing.assert_allclose(excites(filling=5.5), [8.0, 1.5, 2.5], rtol=1e-3)
    np.testing.assert_allclose(excites(filling=4.5), [16.0, 3.0, 5.0], rtol=6e-3)
    fuller = excites(filling=9.5)
    np.testing.assert_allclose(fuller, -0.75 * (1.0 - np.exp(-3.0 / 0.75)) * np.array([8.0, 1.5, 2.5]), rtol=1e-3)
    assert arrives_at("filling", central_venous_pressure=2.9) == pytest.approx(2.9 + 5.0 * 0.73556, rel=1e-6)
    assert arrives_at("filling", pleural_pressure=0.0) == pytest.approx(4.9)


def test_a_nearly_empty_heart_withdraws_what_vessels_and_veins_were_sent():
    """Schadt & Ludbrook 1991: drive is withdrawn once a third of the blood is lost; the heart keeps its own."""
    to_vessels, to_veins, to_heart = excites(filling=1.5) - excites(filling=3.5)
    withdrawn = 1.0 / (1.0 + np.exp(-4.0)) - 1.0 / (1.0 + np.exp(4.0))
    assert to_vessels == pytest.approx(8.0 * 2.0 - 14.0 * withdrawn, rel=1e-6)
    assert to_veins == pytest.approx(1.5 * 2.0 - 12.0 * withdrawn, rel=1e-6)
    assert to_veins < 0.0 < to_heart
    assert to_heart == pytest.approx(2.5 * 2.0)


def test_stretched_lungs_widen_vessels_and_veins_and_quicken_the_heart():
    """Albanese 2016: 0.01176 /s for each mL; weights of 0.3997, 0.2907 and 0 against, 0.103 from the vagus."""
    felt = arrives_at("stretch", tidal_volume=530.0 - 250.0)
    assert felt == pytest.approx(-0.01176 * 250.0)
    np.testing.assert_allclose(excites(stretch=felt), [0.3997 * 2.94, 0.2907 * 2.94, 0.0], rtol=1e-6, atol=1e-9)
    deeper = excites(stretch=arrives_at("stretch", tidal_volume=530.0 + 250.0))
    assert deeper[0] < deeper[1] < 0.0 == pytest.approx(deeper[2])
    assert excites(stretch=60.0)[0] > -0.3997 * 6.0, "it levels off"
    stretched = eqx.tree_at(lambda x: x.stretch, NERVES.initial(), jnp.asarray(felt))
    assert sends(x=stretched)[1] - REST[1] == pytest.approx(0.103 * 2.94)


def test_a_brain_without_oxygen_excites_the_heart_early_and_vessels_late():
    """Ursino & Magosso 2000: at most 6 /s around 30 (2) mmHg to vessels and veins, 53 around 45 (6) to the heart."""
    half_of_the_hearts, half_of_the_vessels = excites(brain_oxygen=45.0), excites(brain_oxygen=30.0)
    assert half_of_the_hearts[2] == pytest.approx(53.0 / 2.0, rel=0.02)
    assert abs(half_of_the_hearts[0]) < 0.01
    np.testing.assert_allclose(half_of_the_vessels[:2], 3.0, rtol=1e-6)
    np.testing.assert_allclose(excites(brain_oxygen=15.0)[:2], 6.0, rtol=2e-3)
    assert arrives_at("brain_oxygen", arterial_oxygen=40.0) == pytest.approx(40.0)
    assert arrives_at("brain_oxygen", venous_content_cerebral=5.0) == pytest.approx(30.0), "or it gets too little blood"


def test_carbon_dioxide_of_the_brain_excites_vessels_and_heart_and_a_lack_of_it_calms_less():
    """Ursino & Magosso 2000: 1.5, 0 and 1 /s for each mmHg; against a surplus a lack counts a fifth (assumed)."""
    np.testing.assert_allclose(excites(brain_carbon_dioxide=50.0), [15.0, 0.0, 10.0], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(excites(brain_carbon_dioxide=30.0), [-3.0, 0.0, -2.0], rtol=1e-6, atol=1e-9)
