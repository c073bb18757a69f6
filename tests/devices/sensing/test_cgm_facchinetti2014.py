"""Against the theory of second-order autoregressive processes."""

import numpy as np
import pytest

from tests.devices.play import play
from twinbed.devices.sensing.cgm_facchinetti2014 import CgmFacchinetti2014

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def played():
    """60 sensors for 10 days without limits."""
    sensor = CgmFacchinetti2014(life=1e3, age_at_start=0.0, warm_up=0.0, display_min=-1e3, display_max=1e4)
    return play(sensor, 2880, seeds=60, interstitial_glucose=150.0)


def test_the_noises_have_the_stationary_spread_of_their_coefficients(played):
    states = played.states
    assert states.common.last.std() == pytest.approx(7.7, abs=0.1)
    assert states.own.last.std() == pytest.approx(7.1, abs=0.1)
    assert states.common.last[:, :5].std() == pytest.approx(7.7, abs=1.5)  # from the first reading on


@pytest.mark.parametrize(("noise", "first", "second"), [("common", 1.23, -0.3995), ("own", 1.013, -0.2135)])
def test_the_noises_follow_the_yule_walker_equations(played, noise, first, second):
    e = getattr(played.states, noise).last
    one = np.corrcoef(e[:, :-1].ravel(), e[:, 1:].ravel())[0, 1]
    two = np.corrcoef(e[:, :-2].ravel(), e[:, 2:].ravel())[0, 1]
    assert one == pytest.approx(first / (1 - second), abs=0.004)
    assert two == pytest.approx(first * one + second, abs=0.006)


def test_the_reading_is_the_calibrated_glucose_plus_both_noises(played):
    error = played["cgm"] - (played.states.common.before + played.states.own.before)
    days = np.arange(2880) * 300 / 86400 % 0.5
    assert error == pytest.approx(np.broadcast_to((1.1 + 2e-4 * days) * 150 - 14.8 + 0.04 * days, error.shape))


def test_the_period_belongs_to_the_coefficients():
    with pytest.raises(TypeError):
        CgmFacchinetti2014(period_s=60.0)
