r"""Predicted glucose as oref0 0.7 draws it: with insulin alone, with carbohydrate, with an unannounced meal.

Four curves start at the present glucose and run for four hours:

- insulin: activity to come, and the present deviation fading out over an hour;
- carbohydrate: activity to come, the present deviation as absorption that fades out until the
  carbohydrate on board is gone, and what it leaves absorbed in a triangle over `remaining` hours;
- unannounced meal: activity to come, and the present deviation fading over three hours or as fast as
  deviations have been falling;
- zero temp: activity to come if basal insulin stopped now.

The sums over 5-min steps are taken in closed form and looked at every half hour.

*Known limits*: no rounding to whole mg/dL; lowest and highest values can be missed between two points.

**References:**

- openaps/oref0, lib/determine-basal/determine-basal.js (0.7.x, read at 69d76737)
- Lewis, Leibrand & OpenAPS (2016), J Diabetes Sci Technol 10(6), doi:10.1177/1932296816665635
"""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import var
from twinbed.devices.software._insulin_action import ActionStep, OnBoard, after, left_after, nothing_on_board

POINT_MIN = 30.0
_STEPS_PER_POINT = 6.0
_POINTS = 8
_STEPS_PER_HOUR = 12.0
_FADE_STEPS = 12.0  # a deviation fades out over an hour
_MEAL_FADE_STEPS = 36.0  # of an unannounced meal over three
_INSULIN_FROM, _MEAL_FROM = 18.0, 12.0  # least values count from 90 min, for unannounced meals from 60
_UNSET = 999.0  # mg/dL, above all that is predicted
_ABSORBED_G_PER_H = 30.0
_ASSUMED_G_PER_H = 20.0
_LEAST_HOURS = 3.0
_LATER_BY = 1.5  # hours of absorption more for each hour since the last carbohydrate
_REMAINING_CAP_G = 90.0
_FLOOR = 39.0  # mg/dL


class Meal(eqx.Module):
    """Carbohydrate that the software knows of."""

    on_board: Scalar = var("g", "not yet absorbed")
    announced: Scalar = var("g", "announced in the last six hours")
    age: Scalar = var("min", "time since the last announcement")


class Deviation(eqx.Module):
    """By how much glucose moves otherwise than insulin explains, in mg/dL in 5 min."""

    now: Scalar = var("mg/dL", "the lesser of the last and the 15-min change, less what insulin does")
    slope: Scalar = var("mg/dL", "how fast it falls off in 5 min; not positive")


class Curves(eqx.Module):
    """What is read off the predicted curves, in mg/dL."""

    absorbing: Scalar = var("1", "whether the carbohydrate curve means anything")
    last_insulin: Scalar = var("mg/dL", "insulin curve after 4 h")
    last_carbohydrate: Scalar = var("mg/dL", "carbohydrate curve after 4 h")
    last_meal: Scalar = var("mg/dL", "unannounced-meal curve after 4 h")
    least_insulin: Scalar = var("mg/dL", "insulin curve from 90 min on, at least")
    least_carbohydrate: Scalar = var("mg/dL", "carbohydrate curve from 90 min on, at least")
    least_meal: Scalar = var("mg/dL", "unannounced-meal curve from 60 min on, at least")
    guard_carbohydrate: Scalar = var("mg/dL", "carbohydrate curve from now on, at least")
    guard_meal: Scalar = var("mg/dL", "unannounced-meal curve from now on, at least")
    guard_zero: Scalar = var("mg/dL", "zero-temp curve from now on, at least")
    most_carbohydrate: Scalar = var("mg/dL", "carbohydrate curve from now on, at most")


class Absorption(eqx.Module):
    """How carbohydrate on board is expected to raise glucose."""

    impact: Scalar = var("mg/dL", "present rise in 5 min")
    steps: Scalar = var("1", "5-min steps over which it fades out")
    peak: Scalar = var("mg/dL", "rise in 5 min at the top of the triangle")
    triangle: Scalar = var("1", "5-min steps of the triangle")


def absorption(meal: Meal, deviation: Deviation, rise_per_g: Scalar) -> Absorption:
    """Splits carbohydrate on board into what the present deviation absorbs and a triangle."""
    impact = jnp.minimum(deviation.now, _ABSORBED_G_PER_H * rise_per_g / _STEPS_PER_HOUR)
    hours = jnp.maximum(_LEAST_HOURS, meal.on_board / _ASSUMED_G_PER_H) + _LATER_BY * meal.age / 60.0
    hours = jnp.where(meal.announced > 0.0, hours, _LEAST_HOURS)
    rising = jnp.maximum(impact, 0.0)
    taken = rising * _STEPS_PER_HOUR * hours / 2.0 / rise_per_g
    remaining = jnp.clip(meal.on_board - taken, 0.0, _REMAINING_CAP_G)
    enough = meal.on_board * rise_per_g / jnp.where(rising > 0.0, rising, 1.0)
    length = jnp.where(rising > 0.0, jnp.minimum(hours * _STEPS_PER_HOUR / 2.0, enough), 0.0)
    return Absorption(
        impact=impact,
        steps=jnp.maximum(2.0 * length, 1.0),
        peak=remaining * rise_per_g / (_STEPS_PER_HOUR * hours / 2.0),
        triangle=hours * _STEPS_PER_HOUR,
    )


def _faded(n: Scalar, over: Scalar | float) -> Scalar:
    """Sum of 1 - j/over over the steps j = 1 to n, where n is not more than `over`."""
    return n - n * (n + 1.0) / (2.0 * over)


def _eaten_rise(steps: Scalar, eaten: Absorption, impact: Scalar) -> Scalar:
    """Rise by known carbohydrate: what fades out, and the steps under the triangle so far."""
    fading = impact * _faded(jnp.minimum(steps, eaten.steps), eaten.steps)
    early = jnp.minimum(steps, eaten.triangle / 2.0)
    late = jnp.clip(steps - eaten.triangle / 2.0, 0.0, eaten.triangle / 2.0)
    area = late + (early * (early + 1.0) - late * (late + 1.0)) / eaten.triangle
    return fading + eaten.peak * area


class _Walk(eqx.Module):
    """Where the walk along the curves has got to."""

    steps: Scalar
    left: OnBoard
    without: OnBoard
    found: Curves


def _unseen(glucose: Scalar, carbohydrate: Absorption) -> Curves:
    """The curves before their first point."""
    unset = jnp.full_like(glucose, _UNSET)
    return Curves(
        absorbing=((carbohydrate.steps > 1.0) | (carbohydrate.peak > 0.0)).astype(glucose.dtype),
        last_insulin=glucose,
        last_carbohydrate=glucose,
        last_meal=glucose,
        least_insulin=unset,
        least_carbohydrate=unset,
        least_meal=unset,
        guard_carbohydrate=glucose,
        guard_meal=glucose,
        guard_zero=glucose,
        most_carbohydrate=glucose,
    )


def _walked(x: _Walk, values: tuple[Scalar, Scalar, Scalar, Scalar]) -> Curves:
    """The extremes with one more point of each curve."""
    insulin, eaten, meal, zero = values
    least = lambda old, new, start: jnp.where(x.steps >= start, jnp.minimum(old, new), old)
    c = x.found
    return Curves(
        absorbing=c.absorbing,
        last_insulin=insulin,
        last_carbohydrate=eaten,
        last_meal=meal,
        least_insulin=least(c.least_insulin, insulin, _INSULIN_FROM),
        least_carbohydrate=least(c.least_carbohydrate, eaten, _INSULIN_FROM),
        least_meal=least(c.least_meal, meal, _MEAL_FROM),
        guard_carbohydrate=jnp.minimum(c.guard_carbohydrate, eaten),
        guard_meal=jnp.minimum(c.guard_meal, meal),
        guard_zero=jnp.minimum(c.guard_zero, zero),
        most_carbohydrate=jnp.maximum(c.most_carbohydrate, eaten),
    )


def curves(
    glucose: Scalar,
    on_board: OnBoard,
    action: ActionStep,
    deviation: Deviation,
    carbohydrate: Absorption,
    *,
    correction_factor: Scalar,
    basal_rate: Scalar,
) -> Curves:
    """The four curves. `action` is the step of half an hour."""
    withheld = -basal_rate * (POINT_MIN / 60.0)
    rising, falling = jnp.maximum(carbohydrate.impact, 0.0), jnp.minimum(carbohydrate.impact, 0.0)
    meal_now = jnp.maximum(deviation.now, 0.0)
    meal_falls = jnp.minimum(deviation.slope, -meal_now / _MEAL_FADE_STEPS)
    meal_steps = jnp.where(meal_now > 0.0, -meal_now / jnp.where(meal_now > 0.0, meal_falls, 1.0), 0.0)

    def point(x: _Walk, _: None) -> tuple[_Walk, None]:
        left, without = left_after(x.left, action), after(x.without, action, withheld)
        base = glucose - correction_factor * (on_board.insulin - left.insulin)
        fade = _faded(jnp.minimum(x.steps, _FADE_STEPS), _FADE_STEPS)
        low = base + falling * fade
        n = jnp.minimum(x.steps, meal_steps)
        values = (
            low + rising * fade,
            low + _eaten_rise(x.steps, carbohydrate, rising),
            low + n * (meal_now + meal_falls * (n + 1.0) / 2.0),
            base - correction_factor * (x.steps / _STEPS_PER_POINT * withheld - without.insulin),
        )
        return _Walk(x.steps + _STEPS_PER_POINT, left, without, _walked(x, values)), None

    start = _Walk(
        jnp.full_like(glucose, _STEPS_PER_POINT),
        on_board,
        nothing_on_board(withheld),
        _unseen(glucose, carbohydrate),
    )
    c = jax.lax.scan(point, start, None, length=_POINTS)[0].found
    floor = lambda value: jnp.maximum(value, _FLOOR)
    return dataclasses.replace(
        c,
        least_insulin=floor(c.least_insulin),
        least_carbohydrate=floor(c.least_carbohydrate),
        least_meal=floor(c.least_meal),
    )
