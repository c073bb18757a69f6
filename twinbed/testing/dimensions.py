"""Dimensional analysis by rescaling.

Every unit symbol is stretched by its own power of two, every declared quantity follows its
declared unit, and the equations must follow too. It needs no unit-aware arrays, and grams
added to milligrams are caught, since the two are different symbols. Points are spread over
decades, since at a single one a saturated term can hide a mistake.
"""

from typing import Any, TypeVar

import equinox as eqx
import jax
import numpy as np

from twinbed.core.component import types_of
from twinbed.core.model import AbstractHybridModel, AbstractModel
from twinbed.core.quantities import Quantity
from twinbed.testing.declared import declared, map_declared
from twinbed.testing.examples import filled
from twinbed.vocab.units import exponents

M = TypeVar("M", bound=eqx.Module)
Point = tuple[AbstractModel, Any, Any, Any, Any]
_TIME_SYMBOLS = {1.0: "s", 60.0: "min", 3600.0: "h"}
_POINTS = 20
_RELATIVE = 1e-9  # powers of two scale exactly; only sums of unlike magnitudes round


def stretch(unit: str, scale: dict[str, float]) -> float:
    """How much a value in `unit` grows when every symbol is stretched by `scale`."""
    out = 1.0
    for symbol, power in exponents(unit).items():
        out *= scale[symbol] ** power
    return out


def rescale(node: M, scale: dict[str, float], extra: float = 1.0) -> M:
    """A copy of a module whose declared quantities follow the stretched symbols."""
    return map_declared(lambda value, q: np.asarray(value) * (stretch(q.unit, scale) * extra), node)


def _spread(node: M, rng: np.random.Generator, low: float, high: float) -> M:
    """The module with every number multiplied by, or if zero replaced by, a power of ten."""

    def moved(value: Any, quantity: Quantity) -> Any:
        value = np.asarray(value)
        size = 10.0 ** rng.uniform(low, high, size=value.shape)
        return np.where(value == 0.0, size, np.abs(value) * size)

    return map_declared(moved, node)


def _agree(got: eqx.Module, want: eqx.Module, what: str) -> bool:
    """Whether two modules agree; False where the point left the finite numbers."""
    values: list[tuple[Any, Any]] = []
    map_declared(lambda value, q: values.append((value, q)) or value, want)
    others: list[tuple[Any, Any]] = []
    map_declared(lambda value, q: others.append((value, q)) or value, got)
    names = [name for name, _ in declared(want)]
    for name, (a, _), (b, _) in zip(names, values, others, strict=True):
        a, b = np.asarray(a), np.asarray(b)
        if not (np.isfinite(a).all() and np.isfinite(b).all()):
            return False
        close = np.abs(a - b) <= _RELATIVE * np.maximum(np.abs(a), np.abs(b)) + 1e-280
        assert close.all(), f"units of {what} of {name} do not agree: {a} != {b}"
    return True


def check_dimensions(model: AbstractModel) -> None:
    """Right-hand side, jump and outputs must be consistent with the units they declare.

    Raises:
        AssertionError: a term has another unit than the sum it stands in.
    """
    x, u = model.initial(), filled(types_of(type(model)).inputs)
    parts = (model, x, u, filled(types_of(type(model)).outputs))
    second = _TIME_SYMBOLS[model.seconds_per_time_unit]
    symbols = {s for p in parts for _, q in declared(p) for s in exponents(q.unit)} | {second}
    scales = [_scale(symbols, seed) for seed in range(_POINTS)]
    points = [_point(model, x, u, scale[second], scale, seed) for seed, scale in enumerate(scales)]
    every = jax.tree.map(lambda *values: np.stack(values), *(side for pair in points for side in pair))
    # Forty points at once: sooner evaluated operation by operation than compiled.
    found = jax.tree.map(np.asarray, eqx.filter_vmap(_evaluated)(every))
    at = lambda k: jax.tree.map(lambda a: a[k], found)
    name = type(model).__name__
    agrees = [_compare(at(2 * k), at(2 * k + 1), s, s[second], f"{name} at point {k}") for k, s in enumerate(scales)]
    assert sum(agrees) >= _POINTS // 2, f"only {sum(agrees)} of {_POINTS} points stayed finite"


def _scale(symbols: set[str], seed: int) -> dict[str, float]:
    """A power of two for every symbol, drawn anew at every point lest a product of some equal another."""
    rng = np.random.default_rng(1000 + seed)
    return {s: 2.0 ** int(rng.integers(-16, 17)) for s in sorted(symbols)}


def _point(
    model: AbstractModel, state: eqx.Module, inputs: eqx.Module, per_time: float, scale: dict[str, float], seed: int
) -> tuple[Point, Point]:
    """A model, time, step, state and inputs somewhere, with stretched units and as they are."""
    rng = np.random.default_rng(seed)
    model = _spread(model, rng, -1.5, 1.5)
    x, u = _spread(state, rng, -1.5, 1.5), _spread(inputs, rng, -2.0, 3.0)
    t, dt = np.asarray(rng.uniform(0, 1440)), np.asarray(1.0)
    big = (rescale(model, scale), t * per_time, dt * per_time, rescale(x, scale), rescale(u, scale))
    return big, (model, t, dt, x, u)


def _evaluated(point: Point) -> dict[str, Any]:
    model, t, dt, x, u = point
    found = {"rhs": model.rhs(t, x, u), "outputs": model.outputs(t, x, u)}
    return found | ({"jump": model.jump(t, dt, x, u)} if isinstance(model, AbstractHybridModel) else {})


def _compare(big: dict[str, Any], small: dict[str, Any], scale: dict[str, float], per_time: float, what: str) -> bool:
    extra = {"rhs": 1.0 / per_time}
    wanted = {name: rescale(value, scale, extra.get(name, 1.0)) for name, value in small.items()}
    return all([_agree(big[name], wanted[name], f"{name} of {what}") for name in small])
