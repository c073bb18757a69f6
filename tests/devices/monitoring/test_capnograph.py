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


def held(end_tidal, lag):
    """Breaths, the last of which begins to be held at 16 s; from 30 s on it thins out with a lag, down to 0."""
    wave = capnogram(T, 15.0, end_tidal)
    wave[T >= 15.9] = end_tidal
    return np.where(T >= 30.0, end_tidal * np.exp(-np.maximum(T - 30.0, 0.0) / lag), wave)


@pytest.mark.parametrize("lag", [0.2, 3.0, 10.0, 30.0, 100.0])
@pytest.mark.parametrize("gone_at", [80.0, 55.0])
def test_gas_held_at_the_airway_is_no_breath(lag, gone_at):
    """Apnoea after an expiration, however the gas goes after more than 20 s: at once (mask off), or slowly."""
    wave = np.where(gone_at <= T, 0.0, held(45.0, lag))
    ripple = 0.75 * np.sin(2 * np.pi * 1.2 * T)  # oscillations of the heart, 1.5 mmHg
    out = shown(np.maximum(wave + ripple * (T > 16.0) * (wave > 5.0), 0.0))
    begins = np.argmax(out["apnoea_alarm"] > 0.5)
    fall = 30.0 if lag <= 10.0 else 12.0  # a fall of 4 mmHg/s or more ends an expiration of 14 s; slower ones do not
    assert T[begins] == pytest.approx(fall + 3.0 + 20.0, abs=2.0)
    assert (out["apnoea_alarm"][begins:] == 1.0).all()
    assert (out["etco2"][begins:] == 0.0).all()
    assert (out["capnograph_rate"][begins:] == 0.0).all()


def test_the_capnogram_of_an_induction():
    """45 mmHg held for 20 s, 34 after 19 s more, 20 after 11 s more: the alarm stays."""
    wave = capnogram(T, 15.0, 45.0)
    wave[T >= 12.0] = np.interp(T[T >= 12.0], [12.0, 13.6, 13.8, 32.0, 51.0, 62.0], [0, 0, 45, 45, 33.6, 20])
    out = shown(wave)
    assert T[np.argmax(out["apnoea_alarm"] > 0.5)] == pytest.approx(12.0 + 3.0 + 20.0, abs=0.3)
    assert (out["apnoea_alarm"][T > 36.0] == 1.0).all()


@pytest.mark.parametrize(("rate", "inspired"), [(4.0, 0.4), (4.0, 0.2), (8.0, 0.5)])
def test_slow_breathing_is_breathing(rate, inspired):
    out = shown(capnogram(T, rate, 60.0, inspired=inspired))
    assert out["capnograph_rate"][-1] == pytest.approx(rate, rel=0.02)
    assert out["etco2"][-1] == pytest.approx(60.0, rel=0.02)
    assert (out["apnoea_alarm"][T > 20.0] == 0.0).all()


@pytest.mark.parametrize("swing", [8.0, 30.0])
def test_rebreathing_is_breathing(swing):
    """Carbon dioxide does not fall to 0 in inspiration."""
    out = shown(60.0 - swing + capnogram(T, 15.0, swing))
    assert out["capnograph_rate"][-1] == pytest.approx(15.0, rel=0.02)
    assert out["etco2"][-1] == pytest.approx(60.0, rel=0.02)
    assert (out["apnoea_alarm"][T > 40.0] == 0.0).all()  # at first it is small beside the rise from nothing


def test_a_tube_in_the_oesophagus_gives_a_few_small_breaths():
    """Gas from the stomach, thinner with each breath: 15, 9, 5.4 mmHg and on; below 6 there is none."""
    out = shown(capnogram(T, 15.0, 1.0) * 15.0 * 0.6 ** np.floor(T / 4.0))
    last = 8.0 + 3.0  # the second one is swept away
    assert T[np.argmax(out["apnoea_alarm"] > 0.5)] == pytest.approx(last + 20.0, abs=0.5)
    assert (out["apnoea_alarm"][T > 32.0] == 1.0).all()


@pytest.mark.parametrize("delay", [60.0, -1.0, float("nan")])
def test_a_delay_that_no_tube_has_is_refused(delay):
    with pytest.raises(ValueError, match="0 to 5"):
        Capnograph(delay_s=delay)
