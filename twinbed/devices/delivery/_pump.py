r"""What all insulin pumps of the library have in common.

Inputs: the basal rate in force and two running-numbered boluses, one commanded by a controller
and one entered by the person at the pump; occlusion, loss of communication and loss at the site
from the scenario. A bolus is delivered when its number changes, so never twice.

*Metering.* A rate is rounded down to the increment of the pump and the remainder is carried to
the next tick; the motor delivers whole strokes and what is due beyond them waits. Boluses are
whole increments, their remainder is carried to the next bolus, and they run at bolus speed.
What the motor meters is what the pump reports.

*Delivery.* What leaves the reservoir is what is metered times the gain of the device, drawn
once (basal) or for every bolus. During an occlusion it is stored in the infusion set, whose
pressure rises in proportion; at the alarm pressure the motor stops and cancels what waits. When
the occlusion clears, all that is stored enters the skin at once (post-occlusion bolus) and the
pump resumes. A share $s$ of the lumen blocked stores the share $s$ of what would flow.

*Communication.* While it is lost, a controller's new bolus is lost for good; the last basal
command stays in force until the time-out, then the programmed basal rate returns. Boluses of
the person are entered at the pump and arrive.

Reservoir and set are replaced together every few days.

*Known limits*: one tick is the shortest time, so at periods below one increment of bolus speed
a bolus runs faster than in truth. The alarm clears itself with the occlusion; nobody has to
acknowledge it. No priming, no start-up effect of a new set, no leak.

**References:**

- Freckmann et al. (2018), Occlusion detection time in insulin pumps at two different basal
  rates, J Diabetes Sci Technol, doi:10.1177/1932296817750404
- 21 CFR 880.5730, alternate controller enabled infusion pump
"""

import abc
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Bool

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var
from twinbed.devices._clock import SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE, has_turned

_ROUNDING = 1e-3  # share of an increment, or of the alarm pressure, that rounding errors may take
_EXACT = "no error unless set"
_COMMON = "resolution of common durable pumps"
_OCCLUSION_ALARM, _EMPTY_ALARM = 1.0, 2.0


class Inputs(eqx.Module):
    """Commands to the pump, and what goes wrong."""

    basal_command: Scalar = port("basal_command")
    bolus_command: Scalar = port("bolus_command", rest=0.0)
    bolus_command_number: Scalar = port("bolus_command_number", rest=0.0)
    meal_bolus: Scalar = port("meal_bolus", rest=0.0)
    meal_bolus_number: Scalar = port("meal_bolus_number", rest=0.0)
    occlusion: Scalar = port("occlusion", rest=0.0)
    communication_loss: Scalar = port("communication_loss", rest=0.0)
    site_loss: Scalar = port("site_loss", rest=0.0)


class Outputs(eqx.Module):
    """What enters the skin, and what the pump shows."""

    insulin_rate: Scalar = port("insulin_rate")
    insulin_reported: Scalar = port("insulin_reported")
    reservoir: Scalar = port("reservoir")
    pump_alarm: Scalar = port("pump_alarm")
    insulin_delivered_total: Scalar = port("insulin_delivered_total")
    pump_pressure: Scalar = port("pump_pressure")
    insulin_reported_total: Scalar = port("insulin_reported_total")


class Link(eqx.Module):
    """What the pump last heard."""

    basal: Scalar = var("[IU]/h", "last basal rate commanded")
    silent_s: Scalar = var("s", "time since it was heard")
    bolus_number: Scalar = var("1", "number of the controller's last bolus")
    meal_number: Scalar = var("1", "number of the person's last bolus")


class Motor(eqx.Module):
    """What waits to be metered."""

    rate_carried: Scalar = var("[IU]/h", "part of the basal rate below the increment")
    strokes_due: Scalar = var("1", "basal strokes due, less than one")
    bolus_left: Scalar = var("1", "bolus increments left to deliver")
    bolus_carried: Scalar = var("1", "part of a bolus below the increment")
    metered: Scalar = var("[IU]", "insulin metered so far")
    withheld: Scalar = var("[IU]", "insulin asked for but never metered: over a limit, alarm, empty")


class Set(eqx.Module):
    """Reservoir and infusion set."""

    reservoir: Scalar = var("[IU]", "insulin in the reservoir")
    stored: Scalar = var("[IU]", "insulin stored in the blocked set")
    delivered: Scalar = var("[IU]", "insulin that left the set so far")


class State(eqx.Module):
    """A pump: accuracy of this one, link, motor and set."""

    link: Link
    motor: Motor
    set: Set
    basal_gain: Scalar = var("1", "basal delivered per metered")
    bolus_gain: Scalar = var("1", "delivered per metered of the present bolus")
    chance: Scalar = var("1", "normal number for this tick")


class Orders(eqx.Module):
    """What the pump is to do in this tick."""

    basal: Scalar = var("[IU]/h", "basal rate in force")
    bolus: Scalar = var("[IU]", "new boluses")
    refused: Scalar = var("[IU]", "what exceeds the limits")


class Metered(eqx.Module):
    """What the motor meters in this tick."""

    basal: Scalar = var("[IU]", "basal insulin")
    bolus: Scalar = var("[IU]", "bolus insulin")


def _whole(x: Scalar) -> Scalar:
    return jnp.floor(x + _ROUNDING)


class AbstractInsulinPump(AbstractDevice[State, Inputs, Outputs]):
    """A pump with increments, limits, a motor, a set and a link; a final class says how even it is."""

    role: ClassVar[Role] = "actuator"
    period_s: float = eqx.field(static=True, default=60.0)

    basal_rate: Scalar = param(
        1.0,
        "[IU]/h",
        "programmed basal rate, in force without a controller",
        bounds=(0.0, 40.0),
        source="therapy",
    )
    basal_increment: Scalar = param(0.05, "[IU]/h", "increment of the basal rate", bounds=(1e-4, 1.0), source=_COMMON)
    basal_max: Scalar = param(30.0, "[IU]/h", "largest basal rate", bounds=(0.0, 100.0), source=_COMMON)
    stroke: Scalar = param(0.05, "[IU]", "insulin in a basal stroke of the motor", bounds=(1e-4, 1.0), source=_COMMON)
    bolus_increment: Scalar = param(0.05, "[IU]", "increment of a bolus", bounds=(1e-4, 1.0), source=_COMMON)
    bolus_max: Scalar = param(30.0, "[IU]", "largest bolus", bounds=(0.0, 100.0), source=_COMMON)
    bolus_speed: Scalar = param(
        1.5, "[IU]/min", "speed of a bolus", bounds=(0.01, 60.0), source="MiniMed and Omnipod user guides"
    )
    basal_gain_mean: Scalar = param(1.0, "1", "mean basal delivered per metered", source=_EXACT)
    basal_gain_sd: Scalar = param(0.0, "1", "its standard deviation between devices", source=_EXACT)
    bolus_gain_mean: Scalar = param(1.0, "1", "mean bolus delivered per metered", source=_EXACT)
    bolus_gain_sd: Scalar = param(0.0, "1", "its standard deviation between boluses", source=_EXACT)
    stroke_sd: Scalar = param(0.0, "1", "relative standard deviation of a basal stroke", source=_EXACT)
    reservoir_size: Scalar = param(
        300.0, "[IU]", "insulin in a full reservoir", bounds=(1.0, 1000.0), source="3 mL at 100 IU/mL"
    )
    change_interval: Scalar = param(
        3.0,
        "d",
        "time between changes of reservoir and set",
        bounds=(0.1, 1e6),
        source="user guides: 2 to 3 days",
    )
    alarm_pressure: Scalar = param(
        100.0, "kPa", "pressure of the occlusion alarm", bounds=(1.0, 1000.0),
        source="Wellion Micro-Pump manual: 100 kPa +- 30 kPa",
    )  # fmt: skip
    stiffness: Scalar = param(
        40.0, "kPa/[IU]", "pressure per insulin stored in the set", bounds=(0.1, 1000.0),
        source="Wellion Micro-Pump manual: alarm after 2.5 U on average",
    )  # fmt: skip
    communication_timeout: Scalar = param(
        30.0, "min", "silence after which the programmed basal rate returns", bounds=(0.0, 1440.0),
        source="assumption: 30 min, the length of a temporary basal rate of open-source controllers",
    )  # fmt: skip

    def __check_init__(self) -> None:
        for name in ("basal_increment", "stroke", "bolus_increment"):
            value = getattr(self, name)
            if not isinstance(value, Tracer) and not np.all(np.asarray(value) > 0.0):
                raise ValueError(
                    f"{name} = {value}: it must be above zero; a small one stands for a pump without steps"
                )

    @abc.abstractmethod
    def evenness(self, turned: Scalar, metered: Scalar) -> Scalar:
        """Delivered per metered of the mechanism, at `turned` insulin metered before."""

    def initial(self, noise: Noise) -> State:
        zero = jnp.zeros_like(self.basal_rate)
        return State(
            basal_gain=jnp.maximum(self.basal_gain_mean + self.basal_gain_sd * noise.normal(0), 0.0),
            bolus_gain=self.bolus_gain_mean,
            chance=noise.normal(1),
            link=Link(self.basal_rate, zero, zero, zero),
            motor=Motor(zero, zero, zero, zero, zero, zero),
            set=Set(self.reservoir_size, zero, zero),
        )

    def _orders(self, x: Link, u: Inputs) -> tuple[Link, Orders]:
        heard = u.communication_loss <= 0.0
        silent_s = jnp.where(heard, 0.0, x.silent_s + self.period_s)
        commanded = jnp.where(heard, u.basal_command, x.basal)
        timed_out = silent_s > self.communication_timeout * SECONDS_PER_MINUTE
        wanted = jnp.maximum(jnp.where(timed_out, self.basal_rate, commanded), 0.0)
        basal = jnp.minimum(wanted, self.basal_max)
        order = heard & (u.bolus_command_number != x.bolus_number)
        meal = u.meal_bolus_number != x.meal_number
        ordered = jnp.where(order, jnp.maximum(u.bolus_command, 0.0), 0.0)
        asked = jnp.where(meal, jnp.maximum(u.meal_bolus, 0.0), 0.0)
        bolus = jnp.minimum(ordered, self.bolus_max) + jnp.minimum(asked, self.bolus_max)
        hours = self.period_s / SECONDS_PER_HOUR
        refused = (wanted - basal) * hours + ordered + asked - bolus
        link = Link(commanded, silent_s, u.bolus_command_number, u.meal_bolus_number)
        return link, Orders(basal, bolus, refused)

    def _meter(self, x: Motor, orders: Orders, stopped: Scalar) -> tuple[Motor, Metered]:
        """What the motor meters, and what then waits; a stopped motor (1) drops its orders."""
        hours = self.period_s / SECONDS_PER_HOUR
        runs = 1.0 - stopped
        asked = orders.basal * runs + x.rate_carried
        rate = self.basal_increment * _whole(asked / self.basal_increment)
        due = x.strokes_due + rate * hours / self.stroke
        strokes = _whole(due) * runs

        wanted = orders.bolus / self.bolus_increment + x.bolus_carried
        increments = _whole(wanted)
        left = x.bolus_left + increments
        at_most = _whole(self.bolus_speed * (self.period_s / SECONDS_PER_MINUTE) / self.bolus_increment)
        now = jnp.minimum(left, jnp.maximum(at_most, 1.0)) * runs

        metered = Metered(strokes * self.stroke, now * self.bolus_increment)
        dropped = stopped * (orders.basal * hours + left * self.bolus_increment)
        motor = Motor(
            rate_carried=asked - rate,
            strokes_due=due - strokes,
            bolus_left=(left - now) * runs,
            bolus_carried=wanted - increments,
            metered=x.metered + metered.basal + metered.bolus,
            withheld=x.withheld + orders.refused + dropped,
        )
        return motor, metered

    def _volume(self, x: State, orders: Orders, metered: Metered) -> tuple[Scalar, Scalar]:
        """What should leave the reservoir, and the gain of the present bolus."""
        new_bolus = orders.bolus > 0.0
        drawn = jnp.maximum(self.bolus_gain_mean + self.bolus_gain_sd * x.chance, 0.0)
        bolus_gain = jnp.where(new_bolus, drawn, x.bolus_gain)
        # the number serves either the bolus that begins or the strokes, never both
        strokes = metered.basal / self.stroke
        some = strokes > 0.0  # the root of zero has no derivative
        spread = jnp.where(some, jnp.sqrt(jnp.where(some, strokes, 1.0)), 0.0)
        jitter = jnp.where(new_bolus, 0.0, self.stroke_sd * self.stroke * spread * x.chance)
        basal = jnp.maximum(metered.basal + jitter, 0.0) * x.basal_gain
        even = self.evenness(x.motor.metered, metered.basal + metered.bolus)
        return (basal + metered.bolus * bolus_gain) * even, bolus_gain

    def _fresh(self, t_s: Scalar, x: Set) -> Set:
        """The set, replaced together with the reservoir when its time has come."""
        changed = has_turned(t_s, self.change_interval * SECONDS_PER_DAY, self.period_s) & (t_s > 0.0)
        return Set(
            jnp.where(changed, self.reservoir_size, x.reservoir),
            jnp.where(changed, 0.0, x.stored),
            x.delivered,
        )

    def _too_high(self, stored: Scalar) -> Bool[Array, ""]:
        return stored * self.stiffness >= self.alarm_pressure * (1.0 - _ROUNDING)

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        hours = self.period_s / SECONDS_PER_HOUR
        blocked = jnp.clip(u.occlusion, 0.0, 1.0)
        fresh = self._fresh(t_s, x.set)
        alarmed = self._too_high(fresh.stored) & (blocked > 0.0)
        stopped = alarmed.astype(blocked.dtype)

        link, orders = self._orders(x.link, u)
        motor, metered = self._meter(x.motor, orders, stopped)
        wanted, bolus_gain = self._volume(x, orders, metered)
        volume = jnp.minimum(wanted, fresh.reservoir)
        supplied = jnp.where(wanted > fresh.reservoir, volume / jnp.maximum(wanted, 1e-30), 1.0)
        total = metered.basal + metered.bolus
        short = total * (1.0 - supplied)

        pool = fresh.stored + volume
        out = pool * (1.0 - blocked)
        stored = pool - out
        reservoir = fresh.reservoir - volume
        pressure = stored * self.stiffness
        empty = jnp.where(reservoir <= 0.0, _EMPTY_ALARM, 0.0)
        alarm = jnp.where(self._too_high(stored), _OCCLUSION_ALARM, empty)

        motor = eqx.tree_at(lambda m: (m.metered, m.withheld), motor, (motor.metered - short, motor.withheld + short))
        delivered = fresh.delivered + out
        # drawn a tick ahead: a compiler that fuses would draw it anew for all that depends on it
        chance = noise.normal(0)
        state = State(link, motor, Set(reservoir, stored, delivered), x.basal_gain, bolus_gain, chance)
        return state, Outputs(
            insulin_rate=out / hours * (1.0 - jnp.clip(u.site_loss, 0.0, 1.0)),
            insulin_reported=(total - short) / hours,
            reservoir=reservoir,
            pump_alarm=alarm.astype(blocked.dtype),
            insulin_delivered_total=delivered,
            pump_pressure=pressure,
            insulin_reported_total=motor.metered,
        )
