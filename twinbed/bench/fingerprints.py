"""Fingerprints of names and values: exact ones, and rounded ones that processors which round differently agree on."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

_STEPS = 1 << 20
"""Numbers that differ by less than this part of the largest one count as equal: processors round differently."""


def exact(*parts: Mapping[str, Any]) -> str:
    """The SHA-256 of names, kinds, shapes and every bit.

    Raises:
        TypeError: a value is neither numbers nor text.
    """
    digest = hashlib.sha256()
    for part in parts:
        for name in sorted(part):
            array = _array(name, part[name])
            digest.update(f"{name}|{array.dtype.str}|{array.shape}|".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def rounded(*parts: Mapping[str, Any]) -> str:
    """The SHA-256 of names, shapes and texts, and of numbers to a millionth of the largest one of their array.

    The largest one itself, so also a single number, counts to five digits.

    Raises:
        TypeError: a value is neither numbers nor text.
    """
    digest = hashlib.sha256()
    for part in parts:
        for name in sorted(part):
            array = _array(name, part[name])
            digest.update(f"{name}|{array.shape}|".encode())
            digest.update(coarse(array) if array.dtype.kind in "biuf" else str(array.tolist()).encode())
    return digest.hexdigest()


def coarse(array: np.ndarray) -> bytes:
    """Numbers as steps of a millionth of the largest one, that one to five digits, and which are finite."""
    values = array.astype(float)
    there = np.isfinite(values)
    largest = float(np.abs(values[there]).max(initial=0.0))
    steps = np.round(np.where(there, values, 0.0) * (_STEPS / largest if largest else 1.0)).astype("<i8")
    return f"{largest:.5g}|".encode() + steps.tobytes() + there.tobytes()


def _array(name: str, value: Any) -> np.ndarray:
    array = np.asarray(value)
    if array.dtype == object:
        raise TypeError(f"{name} is neither numbers nor text")
    return array
