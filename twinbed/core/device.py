"""Sampled machines: sensors, software and actuators, and faults that wrap them."""

import abc
from typing import Generic, Literal, TypeVar

import equinox as eqx
from equinox import AbstractVar
from jaxtyping import Array, Float

from twinbed.core.noise import Noise

Scalar = Float[Array, ""]
S = TypeVar("S", bound=eqx.Module)
I = TypeVar("I", bound=eqx.Module)
O = TypeVar("O", bound=eqx.Module)
Role = Literal["sensor", "person", "software", "actuator"]


class AbstractDevice(eqx.Module, Generic[S, I, O]):
    """A sampled machine: every `period_s` it reads its inputs and holds its outputs.

    `t_s` is seconds from midnight of the first day. All randomness comes from `noise`,
    which belongs to this patient, this device and this tick.
    """

    role: AbstractVar[Role]
    period_s: AbstractVar[float]

    @abc.abstractmethod
    def initial(self, noise: Noise) -> S:
        """The state of the machine when it is switched on."""

    @abc.abstractmethod
    def step(self, t_s: Scalar, x: S, u: I, noise: Noise) -> tuple[S, O]:
        """The next state and what the machine shows or does until the next tick."""


class Wrapped(eqx.Module, Generic[I]):
    """What a wrapper reads: the inputs of the wrapped device, and its own."""

    inner: eqx.Module
    own: I


class AbstractWrapper(AbstractDevice[S, Wrapped, O], Generic[S, I, O]):
    """A device around a device: a fault, a safety layer. It shows what the inner one shows.

    A final class names its state and its own inputs: `AbstractWrapper[State, Inputs, O]`.
    The inner device keeps its role and period.
    """

    device: AbstractVar[AbstractDevice]

    @property
    def role(self) -> Role:
        """The role of the wrapped device."""
        return self.device.role

    @property
    def period_s(self) -> float:
        """The period of the wrapped device."""
        return self.device.period_s


def innermost(device: AbstractDevice) -> AbstractDevice:
    """The device that wrappers are around; itself if there are none."""
    while isinstance(device, AbstractWrapper):
        device = device.device
    return device


class Nothing(eqx.Module):
    """The state or the inputs of a part that has none."""
