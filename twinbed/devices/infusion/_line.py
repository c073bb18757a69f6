r"""What all infusion pumps share: the command, the alarms, and the line to the vein.

*Command.* A pump is told mg/min and turns them into a flow by the concentration in its container, rounded to the
increment and limited. What is no number, or negative, is no flow. An alarm stops the motor.

*Line.* Syringe and line hold fluid under pressure: with the stored volume $s$, the compliance $C$, the resistance
$R$ of line and catheter, the share $b$ of their conductance that an occlusion takes and the back pressure
$p_b = p_v - \rho g h$ of a vein under a pump at height $h$

$$\dot s = q - \frac{1 - b}{R}\left(\frac{s}{C} - p_b\right),$$

solved exactly over a tick; a valve keeps blood out. So an occlusion is found when $C\,p_{alarm}$ is stored, and what
is stored leaves as a bolus when the occlusion is released, at a `back_off` of 0 all of it. Air trapped in a syringe
adds to the compliance.

*Dead volume.* What leaves goes through well-mixed cells, together with a carrier if there is one. A line that is
not primed with the drug, or whose carrier changes, delays it.

*Alarms* (`pump_alarm`): 1 occlusion, 2 empty, 3 nearly empty, 4 air, 5 supply blocked. All but 3 stop the motor
until somebody attends to the pump, which clears the alarm and replaces a container that is nearly empty.

*Known limits*: one line a pump, whose cells are not under pressure; no siphoning past the motor; resistance does not
depend on viscosity or flow.

**References:**

- IEC 60601-2-24:2012, infusion pumps
- Dönmez, Araz & Kayhan (2005), Paediatr Anaesth 15(4):293, doi:10.1111/j.1460-9592.2005.01436.x (time to the alarm)
- Neff et al. (2001), Paediatr Anaesth 11(5):561, doi:10.1046/j.1460-9592.2001.00730.x (start-up)
"""

import abc
import math
from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var
from twinbed.devices._acts import once_more
from twinbed.devices._clock import MINUTES_PER_HOUR, SECONDS_PER_HOUR, SECONDS_PER_MINUTE
from twinbed.devices._drug import outputs_of

OCCLUDED, EMPTY, NEARLY_EMPTY, AIR, SUPPLY_BLOCKED = 1.0, 2.0, 3.0, 4.0, 5.0
_CELLS = 5
_KPA_PER_MMHG, _KPA_PER_CM = 0.133322387415, 0.0980665
_ATMOSPHERE_KPA = 101.325
_ASSUMED = "assumption"


class Inputs(eqx.Module):
    """What a pump is told, where it stands and what goes wrong."""

    command: Scalar = port("propofol_command", rest=0.0)
    occlusion: Scalar = port("propofol_occlusion", rest=0.0)
    attended: Scalar = port("pump_attended", rest=0.0)
    carrier: Scalar = port("carrier_flow", rest=0.0)
    height: Scalar = port("pump_height", rest=0.0)
    venous_pressure: Scalar = port("central_venous_pressure", rest=5.0)
    supply_blocked: Scalar = port("supply_blocked", rest=0.0)
    supply_air: Scalar = port("supply_air", rest=0.0)


class Outputs(eqx.Module):
    """What the vein gets, and what the pump shows."""

    rate: Scalar = port("propofol_rate")
    delivered: Scalar = port("propofol_delivered_total")
    flow: Scalar = port("pump_flow")
    volume: Scalar = port("pump_volume_total")
    left: Scalar = port("pump_left")
    pressure: Scalar = port("pump_pressure")
    alarm: Scalar = port("pump_alarm")


class Line(eqx.Module):
    """Syringe and line."""

    stored: Scalar = var("mL", "fluid held under pressure")
    cells: tuple[Scalar, ...] = var("mg/mL", "drug along the line, from the pump to the vein")


class State(eqx.Module):
    """A pump: its mechanism, its container and its line."""

    drive: Any
    line: Line
    left: Scalar = var("mL", "fluid left in the container")
    metered: Scalar = var("mL", "what the motor believes it gave in the last tick")
    gain: Scalar = var("1", "given per metered of this pump and container")
    alarm: Scalar = var("1", "alarm that stands")
    attended: Scalar = var("1", "what said at the last tick that somebody attends to it")
    delivered: Scalar = var("mg", "drug given so far")
    infused: Scalar = var("mL", "fluid given so far")


class Pushed(eqx.Module):
    """What a mechanism does in a tick."""

    drive: Any
    volume: Scalar = var("mL", "what enters the line")
    drawn: Scalar = var("mL", "what leaves the container")
    strength: Scalar = var("1", "share of it that is not air")
    alarm: Scalar = var("1", "alarm of the mechanism")


def stops(alarm: Scalar) -> Bool[Array, ""]:
    """Whether an alarm keeps the motor from running."""
    return (alarm > 0.0) & (alarm != NEARLY_EMPTY)


def uneven(turned: Scalar, metered: Scalar, turn: Scalar, amplitude: Scalar) -> Scalar:
    """What a mechanism gives whose flow has a sine of that amplitude over a turn; `turned` is where it stands, mL."""
    angle = math.tau * turned / turn
    return metered + amplitude * turn / math.tau * (jnp.cos(angle) - jnp.cos(angle + math.tau * metered / turn))


def within_turn(turned: Scalar, turn: Scalar) -> Scalar:
    """The place within a turn, mL."""
    return turned - turn * jnp.floor(turned / turn)


def _mean_decay(x: Scalar) -> Scalar:
    """(1 - exp(-x)) / x, also at 0: the mean over a tick of what decays by exp(-x) in it."""
    small = x < 1e-4
    safe = jnp.where(small, 1.0, x)
    return jnp.where(small, 1.0 - 0.5 * x, -jnp.expm1(-safe) / safe)


class AbstractInfusionPump(AbstractDevice[State, Inputs, Outputs]):
    """A pump for one drug; a final class says what its motor pushes."""

    role: ClassVar[Role] = "actuator"
    period_s: float = eqx.field(static=True, default=1.0)

    concentration: Scalar = param(
        10.0, "mg/mL", "drug in the container", bounds=(1e-6, 1000.0), source="propofol 1 %"
    )  # fmt: skip
    increment: Scalar = param(0.1, "mL/h", "increment of the flow", bounds=(1e-4, 10.0), source=_ASSUMED)
    flow_max: Scalar = param(1200.0, "mL/h", "largest flow", bounds=(0.1, 1e4), source="common pumps: 1200 mL/h")
    container: Scalar = param(50.0, "mL", "volume of a full container", bounds=(1.0, 5000.0), source=_ASSUMED)
    nearly_empty: Scalar = param(2.5, "mL", "volume of the warning", bounds=(0.0, 500.0), source=_ASSUMED)
    gain_sd: Scalar = param(
        0.01, "1", "standard deviation between pumps and containers", bounds=(0.0, 0.2),
        source="maker's accuracy of 2 % taken as two standard deviations",
    )  # fmt: skip
    compliance: Scalar = param(
        0.0165, "mL/kPa", "of container and line", bounds=(1e-5, 1.0),
        source="Donmez 2005: 50 mL syringe, alarm after 117 min at 0.5 mL/h, which is 0.98 mL",
    )  # fmt: skip
    trapped_air: Scalar = param(0.0, "mL", "air in the container", bounds=(0.0, 50.0), source="none unless set")
    alarm_pressure: Scalar = param(60.0, "kPa", "occlusion alarm", bounds=(1.0, 300.0), source="450 mmHg, common")
    back_off: Scalar = param(
        0.0, "1", "share of the pressure that the motor takes back at the alarm", bounds=(0.0, 1.0),
        source="none; recent pumps take back nearly all",
    )  # fmt: skip
    resistance: Scalar = param(
        0.005, "kPa.h/mL", "of line and catheter", bounds=(1e-6, 10.0), source=_ASSUMED + ": 30 mL/min at 9 kPa"
    )
    dead_volume: Scalar = param(1.0, "mL", "of line and catheter", bounds=(1e-3, 100.0), source=_ASSUMED)
    primed: Scalar = param(1.0, "1", "whether the line is full of the drug", bounds=(0.0, 1.0), source="good practice")

    @abc.abstractmethod
    def fresh(self) -> Any:
        """The mechanism with a new container."""

    @abc.abstractmethod
    def push(self, x: State, u: Inputs, metered: Scalar) -> Pushed:
        """What enters the line when the motor meters so much."""

    def initial(self, noise: Noise) -> State:
        zero = jnp.zeros_like(self.container)
        line = Line(zero, (self.concentration * self.primed,) * _CELLS)
        gain = 1.0 + self.gain_sd * noise.normal(0)
        return State(self.fresh(), line, self.container, zero, gain, zero, zero, zero, zero)

    def flow(self, command: Scalar) -> Scalar:
        """The flow, mL/h, that the motor is set to for a command in mg/min."""
        wanted = jnp.where(command > 0.0, command, 0.0) * MINUTES_PER_HOUR / self.concentration
        return jnp.minimum(self.increment * jnp.floor(wanted / self.increment + 0.5), self.flow_max)

    def _attended(self, x: State, u: Inputs) -> State:
        """The pump after somebody saw to it, where they did."""
        begins = once_more(u.attended, x.attended)
        replaced = begins & (x.left <= self.nearly_empty)
        serviced = replaced | (begins & ((x.alarm == AIR) | (x.alarm == SUPPLY_BLOCKED)))
        fresh = self.fresh()
        drive = type(fresh)(**{n: jnp.where(serviced, v, getattr(x.drive, n)) for n, v in vars(fresh).items()})
        return eqx.tree_at(
            lambda s: (s.drive, s.left, s.alarm, s.attended),
            x,
            (
                drive,
                jnp.where(replaced, self.container, x.left),
                jnp.where(begins, 0.0, x.alarm),
                u.attended,
            ),
        )

    def _compliance(self) -> Scalar:
        return self.compliance + self.trapped_air / _ATMOSPHERE_KPA

    def _pressed(self, stored: Scalar, pushed: Scalar, u: Inputs) -> tuple[Scalar, Scalar]:
        """What is stored after a tick, and what left the line in it."""
        back = u.venous_pressure * _KPA_PER_MMHG - u.height * _KPA_PER_CM
        conductance = (1.0 - jnp.clip(u.occlusion, 0.0, 1.0)) / self.resistance
        passed = conductance / self._compliance() * (self.period_s / SECONDS_PER_HOUR)
        change = _mean_decay(passed) * (pushed - passed * (stored - self._compliance() * back))
        out = jnp.maximum(pushed - change, 0.0)
        return stored + pushed - out, out

    def _carried(
        self, cells: tuple[Scalar, ...], entering: Scalar, volume: Scalar
    ) -> tuple[tuple[Scalar, ...], Scalar]:
        """The cells after so much went through them, and the mean concentration that left."""
        turned_over = volume * _CELLS / self.dead_volume
        kept, mean = jnp.exp(-turned_over), _mean_decay(turned_over)
        after = []
        for cell in cells:
            leaving = entering + (cell - entering) * mean
            after.append(entering + (cell - entering) * kept)
            entering = leaving
        return tuple(after), entering

    def _alarm(self, before: Scalar, stored: Scalar, left: Scalar, mechanism: Scalar) -> Scalar:
        low = jnp.where(left <= self.nearly_empty, NEARLY_EMPTY, 0.0)
        found = jnp.where(mechanism > 0.0, mechanism, jnp.where(left <= 0.0, EMPTY, low))
        found = jnp.where(stored >= self.alarm_pressure * self._compliance(), OCCLUDED, found)
        return jnp.where(stops(before), before, found).astype(before.dtype)

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        hours = self.period_s / SECONDS_PER_HOUR
        x = self._attended(x, u)
        metered = jnp.where(stops(x.alarm), 0.0, self.flow(u.command) * hours)
        pushed = self.push(x, u, metered * x.gain)
        stored, out = self._pressed(x.line.stored, pushed.volume, u)
        alarm = self._alarm(x.alarm, stored, x.left - pushed.drawn, pushed.alarm)

        taken_back = jnp.where((alarm == OCCLUDED) & (x.alarm != OCCLUDED), self.back_off * stored, 0.0)
        left = x.left - pushed.drawn + taken_back
        stored = stored - taken_back

        carrier = jnp.maximum(u.carrier, 0.0) * hours * (1.0 - jnp.clip(u.occlusion, 0.0, 1.0))
        through = out + carrier
        drug = out * self.concentration * pushed.strength
        cells, leaving = self._carried(x.line.cells, drug / jnp.where(through > 0.0, through, 1.0), through)
        given = leaving * through
        delivered, infused = x.delivered + given, x.infused + out
        state = State(
            pushed.drive, Line(stored, cells), left, metered, x.gain, alarm, x.attended, delivered, infused
        )  # fmt: skip
        return state, outputs_of(self)(
            rate=given / (self.period_s / SECONDS_PER_MINUTE),
            delivered=delivered,
            flow=out / hours,
            volume=infused,
            left=left,
            pressure=stored / self._compliance(),
            alarm=alarm,
        )
