"""Noise of a room and of sensors, without JAX: a hash of seed and place."""

import numpy as np
from jaxtyping import Float
from scipy.special import ndtri

from twinbed.core.resampling import threefry


def white(seed: int, n: int) -> Float[np.ndarray, " sample"]:
    """Independent standard normal numbers."""
    words = lambda value: np.asarray([value], np.uint32)
    key = words(seed & 0xFFFFFFFF), words((seed >> 32) & 0xFFFFFFFF)
    word = threefry(key, (np.arange(n, dtype=np.uint32), words(0)))[0]
    return ndtri((word.astype(float) + 0.5) * 2.0**-32)
