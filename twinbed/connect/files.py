"""Files that are either whole or not there: written beside, then moved into place."""

import hashlib
import json
import math
import os
import pathlib
import re
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
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
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
