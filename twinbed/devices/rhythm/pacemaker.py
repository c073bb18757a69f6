"""A pacemaker outside the body, with its leads in place: VVI or DDD, VOO or DOO where it shall not sense.

It senses activations of its chambers and stimulates where none comes in time. VVI: the ventricles, at the lower rate.
DDD: an event of the atria, sensed or paced, is followed by one of the ventricles after the AV delay, but not faster
than the upper rate; where no atrial event comes in time after one of the ventricles, the atria are paced. VOO and DOO
do the same deaf to what the heart does. Rates and delays of two chambers that contradict each other are refused.
Switched off, it neither senses nor paces; an output of 0 mA leaves a chamber unpaced.

An activation is seen as the clock of its chamber falling back, unless it comes in a refractory period or its wave at
the lead (mV) is below the sensitivity, which is the least wave that is sensed. A stimulus lasts one period of the
device. Its signal is 1 where the current reaches the threshold of capture, and half of that where it does not: the
electrocardiogram shows a pulse half as high and the heart does not answer. Through a lead that is disconnected nothing
passes either way; the device counts what it meant to pace, and the pulses that went through apart from that.

*Known limits*: a wave, a threshold are numbers of a lead, equal from beat to beat; nothing is sensed that is no beat of
the chamber (no muscle, no mains, no far field), pulses do not differ in width, and a stimulus in the vulnerable phase
starts no fibrillation; one AV delay for sensed and paced events; no hysteresis, no rate response, no mode switch, no
defence against endless-loop tachycardia but the refractory period.

**References:**

- Bernstein et al. (2002), The revised NASPE/BPEG generic code, Pacing Clin Electrophysiol 25(2):260
- Jiang, Pajic, Moarref, Alur & Mangharam (2012), Modeling and verification of a dual chamber implantable pacemaker,
  TACAS, doi:10.1007/978-3-642-28756-5_14 (timing cycles)
- EN 45502-2-1 (terms); user guides of external pacemakers, as remembered: Medtronic 5392 gives up to 20 mA to atria and
  25 mA to ventricles and senses from 0.4 mV and 0.8 mV
"""

import dataclasses
from typing import ClassVar, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var
from twinbed.devices._clock import SECONDS_PER_MINUTE

MODES: dict[str, int] = {"VVI": 1, "DDD": 2, "VOO": 3, "DOO": 4}
"""Numbers of the modes."""
Truth = Bool[Array, ""]

_USUAL = "usual setting"
_GUIDE = "Medtronic 5392, user guide, as remembered"
_WEAK = 0.5
"""A stimulus that the heart does not answer."""


class State(eqx.Module):
    """The timers, what was seen last, and counts."""

    since_atria: Scalar = var("s", "time since the last atrial event")
    since_ventricles: Scalar = var("s", "time since the last ventricular event")
    pending: Scalar = var("1", "1 if an atrial event waits for its ventricular one")
    atrial_time: Scalar = var("s", "the atria's clock at the last tick")
    ventricular_time: Scalar = var("s", "the ventricles' clock at the last tick")
    atrial_paced: Scalar = var("1", "stimuli to the atria")
    ventricular_paced: Scalar = var("1", "stimuli to the ventricles")
    atrial_pulses: Scalar = var("1", "stimuli that the atrial lead passed on")
    ventricular_pulses: Scalar = var("1", "stimuli that the ventricular lead passed on")
    atrial_sensed: Scalar = var("1", "atrial activations sensed")
    ventricular_sensed: Scalar = var("1", "ventricular activations sensed")


class Inputs(eqx.Module):
    """What the leads see, what they meet, and what is asked of the device.

    Rests are leads as they should be after surgery: thresholds of 1 to 1.5 mA, waves well above usual sensitivities.
    """

    atrial_time: Scalar = port("atrial_time")
    ventricular_time: Scalar = port("ventricular_time")
    on: Scalar = port("pacemaker_on", rest=1.0)
    mode: Scalar = port("pacemaker_mode_set", rest=-1.0)
    atrial_threshold: Scalar = port("atrial_capture_threshold", rest=1.5)
    ventricular_threshold: Scalar = port("ventricular_capture_threshold", rest=1.0)
    atrial_wave: Scalar = port("p_wave_amplitude", rest=3.0)
    ventricular_wave: Scalar = port("r_wave_amplitude", rest=10.0)
    atrial_lead_off: Scalar = port("atrial_lead_disconnected", rest=0.0)
    ventricular_lead_off: Scalar = port("ventricular_lead_disconnected", rest=0.0)


class Outputs(eqx.Module):
    """Stimuli and counts."""

    atrial_stimulus: Scalar = port("atrial_stimulus")
    ventricular_stimulus: Scalar = port("ventricular_stimulus")
    atrial_paced_number: Scalar = port("atrial_paced_number")
    ventricular_paced_number: Scalar = port("ventricular_paced_number")
    atrial_pulse_number: Scalar = port("atrial_pulse_number")
    ventricular_pulse_number: Scalar = port("ventricular_pulse_number")
    atrial_sensed_number: Scalar = port("atrial_sensed_number")
    ventricular_sensed_number: Scalar = port("ventricular_sensed_number")


class Events(NamedTuple):
    """The timers with what was sensed, and what that was."""

    since_atria: Scalar
    since_ventricles: Scalar
    pending: Truth
    atrial: Truth
    ventricular: Truth


class Manner(NamedTuple):
    """What the device is to do."""

    on: Truth
    dual: Truth
    senses: Truth


class Pacemaker(AbstractDevice[State, Inputs, Outputs]):
    """An external pacemaker with its leads in place."""

    role: ClassVar[Role] = "actuator"
    period_s: float = eqx.field(static=True, default=0.002)
    mode: Scalar = param(2.0, "1", "chambers it senses and paces", bounds=(1.0, 4.0), source=_USUAL, choices=MODES)

    lower_rate: Scalar = param(60.0, "/min", "rate below which it paces", bounds=(30.0, 180.0), source=_USUAL)
    upper_rate: Scalar = param(
        120.0, "/min", "rate up to which ventricles follow atria", bounds=(50.0, 220.0), source=_USUAL
    )
    av_delay: Scalar = param(0.15, "s", "from an atrial event to a stimulus", bounds=(0.02, 0.4), source=_USUAL)
    atrial_refractory: Scalar = param(
        0.25, "s", "time after a ventricular event without atrial sensing", bounds=(0.1, 0.6), source=_USUAL
    )
    ventricular_refractory: Scalar = param(
        0.23, "s", "time after a ventricular event without ventricular sensing", bounds=(0.05, 0.6), source=_USUAL
    )
    atrial_output: Scalar = param(10.0, "mA", "current of a stimulus to the atria", bounds=(0.0, 20.0), source=_GUIDE)
    ventricular_output: Scalar = param(
        10.0, "mA", "current of a stimulus to the ventricles", bounds=(0.0, 25.0), source=_GUIDE
    )
    atrial_sensitivity: Scalar = param(
        0.5, "mV", "least wave of the atria that is sensed", bounds=(0.4, 10.0), source=_GUIDE
    )
    ventricular_sensitivity: Scalar = param(
        2.0, "mV", "least wave of the ventricles that is sensed", bounds=(0.8, 20.0), source=_GUIDE
    )

    def __check_init__(self) -> None:
        if not np.isin(self.mode, [*MODES.values()]).all():
            known = ", ".join(f"{number} {name}" for name, number in MODES.items())
            raise ValueError(f"a pacemaker of mode {self.mode}: choose {known}")
        dual = np.isin(self.mode, [MODES["DDD"], MODES["DOO"]])
        if np.any(dual & (self.lower_rate > self.upper_rate)):
            raise ValueError(f"lower rate {self.lower_rate} above upper rate {self.upper_rate}: lower the lower rate")
        if np.any(dual & (self.lower_rate * self.av_delay >= SECONDS_PER_MINUTE)):
            raise ValueError(
                f"an AV delay of {self.av_delay} s leaves no time for the atria at {self.lower_rate}/min: shorten it"
            )

    def initial(self, noise: Noise) -> State:
        del noise
        return State(*[jnp.zeros_like(self.lower_rate)] * len(dataclasses.fields(State)))

    def _manner(self, u: Inputs) -> Manner:
        asked = jnp.floor(u.mode + 0.5)
        mode = jnp.where((asked >= MODES["VVI"]) & (asked <= MODES["DOO"]), asked, self.mode)
        dual = (mode == MODES["DDD"]) | (mode == MODES["DOO"])
        return Manner(u.on >= 0.5, dual, (mode == MODES["VVI"]) | (mode == MODES["DDD"]))

    def _sensed(self, x: State, u: Inputs, manner: Manner) -> Events:
        """The timers after this tick's activations."""
        senses = manner.senses & manner.on
        sees_atria = senses & (u.atrial_wave >= self.atrial_sensitivity) & (u.atrial_lead_off < 0.5)
        sees_ventricles = senses & (u.ventricular_wave >= self.ventricular_sensitivity) & (u.ventricular_lead_off < 0.5)
        since_atria, since_ventricles = x.since_atria + self.period_s, x.since_ventricles + self.period_s
        beat = sees_ventricles & (u.ventricular_time < x.ventricular_time)
        ventricular = beat & (since_ventricles >= self.ventricular_refractory)
        pending = (x.pending > 0.5) & ~ventricular & manner.dual
        since_ventricles = jnp.where(ventricular, u.ventricular_time, since_ventricles)
        heard = sees_atria & (u.atrial_time < x.atrial_time) & (since_ventricles >= self.atrial_refractory)
        atrial = heard & ~pending & manner.dual
        since_atria = jnp.where(atrial, u.atrial_time, since_atria)
        return Events(since_atria, since_ventricles, pending | atrial, atrial, ventricular)

    def _due(self, seen: Events, manner: Manner) -> tuple[Truth, Truth]:
        """Whether it is time to pace the atria, and the ventricles."""
        half = 0.5 * self.period_s
        slowest, fastest = SECONDS_PER_MINUTE / self.lower_rate, SECONDS_PER_MINUTE / self.upper_rate
        waited = seen.since_ventricles + half
        atria = manner.on & manner.dual & ~seen.pending & (waited >= slowest - self.av_delay)
        follows = seen.pending & (seen.since_atria + half >= self.av_delay) & (waited >= fastest)
        return atria, manner.on & jnp.where(manner.dual, follows, waited >= slowest)

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        del t_s, noise
        manner = self._manner(u)
        seen = self._sensed(x, u, manner)
        pace_atria, due = self._due(seen, manner)
        number = lambda truth: truth.astype(x.pending.dtype)
        atrial, ventricular = pace_atria & (self.atrial_output > 0.0), due & (self.ventricular_output > 0.0)
        to_atria, to_ventricles = atrial & (u.atrial_lead_off < 0.5), ventricular & (u.ventricular_lead_off < 0.5)
        timer = lambda paced, since: jnp.where(paced | ~manner.on, 0.0, since)
        state = State(
            since_atria=timer(pace_atria, seen.since_atria),
            since_ventricles=timer(due, seen.since_ventricles),
            pending=number((seen.pending | pace_atria) & ~due & manner.on),
            atrial_time=u.atrial_time,
            ventricular_time=u.ventricular_time,
            atrial_paced=x.atrial_paced + number(atrial),
            ventricular_paced=x.ventricular_paced + number(ventricular),
            atrial_pulses=x.atrial_pulses + number(to_atria),
            ventricular_pulses=x.ventricular_pulses + number(to_ventricles),
            atrial_sensed=x.atrial_sensed + number(seen.atrial),
            ventricular_sensed=x.ventricular_sensed + number(seen.ventricular),
        )
        return state, Outputs(
            atrial_stimulus=number(to_atria) * _strength(self.atrial_output, u.atrial_threshold),
            ventricular_stimulus=number(to_ventricles) * _strength(self.ventricular_output, u.ventricular_threshold),
            atrial_paced_number=state.atrial_paced,
            ventricular_paced_number=state.ventricular_paced,
            atrial_pulse_number=state.atrial_pulses,
            ventricular_pulse_number=state.ventricular_pulses,
            atrial_sensed_number=state.atrial_sensed,
            ventricular_sensed_number=state.ventricular_sensed,
        )


def _strength(output: Scalar, threshold: Scalar) -> Scalar:
    """A stimulus as the heart and the electrocardiogram have it."""
    return jnp.where(output >= threshold, jnp.ones_like(output), _WEAK)
