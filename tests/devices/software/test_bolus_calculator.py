"""Boluses computed by hand: carbohydrate over ratio, distance from target over factor, less insulin on board."""

import numpy as np
import pytest

from tests.devices.software.closed_loop import loop_iob, play, pulses
from twinbed.devices.software.bolus_calculator import BolusCalculator

N = 24
BASAL = np.arange(N) / 12.0  # 1 U/h, as the pump's counter shows it
PER_MIN = 1.0 / 5.0  # grams of a tick to grams a minute


def boluses(shown):
    """Tick and dose of every new bolus."""
    new = np.diff(shown.meal_bolus_number, prepend=0.0) > 0.0
    return [(int(k), round(float(shown.meal_bolus[k]), 6)) for k in np.flatnonzero(new)]


def calculate(grams, cgm=110.0, valid=1.0, total=BASAL, **settings):
    return play(
        BolusCalculator(**settings),
        N,
        cgm=cgm,
        cgm_valid=valid,
        insulin_reported_total=total,
        carbohydrate_announced=np.asarray(grams) * PER_MIN,
    )


@pytest.mark.parametrize(
    ("grams", "cgm", "dose"),
    [
        (60.0, 110.0, 6.0),  # 60/10
        (60.0, 190.0, 8.0),  # 60/10 + 80/40
        (60.0, 70.0, 5.0),  # 60/10 - 40/40
        (33.0, 110.0, 3.3),
        (33.3, 110.0, 3.3),  # rounded down to 0.05
        (280.0, 250.0, 25.0),  # 28 + 3.5, limited
    ],
)
def test_by_hand(grams, cgm, dose):
    assert boluses(calculate(pulses(N, at_3=grams), cgm)) == [(3, pytest.approx(dose))]


def test_too_little_for_a_bolus_is_none():
    assert boluses(calculate(pulses(N, at_3=5.0), 40.0)) == []  # 0.5 - 1.75 U
    assert boluses(calculate(np.zeros(N), 300.0)) == []  # nobody eats, nobody asks


def test_an_announcement_over_several_ticks_is_dosed_once():
    spread = calculate(pulses(N, at_3=13.0, at_4=20.0, at_5=20.0, at_6=7.0), 190.0)
    assert sum(dose for _, dose in boluses(spread)) == pytest.approx(8.0)
    assert [tick for tick, _ in boluses(spread)] == [3, 4, 5, 6]


def test_two_meals_are_two():
    both = boluses(calculate(pulses(N, at_3=60.0, at_15=30.0)))
    assert both == [(3, pytest.approx(6.0)), (15, pytest.approx(3.0))]


def test_insulin_on_board_lowers_the_correction_and_nothing_else():
    total = BASAL + np.where(np.arange(N) >= 4, 1.0, 0.0)  # 1 U between ticks 3 and 4
    shown = calculate(pulses(N, at_12=60.0), 190.0, total=total)
    minutes = 5.0 * 12 - 17.5
    on_board = loop_iob(np.array([minutes]))[0]
    assert shown.insulin_on_board[12] == pytest.approx(on_board, abs=0.011)
    assert boluses(shown) == [(12, pytest.approx(np.floor((8.0 - shown.insulin_on_board[12]) / 0.05) * 0.05))]
    much = BASAL + np.where(np.arange(N) >= 4, 9.0, 0.0)
    assert boluses(calculate(pulses(N, at_12=60.0), 190.0, total=much)) == [(12, pytest.approx(6.0))]
    assert boluses(calculate(pulses(N, at_12=60.0), 70.0, total=much)) == [(12, pytest.approx(5.0))]


def test_basal_insulin_is_not_on_board_and_missing_basal_adds_no_insulin():
    assert np.abs(calculate(np.zeros(N)).insulin_on_board).max() < 1e-12
    stopped = calculate(pulses(N, at_20=60.0), 190.0, total=0.0)
    assert stopped.insulin_on_board[20] < -1.0
    assert boluses(stopped) == [(20, pytest.approx(8.0))]


@pytest.mark.parametrize(("cgm", "valid"), [(300.0, 0.0), (np.nan, 1.0), (0.0, 1.0), (5000.0, 1.0)])
def test_without_a_reading_only_carbohydrate_is_dosed(cgm, valid):
    bad = np.arange(N) >= 5
    readings = np.where(bad, cgm, 190.0)
    shown = calculate(pulses(N, at_6=60.0, at_20=60.0), readings, np.where(bad, valid, 1.0))
    assert boluses(shown) == [(6, pytest.approx(8.0)), (20, pytest.approx(6.0))]
    assert np.isfinite(shown.insulin_on_board).all()


def test_a_counting_error_is_systematic():
    shown = calculate(pulses(N, at_3=60.0, at_15=60.0), carbohydrate_bias=-0.25)
    assert boluses(shown) == [(3, pytest.approx(4.5)), (15, pytest.approx(4.5))]


@pytest.mark.parametrize("wrong", [np.nan, -50.0])
def test_an_impossible_announcement_is_none(wrong):
    assert boluses(calculate(pulses(N, at_3=wrong))) == []


def test_a_counter_that_starts_anew_or_goes_mad_does_no_harm():
    total = np.where(np.arange(N) < 10, BASAL + 500.0, np.where(np.arange(N) < 15, BASAL, np.nan))
    shown = calculate(pulses(N, at_20=60.0), 190.0, total=total)
    assert np.isfinite(shown.insulin_on_board).all()
    assert np.abs(shown.insulin_on_board).max() < 1.0
