"""Lights and delays by hand, and the vital signs that alarms are tested on."""

import math

import numpy as np
import pytest
from scipy.stats import poisson

from twinbed.bench.alarms.delays import answered, rate
from twinbed.bench.alarms.light import CYAN, LIGHTS, RED, YELLOW, Light, seen
from twinbed.bench.alarms.vitals import VITALS, watched
from twinbed.core.errors import StatisticsError, StudyError


@pytest.mark.parametrize(("flash", "duty"), [(2.0, 0.25), (0.5, 0.5), (2.5, 0.6), (1.0, 0.04), (1.0, 0.97)])
def test_flashes_are_seen_as_they_were_made(flash, duty):
    found = seen(Light(RED, flash, duty).samples(10.0, 200.0), 200.0)
    assert found.flash_hz == pytest.approx(flash, rel=0.02)
    assert found.duty == pytest.approx(duty, abs=0.013)
    assert len(found.flash_hz) == math.ceil(10.0 * flash) - 2  # the first begins before the record, the last is cut


@pytest.mark.parametrize(
    ("colour", "name"), [(RED, "red"), (YELLOW, "yellow"), (CYAN, "cyan"), ((0.1, 1.0, 0.1), ""), ((1.0, 1.0, 1.0), "")]
)
def test_colours_have_their_names_also_beside_other_light(colour, name):
    flashing = Light(colour, 2.0).samples(5.0, 200.0)
    assert seen(flashing, 200.0).colour == name
    assert seen(flashing + 0.3, 200.0).colour == name
    assert seen(Light(colour).samples(5.0, 200.0), 200.0).colour == name


def test_a_steady_light_has_no_flashes():
    found = seen(LIGHTS["low"].samples(5.0, 200.0), 200.0)
    assert len(found.flash_hz) == 0


def test_a_light_that_comes_late_or_has_one_wrong_sample_is_steady():
    late, glitch = LIGHTS["low"].samples(5.0, 200.0), LIGHTS["low"].samples(5.0, 200.0)
    late[:, :100], glitch[:, 500] = 0.0, 0.0
    assert [len(seen(light, 200.0).flash_hz) for light in (late, glitch)] == [0, 0]
    assert [seen(light, 200.0).colour for light in (late, glitch)] == ["cyan", "cyan"]


def test_lights_that_say_nothing_are_refused():
    with pytest.raises(StatisticsError, match="no light"):
        seen(np.zeros((3, 100)), 200.0)
    with pytest.raises(StatisticsError, match="flash twice"):
        seen(Light(RED, 0.4).samples(2.6, 200.0), 200.0)


def test_delays_by_hand():
    """Conditions at 10-30, 50-60, 80-90 s: found after 4 s, missed, found after 2 s; one false alarm at 70 s."""
    time = np.arange(120.0)
    alarm, sound = np.zeros(120), np.zeros(120)
    alarm[14:32], alarm[70:72], alarm[82:95] = 2.0, 1.0, 3.0
    sound[17:32], sound[70:72] = 2.0, 1.0
    conditions = np.array([[10.0, 30.0], [50.0, 60.0], [80.0, 90.0]])
    found = answered(time, alarm, sound, conditions, np.array([2.0, 2.0, 2.0]), after_s=5.0)
    assert found.condition_s == pytest.approx([4.0, math.nan, 2.0], nan_ok=True)
    assert found.generation_s == pytest.approx([3.0, math.nan, math.nan], nan_ok=True)
    assert found.wrong == pytest.approx([0.0, math.nan, 1.0], nan_ok=True)
    assert found.false == 1
    assert found.idle_s == 2.0
    assert found.free_s == 120.0 - 26.0 - 16.0 - 16.0


def test_an_alarm_that_stands_already_finds_nothing_and_is_idle():
    """Conditions at 10-30 and 50-60 s; the alarm of the first stays: 36-49 s and 66-99 s are free of conditions."""
    time, alarm = np.arange(100.0), np.zeros(100)
    alarm[14:] = 2.0
    conditions, priorities = np.array([[10.0, 30.0], [50.0, 60.0]]), np.array([2.0, 2.0])
    found = answered(time, alarm, alarm, conditions, priorities, after_s=5.0)
    assert found.condition_s == pytest.approx([4.0, math.nan], nan_ok=True)
    assert found.false == 0
    assert found.idle_s == 14.0 + 34.0


def test_a_sound_that_never_stops_is_idle_and_has_the_wrong_priority():
    time, alarm = np.arange(60.0), np.zeros(60)
    alarm[14:22] = 2.0
    found = answered(time, alarm, np.full(60, 3.0), np.array([[10.0, 20.0]]), np.array([2.0]), after_s=5.0)
    assert found.idle_s == found.free_s == 60.0 - 16.0
    assert found.wrong == [1.0]


def test_an_alarm_soon_after_a_condition_still_belongs_to_it():
    time, alarm = np.arange(60.0), np.zeros(60)
    alarm[24:30] = 1.0
    condition = np.array([[10.0, 20.0]]), np.array([1.0])
    assert answered(time, alarm, alarm, *condition, after_s=5.0).false == 0
    assert answered(time, alarm, alarm, *condition, after_s=5.0).condition_s == pytest.approx([14.0])
    late = answered(time, alarm, alarm, *condition, after_s=3.0)
    assert late.false == 1
    assert math.isnan(late.condition_s[0])


@pytest.mark.parametrize("count", [0, 1, 7])
def test_the_interval_of_a_rate_is_exact(count):
    """At the ends so many or more, and so few or fewer, have a chance of 2.5 %."""
    found = rate(count, 2.0, 5)
    assert found.value == count / 2.0
    assert poisson.cdf(count, 2.0 * found.high) == pytest.approx(0.025)
    if count:
        assert poisson.sf(count - 1, 2.0 * found.low) == pytest.approx(0.025)
    else:
        assert found.low == 0.0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_values_are_past_their_limits_in_conditions_and_artefacts_only(seed):
    seen = watched(seed, 7200, conditions=12, artefacts=12)
    assert len(seen.conditions_s) == len(seen.kinds) == 12
    assert (np.diff(seen.conditions_s.reshape(-1)) > 20.0).all()  # they do not meet
    assert (np.diff(seen.conditions_s, axis=1) >= 30.0).all()
    runs = 0
    for name, vital in VITALS.items():
        past = (seen.values[name] < vital.low) | (seen.values[name] > vital.high)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], past.astype(int), [0]])))
        for first, end in edges.reshape(-1, 2):
            inside = ((seen.conditions_s[:, 0] <= first) & (end - 1 <= seen.conditions_s[:, 1])).any()
            assert inside or end - first <= vital.spike_s
            runs += not inside
    assert runs == 12


def test_more_conditions_than_fit_are_refused():
    with pytest.raises(StudyError, match="watch longer"):
        watched(1, 600, conditions=10, artefacts=10)
