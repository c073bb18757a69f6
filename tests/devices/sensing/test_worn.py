"""Sensors as they are worn: losses of contact, pressure; and the sensor without error."""

import numpy as np
import pytest

from tests.devices.play import NoisySensor, play
from twinbed.core.errors import WiringError
from twinbed.devices.delivery.insulin_pump import InsulinPump
from twinbed.devices.sensing.cgm_ideal import CgmIdeal
from twinbed.devices.sensing.compression import Compression
from twinbed.devices.sensing.disconnection import Disconnection

_DAY = 288


def _runs(flags):
    """Starts and lengths of the runs of ones in every row that begin and end inside it."""
    edges = np.diff(flags.astype(int), axis=1)
    starts, ends = np.argwhere(edges == 1), np.argwhere(edges == -1)
    out = []
    for row in range(len(flags)):
        s = starts[starts[:, 0] == row, 1]
        e = ends[ends[:, 0] == row, 1]
        e = e[e > s[0]] if len(s) else e[:0]
        out += [(a + 1, b - a) for a, b in zip(s, e, strict=False)]
    return np.array(out)


def test_the_ideal_sensor_shows_what_there_is():
    glucose = np.linspace(20.0, 600.0, _DAY)
    played = play(CgmIdeal(), _DAY, interstitial_glucose=glucose)
    assert np.array_equal(played["cgm"][0], glucose)
    assert played["cgm_valid"].all()


@pytest.fixture(scope="module")
def disconnected():
    """300 people, 20 days, glucose different at every tick."""
    glucose = np.arange(20 * _DAY) % 250 + 50.0
    return glucose, play(Disconnection(CgmIdeal()), 20 * _DAY, seeds=300, interstitial_glucose=glucose)


def test_losses_come_once_a_day_and_nine_in_ten_are_short(disconnected):
    """Facchinetti 2016: about 90 % of the disconnections last less than 20 min."""
    lengths = _runs(disconnected[1]["cgm_valid"] == 0.0)[:, 1] * 5.0
    assert len(lengths) / (300 * 20) == pytest.approx(1.0, abs=0.06)  # 4 standard errors
    assert (lengths < 20.0).mean() == pytest.approx(0.9, abs=0.016)


def test_the_display_holds_while_contact_is_lost(disconnected):
    glucose, played = disconnected
    valid, cgm = played["cgm_valid"] > 0, played["cgm"]
    assert np.all(cgm[valid] == np.broadcast_to(glucose, cgm.shape)[valid])
    assert np.all((cgm[:, 1:] == cgm[:, :-1])[~valid[:, 1:]])


@pytest.mark.long
def test_without_losses_the_sensor_shows_through():
    glucose = np.linspace(20.0, 600.0, _DAY)
    bare = play(NoisySensor(), _DAY, seeds=3, interstitial_glucose=glucose)
    sensor = Disconnection(Compression(NoisySensor()), per_day=0.0)
    worn = play(sensor, _DAY, seeds=3, interstitial_glucose=glucose)
    assert worn["cgm"].tobytes() == bare["cgm"].tobytes()
    assert worn["cgm_valid"].tobytes() == bare["cgm_valid"].tobytes()


def test_pressure_lowers_the_reading_as_a_first_order_system():
    pressed = np.zeros(_DAY)
    pressed[100:109] = 1.0  # 45 min, the median
    worn = Compression(CgmIdeal(), amplitude=24.0, time_constant=10.0)
    artefact = 150.0 - play(worn, _DAY, interstitial_glucose=150.0, compression=pressed)["cgm"][0]
    minutes = 5.0 * np.arange(1, 10)
    assert np.all(artefact[:100] == 0.0)
    assert artefact[100:109] == pytest.approx(24.0 * (1 - np.exp(-minutes / 10)))
    assert artefact[109:150] == pytest.approx(artefact[108] * np.exp(-5 * np.arange(1, 42) / 10))


def test_pressure_does_not_push_the_display_below_its_limit():
    worn = Compression(CgmIdeal(), amplitude=200.0)
    low = play(worn, _DAY, interstitial_glucose=np.linspace(30.0, 100.0, _DAY), compression=1.0)["cgm"][0]
    assert low.min() == 30.0  # what the sensor itself shows below the limit stays
    assert np.all(low[200:] == 40.0)


@pytest.fixture(scope="module")
def nights():
    """400 people, five nights with two episodes each on average, no filter."""
    worn = Compression(CgmIdeal(), per_night=2.0, time_constant=0.1)
    return 300.0 - play(worn, 5 * _DAY, seeds=400, interstitial_glucose=300.0)["cgm"]


def test_random_pressure_has_the_published_depth_and_duration(nights):
    """Facchinetti 2016: median (5th-95th percentile) 24 (10-48) mg/dL and 45 (30-70) min."""
    pressed = nights > 1e-6
    runs = _runs(pressed)
    depths = nights[:, 1:][np.diff(pressed.astype(int), axis=1) == 1]
    assert np.quantile(depths, [0.05, 0.5, 0.95]) == pytest.approx([10.0, 24.0, 48.0], rel=0.07)
    # a tick of 5 min rounds a duration up; half a tick is the mean of that
    assert np.quantile(runs[:, 1] * 5.0 - 2.5, [0.05, 0.5, 0.95]) == pytest.approx([30, 45, 70], abs=5.0)


def test_random_pressure_comes_at_night(nights):
    runs = _runs(nights > 1e-6)
    hours = (runs[:, 0] * 5 / 60) % 24
    assert np.all((hours >= 23.0) | (hours <= 7.0 + 5 / 60))
    free = 8.0 / (8.0 + 2.0 * 0.8)  # an episode of about 0.8 h keeps the next one away
    assert len(runs) / (400 * 5) == pytest.approx(2.0 * free, rel=0.08)


@pytest.mark.parametrize("wrapper", [Disconnection, Compression])
def test_what_is_no_sensor_is_refused(wrapper):
    with pytest.raises(WiringError, match=r"InsulinPump does not show; it shows insulin_rate, "):
        wrapper(InsulinPump())
