"""A bed that is ready in a moment and moves every second: glucose with a sensor and a pump, and an arterial line.

The pressure of the line is known: 90 mmHg, and 25 mmHg up and down 75 times a minute.
"""

import dataclasses
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from tests.engine.plain import Pump, Sensor, Tank
from tests.ward.tiny import GAIN, MEAL
from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import AbstractModel, Scalar, Time
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var
from twinbed.core.scenario import Scenario
from twinbed.devices.software.alarm_system import AlarmSystem
from twinbed.engine.bed import Bed
from twinbed.studies.acute.bedside import Bedside
from twinbed.studies.acute.vitals import Reading
from twinbed.vocab.drugs.person import Person
from twinbed.ward.controls import controls_of
from twinbed.ward.definition import Made, template
from twinbed.ward.views import view_of

MEAN_MMHG, SWING_MMHG, BEATS_PER_S = 90.0, 25.0, 1.25
PERIOD_S = 0.02


class Swing(eqx.Module):
    fed: Scalar = var("g", "what was eaten, forgotten slowly")


class Eaten(eqx.Module):
    carbohydrate: Scalar = port("carbohydrate", rest=0.0)


class Pressure(eqx.Module):
    arterial_pressure: Scalar = port("arterial_pressure")


class Vessel(AbstractModel[Swing, Eaten, Pressure]):
    """An artery whose pressure is a sine, whatever happens."""

    seconds_per_time_unit: ClassVar[float] = 1.0
    step_s: float = eqx.field(static=True, default=PERIOD_S)
    mean: Scalar = param(MEAN_MMHG, "mm[Hg]", "mean pressure", source="test")
    swing: Scalar = param(SWING_MMHG, "mm[Hg]", "half of the pulse pressure", source="test")

    def initial(self) -> Swing:
        return Swing(jnp.zeros_like(self.mean))

    def resting(self) -> Eaten:
        return Eaten(jnp.zeros_like(self.mean))

    def rhs(self, t: Time, x: Swing, u: Eaten) -> Swing:
        return Swing(u.carbohydrate - 0.01 * x.fed)

    def outputs(self, t: Time, x: Swing, u: Eaten) -> Pressure:
        return Pressure(self.mean + self.swing * jnp.sin(2.0 * jnp.pi * BEATS_PER_S * t))


class Mean(eqx.Module):
    mean: Scalar = var("mm[Hg]", "the pressure, averaged")


class Shown(eqx.Module):
    mean: Scalar = port("monitor_mean")


class Manometer(AbstractDevice[Mean, Pressure, Shown]):
    """Shows the pressure, averaged over a second, so that it still moves a little."""

    role: ClassVar[Role] = "sensor"
    period_s: float = eqx.field(static=True, default=PERIOD_S)
    lag: Scalar = param(1.0, "s", "lag of the mean", source="test")

    def initial(self, noise: Noise) -> Mean:
        return Mean(jnp.full_like(self.lag, MEAN_MMHG))

    def step(self, t_s: Scalar, x: Mean, u: Pressure, noise: Noise) -> tuple[Mean, Shown]:
        now = x.mean + self.period_s / self.lag * (u.arterial_pressure - x.mean)
        return Mean(now), Shown(now)


def models(basal: float = 100.0) -> dict[str, AbstractModel]:
    """Of a person whose glucose returns to so many mg/dL."""
    return {"body": Tank(step_s=1.0, basal=jnp.asarray(basal)), "vessel": Vessel()}


def made() -> Made:
    """The bed."""
    devices = {
        "sensor": Sensor(period_s=1.0, sd=jnp.asarray(3.0)),
        "pump": Pump(period_s=1.0),
        "line": Manometer(),
        "alarms": AlarmSystem(grace_time=jnp.asarray(0.5), delay=jnp.asarray(0.0)),
    }
    bed = Bed(models(), devices)
    view = view_of(bed)
    glucose = {"G": (Reading("G", "mg/dL", "glucose", ("cgm",), digits=1), "sensor.cgm", "")}
    numbers = dataclasses.replace(view.numbers, readings={**view.numbers.readings, **glucose})
    offered = {c.id: c for c in (MEAL, GAIN)} | {
        k: c for k, c in controls_of(bed, Person()).items() if c.device == "alarms"
    }
    view, words = (
        dataclasses.replace(view, numbers=numbers),
        {"title": template("anaesthesia").title, "title_ko": "시험용 병상"},
    )
    return Made(Bedside(seed=7), bed, Scenario(), view, offered, words, PERIOD_S)


def member(of: Bedside, drawn: dict[str, float]) -> dict[str, AbstractModel]:
    """One more person who could be this one, in place of the acute physiology this bed has not."""
    return models(100.0 + 5.0 * float(np.tanh(next(iter(drawn.values())))))
