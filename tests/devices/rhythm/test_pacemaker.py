"""Pacemakers against their timing cycles, worked out by hand."""

import jax.numpy as jnp
import numpy as np
import pytest

from tests.physiology.waveforms.beats import activations
from twinbed.core.scenario import Event, Scenario
from twinbed.devices.rhythm.pacemaker import MODES, Pacemaker
from twinbed.engine.batch import simulate
from twinbed.engine.bed import Bed
from twinbed.physiology.cardiovascular.conduction import RHYTHMS, Conduction

PERIOD, LASTS, TICK = 0.002, 30.0, 0.003
COUNTS = [f"{chamber}_{what}_number" for chamber in ("atrial", "ventricular") for what in ("paced", "sensed")]
SHOWN = ["atrial_time", "ventricular_time", "beat_origin", "mechanical_coupling", *COUNTS]
CASES = {
    # rhythm, period of the sinus node, AV delay
    "block": ("complete_block", 0.833, 0.15),
    "slow": ("sinus_bradycardia", 0.833, 0.15),
    "arrest": ("asystole", 0.833, 0.15),
    "healthy": ("sinus", 0.833, 0.2),
    "fast": ("complete_block", 0.46, 0.15),
    "faster": ("complete_block", 0.36, 0.15),
    "fibrillating": ("ventricular_fibrillation_coarse", 0.833, 0.15),
    "first_degree": ("first_degree_block", 0.833, 0.15),
}


def played(mode):
    beds = [
        Bed(
            {"heart": Conduction(jitter=jnp.asarray(0.0))},
            {"pacemaker": Pacemaker(mode=mode, av_delay=jnp.asarray(av))},
        )
        for _, _, av in CASES.values()
    ]
    scenarios = [
        Scenario((Event("rhythm", 0.0, LASTS, float(RHYTHMS[rhythm])), Event("heart_period", 0.0, LASTS, period)))
        for rhythm, period, _ in CASES.values()
    ]
    run = simulate(beds, scenarios, duration_s=LASTS, seed=0, record=SHOWN, record_period_s=PERIOD, backend="native")
    assert run.ok.all()
    return {n: {s: v[i] for s, v in run.recorded.items()} for i, n in enumerate(CASES)}


@pytest.fixture(scope="module")
def dual():
    return played("DDD")


@pytest.fixture(scope="module")
def single():
    return played("VVI")


def ventricles(run):
    return activations(run["ventricular_time"], PERIOD, after_s=5.0)


def atria(run):
    return activations(run["atrial_time"], PERIOD, after_s=5.0)


def counted(run, name):
    """How much a count grew after five seconds."""
    return run[name][-1] - run[name][round(5.0 / PERIOD)]


def av_delays(run):
    p, v = atria(run), ventricles(run)
    return v[np.searchsorted(v, p[:-2])] - p[:-2]


def test_vvi_paces_at_the_lower_rate_in_complete_block(single):
    run = single["block"]
    np.testing.assert_allclose(np.diff(ventricles(run)), 1.0, atol=TICK)
    np.testing.assert_allclose(np.diff(atria(run)), 0.833, atol=TICK)
    assert counted(run, "ventricular_paced_number") == 25
    assert len(ventricles(run)) == pytest.approx(25, abs=1)  # the last is paced at the end
    assert (run["beat_origin"][round(5.0 / PERIOD) :] == 2.0).all()


def test_vvi_is_silent_in_a_heart_that_beats_faster(single):
    assert counted(single["healthy"], "ventricular_paced_number") == 0
    assert counted(single["healthy"], "ventricular_sensed_number") == len(ventricles(single["healthy"]))
    assert all(counted(run, "atrial_paced_number") == 0 for run in single.values())


def test_vvi_fills_in_where_a_slow_heart_is_late(single):
    """A sinus node of 1.2 s never comes in time: every beat is paced but those that come within a second of the last."""
    intervals = np.diff(ventricles(single["slow"]))
    assert intervals.max() <= 1.0 + TICK


def test_ddd_follows_the_atria_in_complete_block(dual):
    run = dual["block"]
    np.testing.assert_allclose(np.diff(ventricles(run)), 0.833, atol=TICK)
    np.testing.assert_allclose(av_delays(run), 0.15, atol=2 * TICK)
    assert counted(run, "atrial_paced_number") == 0
    assert counted(run, "atrial_sensed_number") == pytest.approx(len(atria(run)), abs=1)


@pytest.mark.parametrize("name", ["arrest", "slow"])
def test_ddd_paces_both_chambers_where_none_comes_in_time(dual, name):
    run = dual[name]
    np.testing.assert_allclose(np.diff(ventricles(run)), 1.0, atol=TICK)
    np.testing.assert_allclose(np.diff(atria(run)), 1.0, atol=TICK)
    np.testing.assert_allclose(av_delays(run), 0.15, atol=2 * TICK)
    assert counted(run, "atrial_paced_number") == pytest.approx(counted(run, "ventricular_paced_number"), abs=1)
    assert run["mechanical_coupling"][-1] == 1.0


def test_ddd_lets_a_healthy_node_conduct(dual):
    """The node takes 0.16 s, the device would wait 0.2 s."""
    run = dual["healthy"]
    assert counted(run, "ventricular_paced_number") == counted(run, "atrial_paced_number") == 0
    assert (run["beat_origin"] == 0.0).all()


def test_ddd_paces_before_a_slow_node_conducts(dual):
    """First-degree block of 0.28 s: the stimulus comes after 0.15 s and the conducted impulse is cancelled."""
    run = dual["first_degree"]
    np.testing.assert_allclose(av_delays(run), 0.15, atol=2 * TICK)
    assert len(ventricles(run)) == pytest.approx(len(atria(run)), abs=1)


def test_above_the_upper_rate_the_ventricles_fall_behind_and_skip(dual):
    """Atria every 0.46 s, upper interval 0.5 s: intervals 0.5, 0.5 and, as the fourth P wave falls into the refractory
    time, 4 * 0.46 - 1 = 0.84 s; three of four are followed."""
    intervals = np.diff(ventricles(dual["fast"]))
    skips = np.flatnonzero(intervals > 0.7)
    start = int(skips[0]) + 1
    np.testing.assert_allclose(intervals[start : start + 6], 2 * [0.5, 0.5, 0.84], atol=2 * TICK)
    assert intervals.min() >= 0.5 - TICK
    assert intervals[start : skips[-1] + 1].mean() == pytest.approx(0.46 / 0.75, abs=TICK)


def test_faster_than_its_refractory_times_it_follows_every_second_beat(dual):
    """0.36 s is less than 0.15 + 0.25 s."""
    np.testing.assert_allclose(np.diff(ventricles(dual["faster"])), 0.72, atol=2 * TICK)


def test_nothing_captures_a_fibrillating_heart(dual, single):
    for run in (dual, single):
        assert len(ventricles(run["fibrillating"])) == 0
        assert counted(run["fibrillating"], "ventricular_paced_number") == pytest.approx(25, abs=1)


CAUSES = {
    # mode, settings, what happens from 10 s on (sinus node 72/min; block from the start but in IN_SINUS, escape every 1.6 s)
    "off": ("DDD", {}, {"pacemaker_on": 0.0}),
    "no_output": ("DDD", {"ventricular_output": 0.0}, {}),
    "at_threshold": ("DDD", {"ventricular_output": 5.0}, {"ventricular_capture_threshold": 5.0}),
    "weak": ("DDD", {"ventricular_output": 4.9}, {"ventricular_capture_threshold": 5.0}),
    "lead": ("DDD", {}, {"ventricular_lead_disconnected": 1.0}),
    "deaf_atria": ("DDD", {}, {"p_wave_amplitude": 0.4}),
    "deaf_ventricles": ("VVI", {}, {"r_wave_amplitude": 1.9}),
    "heard_ventricles": ("VVI", {}, {"r_wave_amplitude": 2.0}),
    "asynchronous": ("VOO", {}, {}),
    "switched": ("DDD", {}, {"pacemaker_mode_set": 1.0}),
}
IN_SINUS = ("deaf_ventricles", "heard_ventricles", "asynchronous")
COUNTS_OF_LEADS = ["atrial_pulse_number", "ventricular_pulse_number", "ventricular_stimulus"]


@pytest.fixture(scope="module")
def troubled():
    beds = [
        Bed(
            {"heart": Conduction(jitter=jnp.asarray(0.0))},
            {"pacemaker": Pacemaker(**{"mode": mode, **settings})},
        )
        for mode, settings, _ in CAUSES.values()
    ]
    block = Event("rhythm", 0.0, LASTS, float(RHYTHMS["complete_block"]))
    scenarios = [
        Scenario((
            *(() if name in IN_SINUS else (block,)),
            *(Event(signal, 10.0, LASTS, value) for signal, value in events.items()),
        ))
        for name, (_, _, events) in CAUSES.items()
    ]  # fmt: skip
    record = [*SHOWN, *COUNTS_OF_LEADS]
    run = simulate(beds, scenarios, duration_s=LASTS, seed=0, record=record, record_period_s=PERIOD, backend="native")
    assert run.ok.all()
    return {n: {s: v[i] for s, v in run.recorded.items()} for i, n in enumerate(CAUSES)}


def late(run, after_s=15.0):
    return np.diff(activations(run["ventricular_time"], PERIOD, after_s=after_s))


def grew(run, name):
    return run[name][-1] - run[name][round(15.0 / PERIOD)]


def test_switched_off_it_leaves_the_heart_to_its_escapes(troubled):
    run = troubled["off"]
    np.testing.assert_allclose(late(run), 1.6, atol=TICK)
    assert run["beat_origin"][-1] == 1.0
    assert all(grew(run, count) == 0 for count in [*COUNTS, *COUNTS_OF_LEADS[:2]])
    before = np.diff(activations(run["ventricular_time"], PERIOD, after_s=3.0))[:5]
    np.testing.assert_allclose(before, 0.833, atol=TICK)


def test_without_output_no_ventricle_is_paced(troubled):
    run = troubled["no_output"]
    assert grew(run, "ventricular_paced_number") == grew(run, "ventricular_pulse_number") == 0
    np.testing.assert_allclose(late(run), 1.6, atol=TICK)


def test_a_stimulus_captures_from_the_threshold_on(troubled):
    np.testing.assert_allclose(late(troubled["at_threshold"]), 0.833, atol=TICK)
    assert troubled["at_threshold"]["beat_origin"][-1] == 2.0


def test_below_the_threshold_there_are_pulses_without_beats(troubled):
    """The pulses are half as high; escapes are sensed, and the atria followed in between."""
    run = troubled["weak"]
    np.testing.assert_allclose(late(run), 1.6, atol=TICK)
    assert (run["beat_origin"][round(15.0 / PERIOD) :] == 1.0).all()
    assert grew(run, "ventricular_pulse_number") == grew(run, "ventricular_paced_number") > 8
    assert run["ventricular_stimulus"][round(15.0 / PERIOD) :].max() == 0.5


def test_a_lead_that_is_disconnected_passes_nothing_while_the_device_goes_on(troubled):
    run = troubled["lead"]
    np.testing.assert_allclose(late(run), 1.6, atol=TICK)
    assert grew(run, "ventricular_paced_number") > 15
    assert grew(run, "ventricular_pulse_number") == grew(run, "ventricular_sensed_number") == 0
    assert run["ventricular_stimulus"][round(15.0 / PERIOD) :].max() == 0.0


def test_atria_below_the_sensitivity_are_not_followed(troubled):
    """It paces atria and ventricles at its lower rate."""
    run = troubled["deaf_atria"]
    assert grew(run, "atrial_sensed_number") == 0
    np.testing.assert_allclose(late(run), 1.0, atol=TICK)


@pytest.mark.parametrize("name", ["deaf_ventricles", "asynchronous"])
def test_what_does_not_sense_beats_paces_in_spite_of_them(troubled, name):
    """The heart beats every 0.833 s; stimuli come every second, and beat early where they find it excitable."""
    run = troubled[name]
    assert grew(run, "ventricular_sensed_number") == 0
    assert grew(run, "ventricular_paced_number") == pytest.approx(15, abs=1)
    assert late(run).min() < 0.7
    assert set(run["beat_origin"][round(15.0 / PERIOD) :]) == {0.0, 2.0}


def test_at_its_sensitivity_it_senses_beats_and_is_silent(troubled):
    run = troubled["heard_ventricles"]
    assert grew(run, "ventricular_paced_number") == 0
    assert grew(run, "ventricular_sensed_number") == pytest.approx(15.0 / 0.833, abs=1)


def test_another_mode_can_be_asked_for(troubled):
    np.testing.assert_allclose(late(troubled["switched"]), 1.0, atol=TICK)
    assert grew(troubled["switched"], "atrial_sensed_number") == 0


def test_an_unknown_mode_is_refused():
    with pytest.raises(ValueError, match="VVI, DDD"):
        Pacemaker(mode="AAI")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="1 VVI, 2 DDD"):
        Pacemaker(mode=5.0)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(("settings", "words"), [
    ({"lower_rate": 150.0, "upper_rate": 60.0}, "lower the lower rate"),
    ({"lower_rate": 180.0, "upper_rate": 200.0, "av_delay": 0.4}, "shorten it"),
])  # fmt: skip
def test_intervals_that_contradict_each_other_are_refused(settings, words):
    """The atria would be paced 60 / 180 - 0.4 = -0.07 s after the ventricles. VVI has neither."""
    with pytest.raises(ValueError, match=words):
        Pacemaker(**settings)
    assert Pacemaker(**{"mode": "VVI", **settings}).mode == MODES["VVI"]
