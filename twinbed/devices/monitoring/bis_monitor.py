"""A monitor of the depth of hypnosis: an index from 0 (no electrical activity) to 100 (awake).

Inputs: the depth as an undisturbed electroencephalogram would show it, and the share of the signal that artefacts
take (`eeg_artefact`: diathermy, muscle, a loose electrode). Every second is an epoch that is good or lost; a good one
carries noise that lasts some seconds. The monitor shows the mean of the good epochs of its smoothing time, which ends
some seconds ago, as a whole number, and the share of good epochs of the last minute as quality. Below the least
quality it shows nothing new (`bis_valid` is 0).

*Known limits*: the delay is the same for a fall and a rise, whereas measured ones lie between 14 and 155 s and differ;
muscle activity does not raise the index; suppression of bursts is not told apart. A delay that a model of the drug's
effect contains already counts twice.

**References:**

- Pilge, Zanner, Schneider, Blum, Kreuzer & Kochs (2006), Anesthesiology 104(3):488 (delays)
- Philips IntelliVue and Mindray monitors, instructions for use (smoothing of 15 or 30 s; quality below 15 % and 50 %)
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var

_EPOCH_S = 1.0
_QUALITY_S = 60.0
_HIGHEST = 100.0
_PERCENT = 100.0


class Inputs(eqx.Module):
    """What the electrodes pick up."""

    depth: Scalar = port("bispectral_index")
    artefact: Scalar = port("eeg_artefact", rest=0.0)


class Outputs(eqx.Module):
    """The display."""

    bis: Scalar = port("bis_shown")
    valid: Scalar = port("bis_valid")
    quality: Scalar = port("bis_quality")


class State(eqx.Module):
    """The epochs, the newest first, and the display."""

    values: Float[Array, "epoch"] = var("1", "index of the epochs")
    good: Float[Array, "epoch"] = var("1", "which of them are good")
    noise: Scalar = var("1", "error of the last epoch")
    shown: Scalar = var("1", "last displayed index")


class BisMonitor(AbstractDevice[State, Inputs, Outputs]):
    """A monitor of the depth of hypnosis."""

    role: ClassVar[Role] = "sensor"
    period_s: ClassVar[float] = _EPOCH_S  # pyright: ignore[reportIncompatibleVariableOverride]
    smoothing_s: float = eqx.field(static=True, default=15.0)
    delay_s: float = eqx.field(static=True, default=10.0)

    noise_sd: Scalar = param(
        4.0, "1", "standard deviation of an epoch's error", bounds=(0.0, 30.0), source="assumption"
    )
    noise_time: Scalar = param(5.0, "s", "time over which errors last", bounds=(0.1, 60.0), source="assumption")
    lost: Scalar = param(
        0.03, "1", "share of epochs lost without a disturbance", bounds=(0.0, 1.0), source="assumption"
    )
    least_quality: Scalar = param(
        15.0, "%", "quality below which nothing is shown", bounds=(0.0, 100.0), source="Mindray and Philips manuals"
    )

    def __check_init__(self) -> None:
        if self.smoothing_s < _EPOCH_S or self.delay_s < 0.0:
            raise ValueError(f"smoothing_s is at least {_EPOCH_S:g} s and delay_s at least 0 s")

    def _window(self) -> slice:
        first = round(self.delay_s / _EPOCH_S)
        return slice(first, first + round(self.smoothing_s / _EPOCH_S))

    def initial(self, noise: Noise) -> State:
        zero = jnp.zeros_like(self.noise_sd)
        none = jnp.zeros(max(self._window().stop, round(_QUALITY_S / _EPOCH_S)), self.noise_sd.dtype)
        return State(none, none, self.noise_sd * noise.normal(0), zero)

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        kept = jnp.exp(-_EPOCH_S / self.noise_time)
        error = kept * x.noise + self.noise_sd * jnp.sqrt(1.0 - kept * kept) * noise.normal(0)
        lost = jnp.clip(self.lost + u.artefact * (1.0 - self.lost), 0.0, 1.0)
        good = (noise.uniform(1) >= lost).astype(error.dtype)
        value = good * jnp.clip(u.depth + error, 0.0, _HIGHEST)
        values = jnp.concatenate([value[None], x.values[:-1]])
        goods = jnp.concatenate([good[None], x.good[:-1]])

        window = self._window()
        count = jnp.sum(goods[window])
        quality = _PERCENT * jnp.mean(goods[: round(_QUALITY_S / _EPOCH_S)])
        valid = (quality >= self.least_quality) & (count > 0.0)
        mean = jnp.sum(values[window]) / jnp.maximum(count, 1.0)
        shown = jnp.where(valid, jnp.floor(mean + 0.5), x.shown)
        return State(values, goods, error, shown), Outputs(shown, valid.astype(shown.dtype), quality)
