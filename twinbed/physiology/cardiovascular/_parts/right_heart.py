"""What limits the right ventricle: vessels of the lungs that widen only so far, and its own supply of oxygen.

Vessels of the lungs are wider by a fixed share for each mmHg that stretches them, all along. Blood flows through the
muscle of the right ventricle throughout the beat, driven by what arterial pressure exceeds that in the ventricle, and
its vessels can widen only so far. What it asks for is tension times time. When pressure in the lungs rises it asks
for more while less can come; then it weakens until both are equal, flow and arterial pressure fall, and with
them what comes: the circle in which an acutely pressed right ventricle fails, and out of which vasopressors lead.

**References:**

- Linehan, Haworth, Nelin, Krenz & Dawson (1992), J Appl Physiol 73(3):987, doi:10.1152/jappl.1992.73.3.987
- Reeves, Linehan & Stenmark (2005), Am J Physiol Lung Cell Mol Physiol 288(3):L419, doi:10.1152/ajplung.00177.2004
- McIntyre & Sasahara (1971), Am J Cardiol 28(3):288, doi:10.1016/0002-9149(71)90116-0
- Vlahakes, Turley & Hoffman (1981), Circulation 63(1):87, doi:10.1161/01.CIR.63.1.87
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import param

_MODEL = "the model's own rest"
_NARROWEST, _WIDEST = 0.6, 1.6
"""Width of vessels against rest beyond which nothing is known."""


def widened(before: Scalar, beyond: Scalar, at_rest: Scalar, distensibility: Scalar) -> Scalar:
    """Conductance of distensible vessels against that with the pressure of rest all along, 1.

    The integral of the fourth power of their width (Poiseuille) over pressure, which Linehan gives as a difference of
    fifth powers; here divided out, so that it holds for stiff vessels too.

    Args:
        before: transmural pressure where blood enters, mmHg.
        beyond: where it leaves, mmHg.
        at_rest: transmural pressure at which their width is 1, mmHg.
        distensibility: growth of the width without pressure for each mmHg, 1/mmHg.
    """
    width = lambda p: jnp.clip((1.0 + distensibility * p) / (1.0 + distensibility * at_rest), _NARROWEST, _WIDEST)
    a, b = width(before), width(beyond)
    both, product = a * a + b * b, a * b
    return (both * (both + product) - product * product) / 5.0  # a^4 + a^3 b + a^2 b^2 + a b^3 + b^4


class RightCoronary(eqx.Module):
    """The oxygen of the right ventricle's muscle."""

    reserve: Scalar = param(
        2.75, "1", "how many times its use at rest its widest vessels can serve at the pressures of rest",
        bounds=(1.0, 10.0),
        source="calibrated: a healthy one bears a mean of 40 mmHg in embolism, no more (McIntyre & Sasahara 1971)",
    )  # fmt: skip
    driving: Scalar = param(
        83.5, "mm[Hg]", "arterial less right ventricular pressure at rest", bounds=(20.0, 200.0), source=_MODEL
    )
    work: Scalar = param(
        7.05, "mm[Hg]", "its pressure while it contracts, averaged over all time, at rest", bounds=(0.5, 50.0),
        source=_MODEL,
    )  # fmt: skip
    weakening: Scalar = param(
        60.0, "s", "time in which contractility goes, and comes back", bounds=(1.0, 600.0), source="AnaSim 1.7"
    )

    def spare(self, arteries: Scalar, ventricle: Scalar, around: Scalar, active: Scalar) -> Scalar:
        """Oxygen that can come less what is asked for, in multiples of that at rest; to be averaged over beats.

        Args:
            arteries: arterial pressure, mmHg.
            ventricle: pressure in the right ventricle, mmHg.
            around: pressure in the chest, mmHg.
            active: activation of the ventricles, 0 to 1.
        """
        comes = self.reserve * (arteries - ventricle) / self.driving
        return comes - active * jnp.maximum(ventricle - around, 0.0) / self.work

    def recovers(self, strength: Scalar, spare: Scalar) -> Scalar:
        """Change of the share of contractility that oxygen allows, 1/s."""
        return jnp.minimum(strength * spare, 1.0 - strength) / self.weakening
