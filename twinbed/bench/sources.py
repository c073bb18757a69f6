"""What a device, and this package, were made of when a run began: fingerprints of their source files.

A device may import what lies beside it, at once or when it is first asked, so all sources beside count, used or not: an
edit of any begins a run anew, which costs time, where an edit that is not seen would mix the answers of two devices.

*Known limits*: what is imported from elsewhere (an installed package, a folder on the path) is not seen.
"""

import functools
import hashlib
import importlib.util
import pathlib
from collections.abc import Iterable

from twinbed.core import discover

_SUFFIXES = frozenset(".py .js .mjs .ts .r .R .m .jl .sh .pl .rb .lua .c .h .cpp .hpp .go .rs .java".split())
"""A program's words that are files of these kinds are its sources."""


def beside(file: pathlib.Path) -> list[pathlib.Path]:
    """Sources of a file's kind in its folder, of Python also those of packages there; none of what is no source."""
    if file.suffix not in _SUFFIXES or not file.is_file():
        return []
    found = [other for other in file.parent.iterdir() if other.suffix == file.suffix and other.is_file()]
    if file.suffix == ".py":
        found += [source for package in file.parent.iterdir() for source in _of_package(package)]
    return sorted(set(found))


def of_module(name: str) -> list[pathlib.Path]:
    """Sources of the package that a module is in; of a module in none, those beside it."""
    try:
        spec = importlib.util.find_spec(name.partition(".")[0])
    except (ImportError, ValueError):
        return []
    if spec is None or spec.origin is None:
        return []
    origin = pathlib.Path(spec.origin)
    return _of_package(origin.parent) if spec.submodule_search_locations else beside(origin)


def _of_package(folder: pathlib.Path) -> list[pathlib.Path]:
    return sorted(folder.rglob("*.py")) if (folder / "__init__.py").is_file() else []


def digest(files: Iterable[pathlib.Path]) -> str:
    """One fingerprint of names and contents; empty of none."""
    out, some = hashlib.sha256(), False
    for file in files:
        out.update(f"{file}|{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
        some = True
    return out.hexdigest() if some else ""


@functools.cache
def of_this_package() -> str:
    """The fingerprint of this package and of those that extend it, as they are when it is first asked for."""
    return digest(discover.sources())
