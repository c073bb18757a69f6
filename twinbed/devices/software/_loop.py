"""What closed loops share: their modes, and a proportional-integral law within limits.

**References:**

- Åström & Hägglund (2006), Advanced PID Control, ISA (conditional integration)
"""

import jax.numpy as jnp

from twinbed.core.model import Scalar

PAUSED, INDUCTION, CLOSED, HOLDING, FALLBACK = 0.0, 1.0, 2.0, 3.0, 4.0
"""The numbers of `controller_mode`."""


def proportional_integral(
    integral: Scalar, pull: Scalar, growth: Scalar, limits: tuple[Scalar, Scalar]
) -> tuple[Scalar, Scalar]:
    """The command within limits, and the integral, which stands still while the error pushes against a limit.

    Args:
        integral: the integral before, in the unit of the command.
        pull: the proportional term, gain times error.
        growth: by how much the integral grows in this tick; it has the sign of `pull`.
        limits: the lowest and the highest command.
    """
    lowest, highest = limits
    asked = pull + integral + growth
    pushes = ((asked > highest) & (growth > 0.0)) | ((asked < lowest) & (growth < 0.0))
    return jnp.clip(asked, lowest, highest), jnp.where(pushes, integral, integral + growth)
