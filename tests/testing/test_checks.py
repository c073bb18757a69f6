"""The checks catch what they are for: each planted mistake fails exactly its check."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest

from tests.engine.plain import (
    Inputs,
    Mean,
    MeanGlucose,
    Outputs,
    Sensor,
    SensorInputs,
    SensorOutputs,
    State,
    Tank,
)
from twinbed.core.device import AbstractDevice, Nothing, Role
from twinbed.core.errors import NotFound
from twinbed.core.model import AbstractHybridModel, AbstractModel, Scalar, Time
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, var
from twinbed.testing import checks_for
from twinbed.testing.checks import (
    check_declared,
    check_device_seed,
    check_dimensions,
    check_model_gradient,
    check_rest,
    check_returns,
    native_code,
)
from twinbed.vocab.units import UnitError


@pytest.mark.parametrize("cls", [Tank, Sensor, MeanGlucose])
def test_sound_components_pass(cls):
    for check in checks_for(cls):
        check(cls)


def test_other_classes_are_refused():
    with pytest.raises(NotFound, match="no model, device or endpoint"):
        checks_for(dict)


def _tank(**changes):
    """A tank class with other members."""
    members = {
        "seconds_per_time_unit": 60.0,
        "__module__": __name__,
        "__doc__": "A tank.",
        "__annotations__": {
            "seconds_per_time_unit": ClassVar[float],
            "step_s": float,
            "p": Scalar,
            "gain": Scalar,
        },
        "step_s": eqx.field(static=True, default=60.0),
        "p": param(0.02, "1/min", "rate of return", source="test"),
        "gain": param(1.0, "mg/dL/g", "rise per gram", source="test"),
        "initial": lambda self: State(jnp.asarray(100.0)),
        "resting": lambda self: Inputs(jnp.asarray(0.0), jnp.asarray(0.0)),
        "rhs": lambda self, t, x, u: State(self.gain * u.carbohydrate - self.p * x.glucose),
        "outputs": lambda self, t, x, u: Outputs(x.glucose),
    }
    import types

    base = (AbstractHybridModel if "jump" in changes else AbstractModel)[State, Inputs, Outputs]
    return types.new_class("Planted", (base,), exec_body=lambda ns: ns.update(members | changes))


@pytest.mark.parametrize(
    "rhs",
    [
        lambda self, t, x, u: State(u.carbohydrate - self.p * x.glucose),  # g/min for mg/dL/min
        lambda self, t, x, u: State(self.gain * u.insulin_rate - self.p * x.glucose),
        lambda self, t, x, u: State(self.p * self.p * x.glucose),  # 1/min2
        lambda self, t, x, u: State(-self.p * (x.glucose - 100.0)),  # a number without a unit
    ],
)
def test_wrong_units_are_caught(rhs):
    check_dimensions(_tank())
    with pytest.raises(AssertionError, match="units of rhs"):
        check_dimensions(_tank(rhs=rhs))


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ({"initial": lambda self: Outputs(jnp.asarray(100.0))}, r"initial returns Outputs; return State\(...\)"),
        ({"resting": lambda self: State(jnp.asarray(0.0))}, r"resting returns State; return Inputs\(...\)"),
        ({"rhs": lambda self, t, x, u: Outputs(x.glucose)}, "rhs returns Outputs with other parts than State"),
        ({"jump": lambda self, t, dt, x, u: u}, "jump returns Inputs with other parts than State"),
        ({"outputs": lambda self, t, x, u: x}, r"outputs returns State; return Outputs\(...\)"),
    ],
)
def test_what_methods_of_a_model_return_is_what_its_class_names(method, said):
    check_returns(_tank(jump=lambda self, t, dt, x, u: x))
    with pytest.raises(AssertionError, match=said):
        check_returns(_tank(**method))


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ({"init": lambda self: Mean(jnp.asarray(0.0))}, r"init returns Mean; return Sum\(...\)"),
        ({"update": lambda self, t_s, x, u: u}, "update returns Outputs with other parts than Sum"),
        ({"result": lambda self, x: x}, r"result returns Sum; return Mean\(...\)"),
    ],
)
def test_what_methods_of_an_endpoint_return_is_what_its_class_names(method, said, monkeypatch):
    for name, returns in method.items():
        monkeypatch.setattr(MeanGlucose, name, returns)
    with pytest.raises(AssertionError, match=said):
        check_returns(MeanGlucose)


def test_a_saturated_mistake_is_caught():
    """Grams beside milligrams inside a tanh that is saturated at the nominal point."""

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        return State(-self.p * x.glucose * jnp.tanh(50.0 + self.gain * u.carbohydrate - self.gain))

    with pytest.raises(AssertionError, match="units of rhs"):
        check_dimensions(_tank(rhs=rhs))


@pytest.mark.parametrize(
    ("rhs", "kind"),
    [
        (lambda self, t, x, u: State(-jax.lax.stop_gradient(self.p) * x.glucose), "parameters"),
        (lambda self, t, x, u: State(-self.p * jax.lax.stop_gradient(x.glucose)), "state"),
        (lambda self, t, x, u: State(self.gain * jax.lax.stop_gradient(u.carbohydrate) - x.glucose), "inputs"),
    ],
)
def test_a_derivative_that_leaves_something_out_is_caught(rhs, kind):
    check_model_gradient(_tank())
    with pytest.raises(AssertionError, match=f"by {kind} .* by differences"):
        check_model_gradient(_tank(rhs=rhs))


def test_a_derivative_that_is_not_finite_is_caught():
    root = lambda self, t, x, u: State(jnp.sqrt(u.carbohydrate) - self.p * x.glucose)
    with pytest.raises(AssertionError, match="not finite"):
        check_model_gradient(_tank(rhs=root))


def test_a_patient_who_drifts_is_caught():
    with pytest.raises(AssertionError, match="drifts from rest"):
        check_rest(_tank())


def test_a_fast_patient_who_drifts_within_the_plausible_range_is_caught():
    """Glucose of a tank falls by 12 % a minute, so by 6 % in half a minute, and stays above 60 mg/dL meanwhile."""
    fast = {"step_s": eqx.field(static=True, default=0.5)}
    slow = lambda p: param(p, "1/min", "decay", source="test")
    check_rest(_tank(p=slow(0.001), **fast))
    with pytest.raises(AssertionError, match="in half a minute at rest"):
        check_rest(_tank(p=slow(0.12), **fast))


def test_a_parameter_without_unit_or_source_is_caught():
    bare = {"gain": eqx.field(default=1.0, converter=jnp.asarray)}
    with pytest.raises(AssertionError, match="without a unit: gain"):
        check_declared(_tank(**bare))
    with pytest.raises(AssertionError, match="no source"):
        check_declared(_tank(gain=param(1.0, "mg/dL/g", "rise")))
    with pytest.raises(UnitError):
        check_declared(_tank(gain=param(1.0, "furlong", "rise", source="test")))


class Level(eqx.Module):
    """A part of a state."""

    volume: Scalar = var("Lmin", "volume")


class Misspelt(eqx.Module):
    """A state whose part has a unit that is none."""

    level: Level


class Nameless(eqx.Module):
    """A state without a meaning."""

    glucose: Scalar = var("mg/dL", "")


@pytest.mark.parametrize(
    ("state", "kind", "message"),
    [
        (Misspelt, UnitError, "Remembers.Misspelt.level.volume: .*'Lmin'"),
        (Nameless, AssertionError, "Nameless.glucose has no meaning"),
    ],
)
def test_a_state_without_a_unit_or_a_meaning_is_caught(state, kind, message):
    class Remembers(AbstractDevice[state, SensorInputs, SensorOutputs]):
        """Remembers something; what it declares is checked, and it never runs."""

        role: ClassVar[Role] = "sensor"
        period_s: float = eqx.field(static=True, default=60.0)

        def initial(self, noise):
            raise NotImplementedError

        def step(self, t_s, x, u, noise):
            raise NotImplementedError

    with pytest.raises(kind, match=message):
        check_declared(Remembers)


CALLS: list[int] = []


class Moody(AbstractDevice[Nothing, SensorInputs, SensorOutputs]):
    """Shows how often its code was read."""

    role: ClassVar[Role] = "sensor"
    period_s: float = eqx.field(static=True, default=300.0)

    def initial(self, noise: Noise) -> Nothing:
        return Nothing()

    def step(self, t_s: Scalar, x: Nothing, u: SensorInputs, noise: Noise) -> tuple[Nothing, SensorOutputs]:
        CALLS.append(1)
        return x, SensorOutputs(u.glucose + float(len(CALLS)))


def test_hidden_state_is_caught():
    with pytest.raises(AssertionError, match="changes between two readings"):
        check_device_seed(Moody)


class Sorting(AbstractDevice[Nothing, SensorInputs, SensorOutputs]):
    """Sorts, which native code cannot."""

    role: ClassVar[Role] = "sensor"
    period_s: float = eqx.field(static=True, default=300.0)

    def initial(self, noise: Noise) -> Nothing:
        return Nothing()

    def step(self, t_s: Scalar, x: Nothing, u: SensorInputs, noise: Noise) -> tuple[Nothing, SensorOutputs]:
        return x, SensorOutputs(jnp.sort(jnp.stack([u.glucose, 2.0 * u.glucose]))[0])


def test_what_cannot_be_native_code_is_named():
    assert native_code(Moody) == "yes"
    assert native_code(Sorting).startswith("no: native code cannot express sort")
