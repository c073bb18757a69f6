"""A frozen reading, a command that no longer changes, a motor that runs on.

While `fault_stuck` acts, the signal, with the flag or number that belongs to it, stays what it was
before: a frozen reading still says that it is valid, a frozen bolus command gives no new bolus.

State: that of the device, and what it showed last.

*Known limits*: it freezes at once and to the bit, without the flicker of a real converter; nothing notices it.

**References:**

- Ni et al. (2009), Sensor network data fault types, ACM Trans Sens Netw 5(3):25, doi:10.1145/1525856.1525863
  (stuck at a value)
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, AbstractWrapper, Wrapped
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import port, var
from twinbed.devices._signals import read, replaced, require, with_companion
from twinbed.devices.faults._fault import acting, where_all


class Inputs(eqx.Module):
    """Intensity of the fault."""

    fault_stuck: Scalar = port("fault_stuck", rest=0.0)


class State(eqx.Module):
    """The device, and what it last showed."""

    inner: eqx.Module
    kept: tuple[Scalar, ...] = var("1", "last shown values, in the units of their signals")
    started: Scalar = var("1", "1 once something was shown")


class Stuck(AbstractWrapper[State, Inputs, eqx.Module]):
    """A device whose signal freezes."""

    device: AbstractDevice
    signal: str = eqx.field(static=True, default="cgm")

    def __check_init__(self):
        require(self, self.device, (self.signal,))

    def initial(self, noise: Noise) -> State:
        zero = jnp.zeros((), noise.dtype)
        kept = (zero,) * len(with_companion(self.device, self.signal))
        return State(self.device.initial(noise), kept, zero)

    def step(self, t_s: Scalar, x: State, u: Wrapped, noise: Noise) -> tuple[State, eqx.Module]:
        inner, outputs = self.device.step(t_s, x.inner, u.inner, noise)
        names = with_companion(self.device, self.signal)
        now = tuple(read(outputs, name) for name in names)
        frozen = acting(u.own.fault_stuck) & (x.started > 0.0)
        kept = where_all(frozen, x.kept, now)
        state = State(inner, kept, jnp.ones_like(x.started))
        return state, replaced(outputs, dict(zip(names, kept, strict=True)))
