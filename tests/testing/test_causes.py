"""What is usually wrong in somebody's first device is told in a sentence that says where, why and what to write."""

import types
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.quantities import param, port, var
from twinbed.testing import outcomes
from twinbed.testing.causes import NOT_RUN


class Inputs(eqx.Module):
    """What the controller reads."""

    mean: Scalar = port("monitor_mean")
    valid: Scalar = port("monitor_pressure_valid")


class Outputs(eqx.Module):
    """What it gives."""

    rate: Scalar = port("norepinephrine_rate")


class State(eqx.Module):
    """What it remembers."""

    integral: Scalar = var("mm[Hg].s", "integral of the error")


def _limited(rate):
    return Outputs(jnp.clip(rate, 0.0, 0.1))


def _step(self, t_s, x, u, noise):
    error = jnp.where(u.valid > 0.5, self.target - u.mean, 0.0)
    integral = jnp.clip(x.integral + error * self.period_s, 0.0, 30000.0)
    return State(integral), _limited(self.gain * (error + integral / 120.0))


_KINDS = {"role": ClassVar[Role], "period_s": float, "target": Scalar, "gain": Scalar}


def _controller(**changes):
    """A sound controller of blood pressure, with other members; those that are None are left out."""
    members = {
        "__module__": __name__,
        "__doc__": "Norepinephrine by mean pressure.",
        "role": "software",
        "period_s": eqx.field(static=True, default=5.0),
        "target": param(65.0, "mm[Hg]", "pressure to reach", bounds=(40.0, 110.0)),
        "gain": param(0.0003, "mg/min/mm[Hg]", "rate for a pressure that is too low", bounds=(0.0, 0.1)),
        "initial": lambda self, noise: State(jnp.asarray(0.0)),
        "step": _step,
    }
    kept = {name: value for name, value in (members | changes).items() if value is not None}
    kept["__annotations__"] = {name: kind for name, kind in _KINDS.items() if name in kept}
    base = AbstractDevice[State, Inputs, Outputs]
    return types.new_class("Press", (base,), exec_body=lambda ns: ns.update(kept))


def _told(**changes):
    return dict(outcomes(_controller(**changes)))


def _with_an_option(self, t_s, x, u, noise, gentle=False):
    return _step(self, t_s, x, u, noise)


@pytest.mark.parametrize("step", [_step, _with_an_option])
def test_a_sound_controller_passes_everything(step):
    told = _told(step=step)
    assert told.pop("native code") == "yes"
    assert set(told.values()) == {"passed"}


def _if(self, t_s, x, u, noise):
    return x, _limited(self.gain * (self.target - u.mean if u.valid > 0.5 else 0.0))


def _numpy(self, t_s, x, u, noise):
    return x, _limited(np.sqrt(u.mean))


def _float(self, t_s, x, u, noise):
    return x, _limited(float(u.mean))


def _changes_itself(self, t_s, x, u, noise):
    self.target = u.mean
    return x, _limited(0.0)


def _no_such_input(self, t_s, x, u, noise):
    return x, _limited(u.meen)


def _only_outputs(self, t_s, x, u, noise):
    return _limited(0.0)


def _outputs_first(self, t_s, x, u, noise):
    return _limited(0.0), x


def _no_return(self, t_s, x, u, noise):
    return None


def _three_numbers(self, t_s, x, u, noise):
    return x, Outputs(jnp.zeros(3))


def _whole_number(self, t_s, x, u, noise):
    return State(jnp.asarray(1)), _limited(0.0)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (_if, ("test_causes.py, line ", "if u.valid > 0.5 else", "write jnp.where(condition, this, otherwise)")),
        (_numpy, ("test_causes.py, line ", "np.sqrt(u.mean)", "jax.numpy (jnp)")),
        (_float, ("test_causes.py, line ", "float(u.mean)", "jax.numpy (jnp)")),
        (_changes_itself, ("self.target = u.mean", "into the state that is returned")),
        (_no_such_input, ("_limited(u.meen)", "AttributeError", "meen")),
        (_only_outputs, ("step returns Outputs; write return State(...), Outputs(...)",)),
        (_outputs_first, ("step, for the next state, returns Outputs with other parts than State",)),
        (_no_return, ("step returns nothing; write return State(...), Outputs(...)",)),
        (_three_numbers, ("step, for what is shown, for rate gives it the shape (3,), it must be ()",)),
        (_whole_number, ("gives integral the kind int64, it must be float64",)),
        (
            lambda self, t_s, x, u: (x, _limited(0.0)),
            ("step takes (self, t_s, x, u); write step(self, t_s, x, u, noise",),
        ),
    ],
)
def test_what_does_not_run_is_told_once_with_what_to_write(step, said):
    told = _told(step=step)
    assert all(words in told["check_returns"] for words in said), told["check_returns"]
    assert "\n" not in told["check_returns"]
    assert told["check_declared"] == told["check_device_ports"] == "passed"
    later = list(told)[list(told).index("check_returns") + 1 :]
    assert len(later) == 6
    assert {told[name] for name in later} == {NOT_RUN}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"initial": None, "initiel": lambda self, noise: State(jnp.asarray(0.0))},
            "Press has no method 'initial'; is 'initiel' meant to be it?",
        ),
        ({"role": None}, "Press has no field 'role'"),
    ],
)
def test_what_is_missing_is_named_with_what_may_be_meant(changes, said):
    told = _told(**changes)
    assert told.pop("check_declared") == said
    assert set(told.values()) == {NOT_RUN}


def test_a_unit_that_cannot_be_read_is_told_with_the_name_of_what_has_it():
    told = _told(target=param(65.0, "mmHg", "pressure to reach"))
    assert told["check_declared"].startswith("UnitError: Press.target: unknown symbol 'mmHg'")


def test_a_rate_below_zero_is_not_plausible():
    """Backwards: less drug the lower the pressure, and below 0 at a pressure below the one to reach."""

    def backwards(self, t_s, x, u, noise):
        return x, Outputs(jnp.where(u.valid > 0.5, 0.001 * (u.mean - self.target), 0.0))

    told = _told(step=backwards)
    assert "norepinephrine_rate -0.065" in told["check_device_plausible"]
    assert "jnp.clip" in told["check_device_plausible"]
    assert told["check_device_runs"] == "passed"
