"""Declarations of quantities: a value, its unit, its bounds and where it comes from.

`param` declares a parameter of a patient or a setting of a device, `var` a state, `port`
an input or output that is a signal of the vocabulary. Tables, forms, calibration bounds,
sampling and evidence are read from these declarations.
"""

import dataclasses
import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from twinbed.core.choices import none_of
from twinbed.core.errors import SettingError
from twinbed.vocab.signals import signal as signal_of

jax.config.update("jax_enable_x64", True)  # docs/decisions/0001-precision.md


@dataclasses.dataclass(frozen=True)
class Quantity:
    """What is known about one scalar besides its value."""

    unit: str
    doc: str
    bounds: tuple[float, float] | None = None
    source: str | None = None
    choices: tuple[tuple[str, float], ...] = ()
    """Names of the numbers that are allowed, where it is a number of a list."""


@dataclasses.dataclass(frozen=True)
class Port:
    """The signal that an input or output carries; `rest` is what an unfed input reads."""

    signal: str
    rest: float | None = None


@dataclasses.dataclass(frozen=True)
class Word:
    """A setting that is one of some words."""

    doc: str
    choices: tuple[str, ...]


@functools.lru_cache(maxsize=4096)
def constant(value: float) -> jax.Array:
    """A number as an array; the same one each time, since a patient has a thousand and most are those of others."""
    with jax.ensure_compile_time_eval():
        return jnp.asarray(value, jnp.result_type(float))


def _as_float(value: Any) -> jax.Array:
    if isinstance(value, float) and value:  # zero has a sign that a cache does not see
        return constant(value)
    if isinstance(value, str):
        raise SettingError(f"expected a number, found {value!r}")
    array = value if isinstance(value, jax.Array) else jnp.asarray(value)
    strong = jnp.issubdtype(array.dtype, jnp.floating) and not array.weak_type
    return array if strong else jnp.asarray(array, jnp.result_type(float))


def _by_name(choices: Mapping[str, float]) -> Callable[[Any], jax.Array]:
    def number(value: Any) -> jax.Array:
        if not isinstance(value, str):
            return _as_float(value)
        if value not in choices:
            raise SettingError(none_of(value, choices))
        return _as_float(float(choices[value]))

    return number


def param(
    default: float,
    unit: str,
    doc: str,
    *,
    bounds: tuple[float, float] | None = None,
    source: str | None = None,
    choices: Mapping[str, float] | None = None,
) -> Any:
    """Declares a parameter of a patient model or a setting of a device.

    Where it is a number of a list, `choices` has the names of the numbers; a name may be given in place of its number.
    """
    named = {name: float(number) for name, number in (choices or {}).items()}
    return eqx.field(
        default=default,
        converter=_by_name(named) if named else _as_float,
        metadata={"quantity": Quantity(unit, doc, bounds, source, tuple(named.items()))},
    )


def word(default: str, doc: str, choices: Iterable[str]) -> Any:
    """Declares a setting of a device that is one of some words, fixed when a bed is compiled."""
    return eqx.field(static=True, default=default, metadata={"word": Word(doc, tuple(choices))})


def var(unit: str, doc: str) -> Any:
    """Declares a state."""
    return eqx.field(metadata={"quantity": Quantity(unit, doc)})


def port(signal: str, *, rest: float | None = None) -> Any:
    """Declares an input or output that carries a signal of the vocabulary.

    An input with `rest` may be left unfed and then reads that value; one without must be
    fed. Raises `UnknownSignal` for a name outside the vocabulary.
    """
    known = signal_of(signal)
    return eqx.field(
        metadata={
            "quantity": Quantity(known.unit, known.label, known.plausible),
            "port": Port(signal, rest),
        }
    )


def quantities(cls: type) -> dict[str, Quantity]:
    """Every declared quantity of a class, by field name, in order of declaration."""
    return {f.name: f.metadata["quantity"] for f in dataclasses.fields(cls) if "quantity" in f.metadata}


def words(cls: type) -> dict[str, Word]:
    """Every setting of a class that is one of some words, by field name."""
    return {f.name: f.metadata["word"] for f in dataclasses.fields(cls) if "word" in f.metadata}


def ports(cls: type) -> dict[str, Port]:
    """Every port of an inputs or outputs class, by field name."""
    return {f.name: f.metadata["port"] for f in dataclasses.fields(cls) if "port" in f.metadata}
