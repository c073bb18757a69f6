"""Parameters of one person that swing within hours.

Each parameter swings like a sine of its own phase around its nominal value.

*Known limits*: periods and amplitudes are the same for all parameters.

**References:**

- Wilinska et al. (2010), J Diabetes Sci Technol 4(1):132, doi:10.1177/193229681000400117
"""

import abc
from typing import Any

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar, Time
from twinbed.core.quantities import param

_WILINSKA = "Wilinska 2010: amplitude 5 %, period 3 h, random phase"
_PHASE = "Wilinska 2010: uniform over the period, to be drawn for each person"


class AbstractVariation(eqx.Module):
    """How the parameters of a person change by the hour."""

    @abc.abstractmethod
    def varied(self, t: Time, name: str, value: Scalar) -> Scalar:
        """The parameter of that name at time `t`."""


class Steady(AbstractVariation):
    """Parameters that do not change."""

    def varied(self, t: Time, name: str, value: Scalar) -> Scalar:
        del t, name
        return value


def _phase(name: str) -> Any:
    return param(0.0, "min", f"phase of {name}", bounds=(0.0, 180.0), source=_PHASE)


class Oscillation(AbstractVariation):
    """Parameters that swing by a few percent in hours."""

    amplitude: Scalar = param(0.05, "1", "size of the swing", bounds=(0.0, 0.5), source=_WILINSKA)
    period: Scalar = param(180.0, "min", "period of the swing", bounds=(30.0, 1440.0), source=_WILINSKA)
    k12: Scalar = _phase("k12")
    ka1: Scalar = _phase("ka1")
    ka2: Scalar = _phase("ka2")
    ka3: Scalar = _phase("ka3")
    sit: Scalar = _phase("sit")
    sid: Scalar = _phase("sid")
    sie: Scalar = _phase("sie")
    egp0: Scalar = _phase("egp0")
    f01: Scalar = _phase("f01")
    ke: Scalar = _phase("ke")
    tmax_i: Scalar = _phase("tmax_i")

    def varied(self, t: Time, name: str, value: Scalar) -> Scalar:
        angle = 2.0 * jnp.pi * (t + getattr(self, name)) / self.period
        return value * (1.0 + self.amplitude * jnp.sin(angle))
