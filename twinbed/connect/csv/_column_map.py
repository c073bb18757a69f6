"""The column map: a checked TOML file that says what the columns of delimited files are."""

import dataclasses
import datetime
import pathlib
import tomllib
import typing
import zoneinfo

import numpy as np

from twinbed.connect.csv import _table
from twinbed.core.errors import ReadError
from twinbed.vocab.signals import UnknownSignal
from twinbed.vocab.signals import signal as signal_of
from twinbed.vocab.units import UnitError, factor

FORMAT = "twinbed-csv/1"
KINDS = ("sample", "rate", "dose")

T = typing.TypeVar("T")


@dataclasses.dataclass(frozen=True)
class ColumnMap:
    """What one column holds."""

    column: str
    signal: str
    kind: str
    unit: str
    per_s: float
    duration_s: float
    duration_column: str | None


@dataclasses.dataclass(frozen=True)
class FileMap:
    """What one file holds."""

    path: pathlib.Path
    delimiter: str
    decimal: str
    encoding: str
    missing: frozenset[str]
    subject_column: str | None
    time_column: str
    time_format: str
    columns: tuple[ColumnMap, ...]


@dataclasses.dataclass(frozen=True)
class Map:
    """What a column map says."""

    path: pathlib.Path
    subject: str
    start: datetime.datetime | None
    zone: zoneinfo.ZoneInfo | None
    attributes: dict[str, str | float]
    notes: tuple[str, ...]
    files: tuple[FileMap, ...]


class _Keys:
    """A table of the map, from which every key is taken once and checked."""

    def __init__(self, path: pathlib.Path, place: str, table: object):
        if not isinstance(table, dict):
            raise ReadError(path, f"expected a table {place}")
        self.path, self.place, self.left = path, place, dict(table)

    def take(self, key: str, kind: type[T] | tuple[type[T], ...], default: T | None = None) -> T:
        """The value of a key. Raises `ReadError` if it is absent without default, or of another kind."""
        value = self.left.pop(key, default)
        wanted = kind if isinstance(kind, tuple) else (kind,)
        if not isinstance(value, wanted) or isinstance(value, bool):
            names = " or ".join(k.__name__ for k in wanted)
            raise ReadError(self.path, f"expected {self.place}.{key} to be a {names}, found {value!r}")
        return value

    def optional(self, key: str, kind: type[T] | tuple[type[T], ...]) -> T | None:
        """The value of a key, or None."""
        return self.take(key, kind) if key in self.left else None

    def end(self) -> None:
        """Raises `ReadError` if a key is left that means nothing."""
        if self.left:
            raise ReadError(self.path, f"unknown key {self.place}.{min(self.left)}")


def read_map(path: pathlib.Path) -> Map:
    """Reads and checks a column map.

    Raises:
        ReadError: it is no column map, or asks for something that cannot be.
    """
    try:
        document = tomllib.loads(_table.decode(path, _table.read_bytes(path), "utf-8"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ReadError(path, f"expected TOML: {error}") from error
    keys = _Keys(path, "map", document)
    if keys.take("format", str) != FORMAT:
        raise ReadError(path, f"expected format = {FORMAT!r}")
    zone_name = keys.optional("time_zone", str)
    start = keys.optional("start", datetime.datetime)
    if start is not None and start.tzinfo is not None:
        raise ReadError(path, "expected a start without offset: it is the wall clock's")
    attributes = keys.take("attributes", dict, {})
    wrong = [k for k, v in attributes.items() if not isinstance(v, str | float | int) or isinstance(v, bool)]
    if wrong:
        raise ReadError(path, f"expected attribute {wrong[0]!r} to be text or a number")
    out = Map(
        path=path,
        subject=keys.take("subject", str, path.stem),
        start=start,
        zone=None if zone_name is None else _zone(path, zone_name),
        attributes={k: v if isinstance(v, str) else float(v) for k, v in attributes.items()},
        notes=tuple(str(note) for note in keys.take("notes", list, [])),
        files=tuple(_file_map(path, table) for table in keys.take("files", list)),
    )
    keys.end()
    return out


def _zone(path: pathlib.Path, name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ReadError(
            path, f"expected an IANA time zone such as Europe/London, found {name!r} "
            "(if it is one, install the package tzdata)"
        ) from error  # fmt: skip


def _file_map(path: pathlib.Path, table: object) -> FileMap:
    keys = _Keys(path, "files", table)
    time = _Keys(path, "files.time", keys.take("time", dict))
    file = path.parent / keys.take("path", str)
    out = FileMap(
        path=file,
        delimiter=keys.take("delimiter", str, ","),
        decimal=keys.take("decimal", str, "."),
        encoding=keys.take("encoding", str, "utf-8"),
        missing=frozenset(str(text).strip() for text in keys.take("missing", list, [])),
        subject_column=keys.optional("subject_column", str),
        time_column=time.take("column", str),
        time_format=time.take("format", str),
        columns=tuple(_column_map(path, column) for column in keys.take("columns", list)),
    )
    time.end()
    keys.end()
    signals = [column.signal for column in out.columns]
    for signal in signals:
        if signals.count(signal) > 1:
            raise ReadError(
                path,
                f"expected one column of {file.name} for {signal}, found several; of a pump, the basal rate is "
                "insulin_rate and boluses are injection",
            )
    if len(out.delimiter) != 1 or not out.delimiter.isprintable() and out.delimiter != "\t":
        raise ReadError(path, f"expected a delimiter of one character, found {out.delimiter!r}")
    if out.decimal not in (".", ",") or out.decimal == out.delimiter:
        raise ReadError(path, "expected decimal to be '.' or ',', and not the delimiter")
    return out


def _column_map(path: pathlib.Path, table: object) -> ColumnMap:
    keys = _Keys(path, "files.columns", table)
    column = keys.take("column", str)
    try:
        known = signal_of(keys.take("signal", str))
    except UnknownSignal as error:
        raise ReadError(path, str(error), column=column) from error
    kind = keys.take("kind", str)
    if kind not in KINDS:
        raise ReadError(path, f"expected kind to be one of {', '.join(KINDS)}, found {kind!r}", column=column)
    if kind == "dose" and known.dose_unit is None:
        raise ReadError(path, f"{known.name} is a level; it has no doses", column=column)
    unit = known.dose_unit if kind == "dose" and known.dose_unit else known.unit
    out = ColumnMap(
        column=column,
        signal=known.name,
        kind=kind,
        unit=keys.take("unit", str, unit),
        per_s=float(keys.take("per_s", (int, float), 0.0)),
        duration_s=float(keys.take("duration_s", (int, float), 0.0)),
        duration_column=keys.optional("duration_column", str),
    )
    keys.end()
    if not (0 <= out.per_s < np.inf and 0 <= out.duration_s < np.inf):
        raise ReadError(path, "expected per_s and duration_s to be finite and not negative", column=column)
    conversion(path, out)
    return out


def conversion(path: pathlib.Path, column: ColumnMap) -> float:
    """What a column's numbers are multiplied by to be in the unit of the channel."""
    known = signal_of(column.signal)
    target = known.dose_unit if column.kind == "dose" and known.dose_unit else known.unit
    try:
        if column.per_s:
            return factor(f"{column.unit}/s", target, substance=known.substance) / column.per_s
        return factor(column.unit, target, substance=known.substance)
    except UnitError as error:
        raise ReadError(path, str(error), column=column.column) from error
