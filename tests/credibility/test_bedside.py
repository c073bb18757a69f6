"""Beds of the shipped tables: what the whole patient can express, and people around him."""

import functools

import numpy as np
import pytest

from tests.credibility.tiny import patient, system
from twinbed.credibility.validation import table
from twinbed.credibility.validation.bedside import Bedside, Missing, prepare, whole_body
from twinbed.credibility.validation.execute import cohorts, play, scenario
from twinbed.credibility.validation.people import STANDARD, Crowd, people_like, spreads
from twinbed.engine.batch import as_cohort
from twinbed.engine.bed import Bed


@pytest.mark.long
def test_the_whole_patient_expresses_every_run():
    found = {}
    for name in table.systems():
        for run in table.load(name).runs.values():
            if isinstance(at := prepare(run, whole_body), Missing):
                found[name, run.name] = at.reason
    assert found == {}


def test_runs_of_one_kind_and_length_share_a_program():
    """As many events of each signal in every run; those that fill up lie behind its end."""
    runs = [prepare(system().runs[name], patient) for name in ("bleed", "small", "high")]
    (found,) = cohorts((at, frozenset({"arterial_pressure"})) for at in runs if isinstance(at, Bedside))
    assert found.lasts_s == 201.0
    assert dict(found.events) == {"ambient_pressure": 1, "blood_loss": 1}
    for member in found.members:
        events = scenario(member, found).events
        assert len(events) == 2
        own = {e.signal for e in member.run.events}
        assert all(e.start_s >= member.run.settle_s + member.run.lasts_s for e in events if e.signal not in own)


@pytest.mark.long
def test_what_fills_up_does_not_touch_the_longest_run():
    """Nothing happens to the air of the longest run, which rests at 760 mmHg to its last sample (an eighth: 95)."""
    runs = [prepare(system().runs[name], patient) for name in ("bleed", "high")]
    (found,) = cohorts((at, frozenset({"arterial_oxygen"})) for at in runs if isinstance(at, Bedside))
    played = list(play(found, found.members, people=lambda m: Crowd(as_cohort(m.bed), (STANDARD,)), backend="xla"))
    longest = next(p for m, p in played if m.run.name == "bleed")
    assert np.all(longest.traces["arterial_oxygen"].low == 95.0)


def test_people_keep_their_draws_and_the_standard_patient_stays_first():
    bed = Bed({"circulation": whole_body()["circulation"]})
    two, three = (np.asarray(people_like(bed, n, seed=1).models["circulation"].blood_volume) for n in (2, 3))
    assert two[0] == float(bed.models["circulation"].blood_volume)
    assert list(two) == list(three[:3])
    assert len(set(three)) == 4


@pytest.mark.long
def test_people_spread_as_declared():
    bed = Bed({"circulation": whole_body()["circulation"]})
    values = np.asarray(people_like(bed, 1000, seed=3).models["circulation"].left_ventricle.elastance_max)
    assert np.mean(values[1:]) == pytest.approx(values[0], rel=0.03)
    spread = spreads()["circulation.left_ventricle.elastance_max"].cv
    assert np.std(values[1:]) / np.mean(values[1:]) == pytest.approx(spread, rel=0.1)


def test_everything_that_varies_between_people_is_a_parameter_of_the_whole_patient():
    body = whole_body()
    for path in (path for spread in spreads().values() for path in spread.paths):
        organ, *fields = path.split(".")
        assert functools.reduce(getattr, fields, body[organ]) > 0.0


def test_a_person_has_as_much_blood_in_the_circulation_as_in_the_fluids():
    body = whole_body()
    people = people_like(Bed({name: body[name] for name in ("circulation", "fluids")}), 3, seed=1)
    blood = np.asarray(people.models["circulation"].blood_volume)
    assert len(set(blood)) == 4
    np.testing.assert_allclose(np.asarray(people.models["fluids"].blood_volume), blood, rtol=1e-12)
