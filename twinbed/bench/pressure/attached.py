"""Puts the automatic cuff of twinbed in the place of a device under test.

The cuff inflates itself and sees an artery, which a device under test must not. Here it is given the envelope of a
recorded deflation, sampled at its own steps, and does with it what it does with its own: its estimator, its shares.
"""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from twinbed.bench.pressure.algorithms import envelope
from twinbed.bench.protocol import Values
from twinbed.core.errors import NotFound, StudyError
from twinbed.devices.monitoring.nibp_cuff import Envelope, NibpCuff

_STEPS = 26
"""As many as the device keeps."""


def reads_recordings(device: Any) -> Callable[[Values], Values]:
    """A function that answers recordings of deflations with the estimator of an automatic cuff.

    Raises:
        NotFound: the device is no automatic cuff.
    """
    if not isinstance(device, NibpCuff):
        raise NotFound(f"{type(device).__name__} is no automatic cuff; give devices/monitoring/nibp_cuff")

    def answer(stimulus: Values) -> Values:
        found = envelope(np.asarray(stimulus["cuff_pressure"], float), float(stimulus["sample_rate"]))
        step = float(device.step_size)
        levels = found.pressure[0] - step * np.arange(_STEPS)
        sizes = np.interp(levels, found.pressure[::-1], found.size[::-1])
        reading = _estimated(device, jnp.asarray(levels), jnp.asarray(sizes), int((levels > found.pressure[-1]).sum()))
        if float(reading.valid) < 0.5:
            raise StudyError("the cuff found no valid reading in the recording")
        return {"systolic": float(reading.systolic), "diastolic": float(reading.diastolic)}

    return answer


@eqx.filter_jit
def _estimated(device: NibpCuff, levels: jax.Array, sizes: jax.Array, steps: Any) -> Any:
    zero = jnp.zeros(())
    start = Envelope(jnp.zeros(_STEPS), zero, zero, zero, zero, zero)

    def step(e: Envelope, now: Any) -> tuple[Envelope, None]:
        k, level, size = now
        after = device._with_step(e, size, level)
        return jax.tree.map(lambda a, b: jnp.where(k < steps, a, b), after, e), None

    e, _ = jax.lax.scan(step, start, (jnp.arange(_STEPS), levels, sizes))
    return device._reading(e, levels[0] - (e.count - 1.0) * device.step_size)[0]
