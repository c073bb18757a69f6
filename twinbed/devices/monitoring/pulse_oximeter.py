r"""A pulse oximeter: saturation from how much red and infrared light pulsate.

It sees two intensities and nothing else. The pulsation of the logarithm of each is cut out by a band-pass; the ratio
of ratios $R$ is the slope of red on infrared over the averaging window, and

$$S = \frac{\epsilon_{Hb,r} - R\,\epsilon_{Hb,i}}
{\epsilon_{Hb,r} - \epsilon_{HbO_2,r} + R\,(\epsilon_{HbO_2,i} - \epsilon_{Hb,i})},$$

which is Beer's and Lambert's law for two kinds of haemoglobin. Pulses are counted on infrared. The quality of the
signal is the share of the red pulsation that infrared explains; with too little of it, too small a pulsation or no
pulse for some seconds there is no valid reading and the last one stays. The display follows once a second.

*Known limits*: the calibration is that of clear haemoglobin, without the scattering that makers' empirical curves
contain; no rejection of motion beyond the quality index; no carboxy- or methaemoglobin.

**References:**

- Prahl (1998), Tabulated molar extinction coefficient for hemoglobin in water, Oregon Medical Laser Center
- Webster (ed., 1997), Design of Pulse Oximeters, doi:10.1201/9781420050790
- ISO 80601-2-61:2017
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var
from twinbed.devices._filters import lag_of, lagged
from twinbed.devices._recent import Recent, nothing_yet, per_minute
from twinbed.devices.monitoring._cycles import Follower, Pace, followed, nothing_followed

_PRAHL = "Prahl 1998 (Gratzer and Kollias)"
_BEATS = 8
_PULSE = Pace(forgets_s=2.0, shortest_s=0.2, longest_s=10.0)
_DARK = 1e-6


class Inputs(eqx.Module):
    """Light that arrives, relative."""

    ppg_red: Scalar = port("ppg_red")
    ppg_infrared: Scalar = port("ppg_infrared")


class Outputs(eqx.Module):
    """The display."""

    spo2: Scalar = port("spo2")
    pulse_rate: Scalar = port("pulse_rate")
    perfusion_index: Scalar = port("perfusion_index")
    spo2_valid: Scalar = port("spo2_valid")
    spo2_quality: Scalar = port("spo2_quality")


class Channel(eqx.Module):
    """The band-pass of one wavelength, on the logarithm of intensity."""

    smooth: Scalar = var("1", "behind the low-pass")
    baseline: Scalar = var("1", "what the first high-pass takes away")
    rest: Scalar = var("1", "what the second high-pass takes away")

    def pulsation(self) -> Scalar:
        """What is left."""
        return self.smooth - self.baseline - self.rest


class State(eqx.Module):
    """Filters, pulses and sums; products of pulsations are red·red, red·infrared, infrared·infrared."""

    red: Channel
    infrared: Channel
    pulse: Follower
    intervals: Recent
    heights: Recent
    second: Float[Array, " product"]
    window: Float[Array, "second product"]
    ticks: Scalar = var("1", "ticks in the present second; below zero before the first reading")
    since_beat: Scalar = var("s", "time since the last pulse")
    saturation: Scalar = var("%", "saturation shown")
    quality: Scalar = var("1", "quality shown")


class PulseOximeter(AbstractDevice[State, Inputs, Outputs]):
    """A transmission pulse oximeter at 660 and 940 nm."""

    role: ClassVar[Role] = "sensor"
    period_s: float = eqx.field(static=True, default=0.02)
    window_s: int = eqx.field(static=True, default=8)
    """Averaging window, s."""

    red_oxygenated: Scalar = param(0.3196, "L/mmol/cm", "extinction of oxyhaemoglobin, red", source=_PRAHL)
    red_reduced: Scalar = param(3.22656, "L/mmol/cm", "extinction of haemoglobin, red", source=_PRAHL)
    infrared_oxygenated: Scalar = param(1.214, "L/mmol/cm", "extinction of oxyhaemoglobin, infrared", source=_PRAHL)
    infrared_reduced: Scalar = param(0.69344, "L/mmol/cm", "extinction of haemoglobin, infrared", source=_PRAHL)
    lowest: Scalar = param(0.5, "/s", "lower corner of the band", bounds=(0.05, 2.0), source="30 pulses a minute")
    highest: Scalar = param(
        6.0, "/s", "upper corner of the band", bounds=(2.0, 20.0), source="assumption: six harmonics of 60/min"
    )
    noise: Scalar = param(
        2e-5, "1", "standard deviation of a reading, share of the intensity", bounds=(0.0, 0.1),
        source="assumption: 1 % of the smallest pulsation that is accepted",
    )  # fmt: skip
    pulsation_min: Scalar = param(
        0.2, "%", "smallest pulsation", bounds=(0.0, 5.0), source="bench tests of low perfusion go down to 0.3 %"
    )
    quality_min: Scalar = param(0.8, "1", "least quality", bounds=(0.0, 1.0), source="assumption")
    pulse_timeout: Scalar = param(
        5.0, "s", "time without a pulse to no reading", bounds=(1.0, 60.0), source="assumption"
    )
    resolution: Scalar = param(1.0, "%", "step of the display", bounds=(0.001, 5.0), source="usual display")

    def initial(self, noise: Noise) -> State:
        zero = jnp.zeros_like(self.noise)
        channel = Channel(zero, zero, zero)
        return State(
            red=channel,
            infrared=channel,
            pulse=nothing_followed(zero),
            intervals=nothing_yet(zero, _BEATS),
            heights=nothing_yet(zero, _BEATS),
            second=jnp.broadcast_to(zero, (3,)),
            window=jnp.broadcast_to(zero, (self.window_s, 3)),
            ticks=zero - 1.0,
            since_beat=zero + self.pulse_timeout,
            saturation=zero,
            quality=zero,
        )

    def saturation(self, ratio: Scalar) -> Scalar:
        """Saturation (0 to 1) of a ratio of ratios."""
        oxygenated = self.red_reduced - self.red_oxygenated
        whole = oxygenated + ratio * (self.infrared_oxygenated - self.infrared_reduced)
        return (self.red_reduced - ratio * self.infrared_reduced) / whole

    def _filtered(self, x: Channel, light: Scalar, chance: Scalar, first: Array) -> Channel:
        seen = jnp.log(jnp.maximum(light * (1.0 + self.noise * chance), _DARK))
        smooth = jnp.where(first, seen, lagged(x.smooth, seen, lag_of(self.highest), self.period_s))
        baseline = jnp.where(first, smooth, lagged(x.baseline, smooth, lag_of(self.lowest), self.period_s))
        rest = lagged(x.rest, smooth - baseline, lag_of(self.lowest), self.period_s)
        return Channel(smooth, baseline, rest)

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        del t_s
        first = x.ticks < 0.0
        red = self._filtered(x.red, u.ppg_red, noise.normal(0), first)
        infrared = self._filtered(x.infrared, u.ppg_infrared, noise.normal(1), first)
        r, i = red.pulsation(), infrared.pulsation()

        # light falls while the pulse rises
        pulse, cycle = followed(x.pulse, -i, _PULSE, 0.5e-2 * self.pulsation_min, self.period_s)
        since_beat = jnp.where(cycle.rises, 0.0, x.since_beat + self.period_s)
        lost = since_beat > self.pulse_timeout
        counts = cycle.beat & (cycle.duration <= self.pulse_timeout)

        second = x.second + jnp.stack([r * r, r * i, i * i])
        ticks = jnp.maximum(x.ticks, 0.0) + 1.0
        full = ticks >= round(1.0 / self.period_s)
        window = jnp.where(full, jnp.concatenate([second[None], x.window[:-1]]), x.window)
        state = State(
            red=red,
            infrared=infrared,
            pulse=pulse,
            intervals=x.intervals.with_value(cycle.duration, counts).cleared(lost),
            heights=x.heights.with_value(cycle.high - cycle.low, counts).cleared(lost),
            second=jnp.where(full, 0.0, second),
            window=window,
            ticks=jnp.where(full, 0.0, ticks),
            since_beat=since_beat,
            saturation=x.saturation,
            quality=x.quality,
        )
        return self._displayed(state, full, lost)

    def _displayed(self, x: State, full: Array, lost: Array) -> tuple[State, Outputs]:
        red, both, infrared = jnp.sum(x.window, axis=0)
        some = (red > 0.0) & (infrared > 0.0)
        quality = jnp.where(some, both * both / jnp.where(some, red * infrared, 1.0), 0.0)
        ratio = both / jnp.where(some, infrared, 1.0)
        saturation = jnp.clip(100.0 * self.saturation(ratio), 0.0, 100.0)
        pulsation = 100.0 * x.heights.mean()
        good = (quality >= self.quality_min) & (pulsation >= self.pulsation_min) & (x.intervals.count > 1.0) & ~lost
        rounded = self.resolution * jnp.round(saturation / self.resolution)
        shown = jnp.where(full & good, rounded, x.saturation)
        quality = jnp.where(full, quality, x.quality)
        x = eqx.tree_at(lambda s: (s.saturation, s.quality), x, (shown, quality))
        valid = good & (quality >= self.quality_min) & (shown > 0.0)
        return x, Outputs(
            spo2=shown,
            pulse_rate=per_minute(x.intervals),
            perfusion_index=jnp.clip(pulsation, 0.0, 100.0),
            spo2_valid=valid.astype(shown.dtype),
            spo2_quality=quality,
        )
