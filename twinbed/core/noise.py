"""Counter-based random numbers: a hash of seed, patient, device, tick and draw.

Nothing is carried from draw to draw, so any patient, shard or moment can be repeated on
its own. The hash is Threefry-2x32 with 20 rounds, written in 32-bit additions, shifts and
exclusive ors so that every executor produces the same bits.

**References:**

- Salmon, Moraes, Dror & Shaw (2011), SC11, doi:10.1145/2063384.2063405
"""

import zlib
from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, UInt32

Word = UInt32[Array, ""]
Scalar = Float[Array, ""]

jax.config.update("jax_enable_x64", True)  # docs/decisions/0001-precision.md

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA


def _u32(value: int) -> Word:
    return jnp.asarray(np.uint32(value & 0xFFFFFFFF))


@jax.jit
def threefry(key: tuple[Word, Word], counter: tuple[Word, Word]) -> tuple[Word, Word]:
    """Threefry-2x32-20: two words from a two-word key and a two-word counter.

    Five groups of four rounds in a loop: written out, each round would be read twice by the
    next, and XLA would spend minutes on compiling what a bed draws in a tick.
    """
    even, odd = (jnp.asarray(np.array(r, np.uint32)) for r in _ROTATIONS)

    def group(i: Array, carry: tuple[Word, ...]) -> tuple[Word, ...]:
        a, b, this, following, last = carry
        rotations = jnp.where(i % np.int32(2) == 0, even, odd)
        for k in range(4):
            a = a + b
            b = ((b << rotations[k]) | (b >> (np.uint32(32) - rotations[k]))) ^ a
        return a + following, b + last + (i + np.int32(1)).astype(jnp.uint32), following, last, this

    schedule = (*key, key[0] ^ key[1] ^ _u32(_PARITY))
    start = (counter[0] + key[0], counter[1] + key[1], *schedule)
    out = jax.lax.fori_loop(np.int32(0), np.int32(5), group, start)
    return out[0], out[1]


class Noise(eqx.Module):
    """A stream of random numbers that belongs to one place: narrow it with `at`."""

    key: tuple[Word, Word]
    dtype: type = eqx.field(static=True, default=jnp.float64)

    def at(self, index: "int | Array") -> "Noise":
        """The stream of one patient, one device or one tick inside this one."""
        word = _u32(index) if isinstance(index, int) else jnp.asarray(index).astype(jnp.uint32)
        return Noise(threefry(self.key, (word, _u32(0xA7))), self.dtype)

    def uniform(self, draw: int) -> Scalar:
        """Draw number `draw` of this place, uniform in the open interval (0, 1)."""
        high, low = threefry(self.key, (_u32(draw), _u32(0xD3)))
        # One bit less than the precision has, so that the half fits and nothing is rounded up to 1.
        if self.dtype == jnp.float32:
            return ((high >> np.uint32(9)).astype(jnp.float32) + 0.5) * np.float32(2.0**-23)
        top = (high >> np.uint32(6)).astype(jnp.float64) * 67108864.0  # 26 bits above 26
        return (top + (low >> np.uint32(6)).astype(jnp.float64) + 0.5) * 2.0**-52

    def normal(self, draw: int) -> Scalar:
        """Draw number `draw` of this place, standard normal by the inverse distribution."""
        u = self.uniform(draw)
        return jnp.sqrt(jnp.asarray(2.0, self.dtype)) * jax.lax.erf_inv(2.0 * u - 1.0)


def noise_from_seed(seed: int, *, dtype: type = jnp.float64) -> Noise:
    """The stream of a run. Any 64-bit integer is a seed."""
    return Noise((_u32(seed), _u32(seed >> 32)), dtype)


def index_of_name(name: str) -> int:
    """A number for a device's name, so that its noise does not depend on its neighbours."""
    return zlib.crc32(name.encode())


def normals(noise: Noise, draws: Sequence[int]) -> tuple[Scalar, ...]:
    """Several standard normal draws of one place."""
    return tuple(noise.normal(draw) for draw in draws)
