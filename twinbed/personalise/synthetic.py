"""Recordings of people who do not exist: virtual adults with a pump and a sensor, written down
as a diary would be. They stand in where no real recordings are, and say so in their names.

The people come from the UVA/Padova population, so that the twin model is fitted to a body
that it does not know.
"""

import datetime

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from twinbed.cohorts.cohort import Cohort
from twinbed.core.discover import load
from twinbed.core.noise import Noise, noise_from_seed, normals
from twinbed.core.recording import Channel, Recording
from twinbed.core.scenario import Event, Scenario
from twinbed.engine.batch import repeat, simulate
from twinbed.engine.bed import Bed

START = datetime.datetime(2024, 1, 1)
MEALS = ((7.5, 40.0), (12.5, 65.0), (16.0, 15.0), (19.0, 70.0))
"""Usual hour and grams of carbohydrate."""
HOUR_SD, AMOUNT_CV, COUNTING_CV = 0.4, 0.25, 0.15
MEAL_S = 900.0
PERIOD_S = 300.0


def synthetic_recordings(n: int, *, days: int, seed: int) -> list[Recording]:
    """Recordings of `n` virtual adults over some days; their subjects begin with SYNTHETIC."""
    cohort = load("cohorts/populations/uva_padova_adults")().sample(n, seed)
    drawn = _normals(noise_from_seed(seed).at(0xD1A), n, days)
    scenarios = [_meals(each) for each in drawn]
    run = simulate(
        _beds(cohort, n), scenarios, duration_s=days * 86400.0, seed=seed,
        record=["cgm", "cgm_valid", "basal_command", "meal_bolus", "meal_bolus_number"],
        record_period_s=PERIOD_S,
    )  # fmt: skip
    signals = {k: np.asarray(v, float) for k, v in run.recorded.items()}
    weights = np.asarray(cohort.therapy.body_weight, float)
    return [
        _recording(f"SYNTHETIC-{i + 1}", {k: v[i] for k, v in signals.items()}, scenarios[i], float(weights[i]))
        for i in range(n)
    ]


def _beds(cohort: Cohort, n: int) -> Bed:
    therapy = cohort.therapy
    ratios = {k: getattr(therapy, k) for k in ("carbohydrate_ratio", "correction_factor")}
    schedule, calculator = load("devices/software/basal_schedule"), load("devices/software/bolus_calculator")
    devices = {
        "cgm": repeat(load("devices/sensing/cgm_vettoretti2019")(), n),
        "basal": jax.vmap(lambda rate: schedule(basal_rate=rate))(therapy.basal_rate),
        "bolus": jax.vmap(lambda r: calculator(**r))(ratios),
        "pump": repeat(load("devices/delivery/insulin_pump")(), n),
    }
    return Bed(cohort.patients, devices)


def _normals(noise: Noise, n: int, days: int) -> Float[np.ndarray, "person day meal 3"]:
    """How late, how much more and how wrongly counted each meal is, in standard deviations."""
    meal = lambda i, d, k: jnp.stack(normals(noise.at(i).at(d).at(k), range(3)))
    every = jax.vmap(jax.vmap(jax.vmap(meal, (None, None, 0)), (None, 0, None)), (0, None, None))
    return np.asarray(jax.jit(every)(*(jnp.arange(size) for size in (n, days, len(MEALS)))))


def _meals(drawn: Float[np.ndarray, "day meal 3"]) -> Scenario:
    events = []
    for day, of_day in enumerate(drawn.tolist()):
        for (hour, grams), (late, more, miscounted) in zip(MEALS, of_day, strict=True):
            start = day * 86400.0 + 3600.0 * (hour + HOUR_SD * late)
            eaten = grams * float(np.exp(AMOUNT_CV * more))
            counted = eaten * float(np.exp(COUNTING_CV * miscounted))
            events.append(Event("carbohydrate", start, MEAL_S, eaten))
            events.append(Event("carbohydrate_announced", start, 0.0, counted))
    return Scenario(tuple(events))


def _recording(subject: str, signals: dict[str, np.ndarray], scenario: Scenario, weight: float) -> Recording:
    t = np.arange(len(signals["cgm"])) * PERIOD_S
    seen = signals["cgm_valid"] > 0.5
    new = np.diff(signals["meal_bolus_number"], prepend=0.0) > 0
    announced = [e for e in scenario.events if e.signal == "carbohydrate_announced"]
    meal_t, grams = (np.array([getattr(e, k) for e in announced]) for k in ("start_s", "amount"))
    channels = {
        "cgm": Channel("cgm", t[seen], signals["cgm"][seen]),
        "insulin_rate": Channel("insulin_rate", t, signals["basal_command"]),
        "injection": Channel("injection", t[new], signals["meal_bolus"][new], np.zeros(int(new.sum()))),
        "carbohydrate": Channel("carbohydrate", meal_t, grams, np.full(len(meal_t), MEAL_S)),
    }
    attributes = {"source": "SYNTHETIC: simulated by twinbed, no real person", "weight_kg": weight}
    return Recording(subject, START, channels, attributes)
