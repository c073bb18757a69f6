"""Lungs with water in them, and lungs with clots in their arteries.

Water that leaves the vessels first lies between alveoli and airways, where it does little harm; beyond that it
fills alveoli. Most of these can be opened again by pressure, which drives the water back between them.

A clot shuts vessels; what it and its platelets let go of narrows those that are left. All blood then goes
to what is left, more than its alveoli have gas for.

**References:**

- AnaSim 1.7 (onset and share of flooding, and what pressure opens)
- McIntyre & Sasahara (1971), Am J Cardiol 28(3):288, doi:10.1016/0002-9149(71)90116-0 (pressure against obstruction)
- Huet, Lemaire, Brun-Buisson, Knaus, Teisseire, Payen & Mathieu (1985), Chest 88(6):829, doi:10.1378/chest.88.6.829
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import param

_ANASIM = "AnaSim 1.7, for 70.6 kg of ideal weight"
_NONE = 1e-6
"""A share of alveoli that counts as none."""


class Water(eqx.Module):
    """What water outside of the vessels does to both lungs."""

    harmless: Scalar = param(
        212.0, "mL", "water above rest that fills no alveoli", bounds=(0.0, 2000.0), source=f"3 mL/kg: {_ANASIM}"
    )
    flooding: Scalar = param(
        0.00071, "1/mL", "share of alveoli that more of it fills", bounds=(0.0, 0.01),
        source=f"0.05 for each mL/kg: {_ANASIM}",
    )  # fmt: skip
    most: Scalar = param(0.6, "1", "greatest share of alveoli that it fills", bounds=(0.0, 0.8), source=_ANASIM)
    foamy: Scalar = param(0.7, "1", "share of these that pressure can open", bounds=(0.0, 1.0), source=_ANASIM)
    closing: Scalar = param(
        8.0, "cm[H2O]", "how much higher the recoil is below which these close", bounds=(0.0, 40.0),
        source="as in injury: closed below, mostly open at 6 to 16 cmH2O of end-expiratory pressure (AnaSim 1.7)",
    )  # fmt: skip

    def fills(self, water: Scalar) -> tuple[Scalar, Scalar]:
        """Shares of all alveoli that water fills for good, and that pressure can open.

        Args:
            water: outside of the vessels above rest, mL.
        """
        share = jnp.minimum(self.flooding * jnp.maximum(water - self.harmless, 0.0), self.most)
        return (1.0 - self.foamy) * share, self.foamy * share

    def closes(self, water: Scalar, others: Scalar) -> Scalar:
        """Rise of the mean closing pressure of unstable alveoli, of which a share `others` holds no water, cmH2O."""
        foamy = self.fills(water)[1]
        return self.closing * foamy / jnp.maximum(foamy + others, _NONE)


class Embolus(eqx.Module):
    """What clots in the arteries of the lungs do to their blood flow."""

    narrowing: Scalar = param(
        3.0, "1", "rise of the resistance of open vessels, for the share that is shut", bounds=(0.0, 5.0),
        source="calibrated: a mean pressure above 20 mmHg from 30 %, of 40 near 70 % (McIntyre & Sasahara 1971)",
    )  # fmt: skip
    poorly: Scalar = param(
        0.25, "1", "share of blood that meets little gas in air, for the share of vessels that is shut",
        bounds=(0.0, 0.9), source="Huet 1985: venous admixture of 17 % at 55 %, of which 2.5 % are there at rest",
    )  # fmt: skip
    most: Scalar = param(0.95, "1", "greatest share of vessels that is shut", bounds=(0.5, 0.99), source="chosen")

    def resists(self, shut: Scalar) -> Scalar:
        """Resistance of all vessels when a share of them is shut, share of rest."""
        return (1.0 + self.narrowing * shut) / (1.0 - jnp.minimum(shut, self.most))
