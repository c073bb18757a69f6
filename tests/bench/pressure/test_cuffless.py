"""IEEE 1708: grades, categories and changes, by hand."""

import numpy as np
import pytest

from twinbed.bench import find, run_bench
from twinbed.bench.pressure.cuffless import categories, category, grade, graded, mean_absolute, share_changed, skill


@pytest.mark.parametrize(
    ("mad", "md", "letter"),
    [
        (5.0, 9.0, "A"),
        (5.1, 5.0, "B"),
        (5.1, -5.1, "D"),
        (6.0, 0.0, "B"),
        (6.1, 0.0, "C"),
        (7.0, 5.0, "C"),
        (7.1, 0.0, "D"),
    ],
)
def test_grades_at_their_edges(mad, md, letter):
    assert grade(mad, md) == letter


@pytest.mark.parametrize(
    ("systolic", "diastolic", "name"),
    [(119, 79, "normal"), (120, 79, "elevated"), (119, 80, "stage 1"), (130, 70, "stage 1"), (110, 90, "stage 2"),
     (140, 70, "stage 2")],
)  # fmt: skip
def test_the_higher_category_counts(systolic, diastolic, name):
    assert category(systolic, diastolic) == name


def test_a_subject_is_in_one_category_by_the_mean_of_its_references():
    who = np.array(["a", "a", "b"])
    found = categories(np.array([110.0, 150.0, 118.0]), np.array([70.0, 70.0, 70.0]), who)
    assert found.tolist() == ["stage 1", "stage 1", "normal"]


def test_mean_absolute_difference_and_grade_of_two_subjects():
    error, who = np.array([-4.0, 8.0, 5.0, -7.0]), np.array(["a", "a", "b", "b"])
    # both subjects have a mean of 6: no variance between them
    other = np.array([-4.0, 8.0, 5.0, -6.0])
    assert mean_absolute(other, who).value == pytest.approx(5.75)
    assert graded(other, who).value == 2.0
    assert np.abs(error).mean() == 6.0


def test_shares_of_changes_have_a_low_end_that_counts_and_a_high_end_that_does_not():
    change = np.array([-20.0, -10.0, 5.0, 15.0])
    assert share_changed(change, -20.0, -10.0) == 25.0
    assert share_changed(change, 5.0, 15.0) == 25.0


def test_repeating_the_calibration_has_a_skill_of_one():
    change, who = np.array([10.0, -5.0, 20.0, 3.0]), np.array([0, 0, 1, 1])
    assert skill(-change, change, who).value == 1.0
    assert skill(-change / 4.0, change, who).value == pytest.approx(0.25)


def verdicts(device, tmp_path):
    protocol = find.protocol("blood_pressure/cuffless")
    return {v.criterion: v for v in run_bench(protocol, find.device(device, protocol), tmp_path).verdicts}


def test_repeating_the_calibration_fails_after_changes_though_its_bias_is_small(tmp_path):
    found = verdicts("bad", tmp_path)
    assert found["md_systolic"].outcome == "pass"
    assert found["grade_systolic"].value == 4.0
    assert found["skill_systolic"].outcome == "fail"


@pytest.mark.long
def test_a_drift_from_the_calibration_is_seen_as_a_bias(tmp_path):
    # 1.5 mmHg a reading: the mean of readings 1 to 12 is 9.75 mmHg away from where the same device is without drift
    drifting, good = verdicts("bad_drift", tmp_path / "drift"), verdicts("good", tmp_path / "good")
    assert drifting["md_systolic"].value + good["md_systolic"].value == pytest.approx(9.75, abs=1e-6)
    assert drifting["md_systolic"].outcome == "fail"
