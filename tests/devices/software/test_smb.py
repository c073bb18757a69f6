"""The rules that the software states, on sequences where they can be checked by hand."""

import numpy as np
import pytest

from tests.devices.software.closed_loop import play, pulses
from twinbed.devices.software.smb import Smb

N = 96
TICK = np.arange(N)
BASAL = TICK / 12.0
WAVE = np.where(TICK % 2 == 0, 0.0, 1.0)  # so that the sensor does not seem stuck


def loop(cgm, valid=1.0, grams=0.0, total=BASAL, reported=1.0, **settings):
    return play(
        Smb(**settings),
        N,
        cgm=cgm,
        cgm_valid=valid,
        insulin_reported=reported,
        insulin_reported_total=total,
        carbohydrate_announced=np.asarray(grams) / 5.0,
    )


def boluses(shown):
    """Micro-boluses by tick, zero where there was none."""
    new = np.diff(shown.bolus_command_number, prepend=0.0) > 0.0
    return np.where(new, shown.bolus_command, 0.0)


def test_at_the_target_it_commands_exactly_the_basal_rate():
    shown = loop(110.0)
    np.testing.assert_array_equal(shown.basal_command, 1.0)
    assert boluses(shown).sum() == 0.0


def test_a_micro_bolus_is_half_of_what_is_required_in_whole_increments():
    # flat at 150 with nothing on board: 40 mg/dL over 40 mg/dL/U is 1 U, half of it 0.5 U, at most 30 min of basal
    shown = loop(150.0 + WAVE * 0.01)
    assert boluses(shown)[2] == pytest.approx(0.5)
    assert boluses(loop(130.0 + WAVE * 0.01))[2] == pytest.approx(0.2)  # 0.5 U, half 0.25, rounded down
    assert boluses(loop(112.0 + WAVE * 0.01)).sum() == 0.0
    assert boluses(loop(300.0 + WAVE * 0.01))[2] == pytest.approx(0.5)
    assert boluses(loop(300.0 + WAVE * 0.01, bolus_minutes=60.0))[2] == pytest.approx(1.0)


def test_none_before_three_readings_in_a_row():
    assert np.flatnonzero(boluses(loop(200.0 + WAVE)))[0] == 2
    gap = np.where(np.isin(TICK, (10, 11)), 0.0, 1.0)
    given = boluses(loop(200.0 + WAVE, gap))
    assert (given[10:14] == 0.0).all()
    assert given[9] > 0.0
    assert given[14] > 0.0


def test_none_after_a_jump_of_more_than_a_fifth():
    jump = np.where(TICK < 20, 150.0, 190.0) + WAVE
    given = boluses(loop(jump))
    assert given[20] == 0.0
    assert (given[21:24] > 0.0).any()


def test_none_while_the_pump_delivers_a_bolus():
    busy = np.where((TICK >= 10) & (TICK < 15), 90.0, 1.0)
    given = boluses(loop(200.0 + WAVE, reported=busy))
    assert (given[10:15] == 0.0).all()
    assert given[9] > 0.0
    assert given[15] > 0.0


def test_no_more_than_the_limit_of_insulin_on_board():
    limit = 0.2 * 45.0
    delivered = BASAL + limit * (TICK >= 8)
    shown = loop(300.0 + WAVE, total=delivered)
    over = shown.insulin_on_board > limit - 0.2  # less than two increments of room
    assert over.any()
    assert (boluses(shown)[over] == 0.0).all()
    # a micro-bolus leaves no more on board than the limit
    every = loop(300.0 + WAVE, bolus_minutes=120.0)
    assert (boluses(every) + every.insulin_on_board <= limit + 1e-9).all()


@pytest.mark.parametrize("interval", [3.0, 9.0])
def test_the_interval_is_kept(interval):
    ticks = np.flatnonzero(boluses(loop(250.0 + WAVE, bolus_interval=interval)))
    assert len(ticks) > 5
    assert np.diff(ticks).min() * 5.0 > interval


def test_suspends_before_low_when_falling():
    falling = np.maximum(160.0 - 8.0 * TICK, 45.0)
    shown = loop(falling)
    first = int(np.argmax(shown.basal_command == 0.0))
    assert falling[first] > 110.0
    assert (shown.basal_command[falling < 75.0] == 0.0).all()
    assert boluses(shown).sum() == 0.0


def test_basal_stops_below_the_threshold_half_way_from_40():
    assert (loop(74.0 + 0.01 * WAVE).basal_command == 0.0).all()
    assert (loop(84.0, target_glucose=130.0).basal_command == 0.0).all()
    assert (loop(86.0, target_glucose=130.0).basal_command == 1.0).all()  # a sensor that seems stuck


def test_the_temporary_rate_below_target_by_hand():
    # flat at 100: surplus 2*(100-110)/40 = -0.5 U over half an hour takes 1 U/h off 1 U/h
    rate = loop(100.0 + 0.01 * WAVE).basal_command
    assert rate[3] == 0.0
    # flat at 107: 2*(-3)/40 = -0.15 U, rate 1 - 0.3
    assert loop(107.0 + 0.01 * WAVE).basal_command[3] == pytest.approx(0.7, abs=0.11)


def test_carbohydrate_on_board_is_absorbed_at_the_least_impact():
    # 8 mg/dL per 5 min at 4 mg/dL/g is 2 g per 5 min; 60 g last 30 ticks
    shown = loop(110.0, grams=pulses(N, at_3=60.0))
    want = np.clip(60.0 - 2.0 * (TICK - 3), 0.0, None) * (TICK >= 3)
    np.testing.assert_allclose(shown.states.meal.on_board, want, atol=1e-9)
    assert loop(110.0, grams=pulses(N, at_3=200.0)).states.meal.on_board.max() == 120.0
    often = loop(110.0, grams=pulses(N, at_3=60.0, at_9=30.0))
    assert often.states.meal.on_board[9] == pytest.approx(60.0 - 12.0 + 30.0)


def test_announced_carbohydrate_calls_for_insulin():
    with_meal = loop(120.0 + WAVE, grams=pulses(N, at_6=60.0))
    without = loop(120.0 + WAVE)
    assert boluses(with_meal)[6:18].sum() > boluses(without)[6:18].sum() + 1.0


@pytest.mark.parametrize("bad", [np.nan, 0.0, 1e5])
def test_stale_readings_end_a_high_rate_then_everything(bad):
    good = TICK < 20
    shown = loop(np.where(good, 400.0 + WAVE, bad), bolus_minutes=0.0)  # no micro-boluses: high rates instead
    assert shown.basal_command[19] == 4.0
    assert (shown.basal_command[20:22] == 4.0).all()  # 10 min old
    assert (shown.basal_command[22:] == 1.0).all()
    low = loop(np.where(good, 60.0 + WAVE, bad))
    assert (low.basal_command[19:25] == 0.0).all()
    assert (low.basal_command[19 + 24 :] == 1.0).all()  # 120 min at most
    for either in (shown, low):
        assert boluses(either)[20:].sum() == 0.0
        assert np.isfinite(either.insulin_on_board).all()


def test_a_stuck_sensor_gets_no_more_than_basal():
    stuck = np.where(TICK < 12, 150.0 + 7.0 * TICK, 227.0)
    shown = loop(stuck)
    assert boluses(shown)[:12].sum() > 0.0
    assert boluses(shown)[22:].sum() == 0.0
    assert (shown.basal_command[22:] <= 1.0).all()


@pytest.mark.parametrize("seed", range(4))
def test_any_sequence_stays_within_the_limits(seed):
    rng = np.random.default_rng(seed)
    cgm = np.clip(140.0 + 12.0 * rng.standard_normal(N).cumsum(), 0.0, 700.0)
    shown = loop(
        cgm,
        (rng.uniform(size=N) > 0.15).astype(float),
        grams=80.0 * (rng.uniform(size=N) > 0.95),
        total=np.cumsum(rng.exponential(0.2, N)),
    )
    given = boluses(shown)
    assert (shown.basal_command >= 0.0).all()
    assert (shown.basal_command <= 4.0).all()
    assert given.max() <= 0.5
    np.testing.assert_allclose(given / 0.1, np.round(given / 0.1), atol=1e-9)
    assert np.isfinite(shown.insulin_on_board).all()
