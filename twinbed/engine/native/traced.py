"""The program of a function: traced and printed once, then kept in this process and in the user's cache.

Tracing the whole patient and printing it takes longer than anything else before a bed opens. What is kept is found by
all that the trace depends on, without tracing (`described`); what cannot be described is traced in every process anew.
Reading it back can run code, as the compiled libraries beside it do: nobody else may write there (`cache`).
"""

import contextlib
import pickle
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
import numpy as np

from twinbed.engine.native import cache
from twinbed.engine.native.compile import preparing
from twinbed.engine.native.described import arguments, described, surroundings
from twinbed.engine.native.errors import CannotLower, NoCompiler, NotDescribed
from twinbed.engine.native.program import Program, header, program

Traced = tuple[Program, Any]
"""A program, and the tree of what it gives."""
SUFFIX = ".program"
_PROGRAMS: dict[Any, Traced] = {}
_REFUSED: dict[Any, str] = {}
"""What was tried in vain in this process, so that it is not tried again at every call."""


def traced(
    one: Callable[[Any, Any], Any], own: Any, shared: Any, dtype: Any, target: str
) -> tuple[Program, Any, list[Any]]:
    """The program of a function of one item, what it gives (a tree), and the arrays that it is given.

    Args:
        one, own, shared, dtype, target: as `execute.mapped`.

    Raises:
        CannotLower: the function uses what native code cannot express.
    """
    arrays, fixed = eqx.partition((own, shared), eqx.is_array)
    leaves, structure = jax.tree.flatten(arrays)
    n_own = len(jax.tree.leaves(arrays[0]))
    is_shared = [k >= n_own for k in range(len(leaves))]
    shapes = [
        jax.ShapeDtypeStruct(a.shape if s else a.shape[1:], a.dtype) for a, s in zip(leaves, is_shared, strict=True)
    ]
    given = tuple((s.shape, str(s.dtype)) for s in shapes)
    still = (jax.tree.structure(fixed), tuple((type(leaf), repr(leaf), leaf) for leaf in jax.tree.leaves(fixed)))
    key = (one, target, structure, given, n_own, still, np.dtype(dtype))
    if key in _REFUSED:
        raise CannotLower(_REFUSED[key])

    def anew() -> Traced:
        of_leaves = lambda *a: one(*eqx.combine(jax.tree.unflatten(structure, a), fixed))
        closed, shape = jax.make_jaxpr(of_leaves, return_shape=True)(*shapes)
        return program(closed, dtype, is_shared, target=target), jax.tree.structure(shape)

    if key not in _PROGRAMS:
        try:
            _PROGRAMS[key] = _kept(_decides(one, own, shared, dtype, target), anew)
        except CannotLower as error:
            _REFUSED[key] = str(error)
            raise CannotLower(str(error)) from None
    return *_PROGRAMS[key], leaves


def _decides(one: Any, own: Any, shared: Any, dtype: Any, target: str) -> list[str] | None:
    """All that a program depends on; nothing where that is not known."""
    try:
        known = [target, str(np.dtype(dtype)), header(target), *surroundings(), described(one), arguments(own, shared)]
    except NotDescribed:
        return None
    return [repr(known)]


def _kept(decides: Sequence[str] | None, anew: Callable[[], Traced]) -> Traced:
    """A program from the cache, or made and put there if that can be."""
    there = None if decides is None else _read(decides)
    if there is not None:
        return there
    with preparing():
        made = anew()
    if decides is not None and (data := _written(made)) is not None:
        with contextlib.suppress(NoCompiler):  # whoever needs the cache for a library will say so
            cache.kept(decides, SUFFIX, lambda path: path.write_bytes(data))
    return made


def _read(decides: Sequence[str]) -> Traced | None:
    try:
        file = cache.found(decides, SUFFIX)
    except NoCompiler:
        return None
    if file is None:
        return None
    try:
        return _opened(file.read_bytes())
    except Exception:  # whatever is wrong with it, it is made anew
        with contextlib.suppress(OSError):
            file.unlink()
        return None


def _written(made: Traced) -> bytes | None:
    """A program as bytes; nothing where they would not give it back as it is."""
    compiled, given = made
    try:
        data = zlib.compress(pickle.dumps((compiled, jax.tree.unflatten(given, range(given.num_leaves)))), 1)
        return data if _opened(data) == made else None
    except Exception:  # classes that are not to be found by their name, among others
        return None


def _opened(data: bytes) -> Traced:
    compiled, like = pickle.loads(zlib.decompress(data))
    return compiled, jax.tree.structure(like)
