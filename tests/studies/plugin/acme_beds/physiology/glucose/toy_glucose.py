"""A patient of four states after Bergman, with numbers made up for tests.

States: glucose, remote insulin action, insulin, gut. *Known limits*: it stands for nobody, and its heart does nothing.
"""

from typing import ClassVar

import equinox as eqx

from twinbed.core.model import AbstractModel, Scalar, Time
from twinbed.core.quantities import param, port, var

_MADE_UP = "made up for tests"


class State(eqx.Module):
    """Glucose, insulin, gut."""

    glucose: Scalar = var("mg/dL", "glucose")
    action: Scalar = var("/min", "insulin action")
    insulin: Scalar = var("[IU]", "insulin under way")
    gut: Scalar = var("g", "carbohydrate in the gut")


class Inputs(eqx.Module):
    """Insulin and food."""

    insulin_rate: Scalar = port("insulin_rate", rest=0.0)
    carbohydrate: Scalar = port("carbohydrate")
    heart_rate: Scalar = port("heart_rate", rest=0.0)


class Outputs(eqx.Module):
    """Glucose."""

    plasma_glucose: Scalar = port("plasma_glucose")
    interstitial_glucose: Scalar = port("interstitial_glucose")


class ToyGlucose(AbstractModel[State, Inputs, Outputs]):
    """A small patient."""

    seconds_per_time_unit: ClassVar[float] = 60.0
    step_s: float = eqx.field(static=True, default=60.0)

    p1: Scalar = param(0.008, "/min", "glucose effectiveness", source=_MADE_UP)
    p2: Scalar = param(0.02, "/min", "decay of insulin action", source=_MADE_UP)
    sensitivity: Scalar = param(1.3e-4, "/min2/[IU]", "insulin action of a unit", source=_MADE_UP)
    clearance: Scalar = param(0.015, "/min", "insulin clearance", source=_MADE_UP)
    appearance: Scalar = param(0.02, "/min", "emptying of the gut", source=_MADE_UP)
    rise: Scalar = param(4.0, "mg/dL/g", "rise by a gram", source=_MADE_UP)
    fasting: Scalar = param(220.0, "mg/dL", "glucose without insulin", source=_MADE_UP)
    target: Scalar = param(120.0, "mg/dL", "glucose at rest", source=_MADE_UP)
    min_per_h: ClassVar[float] = 60.0

    def initial(self) -> State:
        action = self.p1 * (self.fasting - self.target) / self.target
        return State(self.target, action, action * self.p2 / self.sensitivity, 0.0 * self.p1)

    def resting(self) -> Inputs:
        zero = 0.0 * self.p1
        return Inputs(self.initial().insulin * self.clearance * self.min_per_h, zero, zero)

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        return State(
            glucose=self.p1 * (self.fasting - x.glucose) - x.action * x.glucose + self.rise * self.appearance * x.gut,
            action=self.sensitivity * x.insulin - self.p2 * x.action,
            insulin=u.insulin_rate / self.min_per_h - self.clearance * x.insulin,
            gut=u.carbohydrate - self.appearance * x.gut,
        )

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        return Outputs(x.glucose, x.glucose)
