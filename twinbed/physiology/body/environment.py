"""The surroundings, as organs feel them: pressure and gas to breathe, temperature, posture.

It turns what a scenario says (`altitude`, `inspired_oxygen_set`, `oxygen_flow`, `tilt_set` and the like, all of
which are 0 where nothing happens) into what organs read. Pressure falls with height as in the standard atmosphere.
Oxygen by cannula or mask becomes one fraction of inspired oxygen, which rises with its flow and saturates. The bed
tilts at its own speed. `acceleration_x`, `vibration`, `wind` and `immersion` are read from the scenario as they are.

*Known limits*: heights up to 11 km; what a mask yields does not depend on breathing; rooms keep their temperature
at height; no gas without any oxygen, since 0 means air.

**References:**

- ISO 2533:1975, Standard atmosphere
- Korupolu et al. (2009), as the table of oxygen devices in Pulse 4.2
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import AbstractModel, Scalar, Time
from twinbed.core.quantities import param, port, var

_ISO = "ISO 2533:1975"


class State(eqx.Module):
    """What takes time."""

    tilt: Scalar = var("deg", "head-up tilt of the bed")


class Inputs(eqx.Module):
    """What a scenario says; 0 is a person who lies in a room at sea level."""

    altitude: Scalar = port("altitude", rest=0.0)
    inspired_oxygen_set: Scalar = port("inspired_oxygen_set", rest=0.0)
    inspired_carbon_dioxide_set: Scalar = port("inspired_carbon_dioxide_set", rest=0.0)
    oxygen_flow: Scalar = port("oxygen_flow", rest=0.0)
    oxygen_interface: Scalar = port("oxygen_interface", rest=0.0)
    ambient_temperature_change: Scalar = port("ambient_temperature_change", rest=0.0)
    tilt_set: Scalar = port("tilt_set", rest=0.0)


class Outputs(eqx.Module):
    """What organs feel."""

    ambient_pressure: Scalar = port("ambient_pressure")
    inspired_oxygen: Scalar = port("inspired_oxygen")
    inspired_carbon_dioxide: Scalar = port("inspired_carbon_dioxide")
    ambient_temperature: Scalar = port("ambient_temperature")
    tilt: Scalar = port("tilt")


class Environment(AbstractModel[State, Inputs, Outputs]):
    """The room, and what is brought into it."""

    seconds_per_time_unit: ClassVar[float] = 1.0
    step_s: float = eqx.field(static=True, default=1.0)

    pressure: Scalar = param(760.0, "mm[Hg]", "pressure at sea level", bounds=(650.0, 800.0), source=_ISO)
    lapse: Scalar = param(2.25577e-5, "1/m", "fall of absolute temperature with height, share", source=_ISO)
    lapse_power: Scalar = param(5.25588, "1", "power of pressure on that temperature", source=_ISO)
    oxygen: Scalar = param(0.2094, "1", "fraction of oxygen in air", bounds=(0.2, 0.21), source=_ISO)
    temperature: Scalar = param(22.0, "Cel", "temperature of the room", bounds=(-40.0, 50.0), source="a room")
    cannula: Scalar = param(
        12.74,
        "L/min",
        "flow of a cannula that closes the gap to pure oxygen to 1/e",
        bounds=(1.0, 100.0),
        source="0.40 at 3.5 L/min",
    )
    mask: Scalar = param(16.37, "L/min", "the same of a simple mask", bounds=(1.0, 100.0), source="0.50 at 7.5 L/min")
    reservoir: Scalar = param(
        4.84, "L/min", "the same of a mask with a reservoir", bounds=(1.0, 100.0), source="0.90 at 10 L/min"
    )
    tilt_speed: Scalar = param(
        5.0, "deg/s", "fastest turn of the bed", bounds=(0.1, 90.0), source="chosen: 70 degrees in 15 s"
    )
    tilt_lag: Scalar = param(2.0, "s", "lag at the end of the turn", bounds=(1.0, 30.0), source="chosen")

    def initial(self) -> State:
        return State(jnp.zeros_like(self.tilt_speed))

    def resting(self) -> Inputs:
        zero = jnp.zeros_like(self.pressure)
        return Inputs(zero, zero, zero, zero, zero, zero, zero)

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        del t
        turn = (u.tilt_set - x.tilt) / self.tilt_lag
        return State(jnp.minimum(jnp.maximum(turn, -self.tilt_speed), self.tilt_speed))

    def _added(self, u: Inputs) -> Scalar:
        """Share of the gap to pure oxygen that cannula or mask closes."""
        scale = jnp.where(
            u.oxygen_interface > 2.5, self.reservoir, jnp.where(u.oxygen_interface > 1.5, self.mask, self.cannula)
        )
        return jnp.where(u.oxygen_interface > 0.5, 1.0 - jnp.exp(-u.oxygen_flow / scale), 0.0)

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        del t
        around = jnp.where(u.inspired_oxygen_set > 0.0, u.inspired_oxygen_set, self.oxygen)
        added = self._added(u)
        return Outputs(
            ambient_pressure=self.pressure * jnp.maximum(1.0 - self.lapse * u.altitude, 0.01) ** self.lapse_power,
            inspired_oxygen=around + (1.0 - around) * added,
            inspired_carbon_dioxide=u.inspired_carbon_dioxide_set * (1.0 - added),
            ambient_temperature=self.temperature + u.ambient_temperature_change,
            tilt=x.tilt,
        )
