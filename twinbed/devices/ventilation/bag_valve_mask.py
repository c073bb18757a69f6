"""A self-inflating bag with a mask or tube: somebody squeezes it at a rate.

While `bag_ventilation` is on, each squeeze gives a volume of bag at an even flow, up to the pressure of the relief
valve; between squeezes the patient breathes out through the valve. What a leaking mask loses never arrives. The gas is
what the reservoir holds. While it is off, the patient has what is behind the bag: pressure, resistance and
oxygen of another machine, or room air. So a bag stands between a ventilator and a patient without further ado, and
whoever is not used lets the other through.

*Known limits*: an even hand; the reservoir never runs empty; a full mask has no resistance of its own.

**References:**

- ISO 10651-4:2023 (operator-powered resuscitators)
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var
from twinbed.devices._clock import SECONDS_PER_MINUTE
from twinbed.devices.ventilation._monitor import MILLILITRES_PER_LITRE
from twinbed.devices.ventilation._servo import Servo

_RESUSCITATION = "guidelines for resuscitation: 10 to 12 breaths a minute, 500 to 600 mL, a second each"
_BAG = "usual for adult bags"
_HAND = 0.1
"""Time in which the hand makes up for volume that is missing, s."""


class Inputs(eqx.Module):
    """What the bag feels, whether somebody squeezes, and what is behind it."""

    airway_flow: Scalar = port("airway_flow")
    airway_pressure: Scalar = port("airway_pressure")
    squeezed: Scalar = port("bag_ventilation", rest=1.0)
    circuit_pressure: Scalar = port("circuit_pressure", rest=0.0)
    circuit_resistance: Scalar = port("circuit_resistance", rest=0.0)
    inspired_oxygen: Scalar = port("inspired_oxygen", rest=0.2095)


class Outputs(eqx.Module):
    """What the patient gets."""

    circuit_pressure: Scalar = port("circuit_pressure")
    circuit_resistance: Scalar = port("circuit_resistance")
    inspired_oxygen: Scalar = port("inspired_oxygen")


class State(eqx.Module):
    """The squeeze."""

    servo: Servo
    since: Scalar = var("s", "time since the last squeeze began")
    given: Scalar = var("L", "volume that left the bag in this squeeze")


class BagValveMask(AbstractDevice[State, Inputs, Outputs]):
    """A bag that somebody squeezes."""

    role: ClassVar[Role] = "actuator"
    period_s: float = eqx.field(static=True, default=0.01)

    rate: Scalar = param(12.0, "/min", "squeezes a minute", bounds=(1.0, 120.0), source=_RESUSCITATION)
    volume: Scalar = param(500.0, "mL", "volume squeezed out of the bag", bounds=(5.0, 2000.0), source=_RESUSCITATION)
    squeeze_time: Scalar = param(1.0, "s", "time of a squeeze", bounds=(0.1, 5.0), source=_RESUSCITATION)
    oxygen: Scalar = param(
        0.95,
        "1",
        "fraction of oxygen in the bag",
        bounds=(0.2, 1.0),
        source="bags with a reservoir at 15 L/min of oxygen",
    )
    relief: Scalar = param(60.0, "cm[H2O]", "pressure of the relief valve", bounds=(10.0, 150.0), source=_BAG)
    peep: Scalar = param(0.0, "cm[H2O]", "pressure of a PEEP valve", bounds=(0.0, 20.0), source="none as delivered")
    leak: Scalar = param(
        0.2, "L/min/cm[H2O]", "conductance of the leak of the mask", bounds=(0.0, 100.0),
        source="assumption: a well-held mask loses some 5 % of a breath",
    )  # fmt: skip
    valve_resistance: Scalar = param(
        3.0, "cm[H2O].s/L", "resistance of the patient valve", bounds=(0.1, 50.0),
        source="ISO 10651-4 allows 5 cmH2O at 50 L/min: 6 cmH2O s/L; taken as half",
    )  # fmt: skip
    resistance_guess: Scalar = param(
        5.0, "cm[H2O].s/L", "resistance of the patient that the hand expects", bounds=(0.0, 500.0), source=_BAG
    )

    def initial(self, noise: Noise) -> State:
        zero = jnp.zeros_like(self.rate)
        return State(Servo(self.resistance_guess, zero, zero), SECONDS_PER_MINUTE / self.rate, zero)

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        del t_s, noise
        squeezed = u.squeezed >= 0.5
        leak = self.leak / SECONDS_PER_MINUTE
        flow = jnp.where(squeezed, u.airway_flow / SECONDS_PER_MINUTE + leak * u.airway_pressure, 0.0)
        pressure = jnp.where(squeezed, u.airway_pressure, 0.0)
        usual = self.volume / MILLILITRES_PER_LITRE / self.squeeze_time
        servo = x.servo.learned(pressure, flow, jnp.zeros_like(flow), usual)

        since = x.since + self.period_s
        period = SECONDS_PER_MINUTE / self.rate
        again = squeezed & (since >= period - 0.5 * self.period_s)
        given = jnp.where(again, 0.0, x.given + jnp.maximum(flow, 0.0) * self.period_s)
        since = jnp.where(again, jnp.minimum(since - period, self.period_s), since)
        since = jnp.where(squeezed, since, period)

        inspiring = since < self.squeeze_time - 0.5 * self.period_s
        missing = usual * since - given
        stiff = jnp.zeros_like(flow)
        squeeze = servo.pressure_for(usual + missing / _HAND, self.valve_resistance, stiff, self.period_s)
        machine = jnp.where(inspiring, jnp.clip(squeeze, 0.0, self.relief), self.peep)
        share = 1.0 / (1.0 + leak * self.valve_resistance)
        return State(servo, since, given), Outputs(
            circuit_pressure=jnp.where(squeezed, machine * share, u.circuit_pressure),
            circuit_resistance=jnp.where(squeezed, self.valve_resistance * share, u.circuit_resistance),
            inspired_oxygen=jnp.where(squeezed, self.oxygen, u.inspired_oxygen),
        )
