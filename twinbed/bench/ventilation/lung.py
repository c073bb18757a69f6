r"""A ventilator of twinbed on a test lung of one time constant.

From tick to tick the ventilator holds a pressure $P$ behind a resistance $R_c$; the lung above rest holds $V$, and

$$(R_c + R) \dot V = P - V / C$$

is solved exactly. What the ventilator feels is pressure and flow at the airway opening at the end of a tick.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from twinbed.core.component import input_template, is_port, output_template
from twinbed.core.device import AbstractDevice
from twinbed.core.noise import noise_from_seed
from twinbed.core.quantities import ports

CM_H2O_PER_HPA = 1.0 / 0.980665
_SECONDS_PER_MINUTE, _ML_PER_L = 60.0, 1000.0
_SWITCHED_ON = 0xFFFFFFFF
_FELT = ("airway_flow", "airway_pressure")
_DOES = ("circuit_pressure", "circuit_resistance")

Ticks = Float[np.ndarray, " tick"]


@dataclasses.dataclass(frozen=True)
class Ventilated:
    """What the bench measured at the end of every tick, and what the ventilator showed.

    Attributes:
        time_s: end of the tick.
        pressure: at the airway opening, hPa.
        volume: of the lung above rest, mL.
        shown: outputs of the ventilator by signal, in their units (pressures in cmH2O).
    """

    time_s: Ticks
    pressure: Ticks
    volume: Ticks
    shown: Mapping[str, Ticks]


def fits(device: AbstractDevice) -> bool:
    """Whether a device feels an airway and makes a pressure in a circuit."""
    felt = {port.signal for port in jax.tree.leaves(input_template(device), is_leaf=is_port)}
    does = {port.signal for port in ports(type(output_template(device))).values()}
    return felt >= set(_FELT) and does >= set(_DOES)


def ventilate(
    device: AbstractDevice, signals: Mapping[str, float], *, compliance: float, resistance: float, ticks: int,
    seed: int = 0,
) -> Ventilated:  # fmt: skip
    """Ventilates a lung.

    Args:
        device: one that `fits`.
        signals: what is set, by signal, in the units of the signals.
        compliance: mL/hPa.
        resistance: hPa.s/L.
        ticks: periods of the device.
        seed: which copy of the device.
    """
    lung = compliance / _ML_PER_L / CM_H2O_PER_HPA, resistance * CM_H2O_PER_HPA
    given = {name: jnp.asarray(float(value)) for name, value in signals.items()}
    pressure, volume, out = _played(
        device, given, jnp.asarray(lung[0]), jnp.asarray(lung[1]), jnp.uint32(seed), ticks
    )  # fmt: skip
    names = ports(type(output_template(device)))
    shown = {found.signal: np.asarray(getattr(out, field)) for field, found in names.items()}
    time = (np.arange(ticks) + 1.0) * device.period_s
    return Ventilated(time, np.asarray(pressure) / CM_H2O_PER_HPA, np.asarray(volume) * _ML_PER_L, shown)


@eqx.filter_jit
def _played(device: AbstractDevice, signals: dict[str, Any], compliance: Any, resistance: Any, seed: Any, ticks: int):
    """Pressure, cmH2O, and volume, L, at the end of every tick, and what the device showed before it."""
    noise, template, dt = noise_from_seed(0).at(seed), input_template(device), device.period_s
    field = {found.signal: name for name, found in ports(type(output_template(device))).items()}

    def tick(carry: Any, k: Any) -> Any:
        x, volume, pressure, flow = carry
        felt = {"airway_flow": flow * _SECONDS_PER_MINUTE, "airway_pressure": pressure, **signals}
        pick = lambda port: felt.get(port.signal, jnp.asarray(port.rest or 0.0))
        u = jax.tree.map(pick, template, is_leaf=is_port)
        x, out = device.step(k.astype(float) * dt, x, u, noise.at(k))
        held, behind = (getattr(out, field[name]) for name in _DOES)
        whole = behind + resistance
        volume = compliance * held + (volume - compliance * held) * jnp.exp(-dt / (compliance * whole))
        flow = (held - volume / compliance) / whole
        pressure = held - behind * flow
        return (x, volume, pressure, flow), (pressure, volume, out)

    zero = jnp.zeros(())
    start = (device.initial(noise.at(_SWITCHED_ON)), zero, zero, zero)
    return jax.lax.scan(tick, start, jnp.arange(ticks, dtype=jnp.uint32))[1]
