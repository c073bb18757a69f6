"""A pacemaker: VVI or DDD.

It senses activations of its chambers and stimulates where none comes in time. VVI: the ventricles, at the lower rate.
DDD: an event of the atria, sensed or paced, is followed by one of the ventricles after the AV delay, but not faster
than the upper rate; where no atrial event comes in time after one of the ventricles, the atria are paced. Rates and
delays of DDD that contradict each other are refused.

Sensing is ideal: an activation is seen as the clock of its chamber falling back, unless it comes in a refractory
period. A stimulus lasts one period of the device.

*Known limits*: what is sensed needs no amplitude, what is paced no threshold; one AV delay for sensed and paced events;
no hysteresis, no rate response, no mode switch, no defence against endless-loop tachycardia but the refractory period.

**References:**

- Bernstein et al. (2002), The revised NASPE/BPEG generic code, Pacing Clin Electrophysiol 25(2):260
- Jiang, Pajic, Moarref, Alur & Mangharam (2012), Modeling and verification of a dual chamber implantable pacemaker,
  TACAS, doi:10.1007/978-3-642-28756-5_14 (timing cycles)
"""

from typing import ClassVar, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var, word
from twinbed.devices._clock import SECONDS_PER_MINUTE

MODES = ("VVI", "DDD")
Truth = Bool[Array, ""]

_USUAL = "usual setting"


class State(eqx.Module):
    """The timers, what was seen last, and counts."""

    since_atria: Scalar = var("s", "time since the last atrial event")
    since_ventricles: Scalar = var("s", "time since the last ventricular event")
    pending: Scalar = var("1", "1 if an atrial event waits for its ventricular one")
    atrial_time: Scalar = var("s", "the atria's clock at the last tick")
    ventricular_time: Scalar = var("s", "the ventricles' clock at the last tick")
    atrial_paced: Scalar = var("1", "stimuli to the atria")
    ventricular_paced: Scalar = var("1", "stimuli to the ventricles")
    atrial_sensed: Scalar = var("1", "atrial activations sensed")
    ventricular_sensed: Scalar = var("1", "ventricular activations sensed")


class Inputs(eqx.Module):
    """What the leads see."""

    atrial_time: Scalar = port("atrial_time")
    ventricular_time: Scalar = port("ventricular_time")


class Outputs(eqx.Module):
    """Stimuli and counts."""

    atrial_stimulus: Scalar = port("atrial_stimulus")
    ventricular_stimulus: Scalar = port("ventricular_stimulus")
    atrial_paced_number: Scalar = port("atrial_paced_number")
    ventricular_paced_number: Scalar = port("ventricular_paced_number")
    atrial_sensed_number: Scalar = port("atrial_sensed_number")
    ventricular_sensed_number: Scalar = port("ventricular_sensed_number")


class Events(NamedTuple):
    """The timers with what was sensed, and what that was."""

    since_atria: Scalar
    since_ventricles: Scalar
    pending: Truth
    atrial: Truth
    ventricular: Truth


class Pacemaker(AbstractDevice[State, Inputs, Outputs]):
    """A pacemaker with its leads in place."""

    role: ClassVar[Role] = "actuator"
    period_s: float = eqx.field(static=True, default=0.002)
    mode: str = word("DDD", "chambers it senses and paces", MODES)

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

    def __check_init__(self) -> None:
        if self.mode not in MODES:
            raise ValueError(f"a pacemaker of mode {self.mode!r}: choose {', '.join(MODES)}")
        if self.mode == "DDD" and np.any(self.lower_rate > self.upper_rate):
            raise ValueError(f"lower rate {self.lower_rate} above upper rate {self.upper_rate}: lower the lower rate")
        if self.mode == "DDD" and np.any(self.lower_rate * self.av_delay >= SECONDS_PER_MINUTE):
            raise ValueError(
                f"an AV delay of {self.av_delay} s leaves no time for the atria at {self.lower_rate}/min: shorten it"
            )

    def initial(self, noise: Noise) -> State:
        del noise
        zero = jnp.zeros_like(self.lower_rate)
        return State(zero, zero, zero, zero, zero, zero, zero, zero, zero)

    def _sensed(self, x: State, u: Inputs) -> Events:
        """The timers after this tick's activations."""
        since_atria, since_ventricles = x.since_atria + self.period_s, x.since_ventricles + self.period_s
        ventricular = (u.ventricular_time < x.ventricular_time) & (since_ventricles >= self.ventricular_refractory)
        pending = (x.pending > 0.5) & ~ventricular
        since_ventricles = jnp.where(ventricular, u.ventricular_time, since_ventricles)
        heard = (u.atrial_time < x.atrial_time) & (since_ventricles >= self.atrial_refractory)
        atrial = heard & ~pending & (self.mode == "DDD")
        since_atria = jnp.where(atrial, u.atrial_time, since_atria)
        return Events(since_atria, since_ventricles, pending | atrial, atrial, ventricular)

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        del t_s, noise
        seen = self._sensed(x, u)
        half = 0.5 * self.period_s
        slowest, fastest = SECONDS_PER_MINUTE / self.lower_rate, SECONDS_PER_MINUTE / self.upper_rate
        waited = seen.since_ventricles + half
        if self.mode == "DDD":
            pace_atria = ~seen.pending & (waited >= slowest - self.av_delay)
            due = seen.pending & (seen.since_atria + half >= self.av_delay) & (waited >= fastest)
        else:
            pace_atria = jnp.zeros_like(seen.pending)
            due = waited >= slowest
        number = lambda truth: truth.astype(x.pending.dtype)
        state = State(
            since_atria=jnp.where(pace_atria, 0.0, seen.since_atria),
            since_ventricles=jnp.where(due, 0.0, seen.since_ventricles),
            pending=number((seen.pending | pace_atria) & ~due),
            atrial_time=u.atrial_time,
            ventricular_time=u.ventricular_time,
            atrial_paced=x.atrial_paced + number(pace_atria),
            ventricular_paced=x.ventricular_paced + number(due),
            atrial_sensed=x.atrial_sensed + number(seen.atrial),
            ventricular_sensed=x.ventricular_sensed + number(seen.ventricular),
        )
        return state, Outputs(
            atrial_stimulus=number(pace_atria),
            ventricular_stimulus=number(due),
            atrial_paced_number=state.atrial_paced,
            ventricular_paced_number=state.ventricular_paced,
            atrial_sensed_number=state.atrial_sensed,
            ventricular_sensed_number=state.ventricular_sensed,
        )
