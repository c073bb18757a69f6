"""Random numbers of virtual subjects and test benches, in NumPy: a hash of seed, what they are for, and their place.

The bits of `core.noise`, without JAX: the same seed and name give the same numbers, however many are drawn and whatever
was drawn before. What they are for is one text (`uniforms`, `normals`), or several texts and whole numbers
(`placed_uniforms`, `placed_normals`): what a case is of, its number, its rung.
"""

import zlib

import numpy as np
from jaxtyping import Float
from scipy.special import ndtri

from twinbed.core.resampling import threefry, threefry_of

Draws = Float[np.ndarray, " draw"]
_FIRST, _SECOND, _WORD = 0xD3, 0x5B, 0xFFFFFFFF


def uniforms(seed: int, name: str, n: int) -> Draws:
    """Numbers between 0 and 1, without the ends.

    Args:
        seed: any 64-bit integer.
        name: what they are for, such as `subject 3 cadence`; another name gives independent numbers.
        n: how many.
    """
    return _shares(_key(seed), zlib.crc32(name.encode()), n)


def normals(seed: int, name: str, n: int) -> Draws:
    """Standard normal numbers; arguments as of `uniforms`."""
    return ndtri(uniforms(seed, name, n))


def placed_uniforms(n: int, seed: int, *place: str | int) -> Draws:
    """Numbers between 0 and 1, neither of them included.

    Args:
        n: how many.
        seed: any 64-bit integer.
        place: what they are for; texts and whole numbers.
    """
    key = _key(seed)
    for part in place:
        number = zlib.crc32(part.encode()) if isinstance(part, str) else int(part) & _WORD
        key = threefry_of(key, (number, _SECOND if isinstance(part, str) else _FIRST))
    return _shares(key, _FIRST, n)


def placed_normals(n: int, seed: int, *place: str | int) -> Draws:
    """Standard normal numbers; arguments as of `placed_uniforms`."""
    return ndtri(placed_uniforms(n, seed, *place))


def _shares(key: tuple[int, int], what: int, n: int) -> Draws:
    """52 bits of each hash, 26 above 26, and half a bit, so that no number is 0 or 1."""
    word = lambda value: np.array([value], np.uint32)
    high, low = threefry((word(key[0]), word(key[1])), (np.arange(n, dtype=np.uint32), word(what)))
    return ((high >> np.uint32(6)).astype(float) * 2.0**26 + (low >> np.uint32(6)).astype(float) + 0.5) * 2.0**-52


def _key(seed: int) -> tuple[int, int]:
    return seed & _WORD, seed >> 32 & _WORD
