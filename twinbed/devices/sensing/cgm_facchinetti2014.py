r"""Dexcom SEVEN Plus error model: calibration error and two autoregressive noises.

Input: interstitial glucose. State: two errors of each noise. With $d$ the days since the last
calibration, every 5 min

$$\mathrm{CGM} = (a_0 + a_1 d)\,\mathrm{IG} + (b_0 + b_1 d) + c_k + v_k$$

where $c$ is common to all sensors worn at one time and $v$ belongs to the sensor; both are
autoregressive of second order. Their coefficients hold for steps of 5 min only, so the period
cannot be changed. The noise starts stationary.

*Known limits*: calibration parameters are the means over sensors; their spread is not in the
public descriptions that were read. Several sensors on one patient do not share $c$ here. The
delay from plasma is the patient model's.

**References:**

- Facchinetti, Del Favero, Sparacino, Castle, Ward & Cobelli (2014), IEEE Trans Biomed Eng
  61(3):620-629, doi:10.1109/TBME.2013.2284023
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, var
from twinbed.devices.sensing._autoregression import Errors, following, stationary
from twinbed.devices.sensing._display import Inputs, Outputs, displayed, wear

_PAPER = "Facchinetti 2014, Table 1 and equations 13-14 as cited in LoopInsighT1; the paper was not re-read"
_ASSUMED = "assumption: "


class State(eqx.Module):
    """The two noises, and the display."""

    common: Errors
    own: Errors
    shown: Scalar = var("mg/dL", "last displayed value")


class CgmFacchinetti2014(AbstractDevice[State, Inputs, Outputs]):
    """Dexcom SEVEN Plus as described by Facchinetti and colleagues."""

    role: ClassVar[Role] = "sensor"
    period_s: ClassVar[float] = 300.0  # pyright: ignore[reportIncompatibleVariableOverride]

    gain: Scalar = param(1.1, "1", "gain a0 at calibration", source=_PAPER)
    gain_drift: Scalar = param(2e-4, "1/d", "drift a1 of the gain", source=_PAPER)
    offset: Scalar = param(-14.8, "mg/dL", "offset b0 at calibration", source=_PAPER)
    offset_drift: Scalar = param(0.04, "mg/dL/d", "drift b1 of the offset", source=_PAPER)
    common_first: Scalar = param(1.23, "1", "first coefficient of the common noise", source=_PAPER)
    common_second: Scalar = param(-0.3995, "1", "second coefficient of the common noise", source=_PAPER)
    common_variance: Scalar = param(11.3, "mg2/dL2", "driving variance of the common noise", source=_PAPER)
    own_first: Scalar = param(1.013, "1", "first coefficient of the sensor's noise", source=_PAPER)
    own_second: Scalar = param(-0.2135, "1", "second coefficient of the sensor's noise", source=_PAPER)
    own_variance: Scalar = param(14.45, "mg2/dL2", "driving variance of the sensor's noise", source=_PAPER)
    calibration_interval: Scalar = param(
        0.5, "d", "time between calibrations", bounds=(0.01, 30.0), source="12 h, the domain of the model"
    )
    life: Scalar = param(7.0, "d", "life of a sensor", bounds=(0.01, 365.0), source="SEVEN Plus is a seven-day sensor")
    age_at_start: Scalar = param(
        1.0,
        "d",
        "age of the sensor when the run starts",
        bounds=(0.0, 365.0),
        source=_ASSUMED + "worn since a day",
    )
    warm_up: Scalar = param(
        2.0, "h", "time without readings after insertion", bounds=(0.0, 24.0), source=_ASSUMED + "two hours"
    )
    display_min: Scalar = param(40.0, "mg/dL", "lower limit of the display", source="Dexcom user guides")
    display_max: Scalar = param(400.0, "mg/dL", "upper limit of the display", source="Dexcom user guides")

    def initial(self, noise: Noise) -> State:
        common = stationary(self.common_first, self.common_second, jnp.sqrt(self.common_variance), noise.at(0))
        own = stationary(self.own_first, self.own_second, jnp.sqrt(self.own_variance), noise.at(1))
        return State(common, own, jnp.zeros_like(self.gain))

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        days = wear(t_s, self.age_at_start, self.calibration_interval, self.period_s).days
        gain = self.gain + self.gain_drift * days
        offset = self.offset + self.offset_drift * days
        reading = gain * u.interstitial_glucose + offset + x.common.last + x.own.last
        ready = wear(t_s, self.age_at_start, self.life, self.period_s).ready(self.warm_up)
        shown = displayed(reading, x.shown, ready, (self.display_min, self.display_max))
        common = following(
            x.common, self.common_first, self.common_second, jnp.sqrt(self.common_variance) * noise.normal(0)
        )
        own = following(x.own, self.own_first, self.own_second, jnp.sqrt(self.own_variance) * noise.normal(1))
        return State(common, own, shown.cgm), shown
