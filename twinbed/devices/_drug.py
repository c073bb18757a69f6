"""The same device for another drug: its signals carry that drug's name."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any, TypeVar

import equinox as eqx

from twinbed.core.component import types_of
from twinbed.core.device import AbstractDevice
from twinbed.core.model import Scalar
from twinbed.core.quantities import port, ports

D = TypeVar("D", bound=AbstractDevice)


def for_drug(cls: type[D], drug: str, *, written_for: str = "propofol") -> Callable[..., D]:
    """What makes a device whose ports carry the signals of a drug: `propofol_rate` becomes `norepinephrine_rate`.

    Equal arguments give the same class, so that beds of the same parts share a compilation. The device makes its
    outputs with `outputs_of`.

    Args:
        cls: the class.
        drug: the other drug.
        written_for: the drug whose signals stand in the class as it is written.

    Raises:
        UnknownSignal: the drug has no such signals.
    """
    return cls if drug == written_for else _for_drug(cls, drug, written_for)


@functools.cache
def _for_drug(cls: type[D], drug: str, written_for: str) -> type[D]:
    types = types_of(cls)
    base: Any = AbstractDevice
    bases = (base[types.state, *(_renamed(c, written_for, drug) for c in (types.inputs, types.outputs))],)
    doc = f"{cls.__doc__} Here it gives {drug}."
    made_by = (_for_drug, cls, drug, written_for)  # the class is not what goes by its name (engine/native/described)
    space = {"__module__": cls.__module__, "__doc__": doc, "__orig_bases__": bases, "__made_by__": made_by}
    return type(cls)(cls.__name__, (cls,), space)


def outputs_of(device: AbstractDevice) -> Any:
    """The class of what a device shows."""
    return types_of(type(device)).outputs


def _renamed(cls: type[eqx.Module], before: str, drug: str) -> type[eqx.Module]:
    found = ports(cls)
    names = [field.name for field in dataclasses.fields(cls)]
    fields = {n: port(found[n].signal.replace(f"{before}_", f"{drug}_"), rest=found[n].rest) for n in names}
    space = {"__module__": cls.__module__, "__doc__": cls.__doc__, "__annotations__": dict.fromkeys(names, Scalar)}
    return type(cls)(cls.__name__, (cls,), {**space, **fields})
