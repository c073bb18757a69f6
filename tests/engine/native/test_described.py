"""Descriptions say all that a trace bakes in, or refuse."""

import functools
import math
import operator

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from twinbed.core.noise import noise_from_seed
from twinbed.core.scenario import Event
from twinbed.devices.infusion.syringe_pump import SyringePump
from twinbed.engine.native.described import arguments, described
from twinbed.engine.native.errors import NotDescribed
from twinbed.physiology.body.environment import Environment

NOREPINEPHRINE = type(SyringePump.of("norepinephrine", concentration=0.08))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True), (1, 1.0), (0.0, -0.0), ("1", 1), (None, "None"), ((1, 2), [1, 2]), ((1, (2,)), ((1, 2),)),
        (np.float32(1.0), np.float64(1.0)), (jnp.float32, jnp.float64), (np.dtype("i4"), np.dtype("u4")),
        (np.arange(3.0), np.asarray([0.0, 1.0, 3.0])), (np.arange(4.0), np.arange(4.0).reshape(2, 2)),
        (np.arange(3.0), jnp.arange(3.0)), (jnp.asarray(1.0), jnp.asarray(1)), (jnp.full((), 2.0, float), jnp.asarray(2.0)),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}), ({"a": 1}, {"a": 2}), (frozenset({1}), frozenset({1, 2})),
        (noise_from_seed(1), noise_from_seed(2)), (noise_from_seed(1), noise_from_seed(1, dtype=jnp.float32)),
        (Environment(), Environment(step_s=2.0)), (math.sin, math.cos), (jnp.sin, jnp.cos),
        (SyringePump, NOREPINEPHRINE), (NOREPINEPHRINE, type(SyringePump.of("epinephrine", concentration=0.02))),
        (Event("tilt_set", 1.0, 2.0, 3.0), Event("tilt_set", 1.0, 2.0, 4.0)),
    ],
)  # fmt: skip
def test_what_differs_is_described_differently(one, other):
    assert described(one) == described(one)
    assert described(one) != described(other)
    assert described((one,)) != described((other,))


def test_arguments_are_described_by_shape_and_what_is_no_array_by_value():
    tree = lambda number, text="a", n=3: {"x": np.full(n, number), "y": (jnp.zeros((n, 2)), text, None)}
    assert arguments(tree(1.0), {}) == arguments(tree(2.0), {}) == arguments(tree(1.0, n=2), {})
    assert arguments({}, tree(1.0)) != arguments({}, tree(1.0, n=2))
    different = [tree(1.0, "b"), tree(1), {**tree(1.0), "z": 1}, {"x": np.zeros(3), "y": [*tree(1.0)["y"]]}]
    described_as = [arguments(tree(1.0), {}), arguments({}, tree(1.0)), *(arguments(d, {}) for d in different)]
    assert len(set(described_as)) == len(described_as)


def test_what_is_static_is_described_by_value_also_where_it_is_an_array():
    assert arguments(static(np.arange(2.0)), ()) == arguments(static(np.arange(2.0)), ())
    assert arguments(static(np.arange(2.0)), ()) != arguments(static(np.arange(2.0) + 1.0), ())


def static(held):
    """A model with something in a static field."""
    model = Environment()
    object.__setattr__(model, "step_s", held)
    return model


class _Theirs:
    pass


def _closed():
    return lambda: None


@pytest.mark.parametrize(
    "held",
    [
        _closed(), lambda: None, functools.partial(math.sin, 1.0), operator.attrgetter("a"), object(), _Theirs(),
        _Theirs, _closed, np.asarray([object()]), jax.random.key(1), iter(()), [{"deep": (object(),)}],
    ],
)  # fmt: skip
def test_what_is_not_all_in_names_and_fields_is_refused(held):
    with pytest.raises(NotDescribed):
        described(held)
    with pytest.raises(NotDescribed):
        arguments(static(held), ())


def test_what_is_held_beside_the_fields_is_refused():
    event = Event("tilt_set", 1.0, 2.0, 3.0)
    object.__setattr__(event, "more", 1)
    with pytest.raises(NotDescribed, match="more"):
        described(event)


def test_a_value_of_another_trace_is_refused():
    with pytest.raises(NotDescribed, match="another trace"):
        jax.make_jaxpr(lambda x: described((x,)))(1.0)


def test_a_class_that_was_made_and_then_given_another_function_is_refused(monkeypatch):
    monkeypatch.setattr(NOREPINEPHRINE, "step", lambda *_: None, raising=False)
    with pytest.raises(NotDescribed, match="was given"):
        described(NOREPINEPHRINE)
