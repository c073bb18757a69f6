r"""A watch: pulse wave at the wrist, acceleration, steps, and an electrocardiogram on demand.

Inputs: arterial pressure (beyond a cuff that is on its arm, `cuff_over_watch`), what the wearer does (`steps` a minute,
`exercise_intensity`), motion of the hand and vibration of the bed, and lead I while an electrocardiogram is asked for.

*Acceleration* is gravity with a swing of the arm at the cadence $f$ and at half of it, as high as the cadence is
fast, and what is irregular: motion, vibration, and movement at exercise. Steps are counted where its magnitude rises
through a threshold.

*Pulse wave* (green light, reflected): pressure moves the vessels' volume, which darkens the skin by a small share of
the light. Movement presses the sensor and adds an artefact in proportion to the acceleration. So at a walk the
artefact is about as large as the pulse, and a heart rate that is read may be pulled to the cadence.

*Heart rate*: beats are where the band-passed wave rises through half of its envelope, if that is large enough; a
running mean over about eight intervals is the rate. *Quality* is the share of intervals that agree with the mean,
less with acceleration. Below `least_quality` the last rate stays and `watch_valid` is 0.

*Electrocardiogram*: lead I with noise for `ecg_time` from each time that `watch_ecg_start` rises.

*Off the wrist* (`watch_off`) there is no pulse, no movement and no voltage; what is left is noise.

*Known limits*: transit time to the wrist, skin colour, ambient light, tattoos and a cold hand are left out; real
watches cancel part of the artefact with the acceleration; the swing of the arm is a sine.

**References:**

- Bent, Goldstein, Kibbe & Dunn (2020), npj Digit Med 3:18, doi:10.1038/s41746-020-0226-6 (error grows with movement,
  rates that follow the cadence)
- Allen (2007), Physiol Meas 28(3):R1, doi:10.1088/0967-3334/28/3/R01 (pulse wave, share of the light)
"""

import math
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var
from twinbed.devices._clock import SECONDS_PER_MINUTE
from twinbed.devices._filters import lagged

_GRAVITY_M_S2 = 9.80665
_FULL_PERCENT = 100.0
_SHORTEST_S, _LONGEST_S = 0.3, 2.0
_SHORTEST_STEP_S = 0.25
_LOW_PASS_S, _BASELINE_S, _ENVELOPE_S, _MOTION_S = 0.06, 0.5, 2.0, 5.0
_INTERVALS = 8.0
_NO_ARM = -50.0
"""What is no pressure of an arm: the patient has none that a cuff could squeeze."""
_ASSUMED = "assumption"


class Inputs(eqx.Module):
    """What the wrist does."""

    pressure: Scalar = port("arterial_pressure")
    steps: Scalar = port("steps", rest=0.0)
    exercise: Scalar = port("exercise_intensity", rest=0.0)
    vibration: Scalar = port("vibration", rest=0.0)
    motion: Scalar = port("motion", rest=0.0)
    ecg: Scalar = port("ecg_i", rest=0.0)
    ecg_start: Scalar = port("watch_ecg_start", rest=0.0)
    off: Scalar = port("watch_off", rest=0.0)
    arm_pressure: Scalar = port("arm_pressure", rest=_NO_ARM)
    cuffed: Scalar = port("cuff_over_watch", rest=0.0)

    def arriving(self) -> Scalar:
        """The pressure that comes to the wrist."""
        beyond = (self.cuffed > 0.5) & (self.arm_pressure > _NO_ARM)
        return jnp.where(beyond, self.arm_pressure, self.pressure)

    def seen(self) -> "Inputs":
        """What there is of it where the watch is."""
        worn = jnp.where(self.off > 0.5, 0.0, 1.0)
        there = jax.tree.map(lambda u: worn * u, self)
        return eqx.tree_at(lambda u: u.ecg_start, there, self.ecg_start)


class Outputs(eqx.Module):
    """What the watch shows."""

    heart_rate: Scalar = port("watch_heart_rate")
    valid: Scalar = port("watch_valid")
    quality: Scalar = port("watch_quality")
    steps: Scalar = port("watch_steps")
    acceleration: Scalar = port("watch_acceleration")
    ppg: Scalar = port("watch_ppg")
    ecg: Scalar = port("watch_ecg")
    ecg_valid: Scalar = port("watch_ecg_valid")


class Wave(eqx.Module):
    """The pulse wave and its filters."""

    smooth: Scalar = var("mm[Hg]", "pressure in the small vessels")
    mean: Scalar = var("mm[Hg]", "its slow mean")
    passed: Scalar = var("1", "low-passed wave")
    baseline: Scalar = var("1", "its baseline")
    envelope: Scalar = var("1", "its envelope")
    above: Scalar = var("1", "whether it was above half of that")


class Beats(eqx.Module):
    """The beats found."""

    since: Scalar = var("s", "time since the last beat")
    interval: Scalar = var("s", "mean interval, 0 before the first")
    agreement: Scalar = var("1", "share of the intervals that agree with the mean")
    shown: Scalar = var("/min", "rate that is shown")


class Arm(eqx.Module):
    """The movement of the arm and what is made of it."""

    phase: Scalar = var("1", "place in two steps")
    motion: Scalar = var("m2/s4", "mean square of the acceleration without gravity")
    above: Scalar = var("1", "whether the acceleration was above the threshold")
    since: Scalar = var("s", "time since the last step")
    counted: Scalar = var("1", "steps counted")


class State(eqx.Module):
    """The watch."""

    wave: Wave
    beats: Beats
    arm: Arm
    ecg_left: Scalar = var("s", "time of the electrocardiogram that is left")
    asked: Scalar = var("1", "how often it was asked for until the last tick")


class SmartWatch(AbstractDevice[State, Inputs, Outputs]):
    """A watch that reads pulse and steps."""

    role: ClassVar[Role] = "sensor"
    period_s: float = eqx.field(static=True, default=0.02)

    depth: Scalar = param(
        0.02, "1", "share of the light that a pulse of 40 mmHg takes", bounds=(1e-4, 0.5),
        source=_ASSUMED + ": about 2 %, Allen 2007",
    )  # fmt: skip
    light_noise: Scalar = param(0.0005, "1", "noise of the light", bounds=(0.0, 0.1), source=_ASSUMED)
    coupling: Scalar = param(0.002, "s2/m", "light lost to an acceleration", bounds=(0.0, 0.1), source=_ASSUMED)
    swing: Scalar = param(
        0.03,
        "m.min/s2",
        "acceleration of the arm to cadence",
        bounds=(0.0, 0.5),
        source=_ASSUMED + ": 3 m/s2 at a walk",
    )
    exercise_motion: Scalar = param(
        1.0, "m/s2", "irregular acceleration at full exercise", bounds=(0.0, 20.0), source=_ASSUMED
    )
    sensor_noise: Scalar = param(0.05, "m/s2", "noise of the acceleration", bounds=(0.0, 2.0), source=_ASSUMED)
    step_threshold: Scalar = param(1.2, "m/s2", "acceleration of a step", bounds=(0.1, 20.0), source=_ASSUMED)
    motion_limit: Scalar = param(
        4.0, "m/s2", "acceleration that halves the quality", bounds=(0.01, 50.0), source=_ASSUMED
    )
    agreement: Scalar = param(0.2, "1", "share by which agreeing intervals differ", bounds=(0.01, 1.0), source=_ASSUMED)
    least_pulse: Scalar = param(
        0.002, "1", "share of the light that a pulse takes at least", bounds=(0.0, 0.5), source=_ASSUMED
    )
    least_quality: Scalar = param(0.4, "1", "quality of a valid rate", bounds=(0.0, 1.0), source=_ASSUMED)
    ecg_noise: Scalar = param(0.02, "mV", "noise of the electrocardiogram", bounds=(0.0, 1.0), source=_ASSUMED)
    ecg_time: Scalar = param(30.0, "s", "length of an electrocardiogram", bounds=(1.0, 600.0), source="common watches")

    def initial(self, noise: Noise) -> State:
        zero = jnp.zeros_like(self.depth)
        wave = Wave(zero, zero, zero, zero, zero, zero)
        return State(wave, Beats(zero, zero, zero, zero), Arm(zero, zero, zero, zero, zero), zero, zero)

    def _lagged(self, behind: Scalar, now: Scalar, seconds: float) -> Scalar:
        """What is behind a low-pass a tick later."""
        return lagged(behind, now, jnp.full_like(now, seconds), self.period_s)

    def _moved(self, x: Arm, u: Inputs, noise: Noise) -> tuple[Arm, Scalar]:
        """The arm a tick later, and its acceleration without gravity."""
        phase = x.phase + u.steps / 2.0 * (self.period_s / SECONDS_PER_MINUTE)
        phase = phase - jnp.floor(phase)
        regular = jnp.sin(2.0 * math.tau * phase) + 0.3 * jnp.sin(math.tau * phase)
        exercise = self.exercise_motion * u.exercise / _FULL_PERCENT
        rough = jnp.sqrt(sum(a * a for a in (exercise, u.vibration, u.motion, self.sensor_noise)))
        moved = self.swing * u.steps * regular + rough * noise.normal(0)

        above = moved > self.step_threshold
        step = above & (x.above < 0.5) & (x.since >= _SHORTEST_STEP_S)
        motion = self._lagged(x.motion, moved * moved, _MOTION_S)
        since = jnp.where(step, 0.0, x.since + self.period_s)
        return Arm(phase, motion, above.astype(moved.dtype), since, x.counted + jnp.where(step, 1.0, 0.0)), moved

    def _seen(self, t_s: Scalar, x: Wave, u: Inputs, moved: Scalar, noise: Noise) -> tuple[Wave, Scalar]:
        """The light a tick later, and its filters; they start settled."""
        begins = t_s < 0.5 * self.period_s
        pressure = u.arriving()
        smooth = jnp.where(begins, pressure, self._lagged(x.smooth, pressure, _LOW_PASS_S))
        mean = jnp.where(begins, pressure, self._lagged(x.mean, smooth, _ENVELOPE_S))
        pulse = self.depth * (smooth - mean) / 40.0
        light = 1.0 - pulse - self.coupling * moved + self.light_noise * noise.normal(1)

        dark = 1.0 - light
        passed = self._lagged(x.passed, dark, _LOW_PASS_S)
        baseline = self._lagged(x.baseline, passed, _BASELINE_S)
        envelope = jnp.maximum(passed - baseline, self._lagged(x.envelope, jnp.zeros_like(dark), _ENVELOPE_S))
        above = (passed - baseline > 0.5 * jnp.maximum(envelope, self.least_pulse)).astype(light.dtype)
        return Wave(smooth, mean, passed, baseline, envelope, above), light

    def _beaten(self, x: Beats, rises: Scalar, quality_of_motion: Scalar) -> tuple[Beats, Scalar]:
        """The beats a tick later, and the quality."""
        since = x.since + self.period_s
        beat = (rises > 0.5) & (since >= _SHORTEST_S)
        plausible = beat & (since <= _LONGEST_S)
        first = x.interval <= 0.0
        agrees = jnp.where(jnp.abs(since - x.interval) <= self.agreement * x.interval, 1.0, 0.0)
        interval = jnp.where(first, since, x.interval + (since - x.interval) / _INTERVALS)
        interval = jnp.where(plausible, interval, x.interval)
        agreement = jnp.where(plausible, x.agreement + (agrees - x.agreement) / _INTERVALS, x.agreement)
        # no beat for long: the wave is lost
        agreement = jnp.where(since > _LONGEST_S, 0.0, agreement)
        quality = agreement * quality_of_motion
        good = (quality >= self.least_quality) & (interval > 0.0)
        shown = jnp.where(good, SECONDS_PER_MINUTE / jnp.where(interval > 0.0, interval, 1.0), x.shown)
        return Beats(jnp.where(beat, 0.0, since), interval, agreement, shown), quality

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        u = u.seen()
        arm, moved = self._moved(x.arm, u, noise)
        wave, light = self._seen(t_s, x.wave, u, moved, noise)
        calm = 1.0 / (1.0 + arm.motion / (self.motion_limit * self.motion_limit))
        beats, quality = self._beaten(x.beats, wave.above * (1.0 - x.wave.above), calm)

        left = jnp.where(u.ecg_start > x.asked + 0.5, self.ecg_time, jnp.maximum(x.ecg_left - self.period_s, 0.0))
        records = left > 0.5 * self.period_s
        ecg = jnp.where(records, u.ecg + self.ecg_noise * noise.normal(2), 0.0)
        valid = (quality >= self.least_quality).astype(light.dtype)
        return State(wave, beats, arm, left, u.ecg_start), Outputs(
            heart_rate=beats.shown,
            valid=valid,
            quality=quality,
            steps=arm.counted,
            acceleration=jnp.abs(_GRAVITY_M_S2 + moved),
            ppg=light,
            ecg=ecg,
            ecg_valid=records.astype(light.dtype),
        )
