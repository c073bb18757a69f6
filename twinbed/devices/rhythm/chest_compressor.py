"""An automatic chest compressor: a piston that presses on the breastbone and lets go.

While it is on it compresses at its rate and depth, for half of each cycle, without end or in series with pauses for
breaths (30:2). The piston's depth puts all that lies in the chest under a pressure in proportion to it, which the
circulation reads as `chest_compression`; a scenario or a hand at a live bed gives the same signal where there is no
compressor. Switched off it lets go at once, and begins with a compression when it is switched on again.

*Known limits*: one stiffness for every chest, no active decompression, no ribs that break, no air that a compression
moves in and out of the lungs, no artefact in the electrocardiogram. Until epinephrine narrows the vessels mean arterial
pressure is lower than in people: 37 mmHg, then 51, where 56 people under such a machine had 53 (standard deviation 10;
doi:10.1016/j.resuscitation.2024.110311).

**References:**

- Panchal et al. (2020), Circulation 142(16 suppl 2):S366, doi:10.1161/CIR.0000000000000916 (100 to 120 a minute, 5 to
  6 cm, full recoil)
- Rubertsson et al. (2014), JAMA 311(1):53, doi:10.1001/jama.2013.282538 (such a machine in 2589 people)
- Paradis et al. (1990), JAMA 263(8):1106, doi:10.1001/jama.1990.03440080084029 (coronary perfusion pressure of people)
- Liao et al. (2010), BMC Cardiovasc Disord 10:53, doi:10.1186/1471-2261-10-53 (coronary perfusion pressure about 20
  mmHg by machine, pigs)
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var
from twinbed.devices._clock import SECONDS_PER_MINUTE

_GUIDELINE = "Panchal 2020"
_MACHINE = "user guides of such machines: 102 a minute, 5.3 cm, 50 % of the cycle, 3 s after 30"
_LONG_AGO = 1e3  # s, longer than any cycle with its pause


class Inputs(eqx.Module):
    """The switch."""

    on: Scalar = port("chest_compressor_on", rest=0.0)


class Outputs(eqx.Module):
    """What the chest feels, and what the machine counts."""

    chest_compression: Scalar = port("chest_compression")
    number: Scalar = port("chest_compressor_number")


class State(eqx.Module):
    """Where the piston is in its cycle."""

    since: Scalar = var("s", "time since a compression began")
    series: Scalar = var("1", "compressions in this series")
    number: Scalar = var("1", "compressions so far")


class ChestCompressor(AbstractDevice[State, Inputs, Outputs]):
    """A machine that compresses the chest, in place."""

    role: ClassVar[Role] = "actuator"
    period_s: float = eqx.field(static=True, default=0.01)

    rate: Scalar = param(102.0, "/min", "compressions a minute", bounds=(60.0, 140.0), source=_MACHINE)
    depth: Scalar = param(5.3, "cm", "depth of a compression", bounds=(0.0, 8.0), source=_MACHINE)
    duty: Scalar = param(0.5, "1", "share of the cycle that is compression", bounds=(0.3, 0.7), source=_MACHINE)
    rise_time: Scalar = param(
        0.08, "s", "time in which the piston goes down or up", bounds=(0.01, 0.12), source="assumed: a fast piston"
    )
    compressions: Scalar = param(
        0.0, "1", "compressions of a series before a pause for breaths; 0: without end", bounds=(0.0, 60.0),
        source=_GUIDELINE + ": 30, without end when the airway is secured",
    )  # fmt: skip
    pause: Scalar = param(3.0, "s", "pause after a series", bounds=(0.5, 10.0), source=_MACHINE)
    stiffness: Scalar = param(
        8.0, "mm[Hg]/cm", "pressure in the chest for depth", bounds=(1.0, 60.0),
        source="calibrated: 20 to 30 % of normal flow at 5.3 cm",
    )  # fmt: skip

    def initial(self, noise: Noise) -> State:
        del noise
        zero = jnp.zeros_like(self.rate)
        return State(zero + _LONG_AGO, zero, zero)

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        del t_s, noise
        on, cycle = u.on >= 0.5, SECONDS_PER_MINUTE / self.rate
        over = (self.compressions > 0.5) & (x.series >= self.compressions - 0.5)
        due = cycle + jnp.where(over, self.pause, 0.0)
        since = x.since + self.period_s
        begins = on & (since >= due - 0.5 * self.period_s)
        # a compression that comes a fraction of a tick early or late keeps the beat
        since = jnp.where(begins, jnp.minimum(since - due, self.period_s), since)
        state = State(
            since=jnp.where(on, since, _LONG_AGO),
            series=jnp.where(begins, jnp.where(over, 1.0, x.series + 1.0), jnp.where(on, x.series, 0.0)),
            number=x.number + begins.astype(x.number.dtype),
        )
        down = (since + 0.5 * self.period_s) / self.rise_time
        up = (self.duty * cycle + self.rise_time - since - 0.5 * self.period_s) / self.rise_time
        pressed = jnp.clip(jnp.minimum(down, up), 0.0, 1.0)
        pressure = jnp.where(on, self.stiffness * self.depth * pressed, 0.0)
        return state, Outputs(pressure, state.number)
