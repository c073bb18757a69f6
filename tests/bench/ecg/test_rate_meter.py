"""The heart rate meter of our own on trains whose rates are known."""

import numpy as np
import pytest

from twinbed.bench.ecg.rate_meter import beats_of, read_rate
from twinbed.bench.protocols.ecg._generator import FREQUENCY_HZ, Pulse, drawn, steady

TIME = np.arange(0.5, 20.0, 0.5)


def read(ecg, **limits):
    return read_rate(ecg, FREQUENCY_HZ, TIME, **{"alarm_low": 0.0, "alarm_high": 400.0} | limits)


@pytest.mark.parametrize("rate", [30.0, 80.0, 200.0])
def test_the_rate_of_a_train(rate):
    shown = read(drawn(20.0, steady(rate, 20.0))).heart_rate[TIME > 8.0]
    assert shown == pytest.approx(np.full(len(shown), rate), rel=0.01)


def test_the_rate_is_the_mean_of_eight_intervals():
    """Four of 0.75 s and four of 1 s make 60 x 8 / 7 = 68.6 a minute."""
    beats = [*steady(80.0, 8.0), *steady(60.0, 20.0, from_s=8.0 + 1.0)]
    fourth = [b.time_s for b in beats if b.time_s >= 9.0][3]
    last = max(b.time_s for b in beats if b.time_s < 8.0)
    shown = read(drawn(20.0, beats)).heart_rate[(fourth + 0.3 < TIME) & (fourth + 0.9 > TIME)]
    assert len(shown)
    # the interval between the two trains is one of the eight
    whole = 4.0 * 0.75 + (9.0 - last) + 3.0 * 1.0
    assert shown == pytest.approx(np.full(len(shown), 60.0 * 8.0 / whole), rel=0.01)


def test_nothing_is_known_before_it_happened():
    """What is shown until 10 s does not change when everything after is another signal."""
    whole = drawn(20.0, steady(80.0, 20.0))
    cut = whole.copy()
    cut[round(10.0 * FREQUENCY_HZ) :] = 0.0
    early = TIME <= 9.5
    np.testing.assert_array_equal(read(whole).heart_rate[early], read(cut).heart_rate[early])


def test_four_seconds_without_a_complex_are_standstill():
    reading = read(drawn(20.0, steady(80.0, 8.0)), alarm_low=60.0)
    last = max(b.time_s for b in steady(80.0, 8.0))
    assert (reading.heart_rate[(last + 4.5 < TIME)] == 0.0).all()
    assert (reading.heart_rate[(last + 0.5 < TIME) & (last + 4.0 > TIME)] > 0.0).all()
    assert (reading.alarm[last + 5.5 < TIME] == 1.0).all()
    assert not reading.alarm[(TIME > 4.0) & (last > TIME)].any()


def test_pulses_of_a_pacemaker_are_no_complexes():
    pulses = [Pulse(float(t), 700.0, 0.002) for t in np.arange(0.3, 20.0, 0.75)]
    assert len(beats_of(drawn(20.0, [], pulses), FREQUENCY_HZ)[0]) == 0
    both = beats_of(drawn(20.0, steady(50.0, 20.0), pulses), FREQUENCY_HZ)[0]
    alone = beats_of(drawn(20.0, steady(50.0, 20.0)), FREQUENCY_HZ)[0]
    assert both == pytest.approx(alone, abs=0.03)


def test_a_signal_without_samples_shows_standstill_once_it_lasts():
    reading = read(np.full(20_000, np.nan), alarm_low=60.0)
    assert (reading.heart_rate[TIME > 4.5] == 0.0).all()
