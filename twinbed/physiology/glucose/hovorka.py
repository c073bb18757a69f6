"""The Cambridge model of Hovorka: ten states, and one for the interstitium.

Two compartments each for a meal, for insulin under the skin and for glucose, plasma insulin,
and three effects of insulin (on transport, disposal and production). Millimoles, milliunits
and minutes. Parts add what other papers added; a neutral part adds no state and no cost:

    Hovorka(
        variation=Oscillation(),      # Wilinska 2010: parameters that swing within hours
        exercise=OxygenExercise(),    # Jacobs 2015
        food=MixedMeal(),             # fat and protein
    )

The patient is at rest at `rest_glucose` with the infusion of `basal_rate`.

*Known limits*: production is held at zero where the published formula would make it negative;
no counterregulation; a patient whose production without insulin does not exceed what the
brain uses cannot be at rest and gets a basal rate of zero.

**References:**

- Hovorka et al. (2004), Physiol Meas 25(4):905, doi:10.1088/0967-3334/25/4/010
- Wilinska et al. (2010), J Diabetes Sci Technol 4(1):132, doi:10.1177/193229681000400117
- Jacobs et al. (2015), J Diabetes Sci Technol 9(6):1175, doi:10.1177/1932296815609371
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import AbstractHybridModel, Scalar, Time
from twinbed.core.quantities import param, port, var
from twinbed.physiology.glucose._parts.exercise import AbstractEffectExercise, NoEffectExercise
from twinbed.physiology.glucose._parts.food import AbstractFood, CarbohydrateOnly
from twinbed.physiology.glucose._parts.variation import AbstractVariation, Steady

_HOVORKA = "Hovorka 2004 (checked in LoopInsighT1 2.1 and the McGill simulator)"
_RENAL = "Hovorka 2004 (checked in the OHSU simulator)"


class State(eqx.Module):
    """The states of the parts; meal, insulin, effects of insulin, glucose."""

    exercise: eqx.Module
    food: eqx.Module
    d1: Scalar = var("mmol", "carbohydrate in the first gut compartment")
    d2: Scalar = var("mmol", "carbohydrate in the second gut compartment")
    s1: Scalar = var("m[IU]", "insulin in the first subcutaneous compartment")
    s2: Scalar = var("m[IU]", "insulin in the second subcutaneous compartment")
    i: Scalar = var("m[IU]/L", "plasma insulin")
    x1: Scalar = var("1/min", "effect of insulin on glucose transport")
    x2: Scalar = var("1/min", "effect of insulin on glucose disposal")
    x3: Scalar = var("1", "effect of insulin on glucose production")
    q1: Scalar = var("mmol", "glucose in the accessible compartment")
    q2: Scalar = var("mmol", "glucose in the other compartment")
    c: Scalar = var("mmol/L", "interstitial glucose")
    eating: Scalar = var("1", "whether the person ate in the last step")


class Inputs(eqx.Module):
    """What reaches the body."""

    insulin_rate: Scalar = port("insulin_rate")
    carbohydrate: Scalar = port("carbohydrate", rest=0.0)
    fat: Scalar = port("fat", rest=0.0)
    protein: Scalar = port("protein", rest=0.0)
    exercise_intensity: Scalar = port("exercise_intensity", rest=0.0)


class Outputs(eqx.Module):
    """What can be measured in the body."""

    plasma_glucose: Scalar = port("plasma_glucose")
    interstitial_glucose: Scalar = port("interstitial_glucose")
    plasma_insulin: Scalar = port("plasma_insulin")


class Hovorka(AbstractHybridModel[State, Inputs, Outputs]):
    """Hovorka's model; its fields are the parameters and parts of one patient."""

    seconds_per_time_unit: ClassVar[float] = 60.0
    step_s: float = eqx.field(static=True, default=60.0)

    body_weight: Scalar = param(74.9, "kg", "body weight", bounds=(10.0, 200.0), source=_HOVORKA)
    rest_glucose: Scalar = param(
        6.0, "mmol/L", "glucose at rest with the basal infusion", bounds=(3.5, 15.0),
        source="target of Hovorka 2004",
    )  # fmt: skip
    k12: Scalar = param(
        0.066, "1/min", "glucose back to the accessible compartment", bounds=(0.005, 0.3), source=_HOVORKA
    )
    ka1: Scalar = param(0.006, "1/min", "rate of the effect on transport", bounds=(0.0002, 0.1), source=_HOVORKA)
    ka2: Scalar = param(0.06, "1/min", "rate of the effect on disposal", bounds=(0.002, 0.5), source=_HOVORKA)
    ka3: Scalar = param(0.03, "1/min", "rate of the effect on production", bounds=(0.001, 0.3), source=_HOVORKA)
    sit: Scalar = param(
        51.2e-4, "L/m[IU]/min", "insulin sensitivity of transport", bounds=(1e-4, 0.05), source=_HOVORKA
    )
    sid: Scalar = param(8.2e-4, "L/m[IU]/min", "insulin sensitivity of disposal", bounds=(1e-5, 0.01), source=_HOVORKA)
    sie: Scalar = param(520e-4, "L/m[IU]", "insulin sensitivity of production", bounds=(0.002, 0.5), source=_HOVORKA)
    egp0: Scalar = param(
        0.0161, "mmol/kg/min", "glucose production at zero insulin", bounds=(0.005, 0.04), source=_HOVORKA
    )
    f01: Scalar = param(
        0.0097, "mmol/kg/min", "uptake that does not depend on insulin", bounds=(0.002, 0.03), source=_HOVORKA
    )
    f01_glucose: Scalar = param(
        4.5, "mmol/L", "glucose below which that uptake falls", bounds=(2.0, 7.0), source=_HOVORKA
    )
    renal_rate: Scalar = param(0.003, "1/min", "renal clearance rate", bounds=(0.0, 0.05), source=_RENAL)
    renal_threshold: Scalar = param(9.0, "mmol/L", "renal threshold", bounds=(6.0, 15.0), source=_RENAL)
    vg: Scalar = param(0.16, "L/kg", "distribution volume of glucose", bounds=(0.05, 0.4), source=_HOVORKA)
    ag: Scalar = param(0.8, "1", "share of carbohydrate that is absorbed", bounds=(0.4, 1.2), source=_HOVORKA)
    tmax_g: Scalar = param(40.0, "min", "time to peak absorption of a meal", bounds=(10.0, 150.0), source=_HOVORKA)
    ke: Scalar = param(0.138, "1/min", "elimination of insulin", bounds=(0.02, 0.5), source=_HOVORKA)
    vi: Scalar = param(0.12, "L/kg", "distribution volume of insulin", bounds=(0.03, 0.4), source=_HOVORKA)
    tmax_i: Scalar = param(55.0, "min", "time to peak absorption of insulin", bounds=(15.0, 150.0), source=_HOVORKA)
    ka_int: Scalar = param(
        0.0933, "1/min", "glucose from plasma to interstitium", bounds=(0.03, 0.5),
        source="time constant exp(2.372) = 10.7 min of the McGill simulator",
    )  # fmt: skip
    mg_per_g: Scalar = param(1000.0, "mg/g", "milligrams in a gram", source="definition")
    mg_per_mmol: Scalar = param(180.156, "mg/mmol", "molar mass of glucose", source="C6H12O6")
    dl_per_l: Scalar = param(10.0, "dL/L", "decilitres in a litre", source="definition")
    min_per_h: Scalar = param(60.0, "min/h", "minutes in an hour", source="definition")
    mu_per_iu: Scalar = param(1000.0, "m[IU]/[IU]", "milliunits in a unit", source="definition")
    pmol_per_mu: Scalar = param(6.0, "pmol/m[IU]", "insulin in a milliunit", source="pharmacological convention")

    variation: AbstractVariation = eqx.field(default_factory=Steady)
    exercise: AbstractEffectExercise = eqx.field(default_factory=NoEffectExercise)
    food: AbstractFood = eqx.field(default_factory=CarbohydrateOnly)

    def rest_insulin(self) -> Scalar:
        """Plasma insulin that keeps glucose at `rest_glucose`, m[IU]/L.

        The positive root of  (e - e SIE i) (k12 + SID i) = q SIT SID i^2,  where e is what
        production exceeds the insulin-independent losses by, at zero insulin.
        """
        q1 = self.rest_glucose * self.vg * self.body_weight
        production = self.egp0 * self.body_weight
        excess = production - self._losses(self.rest_glucose, self.f01)
        square = self.sid * (q1 * self.sit + production * self.sie)
        linear = production * self.sie * self.k12 - excess * self.sid
        root = jnp.sqrt(linear * linear + 4.0 * square * self.k12 * jnp.maximum(excess, 0.0))
        return jnp.maximum(root - linear, 0.0) / (2.0 * square)

    def basal_rate(self) -> Scalar:
        """Insulin infusion that keeps glucose at `rest_glucose`, [IU]/h."""
        eliminated = self.rest_insulin() * self.ke * self.vi * self.body_weight
        return eliminated * self.min_per_h / self.mu_per_iu

    def initial(self) -> State:
        i = self.rest_insulin()
        q1 = self.rest_glucose * self.vg * self.body_weight
        x1, x2 = self.sit * i, self.sid * i
        depot = i * self.ke * self.vi * self.body_weight * self.tmax_i
        zero = jnp.zeros_like(i)
        return State(
            d1=zero, d2=zero, s1=depot, s2=depot, i=i, x1=x1, x2=x2, x3=self.sie * i,
            q1=q1, q2=x1 * q1 / (self.k12 + x2), c=self.rest_glucose, eating=zero,
            exercise=self.exercise.initial(), food=self.food.initial(),
        )  # fmt: skip

    def resting(self) -> Inputs:
        zero = jnp.zeros_like(self.ke)
        return Inputs(
            insulin_rate=self.basal_rate(), carbohydrate=zero, fat=zero, protein=zero, exercise_intensity=zero
        )

    def jump(self, t: Time, dt: Time, x: State, u: Inputs) -> State:
        del t
        eats = u.carbohydrate > 0.0
        starts = eats & (x.eating < 0.5)
        eating = jnp.where(eats, jnp.ones_like(x.eating), jnp.zeros_like(x.eating))
        food = self.food.jump(dt, x.food, u.fat, starts)
        return eqx.tree_at(lambda s: (s.eating, s.food), x, (eating, food))

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        now = lambda name: self.variation.varied(t, name, getattr(self, name))
        mmol_per_g = self.mg_per_g / self.mg_per_mmol
        digestion = self.food.emptying(x.food, 1.0 / self.tmax_g)
        absorption = 1.0 / now("tmax_i")
        meal = self.food.appearance(x.food, digestion * x.d2, self.ag * mmol_per_g)
        glucose = x.q1 / (self.vg * self.body_weight)
        k12, ka1, ka2, ka3 = now("k12"), now("ka1"), now("ka2"), now("ka3")
        produced = now("egp0") * self.body_weight * jnp.maximum(1.0 - x.x3, 0.0)
        transport = x.x1 * x.q1 - k12 * x.q2
        periphery = self.exercise.periphery(x.exercise, x.i, u.exercise_intensity)
        liver = self.exercise.liver(x.exercise, x.i)
        sensitivity = lambda name: self.food.sensitivity(x.food, now(name))
        return State(
            d1=self.ag * mmol_per_g * u.carbohydrate - digestion * x.d1,
            d2=digestion * (x.d1 - x.d2),
            s1=self.mu_per_iu / self.min_per_h * u.insulin_rate - absorption * x.s1,
            s2=absorption * (x.s1 - x.s2),
            i=absorption * x.s2 / (self.vi * self.body_weight) - now("ke") * x.i,
            x1=ka1 * (sensitivity("sit") * periphery - x.x1),
            x2=ka2 * (sensitivity("sid") * periphery - x.x2),
            x3=ka3 * (sensitivity("sie") * liver - x.x3),
            q1=produced + meal - self._losses(glucose, now("f01")) - transport,
            q2=transport - x.x2 * x.q2,
            c=self.ka_int * (glucose - x.c),
            eating=jnp.zeros_like(x.eating),
            exercise=self.exercise.rhs(x.exercise, u.exercise_intensity),
            food=self.food.rhs(x.food, u.protein),
        )

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        del t, u
        mg_per_dl = self.mg_per_mmol / self.dl_per_l
        return Outputs(
            plasma_glucose=x.q1 / (self.vg * self.body_weight) * mg_per_dl,
            interstitial_glucose=x.c * mg_per_dl,
            plasma_insulin=x.i * self.pmol_per_mu,
        )

    def _losses(self, glucose: Scalar, f01: Scalar) -> Scalar:
        """Insulin-independent uptake and renal excretion, mmol/min."""
        uptake = f01 * jnp.minimum(glucose / self.f01_glucose, 1.0)
        renal = self.renal_rate * jnp.maximum(glucose - self.renal_threshold, 0.0) * self.vg
        return (uptake + renal) * self.body_weight
