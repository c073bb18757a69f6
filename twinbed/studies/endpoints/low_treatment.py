"""How often lows were treated with carbohydrate, and with how much.

*Known limits*: a bed in which nobody treats lows has no result (it is not a number).
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.endpoint import AbstractEndpoint, Scalar
from twinbed.core.quantities import param, port, var
from twinbed.studies.outcomes import outcome

_MINUTES_PER_DAY = 1440.0


class State(eqx.Module):
    """Sums over the minutes so far."""

    minutes: Scalar = var("min", "minutes counted")
    treatments: Scalar = var("1", "treatments that began")
    grams: Scalar = var("g", "carbohydrate eaten to treat")
    eating: Scalar = var("1", "whether a treatment was being eaten")


class Inputs(eqx.Module):
    """What is eaten to treat lows."""

    carbohydrate_rescue: Scalar = port("carbohydrate_rescue", rest=float("nan"))


class Outputs(eqx.Module):
    """Treatments of one patient."""

    low_treatments: Scalar = outcome("/d", "treatments of lows", better="lower")
    rescue_carbohydrate: Scalar = outcome("g/d", "carbohydrate eaten to treat lows", better="lower")


class LowTreatment(AbstractEndpoint[State, Inputs, Outputs]):
    """Counts treatments of lows."""

    period_s: float = eqx.field(static=True, default=60.0)
    from_s: Scalar = param(0.0, "s", "treatments before this time are not counted")

    def init(self) -> State:
        zero = jnp.asarray(0.0)
        return State(zero, zero, zero, zero)

    def update(self, t_s: Scalar, x: State, u: Inputs) -> State:
        one = jnp.where(t_s >= self.from_s, 1.0, 0.0).astype(u.carbohydrate_rescue.dtype)
        minutes = one * (self.period_s / 60.0)
        # 0 * (what is eaten) keeps a missing person missing
        eats = jnp.where(u.carbohydrate_rescue > 0.0, 1.0, 0.0 * u.carbohydrate_rescue)
        begins = eats * (1.0 - jnp.where(x.eating > 0.5, 1.0, 0.0))
        return State(
            minutes=x.minutes + minutes,
            treatments=x.treatments + one * begins,
            grams=x.grams + minutes * u.carbohydrate_rescue,
            eating=eats,
        )

    def result(self, x: State) -> Outputs:
        days = x.minutes / _MINUTES_PER_DAY
        return Outputs(low_treatments=x.treatments / days, rescue_carbohydrate=x.grams / days)
