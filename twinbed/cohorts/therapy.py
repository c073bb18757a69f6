"""Therapy settings of a virtual patient, found by experiments on that patient.

The basal rate is what holds the patient at rest. The carbohydrate ratio is titrated: a meal
of 50 g is eaten at rest, and the largest bolus is sought after which glucose, in the eight
hours that follow, does not fall below 85 % of where it started. The correction factor is
the greatest fall, per unit, that half of that bolus causes when it is given two hours into
the same meal left without a bolus, when glucose is high. The total daily dose is the basal
dose of a day and the bolus dose of the carbohydrate eaten in a day.

The experiments follow the idea of the 2013 version of the UVA/Padova simulator, whose ratio
keeps glucose between 85 and 110 % of its start three hours after a meal; looking at the
lowest value instead also guards slow absorbers against a late low.

Known limits: one ratio for the whole day; no fat, protein or exercise; the ratio of a
patient with fast insulin and a slow meal is bounded by the early dip; the experiments take
steps of two minutes, which puts the ratio off by up to half a percent.

**References:**

- Dalla Man et al. (2014), J Diabetes Sci Technol 8(1), doi:10.1177/1932296813514502
- Walsh, Roberts & Bailey (2010), J Diabetes Sci Technol 4(5), doi:10.1177/193229681000400516
"""

import dataclasses
import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from twinbed.core.model import AbstractModel
from twinbed.core.quantities import ports, var
from twinbed.engine.integrate import advance

Scalar = Float[Array, ""]
Trace = Float[Array, " step"]
Numbers = Float[Array, "*n"] | Float[np.ndarray, "*n"]

MEAL_G = 50.0
MEAL_MIN = 10.0
LOWEST_SHARE = 0.85
CORRECTION_AT_MIN = 120.0
CORRECTION_SHARE = 0.5
WATCH_MIN = 480.0
CARBOHYDRATE_RATIO_BOUNDS = (1.5, 100.0)
CARBOHYDRATE_RULE = 500.0
CORRECTION_RULE = 1800.0
MIN_PER_H = 60.0
H_PER_D = 24.0
S_PER_MIN = 60.0

_NOON_S = 12 * 3600.0
_STEP_S = 120.0
_HALVINGS = 8


class Therapy(eqx.Module):
    """Settings of a person's insulin therapy; a cohort's have a leading axis."""

    basal_rate: Float[Array, "*patient"] = var("[IU]/h", "basal rate that holds glucose at rest")
    carbohydrate_ratio: Float[Array, "*patient"] = var("g/[IU]", "carbohydrate covered by a unit")
    correction_factor: Float[Array, "*patient"] = var("mg/dL/[IU]", "fall of glucose by a unit")
    total_daily_insulin: Float[Array, "*patient"] = var("[IU]/d", "basal and meal insulin of a day")
    body_weight: Float[Array, "*patient"] = var("kg", "body weight")


class Response(eqx.Module):
    """What the experiments of a titration showed."""

    rest_glucose: Scalar = var("mg/dL", "glucose before the meal")
    uncovered_rise: Scalar = var("mg/dL", "rise by 50 g of carbohydrate without a bolus")
    covered_rise: Scalar = var("mg/dL", "rise by 50 g of carbohydrate with the bolus")
    covered_lowest: Scalar = var("mg/dL", "lowest glucose in 8 h after the meal with the bolus")
    covered_return: Scalar = var("1", "glucose 8 h after the meal with the bolus, over glucose before")
    effect_peak_min: Scalar = var("min", "time from a bolus to its greatest fall of glucose")
    drift: Scalar = var("mg/dL", "greatest departure from rest in 8 h of basal insulin")


def rule_of_thumb(total_daily_insulin: Numbers) -> tuple[Numbers, Numbers]:
    """Carbohydrate ratio (500 rule) and correction factor (1800 rule) of a daily dose."""
    return CARBOHYDRATE_RULE / total_daily_insulin, CORRECTION_RULE / total_daily_insulin


def signal_of(ported: eqx.Module, signal: str) -> Scalar:
    """The value of one signal among inputs or outputs."""
    return getattr(ported, next(name for name, port in ports(type(ported)).items() if port.signal == signal))


def with_signals(ported: eqx.Module, changed: dict[str, Scalar]) -> eqx.Module:
    """The same inputs with other values for some signals."""
    names = {port.signal: name for name, port in ports(type(ported)).items()}
    where = lambda u: [getattr(u, names[signal]) for signal in changed]
    return eqx.tree_at(where, ported, list(changed.values()))


class Experiment(eqx.Module):
    """A meal and a bolus. Insulin is given within one step, the meal in ten minutes."""

    meal_g: Scalar
    bolus: Scalar
    bolus_at_min: Scalar


def glucose_after(model: AbstractModel, experiment: Experiment) -> Trace:
    """Plasma glucose of a patient at rest, after every step of a watch of eight hours."""
    resting, start = model.resting(), model.initial()
    basal_rate = signal_of(resting, "insulin_rate")
    step_min = model.step_s / S_PER_MIN

    def step(x: eqx.Module, k: Array) -> tuple[eqx.Module, Scalar]:
        at_min = k.astype(basal_rate.dtype) * step_min
        eats = at_min < MEAL_MIN - step_min / 2.0
        injects = jnp.abs(at_min - experiment.bolus_at_min) < step_min / 2.0
        given = {
            "insulin_rate": basal_rate + jnp.where(injects, experiment.bolus * MIN_PER_H / step_min, 0.0),
            "carbohydrate": jnp.where(eats, experiment.meal_g / MEAL_MIN, 0.0),
        }
        u = with_signals(resting, given)
        t_s = _NOON_S + at_min * S_PER_MIN
        x = advance(model, t_s, x, u, 1)
        after = model.outputs((t_s + model.step_s) / model.seconds_per_time_unit, x, u)
        return x, signal_of(after, "plasma_glucose")

    return jax.lax.scan(step, start, jnp.arange(round(WATCH_MIN / step_min)))[1]


class Bracket(eqx.Module):
    """Logarithms of a bolus that is too small and of one that is too large, and what they leave.

    `spare_*` is the lowest glucose they lead to above the lowest that is wanted.
    """

    small: Scalar
    large: Scalar
    spare_small: Scalar
    spare_large: Scalar

    def middle(self) -> Scalar:
        """The bolus to try next."""
        return jnp.exp((self.small + self.large) / 2.0)

    def narrowed(self, spare: Scalar) -> "Bracket":
        """The half that holds the answer, once the middle bolus has left `spare`."""
        middle, enough = (self.small + self.large) / 2.0, spare >= 0.0
        return Bracket(
            small=jnp.where(enough, middle, self.small),
            large=jnp.where(enough, self.large, middle),
            spare_small=jnp.where(enough, spare, self.spare_small),
            spare_large=jnp.where(enough, self.spare_large, spare),
        )

    def answer(self) -> Scalar:
        """The bolus that leaves nothing to spare, on a straight line between the ends."""
        share = self.spare_small / (self.spare_small - self.spare_large)
        return jnp.exp(self.small + share * (self.large - self.small))


class Experiments(eqx.Module):
    """What is eaten and injected, as shares, one experiment after the other."""

    meal: Float[Array, " experiment"]
    bolus: Float[Array, " experiment"]
    late: Float[Array, " experiment"]
    narrows: Float[Array, " experiment"]


def _experiments(dtype: jnp.dtype) -> Experiments:
    """The halvings, then the meal with its bolus, with a late correction, without, and nothing."""
    rows = [(1.0, 1.0, 0.0, 1.0)] * _HALVINGS
    rows += [(1.0, 1.0, 0.0, 0.0), (1.0, CORRECTION_SHARE, 1.0, 0.0), (1.0, 0.0, 0.0, 0.0), (0.0,) * 4]
    return Experiments(*jnp.asarray(rows, dtype).T)


def titrate(model: AbstractModel, body_weight: Scalar, carbohydrate_g_per_d: Scalar) -> tuple[Therapy, Response]:
    """The therapy of one patient, and what the experiments showed. Map it over a cohort.

    Args:
        model: the patient.
        body_weight: in kilograms.
        carbohydrate_g_per_d: what the person eats in a day.
    """
    model = dataclasses.replace(model, step_s=max(model.step_s, _STEP_S))
    resting = model.resting()
    basal_rate = signal_of(resting, "insulin_rate")
    noon = jnp.asarray(_NOON_S / model.seconds_per_time_unit, basal_rate.dtype)
    rest = signal_of(model.outputs(noon, model.initial(), resting), "plasma_glucose")
    lowest = LOWEST_SHARE * rest
    large, small = (jnp.full_like(rest, math.log(MEAL_G / r)) for r in CARBOHYDRATE_RATIO_BOUNDS)

    def one(bracket: Bracket, share: Experiments) -> tuple[Bracket, Trace]:
        bolus = share.bolus * jnp.where(share.narrows > 0.0, bracket.middle(), bracket.answer())
        trace = glucose_after(model, Experiment(share.meal * MEAL_G, bolus, share.late * CORRECTION_AT_MIN))
        narrowed = bracket.narrowed(jnp.min(trace) - lowest)
        return jax.tree.map(lambda a, b: jnp.where(share.narrows > 0.0, a, b), narrowed, bracket), trace

    start = Bracket(small, large, rest - lowest, lowest - rest)
    bracket, traces = jax.lax.scan(one, start, _experiments(rest.dtype))
    covered, corrected, uncovered, still = traces[-4:]
    ratio, fall = MEAL_G / bracket.answer(), uncovered - corrected
    step_min = model.step_s / S_PER_MIN
    therapy = Therapy(
        basal_rate=basal_rate,
        carbohydrate_ratio=ratio,
        correction_factor=jnp.max(fall) / (CORRECTION_SHARE * bracket.answer()),
        total_daily_insulin=H_PER_D * basal_rate + carbohydrate_g_per_d / ratio,
        body_weight=body_weight,
    )
    response = Response(
        rest_glucose=rest,
        uncovered_rise=jnp.max(uncovered) - rest,
        covered_rise=jnp.max(covered) - rest,
        covered_lowest=jnp.min(covered),
        covered_return=covered[-1] / rest,
        effect_peak_min=(jnp.argmax(fall) + 1).astype(rest.dtype) * step_min - CORRECTION_AT_MIN,
        drift=jnp.max(jnp.abs(still - rest)),
    )
    return therapy, response
