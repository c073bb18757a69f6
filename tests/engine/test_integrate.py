"""The order of the methods, on a decay whose solution is known."""

from typing import ClassVar, Literal

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from tests.engine.plain import Inputs, Outputs, State
from twinbed.core.model import AbstractModel, Scalar, Time
from twinbed.core.quantities import param
from twinbed.engine.integrate import advance


class Decay(AbstractModel[State, Inputs, Outputs]):
    """Falls from 100 mg/dL by its square, so that after t it is 100 / (1 + 100 p t)."""

    seconds_per_time_unit: ClassVar[float] = 60.0
    step_s: float = eqx.field(static=True, default=60.0)
    p: Scalar = param(0.01, "dL/mg/min", "rate of decay", source="test")

    def initial(self) -> State:
        return State(100.0 * jnp.ones_like(self.p))

    def resting(self) -> Inputs:
        return Inputs(jnp.zeros_like(self.p), jnp.zeros_like(self.p))

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        return State(-self.p * x.glucose**2)

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        return Outputs(x.glucose)


class QuickDecay(Decay):
    order: ClassVar[Literal[2, 4]] = 2


@pytest.mark.parametrize("model", [Decay(), QuickDecay()])
def test_a_model_is_integrated_to_its_order(model):
    steps = np.array([32, 64, 128])
    ends = [float(advance(model, jnp.asarray(0.0), model.initial(), model.resting(), int(n)).glucose) for n in steps]
    order = -np.polyfit(np.log(steps), np.log(np.abs(np.array(ends) - 50.0)), 1)[0]
    assert order == pytest.approx(model.order, abs=0.15)
