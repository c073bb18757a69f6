"""Random numbers of virtual subjects and test benches, in NumPy: a hash of seed, what they are for, and their place.

The bits of `core.noise`, without JAX: the same seed and name give the same numbers, however many are drawn.
"""

import zlib

import numpy as np
from jaxtyping import Float
from scipy.special import ndtri

from twinbed.core.resampling import threefry

Draws = Float[np.ndarray, " draw"]


def uniforms(seed: int, name: str, n: int) -> Draws:
    """Numbers between 0 and 1, without the ends.

    Args:
        seed: any 64-bit integer.
        name: what they are for, such as `subject 3 cadence`; another name gives independent numbers.
        n: how many.
    """
    words = lambda value: np.array([value & 0xFFFFFFFF], np.uint32)
    place = np.arange(n, dtype=np.uint32)
    high, low = threefry((words(seed), words(seed >> 32)), (place, words(zlib.crc32(name.encode()))))
    return ((high >> np.uint32(6)).astype(float) * 2.0**26 + (low >> np.uint32(6)).astype(float) + 0.5) * 2.0**-52


def normals(seed: int, name: str, n: int) -> Draws:
    """Standard normal numbers; arguments as of `uniforms`."""
    return ndtri(uniforms(seed, name, n))
