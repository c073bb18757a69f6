"""Runs a cohort as native code: blocks of patients side by side, blocks on threads.

The numbers of a patient do not depend on the block, the threads or the shard that it is in.
"""

import concurrent.futures
import contextlib
import contextvars
import ctypes
import dataclasses
import os
from collections.abc import Callable, Iterator
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from twinbed.core.noise import Noise
from twinbed.core.scenario import Timeline
from twinbed.engine.bed import Bed
from twinbed.engine.native import cuda
from twinbed.engine.native.compile import library, register_bytes
from twinbed.engine.native.layout import packed, unpacked
from twinbed.engine.native.program import Program
from twinbed.engine.native.traced import traced
from twinbed.engine.run import Outcome, Plan, run

_THREADS: contextvars.ContextVar[int | None] = contextvars.ContextVar("threads", default=None)


@contextlib.contextmanager
def on_threads(number: int) -> Iterator[None]:
    """Runs in this context use so many threads; without it, one for each processor.

    Raises:
        ValueError: less than one.
    """
    if number < 1:
        raise ValueError(f"{number} threads: at least one is needed")
    token = _THREADS.set(number)
    try:
        yield
    finally:
        _THREADS.reset(token)


@dataclasses.dataclass(frozen=True)
class _OnePatient:
    """The run of one patient, as a function of what is the patient's own and what all share."""

    plan: Plan
    dtype: type

    def __call__(self, own: tuple[Bed, Any, Timeline | None], shared: tuple[Any, Timeline | None]) -> Outcome:
        (bed, number, its_line), (key, one_line) = own, shared
        line = its_line if one_line is None else one_line
        assert line is not None
        return run(bed, line, Noise(key, self.dtype).at(number), self.plan)


def run_cohort(beds: Bed, timelines: Timeline, noise: Noise, first: int, plan: Plan, *, target: str = "cpu") -> Outcome:
    """Like `engine.batch.run_cohort`, as native code of the processor, or of a GPU (`target` is `cuda`).

    Raises:
        CannotLower: a part uses what native code cannot express.
        NoCompiler: there is no C++ compiler.
        NoDevice: there is no GPU, or the packages for it are missing.
    """
    n = jax.tree.leaves(eqx.filter(beds, eqx.is_array))[0].shape[0]
    numbers = np.uint32(first) + np.arange(n, dtype=np.uint32)
    its_lines, one_line = (None, timelines) if timelines.shared else (timelines, None)
    one = _OnePatient(plan, noise.dtype)
    return mapped(one, (beds, numbers, its_lines), (noise.key, one_line), dtype=noise.dtype, target=target)


def mapped(one: Callable[[Any, Any], Any], own: Any, shared: Any, *, dtype: Any, target: str = "cpu") -> Any:
    """What `one(own, shared)` gives for every item, as native code.

    Args:
        one: a function of one item; equal functions are traced once.
        own: a pytree; its arrays have a leading axis of items. What is no array is fixed.
        shared: a pytree that is the same for all items.
        dtype: of all real numbers.
        target: `cpu` or `cuda`.

    Raises:
        CannotLower, NoCompiler, NoDevice: as `run_cohort`.
    """
    compiled, made, leaves = traced(one, own, shared, dtype, target)
    run_on = cuda.execute if target == "cuda" else execute
    out = run_on(compiled, list(map(np.asarray, leaves)), leaves[0].shape[0])
    return jax.tree.unflatten(made, [jnp.asarray(a) for a in out])


def execute(compiled: Program, arrays: list[np.ndarray], n: int) -> list[np.ndarray]:
    """Runs a program on arrays with a leading patient axis."""
    blocks, width = _blocks(compiled, n)
    ins = [packed(np.asarray(a), s, blocks, width) for a, s in zip(arrays, compiled.inputs, strict=True)]
    outs = [np.empty((blocks, s.size, width), s.stored) for s in compiled.outputs]
    _run(_entry(compiled), _pointers(ins), _pointers(outs), blocks)
    return [unpacked(a, s, n) for a, s in zip(outs, compiled.outputs, strict=True)]


class Continued:
    """A function that goes on from what it gave the time before, as native code that keeps it in place.

    Holds only what changes: what is carried, packed as the code has it. What else it is given is packed once.
    """

    def __init__(
        self, one: Callable[[Any, Any], Any], carry: Any, own: tuple[Any, Any], shared: tuple[Any, Any], dtype: Any
    ):
        """Traces and compiles.

        Args:
            one: `one((carry, news, kept), (news for all, kept for all))` gives the next carry and what it made.
            carry: what the first call goes on from; its arrays have a leading axis of items, as those of `own`.
            own: news, by which later calls differ, and what is kept.
            shared: the same for what all items share.
            dtype: of all real numbers.

        Raises:
            CannotLower, NoCompiler: as `run_cohort`.
        """
        compiled, given, leaves = traced(one, (carry, *own), shared, dtype, "cpu")
        count = lambda tree: len(jax.tree.leaves(eqx.filter(tree, eqx.is_array)))
        n_carry, n_own = count(carry), count((carry, *own))
        self._news = [*range(n_carry, n_carry + count(own[0])), *range(n_own, n_own + count(shared[0]))]
        self._compiled, self._n, self._n_carry = compiled, leaves[0].shape[0], n_carry
        self._first_kept = n_carry + count(own[0])
        self._carry_tree = jax.tree.structure(carry)
        self._made_tree = jax.tree.unflatten(given, range(given.num_leaves))[1]
        self._blocks, self._width = _blocks(compiled, self._n)
        self._run_blocks = _entry(compiled)
        self._ins = [self._packed(np.asarray(a), k) for k, a in enumerate(leaves)]
        self._outs = [np.empty((self._blocks, s.size, self._width), s.stored) for s in compiled.outputs]
        there, back = self._ins[:n_carry], self._outs[:n_carry]
        self._pairs = [
            (_pointers(self._ins), _pointers(self._outs)),
            (_pointers([*back, *self._ins[n_carry:]]), _pointers([*there, *self._outs[n_carry:]])),
        ]
        self._turn = 0
        self._given: list[Any] = []
        """The news of the last call, which are packed already."""

    def __call__(self, own_news: Any, shared_news: Any) -> Any:
        """What the next call makes, beside what it carries on."""
        leaves = jax.tree.leaves((own_news, shared_news))
        for k, leaf, before in zip(self._news, leaves, self._given or leaves, strict=True):
            if leaf is not before or not self._given:
                self._ins[k][...] = self._packed(np.asarray(leaf), k)
        self._given = leaves
        _run(self._run_blocks, *self._pairs[self._turn], self._blocks)
        self._turn = 1 - self._turn
        slots = self._compiled.outputs
        return jax.tree.map(lambda k: unpacked(self._outs[k], slots[k], self._n), self._made_tree)

    def keep(self, own: Any) -> None:
        """Keeps other values of what each item keeps, from the next call on."""
        for k, leaf in enumerate(jax.tree.leaves(eqx.filter(own, eqx.is_array)), self._first_kept):
            self._ins[k][...] = self._packed(np.asarray(leaf), k)

    @property
    def carry(self) -> Any:
        """What is carried into the next call, as NumPy arrays."""
        pairs = zip(self._carried(), self._compiled.outputs, strict=False)
        return jax.tree.unflatten(self._carry_tree, [unpacked(a, s, self._n) for a, s in pairs])

    def part(self, where: Callable[[Any], Any]) -> Any:
        """A part of what is carried, without the rest."""
        carried, slots = self._carried(), self._compiled.outputs
        places = where(jax.tree.unflatten(self._carry_tree, range(self._n_carry)))
        return jax.tree.map(lambda k: unpacked(carried[k], slots[k], self._n), places)

    @carry.setter
    def carry(self, carry: Any) -> None:
        for k, (place, leaf) in enumerate(zip(self._carried(), jax.tree.leaves(carry), strict=True)):
            place[...] = self._packed(np.asarray(leaf), k)

    def _carried(self) -> list[np.ndarray]:
        return (self._outs if self._turn else self._ins)[: self._n_carry]

    def _packed(self, array: np.ndarray, k: int) -> np.ndarray:
        return packed(array, self._compiled.inputs[k], self._blocks, self._width)


def _blocks(compiled: Program, n: int) -> tuple[int, int]:
    """Blocks of patients, and patients in each."""
    width = register_bytes() // compiled.real.itemsize * compiled.parts
    return -(-n // width), width


def _entry(compiled: Program) -> Any:
    """The function of a program's library."""
    run_blocks = library(compiled.source, width=register_bytes() // compiled.real.itemsize).run_blocks
    run_blocks.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64]
    run_blocks.restype = None
    return run_blocks


def _run(run_blocks: Any, ins: Any, outs: Any, blocks: int) -> None:
    """Runs all blocks, on threads where there are several."""
    workers = min(_THREADS.get() or os.cpu_count() or 1, blocks)
    if workers <= 1:
        run_blocks(ins, outs, 0, blocks)
    else:
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            list(pool.map(lambda b: run_blocks(ins, outs, b, b + 1), range(blocks)))


def _pointers(arrays: list[np.ndarray]) -> Any:
    return (ctypes.c_void_p * len(arrays))(*(a.ctypes.data for a in arrays))
