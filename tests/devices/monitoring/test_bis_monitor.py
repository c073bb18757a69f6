"""The monitor of hypnosis: delay and smoothing to the second, noise, artefacts and quality."""

import numpy as np
import pytest

from tests.devices.play import play
from twinbed.devices.monitoring.bis_monitor import BisMonitor

TICKS = 900
K = np.arange(TICKS)
QUIET = {"noise_sd": 0.0, "lost": 0.0}


SEEDS = 30


def monitor(depth, artefact=0.0, **settings):
    return play(BisMonitor(**settings), TICKS, seeds=SEEDS, bispectral_index=depth, eeg_artefact=artefact)


@pytest.mark.long
@pytest.mark.parametrize(("delay", "smoothing"), [(10, 15), pytest.param(5, 30, marks=pytest.mark.slow)])
def test_a_step_appears_after_the_delay_as_a_ramp_over_the_smoothing_time(delay, smoothing):
    played = monitor(np.where(K < 300, 95.0, 35.0), delay_s=float(delay), smoothing_s=float(smoothing), **QUIET)
    shown = played["bis_shown"][0]
    assert set(shown[100 : 300 + delay]) == {95.0}
    weights = np.clip((K - 300 - delay + 1) / smoothing, 0.0, 1.0)
    np.testing.assert_array_equal(shown[300:400], np.floor(95.0 - 60.0 * weights + 0.5)[300:400])
    assert set(shown[300 + delay + smoothing :]) == {35.0}


def test_noise_is_smoothed_as_theory_says():
    """The mean of n values of an autoregression with r = exp(-1/5): variance s2/n (1 + 2 sum (1 - k/n) r^k)."""
    shown = monitor(50.0, lost=0.0)["bis_shown"][:, 100::60]
    lags = np.arange(1, 15)
    variance = 16.0 / 15.0 * (1.0 + 2.0 * ((1.0 - lags / 15.0) * np.exp(-lags / 5.0)).sum())
    assert shown.mean() == pytest.approx(50.0, abs=0.5)
    assert shown.std() == pytest.approx(np.sqrt(variance + 1.0 / 12.0), rel=0.1)  # and rounding


def test_artefacts_lower_the_quality_and_then_the_display_stops():
    played = monitor(np.where(K < 400, 60.0, 40.0), artefact=np.where((K >= 300) & (K < 600), 1.0, 0.0), **QUIET)
    quality, valid, shown = (played[n][0] for n in ("bis_quality", "bis_valid", "bis_shown"))
    np.testing.assert_allclose(quality[299:361], 100.0 - 100.0 * np.arange(62).clip(0, 60) / 60.0)
    lost = np.flatnonzero(valid[100:] == 0.0) + 100
    assert lost[0] == 300 + 10 + 15 - 1  # no good epoch is left in the window
    assert lost[-1] == 600 + 10 - 1
    assert set(shown[lost]) == {60.0}  # the last one stays
    assert shown[-1] == 40.0


def test_a_partial_artefact_loses_its_share_of_epochs():
    quality = monitor(50.0, artefact=0.5, lost=0.04)["bis_quality"][:, 100::60]
    assert quality.mean() == pytest.approx(100.0 * 0.96 * 0.5, abs=1.5)


def test_nothing_is_shown_until_there_is_enough():
    valid = monitor(95.0, **QUIET)["bis_valid"][0]
    assert set(valid[:10]) == {0.0}
    assert set(valid[15:]) == {1.0}


def test_settings_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="smoothing_s"):
        BisMonitor(smoothing_s=0.0)
