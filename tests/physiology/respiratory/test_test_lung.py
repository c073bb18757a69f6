"""The test lung against closed forms."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import expm

from twinbed.engine.integrate import advance
from twinbed.physiology.respiratory.test_lung import Inputs, TestLung

DT = 0.01


@eqx.filter_jit
def _run(lung, pressure, resistance, muscle):
    def one(x, now):
        u = Inputs(*now)
        x = advance(lung, jnp.asarray(0.0), x, u, 1)
        return x, (x, lung.outputs(jnp.asarray(0.0), x, u))

    return jax.lax.scan(one, lung.initial(), (pressure, resistance, muscle))[1]


def run(lung, lasts, pressure=0.0, resistance=0.0, muscle=0.0):
    """States and outputs after every step, for inputs that are numbers or one for every step."""
    n = round(lasts / DT)
    full = [jnp.broadcast_to(jnp.asarray(v, float), n) for v in (pressure, resistance, muscle)]
    return jax.tree.map(np.asarray, _run(lung, *full))


def test_it_fills_exponentially():
    """10 cmH2O through 4 + 6 cmH2O s/L into 0.05 L/cmH2O: 0.5 L with a time constant of 0.5 s."""
    x, y = run(TestLung.single(0.05, 6.0), 3.0, pressure=10.0, resistance=4.0)
    t = DT * np.arange(1, 301)
    volume = 0.5 * -np.expm1(-t / 0.5)
    assert y.lung_volume - 2.4 == pytest.approx(volume, rel=1e-7)
    assert y.airway_flow == pytest.approx(60.0 * np.exp(-t / 0.5), rel=1e-7)
    assert y.alveolar_pressure == pytest.approx(volume / 0.05, rel=1e-7)
    assert y.airway_pressure == pytest.approx(10.0 - 4.0 * np.exp(-t / 0.5), rel=1e-7)
    assert x.volume_1 == pytest.approx(x.volume_2)


def test_muscles_draw_gas():
    """An effort of 8 cmH2O against open airways draws 8 x 0.05 = 0.4 L."""
    _, y = run(TestLung.single(0.05, 5.0), 3.0, muscle=-8.0)
    assert y.lung_volume[-1] == pytest.approx(2.8, rel=1e-4)
    assert y.airway_pressure == pytest.approx(np.zeros(300))


def test_two_bags_follow_their_matrix():
    """Otis 1956: two time constants; checked against the exponential of the matrix of the pair."""
    lung = TestLung(airway_resistance=2.0, resistance_1=3.0, resistance_2=20.0, compliance_1=0.02, compliance_2=0.04)
    x, _ = run(lung, 3.0, pressure=12.0, resistance=1.0)
    common = np.array([[3.0 + 3.0, 3.0], [3.0, 3.0 + 20.0]])  # pressure = common @ flow + volume / compliance
    rate = np.linalg.inv(common)
    slope = -rate @ np.diag([1 / 0.02, 1 / 0.04])
    at_end = 12.0 * np.array([0.02, 0.04])
    want = at_end - expm(slope * 1.0) @ at_end
    assert [x.volume_1[99], x.volume_2[99]] == pytest.approx(want, rel=1e-7)


def test_carbon_dioxide_follows_ventilation():
    """In the steady state 863 mmHg x 0.2 L/min over alveolar ventilation.

    Breaths of 0.5 L less 0.15 L of dead space, 12 a minute, are 4.2 L/min: 41.1 mmHg. Mixed or not, the dead space
    takes back what it held as long as a breath flushes it.
    """
    t = DT * np.arange(60000)
    breath = np.where(t % 5.0 < 1.5, 10.0, 0.0)
    lung = TestLung.single(0.05, 4.0)
    x, y = run(lung, 600.0, pressure=breath)
    volume = np.ptp(y.lung_volume[-500:])
    assert volume == pytest.approx(0.5, rel=0.01)
    out = np.maximum(-y.airway_flow[-500:], 0.0)
    mean = np.sum(out * x.alveolar[-500:]) / out.sum()  # of what is breathed out
    assert mean == pytest.approx(863.0 * 0.2 / (12 * (volume - 0.15)), rel=0.01)
    seen = y.airway_carbon_dioxide[-500:]
    assert seen.min() < 0.01
    assert seen.max() == pytest.approx(mean, rel=0.02)


def test_without_a_source_carbon_dioxide_is_washed_out_and_never_negative():
    """Alveolar gas of 2.4 L, 0.5 L a breath: after 120 breaths less than a thousandth is left."""
    t = DT * np.arange(60000)
    breath = np.where(t % 5.0 < 1.5, 10.0, 0.0)
    x, y = run(TestLung.single(0.05, 4.0, carbon_dioxide_source=0.0), 600.0, pressure=breath)
    assert 0.0 <= x.alveolar[-1] < 0.04
    assert y.airway_carbon_dioxide.min() >= 0.0
