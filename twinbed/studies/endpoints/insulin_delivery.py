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

    readings: Scalar = var("1", "readings counted")
    off: Scalar = var("1", "readings without basal rate")
    insulin: Scalar = var("[IU]", "insulin given")
    unadded: Scalar = var("[IU]", "what rounding has left out of the sum (Kahan's compensation)")


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
        zero = jnp.asarray(0.0)
        return State(zero, zero, zero, zero)

    def update(self, t_s: Scalar, x: State, u: Inputs) -> State:
        one = jnp.where(t_s >= self.from_s, 1.0, 0.0).astype(u.insulin_rate.dtype)
        # 0 * (what is commanded) keeps a missing command missing
        off = jnp.where(u.basal_command <= 0.0, one, 0.0 * u.basal_command)
        given = one * (u.insulin_rate + _MIN_PER_H * u.injection) * (self.period_s / 3600.0)
        added = given - x.unadded
        insulin = x.insulin + added
        return State(
            readings=x.readings + one,
            off=x.off + off,
            insulin=insulin,
            unadded=(insulin - x.insulin) - added,
        )

    def result(self, x: State) -> Outputs:
        days = x.readings * (self.period_s / 86400.0)
        return Outputs(
            total_daily_insulin=x.insulin / days,
            time_suspended=100.0 * x.off / x.readings,
        )
