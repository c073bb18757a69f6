"""What a lung is made of: recoil that stiffens at both ends, airways, and a side of the chest.

**References:**

- Venegas, Harris & Simon (1998), J Appl Physiol 84(1):389, doi:10.1152/jappl.1998.84.1.389 (sigmoid)
- Mead, Turner, Macklem & Little (1967), J Appl Physiol 22(1):95, doi:10.1152/jappl.1967.22.1.95 (flow limitation)
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import param

_ADULT = "textbook adult lying on the back, as Pulse 4.2 (80, 30 and 16 mL/kg of ideal weight)"
_EDGE = 0.02
"""Filling below and above which recoil goes on as a straight line."""


class Lung(eqx.Module):
    """Volumes and recoil of both lungs together; one takes a share of it."""

    capacity: Scalar = param(6.0, "L", "total lung capacity", bounds=(0.5, 12.0), source=_ADULT)
    residual: Scalar = param(1.2, "L", "residual volume", bounds=(0.1, 6.0), source=_ADULT)
    resting: Scalar = param(2.4, "L", "functional residual capacity", bounds=(0.3, 9.0), source=_ADULT)
    compliance: Scalar = param(
        0.2, "L/cm[H2O]", "compliance of the lungs at rest", bounds=(0.005, 1.0), source="textbook adult, as Pulse 4.2"
    )
    recoil: Scalar = param(
        5.0, "cm[H2O]", "recoil at functional residual capacity", bounds=(0.5, 30.0), source="textbook adult"
    )

    def transpulmonary(self, volume: Scalar) -> Scalar:
        """Recoil pressure at a volume of both lungs."""
        span = self.capacity - self.residual
        at_rest = jnp.clip((self.resting - self.residual) / span, _EDGE, 1.0 - _EDGE)
        width = span * at_rest * (1.0 - at_rest) / self.compliance
        middle = self.recoil - width * _logit(at_rest)
        return middle + width * _straightened_logit((volume - self.residual) / span)


def _logit(share: Scalar) -> Scalar:
    return jnp.log(share / (1.0 - share))


def _straightened_logit(share: Scalar) -> Scalar:
    """The logit between both edges, its tangent beyond."""
    inside = jnp.clip(share, _EDGE, 1.0 - _EDGE)
    return _logit(inside) + (share - inside) / (_EDGE * (1.0 - _EDGE))


def pleural_pressures(
    outward: tuple[Scalar, ...], compliance: tuple[Scalar, ...], mediastinum: Scalar, muscle: Scalar
) -> tuple[Scalar, ...]:
    """Pressure on both sides of the chest.

    Args:
        outward: volume on each side above what the chest wall holds without pressure, L.
        compliance: of the chest wall on each side, L/cmH2O.
        mediastinum: how much volume it yields to a difference of pressure, L/cmH2O.
        muscle: pressure of the respiratory muscles, cmH2O.
    """
    alone = tuple(v / c for v, c in zip(outward, compliance, strict=True))
    yields = mediastinum * (1.0 / compliance[0] + 1.0 / compliance[1])
    moved = mediastinum * (alone[0] - alone[1]) / (1.0 + yields)
    return alone[0] - moved / compliance[0] + muscle, alone[1] + moved / compliance[1] + muscle
