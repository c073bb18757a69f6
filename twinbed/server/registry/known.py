"""Virtual patients and devices that a bed or a study may have, with Korean names, and where a bed has them."""

import functools
import importlib.resources
import inspect
import tomllib
from collections.abc import Mapping
from typing import Any

from twinbed.cohorts import acute_adults
from twinbed.core import discover
from twinbed.core.device import AbstractWrapper
from twinbed.core.errors import NotFound
from twinbed.credibility import model_cards
from twinbed.server.registry import korean_card as korean
from twinbed.ward import definition

_POPULATIONS, _DEVICES, _MODELS = "cohorts/populations", "devices", "physiology"
_ACUTE = "cohorts/acute_adults"


def patients() -> list[dict[str, Any]]:
    """The patients of the catalogue: a bed with one of them can be opened."""
    found = []
    for template in definition.catalogue().values():
        patient = tomllib.loads(template.toml).get("patient", {})
        found.append({
            "template": template.id, "title": template.title, "title_ko": template.title_ko, "about": template.about,
            "about_ko": template.about_ko, "age": patient.get("age"), "sex": patient.get("sex"),
            "weight_kg": patient.get("weight_kg"), "height_cm": patient.get("height_cm"),
            "conditions": dict(patient.get("conditions", {})),
        })  # fmt: skip
    return found


@functools.cache
def populations() -> tuple[Mapping[str, Any], ...]:
    """The populations from which cohorts are drawn."""
    found = [_population(id_, discover.load(id_)) for id_ in discover.ids(_POPULATIONS)]
    acute = _first(acute_adults.__doc__)
    return (*found, {"id": _ACUTE, "title": acute, "title_ko": korean_names().get(_ACUTE), "about": "",
                     "source": "", "model": None})  # fmt: skip


def _population(id_: str, cls: Any) -> Mapping[str, Any]:
    return {"id": id_, "title": cls.title, "title_ko": korean_names().get(id_), "about": _first(cls.__doc__),
            "source": cls.source, "model": cls.model_id}  # fmt: skip


@functools.cache
def devices() -> tuple[Mapping[str, Any], ...]:
    """The devices that are found, those of other packages too."""
    beds = _beds_by_device()
    return tuple(_device(id_, discover.load(id_), beds.get(id_, ())) for id_ in discover.ids(_DEVICES))


def _device(id_: str, cls: Any, beds: tuple[str, ...]) -> Mapping[str, Any]:
    wraps = issubclass(cls, AbstractWrapper)
    return {
        "id": id_, "group": id_.split("/")[1] if id_.count("/") > 1 else "other", "title": _first(cls.__doc__),
        "title_ko": korean_names().get(id_), "role": None if wraps else str(cls.role), "wraps": wraps,
        "templates": list(beds),
    }  # fmt: skip


def _beds_by_device() -> dict[str, tuple[str, ...]]:
    """The bedsides of the catalogue that have a device, by its id."""
    found: dict[str, tuple[str, ...]] = {}
    for template in definition.catalogue().values():
        for spec in tomllib.loads(template.toml).get("devices", ()):
            before = found.get(spec["device"], ())
            found[spec["device"]] = before if template.id in before else (*before, template.id)
    return found


@functools.lru_cache(maxsize=256)
def card(id_: str) -> str:
    """The card of a device or a model, as Markdown.

    Raises:
        NotFound: there is none of that id.
    """
    if not any(id_ in discover.files(kind) for kind in (_DEVICES, _MODELS)):
        raise NotFound(f"there is no card of {id_!r}")
    return model_cards.card(id_)


@functools.lru_cache(maxsize=256)
def korean_card(id_: str) -> str | None:
    """The same in Korean; None where there is none."""
    return korean.card(id_, korean_names().get(id_))


@functools.cache
def korean_names() -> Mapping[str, str]:
    """What is called how in Korean, by id; what is not in it has its English name alone."""
    folder = importlib.resources.files(__name__.rpartition(".")[0])
    return tomllib.loads(folder.joinpath("ko.toml").read_text("utf-8"))["names"]


def _first(docstring: str | None) -> str:
    return inspect.cleandoc(docstring or "").split("\n\n")[0].replace("\n", " ").rstrip(".")
