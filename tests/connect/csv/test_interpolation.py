"""Readings are found among straight lines: every kink, and what is in line by chance, but no gap."""

import numpy as np
import pytest

from tests.connect.csv.minis import interpolated, sensor
from twinbed.connect.csv import _interpolation
from twinbed.connect.csv._interpolation import readings


def _find(at, values, n, extra=()):
    """The readings found, with the truth beside them."""
    at, values = np.asarray(at), np.asarray(values, dtype=float)
    order = np.argsort([*at, *(place for place, _ in extra)], kind="stable")
    places = np.array([*at, *(place for place, _ in extra)])[order]
    levels = np.array([*values, *(level for _, level in extra)])[order]
    real = np.zeros(n, dtype=bool)
    real[at[at < n]] = True
    return readings(np.arange(n), interpolated(places, levels, n)), real


@pytest.mark.parametrize("phase", [0, 1, 2])
@pytest.mark.parametrize("seed", [1, 2])
def test_fifteen_minute_readings_are_found_and_nothing_else(phase, seed):
    n = 3600
    at = np.arange(phase, n + 3, 3)
    found, real = _find(at, sensor(len(at), seed=seed), n)
    assert found.steps == 3
    assert not np.any(found.real & ~real)
    assert found.real.sum() > 0.98 * real.sum()
    assert found.in_line_by_chance > 0


def test_a_gap_is_not_filled():
    n = 3600
    at = np.arange(0, n + 3, 3)
    missing = ((at > 900) & (at < 936)) | ((at > 2000) & (at < 2012)) | ((at > 3000) & (at < 3300))
    found, real = _find(at[~missing], sensor(len(at))[~missing], n)
    assert not np.any(found.real & ~real)
    assert found.real.sum() > 0.98 * real.sum()


def test_lone_missing_readings_are_given_up_with_the_few_in_line_by_chance():
    # A third of the readings missing at random: stretches of two are then gaps far more often than chance.
    n = 6000
    at = np.arange(0, n + 3, 3)
    there = np.random.default_rng(0).random(len(at)) > 1 / 3
    found, real = _find(at[there], sensor(len(at))[there], n)
    assert found.in_line_by_chance == 0
    assert not np.any(found.real & ~real)
    assert found.real.sum() > 0.9 * real.sum()


def test_the_phase_may_change_where_a_sensor_was_replaced():
    n = 3600
    at = np.concatenate([np.arange(0, 1800, 3), np.arange(1831, n + 3, 3)])
    found, real = _find(at, sensor(len(at)), n)
    assert found.phase_changes == 1
    assert not np.any(found.real & ~real)
    assert found.real.sum() > 0.97 * real.sum()


def test_finger_sticks_between_readings_are_left_out():
    n = 3600
    at = np.arange(1, n + 3, 3)
    values = sensor(len(at))
    extra = [(300 * k + 2 + k % 2, values[100 * k] + 25.0) for k in range(1, 11)]
    found, real = _find(at, values, n, extra)
    assert found.off_clock == len(extra)
    assert not np.any(found.real & ~real)
    assert found.real.sum() > 0.98 * real.sum()


def test_a_sensor_of_five_minutes():
    n = 2000
    found, real = _find(np.arange(n), sensor(n), n)
    assert found.steps == 1
    assert found.real.sum() > 0.98 * real.sum()


def test_a_sensor_of_five_minutes_with_an_hour_missing():
    n = 2000
    at = np.array([i for i in range(n) if not 700 < i < 712])
    found, _ = _find(at, sensor(n)[at], n)
    assert found.steps == 1
    assert not found.real[701:712].any()


def test_values_at_the_end_of_the_display_are_readings():
    n = 1800
    at = np.arange(0, n + 3, 3)
    values = sensor(len(at))
    values[200:230] = 40.0
    found, real = _find(at, values, n)
    assert found.at_limit == 28
    assert found.real[600:690:3].all()
    assert not np.any(found.real & ~real)


def test_values_joined_by_hand_are_no_sensor():
    # As in a record of 67 kinks, five a day, at any time of the grid.
    rng = np.random.default_rng(5)
    at = np.unique(np.append(rng.choice(np.arange(1, 3800), 70, replace=False), [0, 3800]))
    found, _ = _find(at, rng.integers(100, 300, len(at)), 3800)
    assert found.steps == 0
    assert not found.real.any()


def test_a_straight_line_and_a_short_record_are_no_sensor():
    assert readings(np.arange(500), np.full(500, 120.0)).steps == 0
    assert readings(np.arange(20), sensor(20)).steps == 0


def test_missing_rows_break_the_lines():
    n = 1800
    place = np.array([i for i in range(n) if i % 600 < 590])
    value = interpolated(np.arange(0, n + 3, 3), sensor(n // 3 + 1), n)[place]
    found = readings(place, value)
    assert not np.any(place[found.real] % 3)
    assert found.real.sum() > 0.97 * 590


def test_phases_at_random_pass_less_than_once_in_a_thousand():
    # The claim of the module's docstring, for the fewest kinks it looks at. At one in a thousand,
    # more than 8 of 3000 have a chance of 0.4 %; 60 000 draws gave 0.6 in a thousand.
    rng = np.random.default_rng(7)
    least = _interpolation.LEAST_SHARE * _interpolation.FEWEST_KINKS
    draws = rng.integers(0, 3, (3000, _interpolation.FEWEST_KINKS))
    assert sum(_interpolation._phase_path(draw)[1] >= least for draw in draws) <= 8
