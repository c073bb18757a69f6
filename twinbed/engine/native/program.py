"""A traced run as a C++ source, and the arrays that go in and come out."""

import dataclasses
import hashlib
import importlib.resources
from collections.abc import Sequence
from typing import Any

import numpy as np
from jax.extend.core import ClosedJaxpr

from twinbed.engine.native.emit import Memory, kind_of
from twinbed.engine.native.errors import CannotLower, Unsupported
from twinbed.engine.native.layout import Slot, begins
from twinbed.engine.native.lower import Lowering
from twinbed.engine.native.rules import RULES

LONGEST_DOUBLED = 4000
"""Lines up to which a program is worth compiling for two registers side by side (docs/decisions/0004-native.md)."""

WARP = 32
"""Patients in a block of a GPU: the threads that go in step."""

STORED = {"f": None, "i": np.int32, "u": np.uint32, "l": np.int64, "q": np.uint64, "b": np.int32}


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


def header(target: str = "cpu") -> str:
    """What printed code is written in."""
    return importlib.resources.files("twinbed.engine.native").joinpath(_HEADERS[target]).read_text()


def program(closed: ClosedJaxpr, real: Any, shared: Sequence[bool] | None = None, *, target: str = "cpu") -> Program:
    """Prints a jaxpr of one patient; a short one with two registers side by side in a block.

    Args:
        closed: its inputs and outputs are numbers of one patient.
        real: the type of all real numbers in it.
        shared: which inputs are the same for all patients; none if not given.
        target: `cpu`, or `cuda` for one patient in every thread of a GPU.

    Raises:
        CannotLower: the jaxpr uses what cannot be expressed.
    """
    shared = shared or [False] * len(closed.jaxpr.invars)
    try:
        return _chosen(closed, real, shared, target)
    except Unsupported as error:
        raise CannotLower(f"the bed {error}") from None


def _chosen(closed: ClosedJaxpr, real: Any, shared: Sequence[bool], target: str) -> Program:
    if target == "cuda":
        return _printed(closed, real, shared, 1, target)
    made = _printed(closed, real, shared, 1)
    short = made.source.count("\n") - header().count("\n") <= LONGEST_DOUBLED
    return _printed(closed, real, shared, 2) if short else made


def _printed(closed: ClosedJaxpr, real: Any, shared: Sequence[bool], parts: int, target: str = "cpu") -> Program:
    low = Lowering(real, parts, RULES)
    for v in closed.jaxpr.invars:
        if np.issubdtype(v.aval.dtype, np.floating) and v.aval.dtype != real:
            raise Unsupported(f"has a {v.aval.dtype.name} in a run in {np.dtype(real).name}")
    slot = lambda v: Slot(np.dtype(STORED[kind_of(v.aval.dtype)] or real), np.dtype(v.aval.dtype), tuple(v.aval.shape))
    inputs = tuple(dataclasses.replace(slot(v), shared=s) for v, s in zip(closed.jaxpr.invars, shared, strict=True))
    outputs = tuple(slot(v) for v in closed.jaxpr.outvars)
    args = [Memory(f"in{k}", kind_of(s.dtype), s.shape, 0, s.shared) for k, s in enumerate(inputs)]
    places = [Memory(f"out{k}", kind_of(s.dtype), s.shape, 0) for k, s in enumerate(outputs)]
    loaded = [low.atoms(a) if a.shape == () else a for a in args]
    values = low.call(closed, loaded, places)
    for value, place in zip(values, places, strict=True):
        low.store(value, place)
    (function,) = low.emitter.loops
    real = np.dtype(real)
    source = (
        f"#define REAL_BITS {8 * real.itemsize}",
        f"#define STRIDE ({parts} * W)",
        f"#define PATIENTS {WARP}",
        header(target),
        *_WRITTEN[target](inputs, outputs, function.lines),
        "",
    )
    return Program("\n".join(source), real, parts, inputs, outputs)


def _blocks(inputs: Sequence[Slot], outputs: Sequence[Slot], body: list[str]) -> list[str]:
    """A function for a range of blocks of patients; every input and output has a pointer."""
    sort = lambda s: f"stored_{kind_of(s.dtype)}"
    declared = [
        f"const {sort(s)} *in{k} = (const {sort(s)} *)in[{k}]{'' if s.shared else f' + block * {s.size} * STRIDE'};"
        for k, s in enumerate(inputs)
    ] + [
        f"{sort(s)} *out{k} = ({sort(s)} *)out[{k}] + block * {s.size} * STRIDE;"
        for k, s in enumerate(outputs)
    ]  # fmt: skip
    return [
        "static void run_block(const void *const *in, void *const *out, int64_t block) {",
        *(f"  {line}" for line in (*declared, *body)),
        "}",
        'extern "C"',
        "void run_blocks(const void *const *in, void *const *out, int64_t first, int64_t last) {",
        "  Flushed flushed;",
        "  for (int64_t block = first; block < last; block++) run_block(in, out, block);",
        "}",
    ]


def _kernel(inputs: Sequence[Slot], outputs: Sequence[Slot], body: list[str]) -> list[str]:
    """A kernel for a warp of patients; all that the warp reads is one record in memory, and all that it writes."""
    alike, _ = begins([s for s in inputs if s.shared], 1)
    own, read = begins([s for s in inputs if not s.shared], WARP)
    made, written = begins(outputs, WARP)
    for_all, for_each = iter(alike), iter(own)
    sort = lambda s: f"stored_{kind_of(s.dtype)}"
    declared = [
        f"const {sort(s)} *in{k} = (const {sort(s)} *)(shared + {next(for_all)});"
        if s.shared
        else f"const Own<const {sort(s)}> in{k} = {{(const {sort(s)} *)(in + {next(for_each)}) + threadIdx.x}};"
        for k, s in enumerate(inputs)
    ] + [
        f"const Own<{sort(s)}> out{k} = {{({sort(s)} *)(out + {place}) + threadIdx.x}};"
        for k, (s, place) in enumerate(zip(outputs, made, strict=True))
    ]
    return [
        'extern "C" __global__ void __launch_bounds__(PATIENTS)',
        "run_blocks(const char *__restrict__ shared, const char *__restrict__ in, char *__restrict__ out) {",
        f"  in += (size_t)blockIdx.x * {read};",
        f"  out += (size_t)blockIdx.x * {written};",
        *(f"  {line}" for line in (*declared, *body)),
        "}",
    ]


_HEADERS = {"cpu": "lanes.hpp", "cuda": "threads.cuh"}
_WRITTEN = {"cpu": _blocks, "cuda": _kernel}
