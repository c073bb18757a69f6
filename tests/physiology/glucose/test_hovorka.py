"""Hovorka's model against theory and an independent solver."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.physiology.glucose.minutes import Accounted, day, held, pulse, reference, smooth
from twinbed.physiology.glucose import MixedMeal, Oscillation, OxygenExercise
from twinbed.physiology.glucose.hovorka import Hovorka
from twinbed.testing.dimensions import check_dimensions

MG_PER_DL = 18.0156
MINUTES = 480


@pytest.mark.parametrize("glucose", [4.0, 5.5, 7.0, 11.0])
def test_rest_is_where_production_equals_use(glucose):
    """The published equations, set to zero by hand, at glucose below, at and above the thresholds."""
    m = Hovorka(rest_glucose=glucose)
    i = float(m.rest_insulin())
    q1 = glucose * 0.16 * 74.9
    x1, x2, x3 = 51.2e-4 * i, 8.2e-4 * i, 520e-4 * i
    q2 = x1 * q1 / (0.066 + x2)
    f01 = 0.0097 * 74.9 * min(glucose / 4.5, 1.0)
    renal = 0.003 * max(glucose - 9.0, 0.0) * 0.16 * 74.9
    assert 0.0161 * 74.9 * (1 - x3) - f01 - renal - x1 * q1 + 0.066 * q2 == pytest.approx(0.0, abs=1e-12)
    slope = m.rhs(jnp.asarray(0.0), m.initial(), m.resting())
    np.testing.assert_allclose(jax.tree.leaves(slope), 0.0, atol=1e-12)


def test_basal_rate_is_differentiable_and_falls_with_the_target():
    rate = lambda g: Hovorka(rest_glucose=g).basal_rate()
    slope = eqx.filter_grad(rate)(jnp.asarray(6.0))
    step = float(rate(6.001) - rate(5.999)) / 0.002
    assert float(slope) == pytest.approx(step, rel=1e-5)
    assert step < 0.0


def test_a_person_whose_brain_takes_all_needs_no_insulin():
    assert float(Hovorka(f01=0.02).basal_rate()) == 0.0


def test_an_independent_solver_agrees():
    """SciPy's DOP853 over two hours with a meal and a bolus on their way, exercising, parameters swinging."""
    model = Hovorka(variation=Oscillation(ke=30.0), exercise=OxygenExercise(), food=MixedMeal())
    u = eqx.tree_at(lambda v: v.exercise_intensity, model.resting(), jnp.asarray(45.0))
    where = lambda s: (s.d1, s.s1, s.food.fat, s.food.protein1)
    x = eqx.tree_at(where, model.initial(), tuple(map(jnp.asarray, (200.0, 4000.0, 20.0, 30.0))))
    got, want = smooth(model, x, u, 120.0, 1200), reference(model, x, u, 120.0)
    for a, b in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7)


def test_carbohydrate_and_insulin_balance():
    """What was taken in is in the body, absorbed or eliminated."""
    model = Hovorka()

    def flux(x, u):
        return {
            "eaten": model.mg_per_g / model.mg_per_mmol * u.carbohydrate,
            "absorbed": x.d2 / model.tmax_g,
            "infused": u.insulin_rate * model.mu_per_iu / model.min_per_h,
            "eliminated": model.ke * x.i * model.vi * model.body_weight,
        }

    ledger = Accounted(model, flux)
    u = held(model, MINUTES, carbohydrate=pulse(MINUTES, at=30, lasting=12, amount=60.0))
    u = eqx.tree_at(lambda v: v.insulin_rate, u, u.insulin_rate + pulse(MINUTES, at=30, amount=360.0))
    x = jax.tree.map(lambda a: a[-1], day(ledger, ledger.initial(), u)[0])
    start, end, flowed = model.initial(), x.inner, x.flowed
    insulin = lambda s: s.s1 + s.s2 + s.i * model.vi * model.body_weight
    np.testing.assert_allclose(end.d1 + end.d2 + flowed["absorbed"], model.ag * flowed["eaten"], rtol=1e-12)
    change = flowed["infused"] - flowed["eliminated"]
    np.testing.assert_allclose(insulin(end) - insulin(start), change, rtol=0, atol=1e-8)


def test_doses_and_parts_act_in_the_right_direction():
    """More insulin lowers, more carbohydrate raises, exercise lowers, fat delays."""
    model = Hovorka(exercise=OxygenExercise(), food=MixedMeal())
    glucose = lambda **c: np.asarray(day(model, model.initial(), held(model, MINUTES, **c))[1].plasma_glucose)
    bolus = lambda units: model.basal_rate() + pulse(MINUTES, at=5, amount=60.0 * units)
    meal = lambda grams: pulse(MINUTES, at=5, lasting=10, amount=grams)
    assert np.all(np.diff([glucose(insulin_rate=bolus(d)).min() for d in (0.0, 1.0, 2.0, 4.0)]) < -1.0)
    assert np.all(np.diff([glucose(carbohydrate=meal(g)).max() for g in (10.0, 30.0, 60.0)]) > 10.0)
    exercise = pulse(MINUTES, at=30, lasting=45, amount=45.0 * 60.0)
    assert glucose(exercise_intensity=exercise)[90] < 6.0 * MG_PER_DL - 10.0
    lean, fatty = glucose(carbohydrate=meal(60.0)), glucose(carbohydrate=meal(60.0), fat=meal(60.0))
    assert fatty.argmax() > lean.argmax() + 10


def test_units_of_all_parts_agree():
    check_dimensions(Hovorka(variation=Oscillation(), exercise=OxygenExercise(), food=MixedMeal()))
