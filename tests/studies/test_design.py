"""A study file is read as it stands, or refused with a message that says where and what to do."""

import pathlib
import re

import pytest

from twinbed.core.errors import StudyError
from twinbed.studies.design import load_study
from twinbed.studies.tables import clock, key, read

TOY = (pathlib.Path(__file__).parent / "toy.toml").read_text()


def _load(tmp_path, old="", new=""):
    assert old in TOY
    file = tmp_path / "study.toml"
    file.write_text(TOY.replace(old, new, 1))
    return load_study(file)


def test_defaults_are_filled_in(toy):
    resolved = toy.resolved()
    assert resolved["precision"] == "float64"
    assert resolved["scenario"]["meals"][0]["time"] == 7.5 * 3600
    assert resolved["arms"][1]["devices"][1]["parameters"] == {"gain": 1.5, "suspend_below": 100}
    assert set(toy.endpoints) >= {"glucose_control", "glucose_events", "insulin_delivery"}
    assert toy.outcomes["glucose_control.time_in_range"].unit == "%"
    assert toy.better("glucose_control.time_below_70") == "lower"


def test_the_hash_is_of_the_meaning_not_of_the_text(toy, tmp_path):
    assert _load(tmp_path, 'name = "toy"\n', '# a comment\nname   = "toy"\n').hash() == toy.hash()
    assert _load(tmp_path, "days = 2", "days = 2\nwarm_up_days = 0").hash() == toy.hash()
    assert _load(tmp_path, "gain = 1.5", "gain = 1.6").hash() != toy.hash()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seed = 7", "sed = 7", r"unknown key 'sed'; did you mean seed"),
        ("seed = 7\n", "", r"needs 'seed', any whole number"),
        ("seed = 7", 'seed = "7"', r"seed: expected a whole number, found str '7'"),
        ("days = 2", "days = 0", r"days: 0 must be at least 1"),
        ("days = 2", "days = 2\nwarm_up_days = 2", r"warm_up_days: 2 leaves nothing"),
        ('name = "toy"', 'name = "a study"', r"name: 'a study' must be small letters"),
        ("n = 10", "n = true", r"cohort.populations\[1\].n: expected a whole number"),
        ("toy_adults", "toy_adult", r"cohort.populations\[1\].id: no component .*did you mean .*toy_adults"),
        ("cohorts/populations/toy", "devices/toy", r"none of the cohorts/populations"),
        ('name = "loop"', 'name = "open"', r"arms: 'open' is there twice"),
        (
            "n = 10",
            'n = 10\n[[cohort.populations]]\nid = "cohorts/populations/toy_adults"\nn = 3',
            r"toy_adults is there twice and would give the same people",
        ),
        ("devices/delivery/toy_pump", "devices/delivery/toy_pmp", r"arms\[1\] \(open\).devices\[3\] \(pump\).device"),
        (
            "gain = 1.5",
            "gane = 1.5",
            r"arms\[2\] \(loop\).devices\[2\] \(dosing\): ToyBasalBolus has no setting 'gane'",
        ),
        ("gain = 1.5", "gane = 1.5", r"did you mean .*gain"),
        ("gain = 1.5", "gain = 15", r"dosing\).gain: 15 is outside 0 to 10 /h"),
        ("gain = 1.5", 'gain = "high"', r"gain: expected a number in /h, found 'high'"),
        (
            'time = "07:30"',
            'time = "7.30"',
            r'scenario.meals\[1\] \(breakfast\).time: expected a time of day such as "07:30"',
        ),
        ("carbohydrate_g = 70\n", "", r"scenario.meals\[2\] \(dinner\): needs carbohydrate_g or"),
        ("missed = 0.1", "missed = 1.1", r"scenario.bolusing.missed: 1.1 must be at least 0 and at most 1"),
        ('signal = "occlusion"', 'signal = "oclusion"', r"faults\[1\] \(blocked\).signal: .*did you mean occlusion"),
        ('signal = "occlusion"', 'signal = "carbohydrate"', r"carbohydrate is a dose"),
        ("days = [1]", "days = [1, 3]", r"faults\[1\] \(blocked\).days: day 3 is after the 2 days"),
        ('reference = "open"', 'reference = "opne"', r"analysis.reference: there is no arm 'opne'; did you mean open"),
        (
            "control.time_in_range",
            "control.time_in_rnge",
            r"analysis.primary: .*did you mean glucose_control.time_in_range",
        ),
        ('"glucose_control.gri"', '"glucose_control.mean_glucose"', r"mean_glucose has no better direction"),
        (
            "resamples = 500",
            'test = "non-inferiority"',
            r"analysis.margin: non-inferiority needs a margin above zero, in %",
        ),
        (
            "resamples = 500",
            'test = "equality"',
            r"analysis.test: 'equality' is not allowed; there is superiority, non-inferiority",
        ),
        (
            "seed = 7",
            'seed = 7\nendpoints = ["glucose_contrl"]',
            r"no endpoint 'glucose_contrl'; did you mean glucose_control",
        ),
        (
            "[analysis]",
            '[[cohort.twins]]\npath = "none"\n[analysis]',
            r"cohort.twins: nothing at .*set optional = true",
        ),
        ("seed = 7", "seed = 7 7", r"is not TOML: .*line 4"),
    ],
)
def test_a_mistake_is_named_with_its_table(tmp_path, old, new, message):
    with pytest.raises(StudyError, match=message) as refused:
        _load(tmp_path, old, new)
    assert re.match(rf"{re.escape(str(tmp_path))}.*study.toml", str(refused.value))


def test_patients_and_seed_are_taken_in_place_of_what_the_file_says(tmp_path):
    file = tmp_path / "study.toml"
    file.write_text(TOY)
    study = load_study(file, patients=3, seed=8)
    assert ([p.n for p in study.cohort.populations], study.seed) == ([3], 8)
    file.write_text(TOY.replace("n = 10", "n = 3").replace("seed = 7", "seed = 8"))
    assert study.hash() == load_study(file).hash()
    with pytest.raises(StudyError, match="give 1 or more"):
        load_study(file, patients=0)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(StudyError, match="cannot be read: No such file"):
        load_study(tmp_path / "none.toml")


def test_optional_twins_may_be_absent(tmp_path):
    study = _load(tmp_path, "[analysis]", '[[cohort.twins]]\npath = "none/*.json"\noptional = true\n[analysis]')
    assert study.inputs == ((),)


def test_twins_are_part_of_the_hash(tmp_path, toy):
    (tmp_path / "a.json").write_text("{}")
    table = '[[cohort.twins]]\npath = "*.json"\n[analysis]'
    first = _load(tmp_path, "[analysis]", table)
    (tmp_path / "a.json").write_text("{ }")
    assert [i.path for i in first.inputs[0]] == ["a.json"]
    assert _load(tmp_path, "[analysis]", table).hash() != first.hash() != toy.hash()


def test_times_of_day_may_be_toml_times():
    import dataclasses
    import datetime

    @dataclasses.dataclass(frozen=True)
    class Alarm:
        time: float = clock("when")
        loud: bool = key("whether it is loud", default=False)

    assert read(Alarm, {"time": datetime.time(6, 30)}, "alarm") == Alarm(23400.0, False)
    with pytest.raises(StudyError, match=r"alarm.loud: expected true or false, found int 1"):
        read(Alarm, {"time": "06:30", "loud": 1}, "alarm")


@pytest.mark.parametrize(
    ("first", "said"),
    [
        (
            'format = "acut"',
            "format: there is no 'acut'; an acute study has format = \"acute\", a study of glucose has none",
        ),
        ('settle = "3 min"', 'settle is of acute studies: write format = "acute", or leave it out'),
    ],
)
def test_a_file_of_another_format_is_told_which_there_are(tmp_path, first, said):
    file = tmp_path / "study.toml"
    file.write_text(f"{first}\n{TOY}")
    with pytest.raises(StudyError, match=re.escape(said)):
        load_study(file)
