"""An oxygen titrator of your own: more flow when saturation is low, less when it is high, held without a reading.

Simulate it: `twinbed simulate examples/own_oxygen.toml`, which names it `own_oxygen:OxygenTitrator`. Check it:
`twinbed check own_oxygen:OxygenTitrator` from this folder.
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var


class Inputs(eqx.Module):
    """What the titrator reads: what the oximeter shows, and whether it has a reading."""

    spo2: Scalar = port("spo2")
    valid: Scalar = port("spo2_valid")


class Outputs(eqx.Module):
    """What it commands."""

    oxygen_flow: Scalar = port("oxygen_flow")


class State(eqx.Module):
    """What it remembers from one step to the next."""

    flow: Scalar = var("L/min", "flow given")


class OxygenTitrator(AbstractDevice[State, Inputs, Outputs]):
    """Steps of flow towards a range of saturation."""

    role: ClassVar[Role] = "software"
    period_s: float = eqx.field(static=True, default=30.0)

    low: Scalar = param(
        94.0, "%", "saturation below which flow rises", bounds=(80.0, 99.0), source="BTS guideline 2017"
    )
    high: Scalar = param(
        98.0, "%", "saturation above which it falls", bounds=(80.0, 100.0), source="BTS guideline 2017"
    )
    change: Scalar = param(0.5, "L/min", "by how much it changes", bounds=(0.1, 5.0), source="a quarter of two litres")
    largest: Scalar = param(6.0, "L/min", "largest flow of a nasal cannula", bounds=(1.0, 15.0), source="usual")

    def initial(self, noise: Noise) -> State:
        return State(flow=jnp.zeros_like(self.largest))

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        wanted = jnp.where(u.spo2 < self.low, self.change, jnp.where(u.spo2 > self.high, -self.change, 0.0))
        flow = jnp.clip(x.flow + jnp.where(u.valid > 0.5, wanted, 0.0), 0.0, self.largest)
        return State(flow=flow), Outputs(oxygen_flow=flow)
