"""How often devices raised an alarm: the moments at which one turned on.

*Known limits*: an alarm that stays on is one alarm; a bed without the device that raises an
alarm has no result for it (it is not a number).
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.endpoint import AbstractEndpoint, Scalar
from twinbed.core.quantities import param, port, var
from twinbed.studies.outcomes import outcome


class State(eqx.Module):
    """Alarms so far."""

    readings: Scalar = var("1", "readings counted")
    low_on: Scalar = var("1", "whether the low-glucose alarm was on")
    pump_on: Scalar = var("1", "whether the pump alarm was on")
    low: Scalar = var("1", "low-glucose alarms")
    pump: Scalar = var("1", "pump alarms")


class Inputs(eqx.Module):
    """The alarms of the bed."""

    alarm_low_glucose: Scalar = port("alarm_low_glucose", rest=float("nan"))
    pump_alarm: Scalar = port("pump_alarm", rest=float("nan"))


class Outputs(eqx.Module):
    """Alarms a day of one patient."""

    low_glucose_alarms: Scalar = outcome("/d", "low-glucose alarms")
    pump_alarms: Scalar = outcome("/d", "pump alarms", better="lower")


class Alarms(AbstractEndpoint[State, Inputs, Outputs]):
    """Counts alarms as they turn on."""

    period_s: float = eqx.field(static=True, default=300.0)
    from_s: Scalar = param(0.0, "s", "readings before this time are not counted")

    def init(self) -> State:
        zero = jnp.asarray(0.0)
        return State(zero, zero, zero, zero, zero)

    def update(self, t_s: Scalar, x: State, u: Inputs) -> State:
        counted = t_s >= self.from_s
        low, pump = _on(u.alarm_low_glucose), _on(u.pump_alarm)
        return State(
            readings=x.readings + jnp.where(counted, 1.0, 0.0).astype(low.dtype),
            low_on=low,
            pump_on=pump,
            low=x.low + jnp.where(counted, jnp.maximum(low - x.low_on, 0.0), 0.0),
            pump=x.pump + jnp.where(counted, jnp.maximum(pump - x.pump_on, 0.0), 0.0),
        )

    def result(self, x: State) -> Outputs:
        days = x.readings * (self.period_s / 86400.0)
        return Outputs(low_glucose_alarms=x.low / days, pump_alarms=x.pump / days)


def _on(alarm: Scalar) -> Scalar:
    """1 while an alarm is on, 0 while it is off, missing where there is none."""
    return jnp.where(alarm > 0.5, 1.0, 0.0 * alarm)
