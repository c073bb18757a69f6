"""Files that are either whole or not there: written beside, then moved into place."""

import hashlib
import json
import math
import os
import pathlib
import re
import threading
from collections.abc import Container, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

_NUMBERS = re.compile(r"\[\s*\n([-+.\deEnul,\s]+)\]")  # a line break cannot stand inside a string


def write_bytes(path: pathlib.Path, content: bytes, *, lasting: bool = True) -> None:
    """Writes a file so that a reader never sees a part of it, even after a crash.

    Args:
        path: of the file; its folder is made.
        content: of the file.
        lasting: wait until it would survive a failure of power, which takes a while; not needed for what a run
            can make again.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    try:
        with open(beside, "wb") as file:
            file.write(content)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def table_bytes(columns: dict[str, np.ndarray]) -> bytes:
    """Columns as a Parquet file."""
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({k: pa.array(v) for k, v in columns.items()}), sink, compression="zstd")
    return sink.getvalue().to_pybytes()


class ParquetBytes:
    """A Parquet file that grows: every piece is a row group, in 32-bit floats but for times, and is let go then.

    Args:
        units: of columns, where they have one (UCUM); they stand in the metadata of their fields as `unit`.
        about: what the file is of, in its metadata.
        wide: columns that stay 64-bit.
    """

    def __init__(self, units: Mapping[str, str], about: Mapping[str, str], wide: Container[str] = ("t_s",)):
        self._units, self._about, self._wide = units, about, wide
        self._sink = pa.BufferOutputStream()
        self._writer: pq.ParquetWriter | None = None

    def add(self, columns: Mapping[str, np.ndarray]) -> None:
        """One more row group, of the same columns as those before."""
        kind = lambda name: pa.float64() if name in self._wide else pa.float32()
        fields = [
            pa.field(n, kind(n), metadata={"unit": self._units[n]} if n in self._units else None) for n in columns
        ]
        schema = pa.schema(fields, metadata=dict(self._about))
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._sink, schema, compression="zstd")
        arrays = [
            pa.array(np.asarray(v, f.type.to_pandas_dtype())) for v, f in zip(columns.values(), schema, strict=True)
        ]
        self._writer.write_table(pa.table(arrays, schema=schema))

    def finish(self) -> bytes:
        """The whole file; nothing where nothing was added."""
        if self._writer is None:
            return b""
        self._writer.close()
        return self._sink.getvalue().to_pybytes()


def write_table(path: pathlib.Path, columns: dict[str, np.ndarray]) -> dict[str, Any]:
    """Writes columns as Parquet and returns what the manifest keeps of the file."""
    content = table_bytes(columns)
    write_bytes(path, content)
    rows = len(next(iter(columns.values())))
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(), "rows": rows}


def read_table(path: pathlib.Path, columns: list[str] | None = None) -> dict[str, np.ndarray]:
    """The columns of a Parquet file."""
    table = pq.read_table(path, columns=columns)
    return {name: table[name].to_numpy() for name in table.column_names}


def is_whole(path: pathlib.Path, known: dict[str, Any]) -> bool:
    """Whether a file is there and holds what the manifest says."""
    if not path.is_file() or path.stat().st_size != known["bytes"]:
        return False
    return hashlib.sha256(path.read_bytes()).hexdigest() == known["sha256"]


def plain(value: Any) -> Any:
    """A value as JSON has it: arrays as lists, numbers that are none as null."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def write_json(path: pathlib.Path, content: Any) -> None:
    """Writes JSON that people can read, lists of numbers on one line, null for numbers that are none."""
    text = json.dumps(plain(content), indent=1, allow_nan=False, ensure_ascii=False)
    text = _NUMBERS.sub(lambda found: "[" + " ".join(found[1].split()) + "]", text)
    write_bytes(path, text.encode())
