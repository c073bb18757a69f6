"""Lactate: tissue that lacks oxygen makes it, blood that flows takes it over, the liver takes it away.

Where no blood flows, blood learns nothing of the acid of tissue (Tucker 1994: arterial acidity as before after five
minutes of fibrillation); flow that returns washes it out within minutes.

**References:**

- Leavy, Weil & Rackow (1988), JAMA 260(5):662, PMID 3392792 (washed out in 2.6 minutes)
- Tashkin, Goldstein & Simmons (1972), Am J Physiol 223(4):968 (lactate and the liver's blood flow)
- Tucker, Idris, Wenzel & Orban (1994), Resuscitation 28(2):137 (blood in fibrillation)
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import param
from twinbed.physiology.respiratory._parts.stores import TEXTBOOK


class Lactate(eqx.Module):
    """How lactate is made and goes."""

    for_oxygen: Scalar = param(
        5.0, "1", "lactate made for each oxygen that is missing", bounds=(0.0, 6.0),
        source="calibrated to the base deficit by class of haemorrhage (ATLS 2018); energy balance gives at most 6",
    )  # fmt: skip
    volume: Scalar = param(
        38.0, "L", "volume in which lactate spreads", bounds=(2.0, 150.0), source="0.5 L/kg: Connor & Woods 1982"
    )
    at_rest: Scalar = param(1.0, "mmol/L", "lactate at rest", bounds=(0.1, 5.0), source=TEXTBOOK)
    clearance: Scalar = param(
        0.03, "1/min", "how fast lactate goes", bounds=(0.0, 1.0), source="half-life of about 25 minutes"
    )
    washout: Scalar = param(
        1.0, "1/min", "how fast blood that flows takes over what tissue made", bounds=(0.1, 20.0),
        source="Leavy 1988: all but a tenth within 2.6 minutes of flow",
    )  # fmt: skip
    liver_flow: Scalar = param(
        1.8, "L/min", "splanchnic blood flow at rest, below which lactate goes more slowly", bounds=(0.1, 6.0),
        source="textbook adult; Tashkin 1972: a liver with less blood takes up less lactate",
    )  # fmt: skip

    def waiting_at_rest(self) -> Scalar:
        """What tissue holds at rest for blood to take over, mmol/L."""
        return self.clearance * self.at_rest / self.washout

    def changes(
        self, waiting: Scalar, lactate: Scalar, missing: Scalar, flowing: Scalar, liver: Scalar
    ) -> tuple[Scalar, Scalar]:
        """Change of what waits in tissue and of lactate in blood.

        Args:
            waiting: lactate of tissue that blood has not taken over, as if spread in all the volume.
            lactate: lactate of blood.
            missing: what oxygen that is missing more than at rest would make of such gas, mmol/min.
            flowing: whether blood flows, 0 to 1.
            liver: the liver's blood flow.
        """
        made = self.for_oxygen * missing / self.volume + self.clearance * self.at_rest
        taken = self.washout * flowing * waiting
        served = jnp.clip(liver / self.liver_flow, 0.0, 1.0)
        return made - taken, taken - self.clearance * served * lactate
