"""A person who eats when glucose is low: fifteen grams, fifteen minutes, again if needed.

Inputs: what the sensor shows, and what is eaten anyway. Output: what is eaten altogether, for
the patient to be linked to, and the part of it that treats a low. A low is a reading at or
below `limit`; in sleep only one that sounds the urgent alarm is noticed. Doses are conserved:
a meal shorter than `period_s` is spread over it. Devices are told nothing.

*Known limits*: nobody over-treats, sleeps through the alarm or feels a low without a sensor;
without valid readings nothing is treated; the limits are the same for everyone.

**References:**

- American Diabetes Association (2024), Diabetes Care 47(S1):S111, doi:10.2337/dc24-S006
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var
from twinbed.devices._clock import HOURS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

_ADA = "American Diabetes Association 2024, section 6"


class Inputs(eqx.Module):
    """What the person sees, and eats anyway."""

    carbohydrate: Scalar = port("carbohydrate", rest=0.0)
    cgm: Scalar = port("cgm", rest=0.0)
    cgm_valid: Scalar = port("cgm_valid", rest=0.0)


class Outputs(eqx.Module):
    """What the person eats."""

    carbohydrate: Scalar = port("carbohydrate")
    carbohydrate_rescue: Scalar = port("carbohydrate_rescue")


class State(eqx.Module):
    """The last treatment."""

    since: Scalar = var("min", "time since the last treatment began")


class LowTreatment(AbstractDevice[State, Inputs, Outputs]):
    """Eats carbohydrate when the sensor shows a low."""

    role: ClassVar[Role] = "person"
    period_s: float = eqx.field(static=True, default=60.0)

    limit: Scalar = param(70.0, "mg/dL", "reading that is treated", bounds=(0.0, 120.0), source=_ADA)
    asleep_limit: Scalar = param(
        55.0, "mg/dL", "reading that wakes", bounds=(0.0, 120.0), source="Dexcom G4 to G6, fixed urgent low alarm"
    )
    carbohydrate: Scalar = param(15.0, "g", "eaten at once", bounds=(1.0, 100.0), source=_ADA)
    again_after: Scalar = param(15.0, "min", "time until the next look", bounds=(5.0, 240.0), source=_ADA)
    eating: Scalar = param(5.0, "min", "time to eat it", bounds=(1.0, 60.0), source="assumption: juice or tablets")
    asleep_from: Scalar = param(23.0, "h", "hour of going to sleep", bounds=(0.0, 24.0), source="assumption")
    asleep_until: Scalar = param(7.0, "h", "hour of waking", bounds=(0.0, 24.0), source="assumption")

    def initial(self, noise: Noise) -> State:
        return State(self.again_after + self.eating + self.period_s / SECONDS_PER_MINUTE)

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        hour = jnp.mod(t_s / SECONDS_PER_HOUR, HOURS_PER_DAY)
        after, before = hour >= self.asleep_from, hour < self.asleep_until
        asleep = jnp.where(self.asleep_from > self.asleep_until, after | before, after & before)
        low = (u.cgm_valid > 0.5) & (u.cgm <= jnp.where(asleep, self.asleep_limit, self.limit))
        minutes = self.period_s / SECONDS_PER_MINUTE
        begins = low & (x.since >= jnp.maximum(self.again_after, self.eating + minutes))
        since = jnp.where(begins, jnp.zeros_like(x.since), x.since)
        share = jnp.clip(self.eating - since, 0.0, minutes) / minutes
        rescue = share * self.carbohydrate / self.eating
        most = self.again_after + self.eating + minutes
        return State(jnp.minimum(since + minutes, most)), Outputs(u.carbohydrate + rescue, rescue)
