"""The pulse at the wrist against the aorta's, as people have it."""

import numpy as np
import pytest

from twinbed.core.scenario import Scenario
from twinbed.engine.batch import simulate
from twinbed.engine.bed import Bed
from twinbed.physiology.waveforms.radial import Radial
from twinbed.physiology.whole_body import adult

PERIOD = 0.01


@pytest.fixture(scope="module")
def pressures():
    """Half a minute of a resting adult, by signal."""
    signals = ["arterial_pressure", "radial_pressure", "heart_rate"]
    run = simulate(Bed(adult()), Scenario(), duration_s=60.0, seed=0, record=signals, record_period_s=PERIOD)
    return {name: values[0, -3000:] for name, values in run.recorded.items()}


def test_systolic_pressure_is_higher_at_the_wrist_and_the_rest_the_same(pressures):
    """Pauca 1992: 12 mmHg higher in 51 people; diastolic and mean pressure lower by 1 at most."""
    aorta, wrist = pressures["arterial_pressure"], pressures["radial_pressure"]
    assert wrist.max() - aorta.max() == pytest.approx(12.0, abs=4.0)
    assert wrist.min() == pytest.approx(aorta.min(), abs=2.0)
    assert wrist.mean() == pytest.approx(aorta.mean(), abs=0.3)


def test_every_beat_has_a_notch_and_a_second_wave(pressures):
    wrist = pressures["radial_pressure"]
    inside = wrist[1:-1]
    lows = 1 + np.flatnonzero((inside < wrist[:-2]) & (inside <= wrist[2:]))
    feet = lows[wrist[lows] < wrist.min() + 0.2 * np.ptp(wrist)]
    notches = np.setdiff1d(lows, feet)
    beats = pressures["heart_rate"].mean() / 60.0 * 30.0
    assert len(notches) == pytest.approx(beats, abs=2.0)
    later = [wrist[low : low + 15].max() - wrist[low] for low in notches[:-1]]
    assert np.mean(later) > 1.0


def test_the_arm_resonates_near_four_hertz():
    """Karamanoglu 1993: the transfer has its peak there."""
    arm, frequency = Radial(), np.linspace(0.1, 10.0, 1000)
    s = 2j * np.pi * frequency / float(arm.speed)
    gain = np.abs(1.0 / (1.0 + 2.0 * float(arm.damping) * s + s * s))
    assert frequency[gain.argmax()] == pytest.approx(4.0, abs=1.0)
    assert gain[0] == pytest.approx(1.0, abs=1e-3)
