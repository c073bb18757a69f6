"""Runs one device alone, tick by tick, on given signals."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from twinbed.core.component import input_template, is_port, output_template
from twinbed.core.device import AbstractDevice, Nothing, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise, noise_from_seed
from twinbed.core.quantities import ports
from twinbed.devices.sensing._display import Inputs, Outputs
from twinbed.engine.batch import as_precision


class NoisySensor(AbstractDevice[Nothing, Inputs, Outputs]):
    """A sensor with white noise: quick to compile, and it shows whether its noise is disturbed."""

    role: ClassVar[Role] = "sensor"
    period_s: float = eqx.field(static=True, default=300.0)

    def initial(self, noise: Noise) -> Nothing:
        return Nothing()

    def step(self, t_s: Scalar, x: Nothing, u: Inputs, noise: Noise) -> tuple[Nothing, Outputs]:
        glucose = u.interstitial_glucose
        return x, Outputs(glucose + 5.0 * noise.normal(0), jnp.ones_like(glucose))


@dataclasses.dataclass(frozen=True)
class Played:
    """What a device showed, (seed, tick) by signal, and its state after every tick."""

    shown: Mapping[str, np.ndarray]
    states: Any

    def __getitem__(self, signal: str) -> np.ndarray:
        return self.shown[signal]


# As it ships: with the quick compiler of the tests, the same sum may have other last bits beside another one.
@eqx.filter_jit(compiler_options={"xla_backend_optimization_level": 3})
def _run(device: AbstractDevice, signals: dict[str, Any], seeds: Any, dtype: type, ticks: int) -> Any:
    def one(seed: Any) -> Any:
        noise = noise_from_seed(7, dtype=dtype).at(seed)
        x = as_precision(device.initial(noise.at(0xFFFFFFFF)), dtype)

        def tick(x: Any, k_now: Any) -> Any:
            k, now = k_now
            pick = lambda found: now.get(found.signal, jnp.asarray(found.rest or 0.0, dtype))
            u = jax.tree.map(pick, input_template(device), is_leaf=is_port)
            x, out = device.step(k.astype(dtype) * device.period_s, x, u, noise.at(k))
            return x, (x, out)

        return jax.lax.scan(tick, x, (jnp.arange(ticks, dtype=jnp.int32), signals))[1]

    return jax.vmap(one)(seeds)


def play(
    device: AbstractDevice,
    ticks: int,
    *,
    seeds: int | Sequence[int] = 1,
    dtype: type = jnp.float64,
    **signals: Any,
) -> Played:
    """Plays signals (a number, or one for every tick) to a device; unnamed inputs rest."""
    full = {name: jnp.asarray(np.broadcast_to(np.asarray(v, float), ticks), dtype) for name, v in signals.items()}
    numbers = np.arange(seeds) if isinstance(seeds, int) else np.asarray(seeds)
    states, out = _run(as_precision(device, dtype), full, jnp.asarray(numbers, jnp.uint32), dtype, ticks)
    names = ports(type(output_template(device)))
    shown = {found.signal: np.asarray(getattr(out, field)) for field, found in names.items()}
    return Played(shown, jax.tree.map(np.asarray, states))
