"""A delay line: what happens now takes effect some minutes later.

The line holds the inputs of the last steps of a model, newest first. An input that is held
over a step and delayed by a fraction of a step arrives in two steps, in proportion, so that
the dose is conserved exactly.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from twinbed.core.model import Scalar

Line = Float[Array, " step"]


def full(value: Scalar, steps: int) -> Line:
    """A line that has carried the same input for long."""
    return jnp.broadcast_to(value, (steps,))


def pushed(line: Line, value: Scalar) -> Line:
    """The line after one more step."""
    return jnp.concatenate([value[None], line[:-1]])


def delayed(line: Line, delay: Scalar, dt: Scalar) -> Scalar:
    """The mean of the delayed input over the present step, which lasts `dt`.

    A delay longer than the line counts as the whole line.
    """
    longest = len(line) - 1.0
    steps = jnp.clip(delay / dt, 0.0, longest)
    place = jnp.arange(len(line), dtype=line.dtype)
    weight = jnp.maximum(1.0 - jnp.abs(place - steps), 0.0)
    return jnp.sum(weight * line)
