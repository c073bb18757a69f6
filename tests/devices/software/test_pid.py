"""The PID law by hand, the published coefficients of its insulin model, and its limits."""

import numpy as np
import pytest

from tests.devices.software.closed_loop import play
from twinbed.devices.software.pid import Pid, chain_coefficients

N = 96
TICK = np.arange(N)
BASAL = TICK / 12.0
GAIN = 45.0 / 2250.0
WEIGHTS = 0.64935 + 0.34128 + 0.0093667


def control(cgm, valid=1.0, total=BASAL, **settings):
    return play(Pid(**settings), N, cgm=cgm, cgm_valid=valid, insulin_reported_total=total)


def test_the_insulin_model_has_the_published_coefficients():
    # Ruiz 2012: one-minute model of skin, plasma and effective insulin (doi:10.1177/193229681200600517)
    # each to one unit of its last digit
    rows = np.array(chain_coefficients(1.0))
    inputs = 60.0 * (1.0 - rows.sum(axis=1))  # the paper's are for U/min
    found = (*rows[0, :1], *rows[1, :2], *rows[2], *inputs)
    published = "0.9802 0.014043 0.98582 0.000127 0.017889 0.98198 1.1881 0.0084741 0.00005".split()
    for value, digits in zip(found, published, strict=True):
        assert value == pytest.approx(float(digits), abs=10.0 ** -len(digits.split(".")[1])), digits


def test_five_steps_of_a_minute_are_one_of_five():
    one = np.array(chain_coefficients(1.0))
    np.testing.assert_allclose(np.linalg.matrix_power(one, 5), chain_coefficients(5.0), atol=1e-14)


def test_at_the_target_it_commands_exactly_the_basal_rate():
    command = control(120.0, basal_rate=1.0).basal_command
    np.testing.assert_allclose(command, 1.0, rtol=1e-12)


def test_one_tick_by_hand():
    # flat at 150: P and the first increment of I, feedback at its steady state of 1 U/h
    integral = 1.0 + GAIN * 30.0 * 5.0 / 150.0
    want = (1.0 + WEIGHTS) * (GAIN * 30.0 + integral) - WEIGHTS * 1.0
    assert control(150.0).basal_command[0] == pytest.approx(want, rel=1e-12)
    # the fourth reading of a rise by 1 mg/dL/min through the target
    rising = 120.0 + 5.0 * TICK
    integral = 1.0 + GAIN * (0.0 + 5.0 + 10.0 + 15.0) * 5.0 / 150.0
    sum_of_terms = GAIN * 15.0 + integral + GAIN * 75.0 * 1.0
    want = (1.0 + WEIGHTS) * sum_of_terms - WEIGHTS * 1.0
    unlimited = control(np.minimum(rising, 400.0), max_share=20.0, correction_time=1e-3)
    assert unlimited.basal_command[3] == pytest.approx(want, rel=1e-9)


def test_insulin_on_board_limits_the_command():
    # 15 mg/dL above the target over 40 mg/dL/U is 0.375 U, in half an hour 0.75 U/h
    rising = np.minimum(120.0 + 5.0 * TICK, 400.0)
    assert control(rising).basal_command[3] == pytest.approx(1.75)
    loaded = control(rising, total=BASAL + 2.0 * (TICK >= 2))
    assert (loaded.basal_command[2:12] <= 1.0).all()


def test_delivered_insulin_lowers_the_command():
    bolus = BASAL + np.where(TICK >= 6, 1.0, 0.0)
    without, after = control(150.0).basal_command, control(150.0, total=bolus).basal_command
    assert (after[:6] == without[:6]).all()
    assert (after[6:30] < without[6:30]).all()


@pytest.mark.parametrize("seed", range(4))
def test_commands_stay_within_their_limits(seed):
    rng = np.random.default_rng(seed)
    cgm = np.clip(150.0 + 30.0 * rng.standard_normal(N).cumsum(), 0.0, 700.0)
    valid = (rng.uniform(size=N) > 0.2).astype(float)
    shown = control(cgm, valid, total=np.cumsum(rng.exponential(0.3, N)))
    assert (shown.basal_command >= 0.0).all()
    assert (shown.basal_command <= 4.0).all()
    used = (valid > 0.5) & (cgm >= 20.0) & (cgm <= 600.0)
    assert (shown.basal_command[used & (cgm < 70.0)] == 0.0).all()


def test_the_integral_does_not_wind_up():
    shown = control(400.0)
    assert shown.states.integral.max() <= 3.0
    low = control(60.0 - 15.0 * (TICK > 30))
    assert low.states.integral.min() >= 0.0
    down = control(np.where(TICK < 48, 300.0, 59.0))
    assert down.states.integral[48] == 1.0  # back to the basal rate at once
    assert (down.basal_command[48:] == 0.0).all()


def test_without_readings_it_holds_then_falls_back_to_the_basal_rate():
    good = TICK < 20
    for bad in (np.nan, 0.0, 1e9):
        command = control(np.where(good, 180.0, bad)).basal_command
        assert (command[20:24] == command[19]).all()
        assert command[19] > 1.5
        assert (command[24:] == 1.0).all()
    assert (control(0.0, 0.0).basal_command == 1.0).all()


def test_a_pump_that_stops_reporting_raises_no_command_above_the_limit():
    frozen = np.minimum(BASAL, 1.0)
    command = control(130.0, total=frozen).basal_command
    assert np.isfinite(command).all()
    assert command.max() <= 4.0
