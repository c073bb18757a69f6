"""Clinical words lead to signals, conditions, fields and devices that are there."""

import pathlib
import re

import pytest

from twinbed.core import discover
from twinbed.core.component import output_template
from twinbed.engine.couple import port_list
from twinbed.physiology.whole_body import CONDITIONS, adult
from twinbed.studies.acute.bedside import PatientSpec, check_patient
from twinbed.studies.acute.study import CohortSpec, StudyError
from twinbed.studies.tables import keys
from twinbed.vocab.signals import SIGNALS, UnknownSignal, signal
from twinbed.vocab.words import WORDS, meaning, words_of

TABLE = pathlib.Path(__file__).parents[2] / "docs" / "acute.md"


def test_a_clinical_word_is_told_with_what_says_it():
    with pytest.raises(UnknownSignal, match="'tamponade' is no signal of the vocabulary; that is pericardial_fluid"):
        signal("tamponade")
    for name in ("Cardiac tamponade", "cardiac_tamponade", "tamponnade"):
        assert meaning(name) == "pericardial_fluid"
    assert meaning("one-lung ventilation").startswith("intubation")
    assert meaning("ARDS") == "lung_injury"
    for other in ("heart_rat", "propofol", "shards", ""):
        assert meaning(other) == ""
    assert words_of("pericardial_fluid") == ["tamponade"]
    assert words_of("rhythm") == ["cardiac arrest", "arrhythmia"]
    with pytest.raises(StudyError, match="no condition 'obesity'; that is weight_kg and height_cm"):
        check_patient(PatientSpec(conditions={"obesity": 1.0}), "patient")


def known():
    """All that a word may lead to: what a scenario can say to an adult or a device, and fields of files."""
    organs = adult().values()
    shown = {p.signal for m in organs for p in port_list(output_template(m))} - {"lung_water", "alveolar_flooding"}
    fields = {*keys(PatientSpec), *keys(CohortSpec), *CONDITIONS, "patient", "cohort"}
    return (SIGNALS.keys() - shown) | {"lung_water", "alveolar_flooding"} | fields


def test_what_words_lead_to_is_there():
    there = known()
    for said in WORDS.values():
        for device in re.findall(r"devices/\w+/\w+", said):
            discover.load(device)
        named = re.findall(r"\b[a-z]+(?:_[a-z0-9]+)+\b", re.sub(r"\([^)]*\)|devices/\S+", "", said))
        assert set(named) <= there, said


def test_the_table_has_every_word_and_names_what_is_there():
    table = TABLE.read_text(encoding="utf-8").partition("### What clinicians call it")[2].partition("## A bedside")[0]
    rows = [row.split("|")[1:3] for row in table.splitlines() if row.startswith("| ")][1:]
    text = re.sub(r"[\W_]+", " ", table).lower()
    assert [word for word in WORDS if f" {word} " not in text] == []
    there = known()
    named = {name for _, said in rows for name in re.findall(r"`([a-z]+(?:_[a-z0-9]+)*)`", said)}
    assert named <= there
