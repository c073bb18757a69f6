"""Recordings read from delimited files, and written to them.

A path may be a file or a folder of the HUPA-UCM data set, a folder or one person's file of the
T1D-UOM data set, or a column map for files of any other shape (`generic`). What it is is seen
from the files, and what each reader left out or repaired is in the recording's notes.
"""

import functools
import os
import pathlib
from collections.abc import Callable, Sequence

from twinbed.connect.csv import generic, hupa_ucm, t1d_uom
from twinbed.connect.csv.write import write_generic as write_generic
from twinbed.core.errors import NotFound, ReadError
from twinbed.core.recording import Recording
from twinbed.vocab.names import meant


def _readers(path: pathlib.Path) -> dict[str, Callable[[], Recording]]:
    """What reads each subject found at a path."""
    if not path.exists():
        raise ReadError(path, "expected a file or a folder; there is none")
    out: dict[str, Callable[[], Recording]] = {}
    for map_ in generic.maps(path):
        out |= {name: functools.partial(generic.read, map_, name) for name in generic.subjects(map_)}
    if not out:
        out |= {name: functools.partial(hupa_ucm.read, file) for name, file in hupa_ucm.files(path).items()}
        out |= {name: functools.partial(t1d_uom.read, name, kinds) for name, kinds in t1d_uom.files(path).items()}
    if not out:
        raise ReadError(
            path,
            "expected files of HUPA-UCM (columns time;glucose;...), files of T1D-UOM (UoMGlucose2301.csv and "
            'its like), or a column map (a TOML file that begins with format = "twinbed-csv/1"; '
            "examples/my_pump of the project shows one)",
        )
    return out


def subjects(path: str | os.PathLike[str]) -> list[str]:
    """Whom the files at a path are about.

    Raises:
        ReadError: nothing there is a recording.
    """
    return list(_readers(pathlib.Path(path)))


def read_recordings(path: str | os.PathLike[str], *, subjects: Sequence[str] | None = None) -> list[Recording]:
    """The recordings at a path, of all subjects or of those named, in that order.

    Raises:
        ReadError: nothing there is a recording, or a file of one cannot be read.
        NotFound: a subject is not there; the message lists the nearest.
    """
    readers = _readers(pathlib.Path(path))
    chosen = list(readers) if subjects is None else list(subjects)
    for name in chosen:
        if name not in readers:
            hint = meant(name, readers, otherwise=f"there is {', '.join(list(readers)[:3])}")
            raise NotFound(f"no subject {name!r} at {path}; {hint}")
    return [readers[name]() for name in chosen]
