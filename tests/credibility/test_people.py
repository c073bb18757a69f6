"""Who takes part in a validation: adults of the population, each with doses of their own size."""

from typing import Any

import jax
import numpy as np
import pytest

from tests.credibility.tiny import patient as tank
from tests.credibility.tiny import system
from twinbed.cohorts import acute_adults
from twinbed.credibility.validation import people as module
from twinbed.credibility.validation.bedside import Bedside, happenings, prepare, whole_body
from twinbed.credibility.validation.execute import Cohort, scenario
from twinbed.credibility.validation.people import STANDARD, People, Size
from twinbed.credibility.validation.table import load


@pytest.fixture(scope="module")
def drawn():
    return acute_adults.sample(3, 1, examine=False)


@pytest.fixture
def people(monkeypatch, drawn):
    monkeypatch.setattr(module, "_population", lambda count, seed, backend: drawn)
    return People(3, 1)


def circulation(bed) -> Any:
    return bed.models["circulation"]


def bedside(system, run):
    return ready(load(system).runs[run], whole_body)


def ready(run, patient):
    found = prepare(run, patient)
    assert isinstance(found, Bedside)
    return found


def test_the_patient_of_the_run_comes_first_and_then_the_adults(people, drawn):
    member = bedside("drugs", "propofol_induction")
    crowd = people.around(member)
    assert crowd.sizes[0] == STANDARD
    assert jax.tree.structure(crowd.bed) == jax.tree.structure(member.bed)
    for own, all_ in zip(jax.tree.leaves(member.bed), jax.tree.leaves(crowd.bed), strict=True):
        np.testing.assert_array_equal(all_[0], own)
    blood = np.asarray(crowd.bed.models["circulation"].blood_volume)
    np.testing.assert_array_equal(blood[1:], np.asarray(drawn.organs["circulation"].blood_volume))
    ideal = [size.ideal for size in crowd.sizes]
    np.testing.assert_allclose(crowd.bed.devices["ventilator"].tidal_volume, 530.0 * np.asarray(ideal))


def test_chronic_conditions_and_parameters_come_on_top(people, drawn):
    ill = people.around(bedside("respiratory", "copd")).bed.models["lungs"].lung.resting
    well = np.asarray(drawn.organs["lungs"].lung.resting)
    np.testing.assert_allclose(np.asarray(ill)[1:], well * (1.0 + 0.7 * 0.5))  # half more at full severity
    thin = people.around(bedside("cardiovascular", "anaemia")).bed.models["fluids"].haemoglobin
    np.testing.assert_array_equal(thin, 10.3)


def test_a_patient_of_a_size_of_his_own_has_people_around_him(people):
    member = bedside("apnoea", "obese")
    crowd = people.around(member)
    assert set(crowd.sizes) == {STANDARD}
    alone, blood = (circulation(bed).blood_volume for bed in (member.bed, crowd.bed))
    assert blood[0] == alone
    assert len(set(np.asarray(blood).tolist())) == 4
    told = people.told([member, bedside("drugs", "propofol_induction")])
    assert (told.adults, told.around) == (True, ("apnoea/obese",))
    assert told.as_json()["drawn"] == "acute_adults"


def test_somebody_elses_patient_is_played_with_people_around_him():
    people = People(2, 1, tank)
    member = ready(system().runs["bleed"], tank)
    assert people.told([member]).as_json()["drawn"] == "around the patient"
    assert len(people.around(member).sizes) == 3


def test_drugs_go_by_weight_and_blood_by_blood_volume():
    size = Size(weight=0.5, blood=0.7, ideal=0.8)
    assert [size.of(s) for s in ("propofol_rate", "blood_loss", "crystalloid", "sepsis", "heart_rate")] == [
        0.5, 0.7, 0.7, 1.0, 1.0,
    ]  # fmt: skip
    member = bedside("haemorrhage", "class_2_saline")
    cohort = Cohort((member,), 1e4, (), {"blood_loss": 1, "crystalloid": 1})
    mine, theirs = scenario(member, cohort), scenario(member, cohort, size)
    for own, other in zip(mine.events, theirs.events, strict=True):
        played = own.signal in {e.signal for e in happenings(member, own.signal)} and own.amount > 0.0
        assert other.amount == pytest.approx(own.amount * 0.7 if played else own.amount)
    assert sum(e.amount for e in mine.events) > 0.0


def test_every_signal_whose_amount_goes_by_size_is_one_of_the_tables():
    played = {
        e.signal
        for name in ("haemorrhage", "cardiovascular", "shock")
        for r in load(name).runs.values()
        for e in r.events
    }
    assert played >= module.BY_BLOOD
