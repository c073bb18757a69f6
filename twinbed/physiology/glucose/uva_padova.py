"""The UVA/Padova type 1 diabetes model, from S2008 to S2017.

By default this is S2008: thirteen states (stomach 2, gut, glucose 2, insulin in plasma and
liver, insulin action 3, subcutaneous insulin 2, interstitial glucose) and the size of the
present meal. Parts add what later versions and other papers added; a neutral part adds no
state and no cost:

    UvaPadova(
        subcutaneous=Schiavon(),          # S2017: delayed fast-acting insulin
        hypoglycaemia=HypoglycaemiaRisk(),  # S2013: insulin works harder at low glucose
        glucagon=Glucagon(),              # S2013: infused glucagon, counterregulation
        sensitivity=IntradaySensitivity(),  # S2017: breakfast, lunch, dinner
        dawn=Dawn(),                      # S2017: the liver in the early morning
        exercise=HeartRateExercise(),     # Dalla Man 2009
        food=MixedMeal(),                 # fat and protein
    )

A patient is the free numbers; what follows from them in the basal state is `derived`. A meal
begins when eating restarts after a step without food; the stomach empties by the share of
the meal it still holds, D = stomach at the begin + eaten since.

*Known limits*: no ceiling on glucose and, in S2008, little resistance to hypoglycaemia; one
meal at a time is what the stomach was validated for; insulin action below basal may turn
utilisation negative when insulin is missing for long.

**References:**

- Kovatchev et al. (2009), J Diabetes Sci Technol 3(1):44, doi:10.1177/193229680900300106
- Dalla Man, Rizza & Cobelli (2007), IEEE Trans Biomed Eng 54(10):1740, doi:10.1109/TBME.2007.893506
- Dalla Man, Camilleri & Cobelli (2006), IEEE Trans Biomed Eng 53(12):2472, doi:10.1109/TBME.2006.883792
- Dalla Man et al. (2014), J Diabetes Sci Technol 8(1):26, doi:10.1177/1932296813514502
- Visentin et al. (2018), J Diabetes Sci Technol 12(2):273, doi:10.1177/1932296818757747
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import AbstractHybridModel, Scalar, Time
from twinbed.core.quantities import param, port, var
from twinbed.physiology.glucose._parts.day import (
    AbstractDawn,
    AbstractSensitivity,
    ConstantSensitivity,
    NoDawn,
)
from twinbed.physiology.glucose._parts.exercise import AbstractUptakeExercise, NoExercise
from twinbed.physiology.glucose._parts.food import AbstractFood, CarbohydrateOnly
from twinbed.physiology.glucose._parts.glucagon import AbstractGlucagon, Around, NoGlucagon
from twinbed.physiology.glucose._parts.hypoglycaemia import AbstractHypoglycaemia, NoHypoglycaemiaRisk
from twinbed.physiology.glucose._parts.subcutaneous import AbstractSubcutaneous, TwoCompartment

_MEAL = "Dalla Man 2007 (checked in LoopInsighT1 2.1 and BioModels BIOMD0000000379)"
_GASTRIC = "Dalla Man 2006, type 1 diabetes (as in LoopInsighT1 2.1)"
_ADULTS = "rounded mean of the ten public S2008 adults (simglucose 0.2.11)"


class State(eqx.Module):
    """The states of the parts; carbohydrate, glucose and insulin; the present meal."""

    depot: eqx.Module
    glucagon: eqx.Module
    exercise: eqx.Module
    food: eqx.Module
    q_sto1: Scalar = var("mg", "carbohydrate in the stomach, solid")
    q_sto2: Scalar = var("mg", "carbohydrate in the stomach, liquid")
    q_gut: Scalar = var("mg", "carbohydrate in the intestine")
    gp: Scalar = var("mg/kg", "glucose in plasma and fast tissue")
    gt: Scalar = var("mg/kg", "glucose in slow tissue")
    ip: Scalar = var("pmol/kg", "insulin in plasma")
    action: Scalar = var("pmol/L", "insulin above basal acting on utilisation")
    i1: Scalar = var("pmol/L", "delayed insulin, first")
    xl: Scalar = var("pmol/L", "delayed insulin acting on the liver")
    il: Scalar = var("pmol/kg", "insulin in the liver")
    gs: Scalar = var("mg/kg", "glucose in the interstitium")
    meal_size: Scalar = var("mg", "stomach when the meal began, and what was eaten since")
    eating: Scalar = var("1", "whether the person ate in the last step")


class Inputs(eqx.Module):
    """What reaches the body."""

    insulin_rate: Scalar = port("insulin_rate")
    carbohydrate: Scalar = port("carbohydrate", rest=0.0)
    fat: Scalar = port("fat", rest=0.0)
    protein: Scalar = port("protein", rest=0.0)
    glucagon_rate: Scalar = port("glucagon_rate", rest=0.0)
    exercise_intensity: Scalar = port("exercise_intensity", rest=0.0)
    heart_rate: Scalar = port("heart_rate", rest=0.0)


class Outputs(eqx.Module):
    """What can be measured in the body."""

    plasma_glucose: Scalar = port("plasma_glucose")
    interstitial_glucose: Scalar = port("interstitial_glucose")
    plasma_insulin: Scalar = port("plasma_insulin")


class Derived(eqx.Module):
    """What follows from the free numbers when the patient is in the basal state."""

    gpb: Scalar = var("mg/kg", "basal glucose in plasma")
    gtb: Scalar = var("mg/kg", "basal glucose in slow tissue")
    ipb: Scalar = var("pmol/kg", "basal insulin in plasma")
    ilb: Scalar = var("pmol/kg", "basal insulin in the liver")
    m2: Scalar = var("1/min", "insulin from plasma to liver")
    m4: Scalar = var("1/min", "peripheral degradation of insulin")
    m30: Scalar = var("1/min", "hepatic degradation of insulin")
    kp1: Scalar = var("mg/kg/min", "production at zero glucose and insulin")
    vm0: Scalar = var("mg/kg/min", "maximal uptake at basal insulin")
    u2ss: Scalar = var("pmol/kg/min", "insulin infusion that keeps the basal state")


class UvaPadova(AbstractHybridModel[State, Inputs, Outputs]):
    """The UVA/Padova model; its fields are the parameters and parts of one patient."""

    seconds_per_time_unit: ClassVar[float] = 60.0
    step_s: float = eqx.field(static=True, default=60.0)

    body_weight: Scalar = param(78.0, "kg", "body weight", bounds=(10.0, 200.0), source=_MEAL)
    gb: Scalar = param(
        140.0,
        "mg/dL",
        "glucose at basal insulin",
        bounds=(80.0, 250.0),
        source="mean of S2008, Dalla Man 2014",
    )
    ib: Scalar = param(108.0, "pmol/L", "basal plasma insulin", bounds=(20.0, 400.0), source=_ADULTS)
    egpb: Scalar = param(2.5, "mg/kg/min", "basal glucose production", bounds=(1.2, 6.0), source=_ADULTS)
    kabs: Scalar = param(0.057, "1/min", "absorption from the intestine", bounds=(0.005, 2.0), source=_MEAL)
    kmax: Scalar = param(
        0.0558,
        "1/min",
        "grinding, and emptying of a full or empty stomach",
        bounds=(0.005, 0.2),
        source=_MEAL,
    )
    kmin: Scalar = param(0.008, "1/min", "slowest emptying", bounds=(0.001, 0.05), source=_MEAL)
    b: Scalar = param(
        0.69, "1", "share of the meal at which emptying is halfway down", bounds=(0.4, 0.99), source=_GASTRIC
    )
    d: Scalar = param(
        0.17, "1", "share of the meal at which emptying is halfway up", bounds=(0.005, 0.5), source=_GASTRIC
    )
    f: Scalar = param(0.9, "1", "share of carbohydrate that reaches plasma", bounds=(0.5, 1.0), source=_MEAL)
    vg: Scalar = param(1.88, "dL/kg", "distribution volume of glucose", bounds=(1.0, 3.0), source=_MEAL)
    vi: Scalar = param(0.05, "L/kg", "distribution volume of insulin", bounds=(0.02, 0.2), source=_MEAL)
    vmx: Scalar = param(0.047, "mg.L/kg/min/pmol", "gain of insulin on uptake", bounds=(0.002, 0.4), source=_MEAL)
    km0: Scalar = param(225.59, "mg/kg", "tissue glucose at half uptake", bounds=(50.0, 600.0), source=_MEAL)
    k1: Scalar = param(0.065, "1/min", "glucose from fast to slow tissue", bounds=(0.005, 0.3), source=_MEAL)
    k2: Scalar = param(0.079, "1/min", "glucose from slow to fast tissue", bounds=(0.01, 0.6), source=_MEAL)
    p2u: Scalar = param(0.0331, "1/min", "rate of insulin action on uptake", bounds=(0.005, 0.2), source=_MEAL)
    m1: Scalar = param(0.19, "1/min", "insulin from liver to plasma", bounds=(0.03, 1.0), source=_MEAL)
    heb: Scalar = param(0.6, "1", "basal hepatic extraction of insulin", bounds=(0.2, 0.9), source=_MEAL)
    cl: Scalar = param(1.16, "L/min", "clearance of insulin", bounds=(0.1, 4.0), source=_ADULTS)
    ki: Scalar = param(0.0079, "1/min", "rate of insulin action on the liver", bounds=(0.001, 0.08), source=_MEAL)
    kp2: Scalar = param(0.0021, "1/min", "effect of glucose on the liver", bounds=(0.0002, 0.05), source=_MEAL)
    kp3: Scalar = param(
        0.009, "mg.L/kg/min/pmol", "effect of insulin on the liver", bounds=(0.0005, 0.06), source=_MEAL
    )
    fsnc: Scalar = param(1.0, "mg/kg/min", "uptake of brain and erythrocytes", bounds=(0.2, 2.0), source=_MEAL)
    ke1: Scalar = param(0.0005, "1/min", "renal clearance rate", bounds=(0.0, 0.01), source=_MEAL)
    ke2: Scalar = param(339.0, "mg/kg", "renal threshold", bounds=(200.0, 700.0), source=_MEAL)
    ksc: Scalar = param(
        0.1,
        "1/min",
        "glucose from plasma to interstitium",
        bounds=(0.03, 0.5),
        source="Dalla Man 2007, GIM: 10 min",
    )
    hepatic_share: Scalar = param(
        0.6,
        "1",
        "share of insulin clearance in the liver",
        source="S2008 (checked against all 30 public subjects)",
    )
    mg_per_g: Scalar = param(1000.0, "mg/g", "milligrams in a gram", source="definition")
    min_per_h: Scalar = param(60.0, "min/h", "minutes in an hour", source="definition")
    pmol_per_iu: Scalar = param(6000.0, "pmol/[IU]", "insulin in an international unit", source="convention of S2008")

    subcutaneous: AbstractSubcutaneous = eqx.field(default_factory=TwoCompartment)
    hypoglycaemia: AbstractHypoglycaemia = eqx.field(default_factory=NoHypoglycaemiaRisk)
    glucagon: AbstractGlucagon = eqx.field(default_factory=NoGlucagon)
    sensitivity: AbstractSensitivity = eqx.field(default_factory=ConstantSensitivity)
    dawn: AbstractDawn = eqx.field(default_factory=NoDawn)
    exercise: AbstractUptakeExercise = eqx.field(default_factory=NoExercise)
    food: AbstractFood = eqx.field(default_factory=CarbohydrateOnly)

    def derived(self) -> Derived:
        """The basal state, by the relations that every S2008 subject satisfies."""
        gpb, ipb = self.gb * self.vg, self.ib * self.vi
        per_volume = self.cl / (self.vi * self.body_weight)
        m2 = self.hepatic_share * per_volume / self.heb
        m4 = (1.0 - self.hepatic_share) * per_volume
        m30 = self.heb * self.m1 / (1.0 - self.heb)
        ilb = ipb * m2 / (self.m1 + m30)
        gtb = (self.fsnc - self.egpb + self.k1 * gpb) / self.k2
        return Derived(
            gpb=gpb,
            gtb=gtb,
            ipb=ipb,
            ilb=ilb,
            m2=m2,
            m4=m4,
            m30=m30,
            kp1=self.egpb + self.kp2 * gpb + self.kp3 * self.ib,
            vm0=(self.egpb - self.fsnc) * (self.km0 + gtb) / gtb,
            u2ss=m4 * ipb + m30 * ilb,
        )

    def basal_rate(self) -> Scalar:
        """Insulin infusion that keeps glucose at `gb`, [IU]/h."""
        return self.derived().u2ss * self.body_weight * self.min_per_h / self.pmol_per_iu

    def basal_rate_at(self, t: Time) -> Scalar:
        """The infusion that would keep glucose at `gb` if the hour `t` lasted for ever, [IU]/h.

        The basal profile of a patient with a day rhythm, after Visentin (2018).
        """
        r = self.derived()
        gain = self.sensitivity.scaled(t, jnp.ones_like(self.gb))
        kir = self.dawn.utilisation(t, jnp.ones_like(self.gb))
        kp3, vmx = gain * self.kp3, gain * kir * self.vmx
        net = self.dawn.production(t, r.kp1) - self.kp2 * r.gpb - self.fsnc - self._excretion(r.gpb)
        # With insulin i: uptake (v0 + vmx i) gt = (net - kp3 i) (km0 + gt), gt = g0 + g1 i.
        g0, g1 = (self.k1 * r.gpb - net) / self.k2, kp3 / self.k2
        v0 = kir * r.vm0 - vmx * self.ib
        square = g1 * (vmx + kp3)
        linear = v0 * g1 + vmx * g0 - net * g1 + kp3 * (self.km0 + g0)
        constant = v0 * g0 - net * (self.km0 + g0)
        insulin = (jnp.sqrt(linear * linear - 4.0 * square * constant) - linear) / (2.0 * square)
        return self.basal_rate() * jnp.maximum(insulin, 0.0) / self.ib

    def initial(self) -> State:
        r = self.derived()
        zero = jnp.zeros_like(r.gpb)
        return State(
            q_sto1=zero, q_sto2=zero, q_gut=zero,
            gp=r.gpb, gt=r.gtb, ip=r.ipb,
            action=zero, i1=self.ib, xl=self.ib, il=r.ilb,
            gs=r.gpb,
            meal_size=zero, eating=zero,
            depot=self.subcutaneous.initial(r.u2ss),
            glucagon=self.glucagon.initial(),
            exercise=self.exercise.initial(),
            food=self.food.initial(),
        )  # fmt: skip

    def resting(self) -> Inputs:
        zero = jnp.zeros_like(self.gb)
        return Inputs(
            insulin_rate=self.basal_rate(), carbohydrate=zero, fat=zero, protein=zero,
            glucagon_rate=zero, exercise_intensity=zero, heart_rate=zero,
        )  # fmt: skip

    def jump(self, t: Time, dt: Time, x: State, u: Inputs) -> State:
        del t
        eats = u.carbohydrate > 0.0
        starts = eats & (x.eating < 0.5)
        before = jnp.where(starts, x.q_sto1 + x.q_sto2, x.meal_size)
        changed = (
            before + self.mg_per_g * u.carbohydrate * dt,
            jnp.where(eats, jnp.ones_like(x.eating), jnp.zeros_like(x.eating)),
            self.subcutaneous.jump(dt, x.depot, self._infusion(u)),
            self.exercise.jump(x.exercise),
            self.food.jump(dt, x.food, u.fat, starts),
        )
        where = lambda s: (s.meal_size, s.eating, s.depot, s.exercise, s.food)
        return eqx.tree_at(where, x, changed)

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        r = self.derived()
        glucose, insulin = x.gp / self.vg, x.ip / self.vi
        grinding, emptying = self._stomach(x)
        absorbed = self.kabs * x.q_gut
        appearance = self.f / self.body_weight * self.food.appearance(x.food, absorbed, self.mg_per_g)
        production = self._production(t, x, r)
        exchange = self.k1 * x.gp - self.k2 * x.gt
        gp = production + appearance - self.fsnc - self._excretion(x.gp) - exchange
        gp = jnp.where(x.gp > 0.0, gp, jnp.maximum(gp, 0.0))
        around = Around(glucose, self.gb, gp / self.vg, insulin, self.body_weight)
        return State(
            q_sto1=self.mg_per_g * u.carbohydrate - grinding * x.q_sto1,
            q_sto2=grinding * x.q_sto1 - emptying * x.q_sto2,
            q_gut=emptying * x.q_sto2 - absorbed,
            gp=gp,
            gt=exchange - self._uptake(t, x, glucose, r),
            ip=self.m1 * x.il - (r.m2 + r.m4) * x.ip + self.subcutaneous.appearance(x.depot),
            action=self.p2u * (insulin - self.ib - x.action),
            i1=self.ki * (insulin - x.i1),
            xl=self.ki * (x.i1 - x.xl),
            il=r.m2 * x.ip - (self.m1 + r.m30) * x.il,
            gs=self.ksc * (x.gp - x.gs),
            meal_size=jnp.zeros_like(x.meal_size),
            eating=jnp.zeros_like(x.eating),
            depot=self.subcutaneous.rhs(x.depot, self._infusion(u)),
            glucagon=self.glucagon.rhs(x.glucagon, around, u.glucagon_rate),
            exercise=self.exercise.rhs(x.exercise, u.heart_rate, u.exercise_intensity),
            food=self.food.rhs(x.food, u.protein),
        )

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        del t, u
        return Outputs(
            plasma_glucose=x.gp / self.vg,
            interstitial_glucose=x.gs / self.vg,
            plasma_insulin=x.ip / self.vi,
        )

    def _infusion(self, u: Inputs) -> Scalar:
        """Insulin into the skin, pmol/kg/min."""
        return self.pmol_per_iu / (self.min_per_h * self.body_weight) * u.insulin_rate

    def _stomach(self, x: State) -> tuple[Scalar, Scalar]:
        """Rates of grinding and of emptying, 1/min."""
        fasting = x.meal_size <= 0.0
        share = (x.q_sto1 + x.q_sto2) / jnp.where(fasting, jnp.ones_like(x.meal_size), x.meal_size)
        down = jnp.tanh(2.5 / (1.0 - self.b) * (share - self.b))
        up = jnp.tanh(2.5 / self.d * (share - self.d))
        emptying = self.kmin + 0.5 * (self.kmax - self.kmin) * (down - up + 2.0)
        emptying = jnp.where(fasting, self.kmax, emptying)
        return self.food.emptying(x.food, self.kmax), self.food.emptying(x.food, emptying)

    def _excretion(self, gp: Scalar) -> Scalar:
        """Glucose lost through the kidneys, mg/kg/min."""
        return self.ke1 * jnp.maximum(gp - self.ke2, 0.0)

    def _production(self, t: Time, x: State, r: Derived) -> Scalar:
        """Endogenous glucose production, mg/kg/min; never negative."""
        kp3 = self.food.sensitivity(x.food, self.sensitivity.scaled(t, self.kp3))
        production = self.dawn.production(t, r.kp1) - self.kp2 * x.gp - kp3 * x.xl
        return jnp.maximum(self.glucagon.production(x.glucagon, production), 0.0)

    def _uptake(self, t: Time, x: State, glucose: Scalar, r: Derived) -> Scalar:
        """Insulin-dependent utilisation, mg/kg/min."""
        vmx = self.food.sensitivity(x.food, self.sensitivity.scaled(t, self.vmx))
        action = self.exercise.action(x.exercise, x.action, self.ib)
        action = self.hypoglycaemia.action(action, glucose, self.gb)
        km0 = self.exercise.half_saturation(x.exercise, self.km0, x.action + self.ib)
        maximal = self.exercise.uptake(x.exercise, r.vm0) + vmx * action
        return self.dawn.utilisation(t, maximal * x.gt / (km0 + x.gt))
