"""Files that were dear to make, kept in the user's cache so that they can be trusted.

A file is kept by what decides its content. It is written beside its place and moved there whole, so that processes may
make it at the same time and none sees half a file. A folder or file that others could have written is not used. What
was used last stays: of more than `MOST_BYTES` the rest goes.
"""

import contextlib
import hashlib
import os
import pathlib
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Sequence

from twinbed.engine.native.errors import NoCompiler

MOST_BYTES = 2**30
"""What the files may take together."""
_MAKING = "making-"
_LONG_MADE_S = 86_400.0
"""A folder in which something was made so long ago was left by a process that was ended."""


def cache_folder() -> pathlib.Path:
    """Where files are kept; made if it is not there, and only ours.

    Raises:
        NoCompiler: it cannot be made, or others could write to it or put another in its place.
    """
    try:
        root = os.environ.get("TWINBED_CACHE") or os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
        folder = pathlib.Path(root) / "twinbed" / "native"
        folder.parent.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for made in (folder.parent, folder):
            made.mkdir(exist_ok=True, mode=0o700)
            if not _ours(made, stat.S_ISDIR):
                raise NoCompiler(f"{made} is no folder of yours alone (chmod 700), or is a link; {_ELSEWHERE}")
        for above in folder.parent.resolve().parents:
            if not _kept_by_others(above):
                raise NoCompiler(f"others could put another folder in the place of one in {above}; {_ELSEWHERE}")
    except (OSError, RuntimeError) as error:
        raise NoCompiler(f"compiled code cannot be kept: {error}; {_ELSEWHERE}") from None
    return folder


_ELSEWHERE = "set TWINBED_CACHE to another folder"


def _ours(path: pathlib.Path, kind: Callable[[int], bool]) -> bool:
    """Whether a folder or file is what it should be, and nobody else can write to it."""
    if sys.platform == "win32":
        return True  # folders of a user's profile are private
    found = path.lstat()
    return kind(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _kept_by_others(folder: pathlib.Path) -> bool:
    """Whether not everybody can exchange what is in a folder above ours."""
    mode = folder.stat().st_mode
    return sys.platform == "win32" or not mode & stat.S_IWOTH or bool(mode & stat.S_ISVTX)


def found(decides: Sequence[str], suffix: str) -> pathlib.Path | None:
    """The file that these texts decide, if it is in the cache and whole; arguments as `kept`."""
    key = _key(decides)
    for file in sorted(cache_folder().glob(f"{key}-*{suffix}")):
        # one that is pruned just now is one that is not there
        with contextlib.suppress(FileNotFoundError):
            if _ours(file, stat.S_ISREG) and file.name == f"{key}-{_digest(file)}{suffix}":
                with contextlib.suppress(OSError):  # where nothing can be written
                    os.utime(file)  # it was used now
                return file
    return None


def kept(decides: Sequence[str], suffix: str, make: Callable[[pathlib.Path], object]) -> pathlib.Path:
    """The file that these texts decide, from the cache if it is there and whole.

    Its name ends with the hash of its content, so that half a file is never taken for the whole.

    Args:
        decides: all that its content depends on.
        suffix: the ending of its name.
        make: writes it to the path given.

    Raises:
        NoCompiler: the cache cannot be used, or the file cannot be made.
    """
    if there := found(decides, suffix):
        return there
    folder = cache_folder()
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=_MAKING) as making:
            made = pathlib.Path(making) / f"run{suffix}"
            make(made)
            made.chmod(0o700)
            with made.open("rb") as f:
                os.fsync(f.fileno())
            file = made.replace(folder / f"{_key(decides)}-{_digest(made)}{suffix}")
    except OSError as error:
        raise NoCompiler(f"compiled code cannot be kept in {folder}: {error}; {_ELSEWHERE}") from None
    _prune(folder, file)
    return file


def _prune(folder: pathlib.Path, new: pathlib.Path) -> None:
    """Takes away what was not used for the longest time, until the rest is small enough; never the new file."""
    files: list[tuple[float, int, pathlib.Path]] = []
    for file in folder.iterdir():
        with contextlib.suppress(OSError):  # another process may prune too
            state = file.lstat()
            if stat.S_ISREG(state.st_mode):
                files.append((state.st_mtime, state.st_size, file))
            elif file.name.startswith(_MAKING) and state.st_mtime < time.time() - _LONG_MADE_S:
                shutil.rmtree(file, ignore_errors=True)
    total = sum(size for _, size, _ in files)
    for _, size, file in sorted(files):
        if total <= MOST_BYTES:
            return
        if file != new:
            with contextlib.suppress(OSError):  # on Windows a library that is loaded stays
                file.unlink()
                total -= size


def _key(decides: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(decides).encode()).hexdigest()


def _digest(file: pathlib.Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:32]
