"""Numbers of standards: one reviewed table each, every number with how it is known.

A laboratory that owns the standard gives its own file; what it changes is marked `laboratory` from then on.
"""

import dataclasses
import math
import pathlib
import tomllib
from collections.abc import Mapping
from typing import Literal, get_args

from twinbed.core.errors import NotFound, ReadError
from twinbed.vocab.names import meant
from twinbed.vocab.units import UnitError, parse

Mark = Literal["read", "secondary", "remembered", "project", "laboratory"]
"""Read in the source itself; in a source that cites it; remembered by the authors; set by this project where the
standard sets none; given by the laboratory."""


@dataclasses.dataclass(frozen=True)
class Limit:
    """One number of a standard."""

    value: float
    unit: str
    clause: str
    means: str
    mark: Mark
    source: str = ""


def read_limits(path: pathlib.Path, own: pathlib.Path | None = None) -> dict[str, Limit]:
    """The table of a standard, with the numbers of a laboratory in place of ours.

    Args:
        path: a TOML file with one table for every limit: value, unit, clause, means, mark, source.
        own: a file of the laboratory with the same names; only `value` is needed.

    Raises:
        ReadError: a file is no such table.
        NotFound: the laboratory's file names a limit that the standard's table does not have.
    """
    limits = {name: _limit(path, name, table) for name, table in _tables(path).items()}
    if own is None:
        return limits
    for name, table in _tables(own).items():
        if name not in limits:
            hint = meant(name, limits, most=1, otherwise=f"the standard has {', '.join(sorted(limits))}")
            raise NotFound(f"{own}: no limit {name!r}; {hint}")
        unit = table.get("unit", limits[name].unit)
        if unit != limits[name].unit:
            raise ReadError(own, f"[{name}] is in {limits[name].unit}; convert the value from {unit!r}")
        merged = {**dataclasses.asdict(limits[name]), "source": own.name, **table, "mark": "laboratory"}
        limits[name] = _limit(own, name, merged)
    return limits


def names_in(path: pathlib.Path) -> list[str]:
    """The limits that a file gives.

    Raises:
        ReadError: the file is no table of limits.
    """
    return list(_tables(path))


def _tables(path: pathlib.Path) -> Mapping[str, Mapping[str, object]]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReadError(path, f"it cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise ReadError(path, f"no TOML: {error}") from None
    strange = [name for name, table in tables.items() if not isinstance(table, dict)]
    if strange:
        raise ReadError(path, f"{strange[0]!r} is no table; write [{strange[0]}] with a value below it")
    return tables


def _limit(path: pathlib.Path, name: str, table: Mapping[str, object]) -> Limit:
    known = {field.name for field in dataclasses.fields(Limit)}
    strange = sorted(set(table) - known)
    if strange:
        hint = f"{meant(strange[0], known, most=1)} known are {', '.join(sorted(known))}".lstrip()
        raise ReadError(path, f"[{name}] has {strange[0]!r}; {hint}")
    value, mark = table.get("value"), table.get("mark")
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise ReadError(path, f"[{name}] needs a finite number as value")
    if mark not in get_args(Mark):
        raise ReadError(path, f"[{name}] mark is {mark!r}; write one of {', '.join(get_args(Mark))}")
    try:
        limit = Limit(**table)  # pyright: ignore[reportArgumentType]
        parse(limit.unit)
    except (TypeError, UnitError) as error:
        raise ReadError(path, f"[{name}]: {error}") from None
    return limit
