"""Lungs with water and with clots in them: shares, stiffness, shunt, and what pressure opens."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest

from twinbed.engine.integrate import advance
from twinbed.physiology.respiratory._parts.flooding import Embolus, Water
from twinbed.physiology.respiratory.lungs import Lungs


@pytest.mark.parametrize(("per_kg", "share"), [(0.0, 0.0), (3.0, 0.0), (7.0, 0.2), (13.0, 0.5), (40.0, 0.6)])
def test_flooded_alveoli_follow_the_published_line(per_kg, share):
    """AnaSim 1.7: a twentieth for each mL/kg above 3 mL/kg, at most 0.6; pressure relieves 70 % of it."""
    filled, foamy = Water().fills(jnp.asarray(70.6 * per_kg))
    assert float(filled + foamy) == pytest.approx(share, abs=2e-3)
    assert float(foamy) == pytest.approx(0.7 * share, abs=2e-3)


@pytest.mark.parametrize("water", [0.0, 100.0, 500.0])
def test_closing_pressure_changes_smoothly_with_water_also_where_there_is_none(water):
    """Against a central difference; in healthy lungs without water no alveoli are unstable."""
    closes = lambda w: Water().closes(w, jnp.asarray(0.0))
    slope = float(jax.grad(closes)(jnp.asarray(water)))
    apart = float(closes(jnp.asarray(water + 1.0)) - closes(jnp.asarray(water - 1.0))) / 2.0
    assert slope == pytest.approx(apart, abs=1e-9)


def test_resistance_of_what_is_left_grows_with_what_is_shut():
    resists = lambda shut: float(Embolus().resists(jnp.asarray(shut)))
    assert resists(0.0) == 1.0
    assert resists(0.5) > 2.0  # more than by geometry alone
    assert resists(0.9) == pytest.approx(3.7 / 0.1)


@eqx.filter_jit
@eqx.filter_vmap(in_axes=(None, 0))
def _held(lungs, inputs):
    """Two minutes without breath."""
    step = lambda x, k: (advance(lungs, k * lungs.step_s, x, inputs, 1), None)
    x, _ = jax.lax.scan(step, lungs.initial(), jnp.arange(12000.0))
    return x, lungs.outputs(jnp.asarray(0.0), x, inputs)


@pytest.fixture(scope="module")
def shown():
    """Outputs by what is in the lungs and the pressure at the airway."""
    lungs = Lungs()
    cases = {
        "dry": {}, "damp": {"lung_water": 200.0}, "wet": {"lung_water": 700.0},
        "wet, low": {"lung_water": 700.0, "circuit_pressure": 6.0},
        "wet, high": {"lung_water": 700.0, "circuit_pressure": 30.0},
        "blocked": {"embolism": 0.5}, "blocked, oxygen": {"embolism": 0.5, "inspired_oxygen": 1.0},
    }  # fmt: skip
    inputs = [
        dataclasses.replace(lungs.resting(), **{k: jnp.asarray(v) for k, v in case.items()}) for case in cases.values()
    ]
    _, out = _held(lungs, jax.tree.map(lambda *a: jnp.stack(a), *inputs))
    return {name: {n: float(v[i]) for n, v in vars(out).items()} for i, name in enumerate(cases)}


def test_water_below_the_onset_does_nothing(shown):
    assert shown["damp"] == shown["dry"]


def test_wet_lungs_are_smaller_and_let_blood_pass_without_gas(shown):
    dry, wet = shown["dry"], shown["wet"]
    assert wet["alveolar_flooding"] == pytest.approx(0.00071 * (700.0 - 212.0), rel=1e-3)
    assert wet["lung_volume"] < 0.9 * dry["lung_volume"]
    assert wet["shunt_left"] > dry["shunt_left"] + 0.5 * wet["alveolar_flooding"]


def test_pressure_opens_most_of_what_water_filled(shown):
    assert shown["wet, low"]["shunt_left"] == pytest.approx(shown["wet"]["shunt_left"], abs=0.05)
    extra = lambda name: shown[name]["shunt_left"] - shown["dry"]["shunt_left"]
    assert extra("wet, high") < 0.5 * extra("wet")


def test_clots_lead_blood_to_alveoli_with_little_gas_which_oxygen_fills(shown):
    """Huet 1985: venous admixture of 17 % with 55 % of the vessels shut, and no true shunt in the first days."""
    assert shown["blocked"]["shunt_left"] == pytest.approx(0.15, abs=0.02)
    assert shown["blocked, oxygen"]["shunt_left"] == pytest.approx(shown["dry"]["shunt_left"], abs=0.002)
