"""A tiny run from table to report: a tank whose every number is known."""

import dataclasses
import json

import numpy as np
import pytest

from tests.credibility.tiny import patient, system
from twinbed.core.errors import NotFound
from twinbed.credibility.validation import Plan, compare
from twinbed.credibility.validation.bedside import patient_named
from twinbed.credibility.validation.execute import Flaw
from twinbed.credibility.validation.grading import Need, Seen, graded
from twinbed.credibility.validation.measures import Amount
from twinbed.credibility.validation.report import sentences


@pytest.fixture(scope="module")
def report():
    return compare(Plan([system()], [system()], patient, cohort=2, backend="xla"))


@pytest.fixture(scope="module")
def rows(report):
    return {g.row.id.removeprefix("tiny/"): g for g in report.chapters[0].rows}


@pytest.mark.parametrize(
    ("row", "ours", "grade"),
    [
        ("bleed/after/mean_pressure", 80.0, "good"),
        ("bleed/after/share", 0.8, "bad"),
        ("bleed/after/relative", -0.2, "good"),
        ("bleed/after/wrong", -0.2, "bad"),
        ("bleed/after/change", -1000.0, "fair"),
        ("bleed/after/per", 0.02, "good"),
        ("bleed/course/mean_pressure", 30.0, "good"),
        ("small/against/mean_pressure", 0.8, "good"),
        ("high/height/arterial_oxygen", 70.0, "good"),
        ("high/height/before", 95.0, "good"),  # what is not fed rests, although the scenario has the signal
    ],
)
def test_rows(rows, row, ours, grade):
    assert rows[row].ours == pytest.approx(ours, rel=0.02)
    assert rows[row].verdict.grade == grade


def test_a_signal_that_left_its_plausible_range_is_named():
    swollen = lambda *, volume=5000.0: patient(volume=100.0 * volume)
    courses = compare(Plan([system()], [system()], swollen, backend="xla")).chapters[0].courses
    assert courses[0].flaw.startswith("circulation.blood_volume outside the plausible range")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("bleed/after/hidden", "nothing in the bed shows heart_rate"),
        ("obese/never/mean_pressure", "no setting weight_kg"),
        ("drug/never/mean_pressure", "nothing in the bed reads propofol_rate"),
        ("machine/never/mean_pressure", "no component 'devices/delivery/no_pump'"),
    ],
)
def test_what_cannot_be_expressed_is_listed_with_the_reason(rows, row, said):
    assert rows[row].verdict.grade == "not expressed"
    assert said in rows[row].verdict.reason
    assert rows[row].ours is None


def test_counts(report):
    told = json.loads(json.dumps(report.as_json(), allow_nan=False))
    assert (told["rows"], told["good"], told["fair"], told["bad"], told["not_expressed"]) == (10, 7, 1, 2, 4)
    assert told["rows"] == told["good"] + told["fair"] + told["bad"]
    tiny = told["systems"]["tiny"]
    assert tiny["not_expressed"] == 4
    assert list(told["standings"]) == ["measured", "textbook", "expert", "recalled", "definition"]
    definitions = {"rows": 10, "good": 7, "fair": 1, "bad": 2, "not_expressed": 4, "null_good": 1}
    assert told["standings"]["definition"] == definitions
    assert told["standings"]["measured"]["rows"] == 0
    assert len(tiny["rows"]) == 14


def test_a_patient_in_whom_nothing_happens_is_graded_beside_ours(rows):
    """He stays at 100 mmHg and 95 mmHg of oxygen, at 5 L of blood, and never falls."""
    of = {name: graded.null for name, graded in rows.items()}
    assert {name for name, grade in of.items() if grade == "good"} == {"high/height/before"}
    assert of["bleed/after/mean_pressure"] == "fair"  # 100 for 80
    assert of["small/against/mean_pressure"] == "bad"  # 1 for 0.8
    assert of["bleed/after/wrong"] == "bad"
    assert of["bleed/course/mean_pressure"] == "bad"
    assert of["bleed/after/hidden"] == "not expressed"


def test_rows_of_physiology_are_counted_without_definitions_and_what_a_run_sets(report):
    told = report.as_json()
    assert told["physiology"]["rows"] == 0  # every row of the tank is a definition
    (chapter,) = report.chapters
    measured = dataclasses.replace(chapter.rows[0].row.citation, standing="measured")
    cited = [dataclasses.replace(g, row=dataclasses.replace(g.row, citation=measured)) for g in chapter.rows]
    cited[1] = dataclasses.replace(cited[1], row=dataclasses.replace(cited[1].row, prescribed=True))
    moved = dataclasses.replace(report, chapters=(dataclasses.replace(chapter, rows=tuple(cited)),)).as_json()
    assert {k: moved["physiology"][k] for k in ("rows", "good", "fair", "bad")} == {
        "rows": 9, "good": 7, "fair": 1, "bad": 1,
    }  # fmt: skip
    assert moved["physiology"]["standings"]["measured"]["rows"] == 9
    assert (moved["rows"], moved["bad"]) == (10, 2)


def test_what_left_the_plausible_range_costs_the_grade_of_rows_from_then_on(rows):
    row = rows["bleed/after/mean_pressure"].row  # read from 120 to 180 s
    seen = lambda flaw: Seen({p: Amount.of(np.array([v]), "mm[Hg]") for p, v in places(row)}, (flaw,))
    grades = {
        flaw: graded(row, seen(flaw), seen(None), None).verdict
        for flaw in (
            None,
            Flaw("a pressure outside the plausible range", 150.0),
            Flaw("a pressure outside the plausible range", 180.0),
            Flaw("not finite", 150.0, finite=False),
        )
    }
    assert [v.grade for v in grades.values()] == ["good", "fair", "good", "bad"]
    assert [v.reason for v in grades.values()][1] == "a pressure outside the plausible range from 150 s"


def places(row):
    """What a row of 80 mmHg, from 100 mmHg, reads."""
    return [(Need(row.measure, row.window_s, row).place, 80.0), (Need(row.measure, row.base_s).place, 100.0)]


def test_a_cohort_is_graded_person_by_person(rows):
    """Blood volume varies by 10 %, so both are near, and pressure by volume is the same for all."""
    assert len(rows["bleed/after/mean_pressure"].people) == 2
    assert rows["bleed/after/per"].in_range == 1.0


def test_grades_of_all_people_are_counted_together(report, rows):
    graded = [grade for row in rows.values() for grade in row.people]
    assert report.of_people() == {g: graded.count(g) for g in ("good", "fair", "bad")}
    assert report.as_json()["cohort_people"].items() >= report.of_people().items()


def test_courses_have_the_measures_that_are_shown(report):
    course = next(c for c in report.chapters[0].courses if c.run.name == "bleed")
    assert [p.measure for p in course.panels] == ["mean_pressure", "blood_volume"]
    assert course.panels[1].value[0] == pytest.approx(5000.0)
    assert course.panels[1].value[-1] == pytest.approx(4000.0)


def test_a_line_for_each_system(report):
    lines = list(sentences(report))
    assert lines[1].split() == ["tiny", "10", "7", "1", "2", "4", "1"]
    assert lines[2].split() == ["all", "10", "7", "1", "2", "4", "1"]
    assert lines[3].split() == ["measured", "0", "0", "0", "0", "0", "0"]
    assert lines[7].split() == ["definition", "10", "7", "1", "2", "4", "1"]
    assert lines[8].split() == ["physiology", "0", "0", "0", "0", "0", "0"]
    assert lines[-1].startswith("null good: ")


def test_a_patient_is_found_by_name():
    assert patient_named("tests.credibility.tiny:patient") is patient
    with pytest.raises(NotFound, match="package.module:function"):
        patient_named("tests.credibility.tiny:nobody")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (":patient", "write package.module:function"),
        ("tests.credibility.tiny", "write package.module:function"),
        ("..tiny:patient", "TypeError"),
        ("os:getcwd", "it returned str"),
        ("os:sep", "it cannot be called"),
        ("twinbed.vocab.units:parse", "it raised TypeError"),
        ("os:environ.copy", "no attribute"),
        ("tests.credibility.tiny:table.systems_by_name", "no attribute"),
        ("collections:OrderedDict", "it returned OrderedDict"),
    ],
)
def test_what_is_no_patient_is_refused_with_what_is_wanted(name, said):
    with pytest.raises(NotFound, match="package.module:function|returns models by name") as found:
        patient_named(name)
    assert said in str(found.value)
