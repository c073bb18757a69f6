"""A small person, sensor and pump to close the loop on, with equations like Kanderian's minimal model."""

from types import SimpleNamespace
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from twinbed.core.component import input_template, is_port
from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import AbstractModel, Scalar
from twinbed.core.noise import Noise, noise_from_seed
from twinbed.core.quantities import param, port, ports, var
from twinbed.engine.couple import port_list

BASAL_RATE, CARBOHYDRATE_RATIO, CORRECTION_FACTOR, TOTAL_DAILY_INSULIN = 1.31, 12.0, 38.0, 48.0
"""The therapy of the person with sensitivity 1: rest at 120 mg/dL."""


class State(eqx.Module):
    skin: Scalar = var("mU/L", "insulin under the skin")
    plasma: Scalar = var("mU/L", "insulin in plasma")
    action: Scalar = var("1/min", "insulin action")
    glucose: Scalar = var("mg/dL", "glucose")
    tissue: Scalar = var("mg/dL", "glucose in tissue")
    stomach: Scalar = var("g", "carbohydrate in the stomach")
    gut: Scalar = var("g", "carbohydrate in the gut")


class Inputs(eqx.Module):
    insulin_rate: Scalar = port("insulin_rate", rest=0.0)
    carbohydrate: Scalar = port("carbohydrate", rest=0.0)


class Outputs(eqx.Module):
    plasma_glucose: Scalar = port("plasma_glucose")
    interstitial_glucose: Scalar = port("interstitial_glucose")


class Person(AbstractModel[State, Inputs, Outputs]):
    """Insulin: two compartments and an action; glucose; two compartments of carbohydrate."""

    seconds_per_time_unit: ClassVar[float] = 60.0
    step_s: float = eqx.field(static=True, default=300.0)

    sensitivity: Scalar = param(1.0, "1", "insulin sensitivity")
    start: Scalar = param(120.0, "mg/dL", "glucose at the start")

    def initial(self) -> State:
        plasma = jnp.asarray(BASAL_RATE) * 1000.0 / 60.0 / 2.01
        action = 8.11e-4 * plasma * jnp.ones_like(self.start)
        zero = jnp.zeros_like(self.start)
        return State(plasma + zero, plasma + zero, action, self.start, self.start, zero, zero)

    def resting(self) -> Inputs:
        return Inputs(jnp.full_like(self.start, BASAL_RATE), jnp.zeros_like(self.start))

    def rhs(self, t: Scalar, x: State, u: Inputs) -> State:
        arriving = u.insulin_rate * 1000.0 / 60.0 / 2.01
        return State(
            (arriving - x.skin) / 49.0,
            (x.skin - x.plasma) / 47.0,
            0.0106 * (self.sensitivity * 8.11e-4 * x.plasma - x.action),
            1.33 - (2.2e-3 + x.action) * x.glucose + x.gut / 40.0 * 800.0 / 253.0,
            (x.glucose - x.tissue) / 7.0,
            u.carbohydrate - x.stomach / 40.0,
            (x.stomach - x.gut) / 40.0,
        )

    def outputs(self, t: Scalar, x: State, u: Inputs) -> Outputs:
        return Outputs(x.glucose, x.tissue)


class SensorInputs(eqx.Module):
    interstitial_glucose: Scalar = port("interstitial_glucose")


class SensorOutputs(eqx.Module):
    cgm: Scalar = port("cgm")
    cgm_valid: Scalar = port("cgm_valid")


class SensorState(eqx.Module):
    error: Scalar = var("mg/dL", "present error")


class Sensor(AbstractDevice[SensorState, SensorInputs, SensorOutputs]):
    """Correlated noise; from `wrong_from` to `wrong_until` it shows `wrong` and says `wrong_valid`."""

    role: ClassVar[Role] = "sensor"
    period_s: float = eqx.field(static=True, default=300.0)

    sd: Scalar = param(6.0, "mg/dL", "standard deviation of the error")
    wrong_from: Scalar = param(1e9, "h", "start of the fault")
    wrong_until: Scalar = param(1e9, "h", "end of the fault")
    wrong: Scalar = param(0.0, "mg/dL", "what is shown meanwhile")
    wrong_valid: Scalar = param(0.0, "1", "what is said of it")

    def initial(self, noise: Noise) -> SensorState:
        return SensorState(self.sd * noise.normal(0))

    def step(self, t_s: Scalar, x: SensorState, u: SensorInputs, noise: Noise) -> tuple[SensorState, SensorOutputs]:
        error = 0.7 * x.error + jnp.sqrt(1.0 - 0.49) * self.sd * noise.normal(0)
        wrong = (t_s >= 3600.0 * self.wrong_from) & (t_s < 3600.0 * self.wrong_until)
        shown = jnp.clip(jnp.floor(u.interstitial_glucose + error + 0.5), 40.0, 400.0)
        valid = jnp.where(wrong, self.wrong_valid, 1.0)
        return SensorState(error), SensorOutputs(jnp.where(wrong, self.wrong, shown), valid)


class PumpInputs(eqx.Module):
    basal_command: Scalar = port("basal_command")
    bolus_command: Scalar = port("bolus_command", rest=0.0)
    bolus_command_number: Scalar = port("bolus_command_number", rest=0.0)
    meal_bolus: Scalar = port("meal_bolus", rest=0.0)
    meal_bolus_number: Scalar = port("meal_bolus_number", rest=0.0)
    communication_loss: Scalar = port("communication_loss", rest=0.0)


class PumpOutputs(eqx.Module):
    insulin_rate: Scalar = port("insulin_rate")
    insulin_reported: Scalar = port("insulin_reported")
    insulin_reported_total: Scalar = port("insulin_reported_total")


class PumpState(eqx.Module):
    basal: Scalar = var("[IU]/h", "basal rate in force")
    bolus_number: Scalar = var("1", "last bolus of the controller")
    meal_number: Scalar = var("1", "last bolus of the person")
    total: Scalar = var("[IU]", "delivered so far")


class Pump(AbstractDevice[PumpState, PumpInputs, PumpOutputs]):
    """Delivers what it is told within the tick; without a link it keeps the programmed basal rate."""

    role: ClassVar[Role] = "actuator"
    period_s: float = eqx.field(static=True, default=300.0)

    basal_rate: Scalar = param(BASAL_RATE, "[IU]/h", "programmed basal rate")

    def initial(self, noise: Noise) -> PumpState:
        zero = jnp.zeros_like(self.basal_rate)
        return PumpState(self.basal_rate, zero, zero, zero)

    def step(self, t_s: Scalar, x: PumpState, u: PumpInputs, noise: Noise) -> tuple[PumpState, PumpOutputs]:
        linked = u.communication_loss <= 0.0
        basal = jnp.where(linked, u.basal_command, self.basal_rate)
        bolus = jnp.where(linked & (u.bolus_command_number != x.bolus_number), u.bolus_command, 0.0)
        bolus = bolus + jnp.where(u.meal_bolus_number != x.meal_number, u.meal_bolus, 0.0)
        rate = basal + bolus * (3600.0 / self.period_s)
        total = x.total + rate * (self.period_s / 3600.0)
        state = PumpState(basal, u.bolus_command_number, u.meal_bolus_number, total)
        return state, PumpOutputs(rate, basal, total)


@eqx.filter_jit
def _run(device: AbstractDevice, inputs: eqx.Module) -> tuple[eqx.Module, eqx.Module]:
    noise = noise_from_seed(0)

    def tick(x: eqx.Module, item: tuple[jax.Array, eqx.Module]) -> tuple[eqx.Module, tuple]:
        k, u = item
        x, shown = device.step(k * device.period_s, x, u, noise.at(k.astype(jnp.uint32)))
        return x, (x, shown)

    n = jax.tree.leaves(inputs)[0].shape[0]
    start = device.initial(noise.at(0xFFFFFFFF))
    return jax.lax.scan(tick, start, (jnp.arange(n, dtype=float), inputs))[1]


def play(device: AbstractDevice, n: int, **signals: object) -> SimpleNamespace:
    """Feeds a device for `n` ticks, by signal name; what it shows as arrays, and its `states`."""
    template = input_template(device)
    feeds = {p.signal: p.rest for p in port_list(template)} | signals
    arrays = [np.broadcast_to(np.asarray(feeds[p.signal], float), n) for p in port_list(template)]
    tree = jax.tree.structure(template, is_leaf=is_port)
    states, shown = _run(device, jax.tree.unflatten(tree, [jnp.asarray(a) for a in arrays]))
    fields = {f: np.asarray(getattr(shown, f)) for f in ports(type(shown))}
    return SimpleNamespace(states=jax.tree.map(np.asarray, states), **fields)


def pulses(n: int, **at: float) -> np.ndarray:
    """Zeros with some values: `pulses(9, at_3=5.0)`."""
    out = np.zeros(n)
    for name, value in at.items():
        out[int(name.removeprefix("at_"))] = value
    return out


def loop_iob(minutes: np.ndarray, peak: float = 75.0, duration: float = 360.0) -> np.ndarray:
    """Insulin on board of the exponential curve of Loop and oref0, in closed form."""
    tau = peak * (1 - peak / duration) / (1 - 2 * peak / duration)
    a = 2 * tau / duration
    s = 1 / (1 - a + (1 + a) * np.exp(-duration / tau))
    t = np.asarray(minutes, float)
    inner = t**2 / (tau * duration * (1 - a)) - t / tau - 1
    return np.where(t < duration, 1 - s * (1 - a) * (inner * np.exp(-t / tau) + 1), 0.0)


def loop_activity(minutes: np.ndarray, peak: float = 75.0, duration: float = 360.0) -> np.ndarray:
    """Activity of the same curve, per minute."""
    tau = peak * (1 - peak / duration) / (1 - 2 * peak / duration)
    a = 2 * tau / duration
    s = 1 / (1 - a + (1 + a) * np.exp(-duration / tau))
    t = np.asarray(minutes, float)
    return np.where(t < duration, s / tau**2 * t * (1 - t / duration) * np.exp(-t / tau), 0.0)
