"""The capnograph on capnograms made by formula."""

import numpy as np
import pytest

from tests.devices.monitoring.waves import capnogram, times
from tests.devices.play import play
from twinbed.devices.monitoring.capnograph import Capnograph

DT, LASTS = 0.02, 80.0
T = times(LASTS, DT)


def shown(wave, **settings):
    return {k: v[0] for k, v in play(Capnograph(**settings), len(T), airway_carbon_dioxide=wave).shown.items()}


def test_a_step_comes_late_and_rises_in_its_time():
    """3 s of tube; 10 to 90 % in 0.41 s."""
    wave = shown(np.where(T >= 5.0, 40.0, 0.0))["co2_wave"]
    passes = lambda level: T[np.argmax(wave >= level)]
    assert passes(0.5) == pytest.approx(8.0, abs=0.08)
    assert passes(36.0) - passes(4.0) == pytest.approx(0.41, abs=0.03)
    assert wave[-1] == pytest.approx(40.0)


@pytest.mark.parametrize(("rate", "end_tidal"), [(6.0, 55.0), (15.0, 38.0), (30.0, 20.0)])
def test_breaths_and_their_end_are_found(rate, end_tidal):
    out = shown(capnogram(T, rate, end_tidal))
    assert out["etco2"][-1] == pytest.approx(end_tidal, rel=0.02)
    assert out["capnograph_rate"][-1] == pytest.approx(rate, rel=0.02)
    assert out["apnoea_alarm"][-1] == 0.0


def test_fast_breaths_are_underestimated():
    """At 60 a minute an expiration of 0.6 s is too short for a lag of 0.19 s: 4 % and more are missing."""
    assert shown(capnogram(T, 60.0, 40.0))["etco2"][-1] < 0.97 * 40.0


def test_small_waves_are_no_breaths():
    """Oscillations of the heart on the plateau, 3 mmHg."""
    out = shown(35.0 + 1.5 * np.sin(2 * np.pi * 1.2 * T))
    assert out["capnograph_rate"][-1] == 0.0
    assert out["apnoea_alarm"][-1] == 1.0


def test_apnoea_sounds_after_its_time_and_stops_with_a_breath():
    """The last inspiration begins at 28 s, its expiration ends in what is held; breaths return at 60 s."""
    wave = capnogram(T, 15.0, 38.0)
    wave[(T >= 28.0) & (T < 60.0)] = 0.0
    out = shown(wave)
    sounds = T[out["apnoea_alarm"] > 0.5]
    assert sounds[0] == pytest.approx(28.0 + 3.0 + 20.0, abs=0.3)
    assert sounds[-1] == pytest.approx(64.0 + 3.0, abs=0.5)  # the first whole expiration ends at 64 s
    assert out["etco2"][round(55 / DT)] == 0.0
    assert out["capnograph_rate"][-1] == pytest.approx(15.0, rel=0.02)


@pytest.mark.parametrize("delay", [60.0, -1.0, float("nan")])
def test_a_delay_that_no_tube_has_is_refused(delay):
    with pytest.raises(ValueError, match="0 to 5"):
        Capnograph(delay_s=delay)
