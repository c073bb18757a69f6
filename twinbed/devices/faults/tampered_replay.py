"""A replay attack: an attacker plays back, over and over, what the device showed before.

While `fault_tampering` acts, the signal, with the flag or number that belongs to it, is what was
shown in the `ticks` periods before the attack, in order, repeated.

State: that of the device, and what the attacker recorded.

*Known limits*: the attacker recorded the time right before the attack and no other; nothing of the device's own
cryptography or clock stands in the way; where the repetition begins anew the signal jumps.

**References:**

- Teixeira et al. (2012), Attack models and scenarios for networked control systems, HiCoNS, p. 55,
  doi:10.1145/2185505.2185515 (replay)
- Li, Raghunathan & Jha (2011), Hijacking an insulin pump, IEEE Healthcom, p. 150 (radio of a pump and of a meter)
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

    fault_tampering: Scalar = port("fault_tampering", rest=0.0)


class State(eqx.Module):
    """The device, and what the attacker recorded."""

    inner: eqx.Module
    memory: Memory


class TamperedReplay(AbstractWrapper[State, Inputs, eqx.Module]):
    """A device whose signal an attacker replays."""

    device: AbstractDevice
    signal: str = eqx.field(static=True, default="cgm")
    ticks: int = eqx.field(static=True, default=12)

    def __check_init__(self):
        require(self, self.device, (self.signal,))
        if self.ticks < 1:
            raise ValueError(f"a record of {self.ticks} ticks is none: give at least 1")

    def initial(self, noise: Noise) -> State:
        n_signals = len(with_companion(self.device, self.signal))
        return State(self.device.initial(noise), empty_memory(n_signals, self.ticks, noise))

    def step(self, t_s: Scalar, x: State, u: Wrapped, noise: Noise) -> tuple[State, eqx.Module]:
        inner, outputs = self.device.step(t_s, x.inner, u.inner, noise)
        names = with_companion(self.device, self.signal)
        now = tuple(read(outputs, name) for name in names)
        memory = filled_memory(x.memory, now)
        oldest = tuple(line[-1] for line in memory.lines)
        shown = where_all(acting(u.own.fault_tampering), oldest, now)
        return State(inner, pushed(memory, shown)), replaced(outputs, dict(zip(names, shown, strict=True)))
