"""Tells which complexes of an electrocardiogram a pacemaker made, by the pulses that a monitor detects.

A pulse is shorter than the time between samples of the lead: a circuit of its own finds it, and here it is what the
counter of the pacemaker's pulses says. A complex that is found up to `_FOLLOWS_S` after a pulse was paced.

*Known limits*: every pulse is detected, none that is not there; a complex that comes by chance after a pulse counts as
paced, so that a majority is asked for.

**References:**

- IEC 60601-2-27:2011, 201.12.1.101.13 (detection and rejection of pulses)
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool

from twinbed.core.model import Scalar
from twinbed.core.quantities import var
from twinbed.devices._recent import Recent, nothing_yet

_FOLLOWS_S = 0.25
"""A complex that a pulse made is over by then; the lead is 25 ms late."""
_COMPLEXES, _MAJORITY = 5, 3.0


class Pulses(eqx.Module):
    """The pulses that were seen, and which of the last complexes followed one."""

    number: Scalar = var("1", "pulses so far")
    since: Scalar = var("s", "time since the last one")
    paced: Recent

    def follow(self) -> Bool[Array, ""]:
        """Whether what the lead shows now may be a paced complex."""
        return self.since <= _FOLLOWS_S

    def rule(self) -> Bool[Array, ""]:
        """Whether most of the last complexes were paced."""
        return self.paced.total() >= _MAJORITY


def no_pulses(like: Scalar) -> Pulses:
    """Before the first sample."""
    zero = jnp.zeros_like(like)
    return Pulses(zero, zero + 2.0 * _FOLLOWS_S, nothing_yet(zero, _COMPLEXES))


def detected(x: Pulses, number: Scalar, found: Bool[Array, ""], dt: float) -> Pulses:
    """The next state.

    Args:
        number: of pulses so far.
        found: whether a complex is found now.
        dt: time since the last sample, s.
    """
    since = jnp.where(number > x.number, 0.0, x.since + dt)
    return Pulses(number, since, x.paced.with_value((since <= _FOLLOWS_S).astype(since.dtype), found))
