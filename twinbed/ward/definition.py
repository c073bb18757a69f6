"""What a bed is made of: the text of a bedside file. Files that come with the package are the catalogue."""

import dataclasses
import importlib.resources
import tomllib
from collections.abc import Mapping
from typing import Any

from twinbed.core.errors import NotFound, StudyError
from twinbed.core.scenario import Scenario
from twinbed.engine.bed import Bed
from twinbed.engine.live import page_of
from twinbed.studies.acute.bedside import (
    FOREVER_S,
    Bedside,
    bedside_from,
    build_bed,
    build_scenario,
    person_of,
    seconds,
)
from twinbed.ward import diabetes
from twinbed.ward.controls import Control, controls_of
from twinbed.ward.diabetes import DiabetesBedside, diabetes_from
from twinbed.ward.views import View, view_of

KINDS = ("acute", "diabetes")
PAGE_S = 1.0
"""Organs that step slower than this step as often in a live bed, so that it may be acted on as often."""

_LONGEST_BEFORE_S = 7200.0
"""The longest past with which an acute bed is opened: a minute or so of computing."""


@dataclasses.dataclass(frozen=True)
class Template:
    """A bedside that can be opened."""

    id: str
    title: str
    title_ko: str
    about: str
    about_ko: str
    toml: str
    kind: str = KINDS[0]


def catalogue() -> dict[str, Template]:
    """The bedsides that come with the package, by id."""
    folder = importlib.resources.files("twinbed.ward").joinpath("bedsides")
    texts = {f.name.removesuffix(".toml"): f.read_text("utf-8") for f in folder.iterdir() if f.name.endswith(".toml")}
    return {name: _template(name, texts[name]) for name in sorted(texts)}


def template(name: str) -> Template:
    """One of them. Raises `NotFound` with those that there are."""
    known = catalogue()
    if name not in known:
        raise NotFound(f"there is no bedside {name!r}: choose one of {', '.join(known)}")
    return known[name]


def _template(name: str, text: str) -> Template:
    table = tomllib.loads(text)
    said = table["ward"]
    kind = table.get("kind", KINDS[0])
    return Template(name, said["title"], said["title_ko"], said["about"], said["about_ko"], text, kind)


@dataclasses.dataclass(frozen=True)
class Made:
    """A bed that is ready to live."""

    bedside: Bedside | DiabetesBedside
    bed: Bed
    scenario: Scenario
    view: View
    controls: Mapping[str, Control]
    words: Mapping[str, str]
    """Titles by language, where the file gives them."""
    period_s: float = 0.01
    """How often traces are sampled."""
    speed: float = 1.0
    """Times the clock at which it lives until somebody says otherwise."""
    begins_s: float = 0.0
    """Where the bed is when it is opened first; what was before is computed then."""

    @property
    def kind(self) -> str:
        """`acute` or `diabetes`."""
        return "diabetes" if isinstance(self.bedside, DiabetesBedside) else "acute"

    @property
    def page_s(self) -> float:
        """A page of the bed."""
        return page_of(self.bed, self.period_s)

    @property
    def signals(self) -> tuple[str, ...]:
        """What may happen at the bed."""
        return tuple(c.id for c in self.controls.values() if not c.is_setting)


def make(toml: str) -> Made:
    """A bed from the text of its file.

    Raises:
        StudyError: it is not TOML, or asks for something that cannot be; the message says where.
    """
    try:
        table = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        raise StudyError(f"the bedside is not TOML: {error}") from None
    words = _words(table.pop("ward", {}))
    kind = table.pop("kind", KINDS[0])
    if kind not in KINDS:
        raise StudyError(f"kind: there is no {kind!r}: choose one of {', '.join(KINDS)}")
    if kind == "diabetes":
        bedside, bed, scenario = diabetes_from(table)
        known = controls_of(bed, diabetes.person_of(bedside.patient))
        return Made(
            bedside, bed, scenario, view_of(bed), known, words, diabetes.PAGE_S, diabetes.PAGE_S, bedside.begins
        )
    begins_s = _begins_s(table.pop("begins", 0.0))
    bedside = bedside_from({"duration": FOREVER_S, **table})  # a bed that lives has no end
    bed = build_bed(bedside, longest_s=PAGE_S)
    person = person_of(bedside.patient)
    scenario = build_scenario(bedside.events, person)
    known = controls_of(bed, person)
    return Made(bedside, bed, scenario, view_of(bed), known, words, begins_s=begins_s)


def _begins_s(value: Any) -> float:
    """When an acute bed is opened: all before is computed first."""
    begins_s = seconds(value, "begins")
    if not 0.0 <= begins_s <= _LONGEST_BEFORE_S or begins_s % PAGE_S:
        raise StudyError(f"begins: expected whole seconds, {_LONGEST_BEFORE_S:g} s at most, found {value!r}")
    return begins_s


def own_devices(toml: str) -> list[str]:
    """The devices of a bedside's text that are not of the package, `module:Class`: to make them runs their code."""
    try:
        table = tomllib.loads(toml)
    except tomllib.TOMLDecodeError:
        return []
    found: list[str] = []

    def look(part: Any) -> None:
        if isinstance(part, Mapping):
            found.extend(v for k, v in part.items() if k == "device" and isinstance(v, str) and ":" in v)
            for inner in part.values():
                look(inner)
        elif isinstance(part, list):
            for inner in part:
                look(inner)

    look(table)
    return found


def _words(table: Any) -> dict[str, str]:
    if not isinstance(table, Mapping) or not all(isinstance(v, str) for v in table.values()):
        raise StudyError("ward: expected texts, such as title_ko")
    return dict(table)
