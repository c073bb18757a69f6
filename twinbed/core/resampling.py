"""Who is in each resample of a bootstrap, without JAX: the bits of `core.noise`, computed in NumPy.

Each draw is a hash of seed, stratum, resample and place, so that a resample does not depend on
how many others are made.

**References:**

- Salmon, Moraes, Dror & Shaw (2011), SC11, doi:10.1145/2063384.2063405
"""

import zlib

import numpy as np
from jaxtyping import Int, UInt32

Words = UInt32[np.ndarray, "..."]

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY, _NARROW, _WORD = 0x1BD11BDA, 0xA7, 0xFFFFFFFF
_AT_ONCE = 1 << 16  # draws whose hash stays in a processor's cache


def threefry(key: tuple[Words, Words], counter: tuple[Words, Words]) -> tuple[Words, Words]:
    """Threefry-2x32-20, as in `twinbed.core.noise`: arrays of words with at least one axis."""
    schedule = (*key, key[0] ^ key[1] ^ np.uint32(_PARITY))
    a, b = counter[0] + key[0], counter[1] + key[1]
    for group in range(5):
        for rotation in _ROTATIONS[group % 2]:
            a = a + b
            b = ((b << np.uint32(rotation)) | (b >> np.uint32(32 - rotation))) ^ a
        a = a + schedule[(group + 1) % 3]
        b = b + schedule[(group + 2) % 3] + np.uint32(group + 1)
    return a, b


def threefry_of(key: tuple[int, int], counter: tuple[int, int]) -> tuple[int, int]:
    """`threefry` of single words below 2**32: ten times as fast as arrays of one."""
    schedule = (*key, key[0] ^ key[1] ^ _PARITY)
    a, b = counter[0] + key[0] & _WORD, counter[1] + key[1] & _WORD
    for group in range(5):
        for rotation in _ROTATIONS[group % 2]:
            a = a + b & _WORD
            b = (b << rotation & _WORD | b >> 32 - rotation) ^ a
        a = a + schedule[(group + 1) % 3] & _WORD
        b = b + schedule[(group + 2) % 3] + group + 1 & _WORD
    return a, b


def resample_counts(seed: int, stratum: int, first: int, resamples: int, n: int) -> Int[np.ndarray, "resample unit"]:
    """How often each of `n` units of a stratum is in the resamples from number `first` on.

    Args:
        seed: any 64-bit integer.
        stratum: number of the group that is drawn from.
        first: number of the first resample.
        resamples: how many.
        n: units in the group; a resample draws as many, with replacement.
    """
    key = _narrowed((_words(seed), _words(seed >> 32)), _words(zlib.crc32(b"bootstrap")))
    key = _narrowed(_narrowed(key, _words(stratum)), np.arange(first, first + resamples, dtype=np.uint32))
    draws, zero = np.arange(n, dtype=np.uint32)[None], np.zeros((1, 1), np.uint32)
    out = np.empty((resamples, n), np.int64)
    step = max(1, _AT_ONCE // n)
    for start in range(0, resamples, step):
        own = (key[0][start : start + step, None], key[1][start : start + step, None])
        word = threefry(own, (draws, zero))[0].astype(np.uint64)
        picked = ((word * np.uint64(n)) >> np.uint64(32)).astype(np.int64)
        place = picked + n * np.arange(len(picked))[:, None]
        out[start : start + step] = np.bincount(place.reshape(-1), minlength=len(picked) * n).reshape(-1, n)
    return out


def _words(value: int) -> Words:
    return np.array([value & 0xFFFFFFFF], np.uint32)


def _narrowed(key: tuple[Words, Words], index: Words) -> tuple[Words, Words]:
    return threefry(key, (index, _words(_NARROW)))
