"""Basal rate and meal boluses from therapy settings, for tests. *Known limits*: no correction."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, Role, Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var


class State(eqx.Module):
    """Boluses so far."""

    number: Scalar = var("1", "number of the last bolus")


class Inputs(eqx.Module):
    """Announced meals, and glucose."""

    carbohydrate_announced: Scalar = port("carbohydrate_announced", rest=0.0)
    cgm: Scalar = port("cgm", rest=120.0)


class Outputs(eqx.Module):
    """Commands."""

    basal_command: Scalar = port("basal_command")
    meal_bolus: Scalar = port("meal_bolus")
    meal_bolus_number: Scalar = port("meal_bolus_number")


class ToyBasalBolus(AbstractDevice[State, Inputs, Outputs]):
    """Doses meals; stops below a threshold."""

    role: ClassVar[Role] = "software"
    period_s: float = eqx.field(static=True, default=300.0)
    basal_rate: Scalar = param(0.9, "[IU]/h", "basal rate")
    carbohydrate_ratio: Scalar = param(10.0, "g/[IU]", "carbohydrate of a unit")
    suspend_below: Scalar = param(0.0, "mg/dL", "no basal rate below this glucose", bounds=(0.0, 200.0))
    gain: Scalar = param(0.0, "/h", "basal rate as a share of it per 100 mg/dL above 120", bounds=(0.0, 10.0))

    def initial(self, noise: Noise) -> State:
        return State(jnp.asarray(0.0))

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        grams = u.carbohydrate_announced * self.period_s / 60.0
        number = x.number + jnp.where(grams > 0.0, 1.0, 0.0)
        basal = self.basal_rate * (1.0 + self.gain * jnp.maximum(u.cgm - 120.0, 0.0) / 100.0)
        basal = jnp.where(u.cgm < self.suspend_below, 0.0, basal)
        return State(number), Outputs(basal, grams / self.carbohydrate_ratio, number)
