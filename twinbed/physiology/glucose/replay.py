"""The twin model of ReplayBG: a minimal model that is fitted to one person's days.

Glucose with insulin action that differs between breakfast, lunch and dinner hours, insulin
under the skin (two compartments behind a delay) and in plasma, and one stomach and gut for
each kind of meal, behind a delay of its own. A meal is of the kind of the hour at which it
begins: breakfast from 4 h, lunch from 11 h, dinner from 17 h on; a further meal of the same
hours is a snack. Basal glucose may swing over the day (two harmonics, none by default).

The patient is at rest at `gb` with the infusion `u2ss` if it does not swing.

*Known limits*: hypoglycaemia treatments have no kind of their own; production of
glucose is not a separate flux; insulin action below zero (too little insulin) raises glucose
in proportion to glucose, without bound.

**References:**

- Cappon et al. (2023), IEEE Trans Biomed Eng 70(11):3227, doi:10.1109/TBME.2023.3286856
- py_replay_bg 1.4 (model_parameters_t1d.py, logpriors_t1d.py), whose fixed values these are
- Schiavon, Dalla Man & Cobelli (2018), IEEE Trans Biomed Eng 65(9):2079, doi:10.1109/TBME.2017.2784101
"""

import dataclasses
from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import AbstractHybridModel, Scalar, Time
from twinbed.core.quantities import param, port, var
from twinbed.physiology.glucose._parts.day import Clock
from twinbed.physiology.glucose._parts.delay import Line, delayed, full, pushed
from twinbed.physiology.glucose._parts.hypoglycaemia import HypoglycaemiaRisk

_REPLAY = "py_replay_bg 1.4"
_INSULIN_STEPS = 16
_MEAL_STEPS = 64


class Gut(eqx.Module):
    """One kind of meal on its way from the mouth to plasma."""

    qsto1: Scalar = var("mg/kg", "carbohydrate in the stomach, solid")
    qsto2: Scalar = var("mg/kg", "carbohydrate in the stomach, liquid")
    qgut: Scalar = var("mg/kg", "carbohydrate in the intestine")
    arriving: Scalar = var("mg/kg/min", "carbohydrate arriving in the stomach")
    line: Line = var("mg/kg/min", "carbohydrate eaten in the last steps, newest first")


class State(eqx.Module):
    """Four kinds of meal, glucose, insulin action, insulin, and the present meal."""

    breakfast: Gut
    lunch: Gut
    dinner: Gut
    snack: Gut
    g: Scalar = var("mg/dL", "plasma glucose")
    ig: Scalar = var("mg/dL", "interstitial glucose")
    x: Scalar = var("1/min", "insulin action on glucose")
    isc1: Scalar = var("m[IU]/L", "insulin in the first subcutaneous compartment, as plasma concentration")
    isc2: Scalar = var("m[IU]/L", "insulin in the second subcutaneous compartment, as plasma concentration")
    ip: Scalar = var("m[IU]/L", "plasma insulin")
    arriving: Scalar = var("m[IU]/L/min", "insulin arriving in the first compartment, as plasma concentration")
    line: Line = var("m[IU]/L/min", "infusion during the last steps, newest first, as plasma concentration")
    eating: Scalar = var("1", "whether the person ate in the last step")
    kind: Scalar = var("1", "kind of the present meal: 0 breakfast, 1 lunch, 2 dinner, 3 snack")
    main: Scalar = var("1", "kind of the last meal that was no snack")
    main_at: Scalar = var("min", "when that meal began")


class Inputs(eqx.Module):
    """What reaches the body."""

    insulin_rate: Scalar = port("insulin_rate")
    carbohydrate: Scalar = port("carbohydrate", rest=0.0)


class Outputs(eqx.Module):
    """What can be measured in the body."""

    plasma_glucose: Scalar = port("plasma_glucose")
    interstitial_glucose: Scalar = port("interstitial_glucose")
    plasma_insulin: Scalar = port("plasma_insulin")


def _si(meal: str) -> Any:
    return param(
        7.14e-4, "L/m[IU]/min", f"insulin sensitivity in {meal} hours", bounds=(1e-5, 0.01),
        source=_REPLAY + ": 10.35e-4 / VG",
    )  # fmt: skip


def _kabs(meal: str) -> Any:
    return param(0.012, "1/min", f"absorption of {meal} from the intestine", bounds=(1e-4, 0.5), source=_REPLAY)


def _beta(meal: str) -> Any:
    return param(0.0, "min", f"delay of {meal}", bounds=(0.0, 60.0), source=_REPLAY)


def _swing(harmonic: str) -> Any:
    return param(
        0.0, "1", f"{harmonic} of the logarithm of basal glucose over the day", bounds=(-1.0, 1.0),
        source="fitted to a person; none in " + _REPLAY,
    )  # fmt: skip


class Replay(AbstractHybridModel[State, Inputs, Outputs]):
    """ReplayBG's model; its fields are the parameters of one twin."""

    seconds_per_time_unit: ClassVar[float] = 60.0
    step_s: float = eqx.field(static=True, default=60.0)

    body_weight: Scalar = param(70.0, "kg", "body weight", bounds=(10.0, 200.0), source="a person's own")
    u2ss: Scalar = param(
        0.2, "m[IU]/kg/min", "basal insulin infusion", bounds=(0.02, 1.0),
        source="a person's own mean basal rate; 0.84 [IU]/h at 70 kg",
    )  # fmt: skip
    sg: Scalar = param(0.025, "1/min", "glucose effectiveness", bounds=(0.001, 0.2), source=_REPLAY)
    gb: Scalar = param(119.13, "mg/dL", "glucose at basal insulin", bounds=(70.0, 180.0), source=_REPLAY)
    p2: Scalar = param(0.012, "1/min", "rate of insulin action", bounds=(0.003, 0.05), source=_REPLAY)
    si_b: Scalar = _si("breakfast")
    si_l: Scalar = _si("lunch")
    si_d: Scalar = _si("dinner")
    vg: Scalar = param(1.45, "dL/kg", "distribution volume of glucose", bounds=(0.8, 3.0), source=_REPLAY)
    alpha: Scalar = param(7.0, "min", "lag of the interstitium", bounds=(1.0, 30.0), source=_REPLAY)
    vi: Scalar = param(0.126, "L/kg", "distribution volume of insulin", bounds=(0.03, 0.4), source=_REPLAY)
    ke: Scalar = param(0.127, "1/min", "elimination of insulin", bounds=(0.02, 0.5), source=_REPLAY)
    kd: Scalar = param(0.026, "1/min", "transfer between the depots", bounds=(0.002, 0.5), source=_REPLAY)
    ka2: Scalar = param(0.014, "1/min", "absorption from the second depot", bounds=(0.002, 0.1), source=_REPLAY)
    tau: Scalar = param(8.0, "min", "delay of subcutaneous insulin", bounds=(0.0, 15.0), source=_REPLAY)
    kempt: Scalar = param(0.18, "1/min", "emptying of the stomach", bounds=(0.01, 1.0), source=_REPLAY)
    kabs_b: Scalar = _kabs("breakfast")
    kabs_l: Scalar = _kabs("lunch")
    kabs_d: Scalar = _kabs("dinner")
    kabs_s: Scalar = _kabs("snacks")
    beta_b: Scalar = _beta("breakfast")
    beta_l: Scalar = _beta("lunch")
    beta_d: Scalar = _beta("dinner")
    beta_s: Scalar = _beta("snacks")
    f: Scalar = param(
        0.9,
        "1",
        "carbohydrate that reaches plasma per carbohydrate counted",
        bounds=(0.3, 2.7),
        source=_REPLAY,
    )
    gb_cos1: Scalar = _swing("24-hour cosine")
    gb_sin1: Scalar = _swing("24-hour sine")
    gb_cos2: Scalar = _swing("12-hour cosine")
    gb_sin2: Scalar = _swing("12-hour sine")
    mg_per_g: Scalar = param(1000.0, "mg/g", "milligrams in a gram", source="definition")
    min_per_h: Scalar = param(60.0, "min/h", "minutes in an hour", source="definition")
    mu_per_iu: Scalar = param(1000.0, "m[IU]/[IU]", "milliunits in a unit", source="definition")
    pmol_per_mu: Scalar = param(6.0, "pmol/m[IU]", "insulin in a milliunit", source="pharmacological convention")

    clock: Clock = eqx.field(default_factory=Clock)
    hypoglycaemia: HypoglycaemiaRisk = eqx.field(default_factory=HypoglycaemiaRisk)

    def basal_rate(self) -> Scalar:
        """Insulin infusion that keeps glucose at `gb`, [IU]/h."""
        return self.u2ss * self.body_weight * self.min_per_h / self.mu_per_iu

    def initial(self) -> State:
        rate = self.u2ss / self.vi
        zero = jnp.zeros_like(rate)
        gut = Gut(zero, zero, zero, zero, full(zero, _MEAL_STEPS))
        return State(
            g=self.gb, ig=self.gb, x=zero,
            isc1=rate / self.kd, isc2=rate / self.ka2, ip=rate / self.ke,
            arriving=rate, line=full(rate, _INSULIN_STEPS),
            eating=zero, kind=zero, main=zero, main_at=-self.clock.day,
            breakfast=gut, lunch=gut, dinner=gut, snack=gut,
        )  # fmt: skip

    def resting(self) -> Inputs:
        return Inputs(insulin_rate=self.basal_rate(), carbohydrate=jnp.zeros_like(self.u2ss))

    def jump(self, t: Time, dt: Time, x: State, u: Inputs) -> State:
        zero, one = jnp.zeros_like(x.eating), jnp.ones_like(x.eating)
        eats = u.carbohydrate > 0.0
        begins = eats & (x.eating < 0.5)
        hour = self.clock.choose(self.clock.time_of_day(t), breakfast=zero, lunch=one, dinner=2.0 * one)
        again = (hour == x.main) & (t - x.main_at < 0.5 * self.clock.day)
        kind = jnp.where(begins, jnp.where(again, 3.0 * one, hour), x.kind)
        eaten = self.mg_per_g * u.carbohydrate / self.body_weight
        share = lambda k: jnp.where(kind == k, eaten, 0.0 * eaten)
        line = pushed(x.line, self._infusion(u))
        return dataclasses.replace(
            x,
            arriving=delayed(line, self.tau, dt),
            line=line,
            eating=jnp.where(eats, one, zero),
            kind=kind,
            main=jnp.where(begins & ~again, hour, x.main),
            main_at=jnp.where(begins & ~again, t, x.main_at),
            breakfast=_swallow(x.breakfast, share(0.0), self.beta_b, dt),
            lunch=_swallow(x.lunch, share(1.0), self.beta_l, dt),
            dinner=_swallow(x.dinner, share(2.0), self.beta_d, dt),
            snack=_swallow(x.snack, share(3.0), self.beta_s, dt),
        )

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        del u
        now = self.clock.time_of_day(t)
        si = self.clock.choose(now, breakfast=self.si_b, lunch=self.si_l, dinner=self.si_d)
        basal = self.u2ss / (self.vi * self.ke)
        appearance = self.f * (
            self.kabs_b * x.breakfast.qgut
            + self.kabs_l * x.lunch.qgut
            + self.kabs_d * x.dinner.qgut
            + self.kabs_s * x.snack.qgut
        )
        angle = 2.0 * jnp.pi * t / self.clock.day
        swing = self.gb_cos1 * jnp.cos(angle) + self.gb_sin1 * jnp.sin(angle)
        swing = swing + self.gb_cos2 * jnp.cos(2.0 * angle) + self.gb_sin2 * jnp.sin(2.0 * angle)
        action = self.hypoglycaemia.action(x.x, x.g, self.gb)
        return State(
            g=appearance / self.vg - self.sg * (x.g - self.gb * jnp.exp(swing)) - action * x.g,
            ig=(x.g - x.ig) / self.alpha,
            x=self.p2 * (si * (x.ip - basal) - x.x),
            isc1=x.arriving - self.kd * x.isc1,
            isc2=self.kd * x.isc1 - self.ka2 * x.isc2,
            ip=self.ka2 * x.isc2 - self.ke * x.ip,
            arriving=jnp.zeros_like(x.arriving),
            line=jnp.zeros_like(x.line),
            eating=jnp.zeros_like(x.eating),
            kind=jnp.zeros_like(x.kind),
            main=jnp.zeros_like(x.main),
            main_at=jnp.zeros_like(x.main_at),
            breakfast=self._gut(x.breakfast, self.kabs_b),
            lunch=self._gut(x.lunch, self.kabs_l),
            dinner=self._gut(x.dinner, self.kabs_d),
            snack=self._gut(x.snack, self.kabs_s),
        )

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        del t, u
        return Outputs(plasma_glucose=x.g, interstitial_glucose=x.ig, plasma_insulin=x.ip * self.pmol_per_mu)

    def _infusion(self, u: Inputs) -> Scalar:
        """Insulin into the skin as plasma concentration, m[IU]/L/min."""
        return self.mu_per_iu / (self.min_per_h * self.body_weight * self.vi) * u.insulin_rate

    def _gut(self, x: Gut, kabs: Scalar) -> Gut:
        return Gut(
            qsto1=x.arriving - self.kempt * x.qsto1,
            qsto2=self.kempt * (x.qsto1 - x.qsto2),
            qgut=self.kempt * x.qsto2 - kabs * x.qgut,
            arriving=jnp.zeros_like(x.arriving),
            line=jnp.zeros_like(x.line),
        )


def _swallow(x: Gut, eaten: Scalar, beta: Scalar, dt: Time) -> Gut:
    line = pushed(x.line, eaten)
    return Gut(x.qsto1, x.qsto2, x.qgut, delayed(line, beta, dt), line)
