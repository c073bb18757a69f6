"""The electrocardiogram against the laws of its leads, and intervals measured in it against what they should be."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from tests.physiology.waveforms.beats import CHEST, LIMB, PERIOD, activations, electrocardiograms, heart
from twinbed.core.scenario import Event, Scenario
from twinbed.engine.batch import simulate
from twinbed.physiology.cardiovascular.conduction import RHYTHMS
from twinbed.physiology.waveforms._dipole import LEADS
from twinbed.physiology.waveforms.ecg import Ecg


@pytest.fixture(scope="module")
def leads():
    """The twelve leads and the clocks of all rhythms."""
    return electrocardiograms()


def beat(run, number, lasts=0.6, before=0.3):
    """Eight independent leads around an activation of the ventricles, and the times."""
    at = activations(run["ventricular_time"], PERIOD, after_s=15.0)[number]
    first, last = round((at - before) / PERIOD), round((at + lasts) / PERIOD)
    return np.arange(first, last) * PERIOD - at, np.array([run[lead][first:last] for lead in LEADS])


def extent(t, waves, low, high):
    """First and last time between `low` and `high` at which any lead leaves a hundredth of a millivolt."""
    active = np.abs(waves).max(axis=0) > 0.01
    inside = t[active & (t >= low) & (t <= high)]
    return inside.min(), inside.max()


@pytest.mark.parametrize("name", RHYTHMS)
def test_einthoven_and_goldberger_hold_at_every_sample(leads, name):
    i, ii, iii, avr, avl, avf = (leads[name][lead] for lead in LIMB)
    np.testing.assert_allclose(i + iii, ii, atol=1e-12)
    np.testing.assert_allclose(avr + avl + avf, 0.0, atol=1e-12)
    np.testing.assert_allclose(avr, -(i + ii) / 2, atol=1e-12)
    np.testing.assert_allclose(avl, (i - iii) / 2, atol=1e-12)
    np.testing.assert_allclose(avf, (ii + iii) / 2, atol=1e-12)


def test_the_published_inverse_of_dowers_matrix_undoes_it():
    """Edenbrandt & Pahlm 1988, doi:10.1016/0022-0736(88)90113-6; leads V1 to V6, I, II."""
    inverse = np.array([
        [-0.172, -0.074, 0.122, 0.231, 0.239, 0.194, 0.156, -0.010],
        [0.057, -0.019, -0.106, -0.022, 0.041, 0.048, -0.227, 0.887],
        [-0.229, -0.310, -0.246, -0.063, 0.055, 0.108, 0.022, 0.102],
    ])  # fmt: skip
    forward = np.array([LEADS[lead] for lead in (*CHEST, "i", "ii")])
    np.testing.assert_allclose(inverse @ forward, np.eye(3), atol=0.01)


def test_intervals_of_a_sinus_beat_are_normal_and_those_declared(leads):
    """PR 0.16 s, QRS 0.086 s, QT 0.4 s times the cube root of the interval (Fridericia)."""
    t, waves = beat(leads["sinus"], 3)
    p_onset, p_end = extent(t, waves, -0.3, -0.01)
    qrs_onset, qrs_end = extent(t, waves, -0.01, 0.1)
    _, t_end = extent(t, waves, 0.15, 0.6)
    assert qrs_onset - p_onset == pytest.approx(0.16, abs=0.012)
    assert 0.12 <= qrs_onset - p_onset <= 0.2
    assert 0.08 <= p_end - p_onset <= 0.12
    assert qrs_end - qrs_onset + PERIOD == pytest.approx(0.086, abs=0.008)  # a sample stands for its period
    assert t_end - qrs_onset == pytest.approx(0.4 * 0.833 ** (1 / 3), abs=0.02)


def test_the_qt_interval_follows_the_rate_as_fridericia_says(leads):
    """At 50/min the T wave ends 0.4 * 1.2^(1/3) = 0.425 s after QRS begins, 49 ms later than at 72/min."""
    ends = {n: extent(*beat(leads[n], 3), 0.15, 0.6)[1] for n in ("sinus", "sinus_bradycardia")}
    assert ends["sinus_bradycardia"] - ends["sinus"] == pytest.approx(
        0.4 * (1.2 ** (1 / 3) - 0.833 ** (1 / 3)), abs=0.008
    )


def test_a_sinus_beat_looks_as_in_health(leads):
    """Textbook: axis between -30 and 90 degrees, R grows from V1 to V5, transition at V3 or V4, T upright but in aVR."""
    run = leads["sinus"]
    at = activations(run["ventricular_time"], PERIOD, after_s=15.0)[2]
    qrs = {n: run[n][round(at / PERIOD) : round((at + 0.09) / PERIOD)] for n in LIMB + CHEST}
    recovery = {n: run[n][round((at + 0.15) / PERIOD) : round((at + 0.4) / PERIOD)] for n in LIMB + CHEST}
    net = {n: v.max() + v.min() for n, v in qrs.items()}
    axis = np.degrees(np.arctan2(net["avf"] * 2 / np.sqrt(3), net["i"]))
    assert -30.0 <= axis <= 90.0
    r_waves = [qrs[n].max() for n in CHEST]
    assert r_waves[:4] == sorted(r_waves[:4])
    assert [net[n] > 0.0 for n in CHEST] == [False, False, False, True, True, True]
    assert 0.5 <= qrs["ii"].max() <= 2.0
    assert -2.0 <= qrs["v1"].min() <= -0.4
    assert qrs["v6"].min() < -0.02  # septal Q
    for n in ("i", "ii", "avf", "v2", "v3", "v4", "v5", "v6"):
        assert recovery[n].max() > 0.08
        assert recovery[n].max() > -recovery[n].min()
    assert recovery["avr"].min() < -0.08


def test_beats_from_the_ventricles_are_wide_and_recover_against_their_direction(leads):
    run = leads["bigeminy"]
    at = activations(run["ventricular_time"], PERIOD, after_s=15.0)
    origin = run["beat_origin"][np.ceil(at / PERIOD).astype(int) + 1]
    wide = int(np.flatnonzero(origin == 1.0)[1])
    t, waves = beat(run, wide)
    onset, end = extent(t, waves, -0.01, 0.17)
    assert 0.12 <= end - onset <= 0.18
    ii = waves[list(LEADS).index("ii")]
    assert ii[(t > 0) & (t < 0.15)].max() > 0.8
    assert ii[(t > 0.2) & (t < 0.5)].min() < -0.2


def test_asystole_is_a_flat_line(leads):
    for n in LIMB + CHEST:
        assert np.abs(leads["asystole"][n][round(3.0 / PERIOD) :]).max() < 1e-12


def test_ventricular_fibrillation_has_the_declared_size_and_frequency(leads):
    """A resonator of 0.27 mV along each axis: lead II sees the root of the squares of its row of Dower's matrix."""
    coarse = leads["ventricular_fibrillation_coarse"]["ii"][round(5.0 / PERIOD) :]
    expected = 0.27 * np.linalg.norm(LEADS["ii"])
    assert coarse.std() == pytest.approx(expected, rel=0.2)  # about 40 independent waves in 25 s
    spectrum = np.abs(np.fft.rfft(coarse)) ** 2
    frequency = np.fft.rfftfreq(len(coarse), PERIOD)
    assert np.sum(frequency * spectrum) / np.sum(spectrum) == pytest.approx(4.7, abs=0.5)
    assert 0.5 < np.abs(coarse).max() < 1.5
    fine = leads["ventricular_fibrillation_fine"]["ii"][round(5.0 / PERIOD) :]
    np.testing.assert_allclose(fine, 0.3 * coarse, atol=1e-9)


@pytest.mark.parametrize("name", ["bigeminy", "ventricular_tachycardia_pulseless"])
def test_an_early_beat_leaves_no_step(leads, name):
    """At 190 beats a minute every beat begins before the T wave before it has ended."""
    at = activations(leads[name]["ventricular_time"], PERIOD, after_s=5.0)
    samples = np.ceil(at / PERIOD).astype(int)
    for n in LIMB + CHEST:
        change = np.abs(np.diff(leads[name][n]))
        assert change[samples - 1].max() < 0.02


def test_fibrillating_atria_show_waves_of_their_frequency_and_no_p():
    model = Ecg()
    u = eqx.tree_at(lambda v: (v.atrial_fibrillation, v.atrial_time, v.ventricular_time), model.resting(),
                    (jnp.asarray(1.0), jnp.asarray(50.0), jnp.asarray(50.0)))  # fmt: skip
    turns = jnp.arange(0.0, 20.0, 0.01)
    start = eqx.tree_at(
        lambda s: (s.since_atria, s.since_ventricles, s.since_before), model.initial(), (u.atrial_time,) * 3
    )

    @eqx.filter_jit
    @eqx.filter_vmap
    def v1(t):
        x = eqx.tree_at(lambda s: (s.atrial_phase, s.slow_phase), start, (6.0 * t, 0.13 * t))
        return model.outputs(t, x, u).ecg_v1

    wave = np.asarray(v1(turns))
    spectrum = np.abs(np.fft.rfft(wave)) ** 2
    peak = np.fft.rfftfreq(len(wave), 0.01)[spectrum.argmax()]
    assert peak == pytest.approx(6.0, abs=0.7)  # 4 to 9 /s in patients
    assert 0.1 < np.ptp(wave) < 0.4


def at_rest(since, **inputs):
    """Lead II and aVR a time after activation."""
    model = Ecg(st_y=jnp.asarray(inputs.pop("st_y", 0.0)))
    x = eqx.tree_at(lambda s: s.since_ventricles, model.initial(), jnp.asarray(since))
    u = model.resting()
    for name, value in inputs.items():
        u = eqx.tree_at(lambda v, n=name: getattr(v, n), u, jnp.asarray(value))
    shown = model.outputs(jnp.asarray(0.0), x, u)
    return float(shown.ecg_ii), float(shown.ecg_avr)


def test_the_st_segment_shifts_as_the_dipole_does():
    """Sixty milliseconds after QRS, 0.2 mV to the feet raise lead II by 1.066 * 0.2 mV and lower aVR by 0.415 * 0.2."""
    raised, normal = at_rest(0.147, st_y=0.2), at_rest(0.147)
    assert raised[0] - normal[0] == pytest.approx(1.066 * 0.2, rel=1e-6)
    assert raised[1] - normal[1] == pytest.approx(-(1.066 - 0.235) / 2 * 0.2, rel=1e-6)


def test_inspiration_makes_it_smaller():
    """A litre above rest: 12 % less."""
    assert at_rest(0.04, lung_volume=3.4)[0] == pytest.approx(0.88 * at_rest(0.04)[0], rel=1e-9)


def test_a_stimulus_is_a_spike():
    assert at_rest(0.7, ventricular_stimulus=1.0)[0] - at_rest(0.7)[0] > 1.5


@pytest.mark.slow
def test_a_slower_step_that_reads_means_gives_the_same_waves():
    scenario = Scenario((Event("rhythm", 1.0, 100.0, float(RHYTHMS["bigeminy"])),))
    fast, slow = (
        simulate(heart(step), scenario, duration_s=12.0, seed=0, record=["ecg_ii"], record_period_s=0.004,
                 backend="xla").recorded["ecg_ii"][0]
        for step in (0.002, 0.004)
    )  # fmt: skip
    best = max(np.corrcoef(fast[10:-10], np.roll(slow, k)[10:-10])[0, 1] for k in (-1, 0, 1))
    assert best > 0.99
    assert np.abs(np.diff(slow)).max() < 1.3 * np.abs(np.diff(fast)).max()
