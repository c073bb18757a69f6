"""Weight of blood: pressures in veins that hang, a brain held high, and the arterioles that answer.

*Known limits*: checked to twice gravity, where flow falls by 40 to 48 % (30 to 40 % in people); at 3 g pressure at the
heart falls to half, as it does not in people, who bear 3.9 +- 0.6 g relaxed. The depths are those of one adult.

**References:**

- Heldt (2004), Computational models of cardiovascular response to orthostatic stress, PhD thesis, MIT
- Henriksen (1977), Acta Physiol Scand Suppl 450:1 (arterioles narrow where veins hang)
- Scott, Jungius, Connolly & Stevenson (2013), Aviat Space Environ Med, doi:10.3357/asem.3550.2013 (relaxed tolerance)
- Vettes, Vieillefond & Auffret (1980), Aviat Space Environ Med 51(4):375 (flow under acceleration)
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import param

_HENRIKSEN = (
    "Henriksen 1977: 25 mmHg more in the veins of a leg take 40 % of its blood flow; half of muscle is in legs;"
    " calibrated to resistance in head-up tilt"
)
_TILT = "Heldt 2004: half of the legs' 106 cm and of the trunk; 500 to 700 mL move at 60 to 70 degrees"
_UNIT = "definition of the unit"


class Posture(eqx.Module):
    """Where blood is below and above the heart when a body stands."""

    depth_legs: Scalar = param(
        50.0, "cm", "depth of the veins of legs and trunk below the heart, upright", bounds=(0.0, 120.0), source=_TILT
    )
    depth_splanchnic: Scalar = param(
        10.0, "cm", "depth of the splanchnic veins below the heart, upright", bounds=(0.0, 50.0), source=_TILT
    )
    height_brain: Scalar = param(
        25.0, "cm", "height of the brain above the heart, upright", bounds=(0.0, 50.0), source=_TILT
    )
    venoarteriolar: Scalar = param(
        0.25, "1", "rise of the resistance of muscle and skin whose veins hang", bounds=(0.0, 1.0), source=_HENRIKSEN
    )
    venoarteriolar_pressure: Scalar = param(
        25.0, "mm[Hg]", "pressure of blood in hanging veins that brings all of it", bounds=(5.0, 60.0),
        source=_HENRIKSEN,
    )  # fmt: skip
    column: Scalar = param(0.7766, "mm[Hg]/cm", "pressure of a centimetre of blood", source="1,056 kg/m3")
    gravity: Scalar = param(9.80665, "m/s2", "standard gravity", source="definition")
    degree: Scalar = param(1.0, "deg", "the unit of angle", source=_UNIT)

    def below(self, tilt: Scalar, acceleration: Scalar) -> Scalar:
        """Pressure of a centimetre of blood along the body."""
        return self.column * axial_gravity(tilt, acceleration, self.degree, self.gravity)

    def outside(self, tilt: Scalar, acceleration: Scalar) -> tuple[Scalar, Scalar, Scalar]:
        """What counts as pressure outside the veins of the trunk, of the legs and of the brain."""
        below = self.below(tilt, acceleration)
        return -self.depth_splanchnic * below, -self.depth_legs * below, self.height_brain * below

    def narrows(self, tilt: Scalar, acceleration: Scalar) -> Scalar:
        """Resistance of muscle and skin whose veins hang, for that at rest."""
        hangs = self.depth_legs * self.below(tilt, acceleration) / self.venoarteriolar_pressure
        return 1.0 + self.venoarteriolar * jnp.clip(hangs, 0.0, 1.0)


def axial_gravity(tilt: Scalar, acceleration: Scalar, degree: Scalar, gravity: Scalar) -> Scalar:
    """What pulls towards the feet, in units of gravity: of a tilt, and of a bed that is accelerated headwards."""
    return jnp.sin(tilt / degree * (jnp.pi / 180.0)) + acceleration / gravity
