"""A jaxpr as the body of a C++ function, one patient per lane.

Every equation becomes a variable (`emit`), by the table of `primitives`; what JAX loops over becomes a
loop around all lanes. Arrays are written out element by element, so they must be small; what is larger
(the events of all days, recorded signals) stays in memory and is read and written as the loops pass.

*Known limits*: a branch is computed for all lanes and then chosen; a loop with a condition runs until
no lane wants to go on.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal, Var

from twinbed.engine.native.emit import VARYING, Atom, Emitter, Memory, Name
from twinbed.engine.native.errors import CannotLower, Unsupported
from twinbed.engine.native.primitives import Atoms, array

Value = Atoms | Memory
Rule = Callable[["Lowering", Any, list[Value]], list[Value]]
MOST_ELEMENTS = 128


class Lowering:
    """Walks a jaxpr and leaves its statements in `emitter`."""

    def __init__(self, real: Any, parts: int, rules: Mapping[str, Rule]):
        self.emitter = Emitter(real, parts)
        self.rules = rules
        self.open_equations: list[Any] = []
        self.seen: dict[int, tuple[list[int], list[int]]] = {}
        """What was found of the carry of a loop: how it began and how it changes."""
        self.works_below = False
        """Whether what is lowered now stands beside a longer loop."""
        self.places: dict[Var, Memory] = {}
        """Where in memory a value is to be put, for those that are too large for variables."""

    def walk(
        self, jaxpr: Jaxpr, consts: Sequence[Value], args: Sequence[Value], places: Sequence[Memory | None] = ()
    ) -> list[Value]:
        """The values of the outputs. What has a place is written there if it is made row by row."""
        known: dict[Var, Value] = dict(zip((*jaxpr.constvars, *jaxpr.invars), (*consts, *args), strict=True))

        def read(v: Var | Literal) -> Value:
            return array(v.val, shaped(v).dtype) if isinstance(v, Literal) else known[v]

        outer, self.places = self.places, _places(jaxpr, places)
        for equation in jaxpr.eqns:
            values = self.equation(equation, [read(v) for v in equation.invars])
            known.update(zip(equation.outvars, values, strict=True))
        self.places = outer
        return [read(v) for v in jaxpr.outvars]

    def call(self, closed: ClosedJaxpr, args: Sequence[Value], places: Sequence[Memory | None] = ()) -> list[Value]:
        """The outputs of a closed jaxpr."""
        consts = [array(c, np.asarray(c).dtype) for c in closed.consts]
        return self.walk(closed.jaxpr, consts, args, places)

    def equation(self, equation: Any, args: list[Value]) -> list[Value]:
        """The values of one equation. Raises `CannotLower` with the line of the model."""
        self.open_equations.append(equation)
        rule = self.rules.get(equation.primitive.name)
        if rule is None:
            raise CannotLower.at(self.open_equations)
        try:
            values = rule(self, equation, args)
        except Unsupported as error:
            raise CannotLower.at(self.open_equations, str(error)) from None
        self.open_equations.pop()
        return values

    def atoms(self, value: Value) -> Atoms:
        """A value as atoms; small arrays are read from memory."""
        if not isinstance(value, Memory):
            return value
        size = int(np.prod(value.shape))
        if size > MOST_ELEMENTS:
            raise Unsupported(f"reads {size} numbers at once; at most {MOST_ELEMENTS} can be held in variables")
        out = np.empty(size, object)
        for k in range(size):
            if value.uniform:
                texts = [f"{value.pointer}[{k}]{' != 0' if value.kind == 'b' else ''}"]
            else:
                texts = [f"load_{value.kind}({value.pointer} + {_at(k, part)})" for part in self.emitter.over(False)]
            out[k] = self.emitter.variable(value.kind, texts, value.depth, value.uniform)
        return out.reshape(value.shape)

    def store(self, value: Value, place: Memory) -> None:
        """Writes a value to its place, unless it is there already."""
        if isinstance(value, Memory):
            if value.pointer != place.pointer:
                self._copy(value, place)
            return
        for k, atom in enumerate(self.atoms(value).reshape(-1)):
            for part in self.emitter.over(False):
                text = self.emitter.text(atom, part)
                self.emitter.write(f"store_{place.kind}({place.pointer} + {_at(k, part)}, {text});")

    def _copy(self, value: Memory, place: Memory) -> None:
        """An array from one place to another, element by element."""
        e, k = self.emitter, self.emitter.fresh("k")
        e.write(f"for (int32_t {k} = 0; {k} < {int(np.prod(value.shape))}; {k}++) {{")
        for part in e.over(False):
            if value.uniform:
                read = f"all_{VARYING[value.kind]}({value.pointer}[{k}]{' != 0' if value.kind == 'b' else ''})"
            else:
                read = f"load_{value.kind}({value.pointer} + {_at(k, part)})"
            e.write(f"  store_{place.kind}({place.pointer} + {_at(k, part)}, {read});")
        e.write("}")


def _at(element: int | str, part: int | None) -> str:
    return f"{element} * STRIDE + {part} * W"


def _places(jaxpr: Jaxpr, places: Sequence[Memory | None]) -> dict[Var, Memory]:
    """Where the outputs go, and what they are reshaped from."""
    out = {v: m for v, m in zip(jaxpr.outvars, places, strict=False) if m is not None and isinstance(v, Var)}
    for equation in reversed(jaxpr.eqns):
        if equation.primitive.name == "reshape" and equation.outvars[0] in out:
            source = equation.invars[0]
            if isinstance(source, Var):
                out[source] = dataclasses.replace(out[equation.outvars[0]], shape=shaped(source).shape)
    return out


def shaped(v: Var | Literal) -> Any:
    """Shape and type of a variable of a jaxpr."""
    return v.aval


def scalar(atom: Atom) -> Atoms:
    """An atom as an array without axes."""
    out = np.empty((), object)
    out[()] = atom
    return out


def row_in_memory(low: Lowering, memory: Memory, index: Atom) -> Memory:
    """A row of an array in memory."""
    inner = int(np.prod(memory.shape[1:]))
    at = low.emitter.text(index, None)
    depth = max(memory.depth, index.depth if isinstance(index, Name) else 0)
    return memory.row(at, inner, memory.shape[1:], depth)
