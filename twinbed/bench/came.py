"""What came in place of a usable answer: kept whole in a file, and in short in the log.

The file is JSON as Python writes it: a number that is none is `NaN`, `Infinity` or `-Infinity` there, so that it can
be told from `null`. What JSON cannot hold is written as text.
"""

import hashlib
import json
import pathlib
import reprlib
import sys

import numpy as np

from twinbed.bench.device import MOST_BYTES, raised, written
from twinbed.bench.log import refused_path
from twinbed.bench.protocol import Values
from twinbed.connect.files import write_bytes


def keep(folder: pathlib.Path, case_id: str, answer: Values) -> tuple[str, str, str]:
    """Writes a refused answer whole, as far as it can be written; never an exception.

    Args:
        folder: of the run.
        case_id: that it is an answer to.
        answer: as it came.

    Returns:
        The file in that folder and its SHA-256, and nothing; or two empty texts and why it could not be kept.
    """
    try:
        lines = [f"{json.dumps(str(name))}: {_json(value)}" for name, value in answer.items()]
        content = ("{" + ",\n ".join(lines) + "}\n").encode()
        if len(content) > MOST_BYTES:
            return "", "", f"it is longer than {MOST_BYTES >> 20} MiB"
        write_bytes(folder / refused_path(case_id), content, lasting=False)
    except Exception as error:  # an answer may be anything, and a disk may be full: the run goes on
        return "", "", raised(error)
    return refused_path(case_id).as_posix(), hashlib.sha256(content).hexdigest(), ""


def in_short(answer: Values) -> str:
    """A refused answer as text; of what is long its beginning and end."""
    shown = reprlib.Repr()
    shown.maxlist, shown.maxstring, shown.maxother = 100, 1000, 1000
    with np.printoptions(threshold=100):
        lines = [f"answered {name}: {written(shown.repr, value)}" for name, value in answer.items()]
    return "\n".join(["", *lines])


def _json(value: object) -> str:
    try:
        return json.dumps(value, default=_plain)
    except Exception:  # such as a list that holds itself
        return json.dumps(_text(value))


def _plain(value: object) -> object:
    """Arrays, and what can be one, as lists; all else as text."""
    try:
        array = np.asarray(value)
        if array.dtype.kind == "f":
            return array.astype(float).tolist()
        return array.tolist() if array.ndim or array.dtype.kind in "biuU" else _text(value)
    except Exception:  # its own code says what it is as an array
        return _text(value)


def _text(value: object) -> str:
    with np.printoptions(threshold=sys.maxsize):
        return written(repr, value)
