"""A traced run as a C++ source, and the arrays that go in and come out."""

import dataclasses
import hashlib
import importlib.resources
from typing import Any

import numpy as np
from jax.extend.core import ClosedJaxpr

from twinbed.engine.native.emit import Memory, kind_of
from twinbed.engine.native.lower import Lowering
from twinbed.engine.native.rules import RULES

LONGEST_DOUBLED = 4000
"""Lines up to which a program is worth compiling for two registers side by side (docs/decisions/0004-native.md)."""

STORED = {"f": None, "i": np.int32, "u": np.uint32, "l": np.int64, "q": np.uint64, "b": np.int32}


@dataclasses.dataclass(frozen=True)
class Slot:
    """An array of a patient: how it lies in memory and what it is to Python."""

    stored: np.dtype
    dtype: np.dtype
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """Numbers of a patient."""
        return int(np.prod(self.shape))


@dataclasses.dataclass(frozen=True)
class Program:
    """A source and its inputs and outputs, in the order of the jaxpr."""

    source: str
    real: np.dtype
    parts: int
    inputs: tuple[Slot, ...]
    outputs: tuple[Slot, ...]

    @property
    def digest(self) -> str:
        """A fingerprint of the source."""
        return hashlib.sha256(self.source.encode()).hexdigest()


def header() -> str:
    """What printed code is written in."""
    return importlib.resources.files("twinbed.engine.native").joinpath("lanes.hpp").read_text()


def program(closed: ClosedJaxpr, real: Any) -> Program:
    """Prints a jaxpr of one patient; a short one with two registers side by side in a block.

    Args:
        closed: its inputs and outputs are numbers of one patient.
        real: the type of all real numbers in it.

    Raises:
        CannotLower: the jaxpr uses what cannot be expressed.
    """
    made = _printed(closed, real, 1)
    short = made.source.count("\n") - header().count("\n") <= LONGEST_DOUBLED
    return _printed(closed, real, 2) if short else made


def _printed(closed: ClosedJaxpr, real: Any, parts: int) -> Program:
    low = Lowering(real, parts, RULES)
    slot = lambda v: Slot(np.dtype(STORED[kind_of(v.aval.dtype)] or real), np.dtype(v.aval.dtype), tuple(v.aval.shape))
    inputs = tuple(slot(v) for v in closed.jaxpr.invars)
    outputs = tuple(slot(v) for v in closed.jaxpr.outvars)
    args = [Memory(f"in{k}", kind_of(s.dtype), s.shape, 0) for k, s in enumerate(inputs)]
    places = [Memory(f"out{k}", kind_of(s.dtype), s.shape, 0) for k, s in enumerate(outputs)]
    loaded = [low.atoms(a) if a.shape == () else a for a in args]
    values = low.call(closed, loaded, places)
    for value, place in zip(values, places, strict=True):
        low.store(value, place)
    (function,) = low.emitter.loops
    declared = [
        f"const stored_{a.kind} *in{k} = (const stored_{a.kind} *)in[{k}] + block * {s.size} * STRIDE;"
        for k, (a, s) in enumerate(zip(args, inputs, strict=True))
    ] + [
        f"stored_{a.kind} *out{k} = (stored_{a.kind} *)out[{k}] + block * {s.size} * STRIDE;"
        for k, (a, s) in enumerate(zip(places, outputs, strict=True))
    ]
    lines = [
        "static void run_block(const void *const *in, void *const *out, int64_t block) {",
        *(f"  {line}" for line in (*declared, *function.lines)),
        "}",
        'extern "C"',
        "void run_blocks(const void *const *in, void *const *out, int64_t first, int64_t last) {",
        "  Flushed flushed;",
        "  for (int64_t block = first; block < last; block++) run_block(in, out, block);",
        "}",
    ]
    real = np.dtype(real)
    source = "\n".join(
        (f"#define REAL_BITS {8 * real.itemsize}", f"#define STRIDE ({parts} * W)", header(), *lines, "")
    )
    return Program(source, real, parts, inputs, outputs)
