r"""The controller's model of a person: a third-order line from insulin to glucose, scaled by the daily dose.

In steps of 5 min, around the reference and the basal rate, with insulin $u$ in a step beyond basal,

$$i_1' = p_2 i_1 + u,\quad i_2' = p_2 i_2 + i_1,\quad
y' = p_1 y + \frac{1800\,g}{\mathrm{TDI}}\, i_2 + d + r\,(1-p_m)\, c_2$$

that is, $Y/U = 1800 g/\mathrm{TDI}\cdot z^{-3}/((1-p_1 z^{-1})(1-p_2 z^{-1})^2)$. Carbohydrate passes
two compartments, $c_1' = p_m c_1$, $c_2' = p_m c_2 + (1-p_m) c_1$; the rise $r$ per gram is what makes
the dose by the carbohydrate ratio exactly balance it. The drift $d$ stands for everything unknown and
fades.

**References:**

- van Heusden, Dassau, Zisser, Seborg & Doyle (2012), Control-relevant models for glucose control using
  a priori patient characteristics, IEEE Trans Biomed Eng 59(7):1839-1849, doi:10.1109/TBME.2011.2176939
- Copp, Gondhalekar & Hespanha (2018), Optim Control Appl Methods 39(2), doi:10.1002/oca.2388 (p1, p2
  and g)
- Hovorka et al. (2004), Physiol Meas 25(4):905-920, doi:10.1088/0967-3334/25/4/010 (40 min to the peak
  of absorption)
"""

import functools
import math
import operator
from collections.abc import Sequence
from typing import Any

import equinox as eqx

from twinbed.core.model import Scalar
from twinbed.core.quantities import var

STEP_MIN = 5.0
GLUCOSE_KEEPS, INSULIN_KEEPS = 0.98, 0.965
CARBOHYDRATE_KEEPS = math.exp(-STEP_MIN / 40.0)
DRIFT_KEEPS = 0.98
RULE = 1800.0  # mg/dL, the rule that divides by the daily dose
GAIN = -90.0 * (1.0 - GLUCOSE_KEEPS) * (1.0 - INSULIN_KEEPS) ** 2
PER_GRAM = -GAIN / (1.0 - INSULIN_KEEPS) ** 2  # rise by what a unit covers, in the same measure

POINTS = tuple(range(4, 37, 4))  # steps looked at: every 20 min up to 3 h
BLOCKS = ((0, 6), (6, 12), (12, 24))  # steps of equal insulin: two half hours, one hour; then basal


class Body(eqx.Module):
    """Where the model believes the person is."""

    glucose: Scalar = var("mg/dL", "glucose less the reference")
    drift: Scalar = var("mg/dL", "change in 5 min that nothing known explains")
    skin: Scalar = var("[IU]", "insulin beyond basal, first compartment")
    acting: Scalar = var("[IU]", "insulin beyond basal, second compartment")
    stomach: Scalar = var("g", "carbohydrate, first compartment")
    gut: Scalar = var("g", "carbohydrate, second compartment")


class Person(eqx.Module):
    """What scales the model."""

    fall_per_unit: Scalar = var("mg/dL/[IU]", "coefficient of acting insulin, negative")
    rise_per_g: Scalar = var("mg/dL/g", "coefficient of absorbed carbohydrate")


def person(total_daily_insulin: Scalar, carbohydrate_ratio: Scalar) -> Person:
    """The person with that daily dose and that carbohydrate ratio."""
    by_rule = RULE / total_daily_insulin
    return Person(by_rule * GAIN, by_rule * PER_GRAM / carbohydrate_ratio)


def _moved(x: Sequence[Any], fall: Any, rise: Any, insulin: Any) -> tuple[Any, ...]:
    """The six states a step later. Works on plain numbers as on arrays."""
    glucose, drift, skin, acting, stomach, gut = x
    absorbed = (1.0 - CARBOHYDRATE_KEEPS) * gut
    return (
        GLUCOSE_KEEPS * glucose + fall * acting + rise * absorbed + drift,
        DRIFT_KEEPS * drift,
        INSULIN_KEEPS * skin + insulin,
        INSULIN_KEEPS * acting + skin,
        CARBOHYDRATE_KEEPS * stomach,
        CARBOHYDRATE_KEEPS * gut + (1.0 - CARBOHYDRATE_KEEPS) * stomach,
    )


def next_step(x: Body, p: Person, insulin: Scalar) -> Body:
    """Five minutes later, with so much insulin beyond basal in them."""
    states = (x.glucose, x.drift, x.skin, x.acting, x.stomach, x.gut)
    return Body(*_moved(states, p.fall_per_unit, p.rise_per_g, insulin))


def _at_points(start: Sequence[float], insulin: Sequence[float]) -> tuple[float, ...]:
    """Glucose of the model with unit coefficients at the points."""
    x, out = tuple(start), []
    for step in range(1, POINTS[-1] + 1):
        x = _moved(x, 1.0, 1.0, insulin[step - 1])
        if step in POINTS:
            out.append(x[0])
    return tuple(out)


_NONE = (0.0,) * POINTS[-1]
_UNITS = [[float(i == j) for i in range(6)] for j in range(6)]
FROM_STATE = tuple(zip(*(_at_points(start, _NONE) for start in _UNITS), strict=True))
"""For every point, what a unit of each state contributes to glucose there."""

_PULSES = [[float(a <= step < b) for step in range(POINTS[-1])] for a, b in BLOCKS]
FROM_MOVE = tuple(
    tuple(RULE * GAIN * g for g in row)
    for row in zip(*(_at_points([0.0] * 6, pulse) for pulse in _PULSES), strict=True)
)
"""For every point, the change of glucose by giving the daily dose in every step of each block."""


def weighted_sum(weights: Sequence[Any], values: Sequence[Any]) -> Any:
    """The sum of products."""
    return functools.reduce(operator.add, (w * v for w, v in zip(weights, values, strict=True)))


def free_response(x: Body, p: Person) -> tuple[Scalar, ...]:
    """Glucose less the reference at the points if only basal insulin follows."""
    skin, acting = p.fall_per_unit * x.skin, p.fall_per_unit * x.acting
    stomach, gut = p.rise_per_g * x.stomach, p.rise_per_g * x.gut
    states = (x.glucose, x.drift, skin, acting, stomach, gut)
    return tuple(weighted_sum(row, states) for row in FROM_STATE)


def observer_gains(noise_sd: float, glucose_sd: float, drift_sd: float) -> tuple[float, float]:
    """Steady Kalman gains of glucose and drift for a sensor error and disturbances of those sizes.

    The solution of the Riccati equation of the two observed states, by running it.
    """
    gg, gd, dd = 1e4, 0.0, 1e4
    for _ in range(500):
        gg, gd, dd = (
            GLUCOSE_KEEPS**2 * gg + 2.0 * GLUCOSE_KEEPS * gd + dd + glucose_sd**2,
            DRIFT_KEEPS * (GLUCOSE_KEEPS * gd + dd),
            DRIFT_KEEPS**2 * dd + drift_sd**2,
        )
        total = gg + noise_sd**2
        gain_g, gain_d = gg / total, gd / total
        gg, gd, dd = (1.0 - gain_g) * gg, (1.0 - gain_g) * gd, dd - gain_d * gd
    return gain_g, gain_d
