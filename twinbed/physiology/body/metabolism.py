"""What the body burns: the oxygen that tissue asks for, the carbon dioxide that comes of it, and the heat.

Rest follows the temperature of the core and is lowered by drugs; exercise and shivering add to it in muscle. Each
follows with a lag of its own. A part of the energy of exercise leaves as work, all else is heat.

Oxygen that tissue asks for and does not get makes no heat.

*Known limits*: demand, not use, but for that; no heat of what lactate is made for; no
meals, no slow component of heavy exercise and no oxygen debt; no lactate threshold: hard exercise makes no lactic
acid, yet breathing answers it, so that from about 60 % of the greatest uptake on carbon dioxide and acidity fall
(people: about 37 mmHg, pH 7.34, lactate 4 to 8 mmol/L at 80 %); training is not modelled; the work of heart and
breathing is part of rest.

**References:**

- Weir (1949), J Physiol 109(1-2):1, doi:10.1113/jphysiol.1949.sp004363 (heat of a litre of oxygen)
- Rolfe & Brown (1997), Physiol Rev 77(3):731, doi:10.1152/physrev.1997.77.3.731 (what muscle uses at rest)
- Poole & Jones (2012), Compr Physiol 2(2):933, doi:10.1002/cphy.c100072 (oxygen uptake at the start of exercise)
- Gaesser & Brooks (1975), J Appl Physiol 38(6):1132, doi:10.1152/jappl.1975.38.6.1132 (efficiency of work)
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import AbstractModel, Scalar, Time
from twinbed.core.quantities import param, port, var

_WEIR = "Weir 1949: 3.941 + 1.106 RQ kcal/L"
_UNIT = "definition of the unit"


class State(eqx.Module):
    """Oxygen asked for, by what asks for it."""

    rest: Scalar = var("mL/min", "oxygen that the body at rest asks for")
    exercise: Scalar = var("mL/min", "oxygen that exercise adds")
    shivering: Scalar = var("mL/min", "oxygen that shivering adds")


class Inputs(eqx.Module):
    """What sets the demand."""

    core_temperature: Scalar = port("core_temperature", rest=37.0)
    exercise_intensity: Scalar = port("exercise_intensity", rest=0.0)
    shivering: Scalar = port("shivering", rest=0.0)
    metabolic_depression: Scalar = port("metabolic_depression", rest=0.0)
    oxygen_missing: Scalar = port("oxygen_missing", rest=0.0)


class Outputs(eqx.Module):
    """What tissue asks for and gives."""

    oxygen_demand: Scalar = port("oxygen_demand")
    oxygen_demand_muscle: Scalar = port("oxygen_demand_muscle")
    respiratory_quotient: Scalar = port("respiratory_quotient")
    metabolic_heat: Scalar = port("metabolic_heat")


class Metabolism(AbstractModel[State, Inputs, Outputs]):
    """The metabolism of one patient."""

    seconds_per_time_unit: ClassVar[float] = 60.0
    step_s: float = eqx.field(static=True, default=1.0)

    mass: Scalar = param(76.0, "kg", "mass of the body", bounds=(2.0, 300.0), source="an adult")
    uptake_at_rest: Scalar = param(
        3.29, "mL/kg/min", "oxygen uptake lying at rest", bounds=(1.5, 10.0), source="250 mL/min, ICRP 89; 3.5 sitting"
    )
    uptake_most: Scalar = param(
        42.0,
        "mL/kg/min",
        "maximal oxygen uptake",
        bounds=(8.0, 95.0),
        source="median of men of 30 to 39, FRIEND registry; its equation gives 41.7 for this man",
    )
    temperature_at_rest: Scalar = param(
        37.0, "Cel", "temperature of the core of that rest", bounds=(35.0, 39.0), source="ICRP 89"
    )
    warmth: Scalar = param(
        0.0693, "1/Cel", "growth with temperature: e-fold for each degree", bounds=(0.0, 0.2), source="a Q10 of 2"
    )
    exercise_lag: Scalar = param(
        35.0 / 60.0, "min", "lag of exercise, on and off", bounds=(0.1, 3.0), source="Poole & Jones 2012: 20 to 45 s"
    )
    rest_lag: Scalar = param(
        0.5, "min", "lag of rest behind temperature and drugs", bounds=(0.05, 10.0), source="chosen: soon for either"
    )
    shivering_lag: Scalar = param(
        0.5, "min", "lag of shivering", bounds=(0.05, 5.0), source="AnaSim 1.7: 30 s on, 90 s off"
    )
    muscle_share: Scalar = param(
        0.2, "1", "share of rest that muscle asks for", bounds=(0.05, 0.6), source="Rolfe & Brown 1997"
    )
    quotient_at_rest: Scalar = param(0.8, "1", "respiratory quotient at rest", bounds=(0.7, 1.0), source="mixed food")
    quotient_most: Scalar = param(
        1.0, "1", "respiratory quotient at maximal uptake", bounds=(0.8, 1.3), source="carbohydrate alone"
    )
    efficiency: Scalar = param(
        0.25,
        "1",
        "share of the energy of exercise that leaves as work",
        bounds=(0.0, 0.5),
        source="Gaesser & Brooks 1975",
    )
    energy: Scalar = param(16.49, "J/mL", "heat of oxygen that burns fat and sugar", bounds=(15.0, 18.0), source=_WEIR)
    energy_quotient: Scalar = param(4.628, "J/mL", "its growth with the quotient", bounds=(0.0, 6.0), source=_WEIR)
    second: Scalar = param(1.0 / 60.0, "W.min/J", "a watt for a joule a minute", source=_UNIT)
    percent: Scalar = param(100.0, "%", "the whole", source=_UNIT)

    def initial(self) -> State:
        rest = self.uptake_at_rest * self.mass
        return State(rest, jnp.zeros_like(rest), jnp.zeros_like(rest))

    def resting(self) -> Inputs:
        zero = jnp.zeros_like(self.mass)
        return Inputs(self.temperature_at_rest, zero, zero, zero, 0.0 * self.uptake_at_rest * self.mass)

    def _quotient(self, x: State) -> Scalar:
        share = x.exercise / (self.mass * (self.uptake_most - self.uptake_at_rest))
        return self.quotient_at_rest + (self.quotient_most - self.quotient_at_rest) * jnp.clip(share, 0.0, 1.0)

    def _energy(self, x: State) -> Scalar:
        """Of a millilitre of oxygen, W.min/mL."""
        return self.second * (self.energy + self.energy_quotient * self._quotient(x))

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        del t
        at_rest = self.uptake_at_rest * self.mass
        warm = jnp.exp(self.warmth * (u.core_temperature - self.temperature_at_rest))
        asked = u.exercise_intensity / self.percent * self.uptake_most * self.mass
        return State(
            rest=(at_rest * warm * (1.0 - u.metabolic_depression) - x.rest) / self.rest_lag,
            exercise=(jnp.maximum(asked - at_rest, 0.0) - x.exercise) / self.exercise_lag,
            shivering=(u.shivering / self._energy(x) - x.shivering) / self.shivering_lag,
        )

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        del t
        added = x.exercise + x.shivering
        asked = x.rest + x.shivering + (1.0 - self.efficiency) * x.exercise
        burnt = jnp.maximum(asked - u.oxygen_missing, 0.0)
        return Outputs(
            oxygen_demand=x.rest + added,
            oxygen_demand_muscle=self.muscle_share * x.rest + added,
            respiratory_quotient=self._quotient(x),
            metabolic_heat=burnt * self._energy(x),
        )
