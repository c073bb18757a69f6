"""What may be started: studies of the package and of the server's folder, protocols, and the devices these know."""

import dataclasses
import functools
import importlib.resources
import importlib.util
import pathlib
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from twinbed.bench import find, listing
from twinbed.bench.settings import words_of
from twinbed.bench.texts import translator
from twinbed.connect import data
from twinbed.core.errors import NotFound
from twinbed.server.runs.fits import fitting

_STEM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
_OWN = "own."
_DRIVER = pathlib.Path("/proc/driver/nvidia/version")
_NUMBERS = (bool, int, float)
MOST_TIMES = 20.0
"""How many times its usual value a number of a protocol may be."""
_MOST_SEED = 2**31 - 1


@dataclasses.dataclass(frozen=True)
class StudyOffer:
    """A study that can be started by its id."""

    id: str
    title: str
    title_ko: str | None
    question: str
    question_ko: str | None
    kind: str
    """`glucose` or `acute`."""
    patients: int
    """In each population, or in the cohort; 0 where only twins take part."""
    arms: int
    seed: int
    twins: bool
    """Whether fitted twins take part."""
    own: bool
    """Whether it lies in the server's folder, and not in the package."""
    text: str


@dataclasses.dataclass(frozen=True)
class Setting:
    """A number, a word or a switch that a protocol lets one choose."""

    name: str
    kind: str
    """`number`, `whole`, `switch` or `choice`."""
    usual: bool | int | float | str
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


@dataclasses.dataclass(frozen=True)
class ProtocolOffer:
    """A protocol that can be run on a device by its name."""

    id: str
    title: str
    title_ko: str
    standard: str
    devices: tuple[str, ...]
    missing: tuple[str, ...]
    """Folders of recordings that it needs and that are not on this machine."""


def studies(folder: pathlib.Path, most_bytes: int) -> dict[str, StudyOffer]:
    """The studies that come with the package, then those of a folder, by id; files that are no studies are left out."""
    found: dict[str, StudyOffer] = {}
    korean = _korean()
    for file in sorted(_shipped().iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml") and file.name != "ko.toml":
            name = file.name.removesuffix(".toml")
            _put(found, name, file.read_text("utf-8"), korean.get(name, {}), own=False)
    for file in sorted(folder.glob("*.toml")):
        if _STEM.fullmatch(file.stem) and file.stat().st_size <= most_bytes:
            _put(found, f"{_OWN}{file.stem}", file.read_text("utf-8", "replace"), {}, own=True)
    return found


def _shipped() -> Any:
    return importlib.resources.files("twinbed.server.runs").joinpath("shipped")


@functools.cache
def _korean() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(_shipped().joinpath("ko.toml").read_text("utf-8"))


def _put(found: dict[str, StudyOffer], id: str, text: str, korean: Mapping[str, str], *, own: bool) -> None:
    try:
        table = tomllib.loads(text)
        found[id] = _offer(id, text, table, korean, own)
    except (ValueError, RecursionError, TypeError, AttributeError, KeyError):  # it is no study
        return


def _offer(id: str, text: str, table: Mapping[str, Any], korean: Mapping[str, str], own: bool) -> StudyOffer:
    cohort, acute = table.get("cohort", {}), table.get("format") == "acute"
    each = [int(p["n"]) for p in cohort.get("populations", ())]
    return StudyOffer(
        id=id, title=str(table.get("title") or table["name"])[:200], title_ko=korean.get("title"),
        question=str(table.get("question", ""))[:500], question_ko=korean.get("question"),
        kind="acute" if acute else "glucose",
        patients=int(cohort.get("n", 0)) if acute else max(each, default=0),
        arms=len(table["arms"]), seed=int(table["seed"]), twins=bool(cohort.get("twins")), own=own, text=text,
    )  # fmt: skip


@functools.cache
def protocols() -> Mapping[str, ProtocolOffer]:
    """The protocols that are found, by id, as they are when this is first asked for."""
    return {one.id: _protocol(one) for one in listing.listed()}


def _protocol(one: listing.Listed) -> ProtocolOffer:
    return ProtocolOffer(
        one.id, one.title, translator(one.id, "ko")(one.title), one.standard, tuple(one.devices),
        tuple(name for name in one.recordings if not _is_here(name)),
    )  # fmt: skip


def _is_here(recordings: str) -> bool:
    try:
        data.recordings(recordings)
    except NotFound:
        return False
    return True


def protocol(id: str) -> ProtocolOffer:
    """One of them.

    Raises:
        NotFound: there is none of that id.
    """
    if id not in protocols():
        raise NotFound(f"there is no protocol {id!r}")
    return protocols()[id]


@functools.cache
def settings(id: str) -> Mapping[str, Setting]:
    """What may be chosen of a protocol from afar: numbers, switches and words, never a file."""
    found = [_setting(name, p.default, p.annotation) for name, p in find.settings_of(id).items()]
    return {one.name: one for one in found if one is not None}


def _setting(name: str, usual: Any, annotation: Any) -> Setting | None:
    words = words_of(annotation)
    if words:
        return Setting(name, "choice", str(usual), words)
    if not isinstance(usual, _NUMBERS):
        return None
    if isinstance(usual, bool):
        return Setting(name, "switch", usual)
    high = float(_MOST_SEED) if name == "seed" else MOST_TIMES * max(1.0, abs(usual))
    return Setting(name, "whole" if isinstance(usual, int) else "number", usual, low=0.0, high=high)


def attached(id: str) -> tuple[str, ...]:
    """Devices of twinbed and of installed packages that fit a protocol, besides those it knows by name."""
    return fitting(id)


def executors() -> tuple[str, ...]:
    """What may compute a study on this machine."""
    gpu = _DRIVER.exists() and importlib.util.find_spec("cuda") is not None
    return ("auto", "xla", "native", *(("cuda",) if gpu else ()))
