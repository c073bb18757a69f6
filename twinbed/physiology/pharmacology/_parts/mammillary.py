"""Three compartments around plasma, and a site of effect that follows it.

**References:**

- Shafer & Gregg (1992), J Pharmacokinet Biopharm 20(2):147, doi:10.1007/BF01071000
"""

import equinox as eqx

from twinbed.core.model import Scalar
from twinbed.core.quantities import param, var

_OF_DRUG = "set by the drug's model"


class Amounts(eqx.Module):
    """Where the drug is."""

    central: Scalar = var("mg", "amount in plasma and what mixes with it at once")
    fast: Scalar = var("mg", "amount in the fast compartment")
    slow: Scalar = var("mg", "amount in the slow compartment")
    effect: Scalar = var("mg/L", "concentration at the site of effect")


class Mammillary(eqx.Module):
    """Volumes and clearances of one patient."""

    v1: Scalar = param(1.0, "L", "central volume", bounds=(1e-3, 1e3), source=_OF_DRUG)
    v2: Scalar = param(1.0, "L", "volume of the fast compartment", bounds=(1e-3, 1e4), source=_OF_DRUG)
    v3: Scalar = param(1.0, "L", "volume of the slow compartment", bounds=(1e-3, 1e4), source=_OF_DRUG)
    clearance: Scalar = param(1.0, "L/min", "elimination", bounds=(0.0, 100.0), source=_OF_DRUG)
    q2: Scalar = param(1.0, "L/min", "exchange with the fast compartment", bounds=(0.0, 100.0), source=_OF_DRUG)
    q3: Scalar = param(1.0, "L/min", "exchange with the slow compartment", bounds=(0.0, 100.0), source=_OF_DRUG)
    ke0: Scalar = param(1.0, "1/min", "how fast the site of effect follows plasma", bounds=(0.0, 20.0), source=_OF_DRUG)

    def rhs(self, x: Amounts, rate: Scalar) -> Amounts:
        """Time derivative per minute under an infusion of `rate` mg/min."""
        plasma, fast, slow = x.central / self.v1, x.fast / self.v2, x.slow / self.v3
        into_fast, into_slow = self.q2 * (plasma - fast), self.q3 * (plasma - slow)
        return Amounts(
            central=rate - self.clearance * plasma - into_fast - into_slow,
            fast=into_fast,
            slow=into_slow,
            effect=self.ke0 * (plasma - x.effect),
        )
