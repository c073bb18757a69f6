r"""Propofol by the depth of hypnosis: a proportional-integral law on a predicted index, with an induction before it.

Inputs: the monitor's index and whether it is valid, mean arterial pressure, a target that a person may change and a
pause. Output: `propofol_command`.

*Induction.* It waits for a first reading with nothing, then a fast infusion until the index falls below
`induction_end` or `induction_dose` was given. What a pause or a lost index interrupts goes on afterwards.

*Closed loop.* The drug works late and the monitor shows it late, so the law acts on where the index is heading: with
$y$ the filtered index, $\dot y$ its filtered slope, and the lead $T_L$

$$e = y + T_L \dot y - y^*, \qquad u = K_p e + I, \qquad \dot I = K_p e / T_I.$$

The integral stands still while the command is at a limit that the error pushes against. After a gap it starts where
the command stands, after a pause with the mean of the closed loop's commands.

*Limits.* No more than `rate_max`, and the largest rate falls in proportion from `pressure_low` to nothing at
`pressure_stop`, in the induction as well.

*Without the index* the command (the rate of the induction) is held for `hold_time`, then the mean of the closed loop's
commands, at first `rate_start`, is given (fallback). `controller_mode` says which.

*Known limits*: gains are per kg and the same for everyone; an opioid or a stimulus is only seen through the index; it
does not know what the pump gives.

**References:**

- Absalom, Sutcliffe & Kenny (2002), Anesthesiology 96(1):67 (index, proportional-integral-differential law)
- van Heusden et al. (2014), IEEE Trans Control Syst Technol 22(2):491, doi:10.1109/TCST.2013.2260543
- IEC 60601-1-10, physiologic closed-loop controllers (fallback, limits)
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var
from twinbed.devices._clock import MINUTES_PER_HOUR, SECONDS_PER_HOUR, SECONDS_PER_MINUTE
from twinbed.devices._filters import lagged
from twinbed.devices.software._loop import CLOSED, FALLBACK, HOLDING, INDUCTION, PAUSED, proportional_integral

_HIGHEST = 100.0
_TRIED = "tried on 200 people drawn around Eleveld 2018"
_BRISTOL = "maintenance of common regimens, 10 to 6 mg/kg/h"


class Inputs(eqx.Module):
    """What the controller reads."""

    bis: Scalar = port("bis_shown")
    valid: Scalar = port("bis_valid")
    pressure: Scalar = port("monitor_mean", rest=90.0)
    target: Scalar = port("bis_target", rest=0.0)
    paused: Scalar = port("controller_paused", rest=0.0)


class Outputs(eqx.Module):
    """What the pump is told."""

    command: Scalar = port("propofol_command")
    mode: Scalar = port("controller_mode")


class State(eqx.Module):
    """What the controller remembers."""

    filtered: Scalar = var("1", "filtered index, below 0 before the first reading")
    slope: Scalar = var("1/s", "its slope")
    integral: Scalar = var("mg/kg/h", "integral of the error")
    given: Scalar = var("mg/kg", "dose of the induction so far")
    induced: Scalar = var("1", "1 once the induction is over")
    command: Scalar = var("mg/kg/h", "last command")
    usual: Scalar = var("mg/kg/h", "mean command of the closed loop")
    missing: Scalar = var("s", "time without an index")
    mode: Scalar = var("1", "mode after the last tick")


class PropofolController(AbstractDevice[State, Inputs, Outputs]):
    """A closed loop of propofol by an index of hypnosis."""

    role: ClassVar[Role] = "software"
    period_s: float = eqx.field(static=True, default=5.0)

    body_weight: Scalar = param(70.0, "kg", "weight of the patient", bounds=(1.0, 400.0), source="the patient")
    target: Scalar = param(50.0, "1", "index asked for", bounds=(20.0, 80.0), source="adequate is 40 to 60")
    gain: Scalar = param(0.25, "mg/kg/h", "K_p, per unit of the index", bounds=(0.0, 5.0), source=_TRIED)
    integral_time: Scalar = param(15.0, "min", "T_I", bounds=(0.5, 200.0), source=_TRIED)
    lead: Scalar = param(90.0, "s", "T_L", bounds=(0.0, 600.0), source=_TRIED)
    filter_time: Scalar = param(
        30.0, "s", "time constant of the filters of index and slope", bounds=(1e-3, 300.0), source=_TRIED
    )
    induction_rate: Scalar = param(
        30.0, "mg/kg/h", "rate of the induction", bounds=(0.0, 200.0), source="0.5 mg/kg/min, a slow induction"
    )
    induction_dose: Scalar = param(
        2.0, "mg/kg", "largest dose of the induction", bounds=(0.0, 5.0), source="label: 1.5 to 2.5 mg/kg"
    )
    induction_end: Scalar = param(75.0, "1", "index that ends the induction", bounds=(30.0, 100.0), source=_TRIED)
    rate_start: Scalar = param(6.0, "mg/kg/h", "integral at the start", bounds=(0.0, 30.0), source=_BRISTOL)
    rate_max: Scalar = param(12.0, "mg/kg/h", "largest rate", bounds=(0.0, 60.0), source=_BRISTOL + ", and a margin")
    pressure_low: Scalar = param(
        60.0,
        "mm[Hg]",
        "mean pressure below which the limit falls",
        bounds=(0.0, 150.0),
        source="common: 60 to 65",
    )
    pressure_stop: Scalar = param(
        50.0, "mm[Hg]", "mean pressure at which it is nothing", bounds=(0.0, 150.0), source="assumption"
    )
    hold_time: Scalar = param(60.0, "s", "time a command is held", bounds=(0.0, 600.0), source="assumption")
    usual_time: Scalar = param(
        10.0, "min", "time constant of the mean command", bounds=(0.1, 120.0), source="assumption"
    )

    def initial(self, noise: Noise) -> State:
        zero = jnp.zeros_like(self.target)
        return State(zero - 1.0, zero, self.rate_start, zero, zero, zero, self.rate_start, zero, zero + HOLDING)

    def _filtered(self, x: State, u: Inputs, seen: Bool[Array, ""]) -> tuple[Scalar, Scalar]:
        """The filtered index and its slope; a first reading is taken as it is, a missing one changes nothing."""
        known = (x.filtered >= 0.0) & (x.missing <= self.hold_time)
        share = 1.0 - jnp.exp(-self.period_s / self.filter_time)
        change = (u.bis - x.filtered) * share
        after = jnp.where(known, x.filtered + change, u.bis)
        slope = jnp.where(known, x.slope + (change / self.period_s - x.slope) * share, 0.0)
        return jnp.where(seen, after, x.filtered), jnp.where(seen, slope, x.slope)

    def _highest(self, pressure: Scalar) -> Scalar:
        """The share of the largest rate that the pressure allows."""
        share = (pressure - self.pressure_stop) / jnp.maximum(self.pressure_low - self.pressure_stop, 1e-3)
        return jnp.where(jnp.isfinite(pressure), jnp.clip(share, 0.0, 1.0), 1.0)

    def _law(self, x: State, error: Scalar, highest: Scalar) -> tuple[Scalar, Scalar]:
        """The command of the closed loop and its integral."""
        gap = (x.mode == HOLDING) | (x.mode == FALLBACK)
        before = jnp.where(gap, x.command - self.gain * error, x.integral)
        before = jnp.where((x.mode == PAUSED) | (x.filtered < 0.0), x.usual, before)
        minutes = self.period_s / SECONDS_PER_MINUTE
        pull = self.gain * error
        limits = (jnp.zeros_like(highest), highest)
        return proportional_integral(before, pull, pull * minutes / self.integral_time, limits)

    def _mode(self, u: Inputs, filtered: Scalar, missing: Scalar, induced: Bool[Array, ""]) -> Scalar:
        waits = filtered < 0.0
        recent = missing <= self.hold_time
        lost = jnp.where(recent | waits, HOLDING, FALLBACK)
        inducing = ~induced & recent & ~waits
        mode = jnp.where(inducing, INDUCTION, jnp.where(missing <= 0.0, CLOSED, lost))
        return jnp.where(u.paused > 0.5, PAUSED, mode).astype(missing.dtype)

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        seen = (u.valid > 0.5) & (u.bis >= 0.0) & (u.bis <= _HIGHEST)
        missing = jnp.where(seen, 0.0, x.missing + self.period_s)
        filtered, slope = self._filtered(x, u, seen)
        induced = (x.induced > 0.5) | (x.given >= self.induction_dose) | (seen & (filtered < self.induction_end))
        mode = self._mode(u, filtered, missing, induced)

        allowed = self._highest(u.pressure)
        highest = allowed * self.rate_max
        target = jnp.where(u.target > 0.0, u.target, self.target)
        law, integral = self._law(x, filtered + self.lead * slope - target, highest)
        closed, inducing = mode == CLOSED, mode == INDUCTION
        command = jnp.where(mode == FALLBACK, x.usual, x.command)
        command = jnp.where(closed, law, jnp.minimum(command, highest))
        command = jnp.where(inducing, allowed * self.induction_rate, command)
        command = jnp.where(mode == PAUSED, 0.0, command)

        usual = lagged(x.usual, command, self.usual_time * SECONDS_PER_MINUTE, self.period_s)
        state = State(
            filtered, slope,
            integral=jnp.where(closed, integral, x.integral),
            given=x.given + jnp.where(inducing, command * self.period_s / SECONDS_PER_HOUR, 0.0),
            induced=induced.astype(command.dtype),
            command=command,
            usual=jnp.where(closed, usual, x.usual),
            missing=missing,
            mode=mode,
        )  # fmt: skip
        return state, Outputs(command * self.body_weight / MINUTES_PER_HOUR, mode)
