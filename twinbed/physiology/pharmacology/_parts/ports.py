"""Ports that follow from the files of the drugs."""

import types
from collections.abc import Callable, Mapping
from typing import TypeVar

import equinox as eqx

from twinbed.core.model import Scalar
from twinbed.core.quantities import port, ports

M = TypeVar("M", bound=eqx.Module)


def with_ports(more: Mapping[str, float | None]) -> Callable[[type[M]], type[M]]:
    """A class of inputs or outputs with further ports, by signal, with what each reads when unfed."""

    def extended(cls: type[M]) -> type[M]:
        every = {**{p.signal: p.rest for p in ports(cls).values()}, **more}

        def fill(namespace: dict[str, object]) -> None:
            namespace.update({name: port(name, rest=rest) for name, rest in every.items()})
            namespace["__annotations__"] = dict.fromkeys(every, Scalar)
            namespace["__doc__"] = cls.__doc__
            namespace["__module__"] = cls.__module__

        return types.new_class(cls.__name__, (eqx.Module,), exec_body=fill)  # pyright: ignore[reportReturnType]

    return extended
