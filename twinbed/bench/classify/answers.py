"""What a maker declares so that product code and class follow."""

import dataclasses
import functools
import importlib.resources
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from twinbed.core.errors import NotFound

TECHNOLOGIES = ("standalone software", "artificial intelligence", "intelligent robot", "high-performance computing",
                "virtual convergence")  # fmt: skip
STATES = ("critical", "serious", "other")
HARMS = ("death", "serious injury", "minor injury", "none")
BASICS = ("medical device", "in-vitro diagnostic device", "both")
FORMS = ("standalone", "embedded", "both")


@functools.cache
def notice() -> Mapping[str, Any]:
    """The tables of the notice."""
    text = importlib.resources.files(__name__.rpartition(".")[0]).joinpath("notice.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@dataclasses.dataclass(frozen=True)
class SoftwareFunction:
    """One function of the software: its purpose (letter and digit), for which state, and what its failure can do.

    `state` and `harm` are empty where the maker cannot tell; no class follows then.
    """

    name: str
    purpose: str
    state: str = ""
    harm: str = ""
    reasons: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Why, in the maker's words, by `purpose`, `state` and `harm`."""

    def __post_init__(self) -> None:
        _purpose(self.purpose)
        _one_of(f"state of {self.name!r}", self.state, ("", *STATES))
        _one_of(f"harm of {self.name!r}", self.harm, ("", *HARMS))

    @property
    def effect(self) -> str:
        """Its column in the matrix of classes, which follows from its purpose."""
        letter = notice()["purposes"][self.purpose[0]]
        return letter["digits"][self.purpose[1]].get("effect", letter["effect"])


@dataclasses.dataclass(frozen=True)
class Answers:
    """What a maker declares of a device.

    `hardware_class` is that of the medical hardware by the rules for such hardware, 0 where those give none.
    """

    basic: str
    form: str
    technologies: Sequence[str]
    functions: Sequence[SoftwareFunction]
    purposes: Sequence[str] = ()
    """Main purposes; those of the functions if left out."""
    hardware_class: int = 0
    hardware_item: str = ""
    professional: bool = False
    """Whether it is to be labelled as for professionals."""
    change_plan: bool = False
    """Whether changes are to be made under a plan."""
    claims_efficacy: bool = True
    """Whether clinical efficacy is claimed."""
    reasons: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Why, in the maker's words, by `purpose`, `technology`, `basic` and `form`."""

    def __post_init__(self) -> None:
        _one_of("basic", self.basic, BASICS)
        _one_of("form", self.form, FORMS)
        for technology in self.technologies:
            _one_of("technology", technology, TECHNOLOGIES)
        for purpose in self.purposes:
            _purpose(purpose)
        self._consistent()

    def _consistent(self) -> None:
        if not self.technologies:
            raise NotFound(
                "no digital technology is declared: without one it is no digital medical device (article 5(2))"
            )
        if self.hardware_class not in range(5):
            raise NotFound(f"hardware_class is {self.hardware_class}; write 1 to 4, or leave it out where none is set")
        if self.form == "standalone" and self.hardware_class:
            raise NotFound('standalone software has no medical hardware; write form = "embedded" or "both"')
        if self.form != "embedded" and not self.functions:
            raise NotFound("standalone software has at least one function (article 4(1) item 2); declare it")
        if not self.functions and not self.purposes:
            raise NotFound('declare the main purposes of the device, such as purposes = ["A2"]')
        if self.change_plan and "artificial intelligence" not in self.technologies:
            raise NotFound(
                "a change plan is for devices with artificial intelligence (notice 2025-25 article 24(1) item 8)"
            )

    @property
    def main_purposes(self) -> tuple[str, ...]:
        """Main purposes, each once, in the order of the annex."""
        return tuple(sorted(set(self.purposes or [f.purpose for f in self.functions])))


def read_answers(table: Mapping[str, Any]) -> Answers:
    """The answers in a table of a TOML file.

    Raises:
        NotFound: a name or value is not known; the message lists those that are.
    """
    written = dict(table)
    functions = tuple(_made(SoftwareFunction, f, "function") for f in written.pop("functions", ()))
    return _made(Answers, {**written, "functions": functions}, "classification")


def _made(kind: Any, table: Mapping[str, Any], what: str) -> Any:
    known = {field.name: field for field in dataclasses.fields(kind)}
    strange = sorted(set(table) - set(known))
    if strange:
        raise NotFound(f"{what} has no {strange[0]!r}; it has {', '.join(known)}")
    needed = [
        n for n, f in known.items()
        if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING and n not in table
    ]  # fmt: skip
    if needed:
        raise NotFound(f"{what} needs {needed[0]!r}")
    return kind(**table)


def _one_of(what: str, value: object, known: Sequence[str]) -> None:
    if value not in known:
        raise NotFound(f"{what} is {value!r}; write one of {', '.join(repr(k) for k in known if k)}")


def _purpose(purpose: str) -> None:
    letters = notice()["purposes"]
    letter = letters.get(purpose[:1]) if isinstance(purpose, str) else None
    if letter is None:
        raise NotFound(f"no purpose {purpose!r}; its letter is one of {', '.join(letters)}, as in annex 3")
    if purpose[1:] not in letter["digits"]:
        raise NotFound(f"no purpose {purpose!r}; {purpose[0]} ({letter['en']}) has {', '.join(letter['digits'])}")
