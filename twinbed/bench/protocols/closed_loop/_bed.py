"""A controller in a bed: a virtual person with diabetes, a sensor, the controller and a pump.

The stimulus says who the person is, what is eaten, and what fails when. The answers are what the loop did: true
glucose, what the sensor showed, what the controller commanded and what the pump delivered, every 5 min. The controller
itself sees only the sensor, what the pump reports, and the settings of a therapy. One of twinbed is a part of the bed;
any other is asked for its command every 5 min (`_loop`), while person, sensor and pump are the bench's.

The person is the UVA/Padova model with its mean parameters; insulin sensitivity, weight and basal glucose are set by
the case. Therapy follows from the person: the basal rate is what holds basal glucose, half of the daily dose; the 500
and 1800 rules give the other settings. All cases have one structure, so that only the first one compiles.
"""

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from twinbed.bench.glucose.settings import with_settings
from twinbed.bench.protocol import Answer, Given, Values
from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var
from twinbed.core.scenario import Event, Scenario, Series
from twinbed.devices.delivery.insulin_pump import InsulinPump
from twinbed.devices.sensing._display import Outputs
from twinbed.engine.batch import simulate
from twinbed.engine.bed import Bed
from twinbed.physiology.glucose.uva_padova import UvaPadova

Times = Float[np.ndarray, " time"]
Device = Callable[[Values], dict[str, np.ndarray]]

EVERY_MIN, HOURS = 5, 24
SAMPLES = HOURS * 60 // EVERY_MIN
MEALS = 3
FAULTS = ("fault_dropout", "communication_loss", "occlusion")
"""Signals of the scenario that a case may switch on for a while."""
_BASAL_SHARE, _MEAL_RULE, _CORRECTION_RULE = 0.5, 500.0, 1800.0
_MEAL_MIN = 15

_PLAYED = (
    Given("time_min", "min", "times at which an answer is asked for, from the start", "series"),
    Given("sensitivity", "1", "insulin sensitivity of the person, relative to the mean"),
    Given("basal_glucose", "mg/dL", "glucose that the programmed basal rate holds"),
    Given("body_weight", "kg", "body weight of the person"),
    Given("target_glucose", "mg/dL", "target of the controller"),
    Given("meal_min", "min", "begin of each meal", "series"),
    Given("meal_g", "g", "carbohydrate of each meal", "series"),
    Given("bolus_share", "1", "of each meal, share of its bolus that the person gives", "series"),
    Given("sensor_gain", "1", "reading of the sensor over glucose"),
    Given("sensor_noise_sd", "mg/dL", "standard deviation of the sensor's noise"),
    Given("sensor_lag_min", "min", "time constant of the sensor's own filter"),
    Given("pump_gain", "1", "insulin delivered over insulin metered"),
    Given("fault_dropout", "min", "begin and end of the time without readings; equal where there is none", "series"),
    Given(
        "communication_loss",
        "min",
        "begin and end of the time without commands to the pump; equal where there is none",
        "series",
    ),
    Given(
        "occlusion", "min", "begin and end of the time with a blocked infusion set; equal where there is none", "series"
    ),
)
GIVEN = tuple(dataclasses.replace(given, inside=True) for given in _PLAYED)
"""Of a case: who and what is played, which no controller from outside is told."""

ANSWERS = (
    Answer("plasma_glucose", "mg/dL", "true glucose of the person", "series", "time_min", (0, 2000)),
    Answer("cgm", "mg/dL", "what the sensor showed", "series", "time_min", (0, 1000)),
    Answer("basal_command", "[IU]/h", "basal rate that the controller commanded", "series", "time_min", (0, 1000)),
    Answer("insulin_reported_total", "[IU]", "insulin that the pump has metered so far", "series", "time_min",
           (0, 1e6)),
)  # fmt: skip


class SensorInputs(eqx.Module):
    """What the sensor sees, and when its readings do not arrive."""

    interstitial_glucose: Scalar = port("interstitial_glucose")
    fault_dropout: Scalar = port("fault_dropout", rest=0.0)


class SensorState(eqx.Module):
    """What the sensor lags behind, its noise, and its display."""

    behind: Scalar = var("mg/dL", "glucose that it has followed to; 0 before the first reading")
    error: Scalar = var("mg/dL", "present noise")
    shown: Scalar = var("mg/dL", "last reading")


class LoopSensor(AbstractDevice[SensorState, SensorInputs, Outputs]):
    """A sensor as bad as a case wants it: gain, noise of first order, a lag of its own, readings that are missing."""

    role: ClassVar[Role] = "sensor"
    period_s: float = eqx.field(static=True, default=60.0 * EVERY_MIN)
    gain: Scalar = param(1.0, "1", "reading over glucose", source="bench")
    noise_sd: Scalar = param(0.0, "mg/dL", "standard deviation of the noise", source="bench")
    lag_min: Scalar = param(0.0, "min", "time constant of its own filter", source="bench")
    memory: Scalar = param(0.9, "1", "correlation of the noise from reading to reading", source="bench")

    def initial(self, noise: Noise) -> SensorState:
        nothing = jnp.zeros_like(self.gain)
        return SensorState(nothing, nothing, nothing)

    def step(self, t_s: Scalar, x: SensorState, u: SensorInputs, noise: Noise) -> tuple[SensorState, Outputs]:
        nearer = 1.0 - jnp.exp(-EVERY_MIN / jnp.maximum(self.lag_min, 1e-3))
        before = jnp.where(x.behind > 0.0, x.behind, u.interstitial_glucose)
        behind = before + nearer * (u.interstitial_glucose - before)
        lost = u.fault_dropout > 0.0
        shown = jnp.where(lost, x.shown, jnp.clip(self.gain * behind + x.error, 40.0, 400.0))
        fresh = jnp.sqrt(1.0 - self.memory * self.memory) * self.noise_sd * noise.normal(0)
        state = SensorState(behind, self.memory * x.error + fresh, shown)
        return state, Outputs(shown, jnp.where(lost, 0.0, 1.0))


def therapy(basal_rate: float) -> dict[str, float]:
    """Settings of a controller by the basal rate, IU/h."""
    daily = 24.0 * basal_rate / _BASAL_SHARE
    return {
        "basal_rate": basal_rate,
        "total_daily_insulin": daily,
        "carbohydrate_ratio": _MEAL_RULE / daily,
        "correction_factor": _CORRECTION_RULE / daily,
    }


@dataclasses.dataclass(frozen=True)
class Person:
    """Who is in the bed."""

    sensitivity: float = 1.0
    """To insulin, relative to the mean."""
    basal_glucose: float = 120.0
    """That the programmed basal rate holds, mg/dL."""
    body_weight: float = 78.0
    """In kg."""


_PERSON = tuple(field.name for field in dataclasses.fields(Person))


@functools.cache
def patient(who: Person) -> tuple[UvaPadova, float]:
    """The model of a person, and the basal rate that holds the basal glucose, IU/h."""
    mean = UvaPadova()
    model = UvaPadova(
        vmx=jnp.asarray(float(mean.vmx) * who.sensitivity),
        gb=jnp.asarray(who.basal_glucose),
        body_weight=jnp.asarray(who.body_weight),
    )
    return model, float(model.resting().insulin_rate)


def stimulus(
    who: Person,
    *,
    target: float = 120.0,
    meals: Mapping[float, float] | None = None,
    bolus_shares: tuple[float, ...] = (),
    faults: Mapping[str, tuple[float, float]] | None = None,
    sensor: Mapping[str, float] | None = None,
    pump_gain: float = 1.0,
) -> dict[str, Any]:
    """What a device is told of a case.

    Args:
        who: the person.
        target: of the controller, mg/dL.
        meals: grams by minute; three at most.
        bolus_shares: of each meal, what the person gives of the bolus that the carbohydrate ratio asks for.
        faults: from and to which minute, by signal.
        sensor: `gain`, an error of proportion; `noise_sd`, mg/dL; `lag_min`, beside that of the fluid between cells.
        pump_gain: delivered over metered.
    """
    eaten = sorted((meals or {}).items())
    worn = {"gain": 1.0, "noise_sd": 0.0, "lag_min": 0.0, **(sensor or {})}
    spans = {name: (faults or {}).get(name, (0.0, 0.0)) for name in FAULTS}
    return {
        "time_min": np.arange(SAMPLES) * float(EVERY_MIN),
        **dataclasses.asdict(who),
        "target_glucose": target,
        "meal_min": np.array([m for m, _ in eaten], float),
        "meal_g": np.array([g for _, g in eaten], float),
        "bolus_share": np.array([*bolus_shares, *(0.0 for _ in eaten[len(bolus_shares) :])], float),
        **{f"sensor_{name}": value for name, value in worn.items()},
        "pump_gain": pump_gain,
        **{name: np.array(span, float) for name, span in spans.items()},
    }


def in_a_bed(controller: AbstractDevice, pump: InsulinPump | None = None) -> Device:
    """A controller that shows `basal_command`, as a device under test."""
    return lambda given: played(given, lambda settings: with_settings(controller, settings), pump)


def played(
    given: Values, controller: Callable[[dict[str, float]], AbstractDevice], pump: InsulinPump | None = None
) -> dict[str, np.ndarray]:
    """What the loop did on a day.

    Args:
        given: the stimulus of the case.
        controller: made of the settings of the person's therapy.
        pump: that of the library if left out.
    """
    body, rate = patient(Person(**{name: float(given[name]) for name in _PERSON}))
    settings = {**therapy(rate), "target_glucose": float(given["target_glucose"])}
    bed = Bed(
        body,
        {
            "sensor": _sensor(given),
            "controller": controller(settings),
            "pump": with_settings(
                pump or InsulinPump(),
                {"basal_rate": settings["basal_rate"], "basal_gain_mean": float(given["pump_gain"])},
            ),
        },
    )
    run = simulate(
        bed, _scenario(given, settings["carbohydrate_ratio"]), duration_s=3600.0 * HOURS, seed=1,
        record=[answer.name for answer in ANSWERS], record_period_s=60.0 * EVERY_MIN, backend="xla",
    )  # fmt: skip
    return {answer.name: np.asarray(run.recorded[answer.name][0], float) for answer in ANSWERS}


def _sensor(given: Values) -> LoopSensor:
    return with_settings(
        LoopSensor(), {name: float(given[f"sensor_{name}"]) for name in ("gain", "noise_sd", "lag_min")}
    )


def _scenario(given: Values, carbohydrate_ratio: float) -> Scenario:
    """Meals, their boluses, and faults; what does not happen is there with an amount of zero."""
    meals = list(zip(given["meal_min"], given["meal_g"], given["bolus_share"], strict=True))
    meals += [(0.0, 0.0, 0.0)] * (MEALS - len(meals))
    eaten = [Event("carbohydrate", 60.0 * at, 60.0 * _MEAL_MIN, grams) for at, grams, _ in meals]
    spans = [(name, *given[name]) for name in FAULTS]
    failing = [
        Event(name, 60.0 * start, 60.0 * max(stop - start, 1.0), float(stop > start)) for name, start, stop in spans
    ]
    ticks = np.arange(SAMPLES) * EVERY_MIN
    number, dose = np.zeros(SAMPLES), np.zeros(SAMPLES)
    for at, grams, share in meals:
        if grams * share > 0.0:
            number[ticks >= at] += 1.0
            dose[ticks >= at] = share * grams / carbohydrate_ratio
    series = {"meal_bolus": Series(60.0 * EVERY_MIN, dose), "meal_bolus_number": Series(60.0 * EVERY_MIN, number)}
    return Scenario(tuple(eaten + failing), series)
