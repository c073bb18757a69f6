"""A device of somebody with a method that is spelt wrongly."""

from typing import ClassVar

import equinox as eqx

from tests.engine.plain import SensorInputs, SensorOutputs
from twinbed.core.device import AbstractDevice, Nothing, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise


class Unmade(AbstractDevice[Nothing, SensorInputs, SensorOutputs]):
    """Shows what it reads, if it could be made."""

    role: ClassVar[Role] = "sensor"
    period_s: float = eqx.field(static=True, default=300.0)

    def initiel(self, noise: Noise) -> Nothing:
        return Nothing()

    def step(self, t_s: Scalar, x: Nothing, u: SensorInputs, noise: Noise) -> tuple[Nothing, SensorOutputs]:
        return x, SensorOutputs(u.glucose)
