"""What the body burns against Weir's equation, measured kinetics and a doubling in ten degrees."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from twinbed.engine.integrate import advance
from twinbed.physiology.body.metabolism import Inputs, Metabolism

REST = 3.29 * 76.0
CASES = {  # core temperature, exercise %, shivering W, metabolic depression, oxygen missing mL/min
    "rest": (37.0, 0.0, 0.0, 0.0, 0.0),
    "cold": (27.0, 0.0, 0.0, 0.0, 0.0),
    "asleep": (37.0, 0.0, 0.0, 0.25, 0.0),
    "half": (37.0, 50.0, 0.0, 0.0, 0.0),
    "most": (37.0, 100.0, 0.0, 0.0, 0.0),
    "shivering": (37.0, 0.0, 300.0, 0.0, 0.0),
    "airless": (37.0, 0.0, 0.0, 0.0, 150.0),
}


@pytest.fixture(scope="module")
def runs():
    """Ten minutes of each, every second."""
    model = Metabolism()

    @jax.jit
    @jax.vmap
    def ten_minutes(*values):
        u = Inputs(*values)
        step = lambda x, t: (advance(model, t, x, u, 1), model.outputs(t, x, u))
        return jax.lax.scan(step, model.initial(), jnp.arange(600.0))[1]

    shown = ten_minutes(*jnp.asarray(list(CASES.values())).T)
    return {name: {n: np.asarray(v[k]) for n, v in vars(shown).items()} for k, name in enumerate(CASES)}


def weir(oxygen_ml_min, quotient):
    """Watts of that much oxygen: 3.941 + 1.106 RQ kcal/L at 4184 J/kcal."""
    return oxygen_ml_min / 1000.0 * (3.941 + 1.106 * quotient) * 4184.0 / 60.0


def test_rest(runs):
    rest = {n: v[-1] for n, v in runs["rest"].items()}
    assert rest["oxygen_demand"] == pytest.approx(250.0, rel=1e-3)
    assert rest["respiratory_quotient"] == pytest.approx(0.8)
    assert rest["metabolic_heat"] == pytest.approx(weir(250.0, 0.8), rel=1e-3)
    assert 1200.0 < rest["metabolic_heat"] * 86.4 / 4.184 < 3000.0  # kcal a day, as in Pulse's table of rest


def test_oxygen_that_is_missing_makes_no_heat(runs):
    assert runs["airless"]["metabolic_heat"][-1] == pytest.approx(weir(REST - 150.0, 0.8), rel=1e-3)
    assert runs["airless"]["oxygen_demand"][-1] == pytest.approx(REST, rel=1e-3)


def test_cold_and_anaesthesia_lower_rest(runs):
    """A Q10 of 2: half at ten degrees less; drugs take away their share."""
    assert runs["cold"]["oxygen_demand"][-1] == pytest.approx(125.0, rel=1e-3)
    assert runs["asleep"]["oxygen_demand"][-1] == pytest.approx(0.75 * 250.0, rel=1e-3)


@pytest.mark.parametrize(("name", "share"), [("half", 0.5), ("most", 1.0)])
def test_exercise_reaches_its_share_of_the_maximum(runs, name, share):
    run, most = runs[name], 42.0 * 76.0
    assert run["oxygen_demand"][-1] == pytest.approx(share * most, rel=1e-3)
    added = run["oxygen_demand"] - REST
    assert int(np.argmax(added > (1.0 - np.exp(-1.0)) * added[-1])) == pytest.approx(35, abs=1)  # phase II: 20 to 45 s
    assert run["oxygen_demand_muscle"][-1] == pytest.approx(added[-1] + 0.2 * REST, rel=1e-6)
    assert 0.85 < run["respiratory_quotient"][-1] <= 1.0


def test_work_takes_a_quarter_of_the_energy_of_exercise(runs):
    run = {n: v[-1] for n, v in runs["half"].items()}
    energy = weir(run["oxygen_demand"], run["respiratory_quotient"])
    work = 0.25 * weir(run["oxygen_demand"] - REST, run["respiratory_quotient"])
    assert run["metabolic_heat"] == pytest.approx(energy - work, rel=1e-3)


def test_shivering_makes_the_heat_that_is_asked_for(runs):
    run = {n: v[-1] for n, v in runs["shivering"].items()}
    assert run["metabolic_heat"] - runs["rest"]["metabolic_heat"][-1] == pytest.approx(300.0, rel=1e-3)
    assert weir(run["oxygen_demand"] - REST, 0.8) == pytest.approx(300.0, rel=1e-3)
