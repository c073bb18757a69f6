"""How the arrays of patients lie in memory: by block, element and lane."""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np


@dataclasses.dataclass(frozen=True)
class Slot:
    """An array of a patient, or the same for all: how it lies in memory and what it is to Python."""

    stored: np.dtype
    dtype: np.dtype
    shape: tuple[int, ...]
    shared: bool = False

    @property
    def size(self) -> int:
        """Numbers of a patient."""
        return math.prod(self.shape)


def begins(slots: Sequence[Slot], width: int) -> tuple[list[int], int]:
    """Where each array begins in a record of so many patients, and how long the record is, in bytes."""
    places, end = [], 0
    for slot in slots:
        places.append(end)
        end += -(-slot.size * width * slot.stored.itemsize // 8) * 8
    return places, end


def packed(array: np.ndarray, slot: Slot, blocks: int, width: int) -> np.ndarray:
    """By block, element and lane; the last patient fills up the last block."""
    if slot.shared:
        return np.ascontiguousarray(array.astype(slot.stored)).reshape(-1)
    flat = array.reshape(len(array), slot.size).astype(slot.stored)
    missing = blocks * width - len(flat)
    if missing:
        flat = np.concatenate((flat, np.repeat(flat[-1:], missing, axis=0)))
    return np.ascontiguousarray(flat.reshape(blocks, width, slot.size).transpose(0, 2, 1))


def unpacked(array: np.ndarray, slot: Slot, n: int) -> np.ndarray:
    """The first `n` patients of such an array, with a leading patient axis."""
    blocks, _, width = array.shape
    flat = array.transpose(0, 2, 1).reshape(blocks * width, slot.size)[:n]
    return flat.reshape(n, *slot.shape).astype(slot.dtype)
