"""Refuses settings of a device that lie outside what they declare."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jax.core import Tracer

from twinbed.core.errors import SettingError
from twinbed.core.quantities import Quantity, quantities
from twinbed.vocab.units import ranged


def check_bounds(part: eqx.Module, name: str) -> None:
    """Refuses a part with a number outside its declared bounds, its own or of a part within it.

    Numbers of a cohort are checked one by one. Those that are only being traced, under `jit`, `vmap` or `grad`, have
    no value yet and pass.

    Raises:
        SettingError: says which number of which part, and what it may be.
    """
    for where, value, quantity in _declared(part, name):
        assert quantity.bounds is not None
        values = np.asarray(value)
        low, high = (np.asarray(end, values.dtype) for end in quantity.bounds)  # an end in single precision is no less
        outside = values[~((values >= low) & (values <= high))]
        if outside.size:
            raise SettingError(f"{where}: {outside.flat[0]:g} is outside {ranged(*quantity.bounds, quantity.unit)}")


def _declared(part: Any, where: str) -> Iterator[tuple[str, Any, Quantity]]:
    """Every number with bounds, with its place and what is declared of it."""
    if not isinstance(part, eqx.Module):
        for name, inner in _items(part):
            yield from _declared(inner, f"{where}.{name}")
        return
    known = quantities(type(part))
    for field in dataclasses.fields(part):
        place, value, quantity = f"{where}.{field.name}", getattr(part, field.name), known.get(field.name)
        if quantity is None:
            yield from _declared(value, place)
        elif quantity.bounds is not None and _has_value(value):
            yield place, value, quantity


def _items(of: Any) -> Iterable[tuple[Any, Any]]:
    """What a container holds, by name or by place; nothing of what is none."""
    if isinstance(of, Mapping):
        return of.items()
    return enumerate(of, 1) if isinstance(of, tuple | list) else ()


def _has_value(value: Any) -> bool:
    return isinstance(value, jax.Array | np.ndarray) and not isinstance(value, Tracer)
