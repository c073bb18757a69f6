"""A small patient and devices with known solutions."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, Nothing, Role
from twinbed.core.endpoint import AbstractEndpoint
from twinbed.core.model import AbstractModel, Scalar, Time
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var

TRACES: list[int] = []
"""Grows by one whenever the equations are traced."""


class State(eqx.Module):
    glucose: Scalar = var("mg/dL", "glucose")


class Inputs(eqx.Module):
    insulin_rate: Scalar = port("insulin_rate", rest=0.0)
    carbohydrate: Scalar = port("carbohydrate", rest=0.0)


class Outputs(eqx.Module):
    interstitial_glucose: Scalar = port("interstitial_glucose")


class Tank(AbstractModel[State, Inputs, Outputs]):
    """Glucose decays to its basal value; carbohydrate raises it, insulin lowers it."""

    seconds_per_time_unit: ClassVar[float] = 60.0
    step_s: float = eqx.field(static=True, default=60.0)

    p: Scalar = param(0.02, "1/min", "rate of return", source="test")
    basal: Scalar = param(100.0, "mg/dL", "basal glucose", source="test")
    gain: Scalar = param(1.0, "mg/dL/g", "rise per gram", source="test")
    fall: Scalar = param(0.5, "mg/dL.h/[IU]/min", "fall per unit", source="test")

    def initial(self) -> State:
        return State(self.basal)

    def resting(self) -> Inputs:
        return Inputs(jnp.zeros_like(self.p), jnp.zeros_like(self.p))

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        TRACES.append(1)
        fed = self.gain * u.carbohydrate - self.fall * u.insulin_rate
        return State(fed - self.p * (x.glucose - self.basal))

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        return Outputs(x.glucose)


class Level(eqx.Module):
    interstitial_glucose: Scalar = port("interstitial_glucose")


class Slow(AbstractModel[State, Level, Level]):
    """The integral over time, in minutes, of the glucose that another model shows."""

    seconds_per_time_unit: ClassVar[float] = 60.0
    step_s: float = eqx.field(static=True, default=600.0)
    start: Scalar = param(0.0, "mg/dL", "where it starts", source="test")

    def initial(self) -> State:
        return State(self.start)

    def resting(self) -> Level:
        return Level(jnp.zeros_like(self.start))

    def rhs(self, t: Time, x: State, u: Level) -> State:
        return State(u.interstitial_glucose)

    def outputs(self, t: Time, x: State, u: Level) -> Level:
        return Level(x.glucose)


class SensorInputs(eqx.Module):
    glucose: Scalar = port("interstitial_glucose")


class SensorOutputs(eqx.Module):
    cgm: Scalar = port("cgm")


class Sensor(AbstractDevice[Nothing, SensorInputs, SensorOutputs]):
    """A sensor with white noise."""

    role: ClassVar[Role] = "sensor"
    period_s: float = eqx.field(static=True, default=300.0)
    sd: Scalar = param(0.0, "mg/dL", "standard deviation")

    def initial(self, noise: Noise) -> Nothing:
        return Nothing()

    def step(self, t_s: Scalar, x: Nothing, u: SensorInputs, noise: Noise) -> tuple[Nothing, SensorOutputs]:
        return x, SensorOutputs(u.glucose + self.sd * noise.normal(0))


class PumpInputs(eqx.Module):
    cgm: Scalar = port("cgm")


class PumpOutputs(eqx.Module):
    insulin_rate: Scalar = port("insulin_rate")


class Pump(AbstractDevice[Nothing, PumpInputs, PumpOutputs]):
    """A pump and controller in one: insulin in proportion to what the sensor shows."""

    role: ClassVar[Role] = "actuator"
    period_s: float = eqx.field(static=True, default=300.0)
    gain: Scalar = param(0.01, "[IU].dL/h/mg", "gain")

    def initial(self, noise: Noise) -> Nothing:
        return Nothing()

    def step(self, t_s: Scalar, x: Nothing, u: PumpInputs, noise: Noise) -> tuple[Nothing, PumpOutputs]:
        return x, PumpOutputs(self.gain * u.cgm)


class Sum(eqx.Module):
    total: Scalar = var("mg/dL", "sum")
    count: Scalar = var("1", "readings")


class Mean(eqx.Module):
    mean: Scalar = var("mg/dL", "mean glucose")


class MeanGlucose(AbstractEndpoint[Sum, Outputs, Mean]):
    """The mean of glucose."""

    period_s: float = eqx.field(static=True, default=60.0)

    def init(self) -> Sum:
        return Sum(jnp.asarray(0.0), jnp.asarray(0.0))

    def update(self, t_s: Scalar, x: Sum, u: Outputs) -> Sum:
        return Sum(x.total + u.interstitial_glucose, x.count + 1.0)

    def result(self, x: Sum) -> Mean:
        return Mean(x.total / x.count)
