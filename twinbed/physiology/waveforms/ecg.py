"""The electrocardiogram in twelve leads, from the heart's clock.

The heart is a dipole that moves through waves in the time since its chambers were activated: P from the atria, QRS
and T from the ventricles, with a QT interval that follows the heart rate (Fridericia) with a lag. Dower's matrix says
what eight leads see of it; the other four follow from Einthoven's and Goldberger's laws. Beats from the ventricles and
paced beats are wide. The T wave of a beat goes on when the next beat comes early. Fibrillating ventricles are three
resonators driven by chance, fibrillating atria a sawtooth whose frequency and size wander. Inspiration makes
all of it smaller.

*Known limits*: one shape for all beats of one origin; no bundle branch block of sinus beats, no fusion, no U wave; ST
changes are a parameter, not a consequence of coronary flow; no noise of electrodes and muscles.

**References:**

- Dower, Machado & Osborne (1980), Clin Cardiol 3:87, doi:10.1002/clc.1980.3.2.87
- Fridericia (1920), Acta Med Scand 53:469, doi:10.1111/j.0954-6820.1920.tb18266.x
- Stridh & Sornmo (2001), IEEE Trans Biomed Eng 48(1):105, doi:10.1109/10.900266 (waves of atrial fibrillation)
- Pueyo et al. (2003), IEEE Trans Biomed Eng 50(6):703 (lag of the QT interval)
"""

from typing import ClassVar, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool

from twinbed.core.model import AbstractHybridModel, Scalar, Time
from twinbed.core.noise import threefry
from twinbed.core.quantities import param, port, var
from twinbed.physiology.waveforms._dipole import Complex, Dipole, Wave, narrow, paced, ventricular, wave

_ASSUMED = "assumption"
_STRIDH = "Stridh & Sornmo 2001, simulated signals"
_UNIT = "definition of the unit"
_STREAM = 0xECC
_WRAP = 2.0**23
_HALF_WORD = 2.0**-16
_UNIT_VARIANCE = 12.0**0.5


class State(eqx.Module):
    """The clocks of this beat and of the one before, the QT interval's memory, and fibrillation."""

    since_atria: Scalar = var("s", "time since the atria were activated")
    since_ventricles: Scalar = var("s", "time since the ventricles were activated")
    since_before: Scalar = var("s", "time since they were activated for the beat before")
    origin_before: Scalar = var("1", "origin of the beat before")
    origin: Scalar = var("1", "origin of this beat")
    interval: Scalar = var("s", "interval between beats behind a lag")
    atrial_phase: Scalar = var("1", "phase of the waves of fibrillating atria")
    slow_phase: Scalar = var("1", "phase of how their frequency and size wander")
    x: Scalar = var("mV", "fibrillating ventricles, to the left")
    y: Scalar = var("mV", "the same, to the feet")
    z: Scalar = var("mV", "the same, to the back")
    x_speed: Scalar = var("mV/s", "how fast x changes")
    y_speed: Scalar = var("mV/s", "how fast y changes")
    z_speed: Scalar = var("mV/s", "how fast z changes")
    count: Scalar = var("1", "steps so far")


class Inputs(eqx.Module):
    """The heart's clock, and what else electrodes see."""

    atrial_time: Scalar = port("atrial_time")
    ventricular_time: Scalar = port("ventricular_time")
    heart_rate: Scalar = port("heart_rate")
    beat_origin: Scalar = port("beat_origin", rest=0.0)
    atrial_fibrillation: Scalar = port("atrial_fibrillation", rest=0.0)
    ventricular_fibrillation: Scalar = port("ventricular_fibrillation", rest=0.0)
    atrial_stimulus: Scalar = port("atrial_stimulus", rest=0.0)
    ventricular_stimulus: Scalar = port("ventricular_stimulus", rest=0.0)
    lung_volume: Scalar = port("lung_volume", rest=2.4)


class Outputs(eqx.Module):
    """The twelve leads."""

    ecg_i: Scalar = port("ecg_i")
    ecg_ii: Scalar = port("ecg_ii")
    ecg_iii: Scalar = port("ecg_iii")
    ecg_avr: Scalar = port("ecg_avr")
    ecg_avl: Scalar = port("ecg_avl")
    ecg_avf: Scalar = port("ecg_avf")
    ecg_v1: Scalar = port("ecg_v1")
    ecg_v2: Scalar = port("ecg_v2")
    ecg_v3: Scalar = port("ecg_v3")
    ecg_v4: Scalar = port("ecg_v4")
    ecg_v5: Scalar = port("ecg_v5")
    ecg_v6: Scalar = port("ecg_v6")


class Ecg(AbstractHybridModel[State, Inputs, Outputs]):
    """The electric field of one patient's heart, as twelve leads see it."""

    seconds_per_time_unit: ClassVar[float] = 1.0
    order: ClassVar[Literal[2, 4]] = 2
    step_s: float = eqx.field(static=True, default=0.002)

    right_atrium: Wave = eqx.field(default_factory=lambda: wave(0.06, 0.07, -0.03, 0.0, 0.08))
    left_atrium: Wave = eqx.field(default_factory=lambda: wave(0.08, 0.05, 0.02, 0.03, 0.08))
    narrow: Complex = eqx.field(default_factory=narrow)
    ventricular: Complex = eqx.field(default_factory=ventricular)
    paced: Complex = eqx.field(default_factory=paced)

    gain: Scalar = param(
        1.0, "1", "factor on all voltages, by body and electrodes", bounds=(0.1, 4.0), source="the mean adult"
    )
    qt: Scalar = param(
        0.4, "s", "QT interval at 60 beats a minute", bounds=(0.25, 0.7),
        source="Fridericia's correction; 0.35 to 0.45 s in adults",
    )  # fmt: skip
    qt_lag: Scalar = param(
        15.0, "s", "lag of the QT interval behind the rate", bounds=(0.1, 300.0),
        source="assumption between the fast and the slow part of the lag (Pueyo 2003)",
    )  # fmt: skip
    slowest: Scalar = param(
        30.0, "/min", "rate below which the QT interval grows no more", bounds=(10.0, 60.0), source=_ASSUMED
    )
    st_x: Scalar = param(0.0, "mV", "shift of the ST segment to the left", bounds=(-2.0, 2.0), source="none in health")
    st_y: Scalar = param(0.0, "mV", "shift of the ST segment to the feet", bounds=(-2.0, 2.0), source="none in health")
    st_z: Scalar = param(0.0, "mV", "shift of the ST segment to the back", bounds=(-2.0, 2.0), source="none in health")
    st_from: Scalar = param(0.08, "s", "where the ST segment begins", bounds=(0.05, 0.2), source="end of QRS")
    st_rise: Scalar = param(0.02, "s", "how long it takes to rise", bounds=(0.005, 0.1), source=_ASSUMED)
    st_until: Scalar = param(
        0.75, "1", "where it begins to go back, share of the QT interval", bounds=(0.3, 0.95), source="peak of T"
    )
    volume_at_rest: Scalar = param(
        2.4, "L", "gas in the lungs at which voltages are those given", bounds=(0.5, 8.0), source="the usual 2.4 L"
    )
    breathing: Scalar = param(
        -0.12, "1/L", "how breathing changes all voltages", bounds=(-0.5, 0.5),
        source="assumption: 6 % in a breath of half a litre, as in ECG-derived respiration",
    )  # fmt: skip
    atrial_amplitude: Scalar = param(
        0.09, "mV", "amplitude of fibrillating atria", bounds=(0.0, 0.5), source="0.05 to 0.15 mV in V1"
    )
    atrial_frequency: Scalar = param(6.0, "/s", "frequency of fibrillating atria", bounds=(3.0, 12.0), source=_STRIDH)
    atrial_wander: Scalar = param(0.35, "1", "how much their size wanders, share", bounds=(0.0, 1.0), source=_STRIDH)
    atrial_drift: Scalar = param(0.6, "1", "how much their phase wanders, turns", bounds=(0.0, 3.0), source=_STRIDH)
    atrial_drift_frequency: Scalar = param(0.13, "/s", "how often", bounds=(0.01, 1.0), source=_STRIDH)
    ventricular_amplitude: Scalar = param(
        0.27, "mV", "standard deviation of coarse ventricular fibrillation along an axis", bounds=(0.0, 2.0),
        source="assumption: peaks of 0.5 to 1 mV",
    )  # fmt: skip
    ventricular_frequency: Scalar = param(
        4.7, "/s", "frequency of fibrillating ventricles", bounds=(2.0, 10.0), source="3 to 7 /s early in man"
    )
    ventricular_damping: Scalar = param(
        0.12, "1", "damping of the resonators: how irregular it is", bounds=(0.01, 0.9), source=_ASSUMED
    )
    spike: Scalar = param(2.0, "mV", "spike of a stimulus", bounds=(0.0, 20.0), source="unipolar leads, an assumption")
    fallback: Scalar = param(
        0.02, "s", "by how much a clock falls back at a new beat at least", bounds=(0.001, 0.2), source="definition"
    )
    seed: Scalar = param(1.0, "1", "number that all chance follows from", bounds=(0.0, 1e6), source="any number")
    seconds_per_minute: Scalar = param(60.0, "s/min", "seconds in a minute", source=_UNIT)
    second: Scalar = param(1.0, "s", "a second", source=_UNIT)

    def initial(self) -> State:
        one, zero = jnp.ones_like(self.gain), jnp.zeros_like(self.gain)
        return State(
            since_atria=0.4165 * one,
            since_ventricles=0.2565 * one,
            since_before=1.0895 * one,
            origin_before=zero,
            origin=zero,
            interval=0.833 * one,
            atrial_phase=zero,
            slow_phase=zero,
            x=self.ventricular_amplitude,
            y=-self.ventricular_amplitude,
            z=zero,
            x_speed=zero,
            y_speed=zero,
            z_speed=zero,
            count=zero,
        )

    def resting(self) -> Inputs:
        one, zero = jnp.ones_like(self.gain), jnp.zeros_like(self.gain)
        return Inputs(0.4165 * one, 0.2565 * one, 72.0 * one, zero, zero, zero, zero, zero, 2.4 * one)

    def _clock(self, own: Scalar, shown: Scalar) -> tuple[Scalar, Bool[Array, ""]]:
        """Time since activation, and whether there was a new one.

        In the step of an activation a slower reader sees a mean of the times before and after it; time is then zero.
        """
        anew = shown < own - self.fallback
        return jnp.where(anew, 0.0, jnp.maximum(shown, own)), anew

    def jump(self, t: Time, dt: Time, x: State, u: Inputs) -> State:
        del t
        since_atria, _ = self._clock(x.since_atria, u.atrial_time)
        since_ventricles, beat = self._clock(x.since_ventricles, u.ventricular_time)
        kick = self._kick(dt)
        first, second, third = self._chances(x.count)
        return State(
            since_atria=since_atria,
            since_ventricles=since_ventricles,
            since_before=jnp.where(beat, x.since_ventricles, x.since_before),
            origin_before=jnp.where(beat, x.origin, x.origin_before),
            origin=jnp.where(beat, x.origin, u.beat_origin),
            interval=x.interval,
            atrial_phase=x.atrial_phase - jnp.floor(x.atrial_phase),
            slow_phase=x.slow_phase - jnp.floor(x.slow_phase),
            x=x.x,
            y=x.y,
            z=x.z,
            x_speed=x.x_speed + kick * first,
            y_speed=x.y_speed + kick * second,
            z_speed=x.z_speed + kick * third,
            count=jnp.where(x.count >= _WRAP, 0.0, x.count + 1.0),
        )

    def _kick(self, dt: Scalar) -> Scalar:
        """Standard deviation of what chance adds to a speed in a step, so that the amplitude is the one declared."""
        angular = 2.0 * jnp.pi * self.ventricular_frequency
        spread = jnp.sqrt(4.0 * self.ventricular_damping * angular * dt)
        return self.ventricular_amplitude * angular * spread

    def _chances(self, count: Scalar) -> tuple[Scalar, Scalar, Scalar]:
        """Three random numbers of zero mean and unit variance that belong to the seed and to this step."""
        word = lambda number: number.astype(jnp.uint32)
        stream = jnp.asarray(np.uint32(_STREAM))
        first, second = threefry((word(self.seed), stream), (word(count), stream))
        halves = (first >> np.uint32(16), first & np.uint32(0xFFFF), second >> np.uint32(16))
        a, b, c = (((h.astype(count.dtype) + 0.5) * _HALF_WORD - 0.5) * _UNIT_VARIANCE for h in halves)
        return a, b, c

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        del t
        one, zero = jnp.ones_like(x.count), jnp.zeros_like(x.count)
        beats = self.seconds_per_minute / jnp.maximum(u.heart_rate, self.slowest)
        angular = 2.0 * jnp.pi * self.ventricular_frequency
        pull = lambda place, speed: -angular * (angular * place + 2.0 * self.ventricular_damping * speed)
        return State(
            since_atria=one,
            since_ventricles=one,
            since_before=one,
            origin_before=zero,
            origin=zero,
            interval=(beats - x.interval) / self.qt_lag,
            atrial_phase=self.atrial_frequency,
            slow_phase=self.atrial_drift_frequency,
            x=x.x_speed,
            y=x.y_speed,
            z=x.z_speed,
            x_speed=pull(x.x, x.x_speed),
            y_speed=pull(x.y, x.y_speed),
            z_speed=pull(x.z, x.z_speed),
            count=zero,
        )

    def qt_interval(self, x: State) -> Scalar:
        """The QT interval of a narrow beat, s."""
        return self.qt * jnp.cbrt(x.interval / self.second)

    def _beat(self, since: Scalar, origin: Scalar, interval: Scalar) -> Dipole:
        """QRS, ST and T of a beat of some origin."""
        wide = (origin > 0.5) & (origin < 1.5)
        stimulated = (origin > 1.5) & (origin < 2.5)
        pick = lambda a, b, c: jnp.where(stimulated, c, jnp.where(wide, b, a))
        shape = jax.tree.map(pick, self.narrow, self.ventricular, self.paced)
        back = self.st_until * interval
        risen = _ramp((since - self.st_from + 0.5 * self.st_rise) / self.st_rise)
        left = 1.0 - _ramp((since - back) / (interval - back))
        return shape.at(since, interval) + Dipole(self.st_x, self.st_y, self.st_z).scaled(risen * left)

    def _fibrillating_atria(self, x: State) -> Dipole:
        """A sawtooth towards V1, of wandering frequency and size."""
        slow = 2.0 * jnp.pi * x.slow_phase
        fast = 2.0 * jnp.pi * (x.atrial_phase + self.atrial_drift * jnp.sin(slow))
        size = self.atrial_amplitude * (1.0 + self.atrial_wander * jnp.sin(3.0 * slow + 1.0))
        saw = jnp.sin(fast) + jnp.sin(2.0 * fast) / 2.0 + jnp.sin(3.0 * fast) / 3.0
        turned = jnp.sin(2.0 * slow)
        side = 0.3 * jnp.cos(fast) * turned
        return Dipole(-0.6 * saw, 0.4 * saw + side, -0.65 * saw + side).scaled(size)

    def dipole(self, x: State, u: Inputs) -> Dipole:
        """The dipole of the heart, mV."""
        interval = self.qt_interval(x)
        atria = self.right_atrium.at(x.since_atria) + self.left_atrium.at(x.since_atria)
        beats = self._beat(x.since_ventricles, x.origin, interval) + self._beat(
            x.since_before, x.origin_before, interval
        )
        chaos = Dipole(x.x, x.y, x.z).scaled(u.ventricular_fibrillation)
        flutter = self._fibrillating_atria(x).scaled(u.atrial_fibrillation)
        breath = 1.0 + self.breathing * (u.lung_volume - self.volume_at_rest)
        heart = (atria + beats + chaos + flutter).scaled(self.gain * breath)
        stimuli = Dipole(
            0.3 * u.atrial_stimulus + 0.6 * u.ventricular_stimulus,
            0.6 * u.atrial_stimulus + u.ventricular_stimulus,
            -0.4 * u.ventricular_stimulus,
        )
        return heart + stimuli.scaled(self.spike)

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        del t
        heart = self.dipole(x, u)
        i, ii = heart.seen("i"), heart.seen("ii")
        return Outputs(
            ecg_i=i,
            ecg_ii=ii,
            ecg_iii=ii - i,
            ecg_avr=-0.5 * (i + ii),
            ecg_avl=i - 0.5 * ii,
            ecg_avf=ii - 0.5 * i,
            ecg_v1=heart.seen("v1"),
            ecg_v2=heart.seen("v2"),
            ecg_v3=heart.seen("v3"),
            ecg_v4=heart.seen("v4"),
            ecg_v5=heart.seen("v5"),
            ecg_v6=heart.seen("v6"),
        )


def _ramp(share: Scalar) -> Scalar:
    """Smoothly from 0 to 1 while the share goes from 0 to 1."""
    inside = jnp.clip(share, 0.0, 1.0)
    return inside * inside * (3.0 - 2.0 * inside)
