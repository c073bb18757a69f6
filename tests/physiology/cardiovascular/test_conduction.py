"""Rhythms against their definitions: rates, delays, groups, pauses, chance, stimuli and shocks."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from tests.physiology.waveforms.beats import activations
from twinbed.core.scenario import Event, Scenario
from twinbed.engine.batch import simulate
from twinbed.engine.bed import Bed
from twinbed.physiology.cardiovascular.conduction import RHYTHMS, Conduction
from twinbed.vocab.signals import SIGNALS

PERIOD, LASTS, SINUS, FROM = 0.002, 100.0, 0.833, 10.0
SHOWN = ["atrial_time", "ventricular_time", "heart_rate", "mechanical_coupling", "beat_origin", "rhythm_shown",
         "atrial_fibrillation", "ventricular_fibrillation"]  # fmt: skip


def patient(**values):
    return Conduction(**{"jitter": jnp.asarray(0.0)} | {k: jnp.asarray(float(v)) for k, v in values.items()})


def imposed(name, start=2.0):
    return Event("rhythm", start, 1000.0, float(RHYTHMS[name]))


SHOCKED = [
    # rhythm, energy in J, time, rhythm after it
    ("ventricular_fibrillation_coarse", 200.0, 6.0, "sinus"),
    ("ventricular_fibrillation_coarse", 50.0, 6.0, "ventricular_fibrillation_coarse"),
    ("ventricular_tachycardia_pulseless", 150.0, 6.0, "sinus"),
    ("ventricular_tachycardia", 60.0, 6.0, "sinus"),
    ("supraventricular_tachycardia", 60.0, 6.0, "sinus"),
    ("atrial_fibrillation", 120.0, 6.0, "sinus"),
    ("asystole", 200.0, 6.0, "asystole"),
    ("pulseless_electrical_activity", 200.0, 6.0, "pulseless_electrical_activity"),
    # In sinus rhythm the ventricles are activated at 0.1685 + 0.833 n seconds: 0.25 s later they are vulnerable.
    ("sinus", 20.0, 0.418 + 7 * 0.833, "ventricular_fibrillation_coarse"),
    ("sinus", 20.0, 0.592 + 7 * 0.833, "sinus"),
    ("sinus", 200.0, 0.418 + 7 * 0.833, "sinus"),
]


def electricity():
    """Scenarios of shocks, of stimuli and of a sinus node that hardly fires."""
    give = lambda energy, at: Event("shock", round(at / PERIOD) * PERIOD, 0.01, energy)
    cases = {i: (imposed(name), give(energy, at)) for i, (name, energy, at, _) in enumerate(SHOCKED)}
    vf = float(RHYTHMS["ventricular_fibrillation_coarse"])
    cases["anew"] = (Event("rhythm", 2.0, 8.0, vf), give(200.0, 6.0), Event("rhythm", 10.0, 90.0, vf + 1.0))
    for signal in ("ventricular_stimulus", "atrial_stimulus"):
        cases[signal] = (imposed("asystole"), *(Event(signal, at, 0.01, 1.0) for at in (4.0, 4.1, 5.0)))
    cases["driven"] = tuple(Event("atrial_stimulus", 4.0 + 0.5 * i, 0.01, 1.0) for i in range(20))
    cases["slow"] = (Event("heart_period", 0.0, 100.0, 9.0),)
    cases["half"] = (Event("pacemaker_function", 0.0, 100.0, 0.5),)
    cases["silent"] = (Event("pacemaker_function", 30.0, 30.0, 0.01),)
    cases["silent_fibrillation"] = (imposed("ventricular_fibrillation_coarse"), *cases["silent"])
    return cases


@pytest.fixture(scope="module")
def rhythms():
    """Side by side every rhythm from two seconds on, three patients with other numbers, and what electricity does."""
    chance = {"jitter": patient(jitter=0.05), "jitter_2": patient(jitter=0.05, seed=2),
              "atrial_fibrillation_2": patient(seed=2)}  # fmt: skip
    cases = {name: (imposed(name),) for name in RHYTHMS}
    cases |= {"jitter": (), "jitter_2": (), "atrial_fibrillation_2": (imposed("atrial_fibrillation"),)}
    cases |= electricity()
    beds = [Bed({"conduction": chance.get(name, patient())}) for name in cases]
    run = simulate(beds, [Scenario(events) for events in cases.values()], duration_s=LASTS, seed=0, record=SHOWN,
                   record_period_s=PERIOD, backend="native")  # fmt: skip
    assert run.ok.all()
    return {n: {s: v[i] for s, v in run.recorded.items()} for i, n in enumerate(cases)}


def ventricles(recorded):
    return activations(recorded["ventricular_time"], PERIOD, after_s=FROM)


def atria(recorded):
    return activations(recorded["atrial_time"], PERIOD, after_s=FROM)


def origins(recorded):
    """Origin of every activation of the ventricles."""
    samples = np.ceil(ventricles(recorded) / PERIOD).astype(int) + 1
    return recorded["beat_origin"][samples[samples < len(recorded["beat_origin"])]]


def delays(recorded):
    """From every activation of the atria to the next of the ventricles."""
    p, v = atria(recorded), ventricles(recorded)
    following = np.searchsorted(v, p)
    p, following = p[following < len(v)], following[following < len(v)]
    return v[following] - p


REGULAR = {
    "sinus": 60.0 / SINUS,
    "sinus_bradycardia": 50.0,
    "sinus_tachycardia": 130.0,
    "supraventricular_tachycardia": 180.0,
    "first_degree_block": 60.0 / SINUS,
    "complete_block": 60.0 / 1.6,
    "ventricular_tachycardia": 130.0,
    "ventricular_tachycardia_unstable": 160.0,
    "ventricular_tachycardia_pulseless": 190.0,
    "pulseless_electrical_activity": 60.0 / SINUS,
}


def test_every_rhythm_is_a_level_that_a_scenario_may_give_and_no_other_number():
    assert SIGNALS["rhythm"].plausible == (min(RHYTHMS.values()), max(RHYTHMS.values()))
    assert sorted(RHYTHMS.values()) == list(range(len(RHYTHMS)))


@pytest.mark.parametrize(("name", "rate"), REGULAR.items())
def test_regular_rhythms_keep_their_rate_to_a_fraction_of_a_step(rhythms, name, rate):
    intervals = np.diff(ventricles(rhythms[name]))
    assert len(intervals) > 50
    np.testing.assert_allclose(60.0 / intervals, rate, rtol=2e-3)
    assert np.std(intervals) < 1e-6
    assert rhythms[name]["heart_rate"][-1] == pytest.approx(rate, rel=2e-3)
    assert rhythms[name]["rhythm_shown"][-1] == RHYTHMS[name]


@pytest.mark.parametrize(("name", "delay"), [("sinus", 0.16), ("first_degree_block", 0.28)])
def test_the_node_delays(rhythms, name, delay):
    np.testing.assert_allclose(delays(rhythms[name]), delay, atol=1e-9)


def test_wenckebach_drops_the_last_of_four_after_growing_delays(rhythms):
    """Delays 0.16 + 0.16 (1 - 2^-k) for k of 0, 1, 2; intervals shorten, the pause is 2 T - 0.12."""
    run = rhythms["wenckebach"]
    intervals = np.diff(ventricles(run))
    start = int(np.argmax(intervals[:4] > 1.2)) + 1
    np.testing.assert_allclose(intervals[start : start + 3], [SINUS + 0.08, SINUS + 0.04, 2 * SINUS - 0.12], atol=1e-6)
    assert len(ventricles(run)) / len(atria(run)) == pytest.approx(3 / 4, abs=0.01)
    assert set(np.unique(delays(run)[:40].round(6))) >= {0.16, 0.24, 0.28}


def test_mobitz_2_drops_the_third_without_warning(rhythms):
    run = rhythms["mobitz_2"]
    intervals = np.diff(ventricles(run))
    assert set(intervals.round(4)) == {SINUS, round(2 * SINUS, 4)}
    conducted = delays(run)[delays(run) < 0.5]
    np.testing.assert_allclose(conducted, 0.16, atol=1e-9)
    assert len(ventricles(run)) / len(atria(run)) == pytest.approx(2 / 3, abs=0.01)


def test_in_complete_block_atria_and_ventricles_do_not_know_of_each_other(rhythms):
    run = rhythms["complete_block"]
    np.testing.assert_allclose(np.diff(atria(run)), SINUS, atol=1e-6)
    assert np.ptp(delays(run)) > 1.4
    assert (origins(run) == 1.0).all()


def test_atrial_fibrillation_is_irregular_as_cohen_says(rhythms):
    """A refractory time of 0.45 T and an exponential wait of 0.15 T: mean 0.6 T, variation 1/4, no memory."""
    for name in ("atrial_fibrillation", "atrial_fibrillation_2"):
        run = rhythms[name]
        intervals = np.diff(ventricles(run))
        assert len(atria(run)) == 0
        assert run["atrial_fibrillation"][-1] == 1.0
        n = len(intervals)
        assert intervals.min() >= 0.45 * SINUS - 1e-9
        assert intervals.mean() == pytest.approx(0.6 * SINUS, abs=3 * 0.15 * SINUS / np.sqrt(n))
        assert intervals.std() / intervals.mean() == pytest.approx(0.25, abs=0.05)
        assert abs(np.corrcoef(intervals[1:], intervals[:-1])[0, 1]) < 3 / np.sqrt(n)
    first, second = (np.diff(ventricles(rhythms[n]))[:50] for n in ("atrial_fibrillation", "atrial_fibrillation_2"))
    assert not np.allclose(first, second)  # another seed


def test_in_reentry_atria_and_ventricles_are_activated_together(rhythms):
    run = rhythms["supraventricular_tachycardia"]
    np.testing.assert_allclose(atria(run), ventricles(run), atol=1e-9)
    assert (origins(run) == 0.0).all()


@pytest.mark.parametrize("name", ["premature_ventricular_beats", "bigeminy"])
def test_a_premature_beat_is_followed_by_a_compensatory_pause(rhythms, name):
    """The sinus node is not disturbed, so the two intervals around it are two periods of the node."""
    run = rhythms[name]
    intervals, origin = np.diff(ventricles(run)), origins(run)
    early = np.flatnonzero(origin[1:-1] == 1.0) + 1
    early = early[early < len(intervals)]
    np.testing.assert_allclose(intervals[early - 1], 0.6 * SINUS, atol=1e-6)
    np.testing.assert_allclose(intervals[early - 1] + intervals[early], 2 * SINUS, atol=1e-6)
    np.testing.assert_allclose(np.diff(atria(run)), SINUS, atol=1e-6)
    share = np.mean(origin == 1.0)
    if name == "bigeminy":
        assert np.abs(np.diff(origin)).min() == 1.0
    else:  # a sinus beat is followed with the probability 0.15, so 0.15 / 1.15 of all are premature
        assert share == pytest.approx(0.15 / 1.15, abs=0.09)


def test_in_ventricular_tachycardia_the_sinus_node_goes_on_alone(rhythms):
    run = rhythms["ventricular_tachycardia"]
    np.testing.assert_allclose(np.diff(atria(run)), SINUS, atol=1e-6)
    assert (origins(run) == 1.0).all()


@pytest.mark.parametrize(
    ("name", "amplitude"),
    [("ventricular_fibrillation_coarse", 1.0), ("ventricular_fibrillation_fine", 0.3), ("asystole", 0.0)],
)
def test_nothing_activates_a_heart_in_arrest(rhythms, name, amplitude):
    run = rhythms[name]
    assert len(ventricles(run)) == len(atria(run)) == 0
    assert run["ventricular_time"][-1] > 90.0
    assert run["heart_rate"][-1] == 0.0
    assert run["ventricular_fibrillation"][-1] == pytest.approx(amplitude)


def test_only_some_rhythms_make_no_contraction(rhythms):
    silent = {n for n in RHYTHMS if rhythms[n]["mechanical_coupling"][-1] == 0.0}
    assert silent == {
        "ventricular_tachycardia_pulseless", "ventricular_fibrillation_coarse", "ventricular_fibrillation_fine",
        "pulseless_electrical_activity",
    }  # fmt: skip


def test_the_node_has_a_jitter_of_its_own(rhythms):
    """Relative standard deviation 0.05; the standard error of that of 107 intervals is 0.0034."""
    first, second = (np.diff(atria(rhythms[n])) for n in ("jitter", "jitter_2"))
    for intervals in (first, second):
        assert intervals.std() / SINUS == pytest.approx(0.05, abs=0.01)
        assert intervals.mean() == pytest.approx(SINUS, rel=0.015)
    assert not np.allclose(first[:20], second[:20])


@pytest.mark.parametrize("i", range(len(SHOCKED)))
def test_a_shock_ends_or_starts_what_it_can(rhythms, i):
    assert rhythms[i]["rhythm_shown"][-1] == RHYTHMS[SHOCKED[i][3]]


def test_after_a_shock_the_heart_stands_still_and_then_beats(rhythms):
    """Two seconds after the shock of 10 ms the junction escapes, then the sinus node has its period again."""
    beats = activations(rhythms[0]["ventricular_time"], PERIOD, after_s=4.0)
    assert beats[0] == pytest.approx(8.01, abs=0.005)
    np.testing.assert_allclose(np.diff(beats[1:]), SINUS, atol=1e-6)
    assert rhythms[0]["mechanical_coupling"][-1] == 1.0
    assert rhythms[0]["heart_rate"][-1] == pytest.approx(60.0 / SINUS, rel=1e-3)


def test_a_new_command_prevails_over_the_shock_before(rhythms):
    run = rhythms["anew"]["rhythm_shown"]
    assert run[round(8.0 / PERIOD)] == RHYTHMS["sinus"]
    assert run[-1] == RHYTHMS["ventricular_fibrillation_fine"]


@pytest.mark.parametrize(("stimulus", "origin"), [("ventricular_stimulus", 2.0), ("atrial_stimulus", 0.0)])
def test_a_stimulus_captures_at_its_rise_and_not_in_the_refractory_time(rhythms, stimulus, origin):
    """In asystole stimuli at 4, 4.1 (refractory) and 5 s give two beats; those from the atria 0.16 s later."""
    run = rhythms[stimulus]
    beats = activations(run["ventricular_time"], PERIOD, after_s=3.0)
    delay = 0.16 if origin == 0.0 else 0.0
    np.testing.assert_allclose(beats, [4.0 + delay, 5.0 + delay], atol=0.003)
    assert run["beat_origin"][round(6.0 / PERIOD)] == origin
    assert run["mechanical_coupling"][-1] == 1.0


def test_driven_atria_are_conducted_later(rhythms):
    """Runge 1973: paced at 100 and 120 a minute, 15 to 30 ms later within ten beats, and some more afterwards."""
    run = rhythms["driven"]
    atria, ventricles = (
        activations(run[name], PERIOD, after_s=9.2)[:8] for name in ("atrial_time", "ventricular_time")
    )
    later = ventricles - atria - 0.16
    np.testing.assert_allclose(later, 0.12 * (0.9 * SINUS - 0.5), atol=0.003)
    assert 0.015 <= later.mean() <= 0.04


def test_the_junction_escapes_when_the_sinus_node_is_too_slow(rhythms):
    """Beats of others suppress its first escape by half a second."""
    run = rhythms["slow"]
    v = activations(run["ventricular_time"], PERIOD, after_s=1.0)
    origin = run["beat_origin"][np.ceil(v / PERIOD).astype(int) + 1]
    expected = np.where(origin[:-1] == 3.0, 1.5, 2.0)[origin[1:] == 3.0]
    np.testing.assert_allclose(np.diff(v)[origin[1:] == 3.0], expected, atol=1e-6)
    assert set(origin) == {0.0, 3.0}
    assert set(expected) == {1.5, 2.0}


def test_without_oxygen_pacemakers_are_slow_or_silent_and_fire_again_later(rhythms):
    """Half of the rate for half of the function; the silent show asystole, the fibrillating go on."""
    assert rhythms["half"]["heart_rate"][-1] == pytest.approx(0.5 * 60.0 / SINUS, rel=1e-3)
    run = rhythms["silent"]
    beats = activations(run["ventricular_time"], PERIOD, after_s=20.0)
    assert not ((beats > 30.2) & (beats < 59.9)).any()
    assert (beats < 30.0).sum() > 10
    assert (beats > 62.0).sum() > 40
    at = lambda name, s: float(rhythms[name]["rhythm_shown"][round(s / PERIOD)])
    assert [at("silent", s) for s in (29.0, 45.0, 61.0)] == [0.0, RHYTHMS["asystole"], 0.0]
    assert run["heart_rate"][round(45.0 / PERIOD)] == 0.0
    assert at("silent_fibrillation", 45.0) == RHYTHMS["ventricular_fibrillation_coarse"]


def test_the_numbers_are_the_published_ones():
    assert list(RHYTHMS.values()) == list(range(18))


def test_the_rate_follows_the_period_that_reflexes_ask_for_with_its_derivative():
    """After a beat the phase is t / T, so its derivative by T is - t / T^2."""

    def phase(period):
        model = patient()
        u = eqx.tree_at(lambda v: v.heart_period, model.resting(), period)
        return model.rhs(jnp.asarray(0.0), model.initial(), u).phase

    slope = eqx.filter_grad(phase)(jnp.asarray(0.9))
    assert float(slope) == pytest.approx(-1.0 / 0.9**2)
