"""Against the published table of the OneTouch Ultra 2 and the limits of ISO 15197."""

import numpy as np
import pytest
from scipy import stats

from tests.devices.play import play
from twinbed.devices.sensing.finger_stick import FingerStick

_STICKS = np.arange(600) % 2 == 0.0


def _errors(meter, glucose):
    played = play(meter, 600, seeds=300, plasma_glucose=glucose, finger_stick=_STICKS)
    assert np.array_equal(played["meter_valid"][0] > 0, _STICKS)
    return played["meter_glucose"][:, _STICKS].ravel() - glucose


@pytest.mark.long
@pytest.mark.parametrize(
    ("glucose", "location", "scale", "shape", "mean", "sd"),
    [(60.0, -5.37, 9.86, 2.72, 2.01, 6.54), (200.0, -3.83, 13.17, 1.41, 4.73, 10.00)],
    ids=["zone 1, mg/dL", "zone 2, %"],
)
def test_the_ultra_2_has_the_published_error(glucose, location, scale, shape, mean, sd):
    """Glucose Monitoring Devices (2020), Table 5.1: mean and SD of the skew-normal errors."""
    errors = _errors(FingerStick.one_touch_ultra2(), glucose)
    if glucose > 75.0:
        errors = errors / glucose * 100.0
    assert errors.mean() == pytest.approx(mean, abs=0.15)
    assert errors.std() == pytest.approx(sd, rel=0.015)
    assert stats.kstest(errors[:5000], stats.skewnorm(shape, location, scale).cdf).pvalue > 1e-3


@pytest.mark.parametrize("glucose", [60.0, 99.0, 120.0, 300.0])
def test_the_default_meter_just_meets_iso_15197(glucose):
    within = np.abs(_errors(FingerStick(), glucose)) <= (15.0 if glucose < 100.0 else 0.15 * glucose)
    assert within.mean() == pytest.approx(0.95, abs=0.003)


def test_an_event_gives_one_reading_however_long_it_lasts():
    pricked = np.zeros(600)
    pricked[10:14] = 1.0
    pricked[20] = 0.2  # an event that fills a fifth of the tick
    played = play(FingerStick(), 600, seeds=300, plasma_glucose=np.linspace(100, 200, 600), finger_stick=pricked)
    assert np.flatnonzero(played["meter_valid"][0]).tolist() == [10, 20]
    shown = played["meter_glucose"][0]
    assert np.all(shown[:10] == 0.0)
    assert np.all(shown[10:20] == shown[10])
    assert shown[20] != shown[10]
