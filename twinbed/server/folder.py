"""The folder of what a server keeps: where it is, ours alone, and one server's at a time."""

import contextlib
import os
import pathlib
import sys
from collections.abc import Iterator
from typing import BinaryIO

from twinbed.server.errors import ServeError


def data_folder() -> pathlib.Path:
    """Where a person's data are kept on this system."""
    if sys.platform == "win32":
        return pathlib.Path(os.environ.get("LOCALAPPDATA") or pathlib.Path.home() / "AppData" / "Local") / "twinbed"
    if sys.platform == "darwin":
        return pathlib.Path.home() / "Library" / "Application Support" / "twinbed"
    return pathlib.Path(os.environ.get("XDG_DATA_HOME") or pathlib.Path.home() / ".local" / "share") / "twinbed"


@contextlib.contextmanager
def kept(folder: pathlib.Path) -> Iterator[pathlib.Path]:
    """The folder, made if it is not there, and nobody else's while the block runs.

    Raises:
        ServeError: it cannot be written, or another server has it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = open(folder / "serving", "a+b", opener=lambda path, flags: os.open(path, flags, 0o600))
    except OSError as error:
        raise ServeError(f"{folder} cannot be used: {error.strerror}. Name another folder with --data") from None
    with lock:
        try:
            take(lock)
        except OSError:
            raise ServeError(
                f"another twinbed serves {folder}: use that one, stop it, or name another folder with --data"
            ) from None
        before = os.umask(0o077)  # the folder may have been there before, for all to read
        try:
            for path in folder.glob("twinbed.db*"):
                path.chmod(0o600)
            yield folder
        finally:
            os.umask(before)


if sys.platform == "win32":
    import msvcrt

    def take(file: BinaryIO) -> None:
        """Takes a file for this process alone. Raises `OSError` where another has it."""
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def take(file: BinaryIO) -> None:
        """Takes a file for this process alone. Raises `OSError` where another has it."""
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
