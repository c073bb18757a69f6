"""The fitted model is the simulated model: 5-minute steps against `Replay` in the engine."""

import dataclasses
import datetime

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import twinbed as tb
from twinbed.core.recording import Channel, Recording
from twinbed.personalise.day import DAY_START_H, person_days
from twinbed.personalise.forward import at_samples, forward, forward_and_slope
from twinbed.personalise.parameters import NAMES, PLACE, day_prior, natural
from twinbed.physiology.glucose.replay import Replay

pytestmark = pytest.mark.long

DAY = 86400.0
BASAL_U_H = 0.9
MEALS = ((8.0, 45.0), (9.5, 12.0), (12.5, 70.0), (19.0, 60.0), (22.0, 20.0))


@pytest.fixture(scope="module")
def recording():
    """Two and a half days with constant glucose readings, a pump and five meals a day."""
    cgm_t = np.arange(0.0, 2.5 * DAY, 300.0)
    meal_t = np.array([d * DAY + h * 3600 for d in (0, 1) for h, _ in MEALS])
    grams = np.array([g for _ in (0, 1) for _, g in MEALS])
    channels = {
        "cgm": Channel("cgm", cgm_t, np.full(len(cgm_t), 120.0)),
        "insulin_rate": Channel("insulin_rate", np.arange(0, 2.5 * DAY, 3600.0), np.full(60, BASAL_U_H)),
        "injection": Channel("injection", meal_t, grams / 10.0, np.zeros(len(meal_t))),
        "carbohydrate": Channel("carbohydrate", meal_t, grams, np.full(len(meal_t), 600.0)),
    }
    return Recording("p", datetime.datetime(2024, 1, 1), channels, {"weight_kg": 70.0})


@pytest.fixture(scope="module")
def theta():
    out = day_prior()[0]
    out[[PLACE[n] for n in NAMES if n.startswith("kabs")]] += 1.0
    out[[PLACE[n] for n in NAMES if n.startswith("beta")]] = -1.0
    out[PLACE["gb_cos1"]] = 0.1
    out[PLACE["gb_sin2"]] = -0.05
    return out


def test_the_engine_gives_the_same_day(recording, theta):
    """Within 1.5 mg/dL everywhere and 0.5 in the mean: the meal's shape and the steps differ."""
    day = person_days(recording)[1]
    patient = Replay(
        body_weight=70.0, u2ss=BASAL_U_H * 1000 / 60 / 70.0,
        **{n: natural(theta, n) for n in NAMES if n != "g0"},
    )  # fmt: skip
    events = [tb.Event("carbohydrate", d * DAY + h * 3600, 600.0, g) for d in (0, 1) for h, g in MEALS]
    events += [tb.Event("insulin_rate", d * DAY + h * 3600, 0.0, g / 10.0) for d in (0, 1) for h, g in MEALS]
    events.append(tb.Event("insulin_rate", 0.0, 2.5 * DAY, BASAL_U_H * 60.0))
    run = tb.simulate(
        tb.Bed(patient), tb.Scenario(tuple(events)), duration_s=2.5 * DAY, seed=0,
        record=["interstitial_glucose"], record_period_s=300.0,
    )  # fmt: skip
    first = round((DAY + DAY_START_H * 3600) / 300)
    truth = run.recorded["interstitial_glucose"][0]
    # the fit starts a day with plasma and interstitium level; that is forgotten after four hours
    point = theta.copy()
    point[PLACE["g0"]] = np.log(truth[first])
    ours = np.asarray(jax.jit(forward)(jnp.asarray(point), day.arrays))
    gap = np.abs(ours[48:289] - truth[first + 48 : first + 289])
    assert truth.max() - truth.min() > 50
    assert gap.max() < 1.5
    assert gap.mean() < 0.5


def test_slopes_are_those_of_automatic_differentiation(recording, theta):
    day = person_days(recording)[1].arrays
    nodes, slope = jax.jit(forward_and_slope)(jnp.asarray(theta), day)
    np.testing.assert_allclose(nodes, jax.jit(forward)(jnp.asarray(theta), day), rtol=1e-12)
    np.testing.assert_allclose(slope, jax.jit(jax.jacfwd(forward))(jnp.asarray(theta), day), rtol=1e-8, atol=1e-9)


def test_samples_lie_between_nodes(recording):
    day = person_days(recording)[0].arrays
    line = jnp.arange(289.0)
    np.testing.assert_allclose(at_samples(line, {**day, "offset": np.full(288, 0.25)}), np.arange(288) + 0.25)


def test_people_who_inject_have_no_usable_days(recording):
    assert person_days(dataclasses.replace(recording, attributes={"therapy": "MDI"})) == []


def test_the_days_of_a_pump(recording):
    days = person_days(recording)
    assert [str(d.date) for d in days] == ["2024-01-01", "2024-01-02"]
    day = days[1]
    basal = 1000 * BASAL_U_H / 12
    assert day.arrays["insulin"].min() == pytest.approx(basal)
    doses = day.arrays["insulin"].sum() - basal * len(day.arrays["insulin"])
    eaten = sum(g for _, g in MEALS) + 20.0  # with the late snack of the evening before, within 8 h
    assert doses == pytest.approx(1000 * eaten / 10)
    assert [m for m, _ in day.meals] == [(h - DAY_START_H) * 60 for h, _ in MEALS]
