"""ISO 81060-2: the table against what it stands for, and criteria worked out by hand."""

import math

import numpy as np
import pytest
from scipy import optimize, stats

from twinbed.bench import find, run_bench
from twinbed.bench.device import Function
from twinbed.bench.pressure.cuff import TABLE_1, allowed_sd, excess
from twinbed.bench.pressure.errors import bias_size, share, spread, subject_spread
from twinbed.core.errors import StatisticsError


def derived(mean):
    """Standard deviation at which 85 % of normal errors with this mean are within 10 mmHg."""
    inside = lambda sd: stats.norm.cdf(10.0, mean, sd) - stats.norm.cdf(-10.0, mean, sd) - 0.85
    return optimize.brentq(inside, 0.5, 20.0)


def test_every_entry_of_table_1_keeps_85_percent_of_errors_within_10_mmhg():
    assert len(TABLE_1) == 51
    off = {tenth: entry - derived(tenth / 10.0) for tenth, entry in enumerate(TABLE_1)}
    assert {tenth: round(by, 3) for tenth, by in off.items() if abs(by) > 0.02} == {48: 0.024}  # as it is printed


def test_the_example_of_the_standard_and_the_ends_of_the_table():
    assert allowed_sd(4.2) == allowed_sd(-4.2) == 5.49
    assert allowed_sd(0.0) == 6.95
    assert allowed_sd(5.0) == 4.79
    assert allowed_sd(5.06) == 0.0


@pytest.mark.parametrize(("mean", "entry"), [(0.34, 6.95), (0.35, 6.93), (4.94, 4.90), (4.95, 4.79), (5.04, 4.79)])
def test_a_mean_is_rounded_to_a_tenth(mean, entry):
    assert allowed_sd(mean) == entry


ERROR = np.array([1.0, 3.0, 5.0, -2.0, 0.0, 2.0])
WHO = np.array(["a", "a", "a", "b", "b", "b"])


def test_criteria_of_two_subjects_by_hand():
    # means 3 and 0, of all 1.5; squares 1+9+25+4+0+4 = 43; variance (43 - 6 * 2.25) / 5 = 5.9
    bias, sd, of_means = bias_size(ERROR, WHO), spread(ERROR, WHO), subject_spread(ERROR, WHO)
    assert (bias.value, bias.n) == (pytest.approx(1.5), 6)
    assert (sd.value, sd.n) == (pytest.approx(math.sqrt(5.9)), 6)
    assert (of_means.value, of_means.n) == (pytest.approx(math.sqrt(2 * 1.5**2)), 2)
    assert excess(ERROR, WHO).value == pytest.approx(math.sqrt(4.5) - 6.78)
    assert share(np.abs(ERROR) <= 2.0, WHO).value == pytest.approx(100.0 * 4 / 6)


def test_the_size_of_a_bias_has_no_sign_and_its_interval_is_folded_at_zero():
    one, other = bias_size(ERROR, WHO), bias_size(-ERROR, WHO)
    assert (one.value, one.low, one.high) == (other.value, other.low, other.high)
    assert one.low == 0.0  # two subjects: the interval of the mean contains zero
    assert one.high > 1.5
    far = bias_size(ERROR + 1000.0, WHO)
    assert (far.low + far.high) / 2.0 == pytest.approx(far.value)


def test_the_interval_of_the_spread_of_subjects_is_that_of_a_variance():
    generator = np.random.default_rng(5)
    means = generator.normal(0.0, 4.0, 40)
    found = subject_spread(np.repeat(means, 3), np.repeat(np.arange(40), 3))
    sd = means.std(ddof=1)
    ends = [sd * math.sqrt(39.0 / stats.chi2.ppf(p, 39)) for p in (0.975, 0.025)]
    assert (found.value, found.low, found.high) == (pytest.approx(sd), *(pytest.approx(e) for e in ends))


def test_one_subject_is_refused():
    with pytest.raises(StatisticsError, match="1 patients"):
        subject_spread(ERROR, np.repeat("a", 6))


def verdicts(device, tmp_path, **settings):
    protocol = find.protocol("blood_pressure/cuff", **settings)
    log = run_bench(
        protocol, device if callable(getattr(device, "ask", None)) else find.device(device, protocol), tmp_path
    )
    return {v.criterion: v for v in log.verdicts}


def test_too_few_pairs_are_no_test_of_the_accuracy(tmp_path):
    found = verdicts("good", tmp_path, subjects=6)
    assert found["bias_systolic"].outcome == "not tested"
    assert "at least 255" in found["bias_systolic"].reason
    assert found["subjects"].outcome == "fail"


@pytest.mark.long
def test_the_cuff_of_twinbed_reads_the_recordings_as_the_small_algorithm_does(tmp_path):
    small = verdicts("good", tmp_path / "small", subjects=8)
    device = verdicts("devices/monitoring/nibp_cuff", tmp_path / "device", subjects=8)
    for name in ("spread_systolic", "spread_diastolic", "bias_systolic", "bias_diastolic"):
        assert device[name].value == pytest.approx(small[name].value, abs=1.0)


@pytest.mark.long
@pytest.mark.parametrize(
    ("device", "fails"),
    [
        ("bad_arm", {"spread_diastolic", "excess_diastolic", "excess_systolic"}),
        ("bad_constant", {"spread_systolic", "spread_diastolic", "excess_systolic"}),
    ],
)
def test_every_fault_fails_where_it_shows(device, fails, tmp_path):
    found = verdicts(device, tmp_path)
    failed = {name for name, v in found.items() if v.outcome == "fail"}
    assert fails <= failed
    assert not any(name.startswith(("arms", "subjects", "pairs", "systolic_", "diastolic_")) for name in failed)


def test_a_device_that_agrees_with_the_observers_has_no_error(tmp_path):
    protocol = find.protocol("blood_pressure/cuff", subjects=4)
    truth = {c.stimulus["cuff_pressure"].tobytes(): c.reference for c in protocol.cases()}
    told = Function(lambda s: {k: truth[s["cuff_pressure"].tobytes()][k] for k in ("systolic", "diastolic")}, "told")
    log = run_bench(protocol, told, tmp_path)
    assert {row["error_systolic"] for c in log.cases for row in c.rows} == {0.0}
