"""Control of breathing: what carbon dioxide, oxygen, wakefulness and exercise ask for."""

import dataclasses

import jax
import jax.numpy as jnp
import pytest

from twinbed.physiology.respiratory._parts.count import Count
from twinbed.physiology.respiratory.breathing import Breathing

BREATHING = Breathing()
REST = BREATHING.initial()
U = BREATHING.resting()
ASLEEP = dataclasses.replace(U, bispectral_index=jnp.asarray(40.0))


def drive(carbon_dioxide=40.0, oxygen=95.0, u=U):
    level = jnp.asarray(carbon_dioxide)
    x = dataclasses.replace(REST, brain=level, carotid_carbon_dioxide=level, carotid_oxygen=jnp.asarray(oxygen))
    return float(BREATHING.drive(x, u))


def test_drive_is_one_at_rest_awake_and_asleep():
    assert drive() == pytest.approx(1.0, abs=1e-5)
    assert drive(u=ASLEEP) == pytest.approx(1.0, abs=1e-5)


def test_carbon_dioxide_below_rest_takes_less_than_it_adds_above_except_in_sleep():
    above, below = drive(41.0) - 1.0, 1.0 - drive(39.0)
    asleep = 1.0 / float(BREATHING.threshold)
    assert above == pytest.approx(float(BREATHING.above) * asleep, rel=1e-4)
    assert below == pytest.approx(float(BREATHING.below) * asleep, rel=1e-4)
    assert 1.0 - drive(39.0, u=ASLEEP) == pytest.approx(asleep, rel=1e-4)
    assert drive(41.0, u=ASLEEP) - 1.0 == pytest.approx(asleep, rel=1e-4)


def test_lack_of_oxygen_makes_breaths_faster_than_carbon_dioxide_at_the_same_drive():
    def rate(carbon_dioxide, oxygen):
        level = jnp.asarray(carbon_dioxide)
        x = dataclasses.replace(REST, brain=level, carotid_carbon_dioxide=level, carotid_oxygen=jnp.asarray(oxygen))
        x = dataclasses.replace(x, since=x.due, inhaled=x.wanted)
        begun = BREATHING.jump(jnp.asarray(0.0), jnp.asarray(0.01), x, U)
        return drive(carbon_dioxide, oxygen), 60.0 / float(begun.due)

    by_oxygen, faster = rate(40.0, 60.0)
    by_carbon, fast = rate(40.0 + (by_oxygen - 1.0) * float(BREATHING.threshold / BREATHING.above), 95.0)
    assert by_oxygen == pytest.approx(by_carbon)
    assert 1.005 * fast < faster < 1.1 * fast


def test_wakefulness_keeps_most_of_breathing_without_carbon_dioxide():
    """Fink 1961: two thirds of ventilation at 25 mmHg; apnoea under anaesthesia."""
    assert drive(25.0) == pytest.approx(0.6)
    assert drive(25.0, u=ASLEEP) == 0.0


def test_the_answer_to_lack_of_oxygen_outlasts_its_fall_of_carbon_dioxide():
    answer = drive(40.0, 60.0) - drive(40.0)
    left = drive(37.0, 60.0) - drive(37.0)
    assert answer > 0.8
    assert left > 0.8 * answer
    below_threshold = 40.0 - 1.1 * float(BREATHING.threshold)
    assert drive(below_threshold, 60.0, ASLEEP) == pytest.approx(0.0, abs=1e-6)


def test_heavy_exercise_asks_for_more_than_its_share():
    def asked(multiple):
        return float(BREATHING.rhs(jnp.asarray(0.0), REST, dataclasses.replace(
            U, oxygen_demand=multiple * BREATHING.rest_demand)).exertion)  # fmt: skip

    assert asked(1.0) == 0.0
    assert asked(5.0) == pytest.approx(2.0 * asked(3.0))
    assert asked(13.0) > 1.5 * 3.0 * asked(5.0)


def test_a_breath_of_the_depth_that_was_wanted_leaves_no_hunger():
    for share, hungry in ((1.0, False), (0.6, True)):
        x = dataclasses.replace(REST, brain=jnp.asarray(46.0), carotid_carbon_dioxide=jnp.asarray(46.0))
        x = BREATHING.jump(jnp.asarray(0.0), jnp.asarray(0.01), x, U)
        x = dataclasses.replace(x, inhaled=share * x.wanted, since=x.due)
        x = BREATHING.jump(jnp.asarray(4.0), jnp.asarray(0.01), x, U)
        assert (float(BREATHING.outputs(jnp.asarray(4.0), x, U).air_hunger) > 0.1) == hungry


def test_a_rate_in_distress_levels_off_below_one_that_exercise_passes():
    """Acute respiratory failure: 33, SD 6 (Frat 2015), 35, SD 7 (Brochard 1995); heaviest exercise more than 45."""

    def rate(carbon_dioxide, pressure, exertion, fell_short):
        level = jnp.asarray(carbon_dioxide)
        x = dataclasses.replace(
            REST, brain=level, carotid_carbon_dioxide=level, pressure=jnp.asarray(pressure), since=REST.due,
            exertion=jnp.asarray(exertion), inhaled=(1.0 - fell_short) * REST.wanted,
        )  # fmt: skip
        return 60.0 / float(BREATHING.jump(jnp.asarray(0.0), jnp.asarray(0.01), x, U).due)

    quiet = rate(40.0, 92.0, 0.0, 0.0)
    grades = [rate(*case) for case in ((46.0, 92.0, 0.0, 0.3), (50.0, 92.0, 0.0, 0.7), (60.0, 30.0, 0.0, 0.8))]
    assert quiet == pytest.approx(13.0, abs=0.1)
    assert quiet < grades[0] < grades[1] < grades[2] < 40.0 + 1e-3
    assert grades[2] > 37.0
    assert 40.0 < rate(40.0, 92.0, 19.0, 0.0) <= 50.0 + 1e-3


def test_a_flow_that_stutters_is_one_breath():
    """An inspiration that turns for a twentieth of a second, as where patient and ventilator meet, is not two."""
    count, step_s = Count(), 0.01
    x, fastest = count.first(*map(jnp.asarray, (0.5, 4.0, 2.5))), 0.0
    for k in range(2000):
        phase = step_s * k % 4.0
        flow = -0.1 if 0.2 <= phase < 0.25 else 0.5 if phase < 1.0 else -0.25 if phase < 3.0 else 0.0
        x = count.noted(x, jnp.asarray(60.0 * flow), jnp.asarray(2.5))
        x = jax.tree.map(lambda a, b: a + step_s * b, x, count.change(x, jnp.asarray(max(flow, 0.0))))
        fastest = max(fastest, float(count.shown(x)[0]))
    assert 60.0 * fastest == pytest.approx(15.0, abs=0.2)
    assert float(count.shown(x)[1]) == pytest.approx(0.475, abs=0.02)


@pytest.mark.long
def test_a_breath_is_counted_with_its_own_period():
    """Two short breaths of 0.05 L, then a gasp of 1.8 L within 1.8 s: never more than a litre a second."""
    count, step_s = Count(), 0.01
    x, seen = count.first(*map(jnp.asarray, (0.5, 4.0, 2.5))), []
    for period_s, volume in ((4.0, 0.5), (0.5, 0.05), (0.5, 0.05), (1.8, 1.8), (4.0, 0.5), (4.0, 0.5)):
        for k in range(round(period_s / step_s)):
            flow = volume / (0.4 * period_s) * (1.0 if k < 0.4 * period_s / step_s else -2.0 / 3.0)
            x = count.noted(x, jnp.asarray(60.0 * flow), jnp.asarray(2.5))
            x = jax.tree.map(lambda a, b: a + step_s * b, x, count.change(x, jnp.asarray(max(flow, 0.0))))
            often, last = count.shown(x)
            seen.append(float(often * last))
    assert max(seen) == pytest.approx(1.0, rel=0.02)
    assert seen[-1] == pytest.approx(0.5 / 4.0, rel=0.02)


def test_a_forced_breath_is_an_effort_and_then_a_strain_and_nothing_begins_meanwhile():
    x = dataclasses.replace(REST, since=REST.due + 1.0)

    def asked(x, **efforts):
        u = dataclasses.replace(U, **{k: jnp.asarray(v) for k, v in efforts.items()})
        begun = BREATHING.jump(jnp.asarray(0.0), jnp.asarray(0.01), x, u)
        return float(BREATHING.outputs(jnp.asarray(0.0), x, u).respiratory_muscle_pressure), float(begun.since)

    assert asked(x, inspiratory_effort=40.0) == (-40.0, float(x.since))
    assert asked(x, inspiratory_effort=40.0, diaphragm_strength=0.5)[0] == -20.0
    assert asked(x, expiratory_strain=60.0) == (60.0, float(x.since))
    assert asked(x)[1] < 0.1
