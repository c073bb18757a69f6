"""Random numbers of a place, without JAX: the bits of `core.resampling`, named by texts and whole numbers.

    normals(250, seed, "white noise", 3)

The same seed and place give the same numbers; another place gives others, whatever was drawn before.
"""

import zlib

import numpy as np
from jaxtyping import Float
from scipy.special import ndtri

from twinbed.core.resampling import threefry, threefry_of

_FIRST, _SECOND, _WORD = 0xD3, 0x5B, 0xFFFFFFFF


def uniforms(n: int, seed: int, *place: str | int) -> Float[np.ndarray, " n"]:
    """Numbers between 0 and 1, neither of them included.

    Args:
        n: how many.
        seed: any 64-bit integer.
        place: what they are for; texts and whole numbers.
    """
    key = (seed & _WORD, seed >> 32 & _WORD)
    for part in place:
        number = zlib.crc32(part.encode()) if isinstance(part, str) else int(part) & _WORD
        key = threefry_of(key, (number, _SECOND if isinstance(part, str) else _FIRST))
    word = lambda value: np.array([value], np.uint32)
    high, low = threefry((word(key[0]), word(key[1])), (np.arange(n, dtype=np.uint32), word(_FIRST)))
    top = (high >> np.uint32(6)).astype(float) * 67108864.0  # 26 bits above 26
    return (top + (low >> np.uint32(6)).astype(float) + 0.5) * 2.0**-52


def normals(n: int, seed: int, *place: str | int) -> Float[np.ndarray, " n"]:
    """Standard normal numbers; arguments as of `uniforms`."""
    return ndtri(uniforms(n, seed, *place))
