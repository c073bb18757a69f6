"""Mechanics and gas of the lungs against closed forms, and conservation of gas."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from twinbed.engine.integrate import advance
from twinbed.physiology.respiratory._parts.airways import flows_of
from twinbed.physiology.respiratory._parts.tissue import Lung, pleural_pressures
from twinbed.physiology.respiratory.lungs import Lungs

STPD = 862.95 / 713.0 / 1000.0
"""Litres of the body in a millilitre of dry gas at 760 mmHg: 310.15 K, 47 mmHg of vapour."""


TAKEN = {"oxygen_uptake_left": 110.0, "oxygen_uptake_right": 140.0,
         "carbon_dioxide_output_left": 90.0, "carbon_dioxide_output_right": 110.0}  # fmt: skip
DRAWN = {"inspired_oxygen": 1.0, "oxygen_uptake_left": 112.5, "oxygen_uptake_right": 137.5,
         "carbon_dioxide_output_left": 90.0, "carbon_dioxide_output_right": 110.0}  # fmt: skip


def still(t):
    return 0.0 * t


def breath(t):
    return -3.0 * (1.0 - np.cos(2.0 * np.pi * t / 4.0))


def squeeze(low):
    return lambda t: np.where(t < 60.0, 0.0, np.where(t < 75.0, 40.0, low))


def push(effort):
    return lambda t: np.where(t < 4.0, -20.0, effort)


def inflation(t):
    return np.where(t > 1.0, 15.0, 0.0)


RUNS = {
    "rest": (20.0, still, still, {}),
    "small breath": (3.0, lambda t: np.where(t > 1.0, 1.0, 0.0), still, {}),
    "taken": (30.0, still, breath, TAKEN),
    "drawn": (60.0, still, still, DRAWN),
    "washed": (240.0, still, breath, {"inspired_oxygen": 1.0}),
    "torn": (240.0, still, still, {"pneumothorax_left": 1.0}),
    "drained": (240.0, still, still, {"pneumothorax_left": 1.0, "chest_drain_left": 1.0}),
    **{f"hole {d}": (120.0, still, breath, {"chest_wound_left": d}) for d in (4.0, 12.0, 25.0)},
    **{
        f"torn under {name}": (240.0, still, breath, {"pneumothorax_left": 1.0, "chest_wound_left": 25.0, **dressed})
        for name, dressed in (
            ("nothing", {}),
            ("seal", {"chest_dressing_left": 1.0}),
            ("valve", {"chest_dressing_left": 2.0}),
        )
    },
    "one lung": (60.0, still, breath, {"lung_injury_left": 0.8}),
    "both lungs": (60.0, still, breath, {"lung_injury": 0.8}),
    "no injury": (60.0, still, breath, {}),
    "rush": (2.0, lambda t: np.where(t > 1.0, -80.0, 0.0), still, {}),
    "injured, low": (200.0, squeeze(0.0), still, {"lung_injury": 0.8}),
    "injured, high": (200.0, squeeze(22.0), still, {"lung_injury": 0.8}),
    **{f"tube {k}": (4.0, inflation, still, {"intubation": float(k)}) for k in (2, 3, 4)},
    **{
        f"spasm {spasm}, {effort}": (8.0, still, push(effort), {"bronchospasm": spasm})
        for spasm, effort in ((0.4, 60.0), (0.4, 30.0), (0.0, 4.0), (0.0, 0.0))
    },
}
"""Seconds, pressure at the mouth and effort as functions of time, and other inputs."""


@eqx.filter_jit
@eqx.filter_vmap(in_axes=(None, 0, 0, 0))
def _run(lungs, rest, pressures, efforts):
    def step(x, now):
        k, pressure, effort = now
        t = k * lungs.step_s
        u = dataclasses.replace(rest, circuit_pressure=pressure, respiratory_muscle_pressure=effort)
        before = lungs.mechanics(x, u).total_flow()
        x = advance(lungs, t, x, u, 1)
        m = lungs.mechanics(x, u)
        return x, (x, lungs.outputs(t, x, u), m, 0.5 * (before + m.total_flow()) * lungs.step_s)

    ticks = jnp.arange(len(pressures), dtype=float)
    return jax.lax.scan(step, lungs.initial(), (ticks, pressures, efforts))[1]


@pytest.fixture(scope="module")
def played():
    """States, outputs, mechanics and the volume that flowed in each step of every run; all are one cohort."""
    lungs = Lungs()
    t = np.arange(round(max(run[0] for run in RUNS.values()) / lungs.step_s)) * lungs.step_s
    inputs = [
        dataclasses.replace(lungs.resting(), **{k: jnp.asarray(float(v)) for k, v in run[3].items()})
        for run in RUNS.values()
    ]
    pressures, efforts = (jnp.asarray([run[k](t) for run in RUNS.values()]) for k in (1, 2))
    out = jax.tree.map(np.asarray, _run(lungs, jax.tree.map(lambda *a: jnp.stack(a), *inputs), pressures, efforts))
    until = lambda i, seconds: jax.tree.map(lambda a: a[i, : round(seconds / lungs.step_s)], out)
    return {name: until(i, run[0]) for i, (name, run) in enumerate(RUNS.items())}


def total(x, gas):
    return float(getattr(x.left, gas)[-1] + getattr(x.right, gas)[-1])


def test_at_rest_the_chest_holds_the_resting_volume(played):
    _, shown, m, _ = played["rest"]
    assert float(shown.lung_volume[-1]) == pytest.approx(2.4, abs=1e-4)
    assert float(shown.pleural_pressure[-1]) == pytest.approx(-5.0, abs=1e-3)
    assert np.abs(np.asarray(m.flow)).max() < 1e-3


def test_recoil_has_the_declared_compliance_and_pressure():
    lung = Lung()
    at = lambda v: float(lung.transpulmonary(jnp.asarray(v)))
    assert at(2.4) == pytest.approx(5.0, abs=1e-12)
    assert 0.002 / (at(2.401) - at(2.399)) == pytest.approx(0.2, rel=1e-5)
    assert at(5.9) > 20.0  # near total capacity it is stiff
    assert at(1.25) < -2.0


def test_a_small_breath_follows_the_time_constant(played):
    """Compliances of 0.2 and 0.2 in a row, 1.1 + 0.7 + 1 cmH2O s/L: 0.28 s, and 0.1 L for a centimetre of water."""
    x, shown, *_ = played["small breath"]
    volume = np.asarray(shown.lung_volume)
    gained = volume - volume[90]
    assert gained[-1] == pytest.approx(0.1, rel=0.03)
    at = np.argmax(gained > (1 - np.exp(-1)) * gained[-1]) * 0.01 - 1.0
    assert at == pytest.approx(0.28, abs=0.03)


def test_a_rush_of_gas_leaves_fractions_between_zero_and_one(played):
    """Ten litres a second renew a third of the airways twice within a step."""
    x, shown, *_ = played["rush"]
    assert np.asarray(shown.airway_flow).min() < -500.0
    places = [getattr(place, gas) for place in (x.mouth, x.trachea, x.carina) for gas in ("oxygen", "carbon_dioxide")]
    assert min(float(np.min(p)) for p in places) > 0.0
    assert max(float(np.max(p)) for p in places) < 0.21


def test_gas_is_neither_made_nor_lost(played):
    """What the lungs gain is what flowed in less what blood took, whatever its composition."""
    x, _, _, flowed = played["taken"]
    whole = sum(np.asarray(g) for side in (x.left, x.right) for g in (side.oxygen, side.carbon_dioxide, side.nitrogen))
    inflow = np.cumsum(flowed[1:]) / STPD
    balance = whole[1:] - whole[0] - inflow + 50.0 / 60.0 * 0.01 * np.arange(1, len(whole))
    assert np.abs(balance).max() < 1e-4 * whole[0]  # the trapezium over 10 ms is what is not exact


def test_an_open_airway_draws_in_what_blood_takes(played):
    """Apnoeic oxygenation: 250 taken and 200 given leave 50 mL a minute to be drawn in."""
    _, shown, *_ = played["drawn"]
    drawn = np.asarray(shown.airway_flow)[-1000:].mean()
    assert drawn == pytest.approx(50.0 * STPD, rel=0.03)  # L/min in the body


def test_the_fraction_inspired_is_reached_by_washing_in(played):
    x, shown, *_ = played["washed"]
    assert float(shown.alveolar_oxygen_left[-1]) == pytest.approx(713.0, rel=0.01)
    assert total(x, "nitrogen") < 5.0


@pytest.mark.parametrize("outlet", [5.0, -40.0])
def test_two_branches_solve_their_equations(outlet):
    inside, common, branches = (-2.0, 3.0), (1.5, 0.4), (2.0, 4.0)
    made = lambda numbers: tuple(map(jnp.asarray, numbers))
    q = flows_of(made(inside), jnp.asarray(outlet), made(common), made(branches))
    total = float(q[0] + q[1])
    for p, own, flow in zip(inside, branches, q, strict=True):
        behind = outlet - common[0] * total - common[1] * total * abs(total)
        assert behind - own * float(flow) == pytest.approx(p, abs=1e-12)


def test_the_mediastinum_takes_the_volume_that_the_difference_asks_for():
    c, yields = (0.09, 0.11), 0.02
    out = (0.5, -0.1)
    p = pleural_pressures(
        tuple(map(jnp.asarray, out)), tuple(map(jnp.asarray, c)), jnp.asarray(yields), jnp.asarray(-3.0)
    )
    moved = yields * (p[0] - p[1])
    assert float(p[0]) == pytest.approx(float((out[0] - moved) / c[0] - 3.0), abs=1e-12)
    assert float(p[1]) == pytest.approx(float((out[1] + moved) / c[1] - 3.0), abs=1e-12)


def test_a_torn_lung_collapses_and_a_drain_lets_it_rise(played):
    _, shown, m, _ = played["torn"]
    assert float(shown.lung_volume_left[-1]) < 0.55
    assert float(np.asarray(m.pleura)[0, -1]) > 12.0
    assert float(shown.shunt_left[-1]) > 0.4
    _, drained, *_ = played["drained"]
    assert float(drained.lung_volume_left[-1]) > 0.8 * 0.45 * 2.4


def test_a_drained_lung_leaks_what_its_recoil_drives_through_the_tear(played):
    """0.003 L/s for each of some 5 cmH2O, less than a litre a minute; coughs that make tension leave by the drain."""
    model = Lungs()
    x, _, m, _ = played["drained"]
    recoil = float(m.recoil[0][-1])
    leaks = 60.0 * float(
        model.litres(jnp.asarray(x.pleural_gas_left[-1]), jnp.asarray(760.0)) / model.pleura.drain_time
    )
    assert leaks == pytest.approx(60.0 * float(model.pleura.leak) * recoil, rel=0.05)
    assert 0.3 < leaks < 1.5


def _swing(values):
    return float(np.ptp(np.asarray(values)[-400:]))


def test_an_open_chest_lets_the_lung_collapse_and_takes_breath_from_the_other(played):
    """The pleura is at the pressure of the air around it; the wider the hole, the more air goes through it instead."""
    shut, *holes = (played[name] for name in ("no injury", "hole 4.0", "hole 12.0", "hole 25.0"))
    _, shown, m, _ = holes[-1]
    assert np.abs(np.asarray(m.pleura)[0, -400:]).max() < 1.0
    assert np.abs(np.asarray(m.recoil)[0, -400:]).max() < 1.0
    assert float(shown.lung_volume_left[-1]) < 0.75 * 0.45 * 2.4
    moved = [_swing(run[1].lung_volume_left) for run in (shut, *holes)]
    assert (np.diff(moved) < 0.0).all()
    assert moved[-1] < 0.2 * moved[0]
    assert _swing(shown.lung_volume_right) < 0.9 * _swing(shut[1].lung_volume_right)
    assert _swing(holes[-1][0].pleural_gas_left) > 100.0  # it moves both ways
    assert _swing(holes[-1][0].pleural_gas_right) == 0.0


def test_a_seal_over_torn_lung_makes_tension_and_one_with_a_valve_does_not(played):
    """Kheirabadi 2013: air that is put into the pleura makes tension under a seal and leaves through a valve."""
    highest = {
        name: np.asarray(played[f"torn under {name}"][2].pleura)[0, -400:] for name in ("nothing", "seal", "valve")
    }
    assert highest["seal"].min() > 5.0
    assert highest["valve"].max() < 2.0
    assert highest["nothing"].max() < 2.0
    for name in ("nothing", "valve"):  # coughs leave by the hole, and do not draw a stream through the tear
        assert abs(float(np.asarray(played[f"torn under {name}"][1].airway_flow)[-400:].mean())) < 1.0


def test_injury_of_one_lung_leaves_the_other(played):
    one, both, none = (played[name][1] for name in ("one lung", "both lungs", "no injury"))
    assert float(one.shunt_left[-1]) == pytest.approx(float(both.shunt_left[-1]), abs=0.05)
    assert float(one.shunt_right[-1]) == pytest.approx(float(none.shunt_right[-1]), abs=0.01)
    assert float(one.shunt_left[-1]) > float(none.shunt_left[-1]) + 0.3


def test_injured_lungs_open_under_pressure_and_stay_open_above_the_closing_one(played):
    low, high = (played[f"injured, {name}"][1] for name in ("low", "high"))
    assert float(low.shunt_left[5900]) > 0.2
    filled = 0.025 + 0.975 * 0.8 * 0.55 * 0.8  # what no pressure opens
    assert float(high.shunt_left[-1]) == pytest.approx(filled, abs=0.01)
    assert float(low.shunt_left[-1]) > float(high.shunt_left[-1]) + 0.1


@pytest.mark.parametrize(("place", "left", "right"), [(2, False, True), (3, True, False), (4, False, False)])
def test_a_tube_in_the_wrong_place_leaves_lungs_out(played, place, left, right):
    _, shown, *_ = played[f"tube {place}"]
    grew = lambda v: float(v[-1] - v[50]) > 0.2
    assert (grew(shown.lung_volume_left), grew(shown.lung_volume_right)) == (left, right)


def test_expiration_gains_nothing_by_effort_where_it_is_limited(played):
    """Mead 1967: at one volume flow rises with effort and then no more; through wide airways it does."""

    def flow(spasm, effort):
        _, shown, *_ = played[f"spasm {spasm}, {effort}"]
        after = np.asarray(shown.lung_volume)[400:]
        return -np.asarray(shown.airway_flow)[400:][np.argmax(after < 3.0)]

    assert flow(0.4, 60.0) == pytest.approx(flow(0.4, 30.0), rel=0.02)
    assert flow(0.4, 30.0) > 0.0
    assert flow(0.0, 4.0) > 1.2 * flow(0.0, 0.0)


def test_oxygen_serves_blood_that_meets_little_gas_in_air():
    """A tenth of the ventilation for their blood leaves alveoli 47 mmHg in air and 116 on a third of oxygen."""
    lungs = Lungs()

    def shunted(severity, oxygen):
        changed = {"bronchospasm": jnp.asarray(severity), "inspired_oxygen": jnp.asarray(oxygen)}
        u = dataclasses.replace(lungs.resting(), **changed)
        return float(lungs.outputs(jnp.asarray(0.0), lungs.initial(), u).shunt_left)

    health = shunted(0.0, 0.2095)
    assert shunted(0.7, 0.2095) > health + 0.2
    assert shunted(0.7, 0.33) == pytest.approx(health, abs=0.01)
    assert shunted(0.0, 0.6) == pytest.approx(health)
    assert shunted(0.3, 0.2095) < health + 0.03


def test_a_tube_without_a_circuit_renews_gas_sooner():
    """It passes by 45 % of the dead space, so that the first third of the rest is renewed in 55 % of the time."""
    lungs = Lungs()
    at = lambda resistance, place: eqx.tree_at(
        lambda u: (u.intubation, u.circuit_resistance, u.circuit_pressure),
        lungs.resting(),
        tuple(map(jnp.asarray, (place, resistance, 5.0))),
    )
    change = lambda *way: float(lungs.rhs(jnp.asarray(0.0), lungs.initial(), at(*way)).mouth.oxygen)
    assert change(0.0, 1.0) == pytest.approx(change(1e-9, 1.0) / 0.55, rel=1e-6)
    assert change(0.0, 4.0) == pytest.approx(change(1e-9, 4.0), rel=1e-6)


def test_gas_at_the_airway_is_never_less_than_none():
    """A step in which flow turns leaves the mouth some 1e-9 below nothing, which no monitor shows."""
    lungs = Lungs()
    less = (jnp.asarray(-2e-9), jnp.asarray(-2e-9))
    x = eqx.tree_at(lambda s: (s.mouth.carbon_dioxide, s.mouth.oxygen), lungs.initial(), less)
    shown = lungs.outputs(jnp.asarray(0.0), x, lungs.resting())
    assert (shown.airway_carbon_dioxide, shown.airway_oxygen) == (0.0, 0.0)
