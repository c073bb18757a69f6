"""How much insulin was given, and for how long the basal rate was off.

Insulin from a pump and from a pen is added up as it enters the skin. Basal is off while the
rate that the pump is commanded is zero.

*Known limits*: a bed in which nothing commands a basal rate has no time suspended (the result
is not a number); insulin that is lost at the site is counted as given.
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.endpoint import AbstractEndpoint, Scalar
from twinbed.core.quantities import param, port, var
from twinbed.studies.outcomes import outcome

_MIN_PER_H = 60.0


class State(eqx.Module):
    """Sums over the readings so far."""

    hours: Scalar = var("h", "time watched")
    insulin: Scalar = var("[IU]", "insulin given")
    hours_off: Scalar = var("h", "time without basal rate")


class Inputs(eqx.Module):
    """Insulin into the skin, and what the pump is told."""

    insulin_rate: Scalar = port("insulin_rate", rest=0.0)
    injection: Scalar = port("injection", rest=0.0)
    basal_command: Scalar = port("basal_command", rest=float("nan"))


class Outputs(eqx.Module):
    """Insulin of one patient."""

    total_daily_insulin: Scalar = outcome("[IU]/d", "insulin a day")
    time_suspended: Scalar = outcome("%", "time with a basal rate of zero")


class InsulinDelivery(AbstractEndpoint[State, Inputs, Outputs]):
    """Adds up insulin."""

    period_s: float = eqx.field(static=True, default=60.0)
    from_s: Scalar = param(0.0, "s", "readings before this time are not counted")

    def init(self) -> State:
        return State(jnp.asarray(0.0), jnp.asarray(0.0), jnp.asarray(0.0))

    def update(self, t_s: Scalar, x: State, u: Inputs) -> State:
        hours = jnp.where(t_s >= self.from_s, self.period_s / 3600.0, 0.0).astype(u.insulin_rate.dtype)
        # 0 * (what is commanded) keeps a missing command missing
        off = jnp.where(u.basal_command <= 0.0, hours, 0.0 * u.basal_command)
        return State(
            hours=x.hours + hours,
            insulin=x.insulin + hours * (u.insulin_rate + _MIN_PER_H * u.injection),
            hours_off=x.hours_off + off,
        )

    def result(self, x: State) -> Outputs:
        return Outputs(
            total_daily_insulin=24.0 * x.insulin / x.hours,
            time_suspended=100.0 * x.hours_off / x.hours,
        )
