"""Fingerprints of names and values: exact ones, and rounded ones that processors which round differently agree on."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

_BITS = 24
"""Of a number that count: those of single precision, a little more than seven digits."""
_NOISE_BITS = 30
"""A part in 2^30 (1e-9) of the largest number of a row: what is left where numbers cancel is not told apart below."""
_NAN, _POSITIVE, _NEGATIVE = 1, 2, 3


def exact(*parts: Mapping[str, Any]) -> str:
    """The SHA-256 of names, kinds, shapes and every bit.

    Raises:
        TypeError: a value is neither numbers nor text.
    """
    return _digest(parts, lambda array: (array.dtype.str, np.ascontiguousarray(array).tobytes()))


def rounded(*parts: Mapping[str, Any]) -> str:
    """The SHA-256 of names, kinds, shapes, texts, whole numbers and truths as they are, and of other numbers rounded.

    Each of those has its own 24 bits, but none below a part in 2^30 of the largest of its row (see `rounded_numbers`).

    Raises:
        TypeError: a value is neither numbers nor text.
    """
    return _digest(parts, lambda array: (array.dtype.kind, _rounded_bytes(array)))


def rounded_numbers(values: np.ndarray) -> np.ndarray:
    """Numbers to 24 bits each, and to no less than a part in 2^30 of the largest finite one of their row.

    A row runs along the longest axis, which is time or the list of what was found: what lies beside it, such as
    another signal, may be of another size altogether. What is not finite stays as it is.

    Args:
        values: numbers, of any shape.
    """
    numbers = np.atleast_1d(values.astype(float))
    there = np.isfinite(numbers)
    finite = np.where(there, numbers, 0.0)
    with np.errstate(over="ignore", under="ignore"):
        own = _to_bits(finite)
        largest = np.abs(own).max(axis=_longest(own), keepdims=True, initial=0.0)
        least = np.frexp(largest)[1] - _NOISE_BITS
        small = np.frexp(own)[1] - _BITS < least
        near = np.where(small, np.ldexp(np.round(np.ldexp(finite, -least)), least), own)
    return np.asarray(np.where(there, near, numbers) + 0.0).reshape(values.shape)  # + 0.0: -0.0 is 0.0


def as_array(name: str, value: Any) -> np.ndarray:
    """A value as an array.

    Raises:
        TypeError: it is neither numbers nor text.
    """
    array = np.asarray(value)
    if array.dtype == object:
        raise TypeError(f"{name} is neither numbers nor text")
    return array


def _digest(parts: Iterable[Mapping[str, Any]], content: Callable[[np.ndarray], tuple[str, bytes]]) -> str:
    """The SHA-256 of names, shapes, and what `content` makes of each array: its kind, and its bytes."""
    digest = hashlib.sha256()
    for part in parts:
        for name in sorted(part):
            array = as_array(name, part[name])
            kind, held = content(array)
            digest.update(f"{name}|{kind}|{array.shape}|".encode() + held)
    return digest.hexdigest()


def _rounded_bytes(array: np.ndarray) -> bytes:
    if array.dtype.kind == "f":
        found = rounded_numbers(array)
        kinds = np.select([np.isnan(found), np.isposinf(array), np.isneginf(array)], [_NAN, _POSITIVE, _NEGATIVE], 0)
        return np.where(kinds == 0, found, 0.0).astype("<f8").tobytes() + kinds.astype("u1").tobytes()
    if array.dtype.kind in "biu":
        return array.astype({"b": "u1", "i": "<i8", "u": "<u8"}[array.dtype.kind]).tobytes()
    return str(array.tolist()).encode()


def _to_bits(values: np.ndarray) -> np.ndarray:
    mantissa, exponent = np.frexp(values)
    return np.ldexp(np.round(np.ldexp(mantissa, _BITS)), exponent - _BITS)


def _longest(values: np.ndarray) -> int:
    """The longest axis, the last one of several."""
    return values.ndim - 1 - int(np.argmax(values.shape[::-1]))
