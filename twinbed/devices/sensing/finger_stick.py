r"""A blood glucose meter: one reading at each finger-stick of the scenario.

Inputs: plasma glucose and the scenario's `finger_stick`. State: the last reading, and what
the signal was at the last tick: it gives one reading whenever it rises, however long an event
lasts. The error has a skew-normal distribution in two zones: absolute up to a glucose
$G_0$, relative above,

$$\epsilon = \xi + \omega\,(\delta\,|z_1| + \sqrt{1 - \delta^2}\,z_2),\qquad
\delta = \alpha / \sqrt{1 + \alpha^2}.$$

The defaults are a meter that just meets ISO 15197:2013: 95 % within 15 mg/dL below 100 mg/dL and
within 15 % above, without bias. `one_touch_ultra2` is a published meter.

*Known limits*: capillary is taken as plasma glucose; errors of successive readings are
independent; no bias of the single meter or strip lot.

**References:**

- ISO 15197:2013
- Vettoretti, Facchinetti, Sparacino & Cobelli (2017), J Diabetes Sci Technol 11(4):724-735,
  doi:10.1177/1932296817698498
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var
from twinbed.devices.sensing._display import flag

_ISO = "ISO 15197:2013 accuracy limit (95 % within 15) taken as 1.96 standard deviations"
_NORMAL_975 = 1.959964


class Inputs(eqx.Module):
    """What the meter measures, and when."""

    plasma_glucose: Scalar = port("plasma_glucose")
    finger_stick: Scalar = port("finger_stick", rest=0.0)


class Outputs(eqx.Module):
    """The last reading (0: none yet), and whether it was taken now."""

    meter_glucose: Scalar = port("meter_glucose")
    meter_valid: Scalar = port("meter_valid")


class State(eqx.Module):
    """The display and the finger."""

    shown: Scalar = var("mg/dL", "last reading")
    pricked: Scalar = var("1", "what said at the last tick that the finger is pricked")


class FingerStick(AbstractDevice[State, Inputs, Outputs]):
    """A blood glucose meter with a skew-normal error in two zones."""

    role: ClassVar[Role] = "sensor"
    period_s: float = eqx.field(static=True, default=300.0)

    zone_limit: Scalar = param(100.0, "mg/dL", "glucose up to which the error is absolute", source=_ISO)
    low_location: Scalar = param(0.0, "mg/dL", "location of the absolute error", source=_ISO)
    low_scale: Scalar = param(15.0 / _NORMAL_975, "mg/dL", "scale of the absolute error", source=_ISO)
    low_shape: Scalar = param(0.0, "1", "shape of the absolute error", source=_ISO)
    high_location: Scalar = param(0.0, "%", "location of the relative error", source=_ISO)
    high_scale: Scalar = param(15.0 / _NORMAL_975, "%", "scale of the relative error", source=_ISO)
    high_shape: Scalar = param(0.0, "1", "shape of the relative error", source=_ISO)
    display_min: Scalar = param(20.0, "mg/dL", "lower limit of the display", source="OneTouch Ultra 2 range")
    display_max: Scalar = param(600.0, "mg/dL", "upper limit of the display", source="OneTouch Ultra 2 range")

    @classmethod
    def one_touch_ultra2(cls, period_s: float = 300.0) -> "FingerStick":
        """OneTouch Ultra 2 (Vettoretti 2017; Glucose Monitoring Devices 2020, Table 5.1)."""
        zones = {"zone_limit": 75.0, "low_location": -5.37, "low_scale": 9.86, "low_shape": 2.72}
        zones |= {"high_location": -3.83, "high_scale": 13.17, "high_shape": 1.41}
        return cls(period_s=period_s, **{name: jnp.asarray(value) for name, value in zones.items()})

    def initial(self, noise: Noise) -> State:
        return State(jnp.zeros_like(self.zone_limit), jnp.zeros_like(self.zone_limit))

    def _reading(self, glucose: Scalar, noise: Noise) -> Scalar:
        low = glucose <= self.zone_limit
        shape = jnp.where(low, self.low_shape, self.high_shape)
        delta = shape / jnp.sqrt(1.0 + shape * shape)
        z = delta * jnp.abs(noise.normal(0)) + jnp.sqrt(1.0 - delta * delta) * noise.normal(1)
        relative = 0.01 * glucose * (self.high_location + self.high_scale * z)
        error = jnp.where(low, self.low_location + self.low_scale * z, relative)
        return jnp.clip(glucose + error, self.display_min, self.display_max)

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        now = u.finger_stick > x.pricked
        shown = jnp.where(now, self._reading(u.plasma_glucose, noise), x.shown)
        return State(shown, u.finger_stick), Outputs(shown, flag(now, shown))
