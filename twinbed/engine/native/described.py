"""Values as texts that are the same in every process, and differ where a trace of them could.

A trace bakes in all that is no argument: classes, functions, settings, numbers that a function holds. What is described
here is written out whole, an array with its content, a class or function by its name in its module, or by the call that
made it. What is not known to be described completely is refused, so that it is traced anew.

*Known limits*: a constant of a loaded module that somebody sets to another value is not noticed.
"""

import dataclasses
import enum
import functools
import hashlib
import sys
import types
from collections.abc import Iterable
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jax.core import Tracer
from jax.tree_util import default_registry

from twinbed.engine.native import sources
from twinbed.engine.native.errors import NotDescribed

LIBRARIES = ("jax", "jaxlib", "numpy", "equinox", "jaxtyping")
"""Packages whose code is decided by their version."""
_KNOWN = frozenset((*LIBRARIES, *sys.stdlib_module_names, "twinbed"))
_LAYERS = ("vocab", "core", "physiology", "devices", "engine", "studies.endpoints")
_TAKE_PART = tuple(f"twinbed.{layer}." for layer in _LAYERS)
"""Modules that a trace may go through without a class or function of theirs being among what is described."""
_PLAIN = (type(None), bool, int, float, complex, str, bytes, type(...))


def surroundings() -> list[str]:
    """All that decides a trace besides what is traced: the code of this package and its libraries, and JAX's settings.

    Raises:
        NotDescribed: the code that runs is not that of the source files, by a change of these or of what was loaded.
    """
    code = sources.digest()
    if code is None:
        raise NotDescribed("source files of twinbed changed, or cannot be read, since it was loaded")
    _check_modules()
    versions = [f"{name} {sys.modules[name].__version__}" for name in LIBRARIES if name in sys.modules]
    set_to = [f"{name} {getattr(jax.config, name, kept)!r}" for name, kept in sorted(jax.config.values.items())]
    return [code, sys.version, sys.byteorder, jax.default_backend(), *versions, *set_to]


def described(value: Any) -> str:
    """A value with all that is in it.

    Raises:
        NotDescribed: it holds something whose meaning is not all in its name and fields.
    """
    return repr(_value(value))


def arguments(own: Any, shared: Any) -> str:
    """What a function of one item is given: arrays by shape and type, all else by value.

    Args:
        own: a pytree whose arrays have a leading axis of items.
        shared: a pytree that all items share.

    Raises:
        NotDescribed: as `described`.
    """
    return repr((_tree(own, 1), _tree(shared, 0)))


def _tree(node: Any, items: int) -> Any:
    """A pytree as a trace is given it, with so many leading axes left out of its arrays."""
    if eqx.is_array(node):
        return "array", str(node.dtype), node.shape[items:]
    flat = None if node is None else default_registry.flatten_one_level(node)
    if flat is None:
        return _value(node)
    children, fixed = flat
    return _reference(type(node)), _value(fixed), tuple(_tree(child, items) for child in children)


def _value(value: Any) -> Any:
    kind = type(value)
    if kind in _PLAIN:
        return kind.__name__, repr(value)
    if isinstance(value, np.dtype):
        return "dtype", _type(value)
    if isinstance(value, np.ndarray | np.generic | jax.Array):
        return _array(value)
    if isinstance(value, type) or (callable(value) and hasattr(value, "__qualname__")):
        return _reference(value)
    if isinstance(value, enum.Enum):
        return _reference(kind), value.name
    return _reference(kind), _content(value)


def _content(value: Any) -> Any:
    """What is in a value of a class."""
    kind: Any = type(value)
    if kind in (tuple, list) or (issubclass(kind, tuple) and hasattr(kind, "_fields")):
        return tuple(map(_value, value))
    if kind in (set, frozenset):
        return tuple(sorted(repr(_value(item)) for item in value))
    if kind in (dict, types.MappingProxyType):
        return tuple((_value(key), _value(item)) for key, item in value.items())
    if dataclasses.is_dataclass(kind):
        return _fields(value)
    flat = default_registry.flatten_one_level(value)
    if flat is None:
        raise NotDescribed(f"a {kind.__module__}.{kind.__qualname__} is held")
    return _value(flat[1]), tuple(map(_value, flat[0]))


def _fields(value: Any) -> Any:
    names = [field.name for field in dataclasses.fields(value)]
    if more := sorted(set(getattr(value, "__dict__", ())) - set(names)):
        raise NotDescribed(f"a {type(value).__qualname__} holds {more[0]!r}, which is none of its fields")
    return tuple((name, _value(getattr(value, name))) for name in names if hasattr(value, name))


def _type(dtype: np.dtype) -> tuple[str, str]:
    if dtype.hasobject:
        raise NotDescribed("an array of objects is held")
    return str(dtype), dtype.str


def _array(value: Any) -> Any:
    if isinstance(value, Tracer):
        raise NotDescribed("a value of another trace is held")
    try:
        held = np.asarray(value)
    except TypeError as error:  # keys of JAX's own random numbers
        raise NotDescribed(str(error)) from None
    weak = bool(getattr(value, "weak_type", False))
    sort = "jax" if isinstance(value, jax.Array) else type(value).__name__
    return sort, weak, _type(held.dtype), held.shape, hashlib.sha256(held.tobytes()).hexdigest()


def _reference(value: Any) -> Any:
    """A class or function of a known package by its place, which must lead back to it.

    A class that a function made has `__made_by__`: that function, which gives it again, and the arguments.
    """
    if isinstance(value, type) and "__made_by__" in vars(value):
        function, *given = vars(value)["__made_by__"]
        if function(*given) is value:
            _check_classes((value,))
            return "made", _reference(function), _value(given)
    module, name = getattr(value, "__module__", None) or "builtins", str(value.__qualname__)
    try:
        there = functools.reduce(getattr, name.split("."), sys.modules[module])
    except (KeyError, AttributeError):
        raise NotDescribed(f"{module}.{name} is not to be found by its name") from None
    if there is not value:
        raise NotDescribed(f"{module}.{name} is not what goes by that name")
    if _root(value) not in _KNOWN:
        raise NotDescribed(f"{module}.{name} is code of another package")
    if isinstance(value, type):
        _check_classes(value.__mro__)
    return module, name


def _check_modules() -> None:
    """Refuses to vouch for code of this package in whose place somebody put a function or class of his own."""
    for name, module in tuple(sys.modules.items()):
        if name.startswith(_TAKE_PART):
            held = [v for v in vars(module).values() if callable(v) and hasattr(v, "__qualname__")]
            _check_whose(name, held)
            _check_classes(v for v in held if isinstance(v, type))


def _check_classes(classes: Iterable[type]) -> None:
    for cls in classes:
        if _root(cls) == "twinbed":
            _check_whose(cls.__qualname__, _functions(vars(cls).values()))


def _check_whose(name: str, held: Iterable[Any]) -> None:
    for value in held:
        if not (_root(value) in _KNOWN or _root(value).startswith("namedtuple_")):
            raise NotDescribed(f"{name} was given {value.__module__}.{value.__qualname__}")


def _root(value: Any) -> str:
    """The package of a class or function."""
    return (getattr(value, "__module__", None) or "builtins").split(".", 1)[0]


def _functions(found: Iterable[Any]) -> Iterable[types.FunctionType]:
    for value in found:
        for inner in (value, *(getattr(value, name, None) for name in ("method", "__func__", "fget", "func"))):
            if isinstance(inner, types.FunctionType):
                yield inner
