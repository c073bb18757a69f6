"""How each primitive is lowered: the elementwise ones by the table of `primitives`, the others here."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jax.extend.core import ClosedJaxpr

from twinbed.engine.native.emit import Atom, Memory, Name, is_uniform, kind
from twinbed.engine.native.errors import Unsupported
from twinbed.engine.native.loops import cond, scan, while_loop
from twinbed.engine.native.lower import MOST_ELEMENTS, Lowering, Rule, Value, scalar
from twinbed.engine.native.primitives import (
    ELEMENTWISE,
    Atoms,
    apply,
    array,
    convert,
    elementwise,
    integer_power,
    only,
    reduced,
    select,
    shifted,
    spread,
)

_CALLS = ("jit", "pjit", "closed_call", "core_call", "custom_jvp_call", "custom_vjp_call", "remat2", "checkpoint")
_REDUCTIONS = {"reduce_sum": "add", "reduce_max": "max", "reduce_min": "min", "reduce_prod": "mul",
               "reduce_and": "and", "reduce_or": "or"}  # fmt: skip


def _called(low: Lowering, equation: Any, args: list[Value]) -> list[Value]:
    p = equation.params
    inner = p.get("jaxpr") or p.get("call_jaxpr") or p.get("fun_jaxpr")
    closed = inner if isinstance(inner, ClosedJaxpr) else ClosedJaxpr(inner, ())
    return low.call(closed, args, [low.places.get(v) for v in equation.outvars])


def _dtype(equation: Any) -> Any:
    return equation.outvars[0].aval.dtype


def _shape(equation: Any) -> tuple[int, ...]:
    return equation.outvars[0].aval.shape


def _elementwise(low: Lowering, equation: Any, args: list[Value]) -> list[Value]:
    values = [low.atoms(a) for a in args]
    return [elementwise(low.emitter, equation.primitive.name, _dtype(equation), *values)]


def _moved(move: Callable[..., Atoms]) -> Rule:
    """A rule for a primitive that only moves elements."""

    def rule(low: Lowering, equation: Any, args: list[Value]) -> list[Value]:
        out = move(equation.params, _shape(equation), *(low.atoms(a) for a in args))
        return [out if isinstance(out, np.ndarray) else scalar(out)]

    return rule


def _broadcast(p: Any, shape: tuple[int, ...], x: Atoms, *_: Any) -> Atoms:
    spaced = [1] * len(shape)
    for axis, place in enumerate(p["broadcast_dimensions"]):
        spaced[place] = x.shape[axis]
    return np.broadcast_to(x.reshape(spaced), shape)


def _sliced(p: Any, shape: tuple[int, ...], x: Atoms) -> Atoms:
    strides = p["strides"] or (1,) * x.ndim
    return x[tuple(slice(a, b, s) for a, b, s in zip(p["start_indices"], p["limit_indices"], strides, strict=True))]


def _reshape(low: Lowering, equation: Any, args: list[Value]) -> list[Value]:
    (x, *_) = args
    if isinstance(x, Memory):
        return [dataclasses.replace(x, shape=_shape(equation))]
    return [x.reshape(_shape(equation))]


def _iota(low: Lowering, equation: Any, args: list[Value]) -> list[Value]:
    p = equation.params
    line = np.arange(p["shape"][p["dimension"]])
    spaced = [1] * len(p["shape"])
    spaced[p["dimension"]] = -1
    return [array(np.broadcast_to(line.reshape(spaced), p["shape"]), p["dtype"])]


def _select_n(low: Lowering, equation: Any, args: list[Value]) -> list[Value]:
    values = [low.atoms(a) for a in args]
    return [spread(lambda *a: select(low.emitter, *a), *values)]


def _convert(low: Lowering, equation: Any, args: list[Value]) -> list[Value]:
    dtype = equation.params["new_dtype"]
    if np.issubdtype(dtype, np.floating) and np.dtype(dtype) != low.emitter.real:
        raise Unsupported(f"makes a {np.dtype(dtype).name} in a run in {low.emitter.real.name}")
    return [spread(lambda a: convert(low.emitter, a, dtype), low.atoms(args[0]))]


def _integer_pow(low: Lowering, equation: Any, args: list[Value]) -> list[Value]:
    return [spread(lambda a: integer_power(low.emitter, a, equation.params["y"]), low.atoms(args[0]))]


def _shift(low: Lowering, equation: Any, args: list[Value]) -> list[Value]:
    name = equation.primitive.name
    return [spread(lambda a, b: shifted(low.emitter, name, a, b), *(low.atoms(v) for v in args))]


def _halves_away(x: Any) -> Any:
    whole = np.floor(np.abs(x))
    return np.copysign(whole + (np.abs(x) - whole >= 0.5), x)


def _round(low: Lowering, equation: Any, args: list[Value]) -> list[Value]:
    even = int(equation.params["rounding_method"]) == 1
    fold = np.rint if even else _halves_away
    rule = dataclasses.replace(ELEMENTWISE["floor"], form="nearest({0})" if even else "halves_away({0})", fold=fold)
    return [spread(lambda a: apply(low.emitter, rule, _dtype(equation), a), low.atoms(args[0]))]


def _clamp(low: Lowering, equation: Any, args: list[Value]) -> list[Value]:
    lowest, x, highest = (low.atoms(a) for a in args)
    dtype = _dtype(equation)
    return [elementwise(low.emitter, "min", dtype, elementwise(low.emitter, "max", dtype, x, lowest), highest)]


def _reduce(low: Lowering, equation: Any, args: list[Value]) -> list[Value]:
    name = _REDUCTIONS[equation.primitive.name]
    return [reduced(low.emitter, name, _dtype(equation), low.atoms(args[0]), equation.params["axes"])]


def _same(low: Lowering, equation: Any, args: list[Value]) -> list[Value]:
    return list(args)


def _first_index(low: Lowering, where: list[Atom], shape: Sequence[int], sizes: Sequence[int]) -> list[Atom]:
    """Indices clipped so that the slice lies inside, as JAX does."""
    out: list[Atom] = []
    for atom, whole, part in zip(where, shape, sizes, strict=True):
        if kind(atom) in "uq":
            atom = convert(low.emitter, atom, np.int64)
        dtype = np.int32 if kind(atom) == "i" else np.int64
        clipped = apply(low.emitter, ELEMENTWISE["max"], dtype, atom, dtype(0))
        out.append(apply(low.emitter, ELEMENTWISE["min"], dtype, clipped, dtype(whole - part)))
    return out


def _dynamic_slice(low: Lowering, equation: Any, args: list[Value]) -> list[Value]:
    x, *where = args
    sizes = equation.params["slice_sizes"]
    at = _first_index(low, [only(low.atoms(w)) for w in where], x.shape, sizes)
    if isinstance(x, Memory) and len(x.shape) == 1 and is_uniform(at[0]):
        return [_read_slice(low, x, at, sizes)]
    if isinstance(x, Memory) and int(np.prod(x.shape)) > MOST_ELEMENTS:
        raise Unsupported("reads a long row at a place that differs from patient to patient, or a table of rows")
    return [_chosen(low, low.atoms(x), at, sizes)]


def _read_slice(low: Lowering, x: Memory, at: list[Atom], sizes: Sequence[int]) -> Value:
    start = low.emitter.text(at[0], None)
    depth = max(x.depth, at[0].depth if isinstance(at[0], Name) else 0)
    return x.row(start, 1, tuple(sizes), depth)


def _chosen(low: Lowering, x: Atoms, at: list[Atom], sizes: Sequence[int]) -> Atoms:
    """A slice of variables: axis by axis, chosen among all starts."""
    for axis, (where, size) in enumerate(zip(at, sizes, strict=True)):
        starts = x.shape[axis] - size + 1
        take = lambda k, axis=axis, size=size, x=x: x.take(range(k, k + size), axis=axis)
        if isinstance(where, np.generic):
            x = take(int(where))
            continue
        cases = [take(k) for k in range(starts)]
        x = spread(lambda *a, where=where: select(low.emitter, where, *a), *cases) if starts > 1 else cases[0]
    return x


def _dynamic_update_slice(low: Lowering, equation: Any, args: list[Value]) -> list[Value]:
    x, new, *where = [low.atoms(a) for a in args]
    at = _first_index(low, [only(w) for w in where], x.shape, new.shape)
    e = low.emitter
    out = x.copy()
    for place in np.ndindex(*x.shape):
        for inner in np.ndindex(*new.shape):
            hit = _all(low, [_same_place(low, a, k - j) for a, k, j in zip(at, place, inner, strict=True)])
            out[place] = select(e, hit, _pick(out, place), _pick(new, inner))
    return [out]


def _pick(array_: Atoms, place: tuple[int, ...]) -> Atom:
    atom: Any = array_[place]
    return atom


def _same_place(low: Lowering, index: Atom, place: int) -> Atom:
    dtype = np.int32 if kind(index) == "i" else np.int64
    return apply(low.emitter, ELEMENTWISE["eq"], np.bool_, index, dtype(place))


def _all(low: Lowering, truths: list[Atom]) -> Atom:
    out: Atom = np.bool_(True)
    for truth in truths:
        first = isinstance(out, np.generic) and bool(out)
        out = truth if first else apply(low.emitter, ELEMENTWISE["and"], np.bool_, out, truth)
    return out


def _concatenate(p: Any, shape: tuple[int, ...], *parts: Atoms) -> Atoms:
    return np.concatenate(parts, axis=p["dimension"])


RULES: dict[str, Rule] = {
    **dict.fromkeys(ELEMENTWISE, _elementwise),
    **dict.fromkeys(_CALLS, _called),
    **dict.fromkeys(_REDUCTIONS, _reduce),
    **dict.fromkeys(("shift_left", "shift_right_logical", "shift_right_arithmetic"), _shift),
    **dict.fromkeys(("copy", "copy_p", "optimization_barrier", "stop_gradient"), _same),
    "scan": scan,
    "while": while_loop,
    "cond": cond,
    "select_n": _select_n,
    "convert_element_type": _convert,
    "integer_pow": _integer_pow,
    "round": _round,
    "clamp": _clamp,
    "iota": _iota,
    "reshape": _reshape,
    "squeeze": _reshape,
    "expand_dims": _reshape,
    "broadcast_in_dim": _moved(_broadcast),
    "slice": _moved(_sliced),
    "concatenate": _moved(_concatenate),
    "transpose": _moved(lambda p, shape, x: x.transpose(p["permutation"])),
    "stack": _moved(lambda p, shape, *parts: np.stack(parts, axis=p["axis"])),
    "tile": _moved(lambda p, shape, x: np.tile(x, p["reps"])),
    "rev": _moved(lambda p, shape, x: np.flip(x, p["dimensions"])),
    "dynamic_slice": _dynamic_slice,
    "dynamic_update_slice": _dynamic_update_slice,
}
