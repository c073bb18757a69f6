"""The detector of ventricular fibrillation: its three measures by theory, and what it says of plain waves."""

import math

import numpy as np
import pytest

from tests.bench.ecg.trains import ecg_of, regular
from twinbed.bench.draws import normals
from twinbed.bench.ecg import find_ventricular_fibrillation
from twinbed.bench.ecg.ventricular_fibrillation import crossing_count, leakage, repetition, segments_of
from twinbed.core.errors import StatisticsError

HZ = 360.0


def sine(frequency_hz, seconds=3.0):
    return np.sin(2.0 * np.pi * frequency_hz * np.arange(round(seconds * HZ)) / HZ)


def fibrillating(seconds, seed=1):
    """A resonator at 5 Hz driven by chance: 0.5 mV, never the same twice."""
    pole = math.exp(-2.0 * np.pi * 0.7 / HZ)
    drive, out = normals(seed, "drive", round(seconds * HZ)), np.zeros(round(seconds * HZ))
    a, b = 2.0 * pole * math.cos(2.0 * np.pi * 5.0 / HZ), pole**2
    for k in range(2, len(out)):
        out[k] = a * out[k - 1] - b * out[k - 2] + drive[k]
    return 0.5 * out / out.std()


def test_a_sine_is_beyond_a_fifth_of_its_height_for_most_of_the_time():
    """Of a sine it is 1 - 2/pi asin 0.2 = 0.872, in two and a half seconds of three; the soft ends add some."""
    share = 1.0 - 2.0 / np.pi * math.asin(0.2)
    assert 2.5 / 3.0 * share < crossing_count(sine(5.0)[None])[0] < share


def test_the_count_of_a_spike_train_is_the_share_of_the_spikes():
    """Four triangles of 0.1 s in three seconds: beyond a fifth for 0.08 s each."""
    train = ecg_of([0.5, 1.1, 1.7, 2.3], 3.0, width_s=0.1, t_wave=0.0)
    assert crossing_count(train[None])[0] == pytest.approx(4 * 0.08 / 3.0, abs=0.005)


def test_a_sine_has_no_leakage_and_noise_has_what_two_independent_samples_leave():
    """Of independent normal samples E|a + b| / (E|a| + E|b|) = 1 / sqrt 2."""
    assert leakage(sine(4.0)[None])[0] < 0.03
    noise = normals(3, "noise", 36_000).reshape(1, -1)
    # white noise has a mean period of about 4.4 samples, half of which is two: independent of each other
    assert leakage(noise)[0] == pytest.approx(1.0 / math.sqrt(2.0), abs=0.01)


def test_what_repeats_itself_correlates_and_noise_does_not():
    assert repetition(sine(4.0)[None])[0] == pytest.approx(1.0, abs=1e-3)
    # the first minimum must have been passed: the width of a slow wave itself is no repetition
    assert repetition(sine(0.4)[None])[0] == 0.0
    assert repetition(normals(4, "noise", 1080)[None])[0] < 0.2


def test_fibrillation_in_sinus_rhythm_is_found_where_it_is():
    ecg = ecg_of(regular(0.8, 120.0), 120.0)
    first, last = round(40 * HZ), round(80 * HZ)
    ecg[first:last] = fibrillating(40.0)
    starts, ends = find_ventricular_fibrillation(ecg, HZ)
    assert len(starts) == 1
    assert abs(starts[0] - first) < 6.0 * HZ
    assert abs(ends[0] - last) < 6.0 * HZ


@pytest.mark.parametrize("height", [0.3, 3.0])
def test_the_size_of_the_ecg_does_not_matter(height):
    ecg = ecg_of(regular(0.8, 60.0), 60.0)
    ecg[round(20 * HZ) : round(40 * HZ)] = fibrillating(20.0)
    plain, scaled = (find_ventricular_fibrillation(e, HZ) for e in (ecg, height * ecg))
    assert plain[0].tolist() == scaled[0].tolist()
    assert plain[1].tolist() == scaled[1].tolist()


@pytest.mark.parametrize("rr", [1.5, 0.8, 0.4])
def test_regular_beats_are_no_fibrillation(rr):
    assert not len(find_ventricular_fibrillation(ecg_of(regular(rr, 60.0), 60.0), HZ)[0])


def test_a_tachycardia_of_one_wide_shape_is_no_fibrillation():
    beats = regular(60.0 / 180.0, 60.0)
    assert not len(find_ventricular_fibrillation(ecg_of(beats, 60.0, width_s=0.3, t_wave=0.0), HZ)[0])


def test_standstill_is_no_fibrillation():
    assert not len(find_ventricular_fibrillation(0.008 * normals(9, "flat", round(60 * HZ)), HZ)[0])


def test_gaps_and_too_little_are_no_fibrillation():
    assert not len(find_ventricular_fibrillation(np.full(3600, np.nan), HZ)[0])
    assert not len(find_ventricular_fibrillation(fibrillating(2.0), HZ)[0])
    assert segments_of(np.zeros(100), HZ).shape == (0, 1080)


def test_other_frequencies_find_the_same_seconds():
    ecg = ecg_of(regular(0.8, 60.0), 60.0, frequency=720.0)
    wave = fibrillating(20.0)
    ecg[round(20 * 720) : round(40 * 720)] = np.repeat(wave, 2)
    starts, ends = find_ventricular_fibrillation(ecg, 720.0)
    assert len(starts) == 1
    assert abs(starts[0] / 720.0 - 20.0) < 6.0
    assert abs(ends[0] / 720.0 - 40.0) < 6.0
    with pytest.raises(StatisticsError, match="100 Hz"):
        find_ventricular_fibrillation(ecg, 50.0)
