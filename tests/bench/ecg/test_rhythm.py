"""Classes of beats and atrial fibrillation where the truth is made."""

import numpy as np
import pytest

from tests.bench.ecg.trains import FREQUENCY, ecg_of, regular
from twinbed.bench.ecg import classify_beats, find_fibrillation
from twinbed.core.errors import StatisticsError


def samples(times_s):
    return np.round(np.asarray(times_s) * FREQUENCY).astype(int)


def test_wide_early_beats_are_ventricular_and_narrow_early_ones_supraventricular():
    times = regular(0.8, 90.0)
    times[30] -= 0.25
    times[60] -= 0.25
    narrow = ecg_of(np.delete(times, 30), 90.0)
    wide = ecg_of(times[30:31], 90.0, width_s=0.2, height=-1.5, t_wave=0.4)
    found = classify_beats([narrow + wide], FREQUENCY, samples(times))
    assert found[30] == "V"
    assert found[60] == "S"
    assert set(np.delete(found, [30, 60])) == {"N"}


def test_few_beats_and_no_lead():
    assert classify_beats([np.zeros(3600)], FREQUENCY, np.array([100, 500])).tolist() == ["N", "N"]
    with pytest.raises(StatisticsError, match="at least one"):
        classify_beats([], FREQUENCY, np.arange(10))


def fibrillating(seed, beats=200, before=200, after=200):
    rng = np.random.default_rng(seed)
    rr = np.concatenate([np.full(before, 0.8), rng.uniform(0.45, 0.95, beats), np.full(after, 0.8)])
    return samples(np.cumsum(rr)), (before, before + beats)


@pytest.mark.parametrize("seed", range(4))
def test_an_episode_is_found_where_it_is(seed):
    beats, (first, last) = fibrillating(seed)
    starts, ends = find_fibrillation(beats, np.full(len(beats), "N"), FREQUENCY)
    assert len(starts) == 1
    assert abs(np.searchsorted(beats, starts[0]) - first) < 25
    assert abs(np.searchsorted(beats, ends[0]) - last) < 25


def test_ectopic_beats_and_bigeminy_are_no_fibrillation():
    rng = np.random.default_rng(1)
    rr, symbols = np.full(600, 0.8), np.full(600, "N")
    for k in rng.choice(np.arange(10, 590), 120, replace=False):
        rr[k], rr[k + 1 if k < 599 else k], symbols[k] = 0.5, 1.1, "V"
    beats = samples(np.cumsum(rr))
    assert len(find_fibrillation(beats, symbols, FREQUENCY)[0]) == 0
    bigeminy = samples(np.cumsum(np.tile([0.5, 1.1], 300)))
    assert len(find_fibrillation(bigeminy, np.full(600, "N"), FREQUENCY)[0]) == 0


def test_few_beats_have_no_rhythm():
    assert len(find_fibrillation(np.arange(10) * 300, np.full(10, "N"), FREQUENCY)[0]) == 0
