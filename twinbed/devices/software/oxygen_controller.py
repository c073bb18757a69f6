r"""Inspired oxygen by pulse oximetry: a proportional-integral law that raises fast and weans slowly.

Inputs: saturation by pulse oximetry and whether it is valid, a target that a person may change and a pause. Output:
the fraction of oxygen that a ventilator is to give. With $e$ the target less the saturation in percent

$$u = F_0 + K_p e + I, \qquad \dot I = K_p e / T_I,$$

with a larger $K_p$ below the target than above it, between `oxygen_min` and `oxygen_max`, rising by at most
`rise_max` and falling by at most `fall_max` a minute. Below `saturation_low` the highest fraction is given at once,
and the integral starts from there. Within `dead_band` of the target the error counts as nothing.

Without a valid saturation the command is held for `hold_time`, then at least `fallback` is given. Paused, it stays
where it is, and the loop goes on from there.

*Known limits*: the law is blind to why saturation falls (a disconnected ventilator, a loose probe that still reads);
it does not change end-expiratory pressure.

**References:**

- Sturrock, Williams, Dassios & Greenough (2020), Acta Paediatr 109(5):914 (what such loops do; gains are not theirs)
- O'Driscoll et al. (2017), Thorax 72(Suppl 1), BTS guideline: 94 to 98 %, 88 to 92 % in hypercapnic failure
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var
from twinbed.devices._clock import SECONDS_PER_MINUTE
from twinbed.devices.software._loop import CLOSED, FALLBACK, HOLDING, PAUSED, proportional_integral

_ASSUMED = "assumption"
_TRIED = "tried on a lung with a shunt, a lag of 30 s and an oximeter 20 s behind"


class Inputs(eqx.Module):
    """What the controller reads."""

    saturation: Scalar = port("spo2")
    valid: Scalar = port("spo2_valid")
    target: Scalar = port("spo2_target", rest=0.0)
    paused: Scalar = port("controller_paused", rest=0.0)


class Outputs(eqx.Module):
    """What the ventilator is told."""

    oxygen: Scalar = port("ventilator_oxygen_set")
    mode: Scalar = port("controller_mode")


class State(eqx.Module):
    """What the controller remembers."""

    integral: Scalar = var("1", "integral of the error")
    command: Scalar = var("1", "last command")
    missing: Scalar = var("s", "time without a saturation")


class OxygenController(AbstractDevice[State, Inputs, Outputs]):
    """A closed loop of inspired oxygen by pulse oximetry."""

    role: ClassVar[Role] = "software"
    period_s: float = eqx.field(static=True, default=5.0)

    target: Scalar = param(96.0, "%", "saturation asked for", bounds=(80.0, 100.0), source="BTS guideline: 94 to 98 %")
    dead_band: Scalar = param(1.0, "%", "error that counts as nothing", bounds=(0.0, 10.0), source=_ASSUMED)
    start: Scalar = param(0.4, "1", "fraction at the start", bounds=(0.2, 1.0), source=_ASSUMED)
    gain: Scalar = param(0.03, "/%", "K_p below the target", bounds=(0.0, 0.2), source=_TRIED)
    gain_above: Scalar = param(0.01, "/%", "K_p above the target", bounds=(0.0, 0.2), source=_TRIED)
    integral_time: Scalar = param(60.0, "s", "T_I", bounds=(5.0, 3600.0), source=_TRIED)
    oxygen_min: Scalar = param(0.21, "1", "lowest fraction", bounds=(0.2, 1.0), source="air")
    oxygen_max: Scalar = param(1.0, "1", "highest fraction", bounds=(0.2, 1.0), source="pure oxygen")
    rise_max: Scalar = param(0.5, "/min", "largest rise", bounds=(0.0, 100.0), source=_ASSUMED)
    fall_max: Scalar = param(0.05, "/min", "largest fall", bounds=(0.0, 100.0), source=_ASSUMED)
    saturation_low: Scalar = param(
        86.0, "%", "the highest fraction is given below", bounds=(0.0, 95.0), source=_ASSUMED
    )
    fallback: Scalar = param(0.6, "1", "fraction without a saturation", bounds=(0.2, 1.0), source=_ASSUMED)
    hold_time: Scalar = param(60.0, "s", "time a command is held", bounds=(0.0, 600.0), source=_ASSUMED)

    def initial(self, noise: Noise) -> State:
        zero = jnp.zeros_like(self.target)
        return State(zero, self.start, zero)

    def _law(self, x: State, u: Inputs) -> tuple[Scalar, Scalar]:
        """The command of the closed loop and its integral."""
        minutes = self.period_s / SECONDS_PER_MINUTE
        lowest = jnp.maximum(self.oxygen_min, x.command - self.fall_max * minutes)
        highest = jnp.clip(x.command + self.rise_max * minutes, lowest, self.oxygen_max)
        off = jnp.where(u.target > 0.0, u.target, self.target) - u.saturation
        error = jnp.where(jnp.abs(off) <= self.dead_band, 0.0, off - jnp.sign(off) * self.dead_band)
        pull = jnp.where(error > 0.0, self.gain, self.gain_above) * error
        growth = pull * self.period_s / self.integral_time
        limits = (lowest - self.start, highest - self.start)
        command, integral = proportional_integral(x.integral, pull, growth, limits)
        rescue = u.saturation < self.saturation_low
        return (
            jnp.where(rescue, self.oxygen_max, self.start + command),
            jnp.where(rescue, self.oxygen_max - self.start, integral),
        )

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        paused = u.paused > 0.5
        seen = (u.valid > 0.5) & (u.saturation > 0.0)
        missing = jnp.where(seen, 0.0, x.missing + self.period_s)
        law, integral = self._law(x, u)
        lost = missing > self.hold_time
        held = jnp.where(lost, jnp.maximum(x.command, self.fallback), x.command)
        command = jnp.where(paused, x.command, jnp.where(seen, law, held))
        mode = jnp.where(seen, CLOSED, jnp.where(lost, FALLBACK, HOLDING))
        state = State(jnp.where(seen & ~paused, integral, x.integral), command, missing)
        return state, Outputs(command, jnp.where(paused, PAUSED, mode).astype(command.dtype))
