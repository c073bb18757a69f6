"""Virtual subjects and what they give a device: pressures that are known, and equations that were published."""

import math

import jax.numpy as jnp
import numpy as np
import pytest

from twinbed.bench.pressure import algorithms, oscillometry, tonometer, transit
from twinbed.bench.pressure.artery import MEAN_SHARE, arterial, pulse
from twinbed.bench.pressure.observers import AGREE_MMHG, heard, same_arm_sequence
from twinbed.bench.pressure.people import beat_times, people
from twinbed.core.errors import NotFound, StudyError

PERSON = people(9, seed=2)[4]


def test_the_pulse_goes_from_foot_to_top_and_its_mean_is_where_it_should_be():
    shape = pulse(np.linspace(0.0, 1.0, 20_001)[:-1])
    assert (shape.min(), shape.max()) == (pytest.approx(0.0, abs=1e-9), pytest.approx(1.0, abs=1e-6))
    assert shape[0] == pytest.approx(0.0, abs=1e-6)
    assert shape.mean() == pytest.approx(MEAN_SHARE, abs=1e-4)


def test_every_beat_has_the_pressures_it_was_given():
    beats = np.arange(0.0, 12.0, 0.8)
    systolic, diastolic = 120.0 + np.arange(len(beats)), 70.0 + 0.5 * np.arange(len(beats))
    t = np.arange(0.0, 8.0, 0.001)
    wave = arterial(t, beats, systolic, diastolic)
    third = wave[(t >= 1.6) & (t < 2.4)]
    assert (third.max(), third.min()) == (pytest.approx(122.0, abs=1e-2), pytest.approx(71.0, abs=1e-2))


def test_people_have_the_pressures_and_arms_that_were_asked_for():
    found = people(200, seed=7, systolic=(130.0, 20.0))
    systolic = np.array([p.systolic for p in found])
    assert systolic.mean() == pytest.approx(130.0, abs=0.5)
    assert systolic.std() == pytest.approx(20.0, abs=0.6)
    arms = np.sort([p.circumference_cm for p in found])
    assert np.diff(arms) == pytest.approx(0.1)
    assert sum(p.female for p in found) == 100
    assert all(p.systolic - p.diastolic >= 25.99 for p in found)
    assert people(3, seed=1) == people(3, seed=1) != people(3, seed=2)


def test_beats_come_as_often_as_they_should():
    beats = beat_times(75.0, 300.0, seed=1, name="x")
    inside = beats[(beats >= 0.0) & (beats < 300.0)]
    assert beats[0] < 0.0
    assert beats[-1] > 300.0
    assert len(inside) == pytest.approx(375, abs=6)


def test_the_artery_is_that_of_babbs():
    # Babbs 2012: 0.3 mL without transmural pressure, a = 0.11, b = 0.0453 /mmHg
    arm = oscillometry.Arm()
    assert arm.volume(np.array([0.0]))[0] == pytest.approx(0.3)
    assert arm.volume(np.array([-20.0]))[0] == pytest.approx(0.3 * math.exp(-2.2))
    assert arm.volume(np.array([1e4]))[0] == pytest.approx(0.3 * (1.0 + 0.11 / 0.0453))
    low, high = arm.volume(np.array([-1e-4, 1e-4]))
    assert (high - low) / 2e-4 == pytest.approx(0.3 * 0.11, rel=1e-3)


def test_the_artery_is_that_of_the_cuff_of_twinbed():
    from twinbed.devices.monitoring.nibp_cuff import NibpCuff

    device, at = NibpCuff(), np.array([-60.0, -5.0, 3.0, 80.0])
    assert oscillometry.Arm().volume(at) == pytest.approx([float(device._artery(jnp.asarray(p))) for p in at], rel=1e-12)


def test_oscillations_are_the_compression_of_the_cuffs_air():
    # at 100 mmHg of cuff pressure the artery's pulsation divided by 300 mL, times the absolute pressure
    arm = oscillometry.Arm()
    wave = oscillometry.recording(arm, 130.0, 80.0, 60.0, seed=3, name="still")
    cuff = oscillometry.first_pressure(130.0) - 3.0 * np.arange(len(wave)) / 50.0
    near = np.abs(cuff - 100.0) < 3.0
    swing = np.ptp((wave - cuff)[near])
    expected = 860.0 / 300.0 * (arm.volume(np.array([30.0]))[0] - arm.volume(np.array([-20.0]))[0])
    assert swing == pytest.approx(expected, rel=0.15)


def test_the_cuff_starts_at_steps_that_do_not_give_the_pressure_away():
    assert {oscillometry.first_pressure(p) for p in range(80, 151)} == {180.0}
    assert oscillometry.first_pressure(151.0) == 220.0
    assert oscillometry.first_pressure(250.0) == 300.0


def test_a_wide_arm_feels_less_than_the_cuffs_pressure():
    wide, fits = (oscillometry.arm_of(PERSON, seed=2, cuff_made_for_cm=c).transmitted for c in (16.0, 50.0))
    assert fits == 1.0
    assert wide == pytest.approx(1.0 - 0.1 * (PERSON.circumference_cm / 16.0 - 1.0))


def test_observers_agree_and_are_right_on_average():
    found = np.array([heard((131.0, 77.0), seed=k, name="x") for k in range(400)])
    assert found.mean(axis=0) == pytest.approx([131.0, 77.0], abs=0.3)
    assert (found * 1.0 % 1.0 == 0.0).all()  # means of two even numbers
    assert AGREE_MMHG == 4.0


def test_a_reading_lies_between_two_references():
    found = same_arm_sequence(PERSON, 3, seed=5)
    assert len(found) == 3
    errors = [r.reference[0] - r.true[0] for p in people(60, seed=4) for r in same_arm_sequence(p, 3, seed=4)]
    assert np.mean(errors) == pytest.approx(0.0, abs=0.7)
    # one wandering of 2.5 for the device, half the variance of two for the references, and the observers' own
    assert np.std(errors) == pytest.approx(math.sqrt(2.5**2 * 1.5 + (1.5**2 + 4.0 / 12.0) / 4.0), rel=0.12)


def test_a_flat_recording_has_no_envelope_to_read():
    t = np.arange(0.0, 40.0, 0.02)
    with pytest.raises(StudyError, match="do not fall below"):
        algorithms.fixed_shares(algorithms.envelope(150.0 - 3.0 * t + np.sin(2.0 * np.pi * 1.2 * t), 50.0))


def test_only_an_automatic_cuff_reads_recordings():
    from twinbed.bench.pressure.attached import reads_recordings

    with pytest.raises(NotFound, match="nibp_cuff"):
        reads_recordings(object())


def test_a_wave_that_is_known_in_scale_gives_back_its_pressures():
    made = tonometer.recorded(PERSON, 6, seed=8)
    found = algorithms.levels_by_period(made.wave, tonometer.SAMPLE_RATE_HZ, made.starts_s)
    gain, offset = np.polyfit(found[:, 1], made.pressures[:, 1], 1)
    pulses = found[:, 0] - found[:, 2]
    assert gain * pulses == pytest.approx(made.pressures[:, 0] - made.pressures[:, 2], rel=0.2)
    assert offset == pytest.approx(made.pressures[0, 1] - gain * found[0, 1], abs=6.0)


def test_the_pulse_arrives_when_moens_korteweg_and_hughes_say():
    # 20 mmHg more, and exp(-0.017 * 20 / 2) of the time
    before, after = 0.2, 0.2 * math.exp(-0.017 * 20.0 / 2.0)
    assert algorithms.pressure_change(np.array([after]), before)[0] == pytest.approx(20.0)


def test_arrivals_are_found_to_a_few_milliseconds():
    made = transit.worn(PERSON, seed=8)
    late = algorithms.arrivals(made.light, transit.SAMPLE_RATE_HZ, made.r_peaks_s)
    window = (made.r_peaks_s / transit.WINDOW_S).astype(int)
    spread = [np.nanstd(late[window == k]) for k in range(len(made.starts_s))]
    assert np.median(spread) < 0.006
    means = np.array([np.nanmedian(late[window == k]) for k in range(len(made.starts_s))])
    assert np.corrcoef(means, made.systolic)[0, 1] < -0.9
