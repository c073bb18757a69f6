"""Water between plasma and the lungs.

**References:**

- Guyton & Lindsey (1959), Circ Res 7(4):649, doi:10.1161/01.RES.7.4.649 (97 dogs: lungs fill above 24 mmHg of left
  atrial pressure, with 47 % of the protein above 11, in proportion to what is above)
- Landis & Pappenheimer (1963), Handbook of Physiology, Circulation II:961 (colloid osmotic pressure)
- Garcia-Delgado et al. (2010), Crit Care 14(2):R36, doi:10.1186/cc8914 (a fifth of it is cleared in an hour, half in 4)
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import param

_LANDIS = "Landis & Pappenheimer 1963"
_GUYTON = "Guyton & Lindsey 1959: 24 mmHg at 7 g/dL and 11 mmHg at 47 % of that, by Landis & Pappenheimer 1963"


class LungFilter(eqx.Module):
    """The capillaries, lymph and alveoli of the lungs as a filter."""

    filtration: Scalar = param(
        1.41, "mL/min/mm[Hg]", "water that is filtered for each mmHg above what protein holds", bounds=(0.0, 20.0),
        source="AnaSim 1.7: 0.02 mL/min for each kg of ideal weight",
    )  # fmt: skip
    clearance: Scalar = param(
        1.0 / 360.0, "1/min", "water that lymph and alveoli carry back", bounds=(0.0, 0.1),
        source="AnaSim 1.7: 6 h; Garcia-Delgado 2010",
    )  # fmt: skip
    held: Scalar = param(
        0.78, "1", "share of the colloid osmotic pressure that holds water back", bounds=(0.0, 1.0), source=_GUYTON
    )
    safety: Scalar = param(
        4.0, "mm[Hg]", "left atrial pressure that lungs bear without protein", bounds=(-10.0, 30.0), source=_GUYTON
    )
    osmotic: Scalar = param(2.1, "mm[Hg].dL/g", "colloid osmotic pressure of protein", source=_LANDIS)
    osmotic_square: Scalar = param(0.16, "mm[Hg].dL2/g2", "its growth", source=_LANDIS)
    osmotic_cube: Scalar = param(0.009, "mm[Hg].dL3/g3", "the growth of that", source=_LANDIS)

    def bears(self, protein: Scalar) -> Scalar:
        """Left atrial pressure above which lungs fill, mmHg, with so much protein in plasma, g/dL."""
        osmotic = protein * (self.osmotic + protein * (self.osmotic_square + protein * self.osmotic_cube))
        return self.safety + self.held * osmotic

    def passes(self, water: Scalar, left_atrium: Scalar, protein: Scalar) -> Scalar:
        """Water that leaves plasma for the lungs, less what comes back, mL/min.

        Args:
            water: in the lungs outside of vessels, above rest, mL.
            left_atrium: its pressure, mmHg.
            protein: in plasma, g/dL.
        """
        above = jnp.maximum(left_atrium - self.bears(protein), 0.0)
        return self.filtration * above - self.clearance * water
