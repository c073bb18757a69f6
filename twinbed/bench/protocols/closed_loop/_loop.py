"""A controller from outside in the loop: it is told a reading every 5 min and answers with a command.

In the bed stands a part that asks it, in the place of twinbed's own controllers: it reads and shows the same signals at
the same ticks, so that a controller meets the same person, sensor and pump whether it is inside or outside.
"""

import itertools
import math
from collections.abc import Callable
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import io_callback

from twinbed.bench.protocol import Answer, Answers, Given, Loop, Values
from twinbed.bench.protocols.closed_loop._bed import EVERY_MIN, played
from twinbed.core.device import AbstractDevice, Nothing, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port

_THERAPY = (
    Given("target_glucose", "mg/dL", "target of the controller"),
    Given("basal_rate", "[IU]/h", "programmed basal rate"),
    Given("total_daily_insulin", "[IU]/d", "insulin of a day"),
    Given("carbohydrate_ratio", "g/[IU]", "carbohydrate that a unit of insulin covers"),
    Given("correction_factor", "mg/dL/[IU]", "fall of glucose by a unit of insulin"),
    Given("body_weight", "kg", "body weight of the person"),
)
_READ = (
    Given("time_min", "min", "time since the case began; at 0 a new person is in the bed"),
    Given("cgm", "mg/dL", "reading of the sensor; missing where none arrived"),
    Given("insulin_reported_total", "[IU]", "insulin that the pump has metered so far, boluses included"),
)
_COMMAND = Answer("basal_command", "[IU]/h", "basal rate from now on", bounds=(0.0, 40.0))


class Inputs(eqx.Module):
    """What the controller reads."""

    cgm: Scalar = port("cgm")
    cgm_valid: Scalar = port("cgm_valid")
    insulin_reported_total: Scalar = port("insulin_reported_total")


class Outputs(eqx.Module):
    """What the pump is told."""

    basal_command: Scalar = port("basal_command")


class _Talk:
    """The conversation of a case. After the first failure the device is not asked any more."""

    def __init__(self, ask: Callable[[Values], Answers], settings: Values):
        self._ask, self._settings = ask, settings
        self.failure: Exception | None = None

    def command(self, time_min: float, cgm: float, total: float) -> float:
        if self.failure is None:
            read = {"time_min": time_min, "cgm": cgm, "insulin_reported_total": total}
            try:
                return float(self._ask({**read, **self._settings})[_COMMAND.name])
            except Exception as failure:  # it would not pass through what computes the bed; `play` raises it again
                self.failure = failure
        return 0.0


_talks: dict[int, _Talk] = {}
_numbers = itertools.count(1)
"""A conversation is known to the bed by its number: the bed is compiled once for all."""


def _asked(number: Scalar, t_s: Scalar, cgm: Scalar, valid: Scalar, total: Scalar) -> np.ndarray:
    reading = float(cgm) if float(valid) > 0.0 else math.nan
    return np.asarray(_talks[int(number)].command(float(t_s) / 60.0, reading, float(total)), cgm.dtype)


class Asked(AbstractDevice[Nothing, Inputs, Outputs]):
    """The place of a controller that is asked outside."""

    role: ClassVar[Role] = "software"
    period_s: float = eqx.field(static=True, default=60.0 * EVERY_MIN)
    number: Scalar = param(0.0, "1", "of the conversation", source="bench")

    def initial(self, noise: Noise) -> Nothing:
        return Nothing()

    def step(self, t_s: Scalar, x: Nothing, u: Inputs, noise: Noise) -> tuple[Nothing, Outputs]:
        shape = jax.ShapeDtypeStruct((), u.cgm.dtype)
        return x, Outputs(io_callback(_asked, shape, self.number, t_s, u.cgm, u.cgm_valid, u.insulin_reported_total))


def play(given: Values, ask: Callable[[Values], Answers]) -> Values:
    """What the loop did on a day with a controller that is asked every 5 min; raises what asking raised."""
    number = next(_numbers)

    def controller(settings: dict[str, float]) -> Asked:
        told = {**settings, "body_weight": float(given["body_weight"])}
        _talks[number] = _Talk(ask, {one.name: told[one.name] for one in _THERAPY})
        return Asked(number=jnp.asarray(float(number)))

    try:
        answers = played(given, controller)
        if failure := _talks[number].failure:
            raise failure
        return answers
    finally:
        _talks.pop(number, None)


LOOP = Loop((*_READ, *_THERAPY), (_COMMAND,), play)
