"""The classical fourth-order Runge-Kutta step on named states.

**References:**

- Hairer, Norsett & Wanner (1993), Solving Ordinary Differential Equations I, II.1
"""

from typing import TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from twinbed.core.model import AbstractHybridModel, AbstractModel

S = TypeVar("S", bound=eqx.Module)
Scalar = Float[Array, ""]
_NODES, _WEIGHTS = (0.0, 0.5, 0.5, 1.0), (1 / 6, 1 / 3, 1 / 3, 1 / 6)


def _move(x: S, h: Scalar | float, slope: S) -> S:
    return jax.tree.map(lambda a, b: a + h * b, x, slope)


def rk4(model: AbstractModel, t: Scalar, x: S, u: eqx.Module, h: Scalar | float) -> S:
    """The state after `h` time units of the model, with the inputs held."""
    like = jax.tree.leaves(x)[0]
    nodes = jnp.asarray(_NODES, like.dtype), jnp.asarray(_WEIGHTS, like.dtype)

    def stage(carry: tuple[S, S], node: tuple[Scalar, Scalar]) -> tuple[tuple[S, S], None]:
        slope, total = carry
        share, weight = node
        slope = model.rhs(t + share * h, _move(x, share * h, slope), u)
        return (slope, _move(total, weight, slope)), None

    none = jax.tree.map(jnp.zeros_like, x)
    (_, total), _ = jax.lax.scan(stage, (none, none), nodes)
    return _move(x, h, total)


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
