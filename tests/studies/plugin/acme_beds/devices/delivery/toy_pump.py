"""A pump that gives what it is told, for tests. *Known limits*: it stands for none."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, Role, Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var


class State(eqx.Module):
    """The last bolus, and the total."""

    number: Scalar = var("1", "number of the last bolus")
    total: Scalar = var("[IU]", "given so far")


class Inputs(eqx.Module):
    """Commands and faults."""

    basal_command: Scalar = port("basal_command")
    meal_bolus: Scalar = port("meal_bolus", rest=0.0)
    meal_bolus_number: Scalar = port("meal_bolus_number", rest=0.0)
    occlusion: Scalar = port("occlusion", rest=0.0)


class Outputs(eqx.Module):
    """What is delivered."""

    insulin_rate: Scalar = port("insulin_rate")
    insulin_delivered_total: Scalar = port("insulin_delivered_total")


class ToyPump(AbstractDevice[State, Inputs, Outputs]):
    """A plain pump."""

    role: ClassVar[Role] = "actuator"
    period_s: float = eqx.field(static=True, default=60.0)
    largest_basal: Scalar = param(5.0, "[IU]/h", "largest basal rate", bounds=(0.0, 30.0))

    def initial(self, noise: Noise) -> State:
        return State(jnp.asarray(0.0), jnp.asarray(0.0))

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        bolus = jnp.where(u.meal_bolus_number > x.number, u.meal_bolus, 0.0)
        basal = jnp.clip(u.basal_command, 0.0, self.largest_basal)
        hours = self.period_s / 3600.0
        rate = jnp.where(u.occlusion > 0.5, 0.0, basal + bolus / hours)
        total = x.total + rate * hours
        return State(u.meal_bolus_number, total), Outputs(rate, total)
