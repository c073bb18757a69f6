"""The thermometer: lag, step and offset."""

import numpy as np
import pytest

from tests.devices.play import play
from twinbed.devices.monitoring.thermometer import Thermometer


def shown(device, wave):
    """What 300 thermometers of a kind show, (thermometer, second)."""
    return play(device, 200, seeds=300, core_temperature=wave)["body_temperature"]


@pytest.mark.long
def test_it_follows_behind_its_lag():
    """63 % of a step of 2 degrees after 20 s."""
    wave = np.where(np.arange(200) < 50, 37.0, 35.0)
    seen = shown(Thermometer(offset_sd=0.0, resolution=0.001), wave)[0]
    assert seen[0] == pytest.approx(37.0)
    assert seen[50 + 19] == pytest.approx(35.0 + 2.0 * np.exp(-1.0), abs=2e-3)
    assert seen[-1] == pytest.approx(35.0, abs=2e-3)


def test_it_shows_tenths():
    assert shown(Thermometer(offset_sd=0.0), 36.86) == pytest.approx(36.9)


def test_thermometers_differ():
    """A standard deviation of 0.1: fewer than 1 in 100 are off by more than the 0.3 degrees of ISO 80601-2-56."""
    seen = shown(Thermometer(), 37.0)[:, -1]
    assert seen.mean() == pytest.approx(37.0, abs=0.02)
    assert seen.std() == pytest.approx(0.1, abs=0.015)
    assert np.mean(np.abs(seen - 37.0) > 0.35) < 0.01
