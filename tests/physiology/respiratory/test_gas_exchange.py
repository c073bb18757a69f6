"""Blood gases against their definition, conservation, and published stores."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq

from twinbed.engine.integrate import advance
from twinbed.physiology.respiratory._parts.blood import Blood
from twinbed.physiology.respiratory.gas_exchange import GasExchange

WARM = jnp.asarray(37.0)
MINUTES_5 = 2999
"""The step after five minutes."""
PLACES = ("arterial", "venous", "brain", "heart", "muscle", "other")


FLOWS = {"cerebral": 0.7, "coronary": 0.23, "muscle": 1.4, "splanchnic": 1.8, "extrasplanchnic": 1.7}


def flow(share):
    return {f"{bed}_blood_flow": q * share for bed, q in FLOWS.items()}


RUNS = {
    "rest": (900.0, flow(5.6 / 5.83)),  # 5.6 L/min, as Pulse's table
    "conserved": (120.0, {"alveolar_oxygen_left": 50.0, "alveolar_oxygen_right": 70.0, "shunt_left": 0.3}),
    "bleeding": (
        120.0,
        {
            "haemoglobin_mass": 600.0,
            "bleeding": 400.0,
            "arterial_bleeding": 250.0,
            "transcapillary_flow": 60.0,
            "fluid_infused": 300.0,
        },
    ),
    "shunted": (
        600.0,
        {
            f"{what}_{side}": value
            for what, value in (("shunt", 0.3), ("alveolar_oxygen", 110.0))
            for side in ("left", "right")
        },
    ),
    "airless": (900.0, {"alveolar_oxygen_left": 18.0, "alveolar_oxygen_right": 18.0}),
    "bled": (900.0, flow(0.82)),
    "shock": (900.0, flow(0.5)),
    "stopped": (900.0, flow(0.0)),
}
"""Seconds, and inputs other than at rest."""


@eqx.filter_jit
@eqx.filter_vmap(in_axes=(None, 0))
def _run(model, u):
    def step(x, k):
        x = advance(model, k * model.step_s, x, u, 1)
        return x, (x, model.outputs(jnp.asarray(0.0), x, u))

    return jax.lax.scan(step, model.initial(), jnp.arange(9000, dtype=float))[1]


@pytest.fixture(scope="module")
def played():
    """States and outputs of every run; all are one cohort."""
    model = GasExchange()
    inputs = [
        dataclasses.replace(model.resting(), **{k: jnp.asarray(float(v)) for k, v in changed.items()})
        for _, changed in RUNS.values()
    ]
    out = jax.tree.map(np.asarray, _run(model, jax.tree.map(lambda *a: jnp.stack(a), *inputs)))
    until = lambda i, seconds: jax.tree.map(lambda a: a[i, : round(seconds / model.step_s)], out)
    return {name: until(i, run[0]) for i, (name, run) in enumerate(RUNS.items())}


@pytest.fixture
def rest(played):
    return played["rest"]


@pytest.mark.parametrize("pco2", [10.0, 40.0, 80.0, 150.0])
@pytest.mark.parametrize("excess", [-20.0, 0.0, 15.0])
def test_acidity_solves_van_slykes_equation(pco2, excess):
    blood = Blood()
    wanted = brentq(lambda h: float(blood.base_excess(jnp.asarray(pco2), jnp.asarray(h), WARM)) - excess, 5.5, 9.0)
    assert float(blood.ph(jnp.asarray(pco2), jnp.asarray(excess), WARM)) == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize(("po2", "pco2", "excess"), [(95.0, 40.0, 0.0), (30.0, 60.0, -5.0), (500.0, 35.0, 3.0)])
def test_pressures_undo_contents(po2, pco2, excess):
    blood, e = Blood(), jnp.asarray(excess)
    ph = blood.ph(jnp.asarray(pco2), e, WARM)
    saturation = blood.saturation(jnp.asarray(po2), ph, jnp.asarray(pco2), WARM)
    oxygen = blood.oxygen_content(jnp.asarray(po2), saturation)
    carbon = blood.carbon_dioxide_content(jnp.asarray(pco2), ph, saturation, WARM)
    found = (jnp.asarray(95.0), jnp.asarray(40.0))
    for _ in range(12):
        found = blood.pressures(oxygen, carbon, e, WARM, *found)
    assert [float(p) for p in found] == pytest.approx([po2, pco2], rel=1e-6)


def test_rest_is_that_of_an_adult(rest):
    """Pulse's resting table: PaO2 95, PaCO2 40, venous 40 and 45 mmHg, base excess -2 to 2."""
    shown = {k: float(v[-1]) for k, v in vars(rest[1]).items()}
    assert shown["arterial_oxygen"] == pytest.approx(95.0, rel=0.05)
    assert shown["arterial_carbon_dioxide"] == pytest.approx(40.0, rel=0.05)
    assert shown["venous_oxygen"] == pytest.approx(40.0, rel=0.1)
    assert shown["venous_carbon_dioxide"] == pytest.approx(45.0, rel=0.1)  # the band that validation calls good
    assert shown["arterial_ph"] == pytest.approx(7.4, abs=0.02)
    assert abs(shown["base_excess"]) < 2.0


def test_what_blood_takes_is_what_tissue_uses(rest):
    x, shown = rest
    taken = float(shown.oxygen_uptake_left[-1] + shown.oxygen_uptake_right[-1])
    given = float(shown.carbon_dioxide_output_left[-1] + shown.carbon_dioxide_output_right[-1])
    assert taken == pytest.approx(float(shown.oxygen_consumption[-1]), rel=2e-3)
    assert given == pytest.approx(float(shown.carbon_dioxide_production[-1]), rel=0.02)


@pytest.mark.parametrize("run", ["conserved", "bleeding", "stopped"])
def test_oxygen_and_carbon_dioxide_are_conserved(played, run):
    """Stores change by what passes the lungs less what tissue uses and blood takes along, to 1e-6 of what is stored."""
    model = GasExchange()
    x, shown = played[run]
    arterial, venous, _ = (float(share) * x.blood_volume[-1] for share in model.shares())
    volumes = {
        "arterial": (arterial,) * 2, "venous": (venous,) * 2,
        **{n: (t.oxygen_volume, t.carbon_dioxide_volume) for n, t in zip(PLACES[2:], model.tissues(), strict=True)},
    }  # fmt: skip
    start = jax.tree.map(lambda a: a[0], x)
    for k, gas in enumerate(("oxygen", "carbon_dioxide")):
        litres = {p: 10.0 * float(v[k]) for p, v in volumes.items()}
        before, after = (
            sum(litres[p] * float(np.ravel(getattr(getattr(s, p), gas))[-1]) for p in PLACES) for s in (start, x)
        )
        through = x.uptake_left + x.uptake_right if gas == "oxygen" else x.output_left + x.output_right
        ledger = x.oxygen_spent if gas == "oxygen" else -x.carbon_dioxide_gained
        sign = 1.0 if gas == "oxygen" else -1.0
        balance = sign * through[1:].sum() * model.step_s / 60.0 - (ledger[-1] - ledger[0])
        assert after - before == pytest.approx(balance, abs=1e-6 * after)


def test_without_bleeding_what_is_spent_is_what_tissue_uses(played):
    """By the trapezium of what is shown, which is right to the square of the step."""
    x, shown = played["conserved"]
    for ledger, flow in (
        (x.oxygen_spent, shown.oxygen_consumption),
        (x.carbon_dioxide_gained, shown.carbon_dioxide_production),
    ):
        integral = (0.5 * (flow[1:] + flow[:-1])).sum() * GasExchange().step_s / 60.0
        assert float(ledger[-1] - ledger[0]) == pytest.approx(integral, rel=1e-6)


def test_water_thins_blood_and_lost_blood_takes_its_gas_along():
    model = GasExchange()
    volume, gas = jnp.asarray(53.0), jnp.asarray(15.0)  # dL, g/dL

    @eqx.filter_jit
    def mixed(x, mass, haemoglobin):
        u = dataclasses.replace(model.resting(), haemoglobin_mass=mass, haemoglobin=haemoglobin)
        return model.jump(jnp.asarray(0.0), jnp.asarray(0.0), x, u)

    before = mixed(model.initial(), volume * gas, gas)
    thin, less = mixed(before, volume * gas, 0.8 * gas), mixed(before, 0.9 * volume * gas, gas)
    assert float(thin.blood_volume) == pytest.approx(5.3 / 0.8)
    assert float(thin.arterial.oxygen * thin.blood_volume) == pytest.approx(
        float(before.arterial.oxygen * before.blood_volume), rel=1e-12
    )
    for _ in range(5):  # pressures are found in some steps
        thin = mixed(thin, volume * gas, 0.8 * gas)
    assert float(thin.arterial_oxygen) < float(before.arterial_oxygen)
    assert float(less.arterial.oxygen) == pytest.approx(float(before.arterial.oxygen), rel=1e-12)
    arterial, venous, _ = model.shares()
    held = float(arterial * before.arterial.oxygen + venous * before.venous.oxygen) * 53.0
    assert float(less.oxygen_spent) == pytest.approx(0.1 * held, rel=1e-9)


def test_more_shunt_lowers_oxygen_as_the_shunt_equation_says(played):
    _, shown = played["shunted"]
    blood = Blood()
    pure = blood.oxygen_content(
        jnp.asarray(110.0), blood.saturation(jnp.asarray(110.0), jnp.asarray(7.41), jnp.asarray(40.0), WARM)
    )
    arterial = float(shown.arterial_oxygen_content[-1])
    venous = arterial - float(shown.oxygen_consumption[-1]) / (5.83 * 10.0)
    assert (float(pure) - arterial) / (float(pure) - venous) == pytest.approx(0.3, rel=0.02)


def test_blood_that_stands_loses_as_much_oxygen_as_was_measured(played):
    """Tucker 1994: 81 to 69 mmHg in five minutes of fibrillation."""
    blood = Blood()
    saturation = lambda p: blood.saturation(p, jnp.asarray(7.4), jnp.asarray(40.0), WARM)
    held = lambda mmhg: float(blood.oxygen_content(jnp.asarray(mmhg), saturation(jnp.asarray(mmhg))))
    content = played["stopped"][1].arterial_oxygen_content
    assert float(content[0] - content[MINUTES_5]) == pytest.approx(held(81.0) - held(69.0), rel=0.15)


def test_blood_that_stands_is_otherwise_as_it_was(played):
    """Tucker 1994: arterial acidity and carbon dioxide as before, mixed venous oxygen from 40 to 38 mmHg."""
    _, shown = played["stopped"]
    assert np.all(np.diff(shown.arterial_oxygen[100:]) < 0.0)
    assert np.ptp(shown.arterial_ph[: MINUTES_5 + 1]) < 0.02
    assert np.ptp(shown.arterial_carbon_dioxide[: MINUTES_5 + 1]) < 2.0
    venous = shown.venous_oxygen
    assert float(venous[0] - venous[MINUTES_5]) == pytest.approx(2.0, abs=0.7)
    assert np.all(np.diff(shown.venous_saturation[100:]) < 0.0)


def test_lactate_waits_in_tissue_until_blood_flows(played):
    """Leavy 1988: washed out in 2.6 minutes of flow; nothing of it is lost on the way."""
    model = GasExchange()
    x, shown = played["stopped"]
    assert float(shown.lactate[-1]) == pytest.approx(1.0, abs=1e-9)
    after = jax.tree.map(lambda a: jnp.asarray(a[-1]), x)
    assert float(after.lactate_waiting) > 15.0
    slope = model.rhs(jnp.asarray(0.0), after, model.resting())
    made = model.lactate.for_oxygen * model.missing(model.resting(), model.consumptions(after.held(), model.resting()))
    kept = made / model.molar / model.lactate.volume - model.lactate.clearance * (after.lactate - 1.0)
    assert float(slope.lactate + slope.lactate_waiting) == pytest.approx(float(kept), rel=1e-9)
    assert 0.85 < 1.0 - np.exp(-2.6 * float(slope.lactate / after.lactate_waiting)) < 0.97


def test_without_oxygen_lactate_rises_and_base_excess_falls(played):
    _, shown = played["airless"]
    assert float(shown.lactate[-1]) > 2.5
    assert float(shown.base_excess[-1]) == pytest.approx(-(float(shown.lactate[-1]) - 1.0), abs=1e-9)
    assert float(shown.oxygen_consumption[-1]) < 240.0


def test_less_blood_costs_some_uptake_and_makes_acid(played, rest):
    """Riddez 1997: with 16 to 20 % less flow volunteers took up 13 % less oxygen; half the flow is shock."""
    bled, shock = played["bled"][1], played["shock"][1]
    uptake = float(rest[1].oxygen_consumption[-1])
    assert 0.87 * uptake <= float(bled.oxygen_consumption[-1]) < uptake
    assert float(bled.base_excess[-1]) > -2.0
    assert -6.0 < float(shock.base_excess[-1]) < -2.0


def test_who_is_used_to_less_blood_lacks_as_much_oxygen_at_rest_and_more_after_the_same_loss():
    """By definition: what counts is flow for demand against the person's own; nothing is left unmet anew at rest."""
    model = GasExchange()
    assert float(model.at_own_rest().unmet_at_rest) == pytest.approx(float(model.unmet_at_rest), abs=1e-5)
    rest = dataclasses.replace(model.rest, other_flow=0.7 * model.rest.other_flow, demand=0.8 * model.rest.demand)
    liver = dataclasses.replace(model.lactate, liver_flow=0.7 * model.lactate.liver_flow)
    other = dataclasses.replace(model, rest=rest, lactate=liver).at_own_rest()
    x, u = other.initial(), other.resting()
    slope = other.rhs(jnp.asarray(0.0), x, u)
    assert (float(slope.lactate), float(slope.lactate_waiting)) == pytest.approx((0.0, 0.0), abs=1e-6)
    less = lambda m: m.served(0.5 * m.rest.other_flow, m.demands(m.resting())[3])
    assert float(less(other)) == pytest.approx(float(less(model)), abs=1e-9)
    assert float(other.served(0.5 * model.rest.other_flow, model.demands(model.resting())[3])) < float(less(model))


def test_an_anaemic_body_is_used_to_its_blood():
    thin = eqx.tree_at(lambda g: g.blood.haemoglobin, GasExchange(), jnp.asarray(9.0))
    adapted = thin.at_own_rest()
    made = lambda m: float(m.rhs(jnp.asarray(0.0), m.initial(), m.resting()).lactate_waiting)
    assert made(thin) > 0.01
    assert made(adapted) == pytest.approx(0.0, abs=1e-6)


def test_a_heart_at_a_standstill_and_a_fibrillating_one_use_oxygen():
    """Gibbs 1980: 1.74 of 9.2 mL/min/100 g at a standstill; Hottenrott 1974: 1.5 times the 3.8 of the empty beating."""
    model = GasExchange()
    still = {"heart_rate": jnp.asarray(0.0), "arterial_pressure": jnp.asarray(20.0)}
    use = lambda **now: float(model.demands(dataclasses.replace(model.resting(), **now))[1]) / float(model.heart_demand)
    assert use() == pytest.approx(1.0)
    assert use(**still) == pytest.approx(1.74 / 9.2, abs=0.01)
    assert use(**still, ventricular_fibrillation=jnp.asarray(1.0)) == pytest.approx(1.5 * 3.8 / 9.2, abs=0.01)
    x = model.initial()
    u = dataclasses.replace(model.resting(), **still, coronary_blood_flow=jnp.asarray(0.0))
    assert float(model.rhs(jnp.asarray(0.0), x, u).heart.oxygen) < -5.0  # mL/dL/min: empty within two minutes
