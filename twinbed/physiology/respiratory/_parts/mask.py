"""Gas under a mask, from which a capnograph samples: what is breathed out mixes with what flows in.

The space under the mask is one, well mixed, so that fresh gas washes it out in the time of its volume over the flow,
and dilutes what comes late and slowly in expiration. Fresh gas that is not breathed in leaves by the openings; what is
breathed in beyond it comes from the room. The lungs breathe the mixture that the mask yields (`body/environment`), not
what lies under it.

*Known limits*: a mask sits as well as any other; what flows by a cannula washes nothing; a bag, a circuit and a tube
shut fresh gas off.

**References:**

- Takaki, Mihara, Mizutani, Yamaguchi & Goto (2015), Respir Care 60(5):705 (under a mask with 6 L/min end-tidal carbon
  dioxide is 12.6 mmHg below that of the arteries, from 4.6 to 20.6, and 9.1 in deep breaths)
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import param
from twinbed.physiology.respiratory._parts.airways import in_trachea
from twinbed.physiology.respiratory._parts.gas import Fractions, both

_MASK = 1.5
"""An `oxygen_interface` above it is a mask."""


class Mask(eqx.Module):
    """A mask with fresh gas."""

    volume: Scalar = param(0.1, "L", "gas under a mask", bounds=(0.01, 1.0), source="of the order of masks for adults")

    def washes(self, flow: Scalar, interface: Scalar, circuit: Scalar, intubation: Scalar) -> Scalar:
        """Flow of fresh gas over the mouth; 0 where no mask lies on it."""
        worn = (interface > _MASK) & (circuit <= 0.0) & ~in_trachea(intubation)
        return jnp.where(worn, flow, 0.0)

    def mixes(
        self, under: Fractions, mouth: Fractions, fresh: Fractions, flow: Scalar, washes: Scalar, shortest: Scalar
    ) -> Fractions:
        """How the gas under the mask changes.

        Args:
            under: what is there now.
            mouth: what is breathed out.
            fresh: what flows in.
            flow: into the patient, L/s.
            washes: flow of fresh gas, L/s.
            shortest: time in which it is renewed at most, s.
        """
        out, into = jnp.maximum(-flow, 0.0), jnp.maximum(flow, washes)
        space = jnp.maximum(self.volume, shortest * (out + into))
        rate = lambda of: (out * (of(mouth) - of(under)) + into * (of(fresh) - of(under))) / space
        return both(rate)
