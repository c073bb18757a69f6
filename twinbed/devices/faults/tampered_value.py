"""A spoofing attack: an attacker replaces what the device shows by a value of his own.

While `fault_tampering` acts, the signal is a mixture of the true and the forged value, in the
proportion of the intensity (1: forged only). The flag that belongs to a reading is set to 1.

State: that of the device.

*Known limits*: one forged value for the whole attack, however the patient answers; nothing of the device's own
cryptography stands in the way.

**References:**

- Li, Raghunathan & Jha (2011), Hijacking an insulin pump, IEEE Healthcom, p. 150 (forged readings of a meter)
- Teixeira et al. (2012), Attack models and scenarios for networked control systems, HiCoNS, p. 55,
  doi:10.1145/2185505.2185515 (deception)
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, AbstractWrapper, Wrapped
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port
from twinbed.devices._signals import read, replaced, require, validity_of
from twinbed.devices.faults._fault import Inner, acting, in_range


class Inputs(eqx.Module):
    """Intensity of the fault."""

    fault_tampering: Scalar = port("fault_tampering", rest=0.0)


class TamperedValue(AbstractWrapper[Inner, Inputs, eqx.Module]):
    """A device whose signal an attacker replaces."""

    device: AbstractDevice
    forged: Scalar = param(300.0, "1", "forged value, in the unit of the signal", source="what is to be tested")
    signal: str = eqx.field(static=True, default="cgm")

    def __check_init__(self):
        require(self, self.device, (self.signal,))

    def initial(self, noise: Noise) -> Inner:
        return Inner(self.device.initial(noise))

    def step(self, t_s: Scalar, x: Inner, u: Wrapped, noise: Noise) -> tuple[Inner, eqx.Module]:
        inner, outputs = self.device.step(t_s, x.inner, u.inner, noise)
        value, intensity = read(outputs, self.signal), u.own.fault_tampering
        now = acting(intensity)
        mixed = value + intensity * (self.forged - value)
        shown = {self.signal: jnp.where(now, in_range(mixed, self.signal), value)}
        flag = validity_of(self.device, self.signal)
        if flag is not None:
            shown[flag] = jnp.where(now, 1.0, read(outputs, flag))
        return Inner(inner), replaced(outputs, shown)
