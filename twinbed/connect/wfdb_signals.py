"""Signals of WFDB records (PhysioNet) that are kept as FLAC: a header `.hea` and the files that it names.

*Known limits*: formats 508, 516 and 524 (FLAC) and none of the packed ones; one segment; one sample a frame.

**References:**

- WFDB Applications Guide, header(5) and signal(5), https://physionet.org/physiotools/wag/header-5.htm
"""

import dataclasses
import os
import pathlib
import re

import numpy as np
from jaxtyping import Float

from twinbed.connect.flac import FlacError, decode
from twinbed.core.errors import ReadError

_INVALID = {"508": -(1 << 7), "516": -(1 << 15), "524": -(1 << 23)}
"""Formats that can be read, and the value that marks a sample as invalid in each."""
_GAIN = re.compile(r"^(?P<gain>[-+0-9.eE]+)?(\((?P<baseline>-?\d+)\))?(/(?P<unit>\S+))?$")
_DEFAULT_GAIN = 200.0


@dataclasses.dataclass(frozen=True)
class Signals:
    """Signals of one record.

    Attributes:
        frequency_hz: samples a second.
        names: of the signals, as the header spells them, without commas at their ends.
        units: of the signals, as the header spells them.
        values: in those units; NaN where a sample is marked as invalid.
    """

    frequency_hz: float
    names: tuple[str, ...]
    units: tuple[str, ...]
    values: Float[np.ndarray, "signal sample"]

    def __getitem__(self, name: str) -> Float[np.ndarray, " sample"]:
        """The signal of a name.

        Raises:
            KeyError: there is none; the message lists those there are.
        """
        if name not in self.names:
            raise KeyError(f"no signal {name!r}; there are {', '.join(self.names)}")
        return self.values[self.names.index(name)]


@dataclasses.dataclass(frozen=True)
class _Line:
    """What a header says of one signal."""

    file: str
    gain: float
    baseline: int
    unit: str
    first: int | None
    checksum: int | None
    name: str
    invalid: int


def read_signals(path: str | os.PathLike[str]) -> Signals:
    """The signals of a record.

    Args:
        path: of the header; the signal files lie beside it.

    Raises:
        ReadError: a file is missing, of another format, cut short, or its samples do not add up to the check sums.
    """
    header = pathlib.Path(path)
    try:
        lines = [line for line in header.read_text("latin-1").splitlines() if line.strip() and line[0] != "#"]
        record = lines[0].split()
        count = int(record[1])
        frequency = float(re.split(r"[/(]", record[2])[0])
        rows = [_line(header, k + 2, line) for k, line in enumerate(lines[1 : count + 1])]
    except (OSError, IndexError, ValueError) as error:
        raise ReadError(header, f"expected the header of a WFDB record ({error})") from error
    if len(rows) != count:
        raise ReadError(header, f"it names {count} signals and describes {len(rows)}")
    files = {name: _decoded(header.with_name(name)) for name in dict.fromkeys(row.file for row in rows)}
    taken = dict.fromkeys(files, 0)
    values = []
    for row in rows:
        channel, taken[row.file] = taken[row.file], taken[row.file] + 1
        if channel >= len(files[row.file]):
            raise ReadError(header.with_name(row.file), f"it has {channel} channels, fewer than the header describes")
        values.append(_physical(header, row, files[row.file][channel]))
    return Signals(frequency, tuple(r.name for r in rows), tuple(r.unit for r in rows), np.stack(values))


def _line(header: pathlib.Path, number: int, line: str) -> _Line:
    """File, format, gain(baseline)/unit, bits, zero, first value, check sum, block, name."""
    words = line.split(maxsplit=8)
    if words[1] not in _INVALID:
        raise ReadError(header, f"format {words[1]}; of WFDB formats {', '.join(_INVALID)} can be read", line=number)
    found = _GAIN.match(words[2]) if len(words) > 2 else None
    part = lambda name: found[name] if found else None
    at = lambda k: int(words[k]) if len(words) > k else None
    baseline = part("baseline")
    return _Line(
        file=words[0],
        gain=float(part("gain") or 0.0) or _DEFAULT_GAIN,
        baseline=int(baseline) if baseline is not None else (at(4) or 0),
        unit=part("unit") or "mV",
        first=at(5),
        checksum=at(6),
        name=words[8].strip().rstrip(",") if len(words) > 8 else f"signal {number - 2}",
        invalid=_INVALID[words[1]],
    )


def _decoded(file: pathlib.Path) -> np.ndarray:
    try:
        return decode(file.read_bytes())
    except OSError as error:
        raise ReadError(file, "expected the signals that the header names; they cannot be read") from error
    except FlacError as error:
        raise ReadError(file, f"expected signals as FLAC: {error}") from error


def _physical(header: pathlib.Path, row: _Line, samples: np.ndarray) -> np.ndarray:
    if row.first is not None and samples[0] != row.first:
        raise ReadError(header, f"{row.name} begins with {samples[0]}; the header says {row.first}")
    if row.checksum is not None and (int(samples.sum()) - row.checksum) % 65536:
        raise ReadError(header, f"the samples of {row.name} do not add up to the check sum of the header")
    return np.where(samples == row.invalid, np.nan, (samples - row.baseline) / row.gain)
