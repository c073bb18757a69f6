"""Annotation files of the MIT format (`.atr` and others of PhysioNet).

Two bytes an annotation, six bits of code and ten of time since the one before; codes 59 to 63
are not annotations but say more of the one before them. Format: annot(5) of the WFDB
Applications Guide, https://physionet.org/physiotools/wag/annot-5.htm.
"""

import dataclasses
import importlib
import os
import pathlib
import re
import warnings
from typing import Any

import numpy as np

from twinbed.core.annotations import Annotations
from twinbed.core.errors import NotFound, ReadError
from twinbed.core.waves import Waves

_SYMBOLS = {
    1: "N", 2: "L", 3: "R", 4: "a", 5: "V", 6: "F", 7: "J", 8: "A", 9: "S", 10: "E", 11: "j", 12: "/", 13: "Q",
    14: "~", 16: "|", 18: "s", 19: "T", 20: "*", 21: "D", 22: '"', 23: "=", 24: "p", 25: "B", 26: "^", 27: "t",
    28: "+", 29: "u", 30: "?", 31: "!", 32: "[", 33: "]", 34: "e", 35: "n", 36: "@", 37: "x", 38: "f", 39: "(",
    40: ")", 41: "r",
}  # fmt: skip
_SKIP, _NUMBER, _SUBTYPE, _CHANNEL, _TEXT = 59, 60, 61, 62, 63
_RESOLUTION = re.compile(r"## time resolution: ([0-9.]+)")


@dataclasses.dataclass(frozen=True)
class _Row:
    sample: int
    symbol: str
    subtype: int = 0
    text: str = ""


def read_annotations(
    path: str | os.PathLike[str],
    *,
    header: str | os.PathLike[str] | None = None,
    sampling_frequency_hz: float | None = None,
) -> Annotations:
    """The annotations of a file.

    Sampling frequency and length of the record come from the header file (default: the
    `.hea` beside the annotations), without one from the file's own note of its resolution.

    Raises:
        ReadError: there is no such file, it is not of the format, or its frequency is unknown.
    """
    file = pathlib.Path(path)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ReadError(file, "expected an annotation file of the MIT format; it cannot be read") from error
    rows = _decode(file, content)
    frequency, length = _header(pathlib.Path(header) if header else file.with_suffix(".hea"), needed=bool(header))
    noted = [float(found[1]) for row in rows[:2] if (found := _RESOLUTION.match(row[3]))]
    frequency = sampling_frequency_hz or frequency or (noted[0] if noted else None)
    if not frequency:
        raise ReadError(file, "no sampling frequency: put the record's .hea beside it, or give sampling_frequency_hz")
    try:
        return Annotations.of(rows, frequency, length)
    except ValueError as error:
        raise ReadError(file, str(error)) from error


def _decode(path: pathlib.Path, content: bytes) -> list[tuple[int, str, int, str]]:
    """Sample, symbol, subtype and text of every annotation."""
    words = np.frombuffer(content[: len(content) // 2 * 2], dtype="<u2").tolist()
    rows: list[_Row] = []
    place = sample = 0
    try:
        while words[place]:
            code, rest = words[place] >> 10, words[place] & 0x3FF
            place += 1
            if code == _SKIP:
                high, low = words[place : place + 2]
                sample += (high << 16 | low) - (high >> 15 << 32)
                place += 2
            elif code == _TEXT:
                if 2 * place + rest > len(content):
                    raise IndexError
                text = content[2 * place : 2 * place + rest].decode("latin-1").rstrip("\0")
                rows[-1] = dataclasses.replace(rows[-1], text=text)
                place += (rest + 1) // 2
            elif code == _SUBTYPE:
                rows[-1] = dataclasses.replace(rows[-1], subtype=(rest & 0x7F) - (rest & 0x80))
            elif code not in (_NUMBER, _CHANNEL):
                sample += rest
                rows.append(_Row(sample, _SYMBOLS.get(code, "")))
    except (IndexError, ValueError) as error:
        raise ReadError(path, "expected an annotation file of the MIT format; it ends in the middle") from error
    return [(row.sample, row.symbol, row.subtype, row.text) for row in rows if row.symbol]


def _header(path: pathlib.Path, *, needed: bool) -> tuple[float | None, int | None]:
    """Sampling frequency and number of samples that a header file declares."""
    if not path.is_file():
        if needed:
            raise ReadError(path, "expected a header file; there is none")
        return None, None
    lines = [line for line in path.read_text("latin-1").splitlines() if line.strip() and not line.startswith("#")]
    fields = lines[0].split() if lines else []
    try:
        frequency = float(re.split(r"[/(]", fields[2])[0]) if len(fields) > 2 else 250.0
        length = int(fields[3]) if len(fields) > 3 else 0
    except ValueError as error:
        raise ReadError(path, "expected a record's name, signals, frequency and samples", line=1) from error
    return frequency, length or None


def package(module: str = "wfdb") -> Any:
    """The package wfdb, or a module of it.

    Raises:
        NotFound: it is not installed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of newer pandas, at its import
            return importlib.import_module(module)
    except ImportError as error:
        raise NotFound("the WFDB format needs another package: pip install 'twinbed[ecg]'") from error


def read_waves(path: str | os.PathLike[str]) -> Waves:
    """The signals of a record, in their physical units.

    Args:
        path: of the record, without the ending of its files. Names of signals lose commas at their ends.

    Raises:
        ReadError: there is no such record, or it cannot be read.
        NotFound: the package that reads the format is not installed.
    """
    wfdb = package()
    name = os.fspath(path)
    try:
        record = wfdb.rdrecord(name)
    except (OSError, ValueError, IndexError, ModuleNotFoundError, RuntimeError) as error:
        raise ReadError(f"{name}.hea", f"no record of the WFDB format that can be read: {error}") from error
    if record.p_signal is None or record.fs is None:
        raise ReadError(f"{name}.hea", "the record has no signals")
    names = tuple(str(n).rstrip(",") for n in record.sig_name or ())
    return Waves(record.p_signal, names, tuple(record.units or ()), float(record.fs))
