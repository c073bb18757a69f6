"""ISO 81060-3: variance components and changes by hand, and against other implementations."""

import math

import numpy as np
import pytest

from twinbed.bench import Function, find, run_bench
from twinbed.bench.pressure.continuous import changes, components, corrected_sd, following, without_offset
from twinbed.bench.statistics.agreement import bland_altman
from twinbed.core.errors import StatisticsError


def test_components_of_two_subjects_by_hand():
    # a: 1 3 (mean 2), b: 6 8 10 (mean 8); mean of all 5.6
    # between 2 * 3.6^2 + 3 * 2.4^2 = 43.2; within (1+1+4+0+4) / 3 = 10/3; factor (25 - 13) / 5 = 2.4
    found = components(np.array([1.0, 3.0, 6.0, 8.0, 10.0]), np.array(["a", "a", "b", "b", "b"]))
    between = (43.2 - 10.0 / 3.0) / 2.4
    assert found.within == pytest.approx(10.0 / 3.0)
    assert found.between == pytest.approx(between)
    assert found.sd == pytest.approx(math.sqrt(between + 10.0 / 3.0))
    rho = between / (between + 10.0 / 3.0)
    assert found.independent == pytest.approx(2.0 * (1.0 + (1.0 - rho) * 1.5))


def test_subjects_who_agree_are_worth_all_their_pairs_and_constant_ones_one_each():
    alike = components(np.array([1.0, -1.0, 1.0, -1.0]), np.array([0, 0, 1, 1]))
    assert (alike.between, alike.independent) == (0.0, 4.0)
    constant = components(np.array([1.0, 1.0, 5.0, 5.0]), np.array([0, 0, 1, 1]))
    assert (constant.within, constant.independent) == (0.0, 2.0)


def test_the_corrected_standard_deviation_is_that_of_bland_and_altman():
    generator = np.random.default_rng(3)
    who = np.repeat(np.arange(12), generator.integers(3, 15, 12))
    error = generator.normal(0.0, 3.0, len(who)) + generator.normal(0.0, 4.0, 12)[who]
    assert corrected_sd(error, who).value == pytest.approx(bland_altman(error, who).sd, rel=1e-9)


def test_the_interval_of_the_corrected_standard_deviation_contains_it():
    generator = np.random.default_rng(4)
    who = np.repeat(np.arange(30), 10)
    found = corrected_sd(generator.normal(0.0, 3.0, 300) + generator.normal(0.0, 4.0, 30)[who], who)
    assert found.low < 5.0 < found.high
    assert found.low < found.value < found.high


def test_one_pair_a_subject_shows_nothing_within_subjects():
    with pytest.raises(StatisticsError, match="give several"):
        components(np.array([1.0, 2.0]), np.array([0, 1]))


def test_the_offset_of_the_first_period_is_removed_of_each_subject():
    error = np.array([2.0, 4.0, 9.0, -1.0, 5.0])
    who, first = np.array(["a", "a", "a", "b", "b"]), np.array([1, 1, 0, 1, 0])
    assert without_offset(error, who, first).tolist() == [-1.0, 1.0, 6.0, 0.0, 6.0]
    with pytest.raises(StatisticsError, match="offset is not known"):
        without_offset(error, who, np.array([1, 1, 0, 0, 0]))


def test_changes_are_pairs_of_readings_of_one_subject_that_are_near_and_large():
    reference = np.array([100.0, 120.0, 101.0, 130.0, 100.0])
    device = np.array([100.0, 110.0, 117.0, 130.0, 100.0])
    at = np.array([0.0, 30.0, 60.0, 200.0, 0.0])
    who = np.array(["a", "a", "a", "a", "b"])
    found = changes(reference, device, who, at, smallest=15.0, within_s=70.0)
    # 0-1: 20 and 10; 0-2: 1 and 17 (the device's counts too); 1-2: -19 and 7; to 3 it is too far, b has one reading
    assert found.reference.tolist() == [20.0, 1.0, -19.0]
    assert found.error.tolist() == pytest.approx([50.0, 100.0 * 16 / 17, 100.0 * 26 / 19])
    assert found.counts(who).tolist() == [3.0, 0.0]


def test_following_is_the_mean_over_subjects_of_a_percentile():
    reference = np.array([0.0, 20.0, 0.0, 20.0])
    device = np.array([0.0, 15.0, 0.0, 20.0])
    who = np.array(["a", "a", "b", "b"])
    found = following(changes(reference, device, who, np.array([0.0, 1.0, 0.0, 1.0]), smallest=15.0, within_s=9.0), 0.5)
    assert (found.value, found.n) == (pytest.approx(12.5), 2)


def verdicts(device, tmp_path, **settings):
    protocol = find.protocol("blood_pressure/continuous", **settings)
    return {v.criterion: v for v in run_bench(protocol, find.device(device, protocol), tmp_path).verdicts}


def test_a_device_that_repeats_its_calibration_is_right_on_average_and_follows_nothing(tmp_path):
    found = verdicts("bad", tmp_path)
    assert found["bias_systolic"].outcome == "pass"
    for level in ("systolic", "mean", "diastolic"):
        assert found[f"change_median_{level}"].value == pytest.approx(100.0, abs=1.0)
        assert found[f"change_median_{level}"].outcome == "fail"


def test_a_trend_does_not_ask_for_a_bias(tmp_path):
    found = verdicts("good", tmp_path, claim="T")
    assert "bias_systolic" not in found
    assert found["corrected_sd_systolic"].limit == 6.0
    assert found["corrected_sd_systolic"].outcome == "pass"


def test_a_wrong_gain_is_seen_where_the_offset_is_right(tmp_path):
    found = verdicts("bad_gain", tmp_path)
    assert found["bias_systolic"].outcome == "pass"
    assert found["corrected_sd_diastolic"].outcome == "fail"


def test_periods_without_a_pressure_count_against_the_device(tmp_path):
    """Silent in a quarter of the periods of everybody, or in all of one person."""
    protocol = find.protocol("blood_pressure/continuous", subjects=6)

    def gaps(stimulus):
        answer = {name: np.array(values, float) for name, values in protocol.devices["good"](stimulus).items()}
        for values in answer.values():
            values[::4] = np.nan
        return answer

    found = {v.criterion: v for v in run_bench(protocol, Function(gaps, "gaps"), tmp_path / "a").verdicts}
    assert found["answered"].outcome == "fail"
    assert found["answered"].value == pytest.approx(75.0, abs=3.0)
    silent = lambda stimulus: {a.name: np.full(len(stimulus["period_start"]), np.nan) for a in protocol.answers}
    log = run_bench(protocol, Function(silent, "silent"), tmp_path / "b")
    assert {c.failure for c in log.cases} == {"no pressure in any period"}
