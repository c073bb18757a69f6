"""Who activates the heart, and when: clocks of the sinus node, the atria and the ventricles.

The sinus node runs through its phase with a period that reflexes set; at the end it activates the atria, and
after a delay in the node between them the ventricles. Times are kept to a fraction of a step, so that
rates are exact on average.

*Known limits*: sinus rhythm only.

**References:**

- Heldt (2004), Computational models of cardiovascular response to orthostatic stress, thesis, MIT (delay)
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import AbstractHybridModel, Scalar, Time
from twinbed.core.quantities import param, port, var

_HELDT = "Heldt 2004, table of the heart"


class State(eqx.Module):
    """Where the sinus node is, and when what was activated."""

    phase: Scalar = var("1", "phase of the sinus node, 0 to 1")
    since_atria: Scalar = var("s", "time since the atria were activated")
    since_ventricles: Scalar = var("s", "time since the ventricles were activated")
    period: Scalar = var("s", "time between the last two ventricular activations")


class Inputs(eqx.Module):
    """What reflexes ask of the sinus node."""

    heart_period: Scalar = port("heart_period", rest=0.833)


class Outputs(eqx.Module):
    """The heart's clock."""

    atrial_time: Scalar = port("atrial_time")
    ventricular_time: Scalar = port("ventricular_time")
    heart_rate: Scalar = port("heart_rate")


class Conduction(AbstractHybridModel[State, Inputs, Outputs]):
    """The conduction system of one patient."""

    seconds_per_time_unit: ClassVar[float] = 1.0
    step_s: float = eqx.field(static=True, default=0.002)
    delay: Scalar = param(0.16, "s", "from atrial to ventricular activation", bounds=(0.05, 0.5), source=_HELDT)
    seconds_per_minute: Scalar = param(60.0, "s/min", "seconds in a minute", source="definition of the unit")

    def initial(self) -> State:
        since = jnp.ones_like(self.delay)
        return State(0.5 * since, 0.4165 * since, 0.2565 * since, 0.833 * since)

    def resting(self) -> Inputs:
        return Inputs(jnp.full_like(self.delay, 0.833))

    def jump(self, t: Time, dt: Time, x: State, u: Inputs) -> State:
        del t, dt
        over = x.phase >= 1.0
        since_atria = jnp.where(over, (x.phase - 1.0) * u.heart_period, x.since_atria)
        conducted = (since_atria >= self.delay) & (x.since_ventricles > since_atria)
        return State(
            phase=jnp.where(over, x.phase - 1.0, x.phase),
            since_atria=since_atria,
            since_ventricles=jnp.where(conducted, since_atria - self.delay, x.since_ventricles),
            period=jnp.where(conducted, x.since_ventricles, x.period),
        )

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        del t
        one = jnp.ones_like(x.phase)
        return State(1.0 / u.heart_period, one, one, jnp.zeros_like(one))

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        del t, u
        return Outputs(x.since_atria, x.since_ventricles, self.seconds_per_minute / x.period)
