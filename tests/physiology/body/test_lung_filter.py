"""Water of the lungs against measured thresholds and clearance, and balances."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest

from twinbed.engine.integrate import advance
from twinbed.physiology.body._parts.lung_filter import LungFilter
from twinbed.physiology.body.fluids import Fluids


def passes(water, left_atrium, protein):
    return float(LungFilter().passes(*map(jnp.asarray, (water, left_atrium, protein))))


@pytest.mark.parametrize(("protein", "threshold"), [(7.0, 24.0), (0.47 * 7.0, 11.0)])
def test_lungs_fill_above_the_pressure_that_guyton_and_lindsey_found(protein, threshold):
    """97 dogs: 24 mmHg with normal protein, 11 mmHg with 47 % of it, doi:10.1161/01.RES.7.4.649."""
    assert float(LungFilter().bears(jnp.asarray(protein))) == pytest.approx(threshold, abs=0.3)
    assert passes(0.0, threshold - 0.5, protein) == 0.0
    assert passes(0.0, threshold + 0.5, protein) > 0.0


def test_water_comes_in_proportion_to_the_pressure_above_that():
    """Guyton & Lindsey 1959; two hundredths of a mL/min for each kg of ideal weight and mmHg (AnaSim 1.7)."""
    ten, twenty = (passes(0.0, 24.0 + above, 7.0) for above in (10.0, 20.0))
    assert twenty - ten == pytest.approx(10.0 * 0.02 * 70.6, rel=0.01)


@eqx.filter_jit
def _minutes(x, left_atrium, minutes):
    model = Fluids()
    u = dataclasses.replace(model.resting(), left_atrial_pressure=left_atrium)

    def second(now, _):
        into = model.outputs(jnp.asarray(0.0), now, u)
        return advance(model, jnp.asarray(0.0), now, u, 1), (into.transcapillary_flow, into.interstitial_volume)

    return jax.lax.scan(second, x, None, length=60 * minutes)


def test_at_rest_lungs_stay_dry():
    x, _ = _minutes(Fluids().initial(), jnp.asarray(15.0), 60)
    assert float(x.lung_water) == 0.0


def test_half_of_it_is_cleared_in_four_hours():
    """Garcia-Delgado 2010, 25 pigs: about 20 % in one hour and 50 % in four, doi:10.1186/cc8914."""
    wet = eqx.tree_at(lambda s: s.lung_water, Fluids().initial(), jnp.asarray(600.0))
    after = {hours: float(_minutes(wet, jnp.asarray(8.0), 60 * hours)[0].lung_water) for hours in (1, 4)}
    assert after[1] / 600.0 == pytest.approx(0.8, abs=0.06)
    assert after[4] / 600.0 == pytest.approx(0.5, abs=0.06)


def test_what_the_lungs_take_leaves_the_blood_and_nothing_is_lost():
    model = Fluids()
    start = model.initial()
    x, (flow, _) = _minutes(start, jnp.asarray(40.0), 30)
    assert 300.0 < float(x.lung_water) < 800.0
    came = float(flow.sum()) / 60.0
    assert float(x.blood_volume - start.blood_volume) == pytest.approx(came, abs=0.5)
    assert float(x.plasma_protein + x.tissue_protein) == pytest.approx(
        float(start.plasma_protein + start.tissue_protein), rel=1e-9
    )
    assert float(x.plasma_protein / (x.blood_volume - x.red_cells)) > float(
        start.plasma_protein / (start.blood_volume - start.red_cells)
    )  # Figueras & Weil 1977: plasma is thicker in oedema of the lungs
