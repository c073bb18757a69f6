"""Respiratory rate: the reference and the estimators by hand, faults found, and what the annotators agree on."""

import math

import numpy as np
import pytest

from tests.bench.protocols.play import failed, statistic, table, verdicts
from twinbed.bench.protocol import Case
from twinbed.bench.protocols import _columns
from twinbed.bench.protocols.respiration import _estimators
from twinbed.bench.protocols.respiration.rate import _measure, attached, counted, rate
from twinbed.bench.statistics.agreement import bland_altman
from twinbed.core.errors import StudyError
from twinbed.devices.monitoring.patient_monitor import PatientMonitor

NAN = math.nan


@pytest.mark.parametrize(
    ("breaths", "expected"),
    [
        (np.arange(1.0, 60.0, 4.0), 15.0),  # 15 breaths, 14 intervals of 4 s
        (np.array([2.0, 6.0, 12.0, 20.0, 30.0, 44.0, 55.0]), 60.0 * 6 / 53.0),
        (np.arange(1.0, 30.0, 4.0), NAN),  # nothing in the second half
        (np.array([5.0]), NAN),
        (np.array([]), NAN),
        (np.array([-3.0, 1.0, 11.0, 21.0, 31.0, 41.0, 51.0, 60.0]), 6.0),  # those outside do not count
    ],
)
def test_the_rate_of_an_annotator(breaths, expected):
    assert counted(breaths, 0.0, 60.0) == pytest.approx(expected, nan_ok=True)


ONE = Case("one", "one", {}, {"first": np.array([15.0, 20.0, NAN]), "second": np.array([17.0, 20.0, 12.0])})
"""Three windows."""


def test_the_device_is_held_against_the_mean_and_against_each():
    rows = _measure(ONE, {"rate": np.array([18.5, NAN, 12.0])})
    assert rows[0]["error"] == 2.5
    assert (rows[0]["error_first"], rows[0]["error_second"]) == (3.5, 1.5)
    assert (rows[0]["within_2"], rows[0]["within_3"], rows[0]["answered"]) == (0.0, 1.0, 1.0)
    assert (rows[0]["annotators"], rows[0]["annotators_2"]) == (-2.0, 1.0)
    assert rows[1]["answered"] == 0.0
    assert math.isnan(rows[1]["within_3"])
    assert rows[2]["judged"] == 0.0
    assert math.isnan(rows[2]["answered"])


def test_shares_are_of_answers_of_judged_and_of_all_windows(data):
    if not (data / "bidmc").is_dir():
        pytest.skip("no recordings: bidmc")
    of = rate(records=2)
    made = table(_measure(ONE, {"rate": np.array([18.5, NAN, 12.0])}) * 2, ["a"] * 3 + ["b"] * 3)
    assert statistic(of, "within_2")(made).value == 0.0
    assert statistic(of, "within_3")(made).value == 1.0
    assert statistic(of, "availability")(made).value == 0.5
    assert statistic(of, "judged")(made).value == pytest.approx(2 / 3)
    assert statistic(of, "annotators_2")(made).value == 1.0


def test_the_size_of_a_bias_and_the_width_of_the_limits():
    """Differences -0.4, -0.1, -0.1: mean -0.2, standard deviation sqrt(0.03)."""
    found = bland_altman(np.array([-0.4, -0.1, -0.1]))
    assert _columns.unsigned(found.bias).value == pytest.approx(0.2)
    assert _columns.unsigned(found.bias).low == 0.0
    assert _columns.unsigned(found.bias).high == pytest.approx(-found.bias.low)
    assert _columns.half_width(found).value == pytest.approx(1.959964 * math.sqrt(0.03))


def breathing(per_minute, frequency=125.0, lasts=120.0):
    """Impedance with breaths and a heart, and a pulse wave whose size breathes."""
    t = np.arange(0.0, lasts, 1.0 / frequency)
    breath, heart = np.sin(2 * np.pi * per_minute / 60 * t), np.sin(2 * np.pi * 1.3 * t)
    return {
        "impedance": 0.5 + 0.2 * breath + 0.03 * heart, "ppg": (1 + 0.2 * breath) * heart, "frequency_hz": frequency,
        "window_end_s": np.array([60.0, 120.0]), "window_s": 60.0,
    }  # fmt: skip


@pytest.mark.parametrize("per_minute", [8.0, 15.0, 25.0, 35.0])
def test_the_estimators_find_a_rate_and_the_faulty_ones_another(per_minute):
    given = breathing(per_minute)
    np.testing.assert_allclose(_estimators.careful(given)["rate"], per_minute, atol=0.5)
    np.testing.assert_allclose(_estimators.half(given)["rate"], per_minute / 2, atol=0.3)
    np.testing.assert_allclose(attached(PatientMonitor())(given)["rate"][1], per_minute, atol=0.7)


def test_the_pulse_waves_size_breathes():
    np.testing.assert_allclose(_estimators.optical(breathing(15.0))["rate"], 15.0, atol=1.0)


def test_the_heart_is_counted_where_the_band_is_too_high():
    np.testing.assert_allclose(_estimators.cardiac(breathing(15.0))["rate"], 78.0, atol=2.0)


def test_gaps_in_a_signal_are_bridged():
    given = breathing(15.0)
    given["impedance"][1000:1100] = NAN
    assert np.isfinite(_estimators.careful(given)["rate"]).all()


@pytest.fixture(scope="module")
def few(data):
    if not (data / "bidmc").is_dir():
        pytest.skip("no recordings: bidmc")
    return rate(records=4)


def test_the_annotators_agree_but_for_a_breath(few):
    found = verdicts(few, "good")
    assert found["annotators_error"].value < 1.0
    assert found["annotators_3"].value > 0.9
    assert found["judged"].value > 0.9


@pytest.mark.parametrize("device", ["bad", "bad_half", "bad_constant"])
def test_each_fault_fails(few, device):
    assert {"bias", "mean_absolute_error", "within_3"} & failed(few, device)


def test_silence_does_not_pass(few):
    silent = lambda stimulus: {"rate": np.full(len(stimulus["window_end_s"]), NAN)}
    assert "availability" in failed(few, silent)


def test_windows_that_are_too_short_are_refused():
    with pytest.raises(StudyError, match="15 to 240"):
        rate(window_s=5.0)


@pytest.mark.slow
def test_all_recordings(data):
    """The annotators' mean absolute difference over all windows was worked out apart from this code: 0.280 /min."""
    if not (data / "bidmc").is_dir():
        pytest.skip("no recordings: bidmc")
    found = verdicts(rate(), "good")
    assert [name for name, v in found.items() if v.outcome != "pass"] == []
    assert found["annotators_error"].value == pytest.approx(0.2797, abs=0.0005)
    assert found["annotators_error"].n == 53
