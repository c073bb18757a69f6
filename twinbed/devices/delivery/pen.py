r"""A pen for rapid-acting insulin and a pen for long-acting insulin, in whole or half units.

Inputs: doses of the scenario (`injection`, `long_acting_injection`) and running-numbered doses that
software advises (`meal_bolus`, `long_acting_dose`). A dose is rounded to the increment of the pen. The
injected dose has a normal error with variance $s_0^2 + (s_1 D)^2$. State: doses gathered from the
scenario, last numbers, insulin injected so far, and the depot of long-acting insulin.

A dose of the scenario is injected when its event is over, since it may be spread over ticks.

Long-acting insulin lies in a depot under the skin: $\dot D_1 = -k_1 D_1$, $\dot D_2 = k_1 D_1 - k_2 D_2$
after each dose to $D_1$, solved exactly. What leaves it, $k_2 D_2$, is ready for absorption and enters
`insulin_rate`, the input that every patient model has. At the start the depot is that of a person who has
injected 24 h of `basal_rate` every day at the same hour, the last time `hours_since_long_acting` before.

The half-lives are those of insulin degludec: 25 h for the release, and for the first step the one that puts
the highest rate of the steady state near 9 h, both from its label. For glargine 100 U/mL set
`release_half_life` to 13.5 and `dissolution_half_life` to 1.9. The shares of a day's release in its four
quarters are then within 2.1 (degludec) and 0.8 points (glargine) of those of the measured glucose infusion.

*Known limits*: one depot per person, without variation between or within persons; whole bioavailability; no
lost drops, no forgotten needle. Both pens have the same increment, limit and error.

**References:**

- Haenel, Weise, Sun, Pfuetzner, Thome & Pfuetzner (2008), J Diabetes Sci Technol 2(3):478-481,
  doi:10.1177/193229680800200318: FlexPen mean absolute deviation 1.64 % at 10 IU, 0.83 % at 30 IU
- Haahr & Heise (2014), Clin Pharmacokinet 53:787-800, doi:10.1007/s40262-014-0165-y: half-lives of degludec
  and glargine, shares of the glucose infusion by quarter of the day (its table 2)
- Tresiba (insulin degludec injection), US prescribing information, section 12.3
"""

import math
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var
from twinbed.devices._clock import HOURS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

_FLEXPEN = "FlexPen, Haenel 2008: mean absolute deviation 1.64 % at 10 IU and 0.83 % at 30 IU, taken as normal"
_SD_PER_MEAN_DEVIATION = math.sqrt(math.pi / 2.0)
_SD_AT_10 = 10.0 * 0.0164 * _SD_PER_MEAN_DEVIATION
_SD_AT_30 = 30.0 * 0.0083 * _SD_PER_MEAN_DEVIATION
_RELATIVE_SD = math.sqrt((_SD_AT_30**2 - _SD_AT_10**2) / (30.0**2 - 10.0**2))
_ABSOLUTE_SD = math.sqrt(_SD_AT_10**2 - (10.0 * _RELATIVE_SD) ** 2)
_DEGLUDEC = "insulin degludec: half-life 25 h, highest 9 h after a dose (label 12.3; Haahr & Heise 2014)"


class Inputs(eqx.Module):
    """Doses to inject."""

    injection: Scalar = port("injection", rest=0.0)
    meal_bolus: Scalar = port("meal_bolus", rest=0.0)
    meal_bolus_number: Scalar = port("meal_bolus_number", rest=0.0)
    long_acting_injection: Scalar = port("long_acting_injection", rest=0.0)
    long_acting_dose: Scalar = port("long_acting_dose", rest=0.0)
    long_acting_dose_number: Scalar = port("long_acting_dose_number", rest=0.0)


class Outputs(eqx.Module):
    """What is ready for absorption, what the pens recorded, and all that was injected."""

    insulin_rate: Scalar = port("insulin_rate")
    insulin_reported: Scalar = port("insulin_reported")
    insulin_delivered_total: Scalar = port("insulin_delivered_total")


class Gathered(eqx.Module):
    """What one pen remembers of its doses."""

    planned: Scalar = var("[IU]", "dose of the scenario gathered so far")
    number: Scalar = var("1", "number of the last advised dose")


class Depot(eqx.Module):
    """Long-acting insulin under the skin."""

    bound: Scalar = var("[IU]", "as injected")
    dissolved: Scalar = var("[IU]", "about to be released")


class State(eqx.Module):
    """Doses under way, and long-acting insulin under the skin."""

    rapid: Gathered
    long_acting: Gathered
    depot: Depot
    injected: Scalar = var("[IU]", "insulin injected so far, of both kinds")


class Pen(AbstractDevice[State, Inputs, Outputs]):
    """A pen for rapid-acting insulin, and one for long-acting insulin."""

    role: ClassVar[Role] = "actuator"
    period_s: float = eqx.field(static=True, default=60.0)

    increment: Scalar = param(0.5, "[IU]", "increment of the dose", bounds=(0.01, 5.0), source="half-unit pens")
    largest: Scalar = param(60.0, "[IU]", "largest dose", bounds=(0.5, 160.0), source="FlexPen dose range")
    absolute_sd: Scalar = param(
        _ABSOLUTE_SD, "[IU]", "error of a dose that does not depend on it", bounds=(0.0, 2.0), source=_FLEXPEN
    )
    relative_sd: Scalar = param(
        _RELATIVE_SD, "1", "error in proportion to the dose", bounds=(0.0, 0.5), source=_FLEXPEN
    )
    basal_rate: Scalar = param(
        0.0, "[IU]/h", "long-acting insulin of the days before, as a rate", bounds=(0.0, 40.0), source="therapy"
    )
    hours_since_long_acting: Scalar = param(
        2.0, "h", "age of the last long-acting dose at the start", bounds=(0.0, 24.0), source="22:00, at bedtime"
    )
    dissolution_half_life: Scalar = param(
        5.75, "h", "half-life of long-acting insulin as injected", bounds=(0.1, 12.0), source=_DEGLUDEC
    )
    release_half_life: Scalar = param(
        25.0, "h", "half-life of its release into the circulation", bounds=(12.5, 200.0), source=_DEGLUDEC
    )

    def initial(self, noise: Noise) -> State:
        zero = jnp.zeros_like(self.increment)
        dose, age = HOURS_PER_DAY * self.basal_rate, self.hours_since_long_acting
        bound, dissolved = self._left(age)
        first, second = self._left(HOURS_PER_DAY)
        # Every dose of the past: the geometric series of the matrix [[first, 0], [second, dissolving]].
        releasing = self._share(self.release_half_life, HOURS_PER_DAY)
        series = 1.0 / (1.0 - first)
        carried = second * series / (1.0 - releasing)
        depot = Depot(
            dose * bound * series,
            dose * (dissolved * series + self._share(self.release_half_life, age) * carried),
        )
        return State(Gathered(zero, zero), Gathered(zero, zero), depot, zero)

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        hours = self.period_s / SECONDS_PER_HOUR
        rapid, dose = self._asked(x.rapid, u.injection, u.meal_bolus, u.meal_bolus_number)
        slow, slow_dose = self._asked(
            x.long_acting, u.long_acting_injection, u.long_acting_dose, u.long_acting_dose_number
        )
        given, slow_given = self._given(dose, noise.normal(0)), self._given(slow_dose, noise.normal(1))
        depot, released = self._released(x.depot, slow_given, hours)
        injected = x.injected + given + slow_given
        shown = Outputs((given + released) / hours, dose / hours, injected)
        return State(rapid, slow, depot, injected), shown

    def _asked(self, x: Gathered, rate: Scalar, advice: Scalar, number: Scalar) -> tuple[Gathered, Scalar]:
        """What the pen remembers, and the dose dialled now."""
        under_way = rate > 0.0
        gathered = x.planned + rate * (self.period_s / SECONDS_PER_MINUTE)
        planned = self._dialled(jnp.where(under_way, 0.0, gathered))
        advised = jnp.where(number != x.number, self._dialled(advice), 0.0)
        return Gathered(jnp.where(under_way, gathered, 0.0), number), planned + advised

    def _dialled(self, dose: Scalar) -> Scalar:
        return jnp.minimum(jnp.round(dose / self.increment) * self.increment, self.largest)

    def _given(self, dose: Scalar, z: Scalar) -> Scalar:
        """The dose with the error of the pen."""
        sd = jnp.sqrt(self.absolute_sd * self.absolute_sd + jnp.square(self.relative_sd * dose))
        return jnp.where(dose > 0.0, jnp.maximum(dose + sd * z, 0.0), 0.0)

    def _released(self, x: Depot, dose: Scalar, hours: float) -> tuple[Depot, Scalar]:
        """The depot a tick later, and what left it."""
        bound, dissolved = self._left(hours)
        before = x.bound + dose
        after = Depot(before * bound, before * dissolved + x.dissolved * self._share(self.release_half_life, hours))
        return after, before + x.dissolved - after.bound - after.dissolved

    def _left(self, hours: Scalar | float) -> tuple[Scalar, Scalar]:
        """Of a unit injected so many hours ago: what is still as injected, and what is about to be released."""
        bound = self._share(self.dissolution_half_life, hours)
        releasing = self._share(self.release_half_life, hours)
        # k1 / (k1 - k2) by half-lives; the bounds keep the release the slower step.
        gain = self.release_half_life / (self.release_half_life - self.dissolution_half_life)
        return bound, gain * (releasing - bound)

    @staticmethod
    def _share(half_life: Scalar, hours: Scalar | float) -> Scalar:
        """What is left after so many hours."""
        return jnp.exp(-math.log(2.0) * hours / half_life)
