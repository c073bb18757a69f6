r"""A vasopressor by mean arterial pressure: a proportional-integral law.

Inputs: mean pressure by arterial line, a target that a person may change and a pause. Output: the command of the
drug's pump. With $e$ the target less the filtered pressure and $\pi$ the potency of the drug against norepinephrine

$$u = (K_p e + I) / \pi, \qquad \dot I = K_p e / T_I,$$

between nothing and `rate_max`, and rising by at most `rise_max` a minute. Above `pressure_high` nothing is given. The
integral stands still while the command is at a limit that the error pushes against.

A pressure outside `pressure_least` to `pressure_most` is an artefact (a flushed or blocked line): the command is held
for `hold_time`, then the mean of the closed loop's commands is given (fallback).

The default commands norepinephrine; `VasopressorController.of("phenylephrine", potency=0.06)` another drug.

*Known limits*: a pressure below `pressure_least` may be an arrest and is taken for an artefact; it does not see
bleeding or depth of anaesthesia, and treats all low pressure alike.

**References:**

- Joosten et al. (2021), Br J Anaesth 126(1):210, closed-loop norepinephrine (what such loops do; gains are not theirs)
- Beloeil et al. (2005), Br J Anaesth 95(6):782, doi:10.1093/bja/aei259 (effect of norepinephrine)
"""

from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var
from twinbed.devices._clock import SECONDS_PER_MINUTE
from twinbed.devices._drug import for_drug, outputs_of
from twinbed.devices._filters import lagged
from twinbed.devices.software._loop import CLOSED, FALLBACK, HOLDING, PAUSED, proportional_integral

_UG_PER_MG = 1000.0
_ASSUMED = "assumption"
_TRIED = "tried on an effect of 250 mmHg per ug/kg/min with a lag of 90 s and a delay of 30 s, halved and doubled"


class Inputs(eqx.Module):
    """What the controller reads."""

    pressure: Scalar = port("monitor_mean")
    target: Scalar = port("mean_pressure_target", rest=0.0)
    paused: Scalar = port("controller_paused", rest=0.0)


class Outputs(eqx.Module):
    """What the pump is told."""

    command: Scalar = port("norepinephrine_command")
    mode: Scalar = port("controller_mode")


class State(eqx.Module):
    """What the controller remembers; rates are those of norepinephrine."""

    filtered: Scalar = var("mm[Hg]", "filtered pressure, 0 before the first reading")
    integral: Scalar = var("ug/kg/min", "integral of the error")
    command: Scalar = var("ug/kg/min", "last command")
    usual: Scalar = var("ug/kg/min", "mean command of the closed loop")
    missing: Scalar = var("s", "time without a pressure")


class VasopressorController(AbstractDevice[State, Inputs, Outputs]):
    """A closed loop of a vasopressor by mean arterial pressure."""

    role: ClassVar[Role] = "software"
    period_s: float = eqx.field(static=True, default=5.0)

    body_weight: Scalar = param(70.0, "kg", "weight of the patient", bounds=(1.0, 400.0), source="the patient")
    target: Scalar = param(75.0, "mm[Hg]", "mean pressure asked for", bounds=(40.0, 120.0), source=_ASSUMED)
    potency: Scalar = param(
        1.0, "1", "effect of a rate against that of norepinephrine", bounds=(1e-3, 100.0), source="norepinephrine"
    )
    gain: Scalar = param(0.003, "ug/kg/min/mm[Hg]", "K_p", bounds=(0.0, 0.1), source=_TRIED)
    integral_time: Scalar = param(120.0, "s", "T_I", bounds=(5.0, 3600.0), source=_TRIED)
    filter_time: Scalar = param(10.0, "s", "time constant of the filter", bounds=(0.1, 120.0), source=_ASSUMED)
    rate_max: Scalar = param(0.5, "ug/kg/min", "largest rate", bounds=(0.0, 10.0), source=_ASSUMED)
    rise_max: Scalar = param(
        0.1, "ug/kg/min", "largest rise of the rate in a minute", bounds=(0.0, 10.0), source=_ASSUMED
    )
    pressure_high: Scalar = param(
        100.0, "mm[Hg]", "nothing is given above", bounds=(60.0, 200.0), source=_ASSUMED
    )  # fmt: skip
    pressure_least: Scalar = param(25.0, "mm[Hg]", "an artefact below", bounds=(0.0, 60.0), source=_ASSUMED)
    pressure_most: Scalar = param(200.0, "mm[Hg]", "an artefact above", bounds=(120.0, 400.0), source=_ASSUMED)
    hold_time: Scalar = param(60.0, "s", "time a command is held", bounds=(0.0, 600.0), source=_ASSUMED)
    usual_time: Scalar = param(5.0, "min", "time constant of the mean command", bounds=(0.1, 120.0), source=_ASSUMED)

    @classmethod
    def of(cls, drug: str, *, potency: float, **settings: Any) -> "VasopressorController":
        """The controller of another drug. Raises `UnknownSignal` for what is no drug."""
        return for_drug(VasopressorController, drug, written_for="norepinephrine")(potency=potency, **settings)

    def initial(self, noise: Noise) -> State:
        zero = jnp.zeros_like(self.target)
        return State(zero, zero, zero, zero, zero)

    def _law(self, x: State, error: Scalar, filtered: Scalar) -> tuple[Scalar, Scalar]:
        """The command of the closed loop and its integral."""
        rise = self.rise_max * self.period_s / SECONDS_PER_MINUTE
        highest = jnp.minimum(jnp.where(filtered > self.pressure_high, 0.0, self.rate_max), x.command + rise)
        pull = self.gain * error
        growth = pull * self.period_s / self.integral_time
        return proportional_integral(x.integral, pull, growth, (jnp.zeros_like(highest), highest))

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        seen = (u.pressure >= self.pressure_least) & (u.pressure <= self.pressure_most)
        missing = jnp.where(seen, 0.0, x.missing + self.period_s)
        moved = lagged(x.filtered, u.pressure, self.filter_time, self.period_s)
        filtered = jnp.where(seen, jnp.where(x.filtered > 0.0, moved, u.pressure), x.filtered)
        target = jnp.where(u.target > 0.0, u.target, self.target)

        paused = u.paused > 0.5
        closed = seen & ~paused
        law, integral = self._law(x, target - filtered, filtered)
        held = jnp.where(missing <= self.hold_time, x.command, x.usual)
        command = jnp.where(paused, 0.0, jnp.where(seen, law, held))
        mode = jnp.where(seen, CLOSED, jnp.where(missing <= self.hold_time, HOLDING, FALLBACK))

        usual = lagged(x.usual, command, self.usual_time * SECONDS_PER_MINUTE, self.period_s)
        usual = jnp.where(closed, usual, x.usual)
        state = State(filtered, jnp.where(closed, integral, x.integral), command, usual, missing)
        return state, outputs_of(self)(
            command=command / self.potency * self.body_weight / _UG_PER_MG,
            mode=jnp.where(paused, PAUSED, mode).astype(command.dtype),
        )
