"""Mean arterial pressure: the pressure behind a lag that leaves nothing of single beats.

*Known limits*: it follows a change of pressure with its lag; the pressure at heart level, without any device.

**References:**

- definition; the lag of 4 s is that of a few beats, as monitors average
"""

from typing import ClassVar

import equinox as eqx

from twinbed.core.model import AbstractModel, Scalar, Time
from twinbed.core.quantities import param, port, var


class State(eqx.Module):
    """What is remembered."""

    mean: Scalar = var("mm[Hg]", "pressure behind the lag")


class Inputs(eqx.Module):
    """What is averaged."""

    arterial_pressure: Scalar = port("arterial_pressure")


class Outputs(eqx.Module):
    """The mean."""

    mean_arterial_pressure: Scalar = port("mean_arterial_pressure")


class MeanPressure(AbstractModel[State, Inputs, Outputs]):
    """The mean arterial pressure of one patient."""

    seconds_per_time_unit: ClassVar[float] = 1.0
    step_s: float = eqx.field(static=True, default=1.0)
    lag: Scalar = param(4.0, "s", "lag of the mean", bounds=(1.0, 60.0), source="a few beats")
    at_start: Scalar = param(
        90.0, "mm[Hg]", "mean pressure at the start", bounds=(20.0, 200.0), source="a resting adult"
    )

    def initial(self) -> State:
        return State(self.at_start)

    def resting(self) -> Inputs:
        return Inputs(self.at_start)

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        del t
        return State((u.arterial_pressure - x.mean) / self.lag)

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        del t, u
        return Outputs(x.mean)
