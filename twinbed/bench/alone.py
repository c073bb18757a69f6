"""Runs a device of twinbed outside a bed, tick by tick, on given signals: what an adapter of a protocol needs."""

from collections.abc import Callable, Mapping
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

_SWITCHED_ON = 0xFFFFFFFF
"""The place of the noise with which a device is switched on; ticks have numbers below it."""


def made(cls: Callable[..., AbstractDevice], **settings: Any) -> AbstractDevice:
    """A device whose settings are plain numbers."""
    return cls(**settings)


def alone(
    device: AbstractDevice, signals: Mapping[str, Any], ticks: int, *, seed: int = 0, first: int = 0
) -> dict[str, Float[np.ndarray, " tick"]]:
    """What a device shows, by signal, when it is switched on and played to.

    Args:
        device: any device or wrapped device.
        signals: a number, or one for every tick, by signal; inputs without one rest, and what the device does not
            read is left out.
        ticks: how many periods of the device.
        seed: which copy of the device it is: what differs between copies is drawn from it.
        first: number of the first tick, for a copy that is switched on once more and is to draw anew.
    """
    read = {port.signal for port in jax.tree.leaves(input_template(device), is_leaf=is_port)}
    full = {k: np.broadcast_to(np.asarray(v, float), ticks) for k, v in signals.items() if k in read}
    out = _played(
        _numbers(device), {k: jnp.asarray(v) for k, v in full.items()}, jnp.uint32(seed), jnp.uint32(first), ticks
    )
    names = ports(type(output_template(device)))
    return {found.signal: np.asarray(getattr(out, field)) for field, found in names.items()}


def _numbers(device: AbstractDevice) -> AbstractDevice:
    """The device with arrays for numbers, so that another value is no other program."""
    return jax.tree.map(lambda x: jnp.asarray(x, float) if isinstance(x, float | int) else x, device)


@eqx.filter_jit
def _played(device: AbstractDevice, signals: dict[str, Any], seed: Any, first: Any, ticks: int) -> Any:
    noise = noise_from_seed(0).at(seed)
    template = input_template(device)

    def tick(x: Any, now: Any) -> Any:
        k, given = now
        pick = lambda port: given.get(port.signal, jnp.asarray(port.rest or 0.0))
        u = jax.tree.map(pick, template, is_leaf=is_port)
        return device.step(k.astype(float) * device.period_s, x, u, noise.at(first + k))

    start = device.initial(noise.at(_SWITCHED_ON))
    return jax.lax.scan(tick, start, (jnp.arange(ticks, dtype=jnp.uint32), signals))[1]
