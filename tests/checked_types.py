"""Every function of the package has its types and shapes checked while the tests run.

jaxtyping's import hook decorates all of them when a module is imported, and makes two more functions of each. Here a
function is decorated when it is first called, and only as far as its annotations need it.
"""

import dataclasses
import functools
import inspect
import types
import typing
from collections.abc import Callable, Sequence
from typing import Any

import beartype
import jaxtyping

_BEARTYPE = beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True, violation_type=jaxtyping.TypeCheckError))
_SHAPES = jaxtyping.jaxtyped


def install(modules: Sequence[str]) -> None:
    """Check types in these modules and in those below them."""
    jaxtyping.jaxtyped = _decorated  # the name that the hook writes above every function and class
    jaxtyping.install_import_hook(modules, None)


def _decorated(fn: Any = None, *, typechecker: Any = None) -> Any:
    if fn is None:
        return _decorated
    if inspect.isclass(fn):
        if dataclasses.is_dataclass(fn) and not hasattr(fn.__init__, "checks_types"):
            fn.__init__ = _when_called(fn.__init__)
        return fn
    if isinstance(fn, types.FunctionType) and fn.__annotations__:
        return _when_called(fn)
    return fn


def _when_called(fn: Callable) -> Callable:
    checked = None

    @functools.wraps(fn)
    def call(*args, **kwargs):
        nonlocal checked
        if checked is None:
            checked = _BEARTYPE(fn)
            if _names_shapes(fn):
                checked = _SHAPES(checked, typechecker=None)
        return checked(*args, **kwargs)

    call.checks_types = True
    return call


def _names_shapes(fn: Callable) -> bool:
    """Whether sizes named in its annotations are to be held against each other."""
    try:
        hints = typing.get_type_hints(fn, include_extras=True)
    except Exception:  # a name that is known only inside a function
        return True
    return any(map(_has_dimensions, hints.values()))


def _has_dimensions(hint: Any) -> bool:
    if inspect.isclass(hint) and issubclass(hint, jaxtyping.AbstractArray):
        return bool(hint.dims)
    parts = hint if isinstance(hint, list) else typing.get_args(hint)  # a list: the arguments of a Callable
    return any(map(_has_dimensions, parts))
