"""A patient whose equations are linear, so that SciPy's matrix exponential gives the answer."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import AbstractModel, Scalar
from twinbed.core.quantities import param, port, var

SOURCE = "made up for a test"


class State(eqx.Module):
    """Departures from rest."""

    gut: Scalar = var("g", "carbohydrate in the gut")
    depot: Scalar = var("[IU]", "insulin under the skin above rest")
    insulin: Scalar = var("[IU]", "insulin in the body above rest")
    glucose: Scalar = var("mg/dL", "glucose")


class Inputs(eqx.Module):
    """A meal and insulin."""

    insulin_rate: Scalar = port("insulin_rate")
    carbohydrate: Scalar = port("carbohydrate", rest=0.0)


class Outputs(eqx.Module):
    """Glucose."""

    plasma_glucose: Scalar = port("plasma_glucose")


class Linear(AbstractModel[State, Inputs, Outputs]):
    """A linear patient."""

    seconds_per_time_unit: ClassVar[float] = 60.0
    step_s: float = eqx.field(static=True, default=60.0)

    absorption: Scalar = param(0.02, "1/min", "of the meal", source=SOURCE)
    insulin: Scalar = param(0.02, "1/min", "of insulin", source=SOURCE)
    appearance: Scalar = param(5.0, "mg/dL/g", "glucose from a gram", source=SOURCE)
    effect: Scalar = param(0.6, "mg/dL/[IU]/min", "fall by insulin", source=SOURCE)
    decay: Scalar = param(0.003, "1/min", "of departures of glucose", source=SOURCE)
    rest: Scalar = param(120.0, "mg/dL", "glucose at rest", source=SOURCE)
    basal: Scalar = param(1.2, "[IU]/h", "insulin at rest", source=SOURCE)

    def initial(self):
        zero = jnp.zeros_like(self.rest)
        return State(zero, zero, zero, self.rest)

    def resting(self):
        return Inputs(self.basal, jnp.zeros_like(self.rest))

    def rhs(self, t, x, u):
        appears = self.appearance * self.absorption * x.gut
        return State(
            gut=u.carbohydrate - self.absorption * x.gut,
            depot=(u.insulin_rate - self.basal) / 60.0 - self.insulin * x.depot,
            insulin=self.insulin * (x.depot - x.insulin),
            glucose=appears - self.effect * x.insulin - self.decay * (x.glucose - self.rest),
        )

    def outputs(self, t, x, u):
        return Outputs(x.glucose)
