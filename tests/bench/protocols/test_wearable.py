"""Heart rate of wearables: error, availability and lag by hand; wearers as their sources say; faults found."""

import math

import numpy as np
import pytest

from tests.bench.protocols.play import failed, statistic, table, verdicts
from twinbed.bench.play import play
from twinbed.bench.protocol import Case
from twinbed.bench.protocols.wearable import _trackers, _wearer
from twinbed.bench.protocols.wearable.heart_rate import _measure, attached, heart_rate, lag_s
from twinbed.core.errors import StudyError
from twinbed.devices.wearable.smart_watch import SmartWatch

NAN = math.nan


def test_error_and_availability_of_a_condition():
    """After 10 s of start: 100 is shown as 110, 90, nothing, 100; the fifth second has no reference."""
    truth = np.array([100.0] * 14 + [NAN])
    shown = np.array([300.0] * 10 + [110.0, 90.0, NAN, 100.0, 50.0])
    case = Case("a", "a", {}, {"heart_rate": truth})
    (found,) = _measure(case, {"heart_rate": shown})
    assert found["percentage_error"] == pytest.approx(20.0 / 3.0)
    assert found["error"] == pytest.approx(0.0)
    assert (found["answered"], found["seconds"]) == (3.0, 4.0)
    assert math.isnan(found["lag"])


def test_errors_are_weighted_by_the_seconds_with_an_answer():
    rows = [
        {"percentage_error": 4.0, "answered": 30.0, "seconds": 60.0},
        {"percentage_error": 8.0, "answered": 10.0, "seconds": 60.0},
        {"percentage_error": 99.0, "answered": 60.0, "seconds": 60.0},
    ]
    of = table(rows, ["a", "b", "a"], condition=["run", "run", "sit"])
    protocol = heart_rate()
    assert statistic(protocol, "error_run")(of).value == pytest.approx(5.0)
    assert statistic(protocol, "availability_run")(of).value == pytest.approx(1.0 / 3.0)
    assert statistic(protocol, "error_sit")(of).value == pytest.approx(99.0)
    assert math.isnan(statistic(protocol, "error_walk")(of).value)


@pytest.mark.parametrize("lag", [0, 4, 17])
def test_a_lag_is_found(lag):
    truth = 100.0 + 30.0 * np.sin(np.arange(150) / 12.0)
    shown = np.concatenate([np.full(lag, NAN), truth])[:150]
    assert lag_s(shown, truth) == lag


def test_a_lag_needs_a_rate_that_changes_and_an_answer():
    assert math.isnan(lag_s(np.full(100, 70.0), np.full(100, 70.0)))
    assert math.isnan(lag_s(np.full(100, NAN), np.linspace(60.0, 90.0, 100)))


def test_the_reference_is_of_the_last_five_intervals():
    """Beats every second and, from 10 s on, every half second: five intervals at 10.5 s last 4.5 s."""
    beats = np.concatenate([np.arange(0.0, 10.5, 1.0), np.arange(10.5, 20.0, 0.5)])
    found = _wearer.reference(beats, np.array([-1.0, 0.5, 3.0, 9.9, 10.5, 19.0]))
    np.testing.assert_allclose(found, [NAN, NAN, 60.0, 60.0, 60.0 * 5 / 4.5, 120.0])


def test_heart_rates_reach_the_share_of_the_reserve():
    """At the end of 120 s (four lags): 75 % of the reserve within the spread of 10 %."""
    for wearer in range(5):
        age, _ = _wearer.age_and_sex(0, wearer)
        beats = _wearer.worn(0, wearer, "run", 120.0).beats_s
        rate = _wearer.reference(beats, np.array([119.0]), 15)[0]
        assert 100.0 < rate < 208.0 - 0.7 * age + 15.0


def test_light_and_acceleration_are_those_of_the_watch():
    """The same wrist in `SmartWatch`: equal but for what is drawn, so equal spread, and equal beats."""
    wrist = _wearer.worn(3, 1, "run", 60.0)
    light, acceleration = _wearer.seen(wrist, 3, "x")
    signals = {
        "arterial_pressure": wrist.pressure, "steps": wrist.steps, "exercise_intensity": wrist.exercise,
        "motion": wrist.motion,
    }  # fmt: skip
    shown = play(SmartWatch(), signals, _wearer.EVERY_S)
    assert light.std() == pytest.approx(shown["watch_ppg"].std(), rel=0.02)
    assert np.abs(acceleration).std() == pytest.approx(shown["watch_acceleration"].std(), rel=0.02)
    spectrum = lambda wave: np.abs(np.fft.rfft(wave - wave.mean()))[:400]
    assert np.corrcoef(spectrum(light), spectrum(shown["watch_ppg"]))[0, 1] > 0.98


def stimulus(rate, cadence, seed=0):
    """A minute at one rate and one cadence."""
    t = np.arange(0.0, 60.0, _wearer.EVERY_S)
    pressure = _wearer._pressure(t * rate / 60.0 % 1.0)
    zero = np.zeros(len(t))
    wrist = _wearer.Wrist(pressure, zero + cadence, zero, zero, np.arange(0.0, 60.0, 60.0 / rate))
    light, acceleration = _wearer.seen(wrist, seed, "t")
    return {"ppg": light, "acceleration": acceleration, "frequency_hz": 50.0, "time_s": np.arange(60.0)}


@pytest.mark.parametrize(("rate", "cadence"), [(60.0, 0.0), (140.0, 0.0), (95.0, 115.0), (150.0, 165.0)])
def test_the_careful_tracker_finds_the_heart(rate, cadence):
    found = _trackers.careful(stimulus(rate, cadence))["heart_rate"]
    assert np.isnan(found[:4]).all()
    np.testing.assert_allclose(found[10:], rate, rtol=0.04)


def test_the_faulty_tracker_finds_the_cadence():
    found = _trackers.on_cadence(stimulus(95.0, 115.0))["heart_rate"][10:]
    np.testing.assert_allclose(found, 115.0, atol=3.0)
    np.testing.assert_allclose(_trackers.on_cadence(stimulus(95.0, 0.0))["heart_rate"][10:], 95.0, atol=3.0)


@pytest.fixture(scope="module")
def few():
    return heart_rate(wearers=4)


@pytest.mark.parametrize(
    ("device", "found"), [("bad", "error_walk"), ("bad_lag", "lag"), ("bad_silent", "availability_run")]
)
def test_each_fault_fails_where_it_shows(few, device, found):
    assert found in failed(few, device)


def test_too_few_wearers_are_told(few):
    assert failed(few, "good") == {"subjects"}


def test_a_watch_of_twinbed_is_worn_by_the_same_wearer():
    """It may not show a rate while running, but at rest it must be right: within 2 % (its own tests)."""
    found = verdicts(heart_rate(wearers=1, condition_s=60.0), attached(SmartWatch()))
    assert found["error_sit"].value < 2.0
    assert found["availability_sit"].value == 1.0
    assert found["availability_run"].outcome == "fail"


def test_short_conditions_are_refused():
    with pytest.raises(StudyError, match="60 s or more"):
        heart_rate(condition_s=30.0)


@pytest.mark.slow
def test_conditions_of_their_full_length():
    whole = heart_rate()
    assert failed(whole, "good") == set()
    assert {"error_walk", "error_run"} <= failed(whole, "bad")
