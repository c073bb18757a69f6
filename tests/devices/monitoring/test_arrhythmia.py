"""What the monitor tells of the ventricles, from lead II of hearts with a known rhythm."""

import jax.numpy as jnp
import numpy as np
import pytest

from tests.devices.monitoring.waves import ecg, phase
from tests.devices.play import play
from tests.physiology.waveforms.beats import electrocardiograms
from twinbed.bench.draws import normals
from twinbed.bench.robustness.corruptions import noise_of
from twinbed.core.scenario import Event, Scenario
from twinbed.devices._ventricles import ASYSTOLE, FIBRILLATION, NONE, TACHYCARDIA
from twinbed.devices.monitoring.patient_monitor import PatientMonitor
from twinbed.devices.rhythm.pacemaker import Pacemaker
from twinbed.devices.software.alarm_system import ALARMS, HIGH, AlarmSystem
from twinbed.engine.batch import simulate
from twinbed.engine.bed import Bed
from twinbed.physiology.cardiovascular.conduction import RHYTHMS, Conduction
from twinbed.physiology.waveforms.ecg import Ecg

DT, BEFORE_S = 0.01, 8.0
SKIPPING = (0.48, 0.46, 0.42, 0.4)
"""Periods of atria, s, that outrun an upper rate of 120 /min."""
ALONE = [("atrial_fibrillation", 115.0), ("atrial_fibrillation", 124.0), ("atrial_fibrillation", 130.0),
         ("complete_block", 80.0), ("complete_block", 130.0)]  # fmt: skip
"""Rhythms with a pacemaker of the ventricles alone, and its rate, /min."""
LETHAL = {
    "asystole": ASYSTOLE, "ventricular_tachycardia": TACHYCARDIA, "ventricular_tachycardia_unstable": TACHYCARDIA,
    "ventricular_tachycardia_pulseless": TACHYCARDIA, "ventricular_fibrillation_coarse": FIBRILLATION,
    "ventricular_fibrillation_fine": FIBRILLATION,
}  # fmt: skip


def lead(name):
    """Eight seconds of sinus rhythm, then the rhythm for 29 s."""
    step = round(DT / 0.002)
    sinus, other = (electrocardiograms()[n]["ii"][::step] for n in ("sinus", name))
    begin = round(1.0 / DT)
    return np.concatenate([sinus[begin : begin + round(BEFORE_S / DT)], other[begin:]])


def told(wave, **settings):
    shown = play(PatientMonitor(**settings), len(wave), ecg_ii=wave)
    return shown["monitor_arrhythmia"][0]


def disturbed(wave, seed):
    """Wander of 0.1 mV and muscle of 0.01 mV, as in the bench's cases of fibrillation."""
    wander = noise_of("baseline wander", len(wave), 1.0 / DT, seed)
    return wave + 0.1 * wander + 0.01 * normals(seed, "muscle", len(wave))


@pytest.mark.parametrize("name", LETHAL)
def test_what_threatens_life_is_told_within_ten_seconds(name):
    """IEC 60601-2-27 allows ten; asystole has no complex for four."""
    number = told(lead(name))
    assert (number[: round(BEFORE_S / DT)] == NONE).all()
    begins = np.argmax(number == LETHAL[name]) * DT - BEFORE_S
    assert 2.0 < begins < 9.0
    if name != "ventricular_fibrillation_fine":
        assert set(number[round((BEFORE_S + 10.0) / DT) :]) == {LETHAL[name]}


@pytest.mark.parametrize("seed", [None, 1, 2])
@pytest.mark.parametrize("name", [r for r in RHYTHMS if r not in LETHAL])
def test_nothing_else_is(name, seed):
    wave = lead(name)
    assert set(told(wave if seed is None else disturbed(wave, seed))) == {NONE}


@pytest.mark.parametrize("name", LETHAL)
def test_wander_and_muscle_hide_nothing(name):
    number = told(disturbed(lead(name), 3))
    assert (number[: round(BEFORE_S / DT)] == NONE).all()
    assert LETHAL[name] in number[: round((BEFORE_S + 10.0) / DT)]


@pytest.mark.parametrize("hertz", [0.5, 1.0, 2.0])
def test_motion_of_electrodes_is_no_arrhythmia(hertz):
    """Half a millivolt to either side for ten seconds of sinus rhythm of 1 mV."""
    t = np.arange(0.0, 40.0, DT)
    moving = (t > 15.0) & (t < 25.0)
    assert set(told(ecg(phase(t, 75.0), 75.0) + 0.5 * np.sin(2 * np.pi * hertz * t) * moving)) == {NONE}


def test_the_rate_from_which_on_it_is_tachycardia_can_be_set():
    """Stable tachycardia is at 130 /min."""
    wave = lead("ventricular_tachycardia")
    assert TACHYCARDIA not in told(wave, tachycardia_rate=jnp.asarray(140.0))


def test_without_electrodes_there_is_no_arrhythmia():
    assert set(told(np.full(2000, np.nan))) == {NONE}


@pytest.fixture(scope="module")
def paced():
    """Paced in both chambers or in the ventricles alone: broad complexes, also between narrow ones, at rest and fast,
    and hearts that fibrillate or race, also under a pacemaker that does not sense it."""
    dual = Pacemaker(mode="DDD")
    alone = lambda rate, mode="VVI": Pacemaker(mode=mode, lower_rate=rate)
    cases = {
        "resting": ("complete_block", 0.8, dual), "fast": ("complete_block", 0.52, dual),
        "upper": ("complete_block", 0.5, dual),
        **{f"skipping {period}": ("complete_block", period, dual) for period in SKIPPING},
        **{f"{rhythm} at {rate}": (rhythm, 0.8, alone(rate)) for rhythm, rate in ALONE},
        "fibrillating": ("ventricular_fibrillation_coarse", 0.8, dual), "racing": ("ventricular_tachycardia", 0.8, dual),
        "fibrillating unheard": ("ventricular_fibrillation_coarse", 0.8, alone(80.0, "VOO")),
        "racing unheard": ("ventricular_tachycardia_unstable", 0.8, alone(80.0, "VOO")),
    }  # fmt: skip
    scenarios = [
        Scenario((Event("rhythm", 40.0, 100.0, float(RHYTHMS[r])), Event("heart_period", 0.0, 200.0, period)))
        for r, period, _ in cases.values()
    ]
    beds = [
        Bed(
            {"heart": Conduction(), "ecg": Ecg()},
            {"pacemaker": p, "monitor": PatientMonitor(), "alarms": AlarmSystem()},
        )
        for *_, p in cases.values()
    ]
    run = simulate(beds, scenarios, duration_s=90.0, seed=0,
                   record=["monitor_arrhythmia", "monitor_heart_rate", "ventricular_time", "alarm_cause",
                           "alarm_priority"], record_period_s=DT,
                   backend="native")  # fmt: skip
    return {n: {s: v[i] for s, v in run.recorded.items()} for i, n in enumerate(cases)}


@pytest.mark.parametrize("name", ["resting", "fast", "upper"])
def test_paced_complexes_up_to_the_usual_upper_rate_are_none(paced, name):
    assert set(paced[name]["monitor_arrhythmia"]) == {NONE}


@pytest.mark.parametrize(("rhythm", "rate"), ALONE)
def test_what_a_pacemaker_makes_and_what_comes_between_is_none(paced, rhythm, rate):
    assert set(paced[f"{rhythm} at {rate}"]["monitor_arrhythmia"]) == {NONE}


@pytest.mark.parametrize("period", SKIPPING)
def test_atria_that_outrun_a_pacemaker_are_no_tachycardia(paced, period):
    """Their P waves come on T waves of broad complexes: what counts is the ventricles, of which some are skipped."""
    run = paced[f"skipping {period}"]
    assert set(run["monitor_arrhythmia"]) == {NONE}
    late = run["ventricular_time"][round(20.0 / DT) :]
    beats = np.flatnonzero(np.diff(late) < 0.0) * DT
    last_eight = 60.0 * 8.0 / (beats[8:] - beats[:-8])
    shown = run["monitor_heart_rate"][round(25.0 / DT) :]
    assert last_eight.min() - 1.0 < shown.min() <= shown.max() < last_eight.max() + 1.0


@pytest.mark.parametrize(
    ("name", "alarm"),
    [("fibrillating", "ventricular fibrillation"), ("racing", "ventricular tachycardia"),
     ("fibrillating unheard", "ventricular fibrillation"), ("racing unheard", "ventricular tachycardia")],
)  # fmt: skip
def test_behind_a_pacemaker_they_alarm_before_the_alarms_of_rate(paced, name, alarm):
    """Of high priority, within ten seconds, and first of all that stand."""
    run, late = paced[name], slice(round(50.0 / DT), None)
    assert set(run["alarm_priority"][late]) == {HIGH}
    assert {ALARMS[int(k) - 1].name for k in run["alarm_cause"][late]} <= {alarm}
