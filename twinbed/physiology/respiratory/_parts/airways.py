"""Airways above the lungs: what gas meets on its way, and how it parts between both lungs.

Resistance grows with flow, after Rohrer: the pressure that a flow costs is a part in proportion to it, where gas slides
in layers, and one in proportion to its square, where it whirls.

**References:**

- Rohrer (1915), Pflugers Arch 162:225, doi:10.1007/BF01681259
- Otis, Fenn & Rahn (1950), J Appl Physiol 2(11):592, doi:10.1152/jappl.1950.2.11.592 (its two numbers in people)
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool

from twinbed.core.model import Scalar
from twinbed.core.quantities import param

_TUBE = "7.5 mm tube: 2.5 + 5.5 q (order of magnitude of published Rohrer constants)"
_ROHRER = "a third of what Otis, Fenn & Rahn 1950 give for all airways: the larynx widens where flow is large"
_CLOSED = 1e4
"""Resistance of a closed airway, in units of an open one."""
_LEFT, _RIGHT, _GULLET = 2, 3, 4
"""Where a tube may end besides the trachea: where it blocks the left or the right lung, or in the gullet."""


class UpperAirway(eqx.Module):
    """Mouth and throat, or a tube in their place."""

    resistance: Scalar = param(
        1.1, "cm[H2O].s/L", "resistance to a small flow", bounds=(0.01, 50.0),
        source="calibrated: with the lower airways just below 2; alveoli move by 0.8 cmH2O at rest (Pulse 4.2)",
    )  # fmt: skip
    turbulence: Scalar = param(
        0.1, "cm[H2O].s2/L2", "growth of the resistance with flow", bounds=(0.0, 50.0), source=_ROHRER
    )
    slack: Scalar = param(
        0.25, "1", "share of the width that is left without any tone", bounds=(0.0, 1.0),
        source="assumed; the order of magnitude is what matters",
    )  # fmt: skip
    tube_resistance: Scalar = param(
        2.5, "cm[H2O].s/L", "resistance of a tracheal tube to a small flow", bounds=(0.0, 50.0), source=_TUBE
    )
    tube_turbulence: Scalar = param(5.5, "cm[H2O].s2/L2", "its growth with flow", bounds=(0.0, 100.0), source=_TUBE)

    def resists(self, intubation: Scalar, obstruction: Scalar, patency: Scalar) -> tuple[Scalar, Scalar]:
        """Both numbers of Rohrer: to a small flow, and the growth with flow."""
        free = (1.0 - obstruction) ** 2 * jnp.maximum(patency, self.slack)
        narrow = jnp.where(free < 0.01, _CLOSED, 1.0 / jnp.maximum(free, 0.01) ** 2)
        tubed = in_trachea(intubation)
        narrow = jnp.where(_is(intubation, _GULLET), _CLOSED, narrow)
        return (
            jnp.where(tubed, self.tube_resistance, narrow * self.resistance),
            jnp.where(tubed, self.tube_turbulence, narrow * self.turbulence),
        )


def _is(intubation: Scalar, place: int) -> Bool[Array, ""]:
    return jnp.abs(intubation - place) < 0.5


def blocked(intubation: Scalar) -> tuple[Scalar, Scalar]:
    """How many times a tube that went too far multiplies the resistance of the left and of the right lung."""
    return jnp.where(_is(intubation, _LEFT), _CLOSED, 1.0), jnp.where(_is(intubation, _RIGHT), _CLOSED, 1.0)


def in_trachea(intubation: Scalar) -> Bool[Array, ""]:
    """Whether a tube lies in the trachea or a main bronchus."""
    return (intubation > 0.5) & ~_is(intubation, _GULLET)


def flows_of(
    inside: tuple[Scalar, Scalar], outlet: Scalar, common: tuple[Scalar, Scalar], branches: tuple[Scalar, Scalar]
) -> tuple[Scalar, Scalar]:
    """Flow into two lungs behind a common airway.

    Args:
        inside: pressure that each lung has against it, cmH2O.
        outlet: pressure before the airway, cmH2O.
        common: both numbers of Rohrer of the common airway.
        branches: resistance of the way into each lung, cmH2O s/L.
    """
    linear, turbulent = common
    conductance = 1.0 / branches[0] + 1.0 / branches[1]
    drop = outlet - (inside[0] / branches[0] + inside[1] / branches[1]) / conductance
    least = linear + 1.0 / conductance
    total = 2.0 * drop / (least + jnp.sqrt(least * least + 4.0 * turbulent * jnp.abs(drop)))
    central = outlet - pressure_lost(total, common)
    return (central - inside[0]) / branches[0], (central - inside[1]) / branches[1]


def pressure_lost(flow: Scalar, common: tuple[Scalar, Scalar]) -> Scalar:
    """Pressure that a flow loses on the common way, cmH2O."""
    return (common[0] + common[1] * jnp.abs(flow)) * flow
