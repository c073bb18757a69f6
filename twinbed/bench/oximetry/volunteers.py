"""Virtual volunteers of a desaturation study, from the lightest to the darkest skin.

Pigment is spread evenly over the Monk scale (MST 1 to 10). Melanosomes grow with it from 1.3 to 43 % of the epidermis
(Jacques 1998: light to dark skin), each step by the same factor, and the individual typology angle falls from 60 to
-60 degrees; both with scatter.

*Known limits*: how the three measures of pigment go together, and all scatter, are assumptions; fingers differ by stray
light, haemoglobin and perfusion only.

**References:**

- Jacques, Melanosome absorption coefficient, Oregon Medical Laser Center (1998)
"""

import dataclasses
import math

import numpy as np

from twinbed.bench.draws import normals
from twinbed.bench.oximetry.finger import Finger

GROUPS = ("MST 1-4", "MST 5-7", "MST 8-10")
_LIGHTEST, _DARKEST = 0.013, 0.43


@dataclasses.dataclass(frozen=True)
class Volunteer:
    """One volunteer.

    Attributes:
        id: name.
        female: sex.
        tone: of the skin on the Monk scale, 1 to 10.
        typology_deg: individual typology angle of the skin, degrees; dark skin is negative.
        finger: what it does to light.
        rate: pulse at rest, /min.
    """

    id: str
    female: bool
    tone: int
    typology_deg: float
    finger: Finger
    rate: float

    @property
    def group(self) -> str:
        """Light, medium or dark by the Monk scale."""
        return GROUPS[0 if self.tone <= 4 else 1 if self.tone <= 7 else 2]


def volunteers(n: int, *, seed: int) -> list[Volunteer]:
    """So many volunteers, a third of them in each group of pigment, half of each sex."""
    tones = ((1, 5, 8, 2, 6, 9, 3, 7, 10, 4, 5, 8, 1, 6, 9, 2, 7, 10, 3, 5, 8, 4, 6, 10)[k % 24] for k in range(n))
    out = []
    for k, tone in enumerate(tones):
        z = normals(seed, f"volunteer {k}", 6)
        share = _LIGHTEST * (_DARKEST / _LIGHTEST) ** ((tone - 1) / 9.0) * math.exp(0.1 * z[0])
        finger = Finger(
            melanin=min(share, _DARKEST),
            haemoglobin=float(np.clip(14.0 + 1.2 * z[1], 11.0, 18.0)),
            perfusion=math.exp(0.3 * z[2]),
            stray_light=0.045 * math.exp(0.25 * z[3]),
        )
        angle = 60.0 - 120.0 * (tone - 1) / 9.0 + 5.0 * z[4]
        rate = float(np.clip(78.0 + 10.0 * z[5], 55.0, 110.0))
        out.append(Volunteer(f"v{k:03d}", (k // 3) % 2 == 0, tone, float(angle), finger, rate))
    return out
