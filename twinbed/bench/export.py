"""Writes what a device is given of every case, for one that runs elsewhere; `offline` reads its answers."""

import json
import os
import pathlib
import tempfile
from collections.abc import Callable

from twinbed.bench import rows
from twinbed.bench.described import as_markdown, described
from twinbed.bench.offline import ANSWERS, CASES, named
from twinbed.bench.protocol import Protocol
from twinbed.connect.files import plain, write_json
from twinbed.core.errors import ResumeError, StudyError

_TABLES = "tables"
_HOW = """
## Off-line

`cases/` holds a JSON file for every case: the names and values above. For each of them write `answers/` with a file of
the same name, JSON with the names and values of the answer (a gap is `null`), or `.npz` with an array for each name:

    for f in cases/*.json; do my-program "$f" "answers/$(basename "$f")"; done
    twinbed bench run {id} --device answers

Give the run the settings (`--set`) with which the cases were written. Nothing here tells what is true.
"""


_AS_TABLES = """
`tables/` holds the same as tables (CSV): a column for each name, numbers and texts in the first row, lists downwards.
"""


def write_cases(
    protocol: Protocol, folder: pathlib.Path, on_case: Callable[[int], None] = lambda done: None, *, csv: bool = False
) -> int:
    """Writes what a device is given of every case into a new folder, and returns how many there are.

    The folder comes into being whole or not at all.

    Args:
        protocol: with its settings.
        folder: new, or empty.
        on_case: called with the number of cases that are written.
        csv: whether each case is written as a table too.

    Raises:
        ResumeError: the folder is not empty.
        NotFound: recordings are not on this machine.
        StudyError: a protocol that asks step by step, of which there are no files.
    """
    if protocol.loop is not None:
        raise StudyError(
            f"{protocol.id} asks a device step by step, so that files cannot ask for it: run it with a program with "
            "live = true, live:host:port, or file.py:function"
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ResumeError(f"{folder} is not empty: give --out a new folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as made:
        whole = pathlib.Path(made) / "whole"
        (whole / CASES).mkdir(parents=True)
        (whole / ANSWERS).mkdir()
        if csv:
            (whole / _TABLES).mkdir()
        count = 0
        for count, (name, stimulus) in enumerate(named(protocol), 1):
            text = json.dumps(plain(dict(stimulus)), ensure_ascii=False, allow_nan=False)
            path = whole / CASES / f"{name}.json"
            _write(path, text)
            if csv:
                _write(whole / _TABLES / f"{name}.csv", rows.stimulus(stimulus))
            on_case(count)
        told = {name: value for name, value in described(protocol).items() if name not in ("recordings", "settings")}
        write_json(whole / "protocol.json", told)
        how = _HOW + _AS_TABLES * csv
        about = as_markdown(protocol, origin=f"`twinbed bench cases {protocol.id}` wrote this file")
        (whole / "README.md").write_text(about + how.format(id=protocol.id), encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        os.replace(whole, folder)
    return count


def _write(path: pathlib.Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    os.utime(path, (0.0, 0.0))  # times of files would tell the order of cases
