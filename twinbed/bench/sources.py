"""What a device, and this package, were made of when a run began: fingerprints of their source files.

A device may import what lies beside it, at once or when it is first asked, so all sources beside count, used or not: an
edit of any begins a run anew, which costs time, where an edit that is not seen would mix the answers of two devices.

*Known limits*: what is imported from elsewhere (an installed package, a folder on the path) is not seen.
"""

import functools
import hashlib
import importlib.machinery
import importlib.util
import inspect
import pathlib
from collections.abc import Iterable
from typing import Any

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
    spec = _top(name)
    if spec is None or spec.origin is None:
        return []
    origin = pathlib.Path(spec.origin)
    return _of_package(origin.parent) if spec.submodule_search_locations else beside(origin)


def file_of_module(name: str) -> pathlib.Path | None:
    """The source file of a module, without importing it or what it is in; none where there is none."""
    spec, (_, *below) = _top(name), name.split(".")
    if spec is None or spec.origin is None:
        return None
    place = pathlib.Path(spec.origin)
    if below:
        place = place.parent.joinpath(*below)
        place = place / "__init__.py" if place.is_dir() else place.with_name(f"{place.name}.py")
    return place if place.suffix == ".py" and place.is_file() else None


def file_of(thing: Any) -> pathlib.Path | None:
    """The source file of a function, a class or an object's class; none where there is none, as at a prompt."""
    while isinstance(thing, functools.partial):
        thing = thing.func
    thing = inspect.unwrap(thing)
    try:
        found = inspect.getsourcefile(thing if inspect.isroutine(thing) or inspect.isclass(thing) else type(thing))
    except TypeError:  # it is built in
        return None
    path = pathlib.Path(found) if found else None
    return path if path and path.is_file() else None


def _top(name: str) -> importlib.machinery.ModuleSpec | None:
    """Where the module or package is that a name begins with: first in the folder in which one works, as it is run."""
    top = name.partition(".")[0]
    try:
        here = importlib.machinery.PathFinder.find_spec(top, [str(pathlib.Path.cwd())])
        return here if here and here.origin else importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None


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
