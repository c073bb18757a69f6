"""Air between lung and chest: what torn lung lets in, what a hole in the chest lets in and out, and what a drain takes.

Torn lung is a valve: air comes, and coughs press more behind it. A hole in the chest is none: air moves both ways, as
the pleura's pressure asks, as through an orifice. A dressing closes the hole, or is a valve that lets air out alone.

**References:**

- Kheirabadi et al. (2013), J Trauma Acute Care Surg 75(1):150, doi:10.1097/TA.0b013e3182988afe (open chests of pigs,
  dressings with and without a valve)
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import param

_ASSUMED = "assumed; the order of magnitude is what matters"


class Pleura(eqx.Module):
    """The way of air into and out of one side's pleura."""

    leak: Scalar = param(
        0.003, "L/s/cm[H2O]", "air that a fully torn lung lets into the pleura", bounds=(0.0, 5.0), source=_ASSUMED
    )
    strain: Scalar = param(
        43.0, "cm[H2O]", "pressure that coughs and straining put behind a valve of torn lung", bounds=(0.0, 60.0),
        source="calibrated: pressure and heart rate in moderate and severe tension",
    )  # fmt: skip
    drain_time: Scalar = param(3.0, "s", "time in which a drained pleura empties", bounds=(0.5, 1e4), source=_ASSUMED)
    orifice: Scalar = param(
        26170.0, "cm[H2O].s2.mm4/L2", "pressure that a litre a second loses in a hole of 1 mm", bounds=(1e3, 1e6),
        source="an orifice that passes 0.6 of what its area would, air of 1.14 kg/m3",
    )  # fmt: skip
    channel: Scalar = param(
        0.5, "cm[H2O].s/L", "resistance of a hole to a small flow", bounds=(0.4, 50.0), source=_ASSUMED
    )
    smallest: Scalar = param(
        0.1, "mm", "diameter of a hole below which it is none", bounds=(0.01, 1.0), source="chosen"
    )

    def torn(
        self, inside: Scalar, pleura: Scalar, torn: Scalar, drained: Scalar, diameter: Scalar, dressing: Scalar
    ) -> Scalar:
        """Air that a torn lung lets in, L/s.

        Args:
            inside: pressure in alveoli or airway, cmH2O.
            pleura: pressure in the pleura, cmH2O.
            torn: how much of the lung's surface leaks, 0 to 1.
            drained: how open a drain is, 0 to 1: coughs leave by it, as by a hole that is not sealed.
            diameter: of the hole, mm.
            dressing: as of `sucked`.
        """
        vented = (diameter > self.smallest) & (jnp.abs(dressing - 1.0) >= 0.5)
        pushed = inside + jnp.where(vented, 0.0 * self.strain, self.strain * torn * (1.0 - drained)) - pleura
        return self.leak * torn * jnp.maximum(pushed, 0.0)

    def sucked(self, pleura: Scalar, diameter: Scalar, dressing: Scalar) -> Scalar:
        """Air that comes in by a hole in the chest, or leaves below zero, L/s.

        Args:
            pleura: pressure in the pleura above that of the surrounding air, cmH2O.
            diameter: of the hole, mm.
            dressing: 0 none, 1 one that seals, 2 one with a valve.
        """
        hole = diameter > self.smallest
        turbulent = self.orifice / jnp.where(hole, diameter, self.smallest) ** 4
        least = self.channel
        flow = -2.0 * pleura / (least + jnp.sqrt(least * least + 4.0 * turbulent * jnp.abs(pleura)))
        bare, valve = hole & (dressing < 0.5), hole & (dressing > 1.5)
        return jnp.where(bare, flow, 0.0 * flow) + jnp.where(valve, jnp.minimum(flow, 0.0), 0.0 * flow)
