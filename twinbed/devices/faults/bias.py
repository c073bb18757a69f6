"""A reading or command that is wrong by a constant amount.

While `fault_bias` acts, the signal is value (1 + i relative) + i offset with the intensity i.

State: that of the device.

*Known limits*: the bias comes and goes at once; one signal of a device is off, not all; a biased reading stays within
what is plausible of its signal and still says that it is valid.

**References:**

- Ni et al. (2009), Sensor network data fault types, ACM Trans Sens Netw 5(3):25, doi:10.1145/1525856.1525863
  (offset and gain)
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, AbstractWrapper, Wrapped
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port
from twinbed.devices._signals import read, replaced, require
from twinbed.devices.faults._fault import Inner, acting, in_range


class Inputs(eqx.Module):
    """Intensity of the fault."""

    fault_bias: Scalar = port("fault_bias", rest=0.0)


class Bias(AbstractWrapper[Inner, Inputs, eqx.Module]):
    """A device that is off by a constant amount."""

    device: AbstractDevice
    relative: Scalar = param(0.2, "1", "bias in proportion to the value", source="what is to be tested")
    offset: Scalar = param(0.0, "1", "constant bias, in the unit of the signal", source="what is to be tested")
    signal: str = eqx.field(static=True, default="cgm")

    def __check_init__(self):
        require(self, self.device, (self.signal,))

    def initial(self, noise: Noise) -> Inner:
        return Inner(self.device.initial(noise))

    def step(self, t_s: Scalar, x: Inner, u: Wrapped, noise: Noise) -> tuple[Inner, eqx.Module]:
        inner, outputs = self.device.step(t_s, x.inner, u.inner, noise)
        value, intensity = read(outputs, self.signal), u.own.fault_bias
        wrong = value * (1.0 + intensity * self.relative) + intensity * self.offset
        shown = jnp.where(acting(intensity), in_range(wrong, self.signal), value)
        return Inner(inner), replaced(outputs, {self.signal: shown})
