"""One of the parallel vascular beds: arterioles and small vessels, then veins.

**References:**

- Ursino (1998), Am J Physiol 275(5):H1733, doi:10.1152/ajpheart.1998.275.5.H1733
- Magosso & Ursino (2001), Am J Physiol 281(3):H343
- Albanese, Cheng, Ursino & Chbat (2016), Am J Physiol 310(7):H899, doi:10.1152/ajpheart.00230.2014
- Laskey, Parker, Ferrari, Kussmaul & Noordergraaf (1990), J Appl Physiol 69(1):112 (compliance of all arteries)
- Heldt (2004), Computational models of cardiovascular response to orthostatic stress, PhD thesis, MIT
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import param

_ALBANESE = "Albanese 2016, table of the circulation"
_RESISTANCE = (
    "Magosso & Ursino 2001 and, of brain and heart, Albanese 2016; calibrated to pressure and flow of a resting adult"
    " (docs/decisions/0007-resting-adult.md)"
)
_STIFF = (
    "0.6 of Albanese 2016: with the large arteries 2.6 mL/mmHg, where Laskey 1990 measured 1.5 +- 0.4 and 2.1 +- 0.7"
    " in two ways; calibrated to pressures at rest"
)
_HELD = "Albanese 2016 has 241.47, and the same volume at 95 mmHg"
_FULL = (
    "straight in head-up tilt; greatest volumes as Heldt 2004 with BXS-Lab: legs 1,193 mL at 27 mL/mmHg, splanchnic"
    " 1,565 at 50"
)
_STIFFENS = "calibrated: the greatest volume of the legs is reached at 80 mmHg"
_VEINS = "Magosso & Ursino 2001, table of the circulation"


class VascularBed(eqx.Module):
    """Resistance, compliance and unstressed volume of a bed; the defaults are the splanchnic one."""

    compliance: Scalar = param(1.23, "mL/mm[Hg]", "compliance of the small vessels", bounds=(0.01, 20.0), source=_STIFF)
    volume_unstressed: Scalar = param(
        319.4, "mL", "unstressed volume of the small vessels", bounds=(0.0, 2000.0), source=_HELD
    )
    resistance: Scalar = param(
        2.483, "mm[Hg].s/mL", "resistance of the small vessels", bounds=(0.1, 500.0), source=_RESISTANCE
    )
    venous_compliance: Scalar = param(
        43.11, "mL/mm[Hg]", "compliance of the veins", bounds=(0.1, 200.0), source=_ALBANESE
    )
    venous_volume_unstressed: Scalar = param(
        1121.0, "mL", "unstressed volume of the veins", bounds=(0.0, 4000.0), source=_VEINS
    )
    venous_resistance: Scalar = param(
        0.038, "mm[Hg].s/mL", "resistance of the veins", bounds=(0.001, 5.0), source=_ALBANESE
    )
    venous_full: Scalar = param(
        36.0, "mm[Hg]", "pressure from which the veins get full", bounds=(10.0, 1000.0), source=_FULL
    )
    venous_stiffening: Scalar = param(
        0.5, "1/mm[Hg]", "how much full veins stiffen", bounds=(0.0, 5.0), source=_STIFFENS
    )

    def veins(self, volume: Scalar, shift: Scalar | float, collapse: Scalar, least: Scalar) -> Scalar:
        """Transmural pressure of the veins.

        Args:
            volume: of blood in them.
            shift: change of their unstressed volume.
            collapse: scale of the pressure of collapsing veins.
            least: smallest unstressed volume that is meant.
        """
        slack = vein(volume, self.venous_volume_unstressed + shift, self.venous_compliance, collapse, least)
        over = jnp.maximum(slack - self.venous_full, 0.0)
        return slack + self.venous_stiffening * over * over


def vein(volume: Scalar, unstressed: Scalar, compliance: Scalar, collapse: Scalar, least: Scalar) -> Scalar:
    """Transmural pressure of a vein, which collapses below its unstressed volume instead of sucking."""
    over = volume - unstressed
    least = jnp.maximum(unstressed, least)
    emptied = least / jnp.clip(volume, 0.02 * least, least)
    return jnp.where(over > 0.0, over / compliance, collapse * (1.0 - emptied * jnp.sqrt(emptied)))
