"""A sidestream capnograph: carbon dioxide at the airway, late and smoothed, and the breaths in it.

The sampling tube delays the gas, the cell smooths it. A breath is a rise and a fall of the capnogram: an expiration,
and the inspiration that sweeps it away; the highest value between is the end-tidal one. After a time without a breath
the alarm sounds and both numbers are 0. Gas that lies still at the airway is none: where it stays for longer than
that time, or thins out slowly as fresh gas and uptake by the body carry it off, nobody has breathed.

*Known limits*: no water vapour, no dilution by the sampling flow, no drift; the tube does not mix.

**References:**

- IntelliVue patient monitor, instructions for use (delay 3 s, rise 0.41 s, a breath is a change of 6 mmHg)
- Breen, Mazumdar & Skinner (1994), Anesth Analg 78(3):584 (transport delays of 0.6 to 5 s)
- ISO 80601-2-55:2018
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var
from twinbed.devices._filters import lagged
from twinbed.devices._recent import Recent, nothing_yet, per_minute
from twinbed.devices.monitoring._cycles import Follower, Pace, followed, nothing_followed

_MAKER = "IntelliVue patient monitor, instructions for use"
_BREATHS = 4
_RISE = 2.197
"""Time from 10 to 90 % of a step, in time constants: the logarithm of 9."""
_EVERY = 3
"""Ticks from sample to sample in the tube."""
_LONGEST_S = 5.0
"""The longest delay of a tube; each takes its place in the state."""
_SWEPT_S = 0.5
"""An inspiration sweeps the airway within it: 50 mL in front of the sensor, at 0.1 L/s and more."""
_SWEPT = 1.0 / 3.0
"""Share of the smallest breath that must go in that time."""
_BREATH = Pace(forgets_s=10.0, shortest_s=0.3, longest_s=120.0)


class Inputs(eqx.Module):
    """What is at the airway."""

    airway_carbon_dioxide: Scalar = port("airway_carbon_dioxide")


class Outputs(eqx.Module):
    """The display."""

    etco2: Scalar = port("etco2")
    co2_wave: Scalar = port("co2_wave")
    capnograph_rate: Scalar = port("capnograph_rate")
    apnoea_alarm: Scalar = port("apnoea_alarm")


class Expiration(eqx.Module):
    """What has come since carbon dioxide rose."""

    lasts: Scalar = var("s", "time since it rose")
    high: Scalar = var("mm[Hg]", "the most so far")
    before: Scalar = var("mm[Hg]", "the most of the last moment")
    swept: Scalar = var("mm[Hg]", "the largest fall within that moment")

    def seen(self, cell: Scalar, goes_on: Bool[Array, ""], dt: float) -> "Expiration":
        """After one more reading; anew if none goes on."""
        before = jnp.maximum(cell, lagged(self.before, cell, jnp.full_like(cell, _SWEPT_S), dt))
        return Expiration(
            lasts=jnp.where(goes_on, self.lasts + dt, 0.0),
            high=jnp.where(goes_on, jnp.maximum(self.high, cell), cell),
            before=before,
            swept=jnp.where(goes_on, jnp.maximum(self.swept, before - cell), 0.0),
        )


class State(eqx.Module):
    """The tube, the cell and the breaths."""

    tube: Float[Array, " sample"] = var("mm[Hg]", "gas in the tube, newest first")
    turn: Scalar = var("1", "ticks since the last sample")
    cell: Scalar = var("mm[Hg]", "what the cell reads")
    breath: Follower
    expiration: Expiration
    intervals: Recent
    etco2: Scalar = var("mm[Hg]", "end-tidal value of the last breath")
    since: Scalar = var("s", "time since the last breath")


class Capnograph(AbstractDevice[State, Inputs, Outputs]):
    """A sidestream capnograph."""

    role: ClassVar[Role] = "sensor"
    period_s: float = eqx.field(static=True, default=0.02)
    delay_s: float = eqx.field(static=True, default=3.0)
    """Time in the sampling tube, 0 to 5 s."""

    rise_time: Scalar = param(0.41, "s", "rise from 10 to 90 %", bounds=(0.02, 3.0), source=_MAKER)
    breath_min: Scalar = param(6.0, "mm[Hg]", "smallest change that is a breath", bounds=(0.5, 30.0), source=_MAKER)
    apnoea_time: Scalar = param(
        20.0, "s", "time without a breath to the alarm", bounds=(5.0, 60.0), source="usual setting for adults"
    )

    def __check_init__(self) -> None:
        if not 0.0 <= self.delay_s <= _LONGEST_S:
            raise ValueError(f"a sampling tube with a delay of {self.delay_s} s: choose 0 to {_LONGEST_S} s")

    def initial(self, noise: Noise) -> State:
        zero = jnp.zeros_like(self.rise_time)
        length = max(1, round(self.delay_s / (_EVERY * self.period_s)))
        return State(
            tube=jnp.broadcast_to(zero, (length,)),
            turn=zero,
            cell=zero,
            breath=nothing_followed(zero),
            expiration=Expiration(zero, zero, zero, zero),
            intervals=nothing_yet(zero, _BREATHS),
            etco2=zero,
            since=zero,
        )

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        del t_s, noise
        due = x.turn >= _EVERY - 1
        pushed = jnp.concatenate([u.airway_carbon_dioxide[None], x.tube[:-1]])
        tube = jnp.where(due, pushed, x.tube)
        cell = lagged(x.cell, x.tube[-1], self.rise_time / _RISE, self.period_s)

        breath, cycle = followed(x.breath, -cell, _BREATH, self.breath_min, self.period_s)
        expiration = x.expiration.seen(cell, x.breath.was_low > 0.5, self.period_s)
        swept = expiration.swept >= _SWEPT * self.breath_min
        breathes = cycle.rises & swept & (expiration.lasts <= self.apnoea_time)
        since = jnp.where(breathes, 0.0, x.since + self.period_s)
        apnoea = since > self.apnoea_time
        counts = cycle.beat & breathes & (cycle.duration <= self.apnoea_time)
        intervals = x.intervals.with_value(cycle.duration, counts).cleared(apnoea)
        ended = jnp.where(breathes, expiration.high, x.etco2)
        etco2 = jnp.where(apnoea, 0.0, jnp.maximum(ended, 0.0))
        turn = jnp.where(due, 0.0, x.turn + 1.0)
        return State(tube, turn, cell, breath, expiration, intervals, etco2, since), Outputs(
            etco2=etco2,
            co2_wave=cell,
            capnograph_rate=per_minute(intervals),
            apnoea_alarm=apnoea.astype(cell.dtype),
        )
