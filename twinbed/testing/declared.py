"""Walks the declared quantities of a module, nested parts included."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import equinox as eqx
import jax

from twinbed.core.quantities import Quantity

M = TypeVar("M", bound=eqx.Module)


def _fields(node: eqx.Module) -> Iterator[tuple[str, Any, Quantity | None]]:
    for field in dataclasses.fields(node):
        if not field.metadata.get("static", False):
            yield field.name, getattr(node, field.name), field.metadata.get("quantity")


def _modules(value: Any) -> Iterator[tuple[str, eqx.Module]]:
    if isinstance(value, eqx.Module):
        yield "", value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from ((f"[{key!r}]{inner}", module) for inner, module in _modules(item))
    elif isinstance(value, tuple | list):
        for i, item in enumerate(value):
            yield from ((f"[{i}]{inner}", module) for inner, module in _modules(item))


def declared(node: eqx.Module, where: str = "") -> Iterator[tuple[str, Quantity]]:
    """Every declared quantity of a module and its parts, by path."""
    for name, value, quantity in _fields(node):
        if quantity is not None:
            yield f"{where}{name}", quantity
        for inner, module in _modules(value):
            yield from declared(module, f"{where}{name}{inner}.")


def valued(node: eqx.Module) -> list[tuple[str, Any, Quantity]]:
    """Every declared quantity of a module and its parts with its value: path, value, quantity."""
    found: list[tuple[Any, Quantity]] = []
    map_declared(lambda value, quantity: found.append((value, quantity)) or value, node)
    return [(name, *pair) for (name, _), pair in zip(declared(node), found, strict=True)]


def undeclared(node: eqx.Module, where: str = "") -> Iterator[str]:
    """The paths of numbers without a declared unit."""
    for name, value, quantity in _fields(node):
        if quantity is None:
            modules = list(_modules(value))
            for inner, module in modules:
                yield from undeclared(module, f"{where}{name}{inner}.")
            if not modules and jax.tree.leaves(value):
                yield f"{where}{name}"


def map_declared(change: Callable[[Any, Quantity], Any], node: M) -> M:
    """A copy of a module in which every declared number was changed."""
    inside, structure = jax.tree.flatten(node, is_leaf=lambda x: x is not node)
    quantities = [quantity for _, _, quantity in _fields(node)]
    new = [
        _map_inside(change, value) if quantity is None else change(value, quantity)
        for value, quantity in zip(inside, quantities, strict=True)
    ]
    return jax.tree.unflatten(structure, new)


def _map_inside(change: Callable[[Any, Quantity], Any], value: Any) -> Any:
    is_module = lambda x: isinstance(x, eqx.Module)
    return jax.tree.map(lambda x: map_declared(change, x) if is_module(x) else x, value, is_leaf=is_module)
