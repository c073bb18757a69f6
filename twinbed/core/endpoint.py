"""Numbers that are gathered while a bed runs, so that its waveforms need not be kept."""

import abc
from typing import Generic, TypeVar

import equinox as eqx
from equinox import AbstractVar
from jaxtyping import Array, Float

Scalar = Float[Array, ""]
S = TypeVar("S", bound=eqx.Module)
I = TypeVar("I", bound=eqx.Module)
O = TypeVar("O", bound=eqx.Module)


class AbstractEndpoint(eqx.Module, Generic[S, I, O]):
    """A fold over the signals of a bed, read every `period_s`."""

    period_s: AbstractVar[float]

    @abc.abstractmethod
    def init(self) -> S:
        """The fold before the first reading."""

    @abc.abstractmethod
    def update(self, t_s: Scalar, x: S, u: I) -> S:
        """The fold after one more reading."""

    @abc.abstractmethod
    def result(self, x: S) -> O:
        """The numbers, each declared with `var`."""
