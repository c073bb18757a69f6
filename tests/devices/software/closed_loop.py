"""A small person, sensor and pump to close the loop on, with equations like Kanderian's minimal model."""

from types import SimpleNamespace
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from twinbed.core.component import input_template, is_port
from twinbed.core.device import AbstractDevice
from twinbed.core.model import AbstractModel, Scalar
from twinbed.core.noise import noise_from_seed
from twinbed.core.quantities import param, port, ports, var
from twinbed.engine.couple import port_list
from twinbed.engine.integrate import rk4

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


def inputs_of(device: AbstractDevice, signals: dict[str, jax.Array]) -> eqx.Module:
    """The inputs of a device, by signal name; what nobody feeds rests."""
    template = input_template(device)
    read = lambda p: signals[p.signal] if p.rest is None else signals.get(p.signal, jnp.asarray(p.rest, float))
    values = [read(p) for p in port_list(template)]
    return jax.tree.unflatten(jax.tree.structure(template, is_leaf=is_port), values)


def shown_by(shown: eqx.Module) -> dict[str, jax.Array]:
    """Outputs by signal name."""
    return {p.signal: getattr(shown, field) for field, p in ports(type(shown)).items()}


class Course(eqx.Module):
    """What happens to one person, tick by tick of 5 min."""

    eaten: jax.Array
    announced: jax.Array
    error: jax.Array
    wrong: jax.Array
    is_wrong: jax.Array
    wrong_valid: jax.Array
    linked: jax.Array


@eqx.filter_jit
def close_the_loop(software: tuple[AbstractDevice, ...], people: Person, courses: Course) -> jax.Array:
    """Glucose of every person at every tick.

    The sensor shows tissue glucose and an error in whole numbers between 40 and 400. The pump delivers what it
    is told within the tick, and keeps the basal rate while it hears nothing; the person's bolus always arrives.
    """
    noise = noise_from_seed(0)
    zero = jnp.zeros(())

    def live(person: Person, course: Course) -> jax.Array:
        def tick(carry: tuple, row: tuple[jax.Array, Course]) -> tuple[tuple, jax.Array]:
            x, states, total, numbers = carry
            t_s, now = row
            reading = jnp.clip(jnp.floor(x.tissue + now.error + 0.5), 40.0, 400.0)
            signals = {
                "cgm": jnp.where(now.is_wrong > 0.0, now.wrong, reading),
                "cgm_valid": jnp.where(now.is_wrong > 0.0, now.wrong_valid, 1.0),
                "carbohydrate_announced": now.announced,
                "insulin_reported": jnp.asarray(BASAL_RATE),
                "insulin_reported_total": total,
            }
            after = []
            for device, state in zip(software, states, strict=True):
                state, shown = device.step(t_s, state, inputs_of(device, signals), noise)
                after.append(state)
                signals |= shown_by(shown)
            ordered, asked = signals.get("bolus_command_number", zero), signals.get("meal_bolus_number", zero)
            linked = now.linked > 0.0
            basal = jnp.where(linked, signals["basal_command"], BASAL_RATE)
            bolus = jnp.where(linked & (ordered != numbers[0]), signals.get("bolus_command", zero), 0.0)
            bolus = bolus + jnp.where(asked != numbers[1], signals.get("meal_bolus", zero), 0.0)
            rate = basal + 12.0 * bolus
            x = rk4(person, t_s / 60.0, x, Inputs(rate, now.eaten), 5.0)
            return (x, tuple(after), total + rate / 12.0, (ordered, asked)), x.glucose

        start = tuple(device.initial(noise) for device in software)
        times = jnp.arange(course.eaten.shape[0], dtype=float) * 300.0
        return jax.lax.scan(tick, (person.initial(), start, zero, (zero, zero)), (times, course))[1]

    return jax.vmap(live)(people, courses)


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
