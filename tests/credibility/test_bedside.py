"""Beds of the shipped tables: what the whole patient can express, and people around him."""

import numpy as np
import pytest

from tests.credibility.tiny import patient, system
from twinbed.credibility.validation import table
from twinbed.credibility.validation.bedside import Bedside, Missing, happenings, prepare, whole_body
from twinbed.credibility.validation.execute import cohorts, scenario
from twinbed.credibility.validation.people import people_like, spreads
from twinbed.engine.bed import Bed

NOT_YET = {("cardiovascular", "valsalva"): "nothing in the bed reads expiratory_strain"}
"""Runs that the whole patient cannot express."""


def test_the_whole_patient_expresses_every_run_but_those_that_are_known():
    found = {}
    for name in table.systems():
        for run in table.load(name).runs.values():
            if isinstance(at := prepare(run, whole_body), Missing):
                found[name, run.name] = at.reason
    assert found == NOT_YET


def test_a_level_rests_where_nothing_happens():
    """Ten seconds of settling and thirty at the sea, then half a minute high, then the sea again."""
    at = prepare(system().runs["high"], patient)
    assert isinstance(at, Bedside)
    played = sorted((e.start_s, e.duration_s, e.amount) for e in happenings(at, "ambient_pressure", 100.0))
    assert played == [(0.0, 40.0, 760.0), (40.0, 30.0, 560.0), (70.0, 30.0, 760.0)]


def test_runs_of_one_kind_and_length_share_a_program():
    runs = [prepare(system().runs[name], patient) for name in ("bleed", "small", "high")]
    (found,) = cohorts((at, frozenset({"arterial_pressure"})) for at in runs if isinstance(at, Bedside))
    assert found.lasts_s == 200.0
    assert dict(found.events) == {"ambient_pressure": 3, "blood_loss": 1}  # an event and the rest before and after it
    assert {len(scenario(m, found).events) for m in found.members} == {4}


def test_people_keep_their_draws_and_the_standard_patient_stays_first():
    bed = Bed({"circulation": whole_body()["circulation"]})
    two, three = (np.asarray(people_like(bed, n, seed=1).models["circulation"].blood_volume) for n in (2, 3))
    assert two[0] == float(bed.models["circulation"].blood_volume)
    assert list(two) == list(three[:3])
    assert len(set(three)) == 4


def test_people_spread_as_declared():
    bed = Bed({"circulation": whole_body()["circulation"]})
    values = np.asarray(people_like(bed, 1000, seed=3).models["circulation"].left_ventricle.elastance_max)
    assert np.mean(values[1:]) == pytest.approx(values[0], rel=0.03)
    spread = spreads()["circulation.left_ventricle.elastance_max"]
    assert np.std(values[1:]) / np.mean(values[1:]) == pytest.approx(spread, rel=0.1)
    assert set(spreads()) <= {path for path in spreads() if path.split(".")[0] in whole_body()}
