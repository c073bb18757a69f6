"""Delimited text, read so that whatever is wrong is said with its place.

A file that is mostly readable is read, and the notes count what was left out; a file of
which more than a twentieth is unreadable is refused at its first unreadable line.
"""

import csv
import dataclasses
import datetime
import functools
import gzip
import io
import pathlib
import re
import zlib
from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float

from twinbed.core.errors import ReadError

TOLERATED = 0.05
"""Share of unreadable rows above which a file is refused."""

EPOCH = datetime.datetime(1970, 1, 1)
"""Wall-clock times are held as seconds from here, without a time zone."""

EARLIEST_S = (datetime.datetime(1900, 1, 1) - EPOCH).total_seconds()
LATEST_S = (datetime.datetime(2200, 1, 1) - EPOCH).total_seconds()

Reader = Callable[[Sequence[str]], list[float | None]]
"""Turns text into numbers, NaN for what is missing and None for nonsense."""

_GZIP = b"\x1f\x8b"
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_SLASHED = re.compile(r"(\d{1,2}/\d{1,2}/\d{4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)


@dataclasses.dataclass(frozen=True)
class Column:
    """Numbers read from one column: NaN where the file has none, and what was unreadable."""

    value: Float[np.ndarray, " row"]
    notes: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Table:
    """The rows of a delimited file as text, with the line each stood on."""

    path: pathlib.Path
    text: dict[str, list[str]]
    lines: list[int]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.lines)

    def column(self, name: str, read: Reader, expected: str) -> Column:
        """A column as numbers.

        Raises:
            ReadError: the column is absent, or too much of it is unreadable.
        """
        if name not in self.text:
            have = ", ".join(self.text)
            raise ReadError(self.path, f"expected a column {name!r}; the file has {have}", line=1)
        values = read(self.text[name])
        bad = [i for i, value in enumerate(values) if value is None]
        return Column(np.array(values, dtype=float), self._tolerated(bad, name, expected))

    def times(self, name: str, read: Reader, expected: str) -> Column:
        """A column of times as wall-clock seconds; a year before 1900 or after 2199 is nonsense."""

        def plausible(texts: Sequence[str]) -> list[float | None]:
            return [t if t is not None and EARLIEST_S <= t < LATEST_S else None for t in read(texts)]

        return self.column(name, plausible, expected)

    def numbers(self, name: str, *, decimal: str = ".", missing: frozenset[str] = frozenset()) -> Column:
        """A column of numbers; blanks and the markers in `missing` are NaN."""
        return self.column(name, functools.partial(numbers, decimal=decimal, missing=missing), "a number")

    def _tolerated(self, bad: Sequence[int], name: str, expected: str) -> tuple[str, ...]:
        if not bad:
            return ()
        line, found = self.lines[bad[0]], self.text[name][bad[0]][:40]
        if len(bad) > TOLERATED * len(self):
            more = f" (and {len(bad) - 1} rows more)" if len(bad) > 1 else ""
            raise ReadError(self.path, f"expected {expected}, found {found!r}{more}", line=line, column=name)
        return (
            f"{self.path.name}: {len(bad)} of {len(self)} rows left out, column {name!r} is not "
            f"{expected}; the first is {found!r} in line {line}",
        )


def numbers(texts: Sequence[str], *, decimal: str = ".", missing: frozenset[str] = frozenset()) -> list[float | None]:
    """The numbers written, NaN for a blank or a missing marker, None for anything else."""
    blank = missing | {"", "nan", "NaN", "NAN"}
    out: list[float | None] = []
    for text in map(str.strip, texts):
        if text in blank:
            out.append(np.nan)
            continue
        text = text.replace(decimal, ".")
        out.append(float(text) if _NUMBER.fullmatch(text) else None)
    return out


def seconds(when: datetime.datetime) -> float:
    """Wall-clock seconds of a time without zone."""
    return (when - EPOCH).total_seconds()


def moment(wall_s: float) -> datetime.datetime:
    """The wall-clock time of `seconds`."""
    return EPOCH + datetime.timedelta(seconds=wall_s)


def iso_times(texts: Sequence[str]) -> list[float | None]:
    """Wall-clock seconds of ISO 8601 times without zone; None for anything else."""
    out: list[float | None] = []
    for text in texts:
        try:
            when = datetime.datetime.fromisoformat(text.strip())
        except ValueError:
            out.append(None)
            continue
        out.append((when - EPOCH).total_seconds() if when.tzinfo is None else None)
    return out


def slashed_times(texts: Sequence[str]) -> list[float | None]:
    """Wall-clock seconds of DD/MM/YYYY HH:MM[:SS]; None for anything else."""
    out: list[float | None] = []
    midnight: dict[str, float | None] = {}
    for text in texts:
        match = _SLASHED.fullmatch(text.strip())
        if match is None:
            out.append(None)
            continue
        date, hour, minute, second = match.groups()
        if date not in midnight:
            midnight[date] = slashed_date(date)
        date_s = midnight[date]
        if date_s is None or int(hour) > 23 or int(minute) > 59 or int(second or 0) > 59:
            out.append(None)
        else:
            out.append(date_s + 3600.0 * int(hour) + 60.0 * int(minute) + int(second or 0))
    return out


def slashed_date(text: str, *, day_first: bool = True) -> float | None:
    """Wall-clock seconds of the midnight of DD/MM/YYYY, or of MM/DD/YYYY."""
    parts = text.split("/")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    first, second, year = map(int, parts)
    day, month = (first, second) if day_first else (second, first)
    try:
        return seconds(datetime.datetime(year, month, day))
    except (ValueError, OverflowError):
        return None


def read_bytes(path: pathlib.Path) -> bytes:
    """The content of a file, unpacked if it is gzip.

    Raises:
        ReadError: the file is absent or its compression is damaged.
    """
    try:
        raw = path.read_bytes()
        return gzip.decompress(raw) if raw.startswith(_GZIP) else raw
    except OSError as error:
        raise ReadError(path, f"expected a readable file: {error.strerror or error}") from error
    except (EOFError, zlib.error) as error:
        raise ReadError(path, f"expected a whole gzip file: {error}") from error


def decode(path: pathlib.Path, raw: bytes, encoding: str) -> str:
    """The text of a file without its byte-order mark.

    Raises:
        ReadError: the bytes are not text of that encoding.
    """
    try:
        return raw.decode("utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ReadError(path, f"expected {encoding} text, found byte {raw[error.start]:#x}", line=line) from error
    except LookupError as error:
        raise ReadError(path, f"expected a known encoding, not {encoding!r}") from error


def read_header(path: pathlib.Path, delimiter: str) -> tuple[str, ...]:
    """The column names of a file, or nothing if it cannot be read: to recognise it."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP
        with gzip.open(path, "rb") if packed else path.open("rb") as file:
            line = file.readline(10_000).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError):
        return ()
    return tuple(name.strip() for name in line.rstrip("\r\n").split(delimiter))


def _named(path: pathlib.Path, header: Sequence[str], required: Sequence[str]) -> dict[str, int]:
    names = [name.strip() for name in header]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise ReadError(path, "expected every column name once", line=1, column=twice[0])
    absent = [name for name in required if name not in names]
    if absent:
        have = ", ".join(filter(None, names))
        raise ReadError(path, f"expected a column {absent[0]!r}; the file has {have}", line=1)
    return {name: i for i, name in enumerate(names) if name}


def read_table(
    path: pathlib.Path, *, delimiter: str = ",", required: Sequence[str] = (), encoding: str = "utf-8"
) -> Table:
    """Reads a delimited file with a header, packed with gzip or not.

    Raises:
        ReadError: the file is absent, empty, not text, lacks a required column, or more than
            a twentieth of its rows have another number of fields than the header.
    """
    lines, rows, torn = _split(path, decode(path, read_bytes(path), encoding), delimiter)
    names = _named(path, rows[0], required)
    notes: tuple[str, ...] = ()
    if torn:
        lost, width = sum(torn.values()), len(rows[0])
        if lost > TOLERATED * (len(rows) - 1 + lost):
            raise ReadError(path, f"expected {width} fields in every row", line=min(torn))
        notes = (f"{path.name}: {lost} rows left out that have not {width} fields, the first in line {min(torn)}",)
    text = {name: [row[i] for row in rows[1:]] for name, i in names.items()}
    return Table(path, text, lines[1:], notes)


def _split(path: pathlib.Path, text: str, delimiter: str) -> tuple[list[int], list[list[str]], dict[int, int]]:
    """The rows as wide as the header, their lines, and the lines of the others with how many they span."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    lines: list[int] = []
    rows: list[list[str]] = []
    torn: dict[int, int] = {}
    before = 0
    try:
        for row in reader:
            spans, before = reader.line_num - before, reader.line_num
            if not any(map(str.strip, row)):
                continue
            if spans == 1 and (not rows or _fits(row, len(rows[0]))):
                lines.append(before)
                rows.append(row)
            else:
                torn[before - spans + 1] = spans
    except csv.Error as error:
        raise ReadError(path, f"expected delimited text: {error}", line=reader.line_num) from error
    if not rows:
        raise ReadError(path, "expected a header with column names; the file is empty")
    return lines, rows, torn


def _fits(row: Sequence[str], width: int) -> bool:
    """Whether a row is as wide as the header, but for blanks at its end."""
    return len(row) == width or (len(row) > width and not any(map(str.strip, row[width:])))
