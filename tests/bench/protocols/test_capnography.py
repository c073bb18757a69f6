"""Capnographs: numbers worked out by hand, theory of a first-order lag, and each fault found by its criterion."""

import math

import numpy as np
import pytest

from tests.bench.protocols.play import case, failed, near, row, statistic, table, verdicts
from twinbed.bench.protocols.capnography._bench import attached
from twinbed.bench.protocols.capnography.breath_rate_and_end_tidal import breath_rate_and_end_tidal, delay_and_rise
from twinbed.bench.protocols.capnography.gas_accuracy import gas_accuracy
from twinbed.core.errors import NotFound
from twinbed.devices.monitoring.capnograph import Capnograph


@pytest.fixture(scope="module")
def chopper():
    return breath_rate_and_end_tidal()


def test_the_error_is_held_against_a_share_of_the_level():
    """At 5 vol% (38 mmHg), 4.5 vol% is 0.5 off; 8 % of the level are 0.4 of it: 0.1 is left."""
    protocol = gas_accuracy()
    of = case(protocol, "level_5_")
    assert of.stimulus["carbon_dioxide"].max() == pytest.approx(38.0)
    found = row(protocol, of, co2_wave=np.full(len(of.stimulus["carbon_dioxide"]), 0.9 * 38.0))
    assert near(found["error"], -0.5)
    assert near(found["beyond"], 0.1)
    assert found["given"] == 1.0


def test_a_gap_is_counted_and_a_capnogram_without_readings_does_not_pass():
    protocol = gas_accuracy(levels=(5.0,), hours=1)
    of = case(protocol, "level_5_")
    wave = of.stimulus["carbon_dioxide"].copy()
    wave[np.flatnonzero(of.reference["judged"])[:100]] = math.nan
    assert row(protocol, of, co2_wave=wave)["given"] == pytest.approx(0.8)
    silent = lambda stimulus: {"co2_wave": np.full(len(stimulus["carbon_dioxide"]), math.nan)}
    assert "readings" in failed(protocol, silent)


def test_change_and_time_are_those_of_the_hours():
    rows = [{"hours": 0.1, "error": 0.1}, {"hours": 6.1, "error": -0.2}, {"hours": math.nan, "error": 3.0}]
    of = table(rows, part=["warm_up", "drift", "level"], balance="air")
    assert statistic(gas_accuracy(), "change")(of).value == pytest.approx(0.3)
    assert statistic(gas_accuracy(), "drift_time")(of).value == pytest.approx(6.0)


@pytest.mark.parametrize(("device", "found"), [("bad", "level"), ("bad_drift", "drift"), ("bad_warm_up", "warm_up")])
def test_a_wrong_gain_fails_where_it_shows(device, found):
    assert found in failed(gas_accuracy(), device)


def test_a_short_test_of_drift_does_not_pass():
    assert verdicts(gas_accuracy(hours=3), "good")["drift_time"].outcome == "fail"


def test_other_gases_are_tested_where_they_are_asked_for():
    protocol = gas_accuracy(balances=("air", "nitrous_oxide"))
    assert failed(protocol, "bad_interference") == {"interference"}
    spared = verdicts(gas_accuracy(hours=1), "good")["interference"]
    assert (spared.outcome, spared.limit) == ("not applicable", None)
    assert "see balances" in spared.reason
    with pytest.raises(NotFound, match="nitrous_oxide"):
        gas_accuracy(balances=("helium",))


def test_delay_and_rise_of_a_lag_are_those_of_theory():
    """After 2 s a lag of 0.2 s: 10 % after 0.2 ln(10/9), from there to 90 % 0.2 ln 9."""
    t = np.arange(0.0, 10.0, 0.001)
    wave = np.where(t < 3.0, 0.0, 5.0 * (1.0 - np.exp(-(t - 3.0) / 0.2)))
    delay, rise = delay_and_rise(wave, 5.0, 1.0, 0.001)
    assert delay == pytest.approx(2.0 + 0.2 * math.log(10.0 / 9.0), abs=0.002)
    assert rise == pytest.approx(0.2 * math.log(9.0), abs=0.002)


def test_a_step_that_is_never_reached_takes_all_of_the_time():
    assert sum(delay_and_rise(np.zeros(100), 5.0, 1.0, 0.1)) == pytest.approx(9.0)


def test_the_chopper_has_its_rate_and_its_ratio(chopper):
    of = case(chopper, "chopper_30_per_min_1_to_2")
    gas = of.stimulus["carbon_dioxide"] > 1.0
    assert gas.mean() == pytest.approx(2.0 / 3.0, abs=0.01)
    assert np.sum(np.diff(gas.astype(int)) == 1) == 45  # 90 s
    assert of.stimulus["carbon_dioxide"].max() == pytest.approx(38.0)


def test_errors_of_rate_and_end_tidal_value(chopper):
    of = case(chopper, "chopper_20_per_min_1_to_1")
    found = row(chopper, of, co2_wave=of.stimulus["carbon_dioxide"], etco2=41.8, breath_rate=19.0)
    assert near(found["rate_error"], -1.0)
    assert near(found["end_tidal_error"], 0.5)


def test_the_highest_rate_is_the_last_before_the_first_failure(chopper):
    rows = [{"rate": r, "beyond": b, "expiration": 1.0} for r, b in ((40.0, 0.5), (20.0, 0.0), (60.0, 0.1))]
    assert statistic(chopper, "end_tidal_to_1")(table(rows)).value == 20.0
    assert statistic(chopper, "end_tidal_to_1")(table([rows[0]])).value == 0.0
    assert math.isnan(statistic(chopper, "end_tidal_to_2")(table(rows)).value)


def test_the_end_tidal_value_falls_with_the_rate_as_a_lag_lets_it():
    """Periodic switching through a lag T with expirations of d and inspirations of d peaks at 1 / (1 + exp(-d/T))."""
    protocol = breath_rate_and_end_tidal(rates=(60.0, 80.0), expirations=(1.0,), lasts_s=60.0)
    function, lag = attached(Capnograph(rise_time=0.8)), 0.8 / math.log(9.0)
    for rate in (60.0, 80.0):
        of = case(protocol, f"chopper_{rate:.0f}")
        shown = function(of.stimulus)["etco2"] / of.stimulus["carbon_dioxide"].max()
        assert shown == pytest.approx(1.0 / (1.0 + math.exp(-30.0 / rate / lag)), abs=0.04)


@pytest.mark.parametrize(
    ("device", "found"),
    [("bad", {"end_tidal"}), ("bad_heart", {"no_breath"}), ("bad_double", {"rate_slow"}), ("bad_mean", {"end_tidal"})],
)
def test_each_fault_fails_its_criterion_alone(chopper, device, found):
    assert failed(chopper, device) == found


def test_fast_rates_have_limits_of_their_own():
    """A breath too few in a minute at 100 /min: 1 is within 2, and would be within 1 up to 70."""
    fast = breath_rate_and_end_tidal(rates=(100.0, 130.0), expirations=(1.0,))
    late = lambda stimulus: {"co2_wave": stimulus["carbon_dioxide"], "etco2": 38.0, "breath_rate": 97.5}
    found = verdicts(fast, late)
    assert (found["rate_slow"].outcome, found["rate_slow"].limit) == ("not applicable", None)
    assert found["rate_middle"].value == pytest.approx(2.5)
    assert found["rate_middle"].outcome == "fail"
    assert found["rate_fast"].value == pytest.approx(32.5)
