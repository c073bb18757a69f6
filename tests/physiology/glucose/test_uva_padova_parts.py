"""The UVA/Padova model with the parts of later versions."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.physiology.glucose.minutes import day, held, pulse, reference, smooth
from twinbed.physiology.glucose import (
    Dawn,
    Glucagon,
    HeartRateExercise,
    HypoglycaemiaRisk,
    IntradaySensitivity,
    MixedMeal,
    Schiavon,
)
from twinbed.physiology.glucose.uva_padova import UvaPadova
from twinbed.testing.dimensions import check_dimensions

MINUTES = 480


def _with_parts(**changes):
    """Every part, with numbers that switch it off but for those in `changes`."""
    parts = {
        "subcutaneous": Schiavon(tau=0.0, kd=0.0164, ka1=0.0018, ka2=0.0182),
        "hypoglycaemia": HypoglycaemiaRisk(r1=0.0),
        "glucagon": Glucagon(),
        "sensitivity": IntradaySensitivity(breakfast=1.0),
        "dawn": Dawn(rise=0.0),
        "exercise": HeartRateExercise(alpha=0.0, beta=0.0, gamma=0.0),
        "food": MixedMeal(fat_slowing=0.0, fat_resistance=0.0, protein_glucose=0.0),
    }
    return UvaPadova(**{**parts, **changes})


@pytest.fixture(scope="module")
def neutral():
    return _with_parts()


def _meal(model, **more):
    """60 g of carbohydrate with 6 units."""
    insulin = model.basal_rate() + pulse(MINUTES, at=20, amount=60.0 * 6.0)
    given = {"carbohydrate": pulse(MINUTES, at=20, lasting=10, amount=60.0), "insulin_rate": insulin, **more}
    return held(model, MINUTES, **given)


def _glucose(model, u, start_min=0.0):
    return np.asarray(day(model, model.initial(), u, start_min)[1].plasma_glucose)


@pytest.mark.long
def test_parts_that_are_switched_off_leave_s2008(neutral):
    more = {
        "fat": pulse(MINUTES, at=20, amount=30.0),
        "protein": pulse(MINUTES, at=20, amount=30.0),
        "exercise_intensity": pulse(MINUTES, at=200, lasting=40, amount=2000.0),
    }
    plain = UvaPadova()
    want, got = _glucose(plain, _meal(plain)), _glucose(neutral, _meal(neutral, **more))
    np.testing.assert_allclose(got, want, rtol=1e-9)


@pytest.mark.long
def test_units_of_all_parts_agree(neutral):
    check_dimensions(neutral)


def test_an_overdose_lowers_glucose_further_in_s2013(neutral):
    """Dalla Man 2014: S2013 describes hypoglycaemia that S2008 misses."""
    risky = _with_parts(hypoglycaemia=HypoglycaemiaRisk())
    u = held(neutral, MINUTES, insulin_rate=neutral.basal_rate() + pulse(MINUTES, at=10, amount=60.0 * 7.0))
    assert _glucose(risky, u).min() < _glucose(neutral, u).min() - 5.0


def test_glucagon_raises_glucose_with_the_dose(neutral):
    rise = []
    for micrograms in (0.0, 50.0, 100.0, 200.0):
        u = held(neutral, MINUTES, glucagon_rate=pulse(MINUTES, at=10, amount=micrograms / 1000.0))
        rise.append(_glucose(neutral, u).max() - 140.0)
    assert rise[0] == pytest.approx(0.0, abs=1e-6)
    assert np.all(np.diff(rise) > 8.0)
    assert 15.0 < rise[2] < 80.0  # 110 ug: 2.6 mmol/L at four levels of glucose (Blauw 2016)


def test_exercise_lowers_glucose_and_the_effect_lasts(neutral):
    active = _with_parts(exercise=HeartRateExercise())
    u = held(neutral, MINUTES, exercise_intensity=pulse(MINUTES, at=30, lasting=45, amount=45.0 * 50.0))
    by_rate = held(neutral, MINUTES, heart_rate=60.0 + pulse(MINUTES, at=30, lasting=45, amount=45.0 * 62.5))
    glucose = _glucose(active, u)
    assert glucose[75] < 130.0
    assert glucose[400] < 137.0
    np.testing.assert_allclose(_glucose(active, by_rate), glucose, rtol=1e-9)


def test_low_sensitivity_at_breakfast_raises_the_meal(neutral):
    """Hinshaw 2013: insulin works less at breakfast."""
    daily = _with_parts(sensitivity=IntradaySensitivity())
    rise = lambda start: _glucose(daily, _meal(neutral), start).max() - 140.0
    assert rise(300.0) > rise(720.0) + 30.0


def test_dawn_raises_fasting_glucose():
    """Mallad 2015 saw almost 30 mg/dL from 3 to 7 h; the model without counter-measures gives that order."""
    model = _with_parts(dawn=Dawn())
    glucose = _glucose(model, held(model, MINUTES))
    assert glucose[178] == pytest.approx(140.0, abs=1e-6)
    assert 20.0 < glucose[419] - glucose[179] < 90.0


def test_fat_delays_and_prolongs_a_meal(neutral):
    model = _with_parts(food=MixedMeal(protein_glucose=0.0))
    lean, fatty = (_glucose(model, _meal(model, fat=pulse(MINUTES, at=20, amount=g))) for g in (0.0, 60.0))
    assert fatty[60] < lean[60] - 3.0
    assert fatty[400] > lean[400] + 10.0


def test_protein_raises_glucose_late():
    """Paterson 2017: more protein, more glucose from 150 to 300 min after the meal."""
    model = _with_parts(food=MixedMeal(fat_slowing=0.0, fat_resistance=0.0))
    lean, rich = (_glucose(model, _meal(model, protein=pulse(MINUTES, at=20, amount=g))) for g in (0.0, 75.0))
    assert rich[50] - lean[50] < 5.0
    assert rich[320] - lean[320] > 30.0


@pytest.mark.long
def test_an_independent_solver_agrees():
    """SciPy's DOP853 over two hours within one part of the day, all parts on."""
    model = UvaPadova(
        subcutaneous=Schiavon(), hypoglycaemia=HypoglycaemiaRisk(), glucagon=Glucagon(sigma=5.0, delta=1.0),
        sensitivity=IntradaySensitivity(), dawn=Dawn(), exercise=HeartRateExercise(), food=MixedMeal(),
    )  # fmt: skip
    u = eqx.tree_at(lambda v: (v.heart_rate, v.insulin_rate), model.resting(), (jnp.asarray(110.0), jnp.asarray(2.0)))
    x = model.initial()
    where = lambda s: (s.q_sto1, s.meal_size, s.food.fat, s.glucagon.hsc1, s.gp)
    x = eqx.tree_at(where, x, tuple(map(jnp.asarray, (1e4, 3e4, 30.0, 500.0, 190.0))))
    got, want = smooth(model, x, u, 120.0, 2400), reference(model, x, u, 120.0)
    for a, b in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("hour", [1.0, 5.0, 6.5, 13.0, 20.0])
def test_the_basal_profile_holds_every_hour(hour):
    """At the insulin of `basal_rate_at`, plasma and tissue glucose stand still at `gb`."""
    model = UvaPadova(sensitivity=IntradaySensitivity(breakfast=0.6, lunch=1.3, dinner=1.1), dawn=Dawn(resistance=0.1))
    t = jnp.asarray(hour * 60.0)
    insulin = model.ib * model.basal_rate_at(t) / model.basal_rate()
    r = model.derived()
    kp3 = model.sensitivity.scaled(t, model.kp3)
    production = model.dawn.production(t, r.kp1) - model.kp2 * r.gpb - kp3 * insulin
    gt = (model.fsnc + model.k1 * r.gpb - production) / model.k2
    where = lambda s: (s.xl, s.i1, s.action, s.gt)
    x = eqx.tree_at(where, model.initial(), (insulin, insulin, insulin - model.ib, gt))
    slope = model.rhs(t, x, model.resting())
    np.testing.assert_allclose([slope.gp, slope.gt, slope.xl], 0.0, atol=1e-12)
