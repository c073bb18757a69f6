"""Runs a cohort as native code: traced once, blocks of patients side by side, blocks on threads.

The numbers of a patient do not depend on the block, the threads or the shard that it is in.
"""

import concurrent.futures
import contextlib
import contextvars
import ctypes
import os
from collections.abc import Iterator
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from twinbed.core.noise import Noise
from twinbed.core.scenario import Timeline
from twinbed.engine.bed import Bed
from twinbed.engine.native.compile import library, register_bytes
from twinbed.engine.native.program import Program, Slot, program
from twinbed.engine.run import Outcome, Plan, run

_PROGRAMS: dict[Any, tuple[Program, Any]] = {}
_THREADS: contextvars.ContextVar[int | None] = contextvars.ContextVar("threads", default=None)


@contextlib.contextmanager
def on_threads(number: int) -> Iterator[None]:
    """Runs in this context use so many threads; without it, one for each processor."""
    token = _THREADS.set(number)
    try:
        yield
    finally:
        _THREADS.reset(token)


def run_cohort(beds: Bed, timelines: Timeline, noise: Noise, first: int, plan: Plan) -> Outcome:
    """Like `engine.batch.run_cohort`, as native code.

    Raises:
        CannotLower: a part uses what native code cannot express.
        NoCompiler: there is no C++ compiler.
    """
    arrays, fixed = eqx.partition((beds, timelines), eqx.is_array)
    leaves, structure = jax.tree.flatten(arrays)
    n = leaves[0].shape[0]
    compiled, shape = _program(leaves, structure, fixed, noise.dtype, plan)
    keys = [np.broadcast_to(np.asarray(word, np.uint32), (n,)) for word in noise.key]
    numbers = np.uint32(first) + np.arange(n, dtype=np.uint32)
    out = execute(compiled, [*map(np.asarray, leaves), *keys, numbers], n)
    return jax.tree.unflatten(shape, [jnp.asarray(a) for a in out])


def _program(leaves: list[Any], structure: Any, fixed: Any, dtype: Any, plan: Plan) -> tuple[Program, Any]:
    shapes = tuple(jax.ShapeDtypeStruct(a.shape[1:], a.dtype) for a in leaves)
    described = tuple((s.shape, str(s.dtype)) for s in shapes)
    key = (structure, described, jax.tree.structure(fixed), tuple(jax.tree.leaves(fixed)), np.dtype(dtype), plan)
    if key not in _PROGRAMS:
        word = jax.ShapeDtypeStruct((), jnp.uint32)

        def one(*args: Any) -> Outcome:
            *own, high, low, number = args
            bed, line = eqx.combine(jax.tree.unflatten(structure, own), fixed)
            return run(bed, line, Noise((high, low), dtype).at(number), plan)

        closed, shape = jax.make_jaxpr(one, return_shape=True)(*shapes, word, word, word)
        _PROGRAMS[key] = program(closed, dtype), jax.tree.structure(shape)
    return _PROGRAMS[key]


def execute(compiled: Program, arrays: list[np.ndarray], n: int) -> list[np.ndarray]:
    """Runs a program on arrays with a leading patient axis."""
    lanes = register_bytes() // compiled.real.itemsize
    width = lanes * compiled.parts
    blocks = -(-n // width)
    code = library(compiled.source, width=lanes)
    ins = [_packed(np.asarray(a), s, blocks, width) for a, s in zip(arrays, compiled.inputs, strict=True)]
    outs = [np.empty((blocks, s.size, width), s.stored) for s in compiled.outputs]
    run_blocks = code.run_blocks
    run_blocks.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64]
    run_blocks.restype = None
    in_pointers, out_pointers = _pointers(ins), _pointers(outs)
    workers = min(_THREADS.get() or os.cpu_count() or 1, blocks)
    if workers == 1:
        run_blocks(in_pointers, out_pointers, 0, blocks)
    else:
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            list(pool.map(lambda b: run_blocks(in_pointers, out_pointers, b, b + 1), range(blocks)))
    return [_unpacked(a, s, n) for a, s in zip(outs, compiled.outputs, strict=True)]


def _pointers(arrays: list[np.ndarray]) -> Any:
    return (ctypes.c_void_p * len(arrays))(*(a.ctypes.data for a in arrays))


def _packed(array: np.ndarray, slot: Slot, blocks: int, width: int) -> np.ndarray:
    """By block, element and lane; the last patient fills up the last block."""
    flat = array.reshape(len(array), slot.size).astype(slot.stored)
    missing = blocks * width - len(flat)
    if missing:
        flat = np.concatenate((flat, np.repeat(flat[-1:], missing, axis=0)))
    return np.ascontiguousarray(flat.reshape(blocks, width, slot.size).transpose(0, 2, 1))


def _unpacked(array: np.ndarray, slot: Slot, n: int) -> np.ndarray:
    flat = array.transpose(0, 2, 1).reshape(-1, slot.size)[:n]
    return flat.reshape(n, *slot.shape).astype(slot.dtype)
