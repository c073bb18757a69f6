"""Runge-Kutta steps on named states: the rule of three eighths, and the midpoint rule for models that ask for it.

The rule of three eighths has four stages like the classical method and about half its error on bodies
(docs/decisions/0005-three-eighths.md). A model whose step is short for other reasons has `order` 2
(docs/decisions/0009-midpoint.md).

**References:**

- Hairer, Norsett & Wanner (1993), Solving Ordinary Differential Equations I, II.1, table 1.2
"""

from typing import TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from twinbed.core.model import AbstractHybridModel, AbstractModel

S = TypeVar("S", bound=eqx.Module)
Scalar = Float[Array, ""]
_NODES, _WEIGHTS = (0.0, 1 / 3, 2 / 3, 1.0), (1 / 8, 3 / 8, 3 / 8, 1 / 8)
_NEW, _LAST, _BEFORE = (1 / 3, 1.0, 1.0, 0.0), (0.0, -1.0, -1.0, 0.0), (0.0, 0.0, 2.0, 0.0)
"""How the direction of the next stage follows from the slope here and the last two directions."""


def _move(x: S, h: Scalar | float, slope: S) -> S:
    return jax.tree.map(lambda a, b: a + h * b, x, slope)


def rk4(model: AbstractModel, t: Scalar, x: S, u: eqx.Module, h: Scalar | float) -> S:
    """The state after `h` time units of the model, with the inputs held."""
    like = jax.tree.leaves(x)[0]
    table = jnp.asarray((_NODES, _WEIGHTS, _NEW, _LAST, _BEFORE), like.dtype).T

    def stage(carry: tuple[S, S, S], row: Float[Array, " 5"]) -> tuple[tuple[S, S, S], None]:
        direction, before, total = carry
        share, weight, new, last, one_before = row
        slope = model.rhs(t + share * h, _move(x, h, direction), u)
        combined = lambda k, d, b: new * k + last * d + one_before * b
        following = jax.tree.map(combined, slope, direction, before)
        return (following, direction, _move(total, weight, slope)), None

    none = jax.tree.map(jnp.zeros_like, x)
    (_, _, total), _ = jax.lax.scan(stage, (none, none, none), table)
    return _move(x, h, total)


def midpoint(model: AbstractModel, t: Scalar, x: S, u: eqx.Module, h: Scalar | float) -> S:
    """The same with two stages, to second order."""
    stage = lambda slope, share: (model.rhs(t + share * h, _move(x, share * h, slope), u), None)
    shares = jnp.asarray((0.0, 0.5), jax.tree.leaves(x)[0].dtype)
    slope, _ = jax.lax.scan(stage, jax.tree.map(jnp.zeros_like, x), shares)
    return _move(x, h, slope)


def advance(model: AbstractModel, t_s: Scalar, x: S, u: eqx.Module, substeps: int) -> S:
    """The state after one step of the model (`step_s`), in `substeps` Runge-Kutta steps."""
    whole = model.step_s / model.seconds_per_time_unit
    t = t_s / model.seconds_per_time_unit
    if isinstance(model, AbstractHybridModel):
        x = model.jump(t, jax.numpy.full_like(t, whole), x, u)
    h = whole / substeps
    method = midpoint if model.order == 2 else rk4
    if substeps == 1:
        return method(model, t, x, u, h)
    part = lambda k, x: method(model, t + k.astype(t.dtype) * h, x, u, h)
    return jax.lax.fori_loop(0, substeps, part, x)
