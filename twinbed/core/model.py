"""Physiology in continuous time.

**References:**

- The equinox pattern: every class is either abstract or final (docs/decisions/0002).
"""

import abc
from typing import TYPE_CHECKING, ClassVar, Generic, Literal, TypeVar

import equinox as eqx
from jaxtyping import Array, Float

if TYPE_CHECKING:
    from typing import ClassVar as AbstractClassVar
else:
    from equinox import AbstractClassVar

Scalar = Float[Array, ""]
Time = Scalar
S = TypeVar("S", bound=eqx.Module)
I = TypeVar("I", bound=eqx.Module)
O = TypeVar("O", bound=eqx.Module)


class AbstractModel(eqx.Module, Generic[S, I, O]):
    """A patient model: dx/dt = rhs(t, x, u), y = outputs(t, x, u).

    The fields of a model are its parameters, so one instance is one patient and the same
    instance with a leading axis on its leaves is a cohort. `t` counts in units of
    `seconds_per_time_unit` from midnight of the first day. The engine integrates with steps
    of `step_s`, to an `order` of 4 unless the model says 2, and holds the inputs over a step.
    """

    seconds_per_time_unit: AbstractClassVar[float]
    step_s: AbstractClassVar[float]
    order: ClassVar[Literal[2, 4]] = 4

    @abc.abstractmethod
    def initial(self) -> S:
        """The state of the patient at rest, under the inputs of `resting`."""

    @abc.abstractmethod
    def resting(self) -> I:
        """The inputs that keep the patient at rest: a basal infusion, nothing eaten."""

    @abc.abstractmethod
    def rhs(self, t: Time, x: S, u: I) -> S:
        """Time derivative of every state, per time unit of the model."""

    @abc.abstractmethod
    def outputs(self, t: Time, x: S, u: I) -> O:
        """What the outside can see of the patient."""


class AbstractHybridModel(AbstractModel[S, I, O], Generic[S, I, O]):
    """A model that also changes at once at the start of a step: a meal begins, a heart beats."""

    @abc.abstractmethod
    def jump(self, t: Time, dt: Time, x: S, u: I) -> S:
        """The state after what happens at `t`, before the step to `t + dt` is integrated.

        States that only jump have zero derivative in `rhs`.
        """
