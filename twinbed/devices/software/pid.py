r"""Proportional-integral-derivative control with insulin feedback, as in the first hybrid closed loops.

Inputs: sensor, the pump's counter of delivered insulin. States: the integral, three predicted insulin
concentrations, insulin on board, the last readings. With $e$ the distance of glucose from the target

$$u = (1 + \textstyle\sum_i \gamma_i)\left(K_p e + I + K_p T_D \dot G\right) - \textstyle\sum_i \gamma_i I_i,
\qquad \dot I = K_p e / T_I$$

where the $I_i$ (skin, plasma, effective) are a chain of first-order lags of what was delivered, in units
of the steady rate, so that at the target and at rest $u$ is the integral, which starts at the basal
rate. The gain follows the daily dose. The integral stays between zero and `integral_share` of the basal
rate, is held back to the basal rate below `reset_limit`, and does not grow while the command is at a
limit.

The command is at most `max_share` of basal, and beyond basal at most what a correction that is not yet on
board comes to over `correction_time`; products withhold automated insulin after boluses in ways of their
own. Below `low_limit` the command is zero. A missed reading holds the command; after `sensor_timeout` the
basal rate is commanded and the integral starts anew.

*Known limits*: one derivative time for day and night (the trial used 40 min at night); slope from a line
through four readings instead of the sensor's own filter; no adaptation from day to day, so the limit by
insulin on board leaves glucose above the target where the programmed basal rate is too low. Meals want a
bolus calculator beside it.

**References:**

- Ruiz, Sherr, Cengiz, Carria, Roy, Voskanyan, Tamborlane & Weinzimer (2012), J Diabetes Sci Technol
  6(5):1123-1130, doi:10.1177/193229681200600517
- Steil, Palerm, Kurtz, Voskanyan, Roy, Paz & Kandeel (2011), J Clin Endocrinol Metab 96(5):1402-1408,
  doi:10.1210/jc.2010-2578
"""

import math
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var
from twinbed.devices._clock import MINUTES_PER_HOUR, SECONDS_PER_MINUTE
from twinbed.devices.software._dosing import NOT_READ, beyond_basal, counter, delivered_since
from twinbed.devices.software._insulin_action import (
    OnBoard,
    action_curve,
    action_step,
    after,
    duration_of_action,
    nothing_on_board,
    peak_of_action,
)
from twinbed.devices.software._readings import Readings, no_readings, trend, with_reading

_RUIZ = "Ruiz 2012, as quoted in two public implementations; the paper itself was not read"
_LAGS_MIN = (50.0, 70.0, 55.0)  # skin, plasma, effect: they give the 1-min coefficients of Ruiz 2012


class Inputs(eqx.Module):
    """What the controller reads."""

    cgm: Scalar = port("cgm")
    cgm_valid: Scalar = port("cgm_valid")
    insulin_reported_total: Scalar = port("insulin_reported_total")


class Outputs(eqx.Module):
    """What the pump is told."""

    basal_command: Scalar = port("basal_command")


class PredictedInsulin(eqx.Module):
    """Insulin along its way, each in units of the rate that would sustain it."""

    skin: Scalar = var("[IU]/h", "under the skin")
    plasma: Scalar = var("[IU]/h", "in plasma")
    effective: Scalar = var("[IU]/h", "at the place of its effect")


class State(eqx.Module):
    """What the controller remembers."""

    predicted: PredictedInsulin
    on_board: OnBoard
    readings: Readings
    integral: Scalar = var("[IU]/h", "integral of the error")
    counted: Scalar = var("[IU]", "the pump's counter at the last tick")
    command: Scalar = var("[IU]/h", "last command")


def chain_coefficients(minutes: float) -> tuple[tuple[float, float, float], ...]:
    """How the three lags depend on the three a while before, row by row. Exact for an even rate."""
    skin, plasma, effect = _LAGS_MIN
    e1, e2, e3 = (math.exp(-minutes / lag) for lag in _LAGS_MIN)
    through = lambda lag, decay: lag / (lag - effect) * (decay - e3)
    passed = skin / (skin - plasma)
    return (
        (e1, 0.0, 0.0),
        (passed * (e1 - e2), e2, 0.0),
        (passed * (through(skin, e1) - through(plasma, e2)), through(plasma, e2), e3),
    )


def predicted_after(x: PredictedInsulin, rate: Scalar, minutes: float) -> PredictedInsulin:
    """The chain after some minutes at an even rate of delivery."""
    before = (x.skin, x.plasma, x.effective)
    rows = chain_coefficients(minutes)
    return PredictedInsulin(
        *(sum(c * b for c, b in zip(row, before, strict=True)) + (1.0 - sum(row)) * rate for row in rows)
    )


class Pid(AbstractDevice[State, Inputs, Outputs]):
    """Proportional-integral-derivative control of basal insulin with insulin feedback."""

    role: ClassVar[Role] = "software"
    period_s: float = eqx.field(static=True, default=300.0)

    basal_rate: Scalar = param(1.0, "[IU]/h", "programmed basal rate", bounds=(0.0, 40.0), source="therapy")
    total_daily_insulin: Scalar = param(45.0, "[IU]/d", "insulin of a day", bounds=(1.0, 400.0), source="therapy")
    correction_factor: Scalar = param(
        40.0, "mg/dL/[IU]", "fall of glucose by a unit", bounds=(1.0, 1000.0), source="therapy"
    )
    target_glucose: Scalar = param(120.0, "mg/dL", "set point", bounds=(80.0, 200.0), source=_RUIZ)
    gain_divisor: Scalar = param(
        2250.0, "mg/dL.h/d", "daily dose over proportional gain", bounds=(500.0, 2e5), source=_RUIZ
    )
    integral_time: Scalar = param(150.0, "min", "T_I", bounds=(30.0, 2000.0), source=_RUIZ)
    derivative_time: Scalar = param(75.0, "min", "T_D", bounds=(0.0, 300.0), source=_RUIZ + "; by day")
    skin_weight: Scalar = param(0.64935, "1", "feedback of skin insulin", bounds=(0.0, 5.0), source=_RUIZ)
    plasma_weight: Scalar = param(0.34128, "1", "feedback of plasma insulin", bounds=(0.0, 5.0), source=_RUIZ)
    effective_weight: Scalar = param(0.0093667, "1", "feedback of effective insulin", bounds=(0.0, 5.0), source=_RUIZ)
    integral_share: Scalar = param(
        3.0, "1", "largest integral, share of the basal rate", bounds=(1.0, 10.0), source=_RUIZ
    )
    reset_limit: Scalar = param(60.0, "mg/dL", "integral is reset below", bounds=(0.0, 100.0), source=_RUIZ)
    low_limit: Scalar = param(
        70.0, "mg/dL", "no insulin below", bounds=(0.0, 120.0), source="assumption: level 1 hypoglycaemia"
    )
    max_share: Scalar = param(
        4.0,
        "1",
        "largest command, share of the basal rate",
        bounds=(1.0, 20.0),
        source="assumption, as in oref0",
    )
    correction_time: Scalar = param(
        30.0,
        "min",
        "time over which a correction may be given",
        bounds=(5.0, 1e6),
        source="assumption, tried on ten adults of uva_padova_adults",
    )
    action_peak: Scalar = peak_of_action()
    action_duration: Scalar = duration_of_action()
    sensor_timeout: Scalar = param(
        20.0,
        "min",
        "age of a reading up to which a command is held",
        bounds=(0.0, 1440.0),
        source="assumption",
    )

    def initial(self, noise: Noise) -> State:
        at_rest = PredictedInsulin(self.basal_rate, self.basal_rate, self.basal_rate)
        counted = jnp.full_like(self.basal_rate, NOT_READ)
        none = nothing_on_board(counted)
        return State(at_rest, none, no_readings(counted, 4), self.basal_rate, counted, self.basal_rate)

    def _highest(self, readings: Readings, on_board: Scalar) -> Scalar:
        """The largest command: a share of basal, and no more than the correction that is not on board yet."""
        needed = (readings.last - self.target_glucose) / self.correction_factor - jnp.maximum(on_board, 0.0)
        correction = jnp.maximum(needed, 0.0) * (MINUTES_PER_HOUR / self.correction_time)
        return jnp.minimum(self.max_share * self.basal_rate, self.basal_rate + correction)

    def _command(self, readings: Readings, predicted: PredictedInsulin, integral: Scalar) -> Scalar:
        """What the law asks for, unlimited."""
        gain = self.total_daily_insulin / self.gain_divisor
        error = readings.last - self.target_glucose
        slope = trend(readings, self.period_s / SECONDS_PER_MINUTE)
        sum_of_terms = gain * error + integral + gain * self.derivative_time * slope
        weights = self.skin_weight + self.plasma_weight + self.effective_weight
        feedback = self.skin_weight * predicted.skin + self.plasma_weight * predicted.plasma
        feedback = feedback + self.effective_weight * predicted.effective
        return (1.0 + weights) * sum_of_terms - feedback

    def _integral(self, x: State, readings: Readings, predicted: PredictedInsulin, highest: Scalar) -> Scalar:
        """The integral after this reading."""
        error = readings.last - self.target_glucose
        gain = self.total_daily_insulin / self.gain_divisor
        minutes = self.period_s / SECONDS_PER_MINUTE
        grown = jnp.clip(
            x.integral + gain * error * (minutes / self.integral_time),
            0.0,
            self.integral_share * self.basal_rate,
        )
        asked = self._command(readings, predicted, grown)
        winds_up = (asked >= highest) & (error > 0.0)
        winds_down = (asked <= 0.0) & (error < 0.0)
        kept = jnp.where(winds_up | winds_down, x.integral, grown)
        return jnp.where(readings.last < self.reset_limit, jnp.minimum(kept, self.basal_rate), kept)

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        minutes = self.period_s / SECONDS_PER_MINUTE
        rate = delivered_since(x.counted, u.insulin_reported_total) * (MINUTES_PER_HOUR / minutes)
        rate = jnp.where(x.counted < 0.0, self.basal_rate, rate)
        predicted = predicted_after(x.predicted, rate, minutes)
        beyond = beyond_basal(x.counted, u.insulin_reported_total, self.basal_rate, minutes)
        action = action_step(action_curve(self.action_peak, self.action_duration), minutes)
        on_board = after(x.on_board, action, beyond)
        readings = with_reading(x.readings, u.cgm, u.cgm_valid, minutes)

        highest = self._highest(readings, on_board.insulin)
        integral = self._integral(x, readings, predicted, highest)
        asked = jnp.clip(self._command(readings, predicted, integral), 0.0, highest)
        asked = jnp.where(readings.last < self.low_limit, 0.0, asked)
        fresh = readings.age <= 0.0
        lost = readings.age > self.sensor_timeout
        command = jnp.where(fresh, asked, jnp.where(lost, self.basal_rate, x.command))
        integral = jnp.where(fresh, integral, jnp.where(lost, self.basal_rate, x.integral))
        counted = counter(x.counted, u.insulin_reported_total)
        state = State(predicted, on_board, readings, integral, counted, command)
        return state, Outputs(command)
