"""Whether the methods of a component take what they are given and return what its class names."""

import inspect
from collections.abc import Iterator
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from twinbed.core.component import types_of
from twinbed.core.device import AbstractDevice, innermost
from twinbed.core.model import AbstractHybridModel, AbstractModel
from twinbed.core.noise import noise_from_seed
from twinbed.testing.examples import example, plausible_inputs

Returned = tuple[str, Any, Any]
"""The name of a method, what it returned, and a value or a class that this must be like."""


def check_returns(cls: type) -> None:
    """Its methods take what the engine gives them and return what the class names, of the same shapes at every step."""
    part = example(cls)
    _check_arguments(cls)
    for method, found, wanted in _returned(part):
        if isinstance(wanted, type):
            assert isinstance(found, wanted), f"{method} returns {_kind(found)}; return {wanted.__name__}(...)"
        else:
            _check_alike(method, found, wanted)


def _check_arguments(cls: type) -> None:
    for base in cls.__mro__:
        for name in getattr(base, "__abstractmethods__", ()):
            wanted, has = (inspect.signature(getattr(c, name)) for c in (base, cls))
            takes = f"{name} takes ({', '.join(has.parameters)}); write {name}({', '.join(wanted.parameters)})"
            assert _takes(has, len(wanted.parameters)), takes


def _takes(signature: inspect.Signature, arguments: int) -> bool:
    try:
        signature.bind(*range(arguments))
    except TypeError:
        return False
    return True


def _returned(part: Any) -> Iterator[Returned]:
    named = types_of(type(innermost(part) if isinstance(part, AbstractDevice) else part))
    t, noise = jnp.asarray(0.0), noise_from_seed(0)
    told = eqx.filter_eval_shape  # reads the code without computing
    if isinstance(part, AbstractDevice):
        x, u = part.initial(noise), plausible_inputs(part, 0.2)
        yield "initial", x, types_of(type(part)).state
        both = told(type(part).step, part, t, x, u, noise)
        pair = isinstance(both, tuple) and len(both) == 2
        wanted = f"return {type(x).__name__}(...), {named.outputs.__name__}(...)"
        assert pair, f"step returns {_kind(both)}; write {wanted}"
        yield "step, for the next state,", both[0], x
        yield "step, for what is shown,", both[1], named.outputs
        yield from _numbers("step, for what is shown,", both[1])
    elif isinstance(part, AbstractModel):
        x, u = part.initial(), part.resting()
        yield "initial", x, named.state
        yield "resting", u, named.inputs
        yield "rhs", told(type(part).rhs, part, t, x, u), x
        if isinstance(part, AbstractHybridModel):
            yield "jump", told(type(part).jump, part, t, t, x, u), x
        shown = told(type(part).outputs, part, t, x, u)
        yield "outputs", shown, named.outputs
        yield from _numbers("outputs", shown)
    else:
        x = part.init()
        yield "init", x, named.state
        yield "update", told(type(part).update, part, t, x, plausible_inputs(part, 0.2)), x
        yield "result", told(type(part).result, part, x), named.outputs


def _numbers(method: str, shown: Any) -> Iterator[Returned]:
    yield from ((f"{method} for {name}", found, jnp.asarray(0.0)) for name, found in vars(shown).items())


def _kind(found: Any) -> str:
    if isinstance(found, tuple):
        return f"({', '.join(_kind(one) for one in found)})"
    return "nothing" if found is None else type(found).__name__


def _check_alike(method: str, found: Any, wanted: Any) -> None:
    """Two trees have the same parts, and each number the same shape and kind."""
    same = jax.tree.structure(found) == jax.tree.structure(wanted)
    assert same, f"{method} returns {_kind(found)} with other parts than {_kind(wanted)}"
    leaves = zip(jax.tree_util.tree_leaves_with_path(found), jax.tree.leaves(wanted), strict=True)
    for (path, new), old in leaves:
        where = jax.tree_util.keystr(path).lstrip(".")
        sizes, kinds = (jnp.shape(new), jnp.shape(old)), (jnp.result_type(new), jnp.result_type(old))
        assert sizes[0] == sizes[1], f"{method} gives {where or 'it'} the shape {sizes[0]}, it must be {sizes[1]}"
        assert kinds[0] == kinds[1], f"{method} gives {where or 'it'} the kind {kinds[0]}, it must be {kinds[1]}"
