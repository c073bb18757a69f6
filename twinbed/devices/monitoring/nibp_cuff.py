r"""An oscillometric blood pressure cuff on the upper arm.

The cuff inflates above systolic pressure and comes down in steps. The artery under it has the volume
$V = V_0 e^{a p}$ at a transmural pressure $p \le 0$ and $V_0 (1 + \frac{a}{b}(1 - e^{-b p}))$ above; its pulsation
compresses the air of the cuff. At every step the device measures how much the cuff's pressure oscillates. Mean pressure
is where that is largest (a parabola through the three largest steps); systolic and diastolic pressure are where it
passes fixed shares of the largest, above and below. From above systolic pressure the third step oscillates much more
than the first; if it does not, or if the first turns out to be too large a share of the largest, the cuff goes higher
and begins anew. Systolic and diastolic pressure that are closer than the steps can tell, as irregular beats make them,
are no reading. It measures at intervals and when `nibp_start` rises.

While it measures, the arm beyond it has no pulse until it is below systolic pressure (`physiology/waveforms/arm`).
Nothing else is on that arm, as good practice has it, unless `over_oximeter`, `over_line` or `over_watch` says so: then
the oximeter has no reading until its pulse is back, and the line shows a pressure that falls.

*Known limits*: the pressure under the cuff is the arterial pressure as it comes, without what the way to the arm does
to it; every step lasts the same, too short below 40 beats a minute; fixed shares are wrong for stiff arteries and wide
pulses, as in real devices (Chandrasekhar 2019). Of a patient without waveforms no arm is there to be squeezed.

**References:**

- Babbs (2012), BioMed Eng OnLine 11:56, doi:10.1186/1475-925X-11-56 (artery and cuff)
- Geddes, Voelz, Combs, Reiner & Babbs (1982), Ann Biomed Eng 10:271, doi:10.1007/BF02367308 (shares: one half, 0.8)
- Chandrasekhar et al. (2019), Front Physiol 10:1415, doi:10.3389/fphys.2019.01415
- ISO 81060-2:2018
"""

from typing import ClassVar, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var
from twinbed.devices._acts import once_more
from twinbed.devices._clock import SECONDS_PER_MINUTE, has_turned
from twinbed.devices._filters import lagged

M = TypeVar("M", bound=eqx.Module)
_BABBS = "Babbs 2012; constants as in an independent implementation"
_GEDDES = "Geddes 1982"
_COMMON = "usual in user guides of monitors"
_OTHER = "good practice: the other arm"
_STEPS = 26
_IDLE, _INFLATING, _SETTLING, _HOLDING = 0.0, 1.0, 2.0, 3.0
_NEVER = 1e6
_CLOSEST_STEPS = 1.5
"""Each of the two pressures lies somewhere between two steps."""
_SETTLES_S = 1.0
"""Lag of the mean volume under the cuff that its valve makes up for."""
_CLEARLY_LESS = 0.9
"""Share of the diastolic share at which the measurement ends."""
_GROWS = 1.4
"""By how much the third step exceeds the first at least; in Babbs' artery 1.6 from systolic pressure, 4 from above."""


class Inputs(eqx.Module):
    """The pressure in the artery, and whether somebody wants a measurement."""

    arterial_pressure: Scalar = port("arterial_pressure")
    start: Scalar = port("nibp_start", rest=0.0)


class Outputs(eqx.Module):
    """The display, and what the cuff does to the arm."""

    cuff_pressure: Scalar = port("cuff_pressure")
    systolic: Scalar = port("nibp_systolic")
    diastolic: Scalar = port("nibp_diastolic")
    mean: Scalar = port("nibp_mean")
    valid: Scalar = port("nibp_valid")
    number: Scalar = port("nibp_number")
    over_oximeter: Scalar = port("cuff_over_oximeter")
    over_line: Scalar = port("cuff_over_line")
    over_watch: Scalar = port("cuff_over_watch")


class Envelope(eqx.Module):
    """What was measured at the steps, which come down, and what it says so far (0: not yet)."""

    sizes: Float[Array, " step"] = var("mm[Hg]", "how much the cuff's pressure oscillated, newest first")
    count: Scalar = var("1", "steps measured")
    top: Scalar = var("mm[Hg]", "largest oscillation that was measured")
    largest: Scalar = var("mm[Hg]", "largest oscillation between the steps")
    mean: Scalar = var("mm[Hg]", "where that is")
    diastolic: Scalar = var("mm[Hg]", "where oscillations fell below their share")

    def cleared(self, when: Bool[Array, ""]) -> "Envelope":
        """Forgotten, if a measurement begins; what lies beyond the count is not read."""
        kept = lambda v: jnp.where(when, 0.0, v)
        return Envelope(
            self.sizes, kept(self.count), kept(self.top), kept(self.largest), kept(self.mean), kept(self.diastolic)
        )


class Reading(eqx.Module):
    """A result."""

    systolic: Scalar = var("mm[Hg]", "systolic pressure")
    diastolic: Scalar = var("mm[Hg]", "diastolic pressure")
    mean: Scalar = var("mm[Hg]", "mean pressure")
    valid: Scalar = var("1", "1 if it is one")


class State(eqx.Module):
    """The cuff and the measurement."""

    envelope: Envelope
    shown: Reading
    phase: Scalar = var("1", "0 idle, 1 inflating, 2 settling, 3 holding")
    since: Scalar = var("s", "time since the phase began")
    goal: Scalar = var("mm[Hg]", "pressure that is wanted")
    cuff: Scalar = var("mm[Hg]", "mean pressure in the cuff")
    volume: Scalar = var("mL", "mean volume of the artery under the cuff")
    high: Scalar = var("mm[Hg]", "highest pressure of the step")
    low: Scalar = var("mm[Hg]", "lowest pressure of the step")
    asked: Scalar = var("1", "what said at the last tick that somebody wants a measurement")
    number: Scalar = var("1", "measurements so far")


class NibpCuff(AbstractDevice[State, Inputs, Outputs]):
    """An automatic cuff."""

    role: ClassVar[Role] = "sensor"
    period_s: float = eqx.field(static=True, default=0.02)

    interval: Scalar = param(
        5.0,
        "min",
        "from measurement to measurement, the first at once; 0: on demand",
        bounds=(0.0, 720.0),
        source=_COMMON,
    )
    first_goal: Scalar = param(160.0, "mm[Hg]", "first pressure", bounds=(60.0, 280.0), source=_COMMON)
    above: Scalar = param(30.0, "mm[Hg]", "pressure above the last systolic", bounds=(10.0, 100.0), source=_COMMON)
    again_above: Scalar = param(50.0, "mm[Hg]", "how much higher to try again", bounds=(10.0, 100.0), source=_COMMON)
    pressure_max: Scalar = param(
        280.0, "mm[Hg]", "highest pressure", bounds=(100.0, 300.0), source="adult cuffs stop at 300 mmHg"
    )
    pressure_min: Scalar = param(15.0, "mm[Hg]", "pressure at which to give up", bounds=(5.0, 50.0), source=_COMMON)
    step_size: Scalar = param(7.0, "mm[Hg]", "height of a step", bounds=(4.0, 15.0), source=_COMMON)
    settle_time: Scalar = param(0.4, "s", "time to come down a step", bounds=(0.1, 2.0), source=_COMMON)
    hold_time: Scalar = param(1.5, "s", "time a step is measured", bounds=(0.3, 5.0), source="one beat at 40/min")
    inflation: Scalar = param(25.0, "mm[Hg]/s", "speed of inflation", bounds=(5.0, 100.0), source=_COMMON)
    deflation: Scalar = param(50.0, "mm[Hg]/s", "speed of deflation", bounds=(5.0, 200.0), source=_COMMON)
    systolic_share: Scalar = param(0.5, "1", "share of the largest oscillation at systolic pressure",
                                   bounds=(0.2, 0.9), source=_GEDDES)  # fmt: skip
    diastolic_share: Scalar = param(0.8, "1", "share of the largest oscillation at diastolic pressure",
                                    bounds=(0.2, 0.95), source=_GEDDES)  # fmt: skip
    oscillation_min: Scalar = param(
        0.3,
        "mm[Hg]",
        "smallest largest oscillation",
        bounds=(0.01, 5.0),
        source="assumption: some times the noise of a sensor",
    )
    artery_volume: Scalar = param(0.3, "mL", "volume of the artery without transmural pressure", bounds=(0.01, 5.0),
                                  source=_BABBS)  # fmt: skip
    artery_collapse: Scalar = param(
        0.11, "/mm[Hg]", "stiffness of the collapsing artery", bounds=(0.01, 1.0), source=_BABBS
    )
    artery_stretch: Scalar = param(
        0.0453, "/mm[Hg]", "stiffness of the stretched artery", bounds=(0.001, 0.5), source=_BABBS
    )
    cuff_volume: Scalar = param(300.0, "mL", "air in the cuff", bounds=(20.0, 2000.0), source=_BABBS)
    over_oximeter: Scalar = param(0.0, "1", "1 if it is on the arm of the oximeter", bounds=(0.0, 1.0), source=_OTHER)
    over_line: Scalar = param(0.0, "1", "1 if it is on the arm of the arterial line", bounds=(0.0, 1.0), source=_OTHER)
    over_watch: Scalar = param(0.0, "1", "1 if it is on the arm of the watch", bounds=(0.0, 1.0), source=_OTHER)
    ambient_pressure: Scalar = param(760.0, "mm[Hg]", "barometric pressure", bounds=(100.0, 1000.0), source=_BABBS)

    def initial(self, noise: Noise) -> State:
        zero = jnp.zeros_like(self.interval)
        scalars = dict.fromkeys(("phase", "since", "cuff", "volume", "high", "low", "asked", "number"), zero)
        envelope = Envelope(jnp.broadcast_to(zero, (_STEPS,)), zero, zero, zero, zero, zero)
        return State(envelope=envelope, shown=Reading(zero, zero, zero, zero), goal=self.first_goal, **scalars)

    def _artery(self, transmural: Scalar) -> Scalar:
        """Volume of the artery under the cuff, mL."""
        flat = jnp.exp(self.artery_collapse * jnp.minimum(transmural, 0.0))
        stretch = -jnp.expm1(-self.artery_stretch * jnp.maximum(transmural, 0.0))
        return self.artery_volume * (flat + self.artery_collapse / self.artery_stretch * stretch)

    def _felt(self, x: State, u: Inputs) -> tuple[Scalar, Scalar, Scalar]:
        """The cuff's mean pressure after this tick, the artery's mean volume under it, and what the sensor reads."""
        dt = self.period_s
        goal = jnp.where(x.phase == _IDLE, 0.0, x.goal)
        cuff = x.cuff + jnp.clip(goal - x.cuff, -self.deflation * dt, self.inflation * dt)
        volume = self._artery(u.arterial_pressure - cuff)
        mean = lagged(x.volume, volume, jnp.full_like(volume, _SETTLES_S), dt)
        felt = cuff + (cuff + self.ambient_pressure) / self.cuff_volume * (volume - mean)
        return cuff, mean, felt

    def _wanted(self, t_s: Scalar, x: State, u: Inputs) -> Bool[Array, ""]:
        interval_s = jnp.maximum(self.interval * SECONDS_PER_MINUTE, self.period_s)
        first = t_s < 0.5 * self.period_s
        due = (self.interval > 0.0) & (first | has_turned(t_s, interval_s, self.period_s))
        return (x.phase == _IDLE) & (due | once_more(u.start, x.asked))

    def _with_step(self, e: Envelope, size: Scalar, pressure: Scalar) -> Envelope:
        """The envelope with one more step at a pressure below those before."""
        sizes = jnp.concatenate([size[None], e.sizes[:-1]])
        lower, middle, higher = sizes[0], sizes[1], sizes[2]
        turned = (e.count > 1.0) & (middle >= e.top) & (lower < middle)
        curve = jnp.minimum(lower + higher - 2.0 * middle, -1e-9)
        shift = jnp.clip(0.5 * (lower - higher) / curve, -0.5, 0.5)  # in steps, towards higher pressure
        largest = jnp.where(turned, middle + 0.25 * (higher - lower) * shift, e.largest)
        mean = jnp.where(turned, pressure + (1.0 + shift) * self.step_size, e.mean)

        level = self.diastolic_share * largest
        falls = (lower < level) & (middle >= level)
        place = (level - lower) / jnp.where(falls, middle - lower, 1.0)
        before = jnp.where(turned, 0.0, e.diastolic)
        diastolic = jnp.where(falls, pressure + place * self.step_size, before)
        return Envelope(sizes, e.count + 1.0, jnp.maximum(e.top, size), largest, mean, diastolic)

    def _reading(self, e: Envelope, pressure: Scalar) -> tuple[Reading, Bool[Array, ""]]:
        """The result of an envelope that ends at a pressure, and whether it began too low."""
        place = jnp.arange(_STEPS - 1, dtype=e.count.dtype)
        level = self.systolic_share * e.largest
        below, above = e.sizes[:-1], e.sizes[1:]
        beyond = pressure + (place + 1.0) * self.step_size > e.mean
        falls = (below >= level) & (above < level) & beyond & (place + 1.0 < e.count)
        share = (below - level) / jnp.where(falls, below - above, 1.0)
        steps = jnp.min(jnp.where(falls, place + share, _NEVER))
        systolic = pressure + steps * self.step_size
        seen = (e.largest >= self.oscillation_min) & (e.count > 3.0)
        too_low = seen & (steps >= _NEVER)
        apart = systolic - e.diastolic >= _CLOSEST_STEPS * self.step_size
        valid = seen & ~too_low & (e.diastolic > 0.0) & apart
        kept = lambda v: jnp.where(valid, v, 0.0)
        return Reading(kept(systolic), kept(e.diastolic), kept(e.mean), valid.astype(level.dtype)), too_low

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        cuff, volume, felt = self._felt(x, u)
        starts = self._wanted(t_s, x, u)
        since = x.since + self.period_s
        holding = x.phase == _HOLDING
        settled = (x.phase == _SETTLING) & (since >= self.settle_time)
        measured = holding & (since >= self.hold_time)
        inflated = (x.phase == _INFLATING) & (cuff >= x.goal)

        high = jnp.where(holding, jnp.maximum(x.high, felt), felt)
        low = jnp.where(holding, jnp.minimum(x.low, felt), felt)
        e = _either(measured, self._with_step(x.envelope, high - low, x.goal), x.envelope)
        # two in a row: a breath may make one step small
        few = jnp.maximum(e.sizes[0], e.sizes[1]) < _CLEARLY_LESS * self.diastolic_share * e.largest
        gone = (e.largest >= self.oscillation_min) & few
        over = measured & (gone | (x.goal - self.step_size < self.pressure_min) | (e.count >= _STEPS))

        result, too_low = self._reading(e, x.goal)
        third = measured & (e.count == 3.0) & (e.sizes[0] >= self.oscillation_min)
        flat = third & (e.sizes[0] < _GROWS * e.sizes[2])
        higher = x.goal + (e.count - 1.0) * self.step_size + self.again_above
        again = ((over & too_low) | flat) & (higher <= self.pressure_max)
        ends = over & ~again
        x = State(
            envelope=e.cleared(starts | again),
            shown=_either(ends, result, x.shown),
            phase=_next_phase(x.phase, starts | again, inflated | (measured & ~over), settled, ends),
            since=jnp.where(starts | again | inflated | settled | measured, 0.0, since),
            goal=self._goal(x, starts, again, measured, higher),
            cuff=cuff,
            volume=volume,
            high=high,
            low=low,
            asked=u.start,
            number=x.number + jnp.where(ends, 1.0, 0.0),
        )
        return x, self._shown(x, felt)

    def _goal(self, x: State, starts: Array, again: Array, measured: Array, higher: Scalar) -> Scalar:
        known = jnp.maximum(x.shown.systolic + self.above, 0.6 * self.first_goal)
        first = jnp.where(x.shown.valid > 0.5, known, self.first_goal)
        stepped = jnp.where(measured, x.goal - self.step_size, x.goal)
        begun = jnp.minimum(jnp.where(again, higher, first), self.pressure_max)
        return jnp.where(starts | again, begun, stepped)

    def _shown(self, x: State, felt: Scalar) -> Outputs:
        return Outputs(
            cuff_pressure=jnp.maximum(felt, 0.0),
            systolic=x.shown.systolic,
            diastolic=x.shown.diastolic,
            mean=x.shown.mean,
            valid=x.shown.valid,
            number=x.number,
            over_oximeter=self.over_oximeter + 0.0 * felt,
            over_line=self.over_line + 0.0 * felt,
            over_watch=self.over_watch + 0.0 * felt,
        )


def _either(condition: Bool[Array, ""], a: M, b: M) -> M:
    return jax.tree.map(lambda p, q: jnp.where(condition, p, q), a, b)


def _next_phase(phase: Scalar, inflates: Array, settles: Array, holds: Array, ends: Array) -> Scalar:
    for condition, following in ((holds, _HOLDING), (settles, _SETTLING), (ends, _IDLE), (inflates, _INFLATING)):
        phase = jnp.where(condition, following, phase)
    return phase
