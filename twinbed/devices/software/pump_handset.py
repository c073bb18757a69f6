"""What a person holds to work an insulin pump: boluses, temporary basal rates, suspension, and the switch of a loop.

Inputs: what the person does (`injection`, `temporary_basal`, `delivery_suspended`, `controller_paused`), the basal rate
that a loop would give (`automated_basal`; below zero: there is no loop) and the pump's counter. While a loop is there
and is not paused its rate is passed on; else the programmed rate is, times the temporary share. While delivery is
suspended the rate is zero and boluses are dropped. A bolus that lasts is given in parts, one a tick.

It shows insulin on board: what the pump counted beyond the programmed basal rate and has not acted yet.

*Known limits*: one programmed rate for the day; a bolus that runs cannot be stopped but by suspending, which keeps what
the pump has accepted already.

**References:**

- Tandem t:slim X2 user guide (suspending stops basal and bolus; no temporary rate while a loop runs), as remembered
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var
from twinbed.devices._clock import SECONDS_PER_MINUTE
from twinbed.devices.software._dosing import NOT_READ, beyond_basal, counter
from twinbed.devices.software._insulin_action import (
    OnBoard,
    action_curve,
    action_step,
    after,
    duration_of_action,
    nothing_on_board,
    peak_of_action,
)
from twinbed.devices.software._loop import CLOSED, PAUSED

_NO_LOOP = -1.0
_ALL_PERCENT = 100.0


class Inputs(eqx.Module):
    """What the person does, what a loop would give, and what the pump says."""

    injection: Scalar = port("injection", rest=0.0)
    temporary_basal: Scalar = port("temporary_basal", rest=_ALL_PERCENT)
    delivery_suspended: Scalar = port("delivery_suspended", rest=0.0)
    controller_paused: Scalar = port("controller_paused", rest=0.0)
    automated_basal: Scalar = port("automated_basal", rest=_NO_LOOP)
    insulin_reported_total: Scalar = port("insulin_reported_total")


class Outputs(eqx.Module):
    """What the pump is told, and what the display shows."""

    basal_command: Scalar = port("basal_command")
    meal_bolus: Scalar = port("meal_bolus")
    meal_bolus_number: Scalar = port("meal_bolus_number")
    bolus_total: Scalar = port("bolus_total")
    insulin_on_board: Scalar = port("insulin_on_board")
    controller_mode: Scalar = port("controller_mode")


class State(eqx.Module):
    """What the handset remembers."""

    on_board: OnBoard
    counted: Scalar = var("[IU]", "the pump's counter at the last tick")
    number: Scalar = var("1", "boluses so far")
    total: Scalar = var("[IU]", "insulin in them")


class PumpHandset(AbstractDevice[State, Inputs, Outputs]):
    """Buttons and display of an insulin pump."""

    role: ClassVar[Role] = "software"
    period_s: float = eqx.field(static=True, default=60.0)

    basal_rate: Scalar = param(1.0, "[IU]/h", "programmed basal rate", bounds=(0.0, 15.0), source="therapy")
    action_peak: Scalar = peak_of_action()
    action_duration: Scalar = duration_of_action()

    def initial(self, noise: Noise) -> State:
        zero = jnp.zeros_like(self.basal_rate)
        return State(nothing_on_board(zero), zero + NOT_READ, zero, zero)

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        minutes = self.period_s / SECONDS_PER_MINUTE
        beyond = beyond_basal(x.counted, u.insulin_reported_total, self.basal_rate, minutes)
        action = action_step(action_curve(self.action_peak, self.action_duration), minutes)
        on_board = after(x.on_board, action, beyond)

        runs = u.delivery_suspended < 0.5
        closed = (u.automated_basal >= 0.0) & (u.controller_paused < 0.5)
        own = self.basal_rate * jnp.maximum(u.temporary_basal, 0.0) / _ALL_PERCENT
        basal = jnp.where(runs, jnp.where(closed, u.automated_basal, own), 0.0)
        asked = jnp.where(runs, jnp.maximum(u.injection, 0.0) * minutes, 0.0)
        number = x.number + jnp.where(asked > 0.0, 1.0, 0.0)
        total = x.total + asked
        state = State(on_board, counter(x.counted, u.insulin_reported_total), number, total)
        mode = jnp.where(closed, CLOSED, PAUSED).astype(basal.dtype)
        return state, Outputs(basal, asked, number, total, on_board.insulin, mode)
