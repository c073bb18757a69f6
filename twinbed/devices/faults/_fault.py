"""What faults share: when they act, what they keep of the wrapped device, ranges."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool

from twinbed.core.device import AbstractWrapper
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise, index_of_name
from twinbed.core.quantities import var
from twinbed.vocab.signals import signal as signal_of


class Inner(eqx.Module):
    """A fault without memory: only the wrapped device has a state."""

    inner: eqx.Module


class Memory(eqx.Module):
    """What a wrapped device showed lately, latest first, and whether it has shown anything."""

    lines: tuple[tuple[Scalar, ...], ...] = var("1", "shown values, in the units of their signals")
    filled: Scalar = var("1", "1 once something was shown")


def empty_memory(n_signals: int, n_ticks: int, noise: Noise) -> Memory:
    """A memory of `n_ticks` values of each signal, with nothing in it."""
    zero = jnp.zeros((), noise.dtype)
    return Memory(((zero,) * n_ticks,) * n_signals, zero)


def filled_memory(memory: Memory, now: tuple[Scalar, ...]) -> Memory:
    """The memory; when nothing was shown before, as if `now` had been shown for ever."""
    first = memory.filled <= 0.0
    lines = tuple(
        tuple(jnp.where(first, value, kept) for kept in line) for line, value in zip(memory.lines, now, strict=True)
    )
    return Memory(lines, jnp.ones_like(memory.filled))


def pushed(memory: Memory, now: tuple[Scalar, ...]) -> Memory:
    """The memory with one more value of each signal; the oldest is forgotten."""
    lines = tuple((value, *line[:-1]) for line, value in zip(memory.lines, now, strict=True))
    return Memory(lines, memory.filled)


def acting(intensity: Scalar) -> Bool[Array, ""]:
    """Whether a scheduled fault acts in this tick: its event touches the tick."""
    return intensity > 0.0


def in_range(value: Scalar, signal: str) -> Scalar:
    """The value within the plausible range of its signal: a faulty device still shows a number."""
    return jnp.clip(value, *signal_of(signal).plausible)


def own_noise(noise: Noise, wrapper: AbstractWrapper) -> Noise:
    """Random numbers of a fault, apart from those of the wrapped device and of faults inside it."""
    layers, inner = 0, wrapper.device
    while isinstance(inner, AbstractWrapper):
        layers, inner = layers + 1, inner.device
    return noise.at(index_of_name(f"{type(wrapper).__name__}/{layers}"))


def where_all(condition: Bool[Array, ""], a: tuple[Scalar, ...], b: tuple[Scalar, ...]) -> tuple[Scalar, ...]:
    """Each of `a` where the condition holds, else of `b`."""
    return jax.tree.map(lambda p, q: jnp.where(condition, p, q), a, b)
