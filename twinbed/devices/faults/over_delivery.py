"""A pump that gives more than it knows.

While `fault_over_delivery` acts, what enters the skin is value (1 + i excess) + i leak with the
intensity i. What the pump reports does not change, nor does its reservoir.

*Known limits*: the excess does not empty the reservoir.

**References:**

- Heinemann et al. (2015), Diabetes Care 38(4):716, doi:10.2337/dc15-0168 (hazards of pumps, excess among them)
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

    fault_over_delivery: Scalar = port("fault_over_delivery", rest=0.0)


class OverDelivery(AbstractWrapper[Inner, Inputs, eqx.Module]):
    """A device that delivers too much."""

    device: AbstractDevice
    excess: Scalar = param(1.0, "1", "excess in proportion to what is delivered", source="what is to be tested")
    leak: Scalar = param(0.0, "1", "constant excess, in the unit of the signal", source="what is to be tested")
    signal: str = eqx.field(static=True, default="insulin_rate")

    def __check_init__(self):
        require(self, self.device, (self.signal,))

    def initial(self, noise: Noise) -> Inner:
        return Inner(self.device.initial(noise))

    def step(self, t_s: Scalar, x: Inner, u: Wrapped, noise: Noise) -> tuple[Inner, eqx.Module]:
        inner, outputs = self.device.step(t_s, x.inner, u.inner, noise)
        value, intensity = read(outputs, self.signal), u.own.fault_over_delivery
        more = value * (1.0 + intensity * self.excess) + intensity * self.leak
        shown = jnp.where(acting(intensity), in_range(more, self.signal), value)
        return Inner(inner), replaced(outputs, {self.signal: shown})
