r"""Gives a flow by setting a pressure: how a machine makes a volume-controlled breath.

The machine holds a pressure from tick to tick behind its own circuit; the lung behind the airway opening is taken as a
resistance $R$ and an elastance $E$, so that within a tick of length $h$ flow falls by $e^{-\kappa}$ with
$\kappa = h E / (R_{circuit} + R)$. $R$ is learned from how pressure follows flow where flow jumps; $E$ is what the
machine measured of the breath before. With both right, the flow asked for is there at the next tick. With an error of
$R$ what is missing changes by the same factor at every tick, which is below 1 unless $R$ is taken twice too large.
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import var

_JUMP = 0.2
"""Change of flow within a tick, as a share of the usual flow, from which resistance is learned."""
_MOST = 1000.0
"""Largest resistance that is believed, cmH2O s/L."""
_STEEPEST = 2.0
"""Largest exponent of a fall of flow within a tick that is believed."""


class Servo(eqx.Module):
    """What the machine felt at the last tick and has learned."""

    resistance: Scalar = var("cm[H2O].s/L", "resistance behind the airway opening")
    pressure: Scalar = var("cm[H2O]", "pressure at the airway opening")
    flow: Scalar = var("L/s", "flow to the patient")

    def _fall(self, circuit_resistance: Scalar, elastance: Scalar, dt: float) -> Scalar:
        whole = jnp.maximum(circuit_resistance + self.resistance, 1e-3)
        return jnp.clip(dt * elastance / whole, 1e-6, _STEEPEST)

    def mean_flow(self, flow: Scalar, circuit_resistance: Scalar, elastance: Scalar, dt: float) -> Scalar:
        """Mean flow over the tick that ended with a flow."""
        fall = self._fall(circuit_resistance, elastance, dt)
        return flow * jnp.expm1(fall) / fall

    def learned(self, pressure: Scalar, flow: Scalar, filled: Scalar, usual_flow: Scalar) -> "Servo":
        """With a new reading.

        Args:
            pressure: at the airway opening now.
            flow: to the patient now.
            filled: rise of pressure in the lung since the last tick.
            usual_flow: what a jump is measured by.
        """
        jump = flow - self.flow
        clear = jnp.abs(jump) > _JUMP * usual_flow
        seen = (pressure - self.pressure - filled) / jnp.where(clear, jump, 1.0)
        moved = jnp.clip(0.5 * (self.resistance + seen), 0.0, _MOST)
        return Servo(jnp.where(clear, moved, self.resistance), pressure, flow)

    def pressure_for(self, flow: Scalar, circuit_resistance: Scalar, elastance: Scalar, dt: float) -> Scalar:
        """Pressure at the machine's end that makes a mean flow (L/s) until the next tick."""
        fall = self._fall(circuit_resistance, elastance, dt)
        first = flow * fall / -jnp.expm1(-fall)
        inside = self.pressure - self.resistance * self.flow
        return inside + (circuit_resistance + self.resistance) * first
