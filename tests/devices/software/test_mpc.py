"""The programme against SciPy's minimiser, and the commands at rest, at limits and without readings."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize

from tests.devices.software.closed_loop import play, pulses
from twinbed.devices.software.mpc import Mpc, solved

N = 96
TICK = np.arange(N)
BASAL = TICK / 12.0


def control(cgm, valid=1.0, grams=0.0, total=BASAL, **settings):
    return play(
        Mpc(**settings),
        N,
        cgm=cgm,
        cgm_valid=valid,
        insulin_reported_total=total,
        carbohydrate_announced=np.asarray(grams) / 5.0,
    )


def scipys(problem):
    """The minimum by L-BFGS-B, and the cost as a function."""
    h, b = np.array(problem.matrix), np.array(problem.vector)
    low, high = np.array(problem.lowest), np.array(problem.highest)
    above, below = np.array(problem.penalty_above), np.array(problem.penalty_below)
    price = lambda v: np.where(v > 0.0, above, below)
    cost = lambda v: 0.5 * v @ h @ v + b @ v + 0.5 * np.sum(price(v) * v**2)
    slope = lambda v: h @ v + b + price(v) * v
    scale = 1e-3  # moves are thousandths of the daily dose
    best = minimize(
        lambda w: cost(w * scale),
        np.zeros(3),
        jac=lambda w: slope(w * scale) * scale,
        bounds=list(zip(low / scale, high / scale, strict=True)),
        method="L-BFGS-B",
        options={"ftol": 1e-16, "gtol": 1e-10, "maxiter": 5000},
    )
    return best.x * scale, cost


@pytest.mark.long
def test_coordinate_descent_finds_the_minimum_that_scipy_finds():
    rng = np.random.default_rng(0)
    device = Mpc()
    build = jax.jit(lambda free, room: (p := device.programme(tuple(free), room), solved(p)))
    errors = []
    for _ in range(100):
        level, slope, bend = rng.normal(0.0, 60.0), rng.normal(0.0, 8.0), rng.normal(0.0, 1.0)
        k = np.arange(9)
        problem, moves = build(jnp.asarray(level + slope * k + bend * k**2), jnp.asarray(rng.exponential(3.0)))
        found, (best, cost) = np.array(moves), scipys(problem)
        low, high = np.array(problem.lowest), np.array(problem.highest)
        assert ((found >= low) & (found <= high)).all()
        assert cost(found) <= cost(best) + 1e-6 * abs(cost(best)) + 1e-9
        errors.append(abs(found[0] - best[0]) / (high[1] - low[1]))
    assert max(errors) < 1e-3  # of the range of the first move, the one that is given


def test_within_the_zone_it_commands_exactly_the_basal_rate():
    for glucose in (110.0, 95.0, 118.0):
        np.testing.assert_allclose(control(glucose).basal_command, 1.0, rtol=1e-9)


def test_more_above_and_less_below():
    high, low = control(200.0).basal_command, control(80.0).basal_command
    assert (high[:6] > 1.5).all()
    assert (low < 0.9).all()
    assert (low[6:] < 0.5).all()


@pytest.mark.parametrize("seed", range(4))
def test_commands_stay_within_their_limits(seed):
    rng = np.random.default_rng(seed)
    cgm = np.clip(140.0 + 30.0 * rng.standard_normal(N).cumsum(), 0.0, 700.0)
    valid = (rng.uniform(size=N) > 0.2).astype(float)
    grams = 80.0 * (rng.uniform(size=N) > 0.95)
    shown = control(cgm, valid, grams, np.cumsum(rng.exponential(0.2, N)))
    assert (shown.basal_command >= 0.0).all()
    assert (shown.basal_command <= 5.0).all()
    used = (valid > 0.5) & (cgm >= 20.0) & (cgm <= 600.0)
    assert (shown.basal_command[used & (cgm < 70.0)] == 0.0).all()
    assert np.isfinite(shown.insulin_on_board).all()


def test_insulin_on_board_limits_what_is_given():
    # 190 mg/dL calls for 2 U; with 3 U on board nothing beyond basal is left to give
    loaded = control(190.0, total=BASAL + 3.0 * (TICK >= 6))
    assert (loaded.basal_command[:6] > 1.0).all()
    assert (loaded.basal_command[6:18] <= 1.0).all()


def test_announced_carbohydrate_counts_from_the_next_step():
    meal = control(118.0, grams=pulses(N, at_6=60.0)).basal_command
    none = control(118.0).basal_command
    assert meal[6] == none[6]
    assert meal[7] > 2.0
    # unless the bolus for it was reported
    covered = control(118.0, grams=pulses(N, at_6=60.0), total=BASAL + 6.0 * (TICK >= 7)).basal_command
    assert (covered[7] - 1.0) / 12.0 < 8.0 / 40.0 + 0.01  # what glucose above the reference calls for
    assert (covered[14:40] <= 1.0).all()


def test_suspends_before_low_when_falling():
    falling = np.maximum(200.0 - 8.0 * TICK, 45.0)
    command = control(falling).basal_command
    assert falling[int(np.argmax(command == 0.0))] > 90.0
    assert (command[falling < 90.0] < 0.2).all()


@pytest.mark.parametrize("bad", [np.nan, 0.0, 1e5])
def test_without_readings_no_more_than_basal_then_basal(bad):
    good = TICK < 20
    high = control(np.where(good, 220.0, bad)).basal_command
    assert high[19] > 1.0
    assert (high[20:] == 1.0).all()
    low = control(np.where(good, 60.0, bad)).basal_command
    assert (low[20:24] == 0.0).all()
    assert (low[24:] == 1.0).all()
    back = control(np.where(good | (TICK > 60), 118.0, bad)).basal_command
    np.testing.assert_allclose(back, 1.0, rtol=1e-9)


def test_one_wild_reading_moves_it_by_no_more_than_its_limit():
    wild = np.where(TICK == 30, 400.0, 112.0)
    surprise = control(wild).states.body.glucose[30] - control(112.0).states.body.glucose[30]
    assert 0.0 < surprise <= 50.0
