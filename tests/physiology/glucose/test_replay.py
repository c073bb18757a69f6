"""ReplayBG's model against theory, an independent solver, and its published equations."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.physiology.glucose.minutes import Accounted, day, held, pulse, reference, smooth
from twinbed.physiology.glucose.replay import Replay

MINUTES = 480


def _glucose(model, u, start_min=0.0):
    return np.asarray(day(model, model.initial(), u, start_min)[1].plasma_glucose)


def test_rest_follows_from_the_basal_infusion():
    """Basal plasma insulin is the infusion over volume and elimination."""
    model = Replay(u2ss=0.25)
    assert float(model.initial().ip) == pytest.approx(0.25 / 0.126 / 0.127)
    assert float(model.basal_rate()) == pytest.approx(0.25 * 70.0 * 60.0 / 1000.0)
    slope = model.rhs(jnp.asarray(0.0), model.initial(), model.resting())
    np.testing.assert_allclose(np.concatenate([np.ravel(a) for a in jax.tree.leaves(slope)]), 0.0, atol=1e-12)


def test_an_independent_solver_agrees():
    """SciPy's DOP853 over two hours within one part of the day."""
    model = Replay()
    where = lambda s: (s.g, s.isc1, s.lunch.qsto1, s.dinner.qgut)
    x = eqx.tree_at(where, model.initial(), tuple(map(jnp.asarray, (180.0, 300.0, 500.0, 300.0))))
    got, want = smooth(model, x, model.resting(), 120.0, 1200), reference(model, x, model.resting(), 120.0)
    for a, b in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7)


def test_carbohydrate_and_insulin_balance():
    """What was taken in is delayed, in the body, absorbed or eliminated."""
    model = Replay(beta_b=22.5, beta_l=60.0, kabs_l=0.03, beta_s=7.3, kabs_s=0.02)
    kinds = lambda x: (x.breakfast, x.lunch, x.dinner, x.snack)
    rates = (model.kabs_b, model.kabs_l, model.kabs_d, model.kabs_s)

    def flux(x, u):
        return {
            "eaten": model.mg_per_g * u.carbohydrate / model.body_weight,
            "absorbed": sum(k * g.qgut for k, g in zip(rates, kinds(x), strict=True)),
            "infused": u.insulin_rate * model.mu_per_iu / model.min_per_h / model.body_weight / model.vi,
            "eliminated": model.ke * x.ip,
        }

    ledger = Accounted(model, flux)
    meals = pulse(MINUTES, at=10, lasting=15, amount=60.0) + pulse(MINUTES, at=200, amount=15.0)
    u = held(model, MINUTES, carbohydrate=meals)
    u = eqx.tree_at(lambda v: v.insulin_rate, u, u.insulin_rate + pulse(MINUTES, at=10, amount=360.0))
    states = day(ledger, ledger.initial(), u, 650.0)[0]
    start, end, flowed = (
        model.initial(),
        *(jax.tree.map(lambda a: a[-1], s) for s in (states.inner, states.flowed)),
    )
    inside = sum(g.qsto1 + g.qsto2 + g.qgut for g in kinds(end))
    np.testing.assert_allclose(inside + flowed["absorbed"], flowed["eaten"], rtol=1e-12)
    insulin = lambda s: s.isc1 + s.isc2 + s.ip
    np.testing.assert_allclose(
        insulin(end) - insulin(start), flowed["infused"] - flowed["eliminated"], rtol=0, atol=1e-9
    )


@pytest.mark.parametrize(
    ("start_h", "kind"),
    [(3.9, "dinner"), (4.0, "breakfast"), (10.9, "breakfast"), (11.0, "lunch"), (17.0, "dinner")],
)
def test_a_meal_is_of_the_kind_of_the_hour_at_which_it_begins(start_h, kind):
    """Breakfast from 4, lunch from 11, dinner from 17 h on; a meal that runs on keeps its kind."""
    model = Replay()
    u = held(model, MINUTES, carbohydrate=pulse(MINUTES, at=0, lasting=20, amount=50.0))
    x = day(model, model.initial(), u, start_h * 60.0)[0]
    eaten = {name: float(getattr(x, name).qgut.max()) for name in ("breakfast", "lunch", "dinner", "snack")}
    assert eaten.pop(kind) > 100.0
    assert list(eaten.values()) == [0.0, 0.0, 0.0]


def test_a_second_meal_of_the_same_hours_is_a_snack():
    model = Replay()
    twice = pulse(MINUTES, at=0, amount=50.0) + pulse(MINUTES, at=120, amount=15.0)
    x = day(model, model.initial(), held(model, MINUTES, carbohydrate=twice), 12 * 60.0)[0]
    assert float(x.snack.qgut[119]) == 0.0
    assert float(x.snack.qgut.max()) > 50.0
    assert float(x.lunch.qgut.max()) > 100.0


def test_the_delay_of_a_meal_shifts_its_glucose():
    """Before insulin sensitivity changes, a delay of 25 min is a shift by 25 min."""
    u = held(Replay(), MINUTES, carbohydrate=pulse(MINUTES, at=30, lasting=10, amount=40.0))
    prompt, late = (_glucose(Replay(beta_l=b), u, 660.0) for b in (0.0, 25.0))
    np.testing.assert_allclose(late[25:360], prompt[:335], rtol=1e-9)


def test_the_hour_sets_insulin_sensitivity():
    """The greatest fall by one unit is larger where sensitivity is."""
    model = Replay(si_b=4e-4, si_l=8e-4, si_d=12e-4)
    u = held(model, MINUTES, insulin_rate=model.basal_rate() + pulse(MINUTES, at=1, amount=60.0))
    falls = [119.13 - _glucose(model, u, hour * 60.0).min() for hour in (4.5, 11.5, 18.0)]
    assert falls[0] < falls[1] < falls[2]


def test_more_insulin_less_glucose_and_more_carbohydrate_more_glucose():
    model = Replay()
    low = [
        _glucose(
            model,
            held(model, MINUTES, insulin_rate=model.basal_rate() + pulse(MINUTES, at=5, amount=60.0 * d)),
        ).min()
        for d in (0.0, 1.0, 3.0, 6.0)
    ]
    high = [
        _glucose(model, held(model, MINUTES, carbohydrate=pulse(MINUTES, at=5, lasting=10, amount=g))).max()
        for g in (10.0, 30.0, 60.0)
    ]
    assert np.all(np.diff(low) < -1.0)
    assert np.all(np.diff(high) > 10.0)
