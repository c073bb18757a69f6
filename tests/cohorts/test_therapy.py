"""Titration against an independent solution of a linear patient, and against clinical rules."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from tests.cohorts._linear import Linear
from twinbed.cohorts.therapy import Experiment, glucose_after, rule_of_thumb, titrate

WEIGHT, EATEN = 70.0, 166.0


def reference(model, meal_g, bolus, bolus_at_min=0.0):
    """Glucose every two minutes for eight hours, by SciPy's adaptive solver."""
    p = {f.name: float(getattr(model, f.name)) for f in dataclasses.fields(model) if f.name != "step_s"}

    def rhs(t, x):
        gut, depot, insulin, glucose = x
        eaten = meal_g / 10.0 if t < 10.0 else 0.0
        injected = bolus / 2.0 if bolus_at_min <= t < bolus_at_min + 2.0 else 0.0
        return (
            eaten - p["absorption"] * gut,
            injected - p["insulin"] * depot,
            p["insulin"] * (depot - insulin),
            p["appearance"] * p["absorption"] * gut - p["effect"] * insulin - p["decay"] * (glucose - p["rest"]),
        )

    times = np.arange(1, 241) * 2.0
    out = solve_ivp(rhs, (0, 480), (0, 0, 0, p["rest"]), t_eval=times, max_step=1.0, rtol=1e-10, atol=1e-10)
    return out.y[3]


@pytest.fixture(scope="module")
def model():
    return dataclasses.replace(Linear(), step_s=120.0)


@pytest.fixture(scope="module")
def both():
    """A patient, and one in whom insulin works twice as well."""
    pair = dataclasses.replace(jax.tree.map(lambda a: jnp.full(2, a), Linear()), effect=jnp.asarray([0.6, 1.2]))
    return eqx.filter_jit(jax.vmap(titrate))(pair, jnp.full(2, WEIGHT), jnp.full(2, EATEN))


@pytest.fixture(scope="module")
def found(both):
    return jax.tree.map(lambda a: a[0], both)


def test_glucose_after_an_experiment_agrees_with_scipy(model):
    trace = glucose_after(model, Experiment(jnp.asarray(50.0), jnp.asarray(3.0), jnp.asarray(120.0)))
    # the fastest rate is 0.02/min, so a Runge-Kutta step of 2 min errs by (0.04)^5 / 120 of the change
    np.testing.assert_allclose(trace, reference(model, 50.0, 3.0, 120.0), atol=1e-4)


@pytest.mark.long
def test_the_carbohydrate_ratio_lets_glucose_fall_to_its_limit(model, found):
    lowest = lambda bolus: reference(model, 50.0, bolus).min() - 0.85 * 120.0
    bolus = brentq(lowest, 0.5, 25.0, xtol=1e-3)
    therapy, response = found
    # the last step interpolates over a bracket of 1.7 % in a curve that is nearly straight
    assert 50.0 / float(therapy.carbohydrate_ratio) == pytest.approx(bolus, rel=2e-3)
    assert float(response.covered_lowest) == pytest.approx(0.85 * 120.0, abs=0.1)


def test_the_correction_factor_is_the_greatest_fall_by_a_unit(model, found):
    therapy, response = found
    correction = 0.5 * 50.0 / float(therapy.carbohydrate_ratio)
    fall = reference(model, 50.0, 0.0) - reference(model, 50.0, correction, 120.0)
    assert float(therapy.correction_factor) == pytest.approx(fall.max() / correction, rel=1e-4)
    assert float(response.effect_peak_min) == pytest.approx(2.0 * (fall.argmax() + 1) - 120.0, abs=2.0)


def test_the_other_numbers_follow(model, found):
    therapy, response = found
    uncovered = reference(model, 50.0, 0.0)
    assert float(therapy.basal_rate) == 1.2
    assert float(therapy.body_weight) == WEIGHT
    assert float(therapy.total_daily_insulin) == pytest.approx(24 * 1.2 + EATEN / float(therapy.carbohydrate_ratio))
    assert float(response.rest_glucose) == 120.0
    assert float(response.uncovered_rise) == pytest.approx(uncovered.max() - 120.0, abs=1e-3)
    assert float(response.drift) < 1e-9


def test_twice_the_insulin_effect_halves_the_need(both):
    therapy, _ = both
    assert therapy.carbohydrate_ratio[1] == pytest.approx(2 * float(therapy.carbohydrate_ratio[0]), rel=4e-3)
    assert therapy.correction_factor[1] == pytest.approx(2 * float(therapy.correction_factor[0]), rel=4e-3)


def test_rules_of_thumb():
    # American practice: 500 and 1800 over the total daily dose (PMC10563601, table 3)
    ratio, factor = rule_of_thumb(np.array([50.0]))
    assert (ratio[0], factor[0]) == (10.0, 36.0)
