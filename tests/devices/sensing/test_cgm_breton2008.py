"""Against the published Johnson distribution, by quadrature and by its inverse."""

import numpy as np
import pytest
from scipy import stats

from tests.devices.play import play
from twinbed.devices.sensing.cgm_breton2008 import CgmBreton2008

pytestmark = pytest.mark.long

_GLUCOSE = 200.0


@pytest.fixture(scope="module")
def errors():
    """Errors every 5 min: 100 sensors for 20 days."""
    sensor = CgmBreton2008(life=1e3, age_at_start=1.0, display_min=-1e3, display_max=1e4)
    return play(sensor, 5760, seeds=100, interstitial_glucose=_GLUCOSE)["cgm"] - _GLUCOSE


def _johnson(driver):
    return -5.471 + 15.96 * np.sinh((driver + 0.5444) / 1.6898)


def test_the_errors_have_the_published_distribution(errors):
    at_quarters = errors[:, ::3].ravel()
    spread = 0.7 / np.sqrt(1 - 0.7**2)  # of e = 0.7 (e + v)
    driver = spread * stats.norm.ppf((np.arange(200000) + 0.5) / 200000)
    theory = _johnson(driver)
    assert at_quarters.mean() == pytest.approx(theory.mean(), abs=0.15)  # 4 standard errors
    assert at_quarters.std() == pytest.approx(theory.std(), rel=0.015)
    # values of an earlier simulation of the published parameters: +0.7, 11.7 and [-20, +27]
    assert theory.mean() == pytest.approx(0.7, abs=0.05)
    assert theory.std() == pytest.approx(11.7, abs=0.1)
    low, high = np.quantile(at_quarters, [0.025, 0.975])
    assert (low, high) == pytest.approx((-20, 27), abs=0.7)


def test_successive_quarters_are_correlated_as_published(errors):
    e = -0.5444 + 1.6898 * np.arcsinh((errors[:, ::3] + 5.471) / 15.96)
    assert np.corrcoef(e[:, :-1].ravel(), e[:, 1:].ravel())[0, 1] == pytest.approx(
        0.7, abs=0.0065
    )  # 4 standard errors (Bartlett)
    assert np.corrcoef(e[:, :-2].ravel(), e[:, 2:].ravel())[0, 1] == pytest.approx(0.49, abs=0.0105)


def test_the_error_is_linear_within_a_quarter(errors):
    quarter = errors[:, :3000].reshape(100, -1, 3)
    following = errors[:, 3:3003:3]
    steps = np.diff(np.concatenate([quarter, following[..., None]], axis=-1), axis=-1)
    assert np.ptp(steps, axis=-1).max() < 1e-9


def test_a_faster_display_does_not_make_the_noise_faster():
    fast = CgmBreton2008(period_s=60.0, life=1e3, display_min=-1e3, display_max=1e4)
    errors = play(fast, 14400, seeds=20, interstitial_glucose=_GLUCOSE)["cgm"][:, ::15] - _GLUCOSE
    e = -0.5444 + 1.6898 * np.arcsinh((errors + 5.471) / 15.96)
    assert np.corrcoef(e[:, :-1].ravel(), e[:, 1:].ravel())[0, 1] == pytest.approx(0.7, abs=0.021)


def test_the_display_has_limits_and_a_warm_up():
    sensor = CgmBreton2008(life=1.0, age_at_start=0.5, warm_up=1.0)
    low = play(sensor, 5760, seeds=100, interstitial_glucose=5.0)
    assert low["cgm"][:, :144].min() == 40.0
    warming = np.zeros(288, bool)
    warming[144:156] = True
    assert np.array_equal(low["cgm_valid"][0, :288] == 0.0, warming)
    high = play(sensor, 5760, seeds=100, interstitial_glucose=900.0)
    assert high["cgm"].max() == 400.0
