"""Finds components by place: the id of a component is the path of its file.

`devices/sensing/cgm_breton2008` is the class `CgmBreton2008` in that file. Files whose name
starts with an underscore hold private parts. Another package is searched too when it
declares an entry point in the group `twinbed` that names its root package. A class that is in no package, such as a
device of your own, goes by `module:Class`; its file lies where Python finds it, or in a folder given to `look_in`.
"""

import functools
import importlib
import importlib.metadata
import importlib.util
import pathlib
import sys
import traceback

from twinbed.core.errors import NotFound, TwinbedError
from twinbed.vocab.names import meant
from twinbed.vocab.signals import UnknownSignal

_OURS = pathlib.Path(__file__).parents[1]
KINDS = ("physiology", "devices", "studies/endpoints", "cohorts/populations")


def _roots() -> tuple[str, ...]:
    return _installed(tuple(sys.path))


@functools.lru_cache(maxsize=8)  # every distribution is read: a tenth of a second
def _installed(path: tuple[str, ...]) -> tuple[str, ...]:
    others = {e.value for e in importlib.metadata.entry_points(group="twinbed")}
    return ("twinbed", *sorted(others - {"twinbed"}))


def _folder(root: str, kind: str) -> pathlib.Path | None:
    spec = importlib.util.find_spec(root)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = pathlib.Path(spec.submodule_search_locations[0], *kind.split("/"))
    return folder if folder.is_dir() else None


def files(kind: str) -> dict[str, str]:
    """Component id to module name."""
    found: dict[str, str] = {}
    for root in _roots():
        folder = _folder(root, kind)
        if folder is None:
            continue
        for file in sorted(folder.rglob("*.py")):
            inner = file.relative_to(folder).with_suffix("")
            if not any(part.startswith("_") for part in inner.parts):
                id_ = f"{kind}/{inner.as_posix()}"
                found.setdefault(id_, ".".join((root, *id_.split("/"))))
    return found


def sources() -> list[pathlib.Path]:
    """All files of the packages that are searched, by name: what a thing found could depend on."""
    folders = [folder for root in _roots() if (folder := _folder(root, ".")) is not None]
    kept = (".py", ".toml")
    return sorted(file for folder in folders for file in folder.rglob("*") if file.suffix in kept and file.is_file())


def ids(kind: str) -> list[str]:
    """The ids of a kind, without importing the components.

    Raises:
        NotFound: nothing is there, which always means a broken installation or a wrong kind.
    """
    found = sorted(files(kind))
    if not found:
        raise NotFound(f"no components of kind {kind!r}; kinds are {', '.join(KINDS)}")
    return found


def class_name(id_: str) -> str:
    """`devices/software/bolus_calculator` holds `BolusCalculator`."""
    return "".join(word[:1].upper() + word[1:] for word in id_.rsplit("/", 1)[-1].split("_"))


def look_in(folder: pathlib.Path | str) -> None:
    """Classes named `module:Class` are looked for in this folder too, after all that is installed."""
    place = str(pathlib.Path(folder).resolve())
    if place not in sys.path:
        sys.path.append(place)
        importlib.invalidate_caches()


def _own(name: str) -> type:
    """The class of `module:Class`."""
    module, _, cls = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), cls)
    except (ImportError, AttributeError, ValueError) as error:
        hint = "; write module:Class, with module.py beside the file"
        raise NotFound(f"cannot load {name!r}: {_where(error)}{error}{'' if _where(error) else hint}") from error
    except (TwinbedError, UnknownSignal) as error:
        raise NotFound(f"cannot load {name!r}: {_where(error)}{error}") from error
    except Exception as error:  # somebody's file may fail in any way while it is read
        raise NotFound(f"cannot load {name!r}: {_where(error)}{type(error).__name__}: {error}") from error
    if not isinstance(found, type):
        raise NotFound(f"{name!r} is no class; write module:Class")
    return found


def _where(error: Exception) -> str:
    """The last line of a file, outside of Python's own imports and what is installed, that an error passed through."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "importlib" not in f.filename]
    own = [f for f in frames if "site-packages" not in f.filename and _OURS not in pathlib.Path(f.filename).parents]
    return f"{pathlib.Path(own[-1].filename).name}, line {own[-1].lineno}: " if own else ""


@functools.cache
def load(id_: str) -> type:
    """The public class of a component file, or the class of `module:Class`.

    Raises:
        NotFound: no component has that id; the message lists the nearest.
    """
    if ":" in id_:
        return _own(id_)
    kind = next((k for k in KINDS if id_.startswith(f"{k}/")), None)
    known = files(kind) if kind else {}
    if id_ not in known:
        every = [i for k in KINDS for i in files(k)]
        hint = meant(id_, every)
        raise NotFound(f"no component {id_!r}" + (f"; {hint}" if hint else ""))
    return getattr(importlib.import_module(known[id_]), class_name(id_))


def shown_by(signal: str) -> list[str]:
    """Ids of the models, and where there are none of the devices, that show a signal; every file of them is read."""
    from twinbed.core.component import types_of
    from twinbed.core.quantities import ports

    for kind in ("physiology", "devices"):
        found = [i for i in ids(kind) if signal in {p.signal for p in ports(types_of(load(i)).outputs).values()}]
        if found:
            return found
    return []
