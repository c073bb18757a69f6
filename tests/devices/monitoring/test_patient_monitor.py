"""The monitor on waves made by formula."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import signal

from tests.bench.ecg.test_qrs import UNSEEN
from tests.devices.monitoring.waves import arterial, ecg, phase, times
from tests.devices.play import play
from twinbed.bench.ec57 import compare_beats, totals
from twinbed.connect.wfdb import read_annotations, read_waves
from twinbed.core.annotations import Annotations
from twinbed.core.scenario import Event, Scenario
from twinbed.devices._lead import cleaned, no_lead
from twinbed.devices._qrs import nothing_found, searched
from twinbed.devices.monitoring.patient_monitor import PatientMonitor
from twinbed.devices.rhythm.pacemaker import Pacemaker
from twinbed.engine.batch import simulate
from twinbed.engine.bed import Bed
from twinbed.physiology.cardiovascular.conduction import RHYTHMS, Conduction
from twinbed.physiology.waveforms.ecg import Ecg

DT, LASTS = 0.01, 60.0
T = times(LASTS, DT)
PRESSURES = {"central_venous_pressure": 6.0 + 1.0 * np.sin(2 * np.pi * 0.25 * T)}


def measured(rate=75.0, *, lead=None, pressure=None, breathing=15.0, beating=0.004):
    place = phase(T, rate)
    chest = 1.0 + 0.01 * np.sin(2 * np.pi * breathing / 60.0 * T) + 0.5 * beating * np.sin(2 * np.pi * place)
    shown = play(
        PatientMonitor(),
        len(T),
        ecg_ii=ecg(place, rate) if lead is None else lead,
        arterial_pressure=arterial(place, 70.0, 120.0) if pressure is None else pressure,
        pulmonary_artery_pressure=arterial(place, 10.0, 25.0),
        thoracic_impedance=chest,
        **PRESSURES,
    ).shown
    return {k.removeprefix("monitor_"): v[0] for k, v in shown.items()}


@pytest.mark.parametrize("rate", [35.0, 75.0, 130.0, 220.0])
def test_heart_and_pulse_are_counted(rate):
    shown = measured(rate)
    assert shown["heart_rate"][-1] == pytest.approx(rate, rel=0.01)
    assert shown["pulse_rate"][-1] == pytest.approx(rate, rel=0.01)


def test_pressures_are_those_of_the_beats():
    """What a lag of 13 ms takes off this pulse is a few mmHg; the mean it leaves alone."""
    shown = measured()
    wave = arterial(phase(T, 75.0), 70.0, 120.0)
    assert 116.0 < shown["systolic"][-1] < 120.0
    assert shown["diastolic"][-1] == pytest.approx(70.0, abs=1.0)
    assert shown["mean"][-1] == pytest.approx(wave.mean(), abs=0.3)
    assert shown["pulmonary_diastolic"][-1] == pytest.approx(10.0, abs=0.5)
    assert 22.5 < shown["pulmonary_systolic"][-1] < 25.0
    assert shown["cvp"][-1000:].mean() == pytest.approx(6.0, abs=0.1)


def test_breaths_are_counted_over_the_heart():
    """A heartbeat moves a fifth of a breath."""
    assert measured(breathing=15.0)["respiratory_rate"][-1] == pytest.approx(15.0, rel=0.03)
    assert measured(breathing=30.0)["respiratory_rate"][-1] == pytest.approx(30.0, rel=0.03)


def test_eight_beats_are_averaged():
    """From 75 to 150 a minute: 60 by the mean of the last eight intervals between R waves."""
    rates = np.where(T < 30.0, 75.0, 150.0)
    place = phase(T, rates)
    lead = np.where(T < 30.0, ecg(place, 75.0), ecg(place, 150.0))
    rate = measured(rates, lead=lead)["heart_rate"]
    peaks = T[1:][(place[1:] >= 0.4) & (place[:-1] < 0.4)]
    for beat in np.flatnonzero((peaks > 28.0) & (peaks < 36.0)):
        want = 60.0 * 8 / (peaks[beat] - peaks[beat - 8])
        assert rate[round((peaks[beat] + 0.15) / DT)] == pytest.approx(want, rel=0.02)


def test_asystole_and_arrest():
    """No complex for four seconds: 0. Without beats, the pressures meet; when they come back, so do the numbers."""
    place = phase(T, 75.0)
    silent = (T > 20.0) & (T < 40.0)
    lead = np.where(silent, 0.01 * np.sin(2 * np.pi * 0.3 * T), ecg(place, 75.0))
    shown = measured(lead=lead, pressure=np.where(silent, 18.0, arterial(place, 70.0, 120.0)))
    at = lambda name, t: shown[name][round(t / DT)]
    assert at("heart_rate", 23.0) == pytest.approx(75.0, rel=0.02)
    assert at("heart_rate", 25.0) == 0.0
    assert [at(n, 30.0) for n in ("systolic", "diastolic", "mean")] == pytest.approx([18.0] * 3, abs=0.5)
    assert at("pulse_rate", 30.0) == 0.0
    assert at("heart_rate", 55.0) == pytest.approx(75.0, rel=0.02)
    assert at("systolic", 55.0) == pytest.approx(at("systolic", 19.0), abs=0.5)


def test_electrical_activity_without_pulse():
    shown = measured(pressure=np.full_like(T, 20.0))
    assert shown["heart_rate"][-1] == pytest.approx(75.0, rel=0.01)
    assert shown["pulse_rate"][-1] == 0.0
    assert shown["systolic"][-1] == pytest.approx(20.0)


def valid(shown, at):
    return [shown[f"monitor_{n}_valid"][0, round(at / DT)] for n in ("heart_rate", "pressure", "respiratory_rate")]


def test_it_says_what_is_a_reading():
    """In health from the second beat, after two seconds in which it learns, and from the second breath, of 4 s each."""
    shown = play(
        PatientMonitor(), len(T), ecg_ii=ecg(phase(T, 75.0), 75.0), thoracic_impedance=0.01 * np.sin(np.pi / 2 * T),
        arterial_pressure=arterial(phase(T, 75.0), 70.0, 120.0),
    )  # fmt: skip
    assert valid(shown, 0.5) == [0.0, 0.0, 0.0]
    assert valid(shown, 4.5) == [1.0, 1.0, 0.0]
    for at in (9.0, 59.0):
        assert valid(shown, at) == [1.0, 1.0, 1.0]
        assert shown["monitor_heart_rate"][0, round(at / DT)] == pytest.approx(75.0, rel=0.02)


def test_nothing_is_a_reading_without_a_sensor_and_zero_is_one_in_an_arrest():
    """The same zeros; asystole is known 4 s after the 2 s in which it learns, apnoea after 20 s."""
    without = play(PatientMonitor(), len(T))
    arrest = play(PatientMonitor(), len(T), ecg_ii=0.0, arterial_pressure=15.0, thoracic_impedance=1.0)
    for shown in (without, arrest):
        assert shown["monitor_heart_rate"].max() == shown["monitor_respiratory_rate"].max() == 0.0
    assert max(valid(without, at)[i] for at in (1.0, 10.0, 59.0) for i in range(3)) == 0.0
    assert valid(arrest, 5.5) == [0.0, 1.0, 0.0]
    assert valid(arrest, 6.5) == [1.0, 1.0, 0.0]
    assert valid(arrest, 20.5) == [1.0, 1.0, 1.0]


def complexes(lead, dt=DT):
    """Times at which complexes are found."""
    one = lambda x, now: (lambda out: (out[0], out[1]))(searched(x, now, dt))
    found = jax.jit(lambda v: jax.lax.scan(one, nothing_found(jnp.zeros(())), v)[1])(jnp.asarray(lead))
    return np.flatnonzero(np.asarray(found)) * dt


def test_every_complex_is_found_once():
    """Sizes from 0.3 to 3 mV, wandering and mains hum, irregular as atrial fibrillation: no miss, nothing else."""
    rng = np.random.default_rng(1)
    beats = 1.0 + np.cumsum(0.35 + 0.6 * rng.random(70))
    t = np.arange(0.0, beats[-1] + 1.0, DT)
    for size in (0.3, 1.0, 3.0):
        lead = 0.3 * np.sin(2 * np.pi * 0.2 * t) + 0.01 * rng.normal(size=t.size)
        for beat in beats:
            lead += size * np.exp(-0.5 * ((t - beat) / 0.012) ** 2)
            lead += 0.25 * size * np.exp(-0.5 * ((t - beat - 0.25) / 0.05) ** 2)
        found = complexes(lead)
        asked = beats[beats > 2.2]  # before, it learns
        assert len(found) == len(asked), size
        assert np.abs(found - asked).max() < 0.05


def test_what_is_smaller_than_a_complex_is_none():
    """IEC 60601-2-27: 0.15 mV and less for 0.1 s is nothing; 0.5 mV is a complex."""
    t = np.arange(0.0, 20.0, DT)
    triangle = np.maximum(1.0 - np.abs(t % 1.0 - 0.5) / 0.05, 0.0)
    assert len(complexes(0.145 * triangle)) == 0
    assert len(complexes(0.5 * triangle)) == 18


def test_a_large_artefact_does_not_blind_it():
    place = phase(T, 75.0)
    lead = ecg(place, 75.0)
    lead[round(20 / DT) : round(20.3 / DT)] += 20.0
    found = complexes(lead)
    assert np.sum(found > 30.0) == pytest.approx(30.0 * 75 / 60, abs=1)


def test_a_tachycardia_without_rest_between_its_complexes_is_counted():
    """A sine of 206 a minute with its second harmonic, once the level of usual complexes is forgotten."""
    for rate, size in ((206.0, 0.5), (195.0, 1.0), (150.0, 1.0)):
        turn = 2.0 * np.pi * rate / 60.0 * T
        found = complexes(size * (np.sin(turn) + 0.25 * np.sin(2.0 * turn + 0.6)))
        later = found[found > 10.0]
        assert 60.0 * (len(later) - 1) / (later[-1] - later[0]) == pytest.approx(rate, rel=0.01), rate


def test_a_tall_t_wave_is_no_complex():
    """IEC 60601-2-27: complexes of 1 mV and 0.1 s with T waves of 1.2 mV and 0.18 s, QT interval 0.35 s."""
    beat = (T % 0.75) - 0.3
    wave = 0.5 * (1.0 + np.cos(2.0 * np.pi * (beat - 0.21) / 0.18))
    lead = np.maximum(1.0 - np.abs(beat) / 0.05, 0.0) + 1.2 * np.where(np.abs(beat - 0.21) < 0.09, wave, 0.0)
    assert measured(lead=lead)["heart_rate"][-1] == pytest.approx(80.0, rel=0.005)


def test_pulses_of_a_pacemaker_are_not_counted_and_do_not_hide_complexes():
    """Pulses of 140 mV in a sample, or parts of it in two, before each complex, alone, and without a heart."""
    pulses = np.zeros_like(T)
    for k, at in enumerate(np.arange(0.53, 59.0, 0.75)):
        pulses[round(at / DT) : round(at / DT) + 2] += 140.0 * np.array([1.0, 0.0] if k % 2 else [0.4, 0.6])
    assert measured(lead=pulses)["heart_rate"][-1] == 0.0
    assert measured(50.0, lead=ecg(phase(T, 50.0), 50.0) + pulses)["heart_rate"][-1] == pytest.approx(50.0, rel=0.01)
    assert measured(80.0, lead=ecg(phase(T, 80.0), 80.0) + pulses)["heart_rate"][-1] == pytest.approx(80.0, rel=0.01)


@pytest.mark.slow
def test_errors_at_the_half_of_mitdb_that_the_share_of_t_waves_was_not_chosen_on(data):
    """Of missed and of false complexes, in 100 samples a second; 18.3 % while T waves had the share of complexes."""
    tables = []
    for record in UNSEEN:
        wave = read_waves(data / "mitdb" / record).samples[:, 0]
        lead = np.asarray(signal.resample_poly(np.nan_to_num(wave), 5, 18))
        reference = read_annotations(data / "mitdb" / f"{record}.atr")
        places = np.round((complexes(cleaned_lead(lead)) - 0.04) * reference.sampling_frequency_hz).astype(int)
        rows = [(int(k), "N") for k in np.clip(places, 0, len(wave) - 1)]
        found = Annotations.of(rows, reference.sampling_frequency_hz, reference.length)
        tables.append(compare_beats(reference, found))
    gross = totals(tables).gross
    false = gross.qrs_positive_predictivity.whole - gross.qrs_positive_predictivity.part
    missed = gross.qrs_sensitivity.whole - gross.qrs_sensitivity.part
    assert 100.0 * false / gross.beats() < 4.5
    assert 100.0 * missed / gross.beats() < 3.0


def cleaned_lead(lead):
    """As the monitor reads it."""
    clean = jax.jit(lambda v: jax.lax.scan(cleaned, no_lead(jnp.zeros(())), v)[1])
    return clean(jnp.asarray(lead))


@pytest.mark.long
def test_a_paced_heart_in_a_bed_has_its_rate():
    """Complete block under a pacemaker at 72 and at 90 a minute, whose stimuli of 2 mV are seen in the lead."""
    rates = (72.0, 90.0)
    beds = [
        Bed(
            {"heart": Conduction(), "leads": Ecg()},
            {"pacemaker": Pacemaker(mode="VVI", lower_rate=jnp.asarray(rate)), "monitor": PatientMonitor()},
        )
        for rate in rates
    ]
    block = Scenario((Event("rhythm", 0.0, 30.0, float(RHYTHMS["complete_block"])),))
    shown = simulate(
        beds, [block, block], duration_s=30.0, seed=0, record=("monitor_heart_rate", "ecg_ii"), record_period_s=DT,
        backend="native",
    ).recorded  # fmt: skip
    assert shown["ecg_ii"].max() > 2.0
    for k, rate in enumerate(rates):
        late = shown["monitor_heart_rate"][k, 1500:]
        assert np.abs(late - rate).max() < 1.0
