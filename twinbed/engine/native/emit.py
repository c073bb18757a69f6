"""Statements of a function in C++, each in the outermost loop in which it can stand.

A value is an array of atoms: constants, or names of variables that were assigned once. An expression
with the same operands is written once; one whose operands do not change in a loop is written before
the loop. A variable belongs to one patient per lane (`varying`) or is the same for all (`uniform`).
A block has several parts, each as wide as a vector register: every statement is written for one after
the other, so that the processor has something to do while a result is on its way.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from twinbed.engine.native.errors import Unsupported

KINDS = {"float32": "f", "float64": "f", "int32": "i", "uint32": "u", "int64": "l", "uint64": "q", "bool": "b"}
DTYPES = {kind: name for name, kind in KINDS.items() if kind != "f"}
VARYING = {"f": "F", "i": "I", "u": "U", "l": "L", "q": "Q", "b": "M"}
UNIFORM = {"f": "real", "i": "int32_t", "u": "uint32_t", "l": "int64_t", "q": "uint64_t", "b": "bool"}


@dataclasses.dataclass(frozen=True)
class Name:
    """A variable: its text in the source, its kind, and the loop that it belongs to."""

    text: str
    kind: str
    depth: int
    uniform: bool


Atom = Name | np.generic
"""A variable or a constant."""


@dataclasses.dataclass(frozen=True)
class Memory:
    """An array in memory, read element by element: with a lane for every patient, or the same for all."""

    pointer: str
    kind: str
    shape: tuple[int, ...]
    depth: int
    uniform: bool = False

    def row(self, index: str, size: int, shape: tuple[int, ...], depth: int) -> "Memory":
        """The part that begins at so many times `size` elements."""
        stride = "" if self.uniform else " * STRIDE"
        start = f"({self.pointer} + (size_t){index} * {size}{stride})"
        return Memory(start, self.kind, shape, depth, self.uniform)


@dataclasses.dataclass
class Loop:
    """Statements of a loop, of a branch, or of the function, and what they have computed."""

    branch_of: int | None = None
    """For a branch, the depth of the loop that it is in."""
    lines: list[str] = dataclasses.field(default_factory=list)
    known: dict[Any, Name] = dataclasses.field(default_factory=dict)


def kind_of(dtype: Any) -> str:
    """The kind of variable that holds numbers of this type. Raises `Unsupported` if there is none."""
    name = np.dtype(dtype).name
    if name not in KINDS:
        raise Unsupported(f"uses numbers of type {name}; native code has {', '.join(KINDS)}")
    return KINDS[name]


def kind(atom: Atom) -> str:
    """The kind of an atom."""
    return atom.kind if isinstance(atom, Name) else kind_of(atom.dtype)


def is_uniform(atom: Atom) -> bool:
    """Whether it is the same for all patients."""
    return not isinstance(atom, Name) or atom.uniform


class Emitter:
    """Collects the statements. Loops are opened and closed like brackets."""

    def __init__(self, real: Any, parts: int):
        self.real = np.dtype(real)
        self.parts = parts
        self.loops = [Loop()]
        self.count = 0

    @property
    def depth(self) -> int:
        """How many loops are open."""
        return len(self.loops) - 1

    def fresh(self, letter: str = "x") -> str:
        """A name that was not used."""
        self.count += 1
        return f"{letter}{self.count}"

    def constant(self, atom: np.generic) -> str:
        """A number in the source, to the last bit."""
        if isinstance(atom, np.floating):
            if not np.isfinite(atom):
                return "no_number" if np.isnan(atom) else f"{'-' if atom < 0 else ''}infinity"
            return f"{float(atom).hex()}{'f' if self.real == np.float32 else ''}"
        if isinstance(atom, np.bool_):
            return "true" if atom else "false"
        suffix = {"int64": "ll", "uint64": "ull", "uint32": "u"}.get(atom.dtype.name, "")
        return f"{UNIFORM[kind_of(atom.dtype)]}({int(atom)}{suffix})"

    def text(self, atom: Atom, part: int | None) -> str:
        """An operand in one part of the block; spread over its lanes if it is uniform. None: as it is."""
        bare = atom.text if isinstance(atom, Name) else self.constant(atom)
        if isinstance(atom, Name) and not atom.uniform:
            return f"{bare}_{part}"
        return bare if part is None else f"all_{VARYING[kind(atom)]}({bare})"

    def assign(self, kind: str, form: str, atoms: Sequence[Atom]) -> Name:
        """The variable that holds `form` of the operands; the same one if it was computed before."""
        names = [a for a in atoms if isinstance(a, Name)]
        uniform = all(a.uniform for a in names)
        depth = max((a.depth for a in names), default=0)
        written = [form.format(*(self.text(a, part) for a in atoms)) for part in self.over(uniform)]
        return self.variable(kind, written, depth, uniform)

    def over(self, uniform: bool) -> Sequence[int | None]:
        """The parts in which a variable exists."""
        return (None,) if uniform else range(self.parts)

    def declared(self, name: Name) -> list[str]:
        """Type and name of a variable, part by part."""
        c_type = (UNIFORM if name.uniform else VARYING)[name.kind]
        return [f"{c_type} {self.text(name, part)}" for part in self.over(name.uniform)]

    def variable(self, kind: str, expressions: Sequence[str], depth: int, uniform: bool) -> Name:
        """The variable of an expression, given part by part, whose operands are known at a depth."""
        key = (kind, uniform, tuple(expressions))
        stands = self.standing(depth)
        for loop in self.loops[depth : stands + 1]:
            if key in loop.known:
                return loop.known[key]
        name = Name(self.fresh(), kind, stands, uniform)
        for declared, expression in zip(self.declared(name), expressions, strict=True):
            self.loops[stands].lines.append(f"const {declared} = {expression};")
        self.loops[stands].known[key] = name
        return name

    def standing(self, depth: int) -> int:
        """Where a statement stands whose operands are known at a depth: what changes in a loop stays in its branch."""
        for k, loop in enumerate(self.loops):
            if loop.branch_of is not None and loop.branch_of <= depth < k:
                depth = k
        return depth

    def open(self, *, branch: bool = False) -> None:
        """Opens a loop or a branch; what follows may stand in it."""
        around = max(k for k, loop in enumerate(self.loops) if loop.branch_of is None)
        self.loops.append(Loop(branch_of=around if branch else None))

    def close(self) -> list[str]:
        """The statements of the innermost loop, which is closed."""
        return self.loops.pop().lines

    def mark(self) -> list[tuple[int, int]]:
        """Where the open loops end now."""
        return [(len(loop.lines), len(loop.known)) for loop in self.loops]

    def forget(self, mark: list[tuple[int, int]]) -> None:
        """Takes back what was written since, and the loops that were opened."""
        del self.loops[len(mark) :]
        for loop, (lines, known) in zip(self.loops, mark, strict=True):
            del loop.lines[lines:]
            while len(loop.known) > known:
                loop.known.popitem()

    def write(self, line: str) -> None:
        """A statement in the innermost loop."""
        self.loops[-1].lines.append(line)
