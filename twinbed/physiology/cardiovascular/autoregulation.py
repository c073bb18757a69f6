"""What tissue asks of its own vessels: brain, heart and muscle, and a heart that weakens without oxygen.

The vessels of a tissue widen when its venous blood holds less oxygen than at rest and when arterial carbon dioxide
rises, each with a lag of its own, between a narrowest and a widest state. Those of muscle also follow what it
burns, in exercise and shivering, before oxygen is short. A heart whose venous blood holds almost no
oxygen, or that gets blood with little of it, loses contractility, and wins it back more slowly.

*Known limits*: pressure in the skull is left out; all muscle works or none.

**References:**

- Magosso & Ursino (2001), Am J Physiol 281(3):H343 (oxygen and carbon dioxide of brain, heart and muscle)
- Andersen & Saltin (1985), J Physiol 366:233, doi:10.1113/jphysiol.1985.sp015794 (blood flow of working muscle)
- Albanese, Cheng, Ursino & Chbat (2016), Am J Physiol 310(7):H899, doi:10.1152/ajpheart.00230.2014 (gains)
"""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from twinbed.core.model import AbstractModel, Scalar, Time
from twinbed.core.quantities import param, port, var

_MAGOSSO = "Magosso & Ursino 2001, table of autoregulation"
_REIVICH = "Reivich 1964 as in Magosso & Ursino 2001; the logarithm is to the base of ten: 3 % a mmHg at 40"
_GAIN = "between Magosso & Ursino 2001 (0.1, 0.35, 0.3) and Albanese 2016 (1.4, 4.2, 4.9)"
_RANGE = "flow of the brain at most 2.5 times, of the heart 5 times rest (coronary reserve)"
_ANASIM = "AnaSim 1.7: saturation of 0.7 to 0.3 takes 85 % of the stroke volume"


class State(eqx.Module):
    """How wide vessels are for each reason, and how much contractility is lost."""

    brain_oxygen: Scalar = var("1", "widening of the brain's vessels by lack of oxygen")
    brain_carbon_dioxide: Scalar = var("1", "widening of the brain's vessels by carbon dioxide")
    heart_oxygen: Scalar = var("1", "widening of the heart's vessels by lack of oxygen")
    muscle: Scalar = var("1", "widening of muscle's vessels by lack of oxygen and by work")
    ischaemia: Scalar = var("1", "share of contractility that is lost")


class Inputs(eqx.Module):
    """What the vessels feel."""

    venous_content_cerebral: Scalar = port("venous_content_cerebral", rest=12.9)
    venous_content_coronary: Scalar = port("venous_content_coronary", rest=9.3)
    venous_content_muscle: Scalar = port("venous_content_muscle", rest=14.8)
    arterial_carbon_dioxide: Scalar = port("arterial_carbon_dioxide", rest=40.0)
    arterial_saturation: Scalar = port("arterial_saturation", rest=0.97)
    oxygen_demand_muscle: Scalar = port("oxygen_demand_muscle", rest=50.0)


class Outputs(eqx.Module):
    """How wide they are, and what is left of the heart's strength."""

    dilation_cerebral: Scalar = port("dilation_cerebral")
    dilation_coronary: Scalar = port("dilation_coronary")
    dilation_muscle: Scalar = port("dilation_muscle")
    ischaemia: Scalar = port("ischaemia")


class Autoregulation(AbstractModel[State, Inputs, Outputs]):
    """The vessels of brain, heart and muscle of one patient."""

    seconds_per_time_unit: ClassVar[float] = 1.0
    step_s: float = eqx.field(static=True, default=0.1)

    brain_content: Scalar = param(
        12.9, "mL/dL", "oxygen content of the brain's veins at rest", bounds=(2.0, 25.0), source="flow and use at rest"
    )
    heart_content: Scalar = param(
        9.3, "mL/dL", "oxygen content of the heart's veins at rest", bounds=(1.0, 25.0), source="flow and use at rest"
    )
    muscle_content: Scalar = param(
        14.8, "mL/dL", "oxygen content of muscle's veins at rest", bounds=(2.0, 25.0), source="flow and use at rest"
    )
    brain_gain: Scalar = param(0.5, "dL/mL", "widening for lack of oxygen", bounds=(0.0, 10.0), source=_GAIN)
    heart_gain: Scalar = param(1.0, "dL/mL", "widening for lack of oxygen", bounds=(0.0, 10.0), source=_GAIN)
    muscle_gain: Scalar = param(0.3, "dL/mL", "widening for lack of oxygen", bounds=(0.0, 10.0), source=_MAGOSSO)
    brain_max: Scalar = param(1.5, "1", "most that widening adds to the brain's", bounds=(0.0, 10.0), source=_RANGE)
    heart_max: Scalar = param(4.0, "1", "most that widening adds to the heart's", bounds=(0.0, 20.0), source=_RANGE)
    muscle_max: Scalar = param(
        15.0, "1", "most that lack of oxygen adds to muscle's", bounds=(0.0, 50.0), source="15 to 20 times in hard work"
    )
    muscle_demand: Scalar = param(
        50.0, "mL/min", "oxygen that muscle asks for at rest", bounds=(2.0, 300.0), source="a fifth of 250 mL/min"
    )
    hyperaemia: Scalar = param(
        0.66, "1", "widening of muscle's vessels for each multiple of the oxygen that it asks for at rest",
        bounds=(0.0, 2.0), source="Andersen & Saltin 1985: 5 to 6 L/min of blood for each L/min of oxygen",
    )  # fmt: skip
    work_max: Scalar = param(
        200.0, "1", "widening by work towards which it bends", bounds=(5.0, 10000.0),
        source="calibrated to the mean pressure of the hardest exercise",
    )  # fmt: skip
    narrowest: Scalar = param(0.5, "1", "most that narrowing takes away", bounds=(0.0, 0.95), source=_RANGE)
    oxygen_lag: Scalar = param(10.0, "s", "lag behind oxygen", bounds=(0.5, 120.0), source=_MAGOSSO)
    carbon_lag: Scalar = param(20.0, "s", "lag behind carbon dioxide", bounds=(0.5, 120.0), source=_MAGOSSO)
    carbon_rest: Scalar = param(40.0, "mm[Hg]", "carbon dioxide at rest", bounds=(20.0, 80.0), source="textbook adult")
    reivich_low: Scalar = param(
        20.9, "1", "lowest flow of the brain in Reivich's curve", bounds=(0.0, 100.0), source=_REIVICH
    )
    reivich_span: Scalar = param(92.8, "1", "how much carbon dioxide adds", bounds=(0.0, 300.0), source=_REIVICH)
    reivich_scale: Scalar = param(10570.0, "1", "place of the curve", bounds=(1.0, 1e6), source=_REIVICH)
    reivich_power: Scalar = param(5.251, "1", "steepness of the curve", bounds=(0.5, 20.0), source=_REIVICH)
    mmhg: Scalar = param(1.0, "mm[Hg]", "the unit of the curve", source="definition of the unit")
    starving_content: Scalar = param(
        3.0, "mL/dL", "oxygen content of the heart's veins below which it weakens", bounds=(0.2, 10.0), source="assumed"
    )
    starving_width: Scalar = param(0.6, "mL/dL", "width of that", bounds=(0.05, 5.0), source="assumed")
    starving_saturation: Scalar = param(
        0.45, "1", "saturation at which half of the contractility goes", bounds=(0.05, 0.9), source=_ANASIM
    )
    saturation_width: Scalar = param(0.05, "1", "width of that", bounds=(0.005, 0.5), source=_ANASIM)
    weakening: Scalar = param(60.0, "s", "time in which contractility goes", bounds=(1.0, 600.0), source="AnaSim 1.7")
    greatest_loss: Scalar = param(0.9, "1", "most that is lost", bounds=(0.0, 1.0), source=_ANASIM)

    def initial(self) -> State:
        zero = jnp.zeros_like(self.narrowest)
        return State(zero, zero, zero, zero, self.loss(self.resting()))

    def resting(self) -> Inputs:
        return Inputs(
            self.brain_content, self.heart_content, self.muscle_content, self.carbon_rest,
            0.97 * jnp.ones_like(self.narrowest), self.muscle_demand,
        )  # fmt: skip

    def reivich(self, carbon_dioxide: Scalar) -> Scalar:
        """Flow of the brain against carbon dioxide."""
        power = jnp.exp(-self.reivich_power * jnp.log10(jnp.maximum(carbon_dioxide / self.mmhg, 1.0)))
        return self.reivich_low + self.reivich_span / (1.0 + self.reivich_scale * power)

    def loss(self, u: Inputs) -> Scalar:
        """Share of contractility that is lost at a steady state."""
        starving = jax.nn.sigmoid((self.starving_content - u.venous_content_coronary) / self.starving_width)
        blue = jax.nn.sigmoid((self.starving_saturation - u.arterial_saturation) / self.saturation_width)
        return self.greatest_loss * (1.0 - (1.0 - starving) * (1.0 - blue))

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        del t
        widens = lambda gain, rest, now, most: _within(gain * (rest - now), self.narrowest, most)
        carbon = self.reivich(u.arterial_carbon_dioxide) / self.reivich(self.carbon_rest) - 1.0
        brain = widens(self.brain_gain, self.brain_content, u.venous_content_cerebral, self.brain_max)
        heart = widens(self.heart_gain, self.heart_content, u.venous_content_coronary, self.heart_max)
        muscle = widens(self.muscle_gain, self.muscle_content, u.venous_content_muscle, self.muscle_max)
        work = self.hyperaemia * jnp.maximum(u.oxygen_demand_muscle / self.muscle_demand - 1.0, 0.0)
        return State(
            brain_oxygen=(brain - x.brain_oxygen) / self.oxygen_lag,
            brain_carbon_dioxide=(carbon - x.brain_carbon_dioxide) / self.carbon_lag,
            heart_oxygen=(heart - x.heart_oxygen) / self.oxygen_lag,
            muscle=(jnp.maximum(muscle, work / (1.0 + work / self.work_max)) - x.muscle) / self.oxygen_lag,
            ischaemia=(self.loss(u) - x.ischaemia) / self.weakening,
        )

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        del t, u
        brain = (1.0 + x.brain_oxygen) * (1.0 + x.brain_carbon_dioxide)
        return Outputs(
            dilation_cerebral=jnp.clip(brain, 1.0 - self.narrowest, 1.0 + self.brain_max),
            dilation_coronary=1.0 + x.heart_oxygen,
            dilation_muscle=1.0 + x.muscle,
            ischaemia=x.ischaemia,
        )


def _within(wanted: Scalar, least: Scalar, most: Scalar) -> Scalar:
    """Follows what is wanted around zero and bends towards the narrowest and the widest state."""
    up, down = jnp.maximum(wanted, 0.0), jnp.maximum(-wanted, 0.0)
    return up / (1.0 + up / most) - down / (1.0 + down / least)
