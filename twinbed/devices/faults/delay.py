"""Readings or commands that come late.

While `fault_delay` acts, the signal, with the flag or number that belongs to it, is what the device
showed some ticks before. When the fault ends, what was under way is skipped.

State: that of the device, and what it showed in the last ticks.

*Known limits*: the delay is the same for every tick and a whole number of them; nothing is lost or overtaken on its
way.

**References:**

- Keenan, Mastrototaro, Voskanyan & Steil (2009), J Diabetes Sci Technol 3(5):1207 (how late sensors are by themselves)
"""

import equinox as eqx

from twinbed.core.device import AbstractDevice, AbstractWrapper, Wrapped
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import port
from twinbed.devices._signals import read, replaced, require, with_companion
from twinbed.devices.faults._fault import Memory, acting, empty_memory, filled_memory, pushed, where_all


class Inputs(eqx.Module):
    """Intensity of the fault."""

    fault_delay: Scalar = port("fault_delay", rest=0.0)


class State(eqx.Module):
    """The device, and what it showed lately."""

    inner: eqx.Module
    memory: Memory


class Delay(AbstractWrapper[State, Inputs, eqx.Module]):
    """A device whose signal comes `ticks` periods late."""

    device: AbstractDevice
    signal: str = eqx.field(static=True, default="cgm")
    ticks: int = eqx.field(static=True, default=3)

    def __check_init__(self):
        require(self, self.device, (self.signal,))
        if self.ticks < 1:
            raise ValueError(f"a delay of {self.ticks} ticks is none: give at least 1")

    def initial(self, noise: Noise) -> State:
        n_signals = len(with_companion(self.device, self.signal))
        return State(self.device.initial(noise), empty_memory(n_signals, self.ticks, noise))

    def step(self, t_s: Scalar, x: State, u: Wrapped, noise: Noise) -> tuple[State, eqx.Module]:
        inner, outputs = self.device.step(t_s, x.inner, u.inner, noise)
        names = with_companion(self.device, self.signal)
        now = tuple(read(outputs, name) for name in names)
        memory = filled_memory(x.memory, now)
        late = tuple(line[-1] for line in memory.lines)
        shown = where_all(acting(u.own.fault_delay), late, now)
        return State(inner, pushed(memory, now)), replaced(outputs, dict(zip(names, shown, strict=True)))
