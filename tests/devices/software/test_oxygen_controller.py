"""The loop of inspired oxygen: its law by hand, its limits, and a lung with a shunt that opens."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.devices.play import play
from twinbed.core.noise import noise_from_seed
from twinbed.devices.software.oxygen_controller import Inputs, OxygenController

TICKS = 240


def control(saturation, valid=1.0, target=0.0, paused=0.0, **settings):
    quick = {"rise_max": 100.0, "fall_max": 100.0, **settings}
    signals = {"spo2": saturation, "spo2_valid": valid, "spo2_target": target, "controller_paused": paused}
    played = play(OxygenController(**quick), TICKS, **signals)
    return played["ventilator_oxygen_set"][0], played["controller_mode"][0]


def test_the_law_by_hand():
    """92 % are 3 % outside the dead band: 0.09, and every 5 s a 12th of it more, above 0.4."""
    found, mode = control(92.0)
    np.testing.assert_allclose(found[:3], 0.4 + 0.09 * (1.0 + np.array([1, 2, 3]) / 12.0), rtol=1e-9)
    assert set(mode) == {2.0}
    for inside in (95.0, 96.0, 97.0):
        np.testing.assert_allclose(control(inside)[0], 0.4, rtol=1e-12)
    np.testing.assert_allclose(control(92.0, target=92.0)[0], 0.4, rtol=1e-12)


def test_limits_of_fraction_and_pace():
    up, _ = control(88.0, rise_max=0.12)
    np.testing.assert_allclose(np.diff(up[:6]), 0.01, rtol=1e-9)
    assert up[-1] == 1.0
    down, _ = control(100.0, fall_max=0.012)
    np.testing.assert_allclose(np.diff(down[:20]), -0.001, rtol=1e-9)
    assert down[-1] == pytest.approx(0.21)


def test_a_deep_fall_gives_all_oxygen_at_once_and_weans_slowly():
    k = np.arange(TICKS)
    found, _ = control(np.where((k >= 20) & (k < 30), 80.0, 96.0), fall_max=0.05)
    assert found[19] == 0.4
    assert set(found[20:30]) == {1.0}
    better, _ = control(np.where((k >= 20) & (k < 30), 80.0, 99.0), fall_max=0.06)
    assert np.diff(better[29:]).min() == pytest.approx(-0.005)
    assert better[100] < 0.9


def test_without_a_saturation_it_holds_and_then_gives_enough():
    k = np.arange(TICKS)
    found, mode = control(96.0, valid=np.where(k < 50, 1.0, 0.0))
    np.testing.assert_allclose(found[:62], 0.4, rtol=1e-12)
    assert set(mode[50:62]) == {3.0}
    assert set(found[62:]) == {0.6}
    assert set(mode[62:]) == {4.0}
    rich, _ = control(96.0, valid=np.where(k < 50, 1.0, 0.0), start=0.8)
    np.testing.assert_allclose(rich, 0.8, rtol=1e-12)


def test_a_pause_holds_the_fraction_and_the_loop_goes_on_from_there():
    """80 % ask for all oxygen; 99 % after the pause of 50 s wean by 0.06 a minute, a tick of 5 s by 0.005."""
    found, mode = control(92.0, paused=1.0)
    assert set(found) == {0.4}
    assert set(mode) == {0.0}
    k = np.arange(TICKS)
    found, mode = control(np.where(k < 30, 80.0, 99.0), paused=(k >= 20) & (k < 30), fall_max=0.06)
    assert set(found[:30]) == {1.0}
    assert set(mode[20:30]) == {0.0}
    np.testing.assert_allclose(found[30:33], 1.0 - 0.005 * np.array([1, 2, 3]), rtol=1e-9)


def _saturation(pressure):
    """Severinghaus (1979), doi:10.1152/jappl.1979.46.3.599."""
    return 100.0 / (1.0 + 23400.0 / (pressure**3 + 150.0 * pressure))


@eqx.filter_jit
def _closed(device, shunt, taken):
    """Saturation every 5 s, of which an oximeter is 20 s behind; the alveoli follow the inspired gas with 30 s.

    Blood that leaves the lung mixes with venous blood, which has 25 % less than arterial; 15 g/dL of haemoglobin.
    """
    noise = noise_from_seed(0)

    def tick(carry, now):
        x, alveolar, seen = carry
        k, shunt, taken = now
        u = Inputs(jnp.round(seen[-1]), jnp.asarray(1.0), jnp.asarray(0.0), jnp.asarray(0.0))
        x, out = device.step(k * device.period_s, x, u, noise)
        alveolar = alveolar + (713.0 * out.oxygen - taken - alveolar) * (1.0 - jnp.exp(-5.0 / 30.0))
        end = _saturation(alveolar) + 0.003 / 0.201 * alveolar  # dissolved oxygen in percent of what is bound
        arterial = jnp.minimum(end - 25.0 * shunt / (1.0 - shunt), 100.0)
        return (x, alveolar, jnp.concatenate([arterial[None], seen[:-1]])), (arterial, out.oxygen)

    start = (device.initial(noise), jnp.asarray(235.0), jnp.full(4, 98.0))
    return jax.lax.scan(tick, start, (jnp.arange(len(shunt), dtype=float), shunt, taken))[1]


K = np.arange(720)
HEALTHY_MMHG = 50.0  # what carbon dioxide and uptake take from the alveolar oxygen


def _run(shunt, taken=HEALTHY_MMHG):
    found = _closed(OxygenController(), jnp.asarray(shunt), jnp.broadcast_to(taken, K.shape).astype(float))
    return tuple(np.asarray(a) for a in found)


@pytest.mark.parametrize(("opened", "seconds"), [(0.3, 180.0), (0.35, 300.0)])
def test_a_shunt_that_opens_is_met_and_weaned_when_it_closes(opened, seconds):
    """5 %, then more for 20 min, then 5 %: saturation is soon back above 93 % and does not swing."""
    arterial, oxygen = _run(np.where((K >= 120) & (K < 360), opened, 0.05))
    low = np.flatnonzero(arterial < 93.0)
    assert 0.0 < (low.max() - 120) * 5.0 < seconds
    assert np.ptp(arterial[300:360]) < 1.0
    assert oxygen[350] > oxygen[110] + 0.3
    assert oxygen[-1] == pytest.approx(0.21)
    assert arterial[360:].min() > 94.0


def test_a_lung_that_answers_strongly_does_not_swing():
    """Shallow breathing: at 40 mmHg saturation changes ten times as much with oxygen as behind a shunt."""
    arterial, oxygen = _run(np.full(K.shape, 0.05), np.where(K >= 120, 110.0, HEALTHY_MMHG))
    assert arterial.min() < 92.0
    assert arterial[180:].min() > 92.0
    assert np.ptp(arterial[480:]) < 3.0
    assert np.ptp(oxygen[480:]) < 0.1
