"""Settings as they are given: of one form, refused where they cannot be meant, and said where they are not usual."""

import dataclasses
import re

import pytest

from tests.bench import toy
from twinbed.bench import Log, find, run_bench, settings
from twinbed.bench.device import Function
from twinbed.bench.report import chosen, junit, page
from twinbed.bench.report.page import FILES, write_page
from twinbed.bench.texts import translator
from twinbed.cli.verdicts import verdict_lines
from twinbed.core.errors import TwinbedError

RECORDS = "ecg/beat_detection"


@pytest.mark.parametrize("given", [[100, 104], ["100", "104"], "100,104", "100, 104", ("100", 104)])
def test_records_are_texts_however_they_are_written(given):
    assert find.protocol(RECORDS, records=given).settings == {"records": ["100", "104"]}


def test_one_record_needs_no_list():
    assert find.protocol(RECORDS, records=100).settings == {"records": ["100"]}


def test_a_list_of_numbers_may_be_written_with_commas():
    assert find.protocol("infusion/occlusion", rates_ml_h="1,5.5").settings == {"rates_ml_h": [1.0, 5.5]}


@pytest.mark.parametrize(
    ("given", "why"),
    [([100, 100], "100 more than once"), (["100", "x"], "no records x"), ([], "empty"), ("", "records=100,101"),
     ({"a": 1}, "records=100,101"), ([True], "records=100,101")],
)  # fmt: skip
def test_records_that_cannot_be_meant_are_refused_in_a_short_sentence(given, why):
    with pytest.raises(TwinbedError, match=re.escape(why)) as refused:
        find.protocol(RECORDS, records=given)
    assert len(str(refused.value)) < 120


def test_a_list_of_words_whose_usual_value_stands_for_something_may_be_given():
    made = find.protocol("alarms/alarm_delays", patients=2, high_priority="saturation_low,heart_rate_low")
    assert made.settings["high_priority"] == ["saturation_low", "heart_rate_low"]


def test_virtual_patients_may_be_tested_without_records():
    assert find.protocol("ecg/ventricular_fibrillation", records=[]).count == 12


def test_a_setting_that_is_as_usual_is_not_said_to_be_changed():
    protocol = find.protocol("blood_pressure/cuff", subjects=86, seed=3)
    noted = {"settings": protocol.settings, "usual": protocol.usual}
    assert settings.changed(noted) == [settings.Chosen("seed", 3, 81060)]


def run(folder, records):
    """A run of a protocol that has five records, with some of them."""
    of = toy.protocol()
    chosen = [case for case in of.cases() if case.id in records]
    usual = {"records": [case.id for case in of.cases()]}
    narrowed = dataclasses.replace(of, cases=lambda: chosen, settings={"records": list(records)}, usual=usual)
    return run_bench(narrowed, Function(toy.good, "good"), folder)


def test_a_test_of_some_records_says_so_everywhere(tmp_path):
    names = [case.id for case in toy.cases()]
    log = run(tmp_path, names[:2])
    said = f"2 of {len(names)} records, narrowed by --set: {names[0]}, {names[1]}."
    assert verdict_lines(log)[0] == said
    assert f'value="2 of {len(names)}: {names[0]}, {names[1]} (usual:' in junit(Log.read(tmp_path))
    write_page(tmp_path)
    assert said in (tmp_path / FILES["en"]).read_text(encoding="utf-8")
    korean = (tmp_path / FILES["ko"]).read_text(encoding="utf-8")
    assert f'기록<small class="setting">(records)</small> {len(names)}개 중 2개만' in korean


def test_what_changed_begins_with_other_cases_and_settings(tmp_path):
    names = [case.id for case in toy.cases()]
    run(tmp_path, names[:2])
    run(tmp_path, names[1:3])
    write_page(tmp_path)
    english = (tmp_path / FILES["en"]).read_text(encoding="utf-8")
    assert "do not have the same cases: 2 before, 2 now, 1 in both" in english
    assert f"records before: {names[0]}, {names[1]}; now: {names[1]}, {names[2]}" in english
    assert "공통 1개" in (tmp_path / FILES["ko"]).read_text(encoding="utf-8")


@pytest.mark.parametrize("id_", find.protocol_ids())
def test_every_setting_has_a_korean_name(id_):
    say = translator(id_, "ko")
    names = {name: settings.label(name, say) for name in find.settings_of(id_)}
    assert {name for name, said in names.items() if not re.search("[가-힣]", said)} == set()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("learning_s", 30, "30 s"), ("rates_ml_h", [1.0, 5.5], "1, 5.5 mL/h"), ("wear_days", 10.0, "10"), ("plan", None, "–"),
     ("seed", 81063, "81063"), ("back_pressures_mmhg", [100], "100 mmHg")],
)  # fmt: skip
def test_a_value_of_a_setting_has_the_unit_of_its_name(name, value, said):
    assert settings.shown(name, value, {}, str) == said


@pytest.mark.parametrize(
    ("id_", "given", "said", "korean"),
    [
        ("respiration/rate", {"records": 5}, "records: 5 in place of all, changed by --set.", "기록(records) 설정을 바꿈(--set): 5, 기본값은 전체."),
        ("infusion/flow_accuracy", {"hours": 30}, "hours: 30 in place of that of the kind, changed by --set.", "기본값은 종류별 기본값."),
        ("ecg/noise_stress", {"learning_s": 30}, "learning (learning_s): 30 s in place of 60 s, changed by --set.", "학습 시간(learning_s)"),
        ("ecg/beat_detection", {"records": "100,104"}, "2 of 48 records, narrowed by --set: 100, 104.", "기록(records) 48개 중 2개만"),
    ],
)  # fmt: skip
def test_settings_are_said_in_words(tmp_path, id_, given, said, korean):
    made = find.protocol(id_, **given)
    noted = {name: getattr(made, name) for name in ("settings", "usual", "stand")}
    log = run_bench(dataclasses.replace(toy.protocol(), id=id_, **noted), Function(toy.good, "good"), tmp_path)
    told = {
        lang: chosen.sentences(Log.read(tmp_path), page.sentences(lang), translator(id_, lang)) for lang in ("en", "ko")
    }
    assert [one.striptags() for one in told["en"]] == [said]
    assert korean in told["ko"][0].striptags()
    assert f'<small class="setting">({next(iter(given))})</small>' in told["ko"][0]
    assert verdict_lines(log)[0] == said
    text = write_page(tmp_path, lang="ko").read_text(encoding="utf-8")
    assert text.count('<small class="setting">') == 2, "in the verdict and in how it was tested"
