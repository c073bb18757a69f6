r"""A pump's bolus calculator: the person counts carbohydrate, the calculator adds a correction.

Inputs: sensor, announced carbohydrate, the pump's counter of delivered insulin. States: insulin on
board, the last reading, what is owed for the present announcement. When an announcement of $C$ grams
begins at glucose $G$

$$\mathrm{bolus} = \frac{C}{\mathrm{CR}} + \max\left(0, \frac{G - G_t}{\mathrm{CF}} - \mathrm{IOB}\right)$$

and below the target the (negative) correction is taken off the meal without regard to insulin on board,
as calculators with reverse correction do. An announcement that lasts several ticks is dosed as it
comes: one correction, and its whole dose once. Without a reading for longer than `sensor_timeout` only
the carbohydrate is dosed. Insulin on board is what the counter says was delivered beyond the basal
rate, so automated insulin counts.

*Known limits*: no separation of meal and correction insulin; no dose between meals; no trend arrow;
insulin on board is relative to one basal rate for the whole day; a pump that reports in lumps after a
lost connection makes insulin on board too high for a while, which withholds corrections.

**References:**

- Insulet, Omnipod user guides, "Bolus calculator equations" (insulin on board lowers the correction, never
  below zero; reverse correction; doses rounded down)
- Walsh, Roberts & Bailey (2011), J Diabetes Sci Technol 5(1), doi:10.1177/193229681100500118
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var
from twinbed.devices._clock import SECONDS_PER_MINUTE
from twinbed.devices.software._bolus_advice import Advice, Limits, advised, correction, no_advice
from twinbed.devices.software._dosing import NOT_READ, announced, beyond_basal, counter
from twinbed.devices.software._insulin_action import (
    OnBoard,
    action_curve,
    action_step,
    after,
    duration_of_action,
    nothing_on_board,
    peak_of_action,
)
from twinbed.devices.software._readings import Readings, no_readings, with_reading

_THERAPY = "therapy of the person"


class Inputs(eqx.Module):
    """What the calculator reads."""

    cgm: Scalar = port("cgm")
    cgm_valid: Scalar = port("cgm_valid")
    insulin_reported_total: Scalar = port("insulin_reported_total")
    carbohydrate_announced: Scalar = port("carbohydrate_announced", rest=0.0)


class Outputs(eqx.Module):
    """The bolus that the person asks for, and what the calculator displays."""

    meal_bolus: Scalar = port("meal_bolus")
    meal_bolus_number: Scalar = port("meal_bolus_number")
    insulin_on_board: Scalar = port("insulin_on_board")


class State(eqx.Module):
    """What the calculator remembers."""

    on_board: OnBoard
    readings: Readings
    advice: Advice
    counted: Scalar = var("[IU]", "the pump's counter at the last tick")


class BolusCalculator(AbstractDevice[State, Inputs, Outputs]):
    """Meal and correction boluses from announced carbohydrate."""

    role: ClassVar[Role] = "software"
    period_s: float = eqx.field(static=True, default=300.0)

    basal_rate: Scalar = param(1.0, "[IU]/h", "programmed basal rate", bounds=(0.0, 40.0), source=_THERAPY)
    carbohydrate_ratio: Scalar = param(
        10.0, "g/[IU]", "carbohydrate covered by a unit", bounds=(0.5, 200.0), source=_THERAPY
    )
    correction_factor: Scalar = param(
        40.0, "mg/dL/[IU]", "fall of glucose by a unit", bounds=(1.0, 1000.0), source=_THERAPY
    )
    target_glucose: Scalar = param(
        110.0, "mg/dL", "glucose that corrections aim at", bounds=(70.0, 250.0), source="usual pump setting"
    )
    carbohydrate_bias: Scalar = param(
        0.0, "1", "error of every count, share of the announced", bounds=(-1.0, 2.0), source="none unless set"
    )
    max_bolus: Scalar = param(
        25.0, "[IU]", "most for one announcement", bounds=(0.0, 80.0), source="largest bolus of a t:slim X2"
    )
    bolus_increment: Scalar = param(
        0.05, "[IU]", "doses are multiples of this", bounds=(0.001, 2.0), source="Omnipod user guides: 0.05 U"
    )
    sensor_timeout: Scalar = param(
        15.0, "min", "age of a reading up to which it is used", bounds=(0.0, 120.0), source="three readings"
    )
    action_peak: Scalar = peak_of_action()
    action_duration: Scalar = duration_of_action()

    def initial(self, noise: Noise) -> State:
        zero = jnp.zeros_like(self.basal_rate)
        return State(nothing_on_board(zero), no_readings(zero, 1), no_advice(zero), zero + NOT_READ)

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        minutes = self.period_s / SECONDS_PER_MINUTE
        beyond = beyond_basal(x.counted, u.insulin_reported_total, self.basal_rate, minutes)
        action = action_step(action_curve(self.action_peak, self.action_duration), minutes)
        on_board = after(x.on_board, action, beyond)
        readings = with_reading(x.readings, u.cgm, u.cgm_valid, minutes)
        corrected = correction(
            readings,
            on_board.insulin,
            target=self.target_glucose,
            factor=self.correction_factor,
            timeout=self.sensor_timeout,
        )
        grams = announced(u.carbohydrate_announced, minutes) * (1.0 + self.carbohydrate_bias)
        limits = Limits(self.max_bolus, self.bolus_increment)
        advice = advised(x.advice, grams, self.carbohydrate_ratio, corrected, limits)
        state = State(on_board, readings, advice, counter(x.counted, u.insulin_reported_total))
        return state, Outputs(advice.bolus, advice.number, on_board.insulin)
