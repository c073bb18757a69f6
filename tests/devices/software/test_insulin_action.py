"""Insulin on board against the closed form of the exponential curve, and against its moments."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad

from tests.devices.software.closed_loop import loop_activity, loop_iob
from twinbed.devices.software._insulin_action import (
    OnBoard,
    action_curve,
    action_step,
    after,
    left_after,
    nothing_on_board,
)


def curve(peak, duration):
    return action_curve(jnp.asarray(peak), jnp.asarray(duration))


def fate_of_a_unit(peak, duration, minutes, n):
    step = action_step(curve(peak, duration), minutes)
    x, out = OnBoard(jnp.asarray(1.0), jnp.asarray(0.0)), []
    for _ in range(n):
        out.append((float(x.insulin), float(x.activity)))
        x = left_after(x, step)
    return np.array(out).T


# the error that a two-state curve with the right mean and variance must make; stated in the docstring
@pytest.mark.parametrize(
    ("peak", "duration", "error"),
    [
        (75.0, 360.0, 0.011),
        (65.0, 360.0, 0.006),
        (55.0, 360.0, 0.0025),
        (75.0, 300.0, 0.0205),
        (75.0, 480.0, 0.003),
    ],
)
def test_a_dose_follows_the_closed_form(peak, duration, error):
    n = int(1.5 * duration / 15.0)
    insulin, _ = fate_of_a_unit(peak, duration, 15.0, n)
    assert np.abs(insulin - loop_iob(15.0 * np.arange(n), peak, duration)).max() < error


@pytest.mark.parametrize(("peak", "duration"), [(75.0, 360.0), (55.0, 360.0), (30.0, 300.0), (75.0, 300.0)])
def test_moments_are_those_of_the_closed_form(peak, duration):
    moment = lambda k: quad(lambda t: t**k * loop_activity(t, peak, duration), 0.0, duration, epsabs=1e-12)[0]
    found = curve(peak, duration)
    assert moment(0) == pytest.approx(1.0, rel=1e-9)
    assert float(found.mean) == pytest.approx(moment(1), rel=1e-9)
    assert float(found.inertia) == pytest.approx(moment(1) ** 2 - moment(2) / 2.0, rel=1e-9)


def test_a_steady_rate_leaves_rate_times_mean_time_on_board():
    found = curve(75.0, 360.0)
    step, x = action_step(found, 60.0), nothing_on_board(jnp.asarray(0.0))
    for _ in range(80):
        x = after(x, step, jnp.asarray(1.2))
    assert float(x.insulin) == pytest.approx(1.2 / 60.0 * float(found.mean), rel=1e-9)
    assert float(x.activity) == pytest.approx(1.2 / 60.0, rel=1e-9)


def test_the_length_of_the_step_does_not_matter():
    short = fate_of_a_unit(75.0, 360.0, 5.0, 37)[:, ::6]
    long = fate_of_a_unit(75.0, 360.0, 30.0, 7)
    np.testing.assert_allclose(short, long, rtol=1e-12)


def test_insulin_on_board_falls_by_what_acts():
    insulin, activity = fate_of_a_unit(75.0, 360.0, 0.5, 600)
    spent = np.cumsum((activity[1:] + activity[:-1]) / 2.0 * 0.5)
    steepest = 2.0 / float(curve(75.0, 360.0).inertia)
    trapezoid_error = 0.5**2 / 12.0 * steepest
    np.testing.assert_allclose(1.0 - insulin[1:], spent, rtol=0.0, atol=trapezoid_error)


def test_a_dose_over_a_step_is_the_mean_of_doses_within_it():
    step = action_step(curve(75.0, 360.0), 5.0)
    even = after(nothing_on_board(jnp.asarray(0.0)), step, jnp.asarray(1.0))
    insulin, _ = fate_of_a_unit(75.0, 360.0, 0.01, 501)
    assert float(even.insulin) == pytest.approx(np.trapezoid(insulin, dx=0.01) / 5.0, abs=2e-9)  # its error
