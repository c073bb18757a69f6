"""What the temperature of core and skin does to heart and vessels.

**References:**

- Sramek, Simeckova, Jansky, Savlikova & Vybiral (2000), Eur J Appl Physiol 81:436 (an hour in water of 14 Cel)
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import param
from twinbed.physiology.cardiovascular._parts.nerves import saturating

_ANASIM = "AnaSim 1.7: 10 % a degree"
_SRAMEK = "Sramek 2000: six times the noradrenaline of rest; calibrated to systolic pressure in cold water"


class Temperature(eqx.Module):
    """How a cold or warm body acts on its circulation."""

    normal: Scalar = param(37.0, "Cel", "temperature at rest", bounds=(30.0, 40.0), source="textbook adult")
    warmth: Scalar = param(
        0.1, "1/Cel", "rise of the heart rate for each degree", bounds=(0.0, 0.5), source="Liebermeister: about 8 /min"
    )
    tone: Scalar = param(0.1, "1/Cel", "rise of resistance for each degree of cold", bounds=(0.0, 0.5), source=_ANASIM)
    cool_skin: Scalar = param(
        30.0, "Cel", "skin below which cold excites", bounds=(20.0, 34.0), source="cold receptors fire below 30 Cel"
    )
    cool_width: Scalar = param(
        8.0, "Cel", "cold beyond that which brings all but 1/e of it", bounds=(0.5, 30.0), source="assumed"
    )
    contraction: Scalar = param(
        0.5, "1", "most that cold skin adds to contractility", bounds=(0.0, 3.0), source=_SRAMEK
    )

    def chill(self, skin: Scalar) -> Scalar:
        """How cold the skin feels, 0 to 1."""
        return saturating((self.cool_skin - skin) / self.cool_width)

    def hastens(self, core: Scalar) -> Scalar:
        """Factor on the rate of the sinus node."""
        return jnp.clip(1.0 + self.warmth * (core - self.normal), 0.2, 1.8)

    def narrows(self, core: Scalar) -> Scalar:
        """Factor on resistance."""
        return 1.0 + self.tone * jnp.maximum(self.normal - core, 0.0)

    def strengthens(self, skin: Scalar) -> Scalar:
        """Factor on contractility."""
        return 1.0 + self.contraction * self.chill(skin)
