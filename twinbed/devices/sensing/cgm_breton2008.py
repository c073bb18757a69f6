r"""FreeStyle Navigator error model: autocorrelated noise with a Johnson (unbounded) distribution.

Input: interstitial glucose. State: the autoregressive variable and the errors at both ends of
the present quarter of an hour. Every 15 min

$$e_n = 0.7\,(e_{n-1} + v_n),\quad v_n \sim N(0, 1),\qquad
\epsilon_n = \xi + \lambda \sinh\frac{e_n - \gamma}{\delta}$$

and the sensor shows glucose plus the error interpolated between $\epsilon_{n-1}$ and
$\epsilon_n$. The coefficient belongs to 15 min, so the noise keeps that clock whatever the
period of the display is.

*Known limits*: the paper gives no rule between the quarters of an hour; linear interpolation is
an assumption. All sensors are alike; no drift. The delay from plasma is the patient model's.

**References:**

- Breton & Kovatchev (2008), J Diabetes Sci Technol 2(5):853-862, PMC2740661
- Table and equation checked in: Glucose Monitoring Devices (2020), Table 12.1 and equation 12.7
"""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, var
from twinbed.devices._clock import has_turned, turns
from twinbed.devices.sensing._display import Inputs, Outputs, displayed, wear

_QUARTER_S = 900.0
_BRETON = "Breton & Kovatchev 2008, checked in Glucose Monitoring Devices (2020), Table 12.1 and eq. 12.7"
_ASSUMED = "assumption: "


class State(eqx.Module):
    """The noise of the present quarter of an hour, and the display."""

    driver: Scalar = var("1", "autoregressive variable at the end of the quarter")
    error_from: Scalar = var("mg/dL", "error at the start of the quarter")
    error_to: Scalar = var("mg/dL", "error at its end")
    shown: Scalar = var("mg/dL", "last displayed value")


class CgmBreton2008(AbstractDevice[State, Inputs, Outputs]):
    """FreeStyle Navigator as described by Breton and Kovatchev."""

    role: ClassVar[Role] = "sensor"
    period_s: float = eqx.field(static=True, default=300.0)

    memory: Scalar = param(0.7, "1", "autoregressive coefficient over 15 min", bounds=(0.0, 0.99), source=_BRETON)
    location: Scalar = param(-5.471, "mg/dL", "location xi of the Johnson distribution", source=_BRETON)
    scale: Scalar = param(15.96, "mg/dL", "scale lambda", bounds=(0.0, 100.0), source=_BRETON)
    skewness: Scalar = param(-0.5444, "1", "skewness gamma", source=_BRETON)
    tail: Scalar = param(1.6898, "1", "tail weight delta", bounds=(0.1, 100.0), source=_BRETON)
    life: Scalar = param(
        5.0, "d", "life of a sensor", bounds=(0.01, 365.0), source="Breton & Kovatchev 2008: series of 5 days"
    )
    age_at_start: Scalar = param(
        1.0,
        "d",
        "age of the sensor when the run starts",
        bounds=(0.0, 365.0),
        source=_ASSUMED + "worn since a day",
    )
    warm_up: Scalar = param(
        1.0, "h", "time without readings after insertion", bounds=(0.0, 24.0), source=_ASSUMED + "one hour"
    )
    display_min: Scalar = param(40.0, "mg/dL", "lower limit of the display", source=_ASSUMED + "as in later sensors")
    display_max: Scalar = param(400.0, "mg/dL", "upper limit of the display", source=_ASSUMED + "as in later sensors")

    def error(self, driver: Scalar) -> Scalar:
        """The error that belongs to a value of the autoregressive variable."""
        return self.location + self.scale * jnp.sinh((driver - self.skewness) / self.tail)

    def initial(self, noise: Noise) -> State:
        # the spread that repeated draws of e = memory (e + v) settle at
        spread = self.memory / jnp.sqrt(1.0 - self.memory * self.memory)
        before = spread * noise.normal(0)
        driver = self.memory * (before + noise.normal(1))
        return State(driver, self.error(before), self.error(driver), jnp.zeros_like(driver))

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        passed = t_s / _QUARTER_S - turns(t_s, _QUARTER_S, self.period_s)
        reading = u.interstitial_glucose + x.error_from + passed * (x.error_to - x.error_from)
        ready = wear(t_s, self.age_at_start, self.life, self.period_s).ready(self.warm_up)
        shown = displayed(reading, x.shown, ready, (self.display_min, self.display_max))

        def following() -> tuple[Scalar, Scalar, Scalar]:
            driver = self.memory * (x.driver + noise.normal(0))
            return driver, x.error_to, self.error(driver)

        over = has_turned(t_s + self.period_s, _QUARTER_S, self.period_s)
        driver, error_from, error_to = jax.lax.cond(over, following, lambda: (x.driver, x.error_from, x.error_to))
        return State(driver, error_from, error_to, shown.cgm), shown
