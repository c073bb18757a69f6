"""The source files of this package and of the user's drugs: their digest, as long as the code that runs is theirs."""

import functools
import hashlib
import pathlib

import twinbed
from twinbed.vocab.drugs import FILES

_SUFFIXES = frozenset((".py", ".toml", ".hpp", ".cuh"))
"""Of files that the printed code of a bed can depend on."""
State = tuple[tuple[str, int, int, int, int], ...]


def digest() -> str | None:
    """SHA-256 of all names and contents; nothing where a file changed since this process loaded the package.

    Such a process runs code that lies nowhere any more, so that what it makes must not be kept for others. A file that
    is written and one that is put in the place of another are both seen.
    """
    now = _state()
    if not now or now != _FIRST or any(max(written, changed) > twinbed.LOADED_NS for *_, written, changed in now):
        return None
    found = _digest()
    return found if _state() == now else None


@functools.cache
def _digest() -> str:
    whole = hashlib.sha256()
    for file in _files():
        name = file.relative_to(_FOLDER).as_posix() if file.is_relative_to(_FOLDER) else f"a drug: {file.name}"
        whole.update(f"{name} {_sha256(file)}\n".encode())
    return whole.hexdigest()


def _sha256(file: pathlib.Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _files() -> list[pathlib.Path]:
    ours = {file for file in _FOLDER.rglob("*") if file.suffix in _SUFFIXES and file.is_file()}
    return [*sorted(ours), *(file for file in FILES if not file.is_relative_to(_FOLDER))]


def _state() -> State:
    """Every file's name, place on the disk, size, and when it was written and last changed in any way.

    Empty where the package is not in files, or one went away meanwhile.
    """
    try:
        states = [(str(file), file.stat()) for file in _files()]
    except OSError:
        return ()
    return tuple((name, s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns) for name, s in states)


_FOLDER = pathlib.Path(twinbed.__file__).parent
_FIRST = _state()
