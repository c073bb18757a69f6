"""A recorded session as a widget."""

import os
import pathlib
from typing import Any

import anywidget
import traitlets

from twinbed.connect.files import write_bytes
from twinbed.core.errors import ReadError
from twinbed.notebook.program import program
from twinbed.server import film as films
from twinbed.server.replay import film_of, page
from twinbed.studies.acute.bedside import seconds
from twinbed.ward.kept import Kept, read, revived
from twinbed.ward.session import Session

_MOST_BYTES = 256 * 1024 * 1024


class Replay(anywidget.AnyWidget):
    """Plays a session: waves, numbers, alarms, devices, body, log and branches.

    Args:
        session: a file `session.json` (computed again, which takes a while) or `replay.html`, or the film itself.
        start: from when, such as "10 min" or seconds, of a `session.json`; as early as there is room for if left out.
        end: until when; to the end if left out.
        backend: what computes: auto, native or xla.

    Raises:
        ReadError: the file is none of these.
        TooLong: the window is empty or has more than 3600 pages.
    """

    kind = traitlets.Unicode("replay").tag(sync=True)
    film = traitlets.Bytes().tag(sync=True)

    def __init__(
        self,
        session: str | os.PathLike[str] | bytes,
        *,
        start: float | str | None = None,
        end: float | str | None = None,
        backend: str = "auto",
    ):
        data = session if isinstance(session, bytes) else _read(pathlib.Path(session), start, end, backend)
        self.title: str = _head(data)["bed"]["title"]
        super().__init__(film=data, _esm=program())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes one HTML file that plays it anywhere."""
        write_bytes(pathlib.Path(path), page(self.film, self.title))


def of_session(session: Session, found: Kept, start: float | str | None, end: float | str | None) -> bytes:
    """The film of a window of a session."""
    window = [None if said is None else _s(said) for said in (start, end)]
    return films.film(session, found, films.stretches(found, session.page_s, *window))


def _s(said: float | str) -> float:
    return seconds(said, "time") if isinstance(said, str) else float(said)


def _read(path: pathlib.Path, start: float | str | None, end: float | str | None, backend: str) -> bytes:
    if path.suffix == ".json":
        found = read(path)
        return of_session(revived(found, path, backend=backend), found, start, end)
    if start is not None or end is not None:
        raise ReadError(path, "a window is cut out of a session.json; this file is played whole")
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ReadError(path, f"larger than {_MOST_BYTES // 2**20} MiB: this is no replay")
        return film_of(path.read_bytes())
    except OSError as error:
        raise ReadError(path, f"cannot be read: {error.strerror}") from None
    except ValueError:
        raise ReadError(path, "expected a session.json or a replay.html of twinbed") from None


def _head(data: bytes) -> dict[str, Any]:
    try:
        return films.unpacked(data)[0]
    except ValueError as error:
        raise ReadError("film", str(error)) from None
