"""Thermometers: numbers worked out by hand, and each fault found by the criterion that is there for it."""

import math

import numpy as np
import pytest

from tests.bench.protocols.play import case, failed, row, statistic, table, verdicts
from twinbed.bench.judging import table_of
from twinbed.bench.log import Played
from twinbed.bench.protocol import outside
from twinbed.bench.protocols.temperature.clinical_accuracy import AGES, clinical_accuracy, repeatability
from twinbed.bench.protocols.temperature.laboratory_accuracy import (
    laboratory_accuracy,
    lagged,
    response_s,
    slope,
)
from twinbed.core.errors import StudyError


@pytest.fixture(scope="module")
def bath():
    return laboratory_accuracy(units=1, ambients=(16.0, 40.0), hold_h=3.0)


@pytest.fixture(scope="module")
def clinic():
    return clinical_accuracy()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ([9.0, 2.0, 1.0, 0.2, 0.1, 0.1], 4.0),  # plunge at sample 1, outside until sample 2: 2 samples of 2 s
        ([9.0, 2.0, 0.2, 0.4, 0.1, 0.1], 6.0),  # it leaves once more
        ([9.0, 2.0, 0.2, math.nan, 0.1, 0.1], 6.0),  # a gap is no reading
        ([9.0, 0.0, 0.0, 0.0, 0.0, 0.0], 0.0),
        ([9.0, 1.0, 1.0, 1.0, 1.0, 1.0], 10.0),  # never: all of the time
    ],
)
def test_the_response_time_ends_when_the_error_stays_small(error, expected):
    assert response_s(np.array(error), 1, 0.3, 2.0) == expected


def test_the_response_of_a_lag_is_that_of_theory():
    """A lag of 20 s from 23 to 37 °C is within 0.3 °C after 20 ln(14 / 0.3) = 76.9 s."""
    t = np.arange(300.0)
    assert response_s(-14.0 * np.exp(-t / 20.0), 0, 0.3, 1.0) == math.ceil(20.0 * math.log(14.0 / 0.3))


def test_the_sensor_in_the_probe_follows_the_bath_with_a_lag_of_first_order():
    """One time constant after 16 °C meets 34 °C it is at 34 - 18 / e = 27.378 °C; 39 s after 23 meets 37 within 0.3."""
    of = case(laboratory_accuracy(units=1, ambients=(16.0,), probe_lag_s=10.0), "unit0_bath_34")
    felt, plunge = of.stimulus["probe_temperature"], of.reference["plunge"]
    assert (plunge, felt[0], felt[plunge]) == (30, 16.0, 16.0)
    assert felt[plunge + 10] == pytest.approx(34.0 - 18.0 / math.e)
    heated = lagged(np.repeat([23.0, 37.0], [50, 200]), 10.0, 1.0)
    assert response_s(heated - 37.0, 50, 0.3, 1.0) == math.ceil(10.0 * math.log(14.0 / 0.3)) == 39.0


def test_a_device_from_outside_is_not_told_the_bath(bath):
    of = case(bath, "unit0_bath_34")
    assert set(of.stimulus) - set(outside(bath, of).stimulus) == {"bath_temperature"}
    assert of.stimulus["bath_temperature"][of.reference["plunge"]] == 34.0


def test_a_slow_probe_is_waited_for_until_a_hundredth_of_a_degree_of_its_lag_is_left():
    """From 16 to 45 °C a lag of 60 s leaves 0.01 °C after 60 ln 2900 = 478.3 s; a minute of judging follows."""
    of = case(laboratory_accuracy(units=1, ambients=(16.0, 40.0), probe_lag_s=60.0), "unit0_bath_45")
    felt, judged = of.stimulus["probe_temperature"], of.reference["judged"]
    assert len(felt) == 30 + round(60.0 * math.log(2900.0) + 60.0)
    assert np.flatnonzero(judged)[0] - of.reference["plunge"] == 478
    assert 45.0 - felt[judged][0] == pytest.approx(0.01, rel=0.05)
    assert 45.0 - felt[of.reference["plunge"] + 240] > 0.3  # five minutes in the bath would judge the transient


def test_a_probe_without_a_lag_is_refused():
    with pytest.raises(StudyError, match="probe_lag_s"):
        laboratory_accuracy(probe_lag_s=0.0)


def test_the_error_of_a_bath_is_the_worst_reading_of_its_last_minute(bath):
    of = case(bath, "unit0_bath_34")
    shown = np.full(len(of.stimulus["probe_temperature"]), of.reference["bath"])
    shown[-61] += 5.0  # too early to count
    shown[-30] -= 0.2
    shown[-10] += 0.1
    found = row(bath, of, shown=shown)
    assert found["error"] == pytest.approx(-0.2)
    assert found["given"] == 1.0
    shown[-1] = math.nan
    assert row(bath, of, shown=shown)["given"] == pytest.approx(59 / 60)


def test_the_drift_is_a_slope_an_hour(bath):
    of = case(bath, "unit0_hold")
    hours = np.arange(len(of.stimulus["probe_temperature"])) * of.stimulus["every_s"] / 3600.0
    assert row(bath, of, shown=of.reference["bath"] + 0.05 * hours)["drift"] == pytest.approx(0.05)


def test_rounding_is_no_drift(bath):
    """Off by one unit in the last place of 37 °C (2⁻⁴⁷), or alternating so that no slope is left: 0 and not 10⁻¹⁸."""
    hours = np.arange(2160.0) / 360.0
    steady = np.full(2160, 36.9)
    last = np.where(hours > 3.0, np.nextafter(36.9, 37.0), 36.9)
    even = np.where(np.arange(2160) % 4 % 3 == 0, 36.9, 37.0)  # ABBA: no correlation with time
    assert [slope(hours, shown) for shown in (steady, last, even)] == [0.0] * 3
    of = case(bath, "unit0_hold")
    shown = np.full(len(of.stimulus["probe_temperature"]), 37.1)
    assert row(bath, of, shown=shown)["drift"] == 0.0


@pytest.mark.parametrize("drift", [1e-12, -0.05])
def test_a_drift_above_rounding_is_that_of_numpy(drift):
    hours = np.arange(2160.0) / 360.0
    shown = 37.0 + drift * hours
    assert slope(hours, shown) == pytest.approx(np.polyfit(hours, shown - 37.0, 1)[0], rel=1e-6)
    assert slope(hours, shown) == pytest.approx(drift, rel=0.01)


def test_baths_may_not_leave_a_part_of_the_range_out():
    rows = [{"level": level} for level in (32.0, 34.0, 36.0, 41.0, 43.0)]
    assert statistic(laboratory_accuracy(), "bath_step")(table(rows)).value == 5.0
    assert verdicts(laboratory_accuracy(units=1, ambients=(23.0,), baths=3), "good")["bath_step"].outcome == "fail"


@pytest.mark.parametrize(
    ("device", "found"),
    [("bad", "error"), ("bad_slow", "heating"), ("bad_drift", "error"), ("bad_ambient", "error_extended")],
)
def test_a_faulty_thermometer_fails_where_its_fault_shows(bath, device, found):
    assert found in failed(bath, device)


def test_a_thermometer_that_shows_nothing_does_not_pass(bath):
    silent = lambda stimulus: {"shown": np.full(len(stimulus["probe_temperature"]), math.nan)}
    assert {"readings", "heating", "cooling"} <= failed(bath, silent)


def test_repeatability_is_the_mean_variance_within_subjects():
    """Variances of 36, 37, 38 and of 37, 37, 37.6: 1 and 0.12; the root of their mean."""
    shown = np.array([36.0, 37.0, 38.0, 37.0, 37.0, 37.6])
    subject = np.array(["a"] * 3 + ["b"] * 3)
    assert repeatability(shown, subject) == pytest.approx(math.sqrt(0.56))
    assert math.isnan(repeatability(shown[:2], np.array(["a", "b"])))


def test_bias_and_limits_of_agreement_of_single_readings():
    """Differences 0.1, 0.3, -0.1: mean 0.1, standard deviation 0.2."""
    protocol = clinical_accuracy()
    of = table([{"difference": d} for d in (0.1, 0.3, -0.1)], age=AGES[0])
    assert statistic(protocol, "bias")(of).value == pytest.approx(0.1)
    assert statistic(protocol, "bias")(of).low == 0.0
    assert statistic(protocol, "agreement")(of).value == pytest.approx(1.959964 * 0.2)
    assert statistic(protocol, "upper_limit")(of).value == pytest.approx(0.1 + 1.959964 * 0.2)


def test_fever_is_judged_by_the_reference(clinic):
    of = case(clinic, "subject_000")
    assert of.reference["core"] >= 38.0
    found = row(clinic, of, temperature=[of.reference["core"] - 2.0, of.reference["core"], 39.0])
    assert (found["fever"], found["fever_seen"], found["well"]) == (1.0, 0.0, 0.0)
    assert found["difference"] == pytest.approx(-2.0)


def test_a_missing_reading_changes_no_count_of_subjects_in_the_table_of_age_groups():
    protocol = clinical_accuracy(per_age=(5, 5, 5, 5))
    febrile = [c.reference["core"] >= 38.0 for c in protocol.cases()]
    once, always = (f"subject_{febrile.index(hot):03d}" for hot in (True, False))
    silent = {once: [1], always: [0, 1, 2]}
    rows = []
    for one in protocol.cases():
        shown = protocol.devices["good"](one.stimulus)["temperature"].copy()
        shown[silent.get(one.id, [])] = np.nan
        rows.append(protocol.measure(one, {"temperature": shown}))
    whole = table_of([
        Played(c.id, c.subject, dict(c.groups), "", 0.0, "", "", tuple(own))
        for c, own in zip(protocol.cases(), rows, strict=True)
    ])  # fmt: skip
    listing = protocol.figures(whole)[1]
    shares = [sum(febrile[5 * k : 5 * k + 5]) / 5 for k in range(4)]
    assert [list(row[:3]) for row in listing.rows] == [[age, 5, share] for age, share in zip(AGES, shares, strict=True)]
    assert statistic(protocol, "febrile_least")(whole).value == min(shares)
    assert statistic(protocol, "febrile_most")(whole).value == max(shares)


def test_too_few_subjects_or_too_little_fever_are_told():
    small = clinical_accuracy(per_age=(15, 20, 20, 35), febrile=0.2)
    assert {"subjects", "group", "febrile_least"} <= failed(small, "good")
    assert "febrile_most" in failed(clinical_accuracy(febrile=0.6), "good")


def test_readings_that_are_missing_are_told(clinic):
    gap = lambda stimulus: {"temperature": [math.nan, *clinic.devices["good"](stimulus)["temperature"][1:]]}
    found = verdicts(clinic, gap)
    assert found["readings"].value == pytest.approx(2 / 3)
    assert {name for name, v in found.items() if v.outcome != "pass"} == {"readings"}


def test_the_skin_at_the_site_is_cooler_than_the_core(clinic):
    """Core less axilla: 0.25 °C, standard deviation 0.2 (Craig 2000)."""
    gap = np.array([c.reference["core"] - c.reference["site"] for c in clinic.cases()])
    assert gap.mean() == pytest.approx(0.25, abs=0.06)
    assert gap.std() == pytest.approx(0.2, abs=0.05)


@pytest.mark.parametrize(
    ("device", "found"), [("bad", "bias"), ("bad_scatter", "repeatability"), ("bad_normal", "bias")]
)
def test_a_faulty_prediction_fails(clinic, device, found):
    assert found in failed(clinic, device)


def test_other_subjects_give_another_run_and_the_same_ones_the_same():
    ids = lambda seed: [c.sha256 for c in clinical_accuracy(per_age=(1, 1, 1, 1), seed=seed).cases()]
    assert ids(1) == ids(1)
    assert not set(ids(1)) & set(ids(2))
