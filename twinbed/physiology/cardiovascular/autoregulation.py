"""What tissue asks of its own vessels, and what lack of oxygen leaves behind in brain and heart.

The vessels of a tissue widen when its venous blood holds less oxygen than at rest and when arterial carbon dioxide
rises, each with a lag of its own, between a narrowest and a widest state. Those of muscle also follow what it
burns, in exercise and shivering, before oxygen is short. A heart whose venous blood holds almost no
oxygen, or that gets blood with little of it, loses contractility, and wins it back more slowly.

Time without any oxygen adds up. The heart is stunned by it for hours after its blood is back; the brain stops to drive
breathing for a while. All pacemakers of the heart become slower until they are silent, and come back some minutes after
oxygen does. Beyond a time from which nobody is known to recover nothing comes back: `irreversible` says so.

*Known limits*: pressure in the skull is left out; all muscle works or none, and its vessels get no narrower than at
rest; there is no autoregulation by pressure itself; lack of oxygen blocks no conduction and
starts no fibrillation (in pigs it does); acid, potassium and cold do not change the rhythm; cold does not protect;
consciousness and injury short of death are not modelled.

**References:**

- Magosso & Ursino (2001), Am J Physiol 281(3):H343 (oxygen and carbon dioxide of brain, heart and muscle)
- Varvarousi et al. (2015), Acad Emerg Med 22(5):518, doi:10.1111/acem.12643 (rhythms of asphyxiated pigs)
- Dhanani et al. (2021), N Engl J Med 384(4):345, doi:10.1056/NEJMoa2022713 (how people's hearts stop)
- Guy et al. (2020), Resuscitation 155:219, doi:10.1016/j.resuscitation.2020.06.009 (7,299 arrests without flow)
- Kern (2008), Crit Care Med 36(11 Suppl):S418 (ejection fraction of 19 % an hour after long fibrillation)
- Reimer, Lowe, Rasmussen & Jennings (1977), Circulation 56(5):786, doi:10.1161/01.cir.56.5.786 (death of heart muscle)
- Andersen & Saltin (1985), J Physiol 366:233, doi:10.1113/jphysiol.1985.sp015794 (blood flow of working muscle)
- Calbet et al. (2004), J Physiol 558(1):319, doi:10.1113/jphysiol.2003.059287 (conductance follows uptake straight)
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
    brain_deprived: Scalar = var("s", "time without oxygen that the brain has not recovered from")
    heart_deprived: Scalar = var("s", "time without oxygen that the heart has not recovered from")
    pacemaker_deprived: Scalar = var("s", "the same of its pacemakers")


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
    brainstem_function: Scalar = port("brainstem_function")
    pacemaker_function: Scalar = port("pacemaker_function")
    brain_deprivation: Scalar = port("brain_deprivation")
    heart_deprivation: Scalar = port("heart_deprivation")
    irreversible: Scalar = port("irreversible")


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
        0.62, "1", "widening of muscle's vessels for each multiple of the oxygen that it asks for at rest",
        bounds=(0.0, 2.0),
        source="calibrated to 5 to 6 L/min of blood for each L/min of oxygen (Andersen & Saltin 1985) and the mean"
        " pressure of exercise; straight, as Calbet 2004 found",
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

    deprived_brain: Scalar = param(
        2.0, "mL/dL", "oxygen content of the brain's veins below which it counts as deprived", bounds=(0.1, 8.0),
        source="as in breathing, which fails there",
    )  # fmt: skip
    deprived_heart: Scalar = param(
        1.0, "mL/dL", "the same of the heart's veins", bounds=(0.05, 5.0), source="assumed: next to nothing is left"
    )
    deprived_width: Scalar = param(0.2, "mL/dL", "width of both", bounds=(0.01, 3.0), source="assumed")
    brain_tolerates: Scalar = param(
        180.0, "s", "time without oxygen after which the brain drives breathing at once", bounds=(10.0, 1200.0),
        source="assumed: after some minutes of arrest breathing is back soon",
    )  # fmt: skip
    brain_silent: Scalar = param(
        360.0, "s", "time after which it does not until part is recovered", bounds=(20.0, 2400.0),
        source="assumed: after ten minutes of arrest breathing is away for some ten minutes",
    )  # fmt: skip
    brain_recovery: Scalar = param(
        1200.0, "s", "time constant of the brain's recovery", bounds=(60.0, 1e5), source="assumed, as above"
    )
    brain_limit: Scalar = param(
        1200.0, "s", "time without oxygen after which the brain does not recover", bounds=(300.0, 7200.0),
        source="Guy 2020: nobody left hospital well after more than 20 minutes without flow",
    )  # fmt: skip
    stunning: Scalar = param(
        840.0, "s", "time without oxygen that takes all but 1/e of the contractility for hours", bounds=(60.0, 7200.0),
        source="Kern 2008: ejection fraction from 55 to 19 % after 15 minutes of fibrillation (swine)",
    )  # fmt: skip
    heart_recovery: Scalar = param(
        43200.0, "s", "time constant of the heart's recovery", bounds=(600.0, 1e6),
        source="recovered after two days in Kern's swine (remembered)",
    )  # fmt: skip
    heart_limit: Scalar = param(
        2400.0, "s", "time without oxygen after which the heart does not recover", bounds=(600.0, 14400.0),
        source="Reimer 1977: 40 minutes without flow kill more than a third of the muscle (remembered)",
    )  # fmt: skip

    pacemaker_slows: Scalar = param(
        30.0, "s", "time without oxygen after which pacemakers become slower", bounds=(1.0, 600.0),
        source="assumed: before the pulse is gone (Varvarousi 2015: blocks and slow rhythms then)",
    )  # fmt: skip
    pacemaker_silent: Scalar = param(
        480.0, "s", "time after which they are silent", bounds=(60.0, 3600.0),
        source="assumed: 2 of 30 pigs have no electrical activity four minutes after the pulse (Varvarousi 2015)",
    )  # fmt: skip
    pacemaker_recovery: Scalar = param(
        90.0, "s", "time constant of their recovery", bounds=(5.0, 3600.0), source="assumed: some minutes"
    )

    def initial(self) -> State:
        zero, never = jnp.zeros_like(self.narrowest), 0.0 * self.stunning
        return State(zero, zero, zero, zero, self.loss(self.resting()), never, never, never)

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
            muscle=(jnp.maximum(muscle, work) - x.muscle) / self.oxygen_lag,
            ischaemia=(self.loss(u) - x.ischaemia) / self.weakening,
            brain_deprived=self._deprived(
                self.deprived_brain - u.venous_content_cerebral, x.brain_deprived, self.brain_recovery, self.brain_limit
            ),
            heart_deprived=self._deprived(
                self.deprived_heart - u.venous_content_coronary, x.heart_deprived, self.heart_recovery, self.heart_limit
            ),
            pacemaker_deprived=self._deprived(
                self.deprived_heart - u.venous_content_coronary, x.pacemaker_deprived, self.pacemaker_recovery,
                self.heart_limit,
            ),
        )  # fmt: skip

    def _deprived(self, lack: Scalar, so_far: Scalar, recovery: Scalar, limit: Scalar) -> Scalar:
        """Change of a time without oxygen: it grows by what it is, and fades with oxygen unless it was too long."""
        now = jax.nn.sigmoid(lack / self.deprived_width)
        return now - jnp.where(so_far < limit, (1.0 - now) * so_far / recovery, 0.0)

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        del t, u
        brain = (1.0 + x.brain_oxygen) * (1.0 + x.brain_carbon_dioxide)
        return Outputs(
            dilation_cerebral=jnp.clip(brain, 1.0 - self.narrowest, 1.0 + self.brain_max),
            dilation_coronary=1.0 + x.heart_oxygen,
            dilation_muscle=1.0 + x.muscle,
            ischaemia=1.0 - (1.0 - x.ischaemia) * jnp.exp(-x.heart_deprived / self.stunning),
            brainstem_function=jnp.clip(
                (self.brain_silent - x.brain_deprived) / (self.brain_silent - self.brain_tolerates), 0.0, 1.0
            ),
            pacemaker_function=jnp.clip(
                (self.pacemaker_silent - x.pacemaker_deprived) / (self.pacemaker_silent - self.pacemaker_slows),
                0.0,
                1.0,
            ),
            brain_deprivation=x.brain_deprived,
            heart_deprivation=x.heart_deprived,
            irreversible=jnp.where(
                (x.brain_deprived >= self.brain_limit) | (x.heart_deprived >= self.heart_limit),
                jnp.ones_like(x.ischaemia),
                0.0,
            ),
        )


def _within(wanted: Scalar, least: Scalar, most: Scalar) -> Scalar:
    """Follows what is wanted around zero and bends towards the narrowest and the widest state."""
    up, down = jnp.maximum(wanted, 0.0), jnp.maximum(-wanted, 0.0)
    return up / (1.0 + up / most) - down / (1.0 + down / least)
