"""How a hand or a chest moves: three sines that never meet in the same way."""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import param, var

_ASSUMED = "assumption: 1 to 4 /s, as of hands that shake and of vehicles"
_UNIT_SIZE = (2.0 / 3.0) ** 0.5


class Phases(eqx.Module):
    """Where the three sines are, in turns."""

    first: Scalar = var("1", "phase of the first")
    second: Scalar = var("1", "phase of the second")
    third: Scalar = var("1", "phase of the third")


class Motion(eqx.Module):
    """Frequencies of the motion; its size is a signal."""

    first: Scalar = param(1.3, "/s", "first frequency", bounds=(0.1, 20.0), source=_ASSUMED)
    second: Scalar = param(2.17, "/s", "second frequency", bounds=(0.1, 20.0), source=_ASSUMED)
    third: Scalar = param(3.71, "/s", "third frequency", bounds=(0.1, 20.0), source=_ASSUMED)

    def initial(self) -> Phases:
        """All at their begin."""
        zero = jnp.zeros_like(self.first)
        return Phases(zero, zero, zero)

    def wrapped(self, x: Phases) -> Phases:
        """The same phases without whole turns."""
        part = lambda phase: phase - jnp.floor(phase)
        return Phases(part(x.first), part(x.second), part(x.third))

    def speed(self) -> Phases:
        """How fast the phases grow, turns per second."""
        return Phases(self.first, self.second, self.third)

    def at(self, x: Phases) -> Scalar:
        """The motion now, of unit root mean square."""
        sine = lambda phase: jnp.sin(2.0 * jnp.pi * phase)
        return _UNIT_SIZE * (sine(x.first) + sine(x.second) + sine(x.third))
