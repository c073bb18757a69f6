"""One of the parallel vascular beds: arterioles and small vessels, then veins.

**References:**

- Ursino (1998), Am J Physiol 275(5):H1733, doi:10.1152/ajpheart.1998.275.5.H1733
- Magosso & Ursino (2001), Am J Physiol 281(3):H343
- Albanese, Cheng, Ursino & Chbat (2016), Am J Physiol 310(7):H899, doi:10.1152/ajpheart.00230.2014
"""

import equinox as eqx

from twinbed.core.model import Scalar
from twinbed.core.quantities import param

_ALBANESE = (
    "Albanese 2016, table of the circulation; systemic resistance calibrated, see docs/decisions/0007-resting-adult.md"
)
_VEINS = "Magosso & Ursino 2001, table of the circulation"


class VascularBed(eqx.Module):
    """Resistance, compliance and unstressed volume of a bed; the defaults are the splanchnic one."""

    compliance: Scalar = param(
        2.05, "mL/mm[Hg]", "compliance of the small vessels", bounds=(0.01, 20.0), source=_ALBANESE
    )
    volume_unstressed: Scalar = param(
        241.47, "mL", "unstressed volume of the small vessels", bounds=(0.0, 2000.0), source=_ALBANESE
    )
    resistance: Scalar = param(
        2.6, "mm[Hg].s/mL", "resistance of the small vessels", bounds=(0.1, 500.0), source=_ALBANESE
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
