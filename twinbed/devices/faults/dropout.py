"""Readings or commands that go missing.

While `fault_dropout` acts, each tick is lost with the probability of its intensity (1: all). What
is lost keeps its last value, and the flag that belongs to it, if the device shows one, is 0.

*Known limits*: losses of successive ticks are independent; see `devices/sensing/disconnection`
for the losses of a real sensor.

**References:**

- Facchinetti, Del Favero, Sparacino & Cobelli (2016), Diabetes Technol Ther 18(4):264-272,
  doi:10.1089/dia.2015.0250 (losses of a real sensor come in bursts)
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, AbstractWrapper, Wrapped
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import port, var
from twinbed.devices._signals import read, replaced, require, validity_of, with_companion
from twinbed.devices.faults._fault import own_noise, where_all


class Inputs(eqx.Module):
    """Intensity of the fault."""

    fault_dropout: Scalar = port("fault_dropout", rest=0.0)


class State(eqx.Module):
    """The device, and what it last showed."""

    inner: eqx.Module
    chance: Scalar = var("1", "uniform number for this tick")
    kept: tuple[Scalar, ...] = var("1", "last shown values, in the units of their signals")


class Dropout(AbstractWrapper[State, Inputs, eqx.Module]):
    """A device whose signal goes missing."""

    device: AbstractDevice
    signal: str = eqx.field(static=True, default="cgm")

    def __check_init__(self):
        require(self, self.device, (self.signal,))

    def initial(self, noise: Noise) -> State:
        kept = (jnp.zeros((), noise.dtype),) * len(with_companion(self.device, self.signal))
        chance = own_noise(noise, self).uniform(0)
        return State(self.device.initial(noise), chance, kept)

    def step(self, t_s: Scalar, x: State, u: Wrapped, noise: Noise) -> tuple[State, eqx.Module]:
        inner, outputs = self.device.step(t_s, x.inner, u.inner, noise)
        names = with_companion(self.device, self.signal)
        lost = x.chance < u.own.fault_dropout
        kept = where_all(lost, x.kept, tuple(read(outputs, name) for name in names))
        shown = dict(zip(names, kept, strict=True))
        flag = validity_of(self.device, self.signal)
        if flag is not None:
            shown[flag] = jnp.where(lost, 0.0, read(outputs, flag))
        chance = own_noise(noise, self).uniform(0)
        return State(inner, chance, kept), replaced(outputs, shown)
