"""Any delimited files, by a column map: a TOML file that says what the columns are.

The map lies beside its files and is the path that is read; a CSV file with a map of the same
name beside it may be given instead.

    format = "twinbed-csv/1"
    subject = "P01"                      # or subject_column in each file
    time_zone = "Europe/London"          # optional

    [attributes]
    weight_kg = 70.5

    [[files]]
    path = "pump.csv"
    delimiter = ";"
    decimal = ","
    missing = ["NA", "-"]
    time = { column = "Time", format = "%d/%m/%Y %H:%M" }

    [[files.columns]]
    column = "Glucose"
    signal = "cgm"
    kind = "sample"                      # a reading
    unit = "mmol/L"                      # that of the signal if not given

    [[files.columns]]
    column = "Basal"
    signal = "insulin_rate"
    kind = "rate"                        # holds until the next row
    unit = "[IU]"
    per_s = 300                          # the column is an amount per 5 minutes

    [[files.columns]]
    column = "Bolus"
    signal = "injection"                 # insulin given at once, by a pump or a pen
    kind = "dose"
    unit = "[IU]"

    [[files.columns]]
    column = "Carbs"
    signal = "carbohydrate"
    kind = "dose"                        # something given over a time; zero is none
    duration_s = 900                     # or duration_column, in seconds

`format` is one of strptime, or "iso" (ISO 8601), "unix_s", "unix_ms", or "elapsed_s", seconds
from the map's `start`. Unix times are turned into the wall clock of `time_zone`, and so are times
with an offset from UTC if a zone is given; all others are the wall clock's as they stand. Where
clocks changed, an hour is missing or holds readings twice, and a note says so. Rows more than half
a year from the bulk of the record are slips, unless the map has a `start`.
"""

import dataclasses
import datetime
import functools
import pathlib
import re
import zoneinfo
from collections.abc import Sequence

import numpy as np

from twinbed.connect.csv import _channels, _table
from twinbed.connect.csv._channels import Cleaned
from twinbed.connect.csv._column_map import ColumnMap, FileMap, Map, conversion, read_map
from twinbed.core.errors import ReadError
from twinbed.core.recording import Channel, Recording

HOUR_S = 3600.0


@dataclasses.dataclass(frozen=True)
class Piece:
    """The rows of one column before they are put together; times from the map's start or the epoch."""

    kind: str
    time_s: np.ndarray
    value: np.ndarray
    duration_s: np.ndarray
    notes: tuple[str, ...]


def maps(path: pathlib.Path) -> list[pathlib.Path]:
    """The column maps at a path: the path itself, that of a CSV file, or those of a folder."""
    if path.is_dir():
        return [file for file in sorted(path.glob("*.toml")) if _is_map(file)]
    if path.suffix == ".toml":
        return [path] if path.is_file() else []
    beside = path.with_name(path.name.split(".")[0] + ".toml")
    return [beside] if path.is_file() and beside.is_file() and _is_map(beside) else []


def _is_map(path: pathlib.Path) -> bool:
    return path.is_file() and b"twinbed-csv" in path.read_bytes()[:1000]


def subjects(path: pathlib.Path) -> list[str]:
    """Whom a column map's files are about."""
    map_ = read_map(path)
    named = [file for file in map_.files if file.subject_column is not None]
    if not named:
        return [map_.subject]
    found: set[str] = set()
    for file in named:
        table = _read(file)
        found |= {text.strip() for text in table.text[file.subject_column or ""]}
    return sorted(found - {""})


def read(path: pathlib.Path, subject: str) -> Recording:
    """The recording of one subject of a column map.

    Raises:
        ReadError: the map or a file of it cannot be read, or holds nothing of the subject.
    """
    map_ = read_map(path)
    pieces: dict[str, list[Piece]] = {}
    for file in map_.files:
        for column, piece in _pieces(map_, file, subject):
            pieces.setdefault(column.signal, []).append(piece)
    start_s = _start_s(map_, pieces)
    notes = map_.notes
    channels: dict[str, Channel] = {}
    for signal, parts in pieces.items():
        joined = _joined(map_, signal, parts, start_s)
        notes += joined.notes
        if joined.channel is None:
            notes += (f"{signal}: none in the files that can be used",)
        else:
            channels[signal] = joined.channel
    start = map_.start or _table.moment(start_s)
    out = Recording(subject, start, channels, map_.attributes, notes)
    return dataclasses.replace(out, notes=notes + _clock_changes(out, map_.zone))


def _read(file: FileMap) -> _table.Table:
    needed = [file.time_column, *(column.column for column in file.columns)]
    needed += [column.duration_column for column in file.columns if column.duration_column]
    needed += [file.subject_column] if file.subject_column else []
    return _table.read_table(file.path, delimiter=file.delimiter, required=needed, encoding=file.encoding)


def _pieces(map_: Map, file: FileMap, subject: str) -> list[tuple[ColumnMap, Piece]]:
    table = _read(file)
    mine = np.ones(len(table), dtype=bool)
    if file.subject_column:
        mine = np.array([text.strip() == subject for text in table.text[file.subject_column]], dtype=bool)
    time = table.times(file.time_column, _clock(map_, file), f"a time in the format {file.time_format!r}")
    out = []
    for column in file.columns:
        value = table.numbers(column.column, decimal=file.decimal, missing=file.missing)
        notes = (*table.notes, *time.notes, *value.notes) if not out else value.notes
        duration = np.full(len(table), column.duration_s)
        if column.duration_column:
            read_duration = table.numbers(column.duration_column, decimal=file.decimal, missing=file.missing)
            duration, notes = read_duration.value, notes + read_duration.notes
        amount = value.value * conversion(map_.path, column)
        out.append((column, Piece(column.kind, time.value[mine], amount[mine], duration[mine], notes)))
    return out


def _clock(map_: Map, file: FileMap) -> _table.Reader:
    """What turns the texts of times into seconds from the map's start, or from the epoch."""
    origin, zone, format_ = map_.start or _table.EPOCH, map_.zone, file.time_format
    if format_ == "elapsed_s":
        if map_.start is None:
            raise ReadError(map_.path, "expected a start, since times are elapsed_s")
        return functools.partial(_numbers_only, decimal=file.decimal)
    if format_ in ("unix_s", "unix_ms"):
        if zone is None:
            raise ReadError(map_.path, "expected a time_zone, since times are unix times")
        scale = 1.0 if format_ == "unix_s" else 1e-3
        return lambda texts: [
            None if t is None else _since(origin, _of_unix(t * scale, zone))
            for t in _numbers_only(texts, decimal=file.decimal)
        ]
    return lambda texts: [_since(origin, _of_text(text.strip(), format_, zone)) for text in texts]


def _numbers_only(texts: Sequence[str], decimal: str) -> list[float | None]:
    """Numbers, of which none may be missing."""
    return [None if t is None or np.isnan(t) else t for t in _table.numbers(texts, decimal=decimal)]


def _since(origin: datetime.datetime, at: datetime.datetime | None) -> float | None:
    return None if at is None else (at - origin).total_seconds()


def _of_unix(unix_s: float, zone: zoneinfo.ZoneInfo) -> datetime.datetime | None:
    """The wall clock of a zone at a unix time."""
    try:
        return datetime.datetime.fromtimestamp(unix_s, tz=datetime.UTC).astimezone(zone).replace(tzinfo=None)
    except (OverflowError, ValueError, OSError):
        return None


def _of_text(text: str, format_: str, zone: zoneinfo.ZoneInfo | None) -> datetime.datetime | None:
    """The wall clock a text says, that of the zone if the text has an offset from UTC."""
    try:
        if format_ == "iso":
            at = datetime.datetime.fromisoformat(text)
        else:
            at = datetime.datetime.strptime(text, format_)
        if at.tzinfo is not None and zone is not None:
            at = at.astimezone(zone)
        return at.replace(tzinfo=None)
    except (OverflowError, ValueError, re.error):
        return None


def _start_s(map_: Map, pieces: dict[str, list[Piece]]) -> float:
    """Zero, the map's start, or the first row of the bulk of the record."""
    if map_.start is not None:
        return 0.0
    parts = [part.time_s[np.isfinite(part.value)] for many in pieces.values() for part in many]
    time_s = np.concatenate(parts) if parts else np.zeros(0)
    block = _channels.main_block(time_s)
    if not block.any():
        raise ReadError(map_.path, "expected rows with a time and a value; the files have none")
    return float(time_s[block].min())


def _joined(map_: Map, signal: str, parts: list[Piece], start_s: float) -> Cleaned:
    """One channel of the pieces of a signal."""
    if len({part.kind == "dose" for part in parts}) > 1:
        raise ReadError(map_.path, f"expected {signal} to be doses in all files or in none")
    time_s = np.concatenate([part.time_s for part in parts]) - start_s
    value = np.concatenate([part.value for part in parts])
    duration_s = np.concatenate([part.duration_s for part in parts])
    notes = tuple(note for part in parts for note in part.notes)
    written = np.isfinite(time_s) & np.isfinite(value)
    block = written & (time_s >= 0)
    if map_.start is None:
        block = _channels.main_block(np.where(block, time_s, np.nan))
    outside = int(np.sum(written & ~block))
    notes += (f"{signal}: {outside} rows before the start or far from all others left out",) if outside else ()
    if parts[0].kind == "dose":
        cleaned = _channels.doses(signal, time_s[block], value[block], duration_s[block])
    else:
        cleaned = _channels.samples(signal, time_s[block], value[block])
    return Cleaned(cleaned.channel, notes + cleaned.notes)


def _clock_changes(recording: Recording, zone: zoneinfo.ZoneInfo | None) -> tuple[str, ...]:
    """A note on each change of the clocks within the recording."""
    if zone is None:
        return ()
    start, end = recording.start, recording.start + datetime.timedelta(seconds=recording.duration_s)
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    midnights = (midnight + datetime.timedelta(days=d + 1) for d in range((end - midnight).days))
    # An hour that comes twice is over by the end of the recording, so the end is in the second.
    times = (start, *midnights, end.replace(fold=1))
    offsets = [at.replace(tzinfo=zone).utcoffset() or datetime.timedelta() for at in times]
    return tuple(
        f"clocks in {zone.key} changed by {(b - a).total_seconds() / HOUR_S:+g} h on {day.date()}; "
        "times are the wall clock's, as written"
        for day, a, b in zip(times, offsets, offsets[1:], strict=False)
        if a != b
    )
