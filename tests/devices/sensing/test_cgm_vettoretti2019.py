"""Against rejection sampling by NumPy, the theory of the noise and the accuracy of the G6."""

import numpy as np
import pytest
from scipy import stats
from scipy.signal import lfilter

from tests.devices.play import play
from twinbed.devices.sensing.cgm_vettoretti2019 import MEAN, CgmVettoretti2019, covariance

pytestmark = pytest.mark.long

_NAMES = ("gain", "gain_slope", "gain_curve", "offset", "first", "second", "sigma")


def _noise_variance(theta):
    first, second, sigma = theta[..., 4], theta[..., 5], theta[..., 6]
    gain = first**2 / (1 - second)
    return sigma**2 / (1 - gain - second * (gain + second))


def _accepted(theta):
    first, second, variance = theta[:, 4], theta[:, 5], _noise_variance(theta)
    return (second >= -1) & (second <= 1 - np.abs(first) - 0.02) & (variance >= 0) & (variance <= 100)


@pytest.fixture(scope="module")
def population():
    """Sensors by rejection with NumPy's normals, and the share that was accepted."""
    drawn = np.random.default_rng(3).multivariate_normal(MEAN, 0.9 * covariance(), size=200000)
    keep = _accepted(drawn)
    return drawn[keep], keep.mean()


def _play(glucose, **settings):
    """One shape for all tests, so that it compiles once: 500 sensors for 2.5 days."""
    return play(CgmVettoretti2019(**settings), 720, seeds=500, interstitial_glucose=glucose)


@pytest.fixture(scope="module")
def worn():
    """500 people wear five sensors of half a day each: parameters, (person, sensor, parameter)."""
    states = _play(120.0, life=0.5, age_at_start=0.0, warm_up=0.0).states
    theta = np.stack([getattr(states.worn, name) for name in _NAMES], axis=-1)
    assert np.array_equal(theta[:, 0], theta[:, 143])  # a sensor keeps its parameters
    return theta[:, 72::144]


def test_the_covariance_has_the_published_spread():
    assert np.linalg.eigvalsh(covariance()).min() > 0
    spread = np.sqrt(np.diag(covariance()))
    assert spread == pytest.approx([0.1151, 0.0430, 0.00371, 5.386, 0.1442, 0.1368, 0.8506], rel=2e-3)


def test_about_a_quarter_of_the_draws_is_rejected(population):
    assert population[1] == pytest.approx(0.732, abs=0.004)


@pytest.mark.parametrize("which", [slice(0, 1), slice(1, 5)], ids=["first", "later"])
def test_sensors_are_distributed_as_by_rejection(population, worn, which):
    theta = worn[:, which].reshape(-1, len(_NAMES))
    assert _accepted(theta).all()
    for i in range(len(_NAMES)):
        assert stats.ks_2samp(theta[:, i], population[0][:, i]).pvalue > 1e-4, _NAMES[i]
    together = np.corrcoef(theta.T) - np.corrcoef(population[0].T)
    assert np.abs(together).max() < 4 / np.sqrt(len(theta))


def test_successive_sensors_are_independent(worn):
    for i in range(len(_NAMES)):
        pairs = np.corrcoef(worn[:, :-1, i].ravel(), worn[:, 1:, i].ravel())[0, 1]
        assert abs(pairs) < 4 / np.sqrt(2000)
    assert not np.any(worn[:, 1] == worn[:, 2])


def test_the_reading_is_the_drifting_gain_plus_offset_plus_noise():
    played = _play(140.0, age_at_start=2.0, display_min=-1e4, display_max=1e4)
    x = played.states.worn
    days = 2.0 + np.arange(720) * 300 / 86400
    noise = played["cgm"] - (x.gain + x.gain_slope * days + x.gain_curve * days**2) * 140.0 - x.offset
    theta = np.stack([getattr(x, name)[:, 0] for name in _NAMES], axis=-1)
    whitened = noise[:, 2:] - theta[:, 4:5] * noise[:, 1:-1] - theta[:, 5:6] * noise[:, :-2]
    assert (whitened.std(axis=1) / theta[:, 6]).mean() == pytest.approx(1.0, abs=0.005)
    assert (noise[:, :20] ** 2 / _noise_variance(theta)[:, None]).mean() == pytest.approx(1.0, abs=0.1)


def test_a_new_sensor_warms_up_and_holds_the_display():
    played = _play(np.linspace(80, 240, 720), age_at_start=9.0)
    valid, cgm = played["cgm_valid"][0], played["cgm"][0]
    expected = np.ones(720)
    expected[288:312] = 0.0  # two hours from day 10 of the sensor
    assert np.array_equal(valid, expected)
    assert np.all(cgm[288:312] == cgm[287])
    assert cgm[312] != cgm[287]


def test_nothing_is_displayed_before_the_first_reading():
    played = _play(120.0, age_at_start=0.0)
    assert np.array_equal(played["cgm_valid"][0], np.arange(720) >= 24)
    assert np.all(played["cgm"][0, :24] == 0.0)
    assert np.all(played["cgm"][0, 24:] >= 40.0)


def test_the_accuracy_is_that_of_the_g6():
    """Shah 2018 (doi:10.1089/dia.2018.0143): MARD 9.0 %; 7.7 % in children, 9.8 % in adults."""
    minutes = np.arange(0, 720 * 5, 5.0)
    plasma = 150 + 60 * np.sin(2 * np.pi * minutes / 240) + 25 * np.sin(2 * np.pi * minutes / 97)
    lag = 1 - np.exp(-5 / 8)  # an interstitial time constant of 8 min
    interstitial = lfilter([lag], [1, lag - 1], plasma - plasma[0]) + plasma[0]
    errors = []
    for age in (0.0, 2.5, 5.0, 7.5):
        played = _play(interstitial, age_at_start=age)
        errors.append((np.abs(played["cgm"] - plasma) / plasma)[played["cgm_valid"] > 0])
    assert 0.077 < np.concatenate(errors).mean() < 0.098
