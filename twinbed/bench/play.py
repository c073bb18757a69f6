"""A device of twinbed alone on a laboratory's bench: no bed and no patient, only signals at its inputs.

`play` samples signals of any interval, as an instrument gives them; `ticks_of` is told what each of the device's own
periods reads, as a scenario gives it.
"""

from collections.abc import Callable, Mapping
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from twinbed.core.component import input_template, is_port, output_template
from twinbed.core.device import AbstractDevice
from twinbed.core.errors import StudyError
from twinbed.core.noise import noise_from_seed
from twinbed.core.quantities import ports
from twinbed.engine.batch import as_precision

Series = Float[np.ndarray, " sample"]
_SWITCHED_ON = 0xFFFFFFFF
"""The place of the noise with which a device is switched on; ticks have numbers below it."""


def made(cls: Callable[..., AbstractDevice], **settings: Any) -> AbstractDevice:
    """A device whose settings are plain numbers."""
    return cls(**settings)


def ticks_of(
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
    full = {k: jnp.asarray(np.broadcast_to(np.asarray(v, float), ticks)) for k, v in signals.items() if k in read}
    return _shown(device, _run(_numbers(device), full, ticks, jnp.uint32(seed), jnp.uint32(first)))


def play(device: AbstractDevice, signals: Mapping[str, Series], every_s: float, *, unit: int = 0) -> dict[str, Series]:
    """What a device shows while signals are at its inputs.

    At every tick of its own period the device reads the newest sample; an input that is not named rests.

    Args:
        device: with its settings.
        signals: by name (see `vocab.signals`), all of one length, in the signals' units.
        every_s: time between samples.
        unit: which device of the make it is; another one has other offsets and other noise.

    Returns:
        its outputs by name, what was shown at the time of each sample.

    Raises:
        StudyError: an input that is neither given nor has a value at rest.
    """
    samples = len(next(iter(signals.values())))
    ratio, early = device.period_s / every_s, 1e-6  # a tick at the time of a sample reads that sample
    ticks = int((samples - 1) / ratio + early) + 1
    read = (np.arange(_padded(ticks)) * ratio + early).astype(np.int64).clip(max=samples - 1)
    found = {port.signal: port.rest for port in jax.tree.leaves(input_template(device), is_leaf=is_port)}
    unfed = sorted(name for name, rest in found.items() if rest is None and name not in signals)
    if unfed:
        raise StudyError(f"{type(device).__name__} reads {', '.join(unfed)}, which this protocol does not provide")
    fed = {name: jnp.asarray(np.asarray(signals[name], float)[read]) for name in found if name in signals}
    out = _shown(device, _run(_numbers(device), fed, len(read), jnp.uint32(unit), jnp.uint32(0)))
    shown = np.minimum((np.arange(samples) / ratio + early).astype(np.int64), ticks - 1)
    return {signal: values[shown] for signal, values in out.items()}


def _numbers(device: AbstractDevice) -> AbstractDevice:
    """The device with arrays for numbers, so that another value is no other program, in 64 bits."""
    arrays = jax.tree.map(lambda x: jnp.asarray(x, float) if isinstance(x, float | int) else x, device)
    return as_precision(arrays, jnp.float64)


def _shown(device: AbstractDevice, out: Any) -> dict[str, np.ndarray]:
    fields = ports(type(output_template(device)))
    return {port.signal: np.asarray(getattr(out, field)) for field, port in fields.items()}


def _padded(ticks: int) -> int:
    """The next power of two: series of nearly one length share what was compiled."""
    return 1 << max(0, ticks - 1).bit_length()


@eqx.filter_jit
def _run(device: AbstractDevice, signals: dict[str, Any], ticks: int, unit: Any, first: Any) -> Any:
    noise = noise_from_seed(0).at(unit)
    rest = lambda found: jnp.asarray(0.0 if found.rest is None else found.rest, jnp.float64)

    def tick(x: Any, k_now: Any) -> Any:
        k, now = k_now
        pick = lambda found: now[found.signal] if found.signal in now else rest(found)
        u = jax.tree.map(pick, input_template(device), is_leaf=is_port)
        return device.step(k.astype(jnp.float64) * device.period_s, x, u, noise.at(first + k))

    x = as_precision(device.initial(noise.at(_SWITCHED_ON)), jnp.float64)
    return jax.lax.scan(tick, x, (jnp.arange(ticks, dtype=jnp.uint32), signals))[1]
