"""The controller's model against its transfer function, and its filter against the Riccati equation."""

import numpy as np
import pytest
from scipy.linalg import solve_discrete_are
from scipy.signal import lfilter

from twinbed.devices.software import _mpc_model as model
from twinbed.devices.software._mpc_model import Body, Person, next_step, observer_gains, person

P1, P2, G = 0.98, 0.965, -90.0 * 0.02 * 0.035**2  # Copp, Gondhalekar & Hespanha: p1, p2 and g


def walk(steps, *, skin=0.0, stomach=0.0, insulin=0.0, carbohydrate_ratio=10.0, daily=45.0):
    zero = np.float64(0.0)
    fall, rise = 1800.0 / daily * G, 1800.0 / daily * 90.0 * 0.02 / carbohydrate_ratio
    states, out = (zero, zero, skin, zero, stomach, zero), []
    for k in range(steps):
        states = model._moved(states, fall, rise, insulin if k == 0 else 0.0)
        out.append(states[0])
    return np.array(out)


def test_a_pulse_of_insulin_has_the_published_transfer_function():
    pulse = np.zeros(60)
    pulse[0] = 1.0
    numerator = np.array([0.0, 0.0, 0.0, 1800.0 * G / 45.0])
    denominator = np.polymul([1.0, -P1], np.polymul([1.0, -P2], [1.0, -P2]))
    np.testing.assert_allclose(walk(60, insulin=1.0)[:59], lfilter(numerator, denominator, pulse)[1:], rtol=1e-9)


def test_the_dose_by_the_carbohydrate_ratio_balances_the_meal():
    # equal areas under the two responses, summed to their end
    assert walk(4000, insulin=3.0).sum() + walk(4000, stomach=30.0).sum() == pytest.approx(0.0, abs=1e-6)


def test_a_unit_lowers_glucose_by_two_thirds_of_the_1800_rule():
    assert -walk(200, insulin=1.0).min() / (1800.0 / 45.0) == pytest.approx(2.0 / 3.0, rel=0.05)


def test_the_tables_are_the_model():
    import jax.numpy as jnp

    who = person(jnp.asarray(45.0), jnp.asarray(10.0))
    values = (30.0, -1.5, 2.0, 1.0, 20.0, 10.0)
    x = Body(*(jnp.asarray(v) for v in values))
    free = [float(f) for f in model.free_response(x, who)]
    seen = []
    for k in range(1, model.POINTS[-1] + 1):
        x = next_step(x, who, jnp.asarray(0.0))
        if k in model.POINTS:
            seen.append(float(x.glucose))
    np.testing.assert_allclose(free, seen, rtol=1e-12)
    assert isinstance(who, Person)


def test_a_move_acts_as_its_pulses():
    per_pulse = walk(model.POINTS[-1], insulin=1.0, daily=1.0)  # a unit, the daily dose being one
    start, end = model.BLOCKS[1]
    for row, k in zip(model.FROM_MOVE, model.POINTS, strict=True):
        assert row[1] == pytest.approx(sum(per_pulse[k - 1 - j] for j in range(start, min(end, k))), rel=1e-9)


@pytest.mark.parametrize("sizes", [(6.0, 2.0, 1.0), (10.0, 1.0, 0.3)])
def test_the_gains_solve_the_riccati_equation(sizes):
    noise, glucose, drift = sizes
    a = np.array([[model.GLUCOSE_KEEPS, 1.0], [0.0, model.DRIFT_KEEPS]])
    c = np.array([[1.0, 0.0]])
    p = solve_discrete_are(a.T, c.T, np.diag([glucose**2, drift**2]), np.array([[noise**2]]))
    gains = (p @ c.T / (c @ p @ c.T + noise**2)).ravel()
    np.testing.assert_allclose(observer_gains(noise, glucose, drift), gains, rtol=1e-8)
