"""What the blood vessels of a lung do when it is stretched, collapsed or short of oxygen.

**References:**

- Marshall, Clarke, Costarino, Cheung, Marshall & Marshall (1994), J Appl Physiol 77(4):1721 (hypoxic constriction)
"""

import equinox as eqx
import jax
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import param


class Vessels(eqx.Module):
    """Resistance of a lung's vessels against rest."""

    stretch_resistance: Scalar = param(
        0.03, "1/cm[H2O]", "resistance of the lungs' vessels for each cmH2O above rest", bounds=(0.0, 1.0),
        source="AnaSim 1.7: 3 % for each cmH2O of PEEP",
    )  # fmt: skip
    hypoxic_gain: Scalar = param(
        2.0, "1", "what a total lack of oxygen adds to the resistance of a lung", bounds=(0.0, 5.0),
        source="Marshall 1994: flow to a lung with venous oxygen halves",
    )  # fmt: skip
    hypoxic_half: Scalar = param(
        55.0, "mm[Hg]", "alveolar oxygen at which half of that is there", bounds=(20.0, 120.0), source="Marshall 1994"
    )
    hypoxic_width: Scalar = param(
        12.0, "mm[Hg]", "width of that", bounds=(2.0, 50.0), source="assumed; the order of magnitude is what matters"
    )

    def resist(self, stretch: Scalar, small: Scalar, oxygen: Scalar) -> Scalar:
        """Resistance, share of rest.

        Args:
            stretch: recoil above the one that does not matter, cmH2O.
            small: the volume that does not matter over that of the lung.
            oxygen: in its alveoli, mmHg.
        """
        stretched = 1.0 + self.stretch_resistance * jnp.maximum(stretch, 0.0)
        collapsed = jnp.maximum(small - 1.0, 0.0)
        lacking = jax.nn.sigmoid((self.hypoxic_half - oxygen) / self.hypoxic_width)
        return stretched * (1.0 + jnp.minimum(collapsed, 10.0)) * (1.0 + self.hypoxic_gain * lacking)
