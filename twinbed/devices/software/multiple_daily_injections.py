r"""Multiple daily injections: a dose of rapid-acting insulin before each meal, and long-acting insulin.

Inputs: announced carbohydrate; a sensor or a meter, whichever there is. States: insulin on board of the doses
advised so far, the last reading, the present announcement. The dose follows the arithmetic of
`devices/software/bolus_calculator`, in whole increments of the pen; insulin on board counts own doses, as a
logbook does.

Long-acting insulin: once a day at `long_acting_hour`, as much as `basal_rate` gives in 24 h. `devices/delivery/pen`
has its kinetics, and takes it that the same was injected on the days before.

*Known limits*: no forgotten or late dose (the scenario says what is announced), no dose between meals, no titration
of the long-acting dose; the study begins at midnight.

**References:**

- Walsh, Roberts & Bailey (2011), J Diabetes Sci Technol 5(1), doi:10.1177/193229681100500118
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port
from twinbed.devices._clock import HOURS_PER_DAY, SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE, turns
from twinbed.devices.software._bolus_advice import Advice, Limits, advised, correction, no_advice
from twinbed.devices.software._dosing import announced
from twinbed.devices.software._insulin_action import (
    OnBoard,
    action_curve,
    action_step,
    after,
    duration_of_action,
    nothing_on_board,
    peak_of_action,
)
from twinbed.devices.software._readings import Readings, counts, no_readings, with_reading

_THERAPY = "therapy of the person"


class Inputs(eqx.Module):
    """What the person looks at."""

    carbohydrate_announced: Scalar = port("carbohydrate_announced", rest=0.0)
    cgm: Scalar = port("cgm", rest=0.0)
    cgm_valid: Scalar = port("cgm_valid", rest=0.0)
    meter_glucose: Scalar = port("meter_glucose", rest=0.0)
    meter_valid: Scalar = port("meter_valid", rest=0.0)


class Outputs(eqx.Module):
    """What the person injects."""

    meal_bolus: Scalar = port("meal_bolus")
    meal_bolus_number: Scalar = port("meal_bolus_number")
    long_acting_dose: Scalar = port("long_acting_dose")
    long_acting_dose_number: Scalar = port("long_acting_dose_number")
    insulin_on_board: Scalar = port("insulin_on_board")


class State(eqx.Module):
    """What the logbook holds."""

    on_board: OnBoard
    readings: Readings
    advice: Advice


class MultipleDailyInjections(AbstractDevice[State, Inputs, Outputs]):
    """Injections before meals, and long-acting insulin."""

    role: ClassVar[Role] = "software"
    period_s: float = eqx.field(static=True, default=300.0)

    basal_rate: Scalar = param(1.0, "[IU]/h", "long-acting insulin, as a rate", bounds=(0.0, 40.0), source=_THERAPY)
    long_acting_hour: Scalar = param(
        22.0, "h", "hour of the day of the long-acting dose", bounds=(0.0, 24.0), source="at bedtime"
    )
    carbohydrate_ratio: Scalar = param(
        10.0, "g/[IU]", "carbohydrate covered by a unit", bounds=(0.5, 200.0), source=_THERAPY
    )
    correction_factor: Scalar = param(
        40.0, "mg/dL/[IU]", "fall of glucose by a unit", bounds=(1.0, 1000.0), source=_THERAPY
    )
    target_glucose: Scalar = param(
        110.0, "mg/dL", "glucose that corrections aim at", bounds=(70.0, 250.0), source="usual setting"
    )
    carbohydrate_bias: Scalar = param(
        0.0, "1", "error of every count, share of the announced", bounds=(-1.0, 2.0), source="none unless set"
    )
    max_bolus: Scalar = param(60.0, "[IU]", "largest dose", bounds=(0.0, 160.0), source="FlexPen dose range")
    bolus_increment: Scalar = param(
        0.5, "[IU]", "doses are multiples of this", bounds=(0.01, 5.0), source="half-unit pens"
    )
    reading_timeout: Scalar = param(
        15.0, "min", "age of a reading up to which it is used", bounds=(0.0, 120.0), source="assumption"
    )
    action_peak: Scalar = peak_of_action()
    action_duration: Scalar = duration_of_action()

    def initial(self, noise: Noise) -> State:
        zero = jnp.zeros_like(self.basal_rate)
        return State(nothing_on_board(zero), no_readings(zero, 1), no_advice(zero))

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        minutes = self.period_s / SECONDS_PER_MINUTE
        action = action_step(action_curve(self.action_peak, self.action_duration), minutes)
        on_board = after(x.on_board, action, x.advice.dose)
        stick = counts(u.meter_glucose, u.meter_valid)
        glucose = jnp.where(stick, u.meter_glucose, u.cgm)
        readings = with_reading(x.readings, glucose, jnp.where(stick, 1.0, u.cgm_valid), minutes)
        corrected = correction(
            readings,
            on_board.insulin,
            target=self.target_glucose,
            factor=self.correction_factor,
            timeout=self.reading_timeout,
        )
        grams = announced(u.carbohydrate_announced, minutes) * (1.0 + self.carbohydrate_bias)
        limits = Limits(self.max_bolus, self.bolus_increment)
        advice = advised(x.advice, grams, self.carbohydrate_ratio, corrected, limits)
        since_the_hour = t_s + SECONDS_PER_HOUR * (HOURS_PER_DAY - self.long_acting_hour)
        doses = turns(since_the_hour, SECONDS_PER_DAY, self.period_s)
        long_acting = HOURS_PER_DAY * self.basal_rate
        shown = Outputs(advice.bolus, advice.number, long_acting, doses, on_board.insulin)
        return State(on_board, readings, advice), shown
