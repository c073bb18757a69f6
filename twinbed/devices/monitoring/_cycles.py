"""Follows a wave that goes up and down and cuts it into cycles: heartbeats, breaths.

A cycle begins where the wave rises through the upper of two levels after it was below the lower one. The levels
lie around the middle between a top and a bottom that the wave pushes out at once and that come back slowly, so that
they follow a baseline that wanders and a size that changes; notches and small waves do not reach both. Where no cycle
begins for long, one is closed all the same, so that its mean, highest and lowest value stay true.
"""

import dataclasses

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool

from twinbed.core.model import Scalar


@dataclasses.dataclass(frozen=True)
class Pace:
    """What is told apart: times in seconds; `band` is the distance of both levels as a share of the wave's size."""

    forgets_s: float
    shortest_s: float
    longest_s: float
    band: float = 0.3


class Follower(eqx.Module):
    """The levels, and the present cycle."""

    top: Scalar
    bottom: Scalar
    was_low: Scalar
    whole: Scalar
    """1 if the present cycle began with a rise."""
    high: Scalar
    low: Scalar
    area: Scalar
    time: Scalar
    """Since the cycle began, s; below zero before the first reading."""


class Cycle(eqx.Module):
    """Whether a cycle ended at this tick, and what it was. `beat`: from rise to rise; `closed`: for whatever reason."""

    beat: Bool[Array, ""]
    rises: Bool[Array, ""]
    closed: Bool[Array, ""]
    high: Scalar
    low: Scalar
    mean: Scalar
    duration: Scalar


def nothing_followed(like: Scalar) -> Follower:
    """Before the first reading."""
    zero = jnp.zeros_like(like)
    return Follower(zero, zero, zero, zero, zero, zero, zero, zero - 1.0)


def followed(x: Follower, wave: Scalar, pace: Pace, smallest: Scalar, dt: float) -> tuple[Follower, Cycle]:
    """The next state and what happened.

    Args:
        wave: the reading.
        pace: what is told apart.
        smallest: size of the wave below which nothing counts as a cycle.
        dt: time since the last reading, s.
    """
    first = x.time < 0.0
    share = 1.0 - jnp.exp(-dt / pace.forgets_s).astype(wave.dtype)
    top = jnp.where(first, wave, jnp.maximum(wave, x.top + share * (wave - x.top)))
    bottom = jnp.where(first, wave, jnp.minimum(wave, x.bottom + share * (wave - x.bottom)))
    size, middle = top - bottom, 0.5 * (top + bottom)
    reach = 0.5 * pace.band * size
    rises = (x.was_low > 0.5) & (wave > middle + reach) & (size >= smallest) & (x.time >= pace.shortest_s)
    closed = rises | (x.time >= pace.longest_s)
    anew = first | closed

    was_low = jnp.where(rises, 0.0, jnp.where(wave < middle - reach, 1.0, x.was_low))
    state = Follower(
        top=top,
        bottom=bottom,
        was_low=was_low,
        whole=jnp.where(closed, jnp.where(rises, 1.0, 0.0), x.whole),
        high=jnp.where(anew, wave, jnp.maximum(x.high, wave)),
        low=jnp.where(anew, wave, jnp.minimum(x.low, wave)),
        area=jnp.where(anew, 0.0, x.area) + wave * dt,
        time=jnp.where(anew, 0.0, x.time) + dt,
    )
    mean = x.area / jnp.maximum(x.time, dt)
    return state, Cycle(rises & (x.whole > 0.5), rises, closed & ~first, x.high, x.low, mean, x.time)
