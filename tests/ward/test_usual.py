"""Doses that nobody would give are told; those of the examples are not."""

import dataclasses
import pathlib

import pytest

from twinbed.studies.acute.bedside import EventSpec, bedside_from, load_bedside, person_of
from twinbed.studies.acute.study import kind_of, load_acute_study
from twinbed.vocab.drugs.person import Person
from twinbed.ward.usual import unusual, unusual_in

FOLDER = pathlib.Path(__file__).parents[2] / "examples"
EXAMPLES = [p for p in sorted(FOLDER.glob("*.toml")) if kind_of(p) == "acute" or "[patient]" in p.read_text("utf-8")]
SOMEBODY = Person(70.0, 80.0, 175.0, "male")


def told(**event):
    return list(unusual([EventSpec(**event)], SOMEBODY))


def test_eighty_milligrams_of_norepinephrine_are_told_with_what_is_given_at_most():
    """1 mg at once and 47.2 ug/min (Levophed label: 68 mg a day) are 1.236 mg in five minutes, of which 80 are 65 times."""
    (sentence,) = told(signal="norepinephrine_rate", at=300.0, lasts=300.0, dose_mg_per_kg=1.0)
    assert sentence.startswith("events[1] (norepinephrine_rate): 80 mg over 5 min is 65 times the most")
    assert "1 mg at once and 0.0472 mg/min beside it (Levophed label" in sentence


@pytest.mark.parametrize(
    ("event", "times"),
    [
        ({"signal": "propofol_rate", "at": 0.0, "amount": 4000.0}, "10 times"),
        ({"signal": "propofol_rate", "at": 0.0, "amount": 804.0}, "2 times"),  # of 400 mg
        ({"signal": "crystalloid", "at": 0.0, "amount": 30000.0, "lasts": 600.0}, "10 times"),
        ({"signal": "norepinephrine_command", "at": 0.0, "amount": 1.0}, "16 times"),  # 60 of 1 + 60 x 0.0472 mg
    ],
)
def test_mistakes_of_units_are_told(event, times):
    (sentence,) = told(**event)
    assert times in sentence
    assert "is the unit right?" in sentence


@pytest.mark.parametrize(
    "event",
    [
        {"signal": "norepinephrine_rate", "at": 0.0, "lasts": 300.0, "dose_mg_per_kg": 0.001},
        {"signal": "propofol_rate", "at": 0.0, "amount": 160.0},
        {"signal": "propofol_rate", "at": 0.0, "amount": 800.0},
        {"signal": "propofol_rate", "at": 0.0, "lasts": 7200.0, "amount": 1200.0},
        {"signal": "naloxone_rate", "at": 0.0, "lasts": 36000.0, "amount": 20.0},
        {"signal": "norepinephrine_command", "at": 0.0, "amount": 0.01},
        {"signal": "sepsis", "at": 0.0, "amount": 1.0},
    ],
)
def test_what_is_given_is_not_told(event):
    assert told(**event) == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_no_example_gives_an_unusual_dose(path):
    if kind_of(path) == "acute":
        assert list(unusual_in(load_acute_study(path), SOMEBODY)) == []
    else:
        bedside = load_bedside(path)
        assert list(unusual(bedside.events, person_of(bedside.patient))) == []


def test_a_dose_of_an_arm_is_told_with_its_arm():
    study = load_acute_study(next(p for p in EXAMPLES if p.stem == "haemorrhage"))
    much = EventSpec(signal="whole_blood", at=0.0, amount=50000.0)
    arm = dataclasses.replace(study.arms[0], events=(much,))
    (sentence,) = unusual_in(dataclasses.replace(study, arms=(arm,)), SOMEBODY)
    assert sentence.startswith(f"arms ({arm.name}).events[1] (whole_blood): 50000 mL is 25 times")


def test_what_is_told_is_played_all_the_same():
    assert bedside_from({"events": [{"signal": "propofol_rate", "at": 0, "amount": 4000.0}]}).events
