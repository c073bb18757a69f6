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
_CALLED = "__beartype_func"  # the argument of what beartype writes that holds the function checked
_WRITTEN: dict[tuple[types.CodeType, str], Callable] = {}


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


@functools.cache
def _globals() -> dict[str, Any]:
    return globals() | {"__name__": "beartype"}


def _when_called(fn: Callable) -> Callable:
    checked = None

    def call(*args, **kwargs):
        nonlocal checked
        if checked is None:
            checked = _checked(fn)
        return checked(*args, **kwargs)

    # A frame of the checker, not of a test: warnings point at the line of a user, which is the next one up.
    named = types.FunctionType(call.__code__, _globals(), fn.__name__, None, call.__closure__)
    wrapped = functools.update_wrapper(named, fn)
    wrapped.checks_types = True
    return wrapped


def _checked(fn: Callable) -> Callable:
    fn.__annotations__ = {name: _resolved(hint, fn.__globals__) for name, hint in fn.__annotations__.items()}
    checked = _of_code(fn)
    if any(map(_has_dimensions, fn.__annotations__.values())):  # sizes by name are held against each other
        checked = _SHAPES(checked, typechecker=None)
    return checked


def _of_code(fn: Callable) -> Callable:
    """The function with its types checked; what beartype wrote for one made inside another is used again."""
    key = (fn.__code__, repr(fn.__annotations__))
    written = _WRITTEN.get(key)
    if written is None:
        checked = _BEARTYPE(fn)
        if "<locals>" in fn.__qualname__ and _CALLED in (checked.__kwdefaults__ or {}):
            _WRITTEN[key] = checked
        return checked
    again = types.FunctionType(written.__code__, written.__globals__, fn.__name__)
    again.__kwdefaults__ = {**written.__kwdefaults__, _CALLED: fn}
    return functools.wraps(fn)(again)


def _resolved(hint: Any, names: dict[str, Any]) -> Any:
    """An annotation as an object; anything, where its names are not imported when the code runs."""
    try:
        return typing.get_type_hints(types.SimpleNamespace(__annotations__={"": hint}), names, include_extras=True)[""]
    except Exception:
        return Any


def _has_dimensions(hint: Any) -> bool:
    if inspect.isclass(hint) and issubclass(hint, jaxtyping.AbstractArray):
        return bool(hint.dims)
    parts = hint if isinstance(hint, list) else typing.get_args(hint)  # a list: the arguments of a Callable
    return any(map(_has_dimensions, parts))
