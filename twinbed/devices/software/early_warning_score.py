"""The National Early Warning Score 2: seven parts of 0 to 3 points, from 0 to 20 in all.

Inputs: breathing rate, saturation, systolic pressure, pulse and temperature, as monitors show them; a cuff's pressure
and its validity take the place of an arterial line's by links. What no monitor shows is seen in the patient: he gets
oxygen where what he breathes has more of it than air, and is alert or not by the depth of hypnosis, which drugs and a
brain without oxygen change. An event of `supplemental_oxygen` or `consciousness` takes the place of that: what
somebody charts, 0 included. Values are rounded as they would be written on the chart (whole numbers, temperature to a
tenth). A part whose value is missing keeps its last points; `news2_complete` says that none is missing now, oxygen and
consciousness included. `news2_response` is what the score asks for: 0 for up to 4 points, 1 for a single part with 3,
2 for 5 or 6 points, 3 for 7 and more.

`scale` 2 is the scale of saturation for hypercapnic failure with a target of 88 to 92 %.

*Known limits*: not for children and pregnancy; continuous monitoring is scored as if a nurse had read it at that
moment, without the judgement that goes with it. Nobody is newly confused unless an event says so: carbon dioxide, fever
and sugar do not change the depth of hypnosis here. The index does not see that a paralysed patient cannot answer.

**References:**

- Royal College of Physicians (2017), National Early Warning Score (NEWS) 2, ISBN 978-1-86016-682-2
- Johansen & Sebel (2000), Anesthesiology 93(5):1336, doi:10.1097/00000542-200011000-00029 (index and answers)
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var

_RATE = ((8.0, 11.0, 20.0, 24.0), (3.0, 1.0, 0.0, 2.0, 3.0))
_SATURATION = ((91.0, 93.0, 95.0), (3.0, 2.0, 1.0, 0.0))
_SATURATION_2 = ((83.0, 85.0, 87.0), (3.0, 2.0, 1.0, 0.0))
_SATURATION_2_OXYGEN = ((83.0, 85.0, 87.0, 92.0, 94.0, 96.0), (3.0, 2.0, 1.0, 0.0, 1.0, 2.0, 3.0))
_PRESSURE = ((90.0, 100.0, 110.0, 219.0), (3.0, 2.0, 1.0, 0.0, 3.0))
_PULSE = ((40.0, 50.0, 90.0, 110.0, 130.0), (3.0, 1.0, 0.0, 1.0, 2.0, 3.0))
_TEMPERATURE = ((35.0, 36.0, 38.0, 39.0), (3.0, 1.0, 0.0, 1.0, 2.0))
_OXYGEN, _NOT_ALERT, _RED = 2.0, 3.0, 3.0
_UNKNOWN = -1.0
_URGENT, _EMERGENCY = 5.0, 7.0


class Inputs(eqx.Module):
    """What is written on the chart, and what is seen in the patient."""

    rate: Scalar = port("monitor_respiratory_rate")
    rate_valid: Scalar = port("monitor_respiratory_rate_valid", rest=1.0)
    saturation: Scalar = port("spo2")
    saturation_valid: Scalar = port("spo2_valid", rest=1.0)
    oxygen: Scalar = port("supplemental_oxygen", rest=_UNKNOWN)
    inspired_oxygen: Scalar = port("inspired_oxygen", rest=_UNKNOWN)
    pressure: Scalar = port("monitor_systolic")
    pressure_valid: Scalar = port("monitor_pressure_valid", rest=1.0)
    pulse: Scalar = port("monitor_heart_rate")
    pulse_valid: Scalar = port("monitor_heart_rate_valid", rest=1.0)
    consciousness: Scalar = port("consciousness", rest=_UNKNOWN)
    index: Scalar = port("bispectral_index", rest=_UNKNOWN)
    temperature: Scalar = port("body_temperature")


class Outputs(eqx.Module):
    """The score."""

    score: Scalar = port("news2")
    response: Scalar = port("news2_response")
    complete: Scalar = port("news2_complete")


class State(eqx.Module):
    """The last points of the parts."""

    rate: Scalar = var("1", "points of breathing")
    saturation: Scalar = var("1", "points of saturation")
    pressure: Scalar = var("1", "points of pressure")
    pulse: Scalar = var("1", "points of the pulse")
    temperature: Scalar = var("1", "points of temperature")
    oxygen: Scalar = var("1", "points of oxygen")
    consciousness: Scalar = var("1", "points of consciousness")

    def measured(self) -> Array:
        """Points of the parts of which one may be red."""
        return jnp.stack([self.rate, self.saturation, self.pressure, self.pulse, self.temperature, self.consciousness])


def points(value: Scalar, bands: tuple[tuple[float, ...], tuple[float, ...]]) -> Scalar:
    """The points of a value: the bands are given by their upper ends and, one more, their points."""
    ends, of_band = bands
    total = jnp.full_like(value, of_band[0])
    for end, lower, upper in zip(ends, of_band, of_band[1:], strict=False):
        total = total + jnp.where(value > end, upper - lower, 0.0)
    return total


def _whole(value: Scalar) -> Scalar:
    return jnp.floor(value + 0.5)


class EarlyWarningScore(AbstractDevice[State, Inputs, Outputs]):
    """NEWS2 of what monitors show."""

    role: ClassVar[Role] = "software"
    period_s: float = eqx.field(static=True, default=5.0)

    scale: Scalar = param(
        1.0, "1", "scale of saturation: 1, or 2 in hypercapnic failure", bounds=(1.0, 2.0), source="RCP 2017"
    )
    oxygen_above: Scalar = param(
        0.22, "1", "fraction of inspired oxygen above which oxygen is given", bounds=(0.2, 1.0),
        source="air has 0.2095; machines that give air are set to 0.21",
    )  # fmt: skip
    alert_index: Scalar = param(
        80.0, "1", "depth of hypnosis below which nobody is fully awake", bounds=(0.0, 100.0),
        source="Johansen 2000: at 100 awake, at 80 sedated, may answer to a loud voice",
    )  # fmt: skip

    def initial(self, noise: Noise) -> State:
        zero = jnp.zeros_like(self.scale)
        return State(zero, zero, zero, zero, zero, zero, zero)

    def _saturation(self, value: Scalar, oxygen: Bool[Array, ""]) -> Scalar:
        second = jnp.where(oxygen, points(value, _SATURATION_2_OXYGEN), points(value, _SATURATION_2))
        return jnp.where(self.scale > 1.5, second, points(value, _SATURATION))

    def _oxygen(self, u: Inputs) -> tuple[Bool[Array, ""], Bool[Array, ""]]:
        """Whether the patient gets oxygen, and whether that is known."""
        charted = u.oxygen >= 0.0
        given = jnp.where(charted, u.oxygen > 0.5, u.inspired_oxygen > self.oxygen_above)
        return given, charted | (u.inspired_oxygen >= 0.0)

    def _alert(self, u: Inputs) -> tuple[Bool[Array, ""], Bool[Array, ""]]:
        """Whether the patient is alert, and whether that is known."""
        charted = u.consciousness >= 0.0
        alert = jnp.where(charted, _whole(u.consciousness) < 1.0, u.index >= self.alert_index)
        return alert, charted | (u.index >= 0.0)

    def _found(self, u: Inputs) -> tuple[State, dict[str, Bool[Array, ""]]]:
        """The points of what is there now, and which of them are known."""
        (oxygen, oxygen_known), (alert, alert_known) = self._oxygen(u), self._alert(u)
        tenths = jnp.floor(u.temperature * 10.0 + 0.5) / 10.0
        found = State(
            rate=points(_whole(u.rate), _RATE),
            saturation=self._saturation(_whole(u.saturation), oxygen),
            pressure=points(_whole(u.pressure), _PRESSURE),
            pulse=points(_whole(u.pulse), _PULSE),
            temperature=points(tenths, _TEMPERATURE),
            oxygen=jnp.where(oxygen, _OXYGEN, 0.0),
            consciousness=jnp.where(alert, 0.0, _NOT_ALERT),
        )
        return found, {
            "rate": (u.rate >= 0.0) & (u.rate_valid > 0.5),
            "saturation": (u.saturation > 0.0) & (u.saturation_valid > 0.5),
            "pressure": (u.pressure > 0.0) & (u.pressure_valid > 0.5),
            "pulse": (u.pulse >= 0.0) & (u.pulse_valid > 0.5),
            "temperature": u.temperature > 0.0,
            "oxygen": oxygen_known,
            "consciousness": alert_known,
        }

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        del t_s, noise
        found, known = self._found(u)
        state = State(**{n: jnp.where(k, getattr(found, n), getattr(x, n)) for n, k in known.items()})
        complete = jnp.stack([*known.values()]).all()
        measured = state.measured()
        score = jnp.sum(measured) + state.oxygen
        single = jnp.where(jnp.max(measured) >= _RED, 1.0, 0.0)
        response = jnp.where(score >= _EMERGENCY, 3.0, jnp.where(score >= _URGENT, 2.0, single))
        dtype = score.dtype
        return state, Outputs(score, response.astype(dtype), complete.astype(dtype))
