"""The chest compressor: its beat, its depth, its pauses, its switch."""

import jax.numpy as jnp
import numpy as np
import pytest

from tests.devices.play import play
from twinbed.devices.rhythm.chest_compressor import ChestCompressor

PERIOD, MINUTE = 0.01, 6000


def played(ticks=MINUTE, on=1.0, **values):
    """Pressure and count of a minute."""
    device = ChestCompressor(**{k: jnp.asarray(v) for k, v in values.items()})
    shown = play(device, ticks, chest_compressor_on=on).shown
    return shown["chest_compression"][0], shown["chest_compressor_number"][0]


def begins(pressure):
    """Ticks at which a compression begins."""
    return np.flatnonzero((pressure[1:] > 0.0) & (pressure[:-1] == 0.0)) + 1


@pytest.mark.parametrize("rate", [100.0, 102.0, 113.0, 120.0])
def test_compressions_come_at_the_rate(rate):
    """Panchal 2020: 100 to 120 a minute; no tick's rounding adds up."""
    pressure, number = played(rate=rate)
    assert number[-1] == pytest.approx(rate, abs=1.0)
    assert np.diff(begins(pressure)).mean() * PERIOD == pytest.approx(60.0 / rate, rel=1e-3)


@pytest.mark.parametrize("duty", [0.4, 0.5, 0.6])
def test_its_share_of_the_cycle_is_compression(duty):
    pressure, _ = played(rate=100.0, duty=duty)
    assert np.mean(pressure > 0.5 * pressure.max()) == pytest.approx(duty, abs=0.02)
    assert pressure.min() == 0.0


def test_pressure_goes_with_depth():
    assert played(depth=5.0, stiffness=10.0)[0].max() == pytest.approx(50.0)
    assert played(depth=6.0, stiffness=10.0)[0].max() == pytest.approx(60.0)


def test_a_pause_for_breaths_follows_thirty_compressions():
    pressure, number = played(rate=100.0, compressions=30.0, pause=3.0)
    gaps = np.diff(begins(pressure)) * PERIOD
    assert np.flatnonzero(gaps > 1.0).tolist() == [28, 58]  # the first compression begins with the run
    assert gaps[[28, 58]] == pytest.approx(3.6, abs=0.011)
    assert number[-1] == 30 + 30 + np.ceil((60.0 - 2 * 21.0) / 0.6)


def test_switched_off_it_lets_go_and_switched_on_it_presses():
    on = np.ones(1000)
    on[310:500] = 0.0
    pressure, number = played(1000, on, rate=100.0)
    assert pressure[309] > 0.0
    assert not pressure[310:500].any()
    assert pressure[500] > 0.0
    assert number[505] == number[305] + 1
    assert played(100, 0.0)[1][-1] == 0.0
