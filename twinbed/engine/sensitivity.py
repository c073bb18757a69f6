"""How signals change with parameters: forward sensitivities of a whole run.

Every pair of patient and parameter is a run of its own in which the derivative is carried beside the state,
so a cohort's sensitivities map over lanes like a cohort does. What a device rounds, counts or
compares is differentiated as it stands: a dose that comes in increments has the derivative zero.

**References:**

- Griewank & Walther (2008), Evaluating Derivatives, ch. 3, doi:10.1137/1.9780898717761
"""

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from twinbed.core.errors import TwinbedError
from twinbed.core.noise import Noise, noise_from_seed
from twinbed.core.scenario import Scenario, Timeline
from twinbed.engine.batch import as_cohort, as_precision, cohort_size, on_backend, prepare
from twinbed.engine.bed import Bed
from twinbed.engine.native.execute import mapped
from twinbed.engine.run import Plan, run


def sensitivities(  # noqa: PLR0913 (as `simulate`: every setting by name)
    beds: Bed,
    scenario: Scenario,
    parameters: Sequence[str],
    *,
    duration_s: float,
    seed: int,
    record: Sequence[str],
    record_period_s: float = 300.0,
    substeps: int = 1,
    backend: str = "auto",
) -> dict[str, np.ndarray]:
    """Derivatives of recorded signals by parameters, per unit of the parameter.

    What a device rounds does not pass a derivative on: behind a pump that delivers in increments, what a
    controller does in response is not in the result. For such loops use differences of two runs.

    Args:
        beds: one bed or a cohort.
        scenario: what happens to everyone.
        parameters: names such as `patient.vmx`, `patient.subcutaneous.kd` or `sensor.gain`.
        duration_s: length of the run in seconds; it starts at midnight.
        seed: any integer; noise is the same with and without the change.
        record: names of signals.
        record_period_s: how often they are kept.
        substeps: Runge-Kutta steps in one step of a model.
        backend: as in `simulate`.

    Returns:
        For every signal an array (patient, parameter, time).

    Raises:
        TwinbedError: no parameter is named, or one is not in the bed; the message lists what is there.
    """
    beds = as_cohort(beds)
    if isinstance(parameters, str) or not parameters:
        raise TwinbedError(f"parameters is {parameters!r}: give a list of names such as ['patient.vmx']")
    for name in parameters:
        _check(beds, name)
    n = cohort_size(beds)
    job = prepare(
        beds, scenario, duration_s=duration_s, record=record, record_period_s=record_period_s, substeps=substeps
    )
    dtype = next(a.dtype for a in jax.tree.leaves(beds) if eqx.is_inexact_array(a))
    each = lambda a: jnp.repeat(a, len(parameters), axis=0)
    places = jnp.tile(jnp.arange(len(parameters), dtype=jnp.int32), n)
    own = (jax.tree.map(each, beds), each(jnp.arange(n, dtype=jnp.uint32)), places)
    noise = noise_from_seed(seed, dtype=dtype.type)
    shared = (noise.key, as_precision(job.timeline, dtype))
    one = _Slope(tuple(parameters), dtype.type, job.plan)
    natively = lambda target: mapped(one, own, shared, dtype=dtype, target=target)
    slopes, _ = on_backend(backend, natively, lambda: _mapped_by_xla(one, own, shared))
    shape = (n, len(parameters), -1)
    return {job.names[k]: np.asarray(v).reshape(shape) for k, v in slopes.items()}


@dataclasses.dataclass(frozen=True)
class _Slope:
    """The derivatives of one patient's signals by the parameter of a place in the list."""

    parameters: tuple[str, ...]
    dtype: type
    plan: Plan

    def __call__(self, own: tuple[Bed, Array, Array], shared: tuple[Any, Timeline]) -> dict[str, Array]:
        (bed, number, place), (key, timeline) = own, shared
        noise = Noise(key, self.dtype).at(number)
        moving, still = eqx.partition(bed, eqx.is_inexact_array)
        direction = jax.tree.map(jnp.zeros_like, moving)
        for k, name in enumerate(self.parameters):
            here = (place == k).astype(self.dtype)
            direction = eqx.tree_at(lambda b, name=name: _at(b, name), direction, replace_fn=lambda d, h=here: d + h)
        signals = lambda moving: run(eqx.combine(moving, still), timeline, noise, self.plan).recorded
        return jax.jvp(signals, (moving,), (direction,))[1]


def _at(bed: Bed, name: str) -> Any:
    first, *rest = name.split(".")
    return functools.reduce(getattr, rest, bed.components[first])


def _check(bed: Bed, name: str) -> None:
    """Raises `TwinbedError` if a bed has no such parameter."""
    first, *rest = name.split(".")
    if first not in bed.components:
        raise TwinbedError(f"{name!r}: the bed has no part {first!r}, only {', '.join(bed.components)}")
    found: Any = bed.components[first]
    for field in rest:
        if not dataclasses.is_dataclass(found) or not hasattr(found, field):
            there = [f.name for f in dataclasses.fields(found)] if dataclasses.is_dataclass(found) else []
            raise TwinbedError(f"{name!r}: no {field!r} in {type(found).__name__}; there is {', '.join(there)}")
        found = getattr(found, field)
    if not eqx.is_inexact_array(found):
        raise TwinbedError(f"{name!r} is no number that can change")


@eqx.filter_jit
def _mapped_by_xla(one: _Slope, own: Any, shared: Any) -> dict[str, Array]:
    arrays, fixed = eqx.partition(own, eqx.is_array)
    return jax.vmap(lambda own: one(eqx.combine(own, fixed), shared))(arrays)
