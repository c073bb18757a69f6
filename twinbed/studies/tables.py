"""Reads tables of a TOML file into declared classes, and says where the file is wrong.

A class declares its keys with `key`; the same declarations check the file, name the nearest
valid key in a message, and can be printed as a reference of the format. Imports no JAX.
"""

import dataclasses
import datetime
import math
import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from twinbed.core.errors import StudyError
from twinbed.vocab.names import near

T = TypeVar("T")
SECONDS_PER_DAY = 86400.0


@dataclasses.dataclass(frozen=True)
class Key:
    """What is known about one key of a table."""

    doc: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    clock: bool = False
    rest: bool = False


def key(
    doc: str,
    *,
    default: Any = dataclasses.MISSING,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
) -> Any:
    """Declares a key: its meaning, its default if it may be left out, and what is allowed."""
    metadata = {"key": Key(doc, low, high, choices)}
    if default is dict:
        return dataclasses.field(default_factory=dict, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def clock(doc: str, *, default: Any = dataclasses.MISSING) -> Any:
    """Declares a time of day, written "07:30" and kept as seconds from midnight."""
    return dataclasses.field(default=default, metadata={"key": Key(doc, clock=True)})


def rest(doc: str) -> Any:
    """Declares a field that gathers every key without a declaration of its own."""
    return dataclasses.field(default_factory=dict, metadata={"key": Key(doc, rest=True)})


def nearest(name: str, valid: Iterable[str]) -> str:
    """`; did you mean a, b?`, or the whole list if nothing is near."""
    valid = list(valid)
    if meant := near(name, valid):
        return f"; did you mean {', '.join(meant)}?"
    return f"; there is {', '.join(valid)}" if valid else "; there is none"


def keys(cls: Any) -> dict[str, Key]:
    """The declared keys of a class, by name."""
    return {f.name: f.metadata["key"] for f in dataclasses.fields(cls) if "key" in f.metadata}


def read(cls: type[T], table: Any, where: str) -> T:
    """A table as an instance of a declared class.

    Args:
        cls: a dataclass whose fields are declared with `key`, `clock` or `rest`.
        table: what the TOML file holds there.
        where: the path of the table, for messages.

    Raises:
        StudyError: an unknown or missing key, a wrong type, a value out of its range.
    """
    if not isinstance(table, Mapping):
        raise StudyError(f"{where}: expected a table, found {_shown(table)}")
    declared = keys(cls)
    gather = next((n for n, k in declared.items() if k.rest), None)
    unknown = [n for n in table if n not in declared or n == gather]
    if unknown and gather is None:
        raise StudyError(f"{where + ': ' if where else ''}unknown key {unknown[0]!r}{nearest(unknown[0], declared)}")
    hints = typing.get_type_hints(cls)
    values: dict[str, Any] = {}
    for field in dataclasses.fields(typing.cast(Any, cls)):
        if field.name == gather:
            values[field.name] = {n: table[n] for n in unknown}
        elif field.name in table:
            path = f"{where}.{field.name}" if where else field.name
            values[field.name] = _value(table[field.name], hints[field.name], declared[field.name], path)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise StudyError(f"{where or 'the file'}: needs {field.name!r}, {declared[field.name].doc}")
    return cls(**values)


def _shown(value: Any) -> str:
    return f"{type(value).__name__} {value!r}"


def _value(value: Any, hint: Any, known: Key, where: str) -> Any:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        hint = next(h for h in typing.get_args(hint) if h is not type(None))
    if typing.get_origin(hint) is tuple:
        return _items(value, typing.get_args(hint)[0], known, where)
    if dataclasses.is_dataclass(hint):
        return read(typing.cast(type, hint), value, where)
    if known.clock:
        return _seconds(value, where)
    if typing.get_origin(hint) is dict or hint is dict:
        return _table(value, where)
    return _scalar(value, hint, known, where)


def _items(value: Any, hint: Any, known: Key, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise StudyError(f"{where}: expected a list, found {_shown(value)}")
    return tuple(_value(item, hint, known, _place(where, i, item)) for i, item in enumerate(value))


def _place(where: str, index: int, item: Any) -> str:
    name = item.get("name") if isinstance(item, Mapping) else None
    return f"{where}[{index + 1}]" + (f" ({name})" if isinstance(name, str) else "")


def _table(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise StudyError(f"{where}: expected a table, found {_shown(value)}")
    return dict(value)


def _seconds(value: Any, where: str) -> float:
    if isinstance(value, str):
        try:
            value = datetime.time.fromisoformat(value)
        except ValueError:
            raise StudyError(f'{where}: expected a time of day such as "07:30", found {value!r}') from None
    if not isinstance(value, datetime.time):
        raise StudyError(f'{where}: expected a time of day such as "07:30", found {_shown(value)}')
    return value.hour * 3600.0 + value.minute * 60.0 + value.second


def _scalar(value: Any, hint: Any, known: Key, where: str) -> Any:
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, hint) or (hint is not bool and isinstance(value, bool)):
        kind = {str: "a string", float: "a number", int: "a whole number", bool: "true or false"}[hint]
        raise StudyError(f"{where}: expected {kind}, found {_shown(value)}")
    if isinstance(value, float) and not math.isfinite(value):
        raise StudyError(f"{where}: expected a finite number, found {value!r}")
    if known.choices and value not in known.choices:
        raise StudyError(f"{where}: {value!r} is not allowed{nearest(str(value), known.choices)}")
    below = known.low is not None and not value >= known.low
    above = known.high is not None and not value <= known.high
    if below or above:
        low = "" if known.low is None else f"at least {known.low:g}"
        high = "" if known.high is None else f"at most {known.high:g}"
        raise StudyError(f"{where}: {value!r} must be {' and '.join(x for x in (low, high) if x)}")
    return value
