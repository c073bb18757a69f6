"""The classical fourth-order Runge-Kutta step on named states.

**References:**

- Hairer, Norsett & Wanner (1993), Solving Ordinary Differential Equations I, II.1
"""

from typing import TypeVar

import equinox as eqx
import jax
from jaxtyping import Array, Float

from twinbed.core.model import AbstractHybridModel, AbstractModel

S = TypeVar("S", bound=eqx.Module)
Scalar = Float[Array, ""]


def _move(x: S, h: Scalar | float, slope: S) -> S:
    return jax.tree.map(lambda a, b: a + h * b, x, slope)


def rk4(model: AbstractModel, t: Scalar, x: S, u: eqx.Module, h: Scalar | float) -> S:
    """The state after `h` time units of the model, with the inputs held."""
    k1 = model.rhs(t, x, u)
    k2 = model.rhs(t + h / 2, _move(x, h / 2, k1), u)
    k3 = model.rhs(t + h / 2, _move(x, h / 2, k2), u)
    k4 = model.rhs(t + h, _move(x, h, k3), u)
    return jax.tree.map(lambda a, p, q, r, s: a + (h / 6) * (p + 2.0 * (q + r) + s), x, k1, k2, k3, k4)


def advance(model: AbstractModel, t_s: Scalar, x: S, u: eqx.Module, substeps: int) -> S:
    """The state after one step of the model (`step_s`), in `substeps` Runge-Kutta steps."""
    whole = model.step_s / model.seconds_per_time_unit
    t = t_s / model.seconds_per_time_unit
    if isinstance(model, AbstractHybridModel):
        x = model.jump(t, jax.numpy.full_like(t, whole), x, u)
    h = whole / substeps
    if substeps == 1:
        return rk4(model, t, x, u, h)
    part = lambda k, x: rk4(model, t + k.astype(t.dtype) * h, x, u, h)
    return jax.lax.fori_loop(0, substeps, part, x)
