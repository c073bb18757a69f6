"""The impedance of the chest, from which monitors count breaths.

Gas in the lungs raises it; blood that the left ventricle sends away lowers it at every beat, the cardiac artefact;
motion adds to it. What a beat does is measured from the ventricle's mean volume of the last seconds.

*Known limits*: it follows the gas in the lungs, so effort against a closed airway, which moves the chest of a real
patient and fools real monitors, is not seen; no change of the mean by fluid in the chest.

**References:**

- Geddes & Baker (1989), Principles of Applied Biomedical Instrumentation, 3rd edition, Wiley (about 1 Ohm per litre)
- Kubicek et al. (1966), Aerosp Med 37:1208 (mean of 25 Ohm and 0.1 Ohm for a beat)
"""

from typing import ClassVar, Literal

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import AbstractHybridModel, Scalar, Time
from twinbed.core.quantities import param, port, var
from twinbed.physiology.waveforms._motion import Motion, Phases


class State(eqx.Module):
    """The mean of the ventricle, and where the motion is."""

    mean_volume: Scalar = var("mL", "mean volume of the left ventricle")
    motion: Phases


class Inputs(eqx.Module):
    """What changes the chest's impedance."""

    lung_volume: Scalar = port("lung_volume")
    left_ventricular_volume: Scalar = port("left_ventricular_volume", rest=90.0)
    motion: Scalar = port("motion", rest=0.0)
    vibration: Scalar = port("vibration", rest=0.0)


class Outputs(eqx.Module):
    """What electrodes measure."""

    thoracic_impedance: Scalar = port("thoracic_impedance")


class Impedance(AbstractHybridModel[State, Inputs, Outputs]):
    """The chest of one patient between electrodes."""

    seconds_per_time_unit: ClassVar[float] = 1.0
    order: ClassVar[Literal[2, 4]] = 2
    step_s: float = eqx.field(static=True, default=0.02)

    movement: Motion = eqx.field(default_factory=Motion)
    volume_at_rest: Scalar = param(
        2.4, "L", "gas in the lungs at which the impedance is its mean", bounds=(0.5, 8.0), source="the usual 2.4 L"
    )
    breathing: Scalar = param(
        0.04, "1/L", "what a litre of gas adds", bounds=(0.0, 1.0), source="Geddes & Baker 1989: 1 Ohm of 25"
    )
    beating: Scalar = param(
        5.5e-5, "1/mL", "what a millilitre in the ventricle adds", bounds=(0.0, 0.01),
        source="Kubicek 1966: 0.1 Ohm of 25 for a stroke of 75 mL",
    )  # fmt: skip
    memory: Scalar = param(
        3.0, "s", "lag of the ventricle's mean volume", bounds=(0.5, 60.0), source="assumption: some beats"
    )
    shaking: Scalar = param(
        0.004, "s2/m", "what motion adds", bounds=(0.0, 1.0), source="assumption: 5 m/s2 are as a breath"
    )

    def initial(self) -> State:
        return State(90.0 * jnp.ones_like(self.memory), self.movement.initial())

    def resting(self) -> Inputs:
        one, zero = jnp.ones_like(self.memory), jnp.zeros_like(self.memory)
        return Inputs(2.4 * one, 90.0 * one, zero, zero)

    def jump(self, t: Time, dt: Time, x: State, u: Inputs) -> State:
        del t, dt, u
        return State(x.mean_volume, self.movement.wrapped(x.motion))

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        del t
        return State((u.left_ventricular_volume - x.mean_volume) / self.memory, self.movement.speed())

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        del t
        breath = self.breathing * (u.lung_volume - self.volume_at_rest)
        beat = self.beating * (u.left_ventricular_volume - x.mean_volume)
        shake = self.shaking * (u.motion + u.vibration) * self.movement.at(x.motion)
        return Outputs(1.0 + breath + beat + shake)
