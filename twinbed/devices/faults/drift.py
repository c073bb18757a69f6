"""A reading or command that goes wrong little by little.

While `fault_drift` acts, the error grows with time at rates scaled by its intensity; when it
ends, the error is gone, as after a calibration.

State: that of the device, and for how long the error has grown.

*Known limits*: the error grows straight with time and in one direction; a drifting reading still says that it is valid.

**References:**

- Ni et al. (2009), Sensor network data fault types, ACM Trans Sens Netw 5(3):25, doi:10.1145/1525856.1525863
  (drift of calibration)
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, AbstractWrapper, Wrapped
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var
from twinbed.devices._clock import SECONDS_PER_HOUR
from twinbed.devices._signals import read, replaced, require
from twinbed.devices.faults._fault import acting, in_range


class Inputs(eqx.Module):
    """Intensity of the fault."""

    fault_drift: Scalar = port("fault_drift", rest=0.0)


class State(eqx.Module):
    """The device, and how long its error has grown."""

    inner: eqx.Module
    grown: Scalar = var("h", "time of growth, weighted with the intensity")


class Drift(AbstractWrapper[State, Inputs, eqx.Module]):
    """A device whose error grows with time."""

    device: AbstractDevice
    relative: Scalar = param(0.05, "/h", "growth in proportion to the value", source="what is to be tested")
    offset: Scalar = param(0.0, "/h", "growth in the unit of the signal", source="what is to be tested")
    signal: str = eqx.field(static=True, default="cgm")

    def __check_init__(self):
        require(self, self.device, (self.signal,))

    def initial(self, noise: Noise) -> State:
        return State(self.device.initial(noise), jnp.zeros((), noise.dtype))

    def step(self, t_s: Scalar, x: State, u: Wrapped, noise: Noise) -> tuple[State, eqx.Module]:
        inner, outputs = self.device.step(t_s, x.inner, u.inner, noise)
        value, now = read(outputs, self.signal), acting(u.own.fault_drift)
        wrong = value * (1.0 + x.grown * self.relative) + x.grown * self.offset
        shown = jnp.where(now, in_range(wrong, self.signal), value)
        grown = jnp.where(now, x.grown + u.own.fault_drift * (self.period_s / SECONDS_PER_HOUR), 0.0)
        return State(inner, grown), replaced(outputs, {self.signal: shown})
