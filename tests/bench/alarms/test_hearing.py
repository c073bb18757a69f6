"""Sounds that are made to measure are heard as they were made."""

import dataclasses

import numpy as np
import pytest

from twinbed.bench.alarms.hearing import bursts, pulses
from twinbed.bench.alarms.noise import white
from twinbed.bench.alarms.sound import SOUNDS, Sound, high
from twinbed.core.errors import StatisticsError

RATE = 12000.0


def heard(sound, until=6.0, noise=0.0, rate=RATE):
    samples = sound.samples(until, rate)
    return pulses(samples + noise * white(1, len(samples)), rate)


@pytest.mark.parametrize("fundamental", [100.0, 160.0, 261.63, 523.25, 980.0])
@pytest.mark.parametrize("rise", [0.02, 0.05])
def test_times_of_a_pulse_are_those_it_was_made_with(fundamental, rise):
    """To within half a period of the fundamental, over which the power is taken, and a millisecond."""
    sound = Sound((0.12, 0.2), 0.15, rise, 0.03, 4.0, fundamental)
    found = heard(sound, until=3.0, noise=0.002)
    near = 0.001 + 0.5 / fundamental
    assert len(found) == 3
    for pulse, start in zip(found, sound.starts_s(3.0), strict=True):
        assert pulse.start_s == pytest.approx(start, abs=near)
        assert pulse.duration_s == pytest.approx(0.15, abs=2 * near)
        assert pulse.rise_s == pytest.approx(rise, abs=near)
        assert pulse.fall_s == pytest.approx(0.03, abs=near)
    spacing = [b.start_s - a.end_s for a, b in zip(found[:-1], found[1:], strict=True)]
    assert spacing == pytest.approx([0.12, 0.2], abs=2 * near)


def test_components_are_the_harmonics_within_fifteen_decibels():
    """-14 dB counts and -17 dB does not; they come strongest first."""
    sound = Sound((0.2,), 0.2, 0.04, 0.04, 4.0, 400.0, (-6.0, 0.0, -14.0, -17.0, -10.0))
    (first, *_) = heard(sound)
    assert first.components_hz == pytest.approx((800.0, 400.0, 2000.0, 1200.0), abs=2.0)
    assert first.fundamental_hz == pytest.approx(400.0, abs=2.0)


def test_what_lies_outside_the_band_does_not_count():
    """Of 900 Hz the fifth component is at 4500 Hz; of 120 Hz the first is too low, and is the fundamental."""
    at_the_top = Sound((0.2,), 0.2, 0.04, 0.04, 4.0, 900.0, (0.0,) * 6)
    assert len(heard(at_the_top, rate=16000.0)[0].components_hz) == 4
    at_the_bottom = Sound((0.2,), 0.2, 0.04, 0.04, 4.0, 120.0, (0.0,) * 4)
    low = heard(at_the_bottom)[0]
    assert low.fundamental_hz == pytest.approx(120.0, abs=2.0)
    assert sorted(low.components_hz) == pytest.approx([240.0, 360.0, 480.0], abs=2.0)
    pure = heard(dataclasses.replace(at_the_bottom, levels_db=(0.0,)))[0]
    assert pure.fundamental_hz == pytest.approx(120.0, abs=2.0)
    assert pure.components_hz == ()


def test_levels_of_pulses_are_compared_by_their_plateaus():
    samples = SOUNDS["medium"].samples(3.0, RATE)
    samples[: round(0.3 * RATE)] *= 0.5
    first, second, _ = pulses(samples, RATE)
    assert 20.0 * np.log10(second.amplitude / first.amplitude) == pytest.approx(6.02, abs=0.05)


def test_the_pattern_of_high_priority_is_two_times_three_and_two():
    (burst, *_) = bursts(heard(high(x=0.1, duration=0.15, gap=0.7), until=8.0))
    spacing = [1000.0 * (b.start_s - a.end_s) for a, b in zip(burst[:-1], burst[1:], strict=True)]
    assert spacing == pytest.approx([100, 100, 350, 100, 700, 100, 100, 350, 100], abs=2.0)


def test_bursts_are_parted_by_silence_and_come_at_their_interval():
    found = bursts(heard(SOUNDS["high"], until=24.0))
    assert [len(b) for b in found[:-1]] == [10] * (len(found) - 1)
    between = [b[0].start_s - a[-1].end_s for a, b in zip(found[:-1], found[1:], strict=True)]
    assert between == pytest.approx([5.0] * len(between), abs=0.003)


@pytest.mark.parametrize("interval", [1.2, 1.5, 2.4])
@pytest.mark.parametrize("name", ["high", "medium", "low"])
def test_bursts_that_come_too_soon_are_still_parted(name, interval):
    sound = dataclasses.replace(SOUNDS[name], interval_s=interval)
    found = bursts(heard(sound, until=24.0))
    assert {len(b) for b in found[:-1]} == {len(sound.spacings_s) + 1}
    between = [b[0].start_s - a[-1].end_s for a, b in zip(found[:-1], found[1:], strict=True)]
    assert between == pytest.approx([interval] * len(between), abs=0.003)


def test_the_longest_gap_between_the_fives_parts_no_burst():
    assert [len(b) for b in bursts(heard(high(gap=1.3), until=8.0))] == [10]


def test_a_burst_that_is_not_repeated_comes_once():
    once = dataclasses.replace(SOUNDS["low"], interval_s=np.inf)
    assert len(heard(once, until=30.0)) == 2


def test_silence_and_coarse_sampling_are_refused():
    with pytest.raises(StatisticsError, match="nothing is heard"):
        pulses(np.zeros(20000), RATE)
    with pytest.raises(StatisticsError, match="8000 Hz"):
        pulses(np.ones(20000), 4000.0)
    with pytest.raises(StatisticsError, match="nothing is heard"):
        pulses(np.full(20000, np.nan), RATE)
    with pytest.raises(StatisticsError, match="no pulse"):
        pulses(np.sin(np.arange(40000) * 0.3), RATE)  # it sounds without a pause


def test_noise_is_white_and_the_same_again():
    one = white(5, 20000)
    assert np.array_equal(one, white(5, 20000))
    assert one.mean() == pytest.approx(0.0, abs=0.03)
    assert one.std() == pytest.approx(1.0, abs=0.02)
    assert np.corrcoef(one[1:], one[:-1])[0, 1] == pytest.approx(0.0, abs=0.03)
    assert np.corrcoef(one, white(6, 20000))[0, 1] == pytest.approx(0.0, abs=0.03)
