"""Contract checks run on every component, ours or a third party's."""

import dataclasses
import math
from collections.abc import Callable, Iterator
from typing import Any, get_args

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from twinbed.core.component import input_template, output_template, types_of
from twinbed.core.device import AbstractDevice, Role
from twinbed.core.endpoint import AbstractEndpoint
from twinbed.core.errors import NotFound
from twinbed.core.model import AbstractHybridModel, AbstractModel
from twinbed.core.noise import noise_from_seed
from twinbed.core.quantities import Quantity, ports
from twinbed.engine.batch import as_precision, repeat
from twinbed.engine.couple import port_list
from twinbed.engine.integrate import advance
from twinbed.engine.native.errors import CannotLower
from twinbed.engine.native.program import program
from twinbed.testing.declared import declared, undeclared, valued
from twinbed.testing.dimensions import check_dimensions as check_model_dimensions
from twinbed.testing.examples import example, plausible_inputs
from twinbed.testing.returns import check_returns
from twinbed.vocab.signals import Signal
from twinbed.vocab.signals import signal as signal_of
from twinbed.vocab.units import UnitError, label, parse

Check = Callable[[type], None]
_TICKS = 8
_SEED = 7
_FASTEST_REST_S = 1.0
_AWAY = (0.0137, 0.3, 0.3)
"""How far parameters, state and inputs are moved from rest where slopes are compared, away from corners."""
_DIRECTIONS, _APART, _SAME_SLOPE = 3, 1e-6, 1e-4
_TINY = 1e-6
"""What is added to a value's size before it is weighed by it."""
_SHARES, _ROUNDING = (0.0, 0.2, 0.5, 1.0), 1e-6
_HIDDEN = ": draw what is random from `noise`, keep what is to be remembered in the state, and read no clock or file"
_WINDOW_S, _STEADY, _STEADY_OF_RANGE = 30.0, 0.05, 1e-3


def checks_for(cls: type) -> tuple[Check, ...]:
    """The checks that a component class must pass.

    Raises:
        NotFound: the class is no model, device or endpoint.
    """
    for base, checks in (
        (AbstractModel, MODEL_CHECKS),
        (AbstractDevice, DEVICE_CHECKS),
        (AbstractEndpoint, ENDPOINT_CHECKS),
    ):
        if issubclass(cls, base):
            return checks
    raise NotFound(f"{cls.__name__} is no model, device or endpoint; derive it from AbstractModel, AbstractDevice, ...")


def _all_finite(tree: Any) -> bool:
    return all(bool(np.isfinite(np.asarray(a)).all()) for a in jax.tree.leaves(tree))


def _same_bits(a: Any, b: Any) -> bool:
    pairs = zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True)
    return all(np.asarray(x).tobytes() == np.asarray(y).tobytes() for x, y in pairs)


def _close(a: Any, b: Any, relative: float) -> bool:
    pairs = zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True)
    return all(np.allclose(np.asarray(x, float), np.asarray(y, float), rtol=relative, atol=relative) for x, y in pairs)


def check_declared(cls: type) -> None:
    """Every number has a unit that can be read; every parameter a meaning and, in models, a source."""
    part = example(cls)
    assert cls.__doc__, f"{cls.__name__} needs a docstring"
    missing = list(undeclared(part))
    assert not missing, f"{cls.__name__} has numbers without a unit: {', '.join(missing)}"
    own = list(declared(part))
    for name, quantity in (*own, *_of_states(cls)):
        try:
            parse(quantity.unit)
        except UnitError as error:
            raise UnitError(f"{cls.__name__}.{name}: {error}") from error
        assert quantity.doc, f"{cls.__name__}.{name} has no meaning"
    if isinstance(part, AbstractModel):
        for name, quantity in own:
            assert quantity.source, f"{cls.__name__}.{name} has no source"


def _of_states(cls: type) -> Iterator[tuple[str, Quantity]]:
    """What a model or device remembers, and what it shows without being a signal, with the parts of these."""
    if not issubclass(cls, AbstractModel | AbstractDevice):
        return
    types = types_of(cls)
    for holder in (types.state, types.outputs):
        yield from _of_class(holder, f"{getattr(holder, '__name__', holder)}.")


def _of_class(holder: Any, where: str) -> Iterator[tuple[str, Quantity]]:
    if not (isinstance(holder, type) and issubclass(holder, eqx.Module)):
        return
    for field in dataclasses.fields(holder):
        if "quantity" in field.metadata:
            yield f"{where}{field.name}", field.metadata["quantity"]
        yield from _of_class(field.type, f"{where}{field.name}.")


def check_bounds(cls: type) -> None:
    """Defaults lie within their declared bounds."""
    for name, value, quantity in valued(example(cls)):
        if quantity.bounds is not None:
            low, high = quantity.bounds
            inside = bool(np.all((np.asarray(value) >= low) & (np.asarray(value) <= high)))
            assert inside, f"{cls.__name__}.{name} = {value} lies outside its bounds {quantity.bounds}"


def check_dimensions(cls: type) -> None:
    """The equations are consistent with the units they declare."""
    check_model_dimensions(example(cls))


def _one_step(model: AbstractModel, t_s: Any, x: Any, u: Any) -> tuple[Any, Any]:
    x = advance(model, t_s, x, u, 1)
    return x, model.outputs(t_s / model.seconds_per_time_unit, x, u)


_compiled_step = eqx.filter_jit(_one_step)


def check_model_jit_and_vmap(cls: type) -> None:
    """One step runs under jit and, for seven patients, gives each what it gives alone."""
    model = example(cls)
    u, t = model.resting(), jnp.asarray(0.0)
    alone = _compiled_step(model, t, model.initial(), u)
    assert _all_finite(alone), f"{cls.__name__} is not finite after one step at rest"
    many = eqx.filter_jit(jax.vmap(_one_step, in_axes=(0, None, 0, 0)))(
        repeat(model, 7), t, repeat(model.initial(), 7), repeat(u, 7)
    )
    same = _close(jax.tree.map(lambda a: a[3], many), alone, 1e-12)
    assert same, f"{cls.__name__} gives a patient beside six others what it does not give it alone"


def check_model_gradient(cls: type) -> None:
    """Derivatives by parameters, state and inputs are finite, and those of central differences away from rest."""
    model = example(cls)
    rest = (model, model.initial(), model.resting())
    moved = tuple(jax.tree.map(lambda a, by=by: jnp.where(a == 0.0, by, a * (1.0 + by)), part)
                  for part, by in zip(map(_numbers, rest), _AWAY, strict=True))  # fmt: skip

    def values(numbers: tuple[Any, Any, Any]) -> Any:
        patient, x, u = eqx.combine(numbers, rest)
        t, dt = jnp.asarray(600.0), jnp.asarray(1.0)
        jumped = patient.jump(t, dt, x, u) if isinstance(patient, AbstractHybridModel) else x
        return ravel_pytree(_numbers((jumped, patient.rhs(t, x, u), patient.outputs(t, x, u))))[0]

    gradient = eqx.filter_jit(jax.grad(lambda numbers, weights: jnp.sum(weights * values(numbers))))
    compiled = eqx.filter_jit(values)
    for numbers in (tuple(map(_numbers, rest)), moved):
        weights = 1.0 / (jnp.abs(compiled(numbers)) + _TINY)
        found = gradient(numbers, weights)
        assert _all_finite(found), f"{cls.__name__} has a derivative that is not finite"
    _check_against_differences(cls.__name__, moved, found, lambda numbers: jnp.sum(weights * compiled(numbers)))


def _numbers(part: Any) -> Any:
    return eqx.filter(part, eqx.is_inexact_array)


def _check_against_differences(name: str, at: tuple[Any, ...], gradient: tuple[Any, ...], value: Any) -> None:
    """Along random directions, in each kind of number by itself, a gradient is what central differences say."""
    random = np.random.default_rng(_SEED)
    for k, kind in enumerate(("parameters", "state", "inputs")):
        point, back = ravel_pytree(at[k])
        for _ in range(_DIRECTIONS if point.size else 0):
            way = random.standard_normal(point.size) * np.abs(point)
            ahead, behind = (value((*at[:k], back(point + sign * _APART * way), *at[k + 1 :])) for sign in (1, -1))
            by_differences = float(ahead - behind) / (2.0 * _APART)
            derived = float(ravel_pytree(gradient[k])[0] @ way)
            apart = abs(derived - by_differences)
            said = f"{name}: by {kind} {derived}, by differences {by_differences}"
            assert apart <= _SAME_SLOPE * max(1.0, abs(derived)), said


def check_rest(cls: type) -> None:
    """A patient at rest stays at rest for a day: nothing drifts by more than rounding.

    What changes within a second may beat or breathe, and settles first: after a minute, two half minutes have the
    same plausible means, to 5 % or a thousandth of the plausible range.
    """
    model = example(cls)
    if model.step_s < _FASTEST_REST_S:
        _check_steady(model)
        return
    start, u = model.initial(), model.resting()

    @eqx.filter_jit
    def day(x: Any) -> Any:
        def one(x: Any, k: Any) -> tuple[Any, None]:
            return advance(model, k * model.step_s, x, u, 1), None

        return jax.lax.scan(one, x, jnp.arange(round(86400.0 / model.step_s), dtype=float))[0]

    before = model.outputs(jnp.asarray(0.0), start, u)
    after = model.outputs(jnp.asarray(0.0), day(start), u)
    assert _close(after, before, 1e-6), f"{cls.__name__} drifts from rest: {before} to {after}"


def _check_steady(model: AbstractModel) -> None:
    u, steps = model.resting(), round(_WINDOW_S / model.step_s)

    def one(carry: tuple[Any, Any], k: Any) -> tuple[tuple[Any, Any], None]:
        x, total = carry
        x, shown = _one_step(model, k * model.step_s, x, u)
        return (x, jax.tree.map(jnp.add, total, shown)), None

    @eqx.filter_jit
    def window(x: Any, first: Any) -> tuple[Any, Any]:
        nothing = jax.tree.map(jnp.zeros_like, model.outputs(jnp.asarray(0.0), x, u))
        x, total = jax.lax.scan(one, (x, nothing), first + jnp.arange(steps, dtype=float))[0]
        return x, jax.tree.map(lambda a: a / steps, total)

    x, means = model.initial(), []
    for number in range(4):
        x, mean = window(x, jnp.asarray(float(number * steps)))
        means.append(vars(mean))
    for name, last in means[-1].items():
        before, (low, high) = means[-2][name], signal_of(name).plausible
        moved = f"{type(model).__name__}.{name} goes from {before} to {last} in half a minute at rest"
        size = max(abs(float(last)), abs(float(before)))
        assert low <= float(last) <= high, moved
        assert abs(float(last - before)) <= max(_STEADY * size, _STEADY_OF_RANGE * (high - low)), moved


def check_model_precision(cls: type) -> None:
    """A step in 32 bits agrees with the step in 64 bits to 32-bit rounding."""
    model = example(cls)
    wide = _compiled_step(model, jnp.asarray(0.0), model.initial(), model.resting())
    narrow = as_precision(model, jnp.float32)
    x, u = as_precision((model.initial(), model.resting()), jnp.float32)
    slim = _one_step(narrow, jnp.asarray(0.0, jnp.float32), x, u)  # sooner run once than compiled
    kinds = {a.dtype for a in jax.tree.leaves(slim) if eqx.is_inexact_array(a)}
    assert kinds <= {jnp.dtype(jnp.float32)}, f"{cls.__name__} widens 32-bit numbers: {kinds}"
    assert _close(slim, wide, 2e-5), f"{cls.__name__} in 32 bits is further from 64 bits than rounding is"


def _device_ticks(device: AbstractDevice, u: Any, dtype: type) -> Any:
    noise = noise_from_seed(_SEED, dtype=dtype)
    x = as_precision(device.initial(noise.at(0xFFFFFFFF)), dtype)

    def one(x: Any, k: Any) -> tuple[Any, Any]:
        t_s = k.astype(dtype) * device.period_s
        return device.step(t_s, x, u, noise.at(k))

    return jax.lax.scan(one, x, jnp.arange(_TICKS, dtype=jnp.int32))


_run_device = eqx.filter_jit(_device_ticks)


def check_device_ports(cls: type) -> None:
    """Role and period are sound and what the device reads and shows are signals."""
    device = example(cls)
    roles = get_args(Role)
    assert device.role in roles, f"{cls.__name__}.role is {device.role!r}; it is one of {', '.join(roles)}"
    sound = math.isfinite(device.period_s) and device.period_s > 0
    assert sound, f"{cls.__name__}.period_s is {device.period_s}; it is the seconds between two readings, above 0"
    assert port_list(output_template(device)), f"{cls.__name__} shows nothing"
    port_list(input_template(device))


def check_device_runs(cls: type) -> None:
    """Eight ticks stay finite over the whole plausible range of the inputs."""
    device = example(cls)
    for share in _SHARES:
        out = _run_device(device, plausible_inputs(device, share), jnp.float64)
        assert _all_finite(out), f"{cls.__name__} is not finite at {share:.0%} of its inputs' range"


def check_device_plausible(cls: type) -> None:
    """What a device shows is plausible of each signal, while its inputs are anywhere in their plausible ranges.

    Nothing to show may be shown as 0, and what a sensor shows may be what is plausible of the same unit that it reads.
    """
    device = example(cls)
    reads = port_list(input_template(device)) if device.role == "sensor" else []
    for flags in (0.0, 1.0):
        for share in _SHARES:
            shown = _run_device(device, plausible_inputs(device, share, flags=flags), jnp.float64)[1]
            when = f"with its inputs at {share:.0%} of their ranges, flags {flags:.0f}"
            for one, values in vars(shown).items():
                known = signal_of(ports(type(shown))[one].signal)
                _check_plausible(cls.__name__, known, [signal_of(r.signal) for r in reads], np.ravel(values), when)


def _check_plausible(name: str, known: Signal, reads: list[Signal], values: np.ndarray, when: str) -> None:
    ranges = [known.plausible, *(r.plausible for r in reads if r.unit == known.unit)]
    low, high = min(0.0, *(r[0] for r in ranges)), max(0.0, *(r[1] for r in ranges))
    worst = max(values, key=lambda v: max(low - v, v - high))
    slack = _ROUNDING * (high - low)
    said = f"{name} shows {known.name} {worst:g}, {when}; plausible is {low:g} to {high:g} {label(known.unit)}".rstrip()
    assert low - slack <= worst <= high + slack, f"{said}: limit it with jnp.clip"


def check_device_seed(cls: type) -> None:
    """The same seed gives the same bits, and nothing but the arguments enters the equations."""
    device = example(cls)
    u = plausible_inputs(device, 0.2)
    first, second = (_run_device(device, u, jnp.float64) for _ in range(2))
    assert _same_bits(first, second), f"{cls.__name__} shows something else for the same seed"
    traced = [jax.make_jaxpr(lambda v: _device_ticks(device, v, jnp.float64))(u) for _ in range(2)]
    assert str(traced[0]) == str(traced[1]), f"{cls.__name__} changes between two readings of its code{_HIDDEN}"


def check_device_vmaps(cls: type) -> None:
    """Seven devices side by side show what each shows alone."""
    device = example(cls)
    u = plausible_inputs(device, 0.2)
    alone = _run_device(device, u, jnp.float64)
    run = lambda d, v: _device_ticks(d, v, jnp.float64)
    many = eqx.filter_jit(jax.vmap(run))(repeat(device, 7), repeat(u, 7))
    same = _close(jax.tree.map(lambda a: a[4], many), alone, 1e-9)
    assert same, f"{cls.__name__} beside six others shows what it does not show alone"


def check_device_precision(cls: type) -> None:
    """The first tick in 32 bits agrees with 64 bits, and stays in 32 bits."""
    device = example(cls)
    wide = _run_device(device, plausible_inputs(device, 0.2), jnp.float64)[1]
    narrow = as_precision(device, jnp.float32)
    slim = _run_device(narrow, plausible_inputs(device, 0.2, jnp.float32), jnp.float32)[1]
    kinds = {a.dtype for a in jax.tree.leaves(slim) if jnp.issubdtype(a.dtype, jnp.floating)}
    assert kinds <= {jnp.dtype(jnp.float32)}, f"{cls.__name__} widens 32-bit numbers: {kinds}"
    same = _close(jax.tree.map(lambda a: a[0], slim), jax.tree.map(lambda a: a[0], wide), 1e-3)
    assert same, f"{cls.__name__} in 32 bits is further from 64 bits than a thousandth"


def check_endpoint(cls: type) -> None:
    """The fold runs under jit, stays finite, and every result has a unit and a meaning."""
    endpoint = example(cls)
    u = plausible_inputs(endpoint, 0.2)

    @eqx.filter_jit
    def fold(e: Any) -> Any:
        def one(x: Any, k: Any) -> tuple[Any, None]:
            return e.update(k.astype(float) * e.period_s, x, u), None

        return e.result(jax.lax.scan(one, e.init(), jnp.arange(_TICKS, dtype=jnp.int32))[0])

    numbers = fold(endpoint)
    assert _all_finite(numbers), f"{cls.__name__} is not finite"
    assert not list(undeclared(numbers)), f"{cls.__name__} returns numbers without a unit"


def native_code(cls: type) -> str:
    """Whether one step of a component can be printed as native code: "yes", or "no" and what cannot."""
    part = example(cls)
    noise, t_s = noise_from_seed(_SEED), jnp.asarray(0.0)
    if isinstance(part, AbstractModel):
        args = (part, t_s, part.initial(), part.resting())
        step = _one_step
    elif isinstance(part, AbstractDevice):
        args = (part, t_s, part.initial(noise), plausible_inputs(part, 0.2))
        step = lambda d, t, x, u: d.step(t, x, u, noise)
    else:
        args = (part, t_s, part.init(), plausible_inputs(part, 0.2))
        step = lambda e, t, x, u: e.update(t, x, u)
    arrays, fixed = eqx.partition(args, eqx.is_array)
    leaves, structure = jax.tree.flatten(arrays)
    of_leaves = lambda *a: jax.tree.leaves(step(*eqx.combine(jax.tree.unflatten(structure, a), fixed)))
    try:
        program(jax.make_jaxpr(of_leaves)(*leaves), np.float64)
    except CannotLower as error:
        return f"no: {error}"
    return "yes"


MODEL_CHECKS: tuple[Check, ...] = (
    check_declared,
    check_bounds,
    check_returns,
    check_dimensions,
    check_model_jit_and_vmap,
    check_model_gradient,
    check_rest,
    check_model_precision,
)
DEVICE_CHECKS: tuple[Check, ...] = (
    check_declared,
    check_bounds,
    check_device_ports,
    check_returns,
    check_device_runs,
    check_device_plausible,
    check_device_seed,
    check_device_vmaps,
    check_device_precision,
)
ENDPOINT_CHECKS: tuple[Check, ...] = (check_declared, check_bounds, check_returns, check_endpoint)
