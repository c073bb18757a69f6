r"""An intensive-care ventilator: a state machine of expiration, inspiration and pause.

Modes (setting `mode`, a name or number of `MODES`): volume control and pressure control, both assisted when triggered;
pressure-regulated volume control; synchronised intermittent mandatory ventilation (volume, with supported breaths
between); pressure support; continuous positive airway pressure. The machine holds a pressure at its end of the circuit.
Volume-controlled flow is made by a servo on pressure. A patient triggers by flow, or by pressure against closed valves.
In the modes without mandatory breaths, breaths of the back-up follow an apnoea until the patient triggers
(`ventilator_backup`). Every setting with a signal `ventilator_..._set` can be changed in a run: the signal is in force
unless it is negative, zero where that means nothing, or the number of no mode; then the setting is as configured.

All that is shown is measured from pressure and flow at the airway opening. Plateau and total end-expiratory pressure
are the pressures at which flow turns after inspiration and expiration: right in a passive patient, disturbed by
effort, as they are at the bedside. Holds (`ventilator_inspiratory_hold`, `ventilator_expiratory_hold`) close the
circuit. The leak is estimated from what does not come back, and taken off trigger, cycling and volumes.
Without a breath for `apnoea_time` rate and minute volume are 0, and what is shown of the last breath is no reading
(`ventilator_valid`) until a whole one was measured again.

Alarms, the most urgent first: 1 high pressure (ends inspiration), 2 low pressure or disconnection, 3 apnoea, 4 low
minute volume, 5 high end-expiratory pressure.

*Known limits*: no limit of flow, no bias flow, no compressible volume of the circuit, no delay of gas in it; square
flow in volume control; the leak is one conductance at the airway opening. While not connected it does not cycle; in
standby it neither cycles nor alarms, and the patient breathes as without it.

**References:**

- ISO 80601-2-12:2020; ISO 19223:2019 (terms)
- Chatburn, El-Khatib & Mireles-Cabodevila (2014), Respir Care 59(11):1747, doi:10.4187/respcare.03057 (modes)
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var
from twinbed.devices._clock import SECONDS_PER_MINUTE
from twinbed.devices.ventilation._monitor import (
    MILLILITRES_PER_LITRE,
    Breath,
    Limits,
    Reading,
    Shown,
    Turn,
    Watch,
    alarm,
    at_zero_flow,
    begun,
    first_breath,
    followed,
    forgotten,
    idle,
    is_known,
    nothing_shown,
    per_minute,
    published,
    watched,
)
from twinbed.devices.ventilation._servo import Servo

MODES: dict[str, int] = {"vcv": 1, "pcv": 2, "prvc": 3, "simv": 4, "psv": 5, "cpap": 6}
"""Numbers of the modes."""
_EXPIRATION, _INSPIRATION, _PAUSE = 0.0, 1.0, 2.0
_VOLUME, _PRESSURE, _SUPPORT = 0.0, 1.0, 2.0
_LONG_AGO = 1e3
_CLOSED = 1e4
"""Resistance of a closed circuit, cmH2O s/L."""
_QUIET = 0.02
"""Flow, L/s, above which expiration counts as over for a pressure trigger."""
_VALVE = 0.5
"""Pressure above PEEP, cmH2O, that opens a closed expiratory valve."""
_FLOW_LAG = 0.1
"""Time in which the servo makes up for volume that is missing, s."""
_SETTING = "a usual setting for an adult"
_COMMON = "usual in user guides of intensive-care ventilators"


class Inputs(eqx.Module):
    """What the machine feels at the airway opening, and what somebody sets."""

    airway_flow: Scalar = port("airway_flow")
    airway_pressure: Scalar = port("airway_pressure")
    circuit_leak: Scalar = port("circuit_leak", rest=0.0)
    connected: Scalar = port("ventilator_connected", rest=1.0)
    standby: Scalar = port("ventilator_standby", rest=0.0)
    inspired_oxygen: Scalar = port("inspired_oxygen", rest=0.2095)
    mode: Scalar = port("ventilator_mode_set", rest=-1.0)
    tidal_volume: Scalar = port("ventilator_tidal_volume_set", rest=-1.0)
    rate: Scalar = port("ventilator_rate_set", rest=-1.0)
    inspiratory_time: Scalar = port("ventilator_inspiratory_time_set", rest=-1.0)
    peep: Scalar = port("ventilator_peep_set", rest=-1.0)
    oxygen: Scalar = port("ventilator_oxygen_set", rest=-1.0)
    pressure: Scalar = port("ventilator_pressure_set", rest=-1.0)
    support: Scalar = port("ventilator_support_set", rest=-1.0)
    inspiratory_hold: Scalar = port("ventilator_inspiratory_hold", rest=0.0)
    expiratory_hold: Scalar = port("ventilator_expiratory_hold", rest=0.0)


class Outputs(eqx.Module):
    """What the machine does to the patient, and what it shows."""

    circuit_pressure: Scalar = port("circuit_pressure")
    circuit_resistance: Scalar = port("circuit_resistance")
    inspired_oxygen: Scalar = port("inspired_oxygen")
    peak_pressure: Scalar = port("ventilator_peak_pressure")
    plateau_pressure: Scalar = port("ventilator_plateau_pressure")
    mean_pressure: Scalar = port("ventilator_mean_pressure")
    total_peep: Scalar = port("ventilator_total_peep")
    tidal_volume: Scalar = port("ventilator_tidal_volume")
    minute_volume: Scalar = port("ventilator_minute_volume")
    rate: Scalar = port("ventilator_rate")
    compliance: Scalar = port("ventilator_compliance")
    leak: Scalar = port("ventilator_leak")
    alarm: Scalar = port("ventilator_alarm")
    valid: Scalar = port("ventilator_valid")
    backup: Scalar = port("ventilator_backup")


class Cycle(eqx.Module):
    """Where the machine is in its breaths."""

    phase: Scalar = var("1", "0 expiration, 1 inspiration, 2 pause")
    since: Scalar = var("s", "time since the phase began")
    kind: Scalar = var("1", "0 volume, 1 pressure, 2 support")
    clock: Scalar = var("s", "time since a mandatory breath was due")
    backup: Scalar = var("1", "1 while the back-up ventilates")


class State(eqx.Module):
    """The machine."""

    cycle: Cycle
    servo: Servo
    breath: Breath
    shown: Shown
    watch: Watch
    machine_pressure: Scalar = var("cm[H2O]", "pressure at the machine's end")
    resistance: Scalar = var("cm[H2O].s/L", "resistance of the circuit, valves included")
    regulated: Scalar = var("cm[H2O]", "pressure above PEEP of pressure-regulated volume control")


class Settings(eqx.Module):
    """The settings in force."""

    mode: Scalar = var("1", "mode")
    tidal_volume: Scalar = var("L", "tidal volume")
    period: Scalar = var("s", "time from breath to breath")
    inspiration: Scalar = var("s", "inspiratory time, pause included")
    pause: Scalar = var("s", "pause")
    peep: Scalar = var("cm[H2O]", "end-expiratory pressure")
    oxygen: Scalar = var("1", "fraction of oxygen")
    pressure: Scalar = var("cm[H2O]", "pressure above PEEP")
    support: Scalar = var("cm[H2O]", "pressure support above PEEP")

    def has(self, *names: str) -> Bool[Array, ""]:
        """Whether the mode is one of these."""
        numbers = [self.mode == float(MODES[name]) for name in names]
        return sum(numbers[1:], numbers[0])

    def flow(self) -> Scalar:
        """Flow of a volume-controlled breath, L/s."""
        return self.tidal_volume / (self.inspiration - self.pause)


class Decision(eqx.Module):
    """What happens at a tick."""

    starts: Bool[Array, ""]
    timed: Bool[Array, ""]
    mandatory: Bool[Array, ""]
    pauses: Bool[Array, ""]
    ends: Bool[Array, ""]


class Ventilator(AbstractDevice[State, Inputs, Outputs]):
    """A ventilator for intensive care."""

    role: ClassVar[Role] = "actuator"
    period_s: float = eqx.field(static=True, default=0.01)

    mode: Scalar = param(1.0, "1", "mode", bounds=(1.0, 6.0), source=_SETTING, choices=MODES)
    tidal_volume: Scalar = param(500.0, "mL", "tidal volume", bounds=(2.0, 3000.0), source=_SETTING)
    rate: Scalar = param(15.0, "/min", "rate of mandatory breaths", bounds=(1.0, 150.0), source=_SETTING)
    inspiratory_time: Scalar = param(
        0.0, "s", "inspiratory time, pause included; 0: by the ratio", bounds=(0.0, 10.0), source=_SETTING
    )
    ratio: Scalar = param(
        0.5, "1", "inspiratory by expiratory time of mandatory breaths", bounds=(0.1, 4.0), source=_SETTING
    )
    pause: Scalar = param(0.0, "s", "pause after a volume-controlled inspiration", bounds=(0.0, 3.0), source=_SETTING)
    peep: Scalar = param(5.0, "cm[H2O]", "positive end-expiratory pressure", bounds=(0.0, 50.0), source=_SETTING)
    oxygen: Scalar = param(0.4, "1", "fraction of oxygen", bounds=(0.2, 1.0), source=_SETTING)
    pressure: Scalar = param(15.0, "cm[H2O]", "pressure above PEEP", bounds=(0.0, 100.0), source=_SETTING)
    support: Scalar = param(10.0, "cm[H2O]", "pressure support above PEEP", bounds=(0.0, 100.0), source=_SETTING)
    rise_time: Scalar = param(0.1, "s", "time in which pressure rises", bounds=(0.0, 2.0), source=_SETTING)
    trigger_flow: Scalar = param(2.0, "L/min", "flow that triggers; 0: none", bounds=(0.0, 30.0), source=_COMMON)
    trigger_pressure: Scalar = param(
        0.0, "cm[H2O]", "fall of pressure that triggers, instead of flow; 0: none", bounds=(0.0, 20.0), source=_COMMON
    )
    cycle_off: Scalar = param(
        0.25, "1", "share of peak flow at which support ends", bounds=(0.01, 0.95), source=_COMMON
    )
    support_time_max: Scalar = param(3.0, "s", "longest supported inspiration", bounds=(0.3, 10.0), source=_COMMON)
    expiration_min: Scalar = param(0.2, "s", "expiration in which nothing triggers", bounds=(0.0, 2.0), source=_COMMON)
    synchrony: Scalar = param(
        0.3, "1", "end of the period in which a triggered breath becomes the mandatory one, share of the period",
        bounds=(0.0, 1.0), source=_COMMON,
    )  # fmt: skip
    apnoea_time: Scalar = param(20.0, "s", "time without a breath to back-up and alarm", bounds=(5.0, 60.0),
                                source=_COMMON)  # fmt: skip
    regulation_step: Scalar = param(
        3.0, "cm[H2O]", "largest change of regulated pressure from breath to breath", bounds=(0.1, 10.0), source=_COMMON
    )
    leak_max: Scalar = param(60.0, "L/min", "largest leak that is taken off", bounds=(0.0, 200.0), source=_COMMON)
    pressure_limit: Scalar = param(
        60.0,
        "cm[H2O]",
        "pressure at which the relief valve holds the machine's end",
        bounds=(5.0, 150.0),
        source=_COMMON,
    )
    alarm_high_pressure: Scalar = param(
        40.0, "cm[H2O]", "pressure that ends inspiration with an alarm", bounds=(5.0, 150.0), source=_COMMON
    )
    alarm_low_pressure: Scalar = param(
        3.0, "cm[H2O]", "pressure that must be passed", bounds=(0.0, 50.0), source=_COMMON
    )
    alarm_low_pressure_time: Scalar = param(
        10.0, "s", "time without it to the alarm", bounds=(1.0, 60.0), source=_COMMON
    )
    alarm_minute_volume: Scalar = param(3.0, "L/min", "low minute volume", bounds=(0.0, 50.0), source=_COMMON)
    alarm_peep: Scalar = param(
        5.0,
        "cm[H2O]",
        "total end-expiratory pressure above the setting to the alarm",
        bounds=(0.5, 50.0),
        source=_COMMON,
    )
    circuit_resistance: Scalar = param(
        1.0, "cm[H2O].s/L", "resistance of the circuit, and of a tube that is not part of the lungs",
        bounds=(0.01, 100.0), source="of the order of adult circuits",
    )  # fmt: skip
    resistance_guess: Scalar = param(
        5.0, "cm[H2O].s/L", "resistance of the patient that is assumed at first", bounds=(0.0, 500.0), source=_COMMON
    )

    def __check_init__(self) -> None:
        if not np.isin(self.mode, [*MODES.values()]).all():
            raise ValueError(
                f"a ventilator of mode {self.mode}: choose {', '.join(f'{k} {n}' for n, k in MODES.items())}"
            )

    def initial(self, noise: Noise) -> State:
        zero = jnp.zeros_like(self.peep)
        return State(
            cycle=Cycle(zero, zero + _LONG_AGO, zero, SECONDS_PER_MINUTE / self.rate, zero),
            servo=Servo(self.resistance_guess, zero, zero),
            breath=first_breath(zero),
            shown=nothing_shown(zero),
            watch=Watch(zero, zero, zero),
            machine_pressure=zero,
            resistance=self.circuit_resistance,
            regulated=self.pressure,
        )

    def settings(self, u: Inputs) -> Settings:
        """What is in force."""
        use = lambda asked, configured: jnp.where(asked > 0.0, asked, configured)
        or_zero = lambda asked, configured: jnp.where(asked >= 0.0, asked, configured)
        mode = jnp.floor(u.mode + 0.5)
        period = SECONDS_PER_MINUTE / use(u.rate, self.rate)
        by_ratio = period * self.ratio / (1.0 + self.ratio)
        inspiration = use(u.inspiratory_time, use(self.inspiratory_time, by_ratio))
        inspiration = jnp.clip(inspiration, 5.0 * self.period_s, 0.9 * period)
        return Settings(
            mode=jnp.where((mode >= min(MODES.values())) & (mode <= max(MODES.values())), mode, self.mode),
            tidal_volume=use(u.tidal_volume, self.tidal_volume) / MILLILITRES_PER_LITRE,
            period=period,
            inspiration=inspiration,
            pause=jnp.minimum(self.pause, 0.6 * inspiration),
            peep=or_zero(u.peep, self.peep),
            oxygen=jnp.clip(use(u.oxygen, self.oxygen), 0.0, 1.0),
            pressure=or_zero(u.pressure, self.pressure),
            support=or_zero(u.support, self.support),
        )

    def _read(self, x: State, u: Inputs, s: Settings, on: Bool[Array, ""]) -> tuple[Servo, Reading]:
        """What the sensors say. They are faster than a tick: their volumes know how flow fell within it."""
        pressure = jnp.where(on, u.airway_pressure, 0.0)
        flow = jnp.where(on, (u.airway_flow + u.circuit_leak * u.airway_pressure) / SECONDS_PER_MINUTE, 0.0)
        lost = jnp.clip(x.shown.leak * pressure, 0.0, self.leak_max / SECONDS_PER_MINUTE)
        elastance = x.shown.elastance()
        mean = x.servo.mean_flow(flow - lost, x.resistance, elastance, self.period_s)
        servo = x.servo.learned(pressure, flow - lost, elastance * mean * self.period_s, s.flow())
        inside = pressure - servo.resistance * servo.flow
        return servo, Reading(pressure, flow, mean + lost, flow - lost, mean, inside)

    def _triggered(self, x: State, s: Settings, now: Reading) -> Bool[Array, ""]:
        """Whether the patient asks for a breath."""
        by_pressure = self.trigger_pressure > 0.0
        fell = by_pressure & (now.pressure < s.peep - self.trigger_pressure)
        flows = now.patient_flow * SECONDS_PER_MINUTE > self.trigger_flow
        asks = fell | (~by_pressure & (self.trigger_flow > 0.0) & flows)
        return asks & (x.cycle.since >= self.expiration_min)

    def _decide(self, x: State, s: Settings, now: Reading, u: Inputs, on: Bool[Array, ""]) -> Decision:
        c = x.cycle
        expiring, inspiring = c.phase == _EXPIRATION, c.phase == _INSPIRATION
        free = expiring & on & (u.expiratory_hold < 0.5)
        spontaneous = s.has("psv", "cpap")
        due = jnp.where(spontaneous & (c.backup < 0.5), self.apnoea_time, s.period)
        asked = free & self._triggered(x, s, now)
        timed = free & ~asked & (c.clock >= due - 0.5 * self.period_s) & (c.since >= self.expiration_min)
        in_window = c.clock >= (1.0 - self.synchrony) * s.period
        assisted = asked & ~spontaneous & (~s.has("simv") | in_window)

        flow_time = s.inspiration - jnp.where(c.kind == _VOLUME, s.pause, 0.0)
        fallen = (now.patient_flow <= self.cycle_off * x.breath.peak_flow) & (c.since >= self.rise_time)
        supported = fallen | (c.since >= self.support_time_max)
        passed = lambda time: c.since >= time - 0.5 * self.period_s
        over = inspiring & jnp.where(c.kind == _SUPPORT, supported, passed(flow_time))
        too_high = ~expiring & (now.pressure >= self.alarm_high_pressure)
        held = u.inspiratory_hold > 0.5
        pauses = over & ~too_high & (((c.kind == _VOLUME) & (s.pause > 0.0)) | held)
        paused = (c.phase == _PAUSE) & ~held & passed(jnp.where(c.kind == _VOLUME, s.pause, 0.0))
        ends = (over & ~pauses) | paused | too_high | (~expiring & ~on)
        return Decision(asked | timed, timed, timed | assisted, pauses, ends)

    def _next(self, c: Cycle, s: Settings, d: Decision, on: Bool[Array, ""]) -> Cycle:
        """The state machine after what was decided."""
        phase = jnp.where(d.starts, _INSPIRATION, jnp.where(d.pauses, _PAUSE, c.phase))
        spontaneous = s.has("psv", "cpap")
        simv = s.has("simv")
        mandatory = jnp.where(s.has("vcv", "simv"), _VOLUME, _PRESSURE)
        kind = jnp.where(d.mandatory, mandatory, _SUPPORT)
        # a mandatory breath that comes a fraction of a tick late, or early in its window, keeps the beat
        kept = jnp.minimum(c.clock - s.period, self.period_s)
        restarted = jnp.where((d.timed & ~(spontaneous & (c.backup < 0.5))) | (simv & d.mandatory), kept, 0.0)
        restarts = d.starts & (d.mandatory | ~simv)
        backup = jnp.where(d.timed & spontaneous, 1.0, jnp.where(d.starts | ~spontaneous, 0.0, c.backup))
        clock = jnp.where(restarts, restarted, c.clock)
        return Cycle(
            phase=jnp.where(d.ends, _EXPIRATION, phase),
            since=jnp.where(d.starts | d.pauses | d.ends, 0.0, c.since),
            kind=jnp.where(d.starts, kind, c.kind),
            clock=jnp.where(on, clock, s.period),
            backup=backup,
        )

    def _regulated(self, x: State, s: Settings, d: Decision) -> Scalar:
        """Pressure of pressure-regulated volume control: corrected once a breath by what the last one gave."""
        given = jnp.maximum(x.breath.inspired, 1e-4)
        wanted = x.regulated * s.tidal_volume / given
        step = jnp.clip(wanted - x.regulated, -self.regulation_step, self.regulation_step)
        most = jnp.minimum(self.pressure_limit, self.alarm_high_pressure) - s.peep
        corrected = jnp.clip(x.regulated + step, 1.0, jnp.maximum(most, 1.0))
        again = d.starts & s.has("prvc") & (x.cycle.kind == _PRESSURE) & (x.breath.inspired > 0.0)
        return jnp.where(again, corrected, x.regulated)

    def _machine_pressure(self, x: State, s: Settings, servo: Servo, now: Reading) -> Scalar:
        """Pressure at the machine's end until the next tick."""
        c = x.cycle
        flow = s.flow()
        missing = flow * c.since - x.breath.inspired
        elastance = x.shown.elastance()
        by_volume = servo.pressure_for(flow + missing / _FLOW_LAG, self.circuit_resistance, elastance, self.period_s)
        by_volume = by_volume + self.circuit_resistance * (now.flow - now.patient_flow)  # the leak flows there too
        support = jnp.where(s.has("cpap"), 0.0, s.support)
        controlled = jnp.where(s.has("prvc"), x.regulated, s.pressure)
        above = jnp.where(c.kind == _SUPPORT, support, controlled)
        rise = jnp.clip((c.since + self.period_s) / jnp.maximum(self.rise_time, self.period_s), 0.0, 1.0)
        inspiration = jnp.where(c.kind == _VOLUME, by_volume, s.peep + above * rise)
        wanted = jnp.where(c.phase == _INSPIRATION, inspiration, s.peep)
        return jnp.clip(wanted, 0.0, self.pressure_limit)

    def _closed(self, c: Cycle, s: Settings, now: Reading, u: Inputs) -> Bool[Array, ""]:
        """Whether valves close the circuit: in a pause, in a hold, and before a pressure trigger."""
        expiring = c.phase == _EXPIRATION
        spontaneous = s.has("psv", "cpap") & (c.backup < 0.5)
        held = expiring & (u.expiratory_hold > 0.5) & (spontaneous | (c.clock >= s.period))
        still = (now.flow >= -_QUIET) & (now.pressure <= s.peep + _VALVE) & (c.since >= self.expiration_min)
        return (c.phase == _PAUSE) | held | (expiring & (self.trigger_pressure > 0.0) & still)

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        del t_s, noise
        s, dt = self.settings(u), self.period_s
        standby = u.standby >= 0.5
        on = (u.connected >= 0.5) & ~standby
        servo, now = self._read(x, u, s, on)
        expiring = x.cycle.phase == _EXPIRATION
        inspires = (x.cycle.phase == _INSPIRATION) & (now.patient_flow > 0.0)
        turned = (x.breath.seeks_zero > 0.5) & ((expiring & (now.patient_flow < 0.0)) | inspires)
        turn = Turn(turned, expiring, at_zero_flow(x.breath, now))
        breath = followed(x.breath, now, expiring, turned, dt)
        breath = eqx.tree_at(lambda b: b.whole, breath, jnp.where(on, breath.whole, 0.0))
        backup = jnp.where(standby, 0.0, x.cycle.backup)
        counted = (x.cycle.since + dt, x.cycle.clock + dt, backup)
        cycle = eqx.tree_at(lambda c: (c.since, c.clock, c.backup), x.cycle, counted)
        x = State(cycle, servo, breath, x.shown, x.watch, x.machine_pressure, x.resistance, x.regulated)

        d = self._decide(x, s, now, u, on)
        regulated = self._regulated(x, s, d)
        shown = forgotten(published(x.shown, breath, now, turn, d.starts), breath.duration > self.apnoea_time)
        watch = watched(x.watch, now, self.alarm_high_pressure, self.alarm_low_pressure, d.starts, dt)
        breath, shown, watch = idle(standby, breath, shown, watch)
        x = State(
            self._next(cycle, s, d, on), servo, begun(breath, now, d.starts, d.ends), shown, watch,
            x.machine_pressure, x.resistance, regulated,
        )  # fmt: skip
        pressure = self._machine_pressure(x, s, servo, now)
        resistance = jnp.where(self._closed(x.cycle, s, now, u), _CLOSED, self.circuit_resistance)
        x = eqx.tree_at(lambda y: (y.machine_pressure, y.resistance), x, (pressure, resistance))
        return x, self._shown(x, u, s, on)

    def _shown(self, x: State, u: Inputs, s: Settings, on: Bool[Array, ""]) -> Outputs:
        shown = x.shown
        # what a source behind a resistance with a leak is from the patient's side
        share = 1.0 / (1.0 + u.circuit_leak / SECONDS_PER_MINUTE * x.resistance)
        rate, volume = per_minute(shown, x.breath.duration)
        limits = Limits(
            self.alarm_high_pressure, self.alarm_low_pressure, self.alarm_low_pressure_time, self.apnoea_time,
            self.alarm_minute_volume, s.peep + self.alarm_peep,
        )  # fmt: skip
        return Outputs(
            circuit_pressure=jnp.where(on, x.machine_pressure * share, 0.0),
            circuit_resistance=jnp.where(on, x.resistance * share, 0.0),
            inspired_oxygen=jnp.where(on, s.oxygen, u.inspired_oxygen),
            peak_pressure=shown.peak_pressure,
            plateau_pressure=shown.plateau_pressure,
            mean_pressure=shown.mean_pressure,
            total_peep=shown.total_peep,
            tidal_volume=shown.expired * MILLILITRES_PER_LITRE,
            minute_volume=volume,
            rate=rate,
            compliance=shown.compliance * MILLILITRES_PER_LITRE,
            leak=shown.leak * shown.mean_pressure * SECONDS_PER_MINUTE,
            alarm=alarm(x.watch, shown, limits, x.breath.duration, x.cycle.backup),
            valid=is_known(shown).astype(volume.dtype),
            backup=jnp.where(on, x.cycle.backup, 0.0),
        )
