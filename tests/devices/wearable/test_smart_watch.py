"""A watch on a synthetic arterial pressure: heart rate, movement, steps, electrocardiogram."""

import numpy as np
import pytest

from tests.devices.play import play
from twinbed.devices.wearable.smart_watch import SmartWatch

PERIOD_S = 0.02
TICKS = round(60.0 / PERIOD_S)
SEEDS = 3
_RESTING = ("steps", "exercise_intensity", "vibration", "motion", "ecg_i", "watch_ecg_start", "watch_off")


def pressure(rate):
    """A pulse with a systolic peak and a dicrotic wave between 80 and 125 mmHg."""
    phase = np.cumsum(np.broadcast_to(rate, TICKS) / 60.0 * PERIOD_S) % 1.0
    systole, dicrotic = np.exp(-(((phase - 0.17) / 0.08) ** 2)), np.exp(-(((phase - 0.45) / 0.12) ** 2))
    return 80.0 + 40.0 * (systole + 0.45 * dicrotic + 0.15 * (1.0 - phase))


def wear(rate=70.0, pulse=None, **signals):
    resting = dict.fromkeys(_RESTING, 0.0)
    wave = pressure(rate) if pulse is None else pulse
    return play(SmartWatch(), TICKS, seeds=SEEDS, arterial_pressure=wave, **{**resting, **signals})


LATER = slice(TICKS // 2, None)


@pytest.mark.parametrize("rate", [45.0, 70.0, 110.0, 170.0])
def test_the_heart_rate_at_rest(rate):
    """Wearables may be 10 % off (ANSI/CTA-2065); in rest it is 2 %."""
    played = wear(rate)
    np.testing.assert_allclose(played["watch_heart_rate"][:, LATER], rate, rtol=0.02)
    assert played["watch_valid"][:, LATER].min() == 1.0
    assert played["watch_quality"][:, -1].min() > 0.9
    assert played["watch_steps"].max() == 0.0


def test_movement_lowers_the_quality_and_the_accuracy():
    """At a walk the mean error where a rate is shown stays below 10 %, at a run nothing is promised."""
    quality = {}
    for steps, exercise in ((0.0, 0.0), (110.0, 30.0), (170.0, 80.0)):
        played = wear(95.0, steps=steps, exercise_intensity=exercise)
        quality[steps] = played["watch_quality"][:, LATER].mean()
        if steps == 110.0:
            shown = played["watch_valid"][:, LATER] > 0.5
            error = np.abs(played["watch_heart_rate"][:, LATER] - 95.0)[shown]
            assert shown.mean() > 0.3
            assert error.mean() < 9.5
    assert quality[0.0] > quality[110.0] + 0.2 > quality[170.0] + 0.2


@pytest.mark.parametrize("cadence", [80.0, 110.0, 160.0])
def test_steps_are_counted(cadence):
    """Within 10 % (ANSI/CTA-2056)."""
    counted = wear(steps=cadence)["watch_steps"][:, -1]
    np.testing.assert_allclose(counted, cadence, rtol=0.1)


def test_acceleration_is_gravity_and_the_swing_of_the_arm():
    still = wear()["watch_acceleration"]
    assert still.mean() == pytest.approx(9.807, abs=0.01)
    assert still.std() == pytest.approx(0.05, rel=0.05)
    shaken = wear(motion=1.2, vibration=0.5)["watch_acceleration"]
    assert shaken.std() == pytest.approx(np.sqrt(1.2**2 + 0.5**2 + 0.05**2), rel=0.05)


def test_without_a_pulse_the_last_rate_stays_and_is_not_valid():
    wave = np.where(np.arange(TICKS) < TICKS // 2, pressure(70.0), 20.0)
    played = wear(pulse=wave)
    assert played["watch_valid"][:, TICKS // 2 - 1].min() == 1.0
    assert played["watch_valid"][:, -500:].max() == 0.0
    assert np.ptp(played["watch_heart_rate"][:, -500:], axis=1).max() == 0.0
    np.testing.assert_allclose(played["watch_heart_rate"][:, -1], 70.0, atol=15.0)  # the fall itself looks like a beat


def test_an_electrocardiogram_is_recorded_for_its_time():
    k = np.arange(TICKS)
    ecg = np.sin(2.0 * np.pi * 1.2 * k * PERIOD_S)
    played = wear(ecg_i=ecg, watch_ecg_start=np.where((k >= 500) & (k < 600), 1.0, 0.0))
    valid = played["watch_ecg_valid"][0]
    assert np.flatnonzero(valid)[[0, -1]].tolist() == [500, 500 + 1499]
    assert set(played["watch_ecg"][0][valid < 0.5]) == {0.0}
    assert (played["watch_ecg"][0] - ecg)[valid > 0.5].std() == pytest.approx(0.02, rel=0.1)


def test_an_electrocardiogram_is_asked_for_again_while_the_asking_goes_on():
    """Asking counts: a second one, 36 s after the first, is one more."""
    k = np.arange(TICKS)
    asked = np.where(k >= 200, 1.0, 0.0) + np.where(k >= 2000, 1.0, 0.0)
    valid = wear(watch_ecg_start=asked)["watch_ecg_valid"][0]
    assert np.flatnonzero(np.diff(valid) > 0.5).tolist() == [199, 1999]
    assert valid.sum() == 1500 + (TICKS - 2000)


def test_off_the_wrist_nothing_is_read_until_it_is_put_on_again():
    k = np.arange(TICKS)
    off = np.where((k >= 1000) & (k < 2000), 1.0, 0.0)
    still = {"ecg_i": 1.0, "watch_ecg_start": np.where(k >= 1200, 1.0, 0.0), "steps": 110.0, "motion": 2.0}
    played = wear(rate=70.0, watch_off=off, **still)
    gone = slice(1500, 2000)
    assert played["watch_valid"][:, gone].max() == 0.0
    assert np.ptp(played["watch_steps"][:, gone], axis=1).max() == 0.0
    assert played["watch_acceleration"][:, gone].std() == pytest.approx(0.05, rel=0.1)
    assert np.abs(played["watch_ecg"][:, gone]).max() < 0.2
    assert played["watch_ecg"][:, 2000:2700].mean() == pytest.approx(1.0, abs=0.01)
    assert np.ptp(played["watch_steps"][:, 2000:], axis=1).min() > 10.0

    worn = wear(rate=70.0, watch_off=off)
    np.testing.assert_allclose(worn["watch_heart_rate"][:, -1], 70.0, rtol=0.05)
    assert worn["watch_valid"][:, -1].min() == 1.0
