"""What is added to or taken from a signal is what was asked for."""

import numpy as np
import pytest
from scipy import signal as dsp
from scipy import stats

from twinbed.bench.draws import placed_normals, placed_uniforms
from twinbed.bench.robustness import corruptions
from twinbed.core.errors import StudyError

FS = 250.0
WAVE = np.sin(2 * np.pi * 1.3 * np.arange(5000) / FS)
TWO = np.stack([WAVE, 0.5 * WAVE])


def test_draws_are_uniform_and_normal_and_belong_to_their_place():
    u = placed_uniforms(20_000, 5, "a", 3)
    assert stats.kstest(u, "uniform").pvalue > 0.01
    assert stats.kstest(placed_normals(20_000, 6, "b"), "norm").pvalue > 0.01
    assert np.array_equal(u[:10], placed_uniforms(10, 5, "a", 3))
    for other in (
        placed_uniforms(10, 6, "a", 3),
        placed_uniforms(10, 5, "b", 3),
        placed_uniforms(10, 5, "a", 4),
        placed_uniforms(10, 5, 3, "a"),
    ):
        assert not np.array_equal(other, u[:10])
    assert abs(np.corrcoef(u[:-1], u[1:])[0, 1]) < 0.03


@pytest.mark.parametrize("kind", ["white", "baseline wander", "powerline"])
@pytest.mark.parametrize("snr_db", [24.0, 6.0, -6.0])
def test_noise_has_the_ratio_of_powers_asked_for_in_each_lead(kind, snr_db):
    noise = corruptions.noise_of(kind, 5000, FS, 11)
    out = corruptions.add_noise(TWO, noise, snr_db)
    found = 10 * np.log10(TWO.var(axis=1) / (out - TWO).var(axis=1))
    assert found == pytest.approx([snr_db, snr_db], abs=1e-9)


def test_each_noise_has_its_power_where_it_belongs():
    f, white = dsp.periodogram(corruptions.noise_of("white", 50_000, FS, 1), FS)
    assert white[(f > 1) & (f < 60)].mean() == pytest.approx(white[(f > 60) & (f < 120)].mean(), rel=0.05)
    f, slow = dsp.periodogram(corruptions.noise_of("baseline wander", 50_000, FS, 1), FS)
    assert slow[f < 0.55].sum() > 0.99 * slow.sum()
    for mains in (50.0, 60.0):
        f, hum = dsp.periodogram(corruptions.noise_of("powerline", 5000, FS, 1, mains_hz=mains), FS)
        assert f[hum.argmax()] == pytest.approx(mains, abs=0.06)


def test_recorded_noise_is_cut_and_scaled_and_may_be_too_short_or_silent():
    recorded = placed_normals(6000, 3, "recorded") * 40 + 7
    out = corruptions.add_noise(WAVE, recorded, 10.0)
    assert np.corrcoef(out - WAVE, recorded[:5000])[0, 1] == pytest.approx(1.0)
    assert corruptions.add_noise(WAVE, recorded, 0.0, signal_power=4.0).var() == pytest.approx(4.5, abs=0.1)
    with pytest.raises(StudyError, match="longer recording"):
        corruptions.add_noise(WAVE, recorded[:100], 10.0)
    with pytest.raises(StudyError, match="silent"):
        corruptions.add_noise(WAVE, np.ones(6000), 10.0)
    with pytest.raises(StudyError, match="mains"):
        corruptions.noise_of("powerline", 100, 80.0, 1)


@pytest.mark.parametrize("share", [0.0, 0.07, 0.5, 1.0])
def test_a_dropout_takes_its_share_to_the_sample_and_leaves_the_rest_alone(share):
    out = corruptions.drop_out(TWO, share, 125, 4)
    lost = np.isnan(out)
    assert np.array_equal(lost[0], lost[1])
    assert lost[0].sum() == round(share * 5000)
    assert np.array_equal(out[~lost], TWO[~lost])


def test_gaps_are_long_and_fall_anywhere():
    starts = []
    for seed in range(200):
        lost = np.isnan(corruptions.drop_out(WAVE, 0.025, 125, seed))
        edges = np.flatnonzero(np.diff(lost.astype(int)))
        assert len(edges) <= 2
        starts.append(int(np.argmax(lost)))
    assert stats.kstest(np.array(starts) / (5000 - 125), "uniform").pvalue > 0.01


def test_packets_are_lost_whole_and_the_receiver_does_as_told():
    ramp = np.arange(10.0)
    gap = corruptions.lose_packets(ramp, 0.4, 2, 3)
    lost = np.isnan(gap)
    assert lost.sum() == 4
    assert (lost.reshape(5, 2).sum(axis=1) % 2 == 0).all()
    held = corruptions.lose_packets(ramp, 0.4, 2, 3, then="hold")
    for k in range(10):
        before = [j for j in range(k + 1) if not lost[j]]
        assert held[k] == (ramp[before[-1]] if before else 0.0)
    assert np.array_equal(corruptions.lose_packets(ramp, 0.4, 2, 3, then="close up"), ramp[~lost])


def test_leads_change_places_and_signs():
    out = corruptions.swap_leads(TWO, (1, 0), inverted=(0,))
    assert np.array_equal(out, np.stack([-TWO[1], TWO[0]]))
    with pytest.raises(StudyError, match="none of 2 leads"):
        corruptions.swap_leads(TWO, (0, 0))


def test_resampling_and_drift_keep_the_wave_and_change_its_time():
    half = corruptions.resampled(WAVE, FS, 125.0)
    assert np.allclose(half, WAVE[::2][: len(half)], atol=1e-12)
    up = corruptions.resampled(np.arange(5.0), 1.0, 2.0)
    assert up == pytest.approx(np.arange(9) / 2)
    fast = corruptions.clock_drift(np.arange(10_001.0), 200.0)
    assert len(fast) == 10_003  # 200 in a million more samples of the same time
    assert fast[10_000] == pytest.approx(10_000 / 1.0002)
    assert corruptions.clock_drift(WAVE, 0.0) == pytest.approx(WAVE)


def test_a_converter_rounds_to_its_steps_and_clips():
    out = corruptions.quantised(np.array([-9.0, -0.2, 0.4, 0.6, 9.0]), 2, -1.5, 1.5)
    assert out == pytest.approx([-1.5, -0.5, 0.5, 0.5, 1.5])
    with pytest.raises(StudyError):
        corruptions.quantised(WAVE, 0, -1.0, 1.0)
    with pytest.raises(StudyError, match="0 to 1"):
        corruptions.drop_out(WAVE, 1.2, 10, 1)


def test_the_same_seed_gives_the_same_bits():
    for make in (
        lambda s: corruptions.noise_of("white", 100, FS, s),
        lambda s: corruptions.noise_of("baseline wander", 100, FS, s),
        lambda s: corruptions.noise_of("powerline", 100, FS, s),
        lambda s: np.nan_to_num(corruptions.drop_out(WAVE, 0.1, 50, s)),
        lambda s: np.nan_to_num(corruptions.lose_packets(WAVE, 0.1, 50, s)),
    ):
        assert np.array_equal(make(3), make(3))
        assert not np.array_equal(make(3), make(4))
