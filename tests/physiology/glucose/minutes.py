"""Runs one patient minute by minute, and compares with an independent solver."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.flatten_util
import jax.numpy as jnp
import numpy as np
from scipy.integrate import solve_ivp

from twinbed.core.model import AbstractHybridModel, AbstractModel, Scalar
from twinbed.engine.integrate import advance, rk4


def _plain(tree: Any) -> Any:
    """The same numbers in one kind of array, so that equal structures compile once."""
    return jax.tree.map(lambda a: jnp.asarray(np.asarray(a, dtype=float)), tree)


@eqx.filter_jit
def _day(model: AbstractModel, x: Any, inputs: Any, start_min: Any) -> tuple[Any, Any]:
    def minute(x: Any, at: Any) -> tuple[Any, Any]:
        k, u = at
        t_s = 60.0 * (start_min + k)
        x = advance(model, t_s, x, u, 1)
        return x, (x, model.outputs((t_s + 60.0) / model.seconds_per_time_unit, x, u))

    n = len(jax.tree.leaves(inputs)[0])
    return jax.lax.scan(minute, x, (jnp.arange(n, dtype=float), inputs))[1]


def day(model: AbstractModel, x: Any, inputs: Any, start_min: float = 0.0) -> tuple[Any, Any]:
    """States and outputs after every minute; `inputs` has a leading axis of minutes."""
    out = _day(*_plain((model, x, inputs)), jnp.asarray(start_min))
    return jax.tree.map(np.asarray, out)


def held(model: AbstractModel, minutes: int, **changes: Any) -> Any:
    """The resting inputs for some minutes; `changes` are arrays that replace single inputs."""
    u = jax.tree.map(lambda a: np.broadcast_to(np.asarray(a), (minutes,)), model.resting())
    for name, value in changes.items():
        u = eqx.tree_at(lambda v, n=name: getattr(v, n), u, np.broadcast_to(np.asarray(value), (minutes,)))
    return u


def pulse(minutes: int, *, at: int, lasting: int = 1, amount: float) -> np.ndarray:
    """A rate that delivers `amount` (rate times minutes) from minute `at` on."""
    k = np.arange(minutes)
    return np.where((k >= at) & (k < at + lasting), amount / lasting, 0.0)


@eqx.filter_jit
def _smooth(model: AbstractModel, x: Any, u: Any, h: Any, steps: Any) -> Any:
    return jax.lax.fori_loop(0, steps, lambda k, x: rk4(model, k.astype(float) * h, x, u, h), x)


def smooth(model: AbstractModel, x: Any, u: Any, minutes: float, steps: int) -> Any:
    """The state after some minutes from midnight without jumps, in equal Runge-Kutta steps."""
    return _smooth(*_plain((model, x, u)), jnp.asarray(minutes / steps), jnp.asarray(steps))


def reference(model: AbstractModel, x: Any, u: Any, minutes: float) -> Any:
    """The same by SciPy's adaptive DOP853 at tight tolerance."""
    model, x, u = _plain((model, x, u))
    start, unravel = jax.flatten_util.ravel_pytree(x)
    slope = jax.jit(lambda t, y: jax.flatten_util.ravel_pytree(model.rhs(t, unravel(y), u))[0])
    found = solve_ivp(
        lambda t, y: np.asarray(slope(t, y)), (0.0, minutes), np.asarray(start),
        method="DOP853", rtol=1e-10, atol=1e-10,
    )  # fmt: skip
    return unravel(jnp.asarray(found.y[:, -1]))


class Ledger(eqx.Module):
    """A state and what has flowed since the beginning."""

    inner: Any
    flowed: Any


class Accounted(AbstractHybridModel[Any, Any, Any]):
    """A model that also integrates fluxes, by the same Runge-Kutta step.

    Runge-Kutta keeps linear invariants exactly, so amounts must balance to rounding.
    """

    model: AbstractHybridModel
    flux: Callable[[Any, Any], Any] = eqx.field(static=True)
    step_s: float = eqx.field(static=True, default=60.0)
    seconds_per_time_unit = 60.0

    def initial(self) -> Ledger:
        inner = self.model.initial()
        flowed = jax.tree.map(jnp.zeros_like, self.flux(inner, self.model.resting()))
        return Ledger(inner, flowed)

    def resting(self) -> Any:
        return self.model.resting()

    def jump(self, t: Scalar, dt: Scalar, x: Ledger, u: Any) -> Ledger:
        return Ledger(self.model.jump(t, dt, x.inner, u), x.flowed)

    def rhs(self, t: Scalar, x: Ledger, u: Any) -> Ledger:
        return Ledger(self.model.rhs(t, x.inner, u), self.flux(x.inner, u))

    def outputs(self, t: Scalar, x: Ledger, u: Any) -> Any:
        return self.model.outputs(t, x.inner, u)
