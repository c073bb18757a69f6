r"""Dexcom G6 error model: a drifting calibration error and autoregressive noise, drawn per sensor.

Input: interstitial glucose. State: the seven parameters of the sensor that is worn and of the
next one, the normal numbers gathered for another candidate, and two errors. With $d$ the days since
insertion, every 5 min

$$\mathrm{CGM} = (a_0 + a_1 d + a_2 d^2)\,\mathrm{IG} + b_0 + e_k,\qquad
e_k = \alpha_1 e_{k-1} + \alpha_2 e_{k-2} + \sigma w_k$$

and $(a_0, a_1, a_2, b_0, \alpha_1, \alpha_2, \sigma)$ is jointly normal between sensors. Draws
whose noise is not stationary with some margin, or whose stationary standard deviation exceeds
10 mg/dL, are drawn again: 27 % of them. At the end of its life the sensor is replaced.

The next sensor is drawn while the present one is worn: each tick adds one normal number, and
seven of them are one candidate. A tick so costs two draws instead of seven per candidate, and
411 candidates pass in the life of a sensor.

*Known limits*: covariance scaled by 0.9 and the rules of rejection are those of a public
implementation. The noise of the first sensor starts stationary, that of its successors at zero,
which the warm-up hides. Coefficients hold for steps of 5 min only, so the period cannot be
changed. Readings are not rounded. The delay from plasma is the patient model's.

**References:**

- Vettoretti, Battocchio, Sparacino & Facchinetti (2019), Sensors 19(23):5320,
  doi:10.3390/s19235320
- Means, covariance and rejection as in py_replay_bg 1.4.0, sensors/Vettoretti19CGM.py
"""

from typing import ClassVar, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, var
from twinbed.devices.sensing._autoregression import Errors, following, stationary, variance_gain
from twinbed.devices.sensing._display import Inputs, Outputs, displayed, wear

T = TypeVar("T", bound=eqx.Module)

MEAN = (0.942287678, 0.00493988211, -0.000584874857, 6.3826022, 1.26040704, -0.402222894, 3.25163609)
"""Mean over sensors of a0, a1, a2, b0, alpha1, alpha2 and sigma."""

_UPPER = (
    (0.01324582795, -3.951302535e-3, 3.127674328e-4, 0.1571791247, 2.687656e-3, -2.890463e-3, -3.180171e-3),
    (1.852797598e-3, -1.558033221e-4, -0.1028800769, -1.390232754e-3, 1.159185221e-3, -2.728492701e-3),
    (1.374596216e-5, 8.068586369e-3, 1.207497471e-4, -1.004213544e-4, 1.113029003e-4),
    (29.00583819, 0.1240834405, -0.1019364494, 0.6007538129),
    (0.02079352674, -0.01843110917, -0.01572184681),
    (0.01870086793, 0.01552333577),
    (0.7235683804,),
)  # fmt: skip
"""Upper triangle of the covariance between sensors, row by row."""

_SHRINK = 0.9
_MARGIN = 0.02
_LARGEST_SD = 10.0
_FIRST_CANDIDATES = 64
_PARTS = len(MEAN)


def covariance() -> np.ndarray:
    """Covariance between sensors of the seven parameters, before it is scaled by 0.9."""
    upper = np.zeros((_PARTS, _PARTS))
    for i, row in enumerate(_UPPER):
        upper[i, i:] = row
    return upper + np.triu(upper, 1).T


_ROOT = tuple(tuple(map(float, row)) for row in np.linalg.cholesky(_SHRINK * covariance()))


class Character(eqx.Module):
    """The parameters of one sensor."""

    gain: Scalar = var("1", "gain a0 at insertion")
    gain_slope: Scalar = var("1/d", "slope a1 of the gain")
    gain_curve: Scalar = var("1/d2", "curvature a2 of the gain")
    offset: Scalar = var("mg/dL", "offset b0")
    first: Scalar = var("1", "first coefficient of the noise")
    second: Scalar = var("1", "second coefficient of the noise")
    sigma: Scalar = var("mg/dL", "standard deviation of the driving noise")


class State(eqx.Module):
    """The sensor that is worn, the next one, and the display."""

    worn: Character
    spare: Character
    errors: Errors
    gathered: tuple[Scalar, ...] = var("1", "normal numbers for a candidate, latest first")
    shown: Scalar = var("mg/dL", "last displayed value")


def character(z: tuple[Scalar, ...]) -> Character:
    """The sensor that belongs to seven independent normal numbers."""
    values = [mean + _weighted(row, z) for mean, row in zip(MEAN, _ROOT, strict=True)]
    return Character(*values)


def _weighted(row: tuple[float, ...], z: tuple[Scalar, ...]) -> Scalar:
    total = row[0] * z[0]
    for weight, number in zip(row[1:], z[1:], strict=True):
        if weight:
            total = total + weight * number
    return total


def acceptable(sensor: Character) -> Bool[Array, ""]:
    """Whether the noise of a sensor is stationary, with a margin, and not too large."""
    steady = (sensor.second >= -1.0) & (sensor.second <= 1.0 - jnp.abs(sensor.first) - _MARGIN)
    variance = sensor.sigma * sensor.sigma * variance_gain(sensor.first, sensor.second)
    return steady & (variance >= 0.0) & (variance <= _LARGEST_SD * _LARGEST_SD)


def _either(condition: Bool[Array, ""], a: T, b: T) -> T:
    return jax.tree.map(lambda p, q: jnp.where(condition, p, q), a, b)


def first_accepted(noise: Noise) -> Character:
    """The first of 64 candidates that is acceptable (all fail once in 10^36 sensors)."""

    def unless_found(found: tuple[Array, Array], k: Array) -> tuple[tuple[Array, Array], None]:
        numbers, done = found
        candidate = jax.vmap(lambda i: noise.at(k).at(i).normal(0))(jnp.arange(_PARTS))
        numbers = jnp.where(done, numbers, candidate)
        return (numbers, done | acceptable(character(tuple(numbers)))), None

    start = (jnp.zeros(_PARTS, noise.dtype), jnp.asarray(False))
    (numbers, _), _ = jax.lax.scan(unless_found, start, jnp.arange(_FIRST_CANDIDATES))
    return character(tuple(numbers))


class CgmVettoretti2019(AbstractDevice[State, Inputs, Outputs]):
    """Dexcom G6 as described by Vettoretti and colleagues."""

    role: ClassVar[Role] = "sensor"
    period_s: ClassVar[float] = 300.0  # pyright: ignore[reportIncompatibleVariableOverride]

    life: Scalar = param(
        10.0, "d", "life of a sensor", bounds=(0.25, 10.0), source="Vettoretti 2019: domain of the drift"
    )
    age_at_start: Scalar = param(
        1.0,
        "d",
        "age of the sensor when the run starts",
        bounds=(0.0, 10.0),
        source="assumption: worn since a day",
    )
    warm_up: Scalar = param(
        2.0, "h", "time without readings after insertion", bounds=(0.0, 24.0), source="Dexcom G6 user guide"
    )
    display_min: Scalar = param(40.0, "mg/dL", "lower limit of the display", source="Dexcom G6 user guide")
    display_max: Scalar = param(400.0, "mg/dL", "upper limit of the display", source="Dexcom G6 user guide")

    def initial(self, noise: Noise) -> State:
        worn = first_accepted(noise.at(0))
        errors = stationary(worn.first, worn.second, worn.sigma, noise.at(1))
        nothing = jnp.zeros((), noise.dtype)
        return State(worn, worn, errors, (nothing,) * _PARTS, nothing)

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        age = wear(t_s, self.age_at_start, self.life, self.period_s)
        worn = _either(age.replaced, x.spare, x.worn)
        errors = _either(age.replaced, jax.tree.map(jnp.zeros_like, x.errors), x.errors)
        gain = worn.gain + age.days * (worn.gain_slope + age.days * worn.gain_curve)
        reading = gain * u.interstitial_glucose + worn.offset + errors.last
        shown = displayed(reading, x.shown, age.ready(self.warm_up), (self.display_min, self.display_max))

        candidate = character(x.gathered)
        complete = jnp.mod(jnp.round(t_s / self.period_s), float(_PARTS)) == 0.0
        spare = _either(complete & (t_s > 0.0) & acceptable(candidate), candidate, x.spare)
        gathered = (noise.normal(1), *x.gathered[:-1])
        errors = following(errors, worn.first, worn.second, worn.sigma * noise.normal(0))
        return State(worn, spare, errors, gathered, shown.cgm), shown
