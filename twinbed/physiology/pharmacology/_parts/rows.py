"""Numbers side by side in rows, so that equations are written once and read as those of one.

Native code moves numbers by name: a choice by a constant mask costs it nothing.
"""

from collections.abc import Sequence
from typing import TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from twinbed.core.model import Scalar

M = TypeVar("M", bound=eqx.Module)
NOWHERE = -1


def side_by_side(parts: Sequence[M]) -> M:
    """The numbers of many parts of one kind, one row each."""
    return jax.tree.map(lambda *values: jnp.stack(values), *parts)


def pick(numbers: Float[Array, " place"], places: Sequence[int]) -> Float[Array, " chosen"]:
    """The numbers of a row at given places, zero at `NOWHERE`."""
    mask = np.asarray(places)[:, None] == np.arange(numbers.shape[0])
    return jnp.where(mask, numbers[None, :], 0.0).sum(axis=1)


def table(numbers: Float[Array, " place"], groups: Sequence[Sequence[int]]) -> Float[Array, "group member"]:
    """The numbers of a row by groups of places; where a group is shorter than the longest, zero."""
    longest = max(map(len, groups))
    padded = [p for g in groups for p in (*g, *([NOWHERE] * (longest - len(g))))]
    return pick(numbers, padded).reshape(len(groups), longest)


def cells(groups: Sequence[Sequence[Scalar]]) -> Float[Array, "group member"]:
    """Numbers by groups; where a group is shorter than the longest, zero."""
    longest, zero = max(map(len, groups)), jnp.zeros_like(groups[0][0])
    return jnp.stack([n for g in groups for n in (*g, *([zero] * (longest - len(g))))]).reshape(len(groups), longest)
