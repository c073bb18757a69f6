"""What the models that a study really uses are known to leave out, as they say it themselves.

Parts of a bed are told by their modules: what stands as *Known limits* in a module's docstring, as on its card.
"""

import dataclasses
import importlib
from collections.abc import Iterable

import equinox as eqx

from twinbed.core.discover import KINDS
from twinbed.core.prose import first_paragraph, prose
from twinbed.engine.bed import Bed


def known_limits(beds: Iterable[Bed], modules: Iterable[str]) -> list[dict[str, str]]:
    """The known limits of all parts of some beds, each module once, then those of other modules.

    Args:
        beds: one of every arm.
        modules: names of what else the results come from.
    """
    parts = [p for bed in beds for part in (*bed.models.values(), *bed.devices.values()) for p in _within(part)]
    what = {type(p).__module__: type(p).__doc__ for p in parts}
    docs = {name: importlib.import_module(name).__doc__ or "" for name in (*what, *modules)}
    return [
        {"component": _id(name), "what": first_paragraph(what.get(name, doc)), "limits": " ".join(limits.split())}
        for name, doc in docs.items()
        if (limits := prose(doc).limits)
    ]


def _within(part: eqx.Module) -> list[eqx.Module]:
    """A part with all that it is made of, such as the chambers of a circulation or the device in a fault."""
    inner = [getattr(part, field.name) for field in dataclasses.fields(part)]
    return [part, *(p for one in inner if isinstance(one, eqx.Module) for p in _within(one))]


def _id(module: str) -> str:
    """`physiology/cardiovascular/circulation` for that module of a package that is searched; else its name."""
    place = "/".join(module.split(".")[1:])
    return place if place.startswith((*(f"{kind}/" for kind in KINDS), "cohorts/", "studies/")) else module
