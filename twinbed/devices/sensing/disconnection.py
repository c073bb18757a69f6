"""Short losses of contact between a sensor and its receiver.

A wrapper for sensors that show `cgm` and `cgm_valid`: now and then readings are missing for a
few ticks, and the last one stays on the display. State: whether contact is lost.

*Known limits*: two states with constant chances; the paper uses three states, has more losses by
day than by night, and gives no frequency in its abstract, which is what was read.

**References:**

- Facchinetti, Del Favero, Sparacino & Cobelli (2016), Diabetes Technol Ther 18(4):264-272,
  doi:10.1089/dia.2015.0250
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, AbstractWrapper, Nothing, Wrapped
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise, index_of_name
from twinbed.core.quantities import param, var
from twinbed.devices._clock import SECONDS_PER_DAY, SECONDS_PER_MINUTE
from twinbed.devices._signals import read, replaced, require
from twinbed.devices.sensing._display import flag

_STREAM = index_of_name("disconnection")


class State(eqx.Module):
    """The sensor, its contact and the display."""

    inner: eqx.Module
    lost: Scalar = var("1", "1 if contact is lost at this tick")
    shown: Scalar = var("mg/dL", "last displayed value")


class Disconnection(AbstractWrapper[State, Nothing, eqx.Module]):
    """A sensor that loses contact with its receiver now and then."""

    device: AbstractDevice
    per_day: Scalar = param(1.0, "/d", "losses of contact in a day", bounds=(0.0, 50.0), source="assumption: one a day")
    decay: Scalar = param(
        6.514,
        "min",
        "time constant of the length of a loss",
        bounds=(0.0, 1440.0),
        source="90 % shorter than 20 min (Facchinetti 2016) at one reading every 5 min: 15 min / ln 10",
    )

    def __check_init__(self):
        require(self, self.device, ("cgm", "cgm_valid"))

    def initial(self, noise: Noise) -> State:
        return State(self.device.initial(noise), jnp.zeros_like(self.decay), jnp.zeros_like(self.decay))

    def step(self, t_s: Scalar, x: State, u: Wrapped, noise: Noise) -> tuple[State, eqx.Module]:
        inner, outputs = self.device.step(t_s, x.inner, u.inner, noise)
        stays = jnp.exp(-self.period_s / SECONDS_PER_MINUTE / self.decay)
        begins = jnp.minimum(self.per_day * (self.period_s / SECONDS_PER_DAY), 1.0)
        lost = x.lost > 0.0
        cgm = jnp.where(lost, x.shown, read(outputs, "cgm"))
        valid = jnp.where(lost, 0.0, read(outputs, "cgm_valid"))
        next_lost = noise.at(_STREAM).uniform(0) < jnp.where(lost, stays, begins)
        state = State(inner, flag(next_lost, cgm), cgm)
        return state, replaced(outputs, {"cgm": cgm, "cgm_valid": valid})
