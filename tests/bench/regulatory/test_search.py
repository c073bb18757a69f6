"""The right entry comes first, in English and in Korean."""

import dataclasses
import json

import pytest
from typer.testing import CliRunner

from twinbed.bench.regulatory import Catalogue, load, search
from twinbed.bench.regulatory.entries import AiDevice, KoreanItem, ProductCode
from twinbed.cli.app import app
from twinbed.connect.data import data_root

CODES = (
    ProductCode("DQA", "Oximeter", "2", "870.2700", "AN"),
    ProductCode("PGJ", "Oximeter, Wellness", "2", "870.2700", "AN", "Pulse oximeter intended for wellness use"),
    ProductCode("DPS", "Electrocardiograph", "2", "870.2340", "CV"),
    ProductCode("DRX", "Electrode, Electrocardiograph", "1", "870.2360", "CV"),
    ProductCode("FRN", "Pump, Infusion", "2", "880.5725", "HO"),
)
ITEMS = (
    KoreanItem("A26010.02", "다기능 심전계", "2", True),
    KoreanItem("A90050.01", "유헬스케어 산소포화도 측정기", "2", True),
    KoreanItem("A79010.01", "전동식 의약품 주입 펌프", "2", True),
)
DEVICES = (
    AiDevice("K1", "Old", "A", "2019-05-01", "CV", "DPS"),
    AiDevice("K2", "New", "B", "2023-05-01", "CV", "DPS"),
)
PLAIN = Catalogue(
    (), (),
    (KoreanItem("A90050.01", "유헬스케어 산소포화도 측정기", "2", True), KoreanItem("A17190.01", "펄스 옥시미터", "2", True)),
)  # fmt: skip
SMALL = Catalogue(CODES, DEVICES, ITEMS)


def codes(words):
    return [hit.entry.code for hit in search(SMALL, words).product_codes]


def items(words):
    return [hit.entry.code for hit in search(SMALL, words).korean_items]


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("DPS", "DPS"), ("dps", "DPS"), ("880.5725", "FRN"), ("infusion pump", "FRN"), ("pumps", "FRN"),
        ("oximeter", "DQA"), ("pulse oximeter", "PGJ"), ("electrocardiograph class 1", "DRX"), ("ecg", "DPS"),
        ("심전계", "DPS"), ("산소포화도측정기", "DQA"), ("주입펌프", "FRN"), ("심전계 1등급", "DRX"),
    ],
)  # fmt: skip
def test_the_best_comes_first(words, first):
    assert codes(words)[0] == first


@pytest.mark.parametrize(
    ("words", "first"),
    [("산소포화도 측정기", "A90050.01"), ("산소포화도측정기", "A90050.01"), ("의약품주입펌프", "A79010.01"),
     ("심전계", "A26010.02"), ("A26010.02", "A26010.02"), ("A26010", "A26010.02"), ("oximeter", "A90050.01")],
)  # fmt: skip
def test_korean_names_are_found_with_and_without_blanks_and_from_english(words, first):
    assert items(words)[0] == first


def test_what_nobody_has_is_not_found():
    found = search(SMALL, "zzz 가나다라")
    assert (found.product_codes, found.korean_items) == ([], [])


def test_an_entry_with_all_words_goes_before_one_with_some():
    hits = search(SMALL, "oximeter wellness").product_codes
    assert hits[0].entry.code == "PGJ"
    assert hits[0].words == ("oximeter", "wellness")
    assert hits[1].words == ("oximeter",)


def test_precedents_of_a_code_are_newest_first():
    assert [d.number for d in search(SMALL, "DPS").ai_devices["DPS"]] == ["K2", "K1"]


def test_no_more_are_given_than_asked_for():
    assert len(search(SMALL, "class 2", limit=2).product_codes) == 2


@pytest.fixture
def real():
    root = data_root()
    if root is None or not (root / "regulatory").is_dir():
        pytest.skip("no lists of authorities (set TWINBED_DATA)")
    return load()


@pytest.mark.parametrize(
    ("words", "code", "item"),
    [
        ("심전계", "DPS", "A26010.01"), ("산소포화도 측정기", "DQA", "A90050.01"), ("870.2700", "DQA", None),
        ("범용 인공호흡기", None, "A07010.01"), ("infusion pump", "FRN", "A79010.01"),
    ],
)  # fmt: skip
def test_in_the_real_lists_the_known_answer_comes_first(real, words, code, item):
    found = search(real, words)
    assert code is None or found.product_codes[0].entry.code == code
    assert item is None or found.korean_items[0].entry.code == item


@pytest.mark.parametrize("words", ["oximeter", "pulse oximeter", "펄스옥시미터", "펄스 옥시미터"])
def test_a_pulse_oximeter_is_found_first_by_its_english_and_by_its_korean_name(real, words):
    assert search(real, words).korean_items[0].entry.code == "A17190.01"


@pytest.mark.parametrize("words", ["oximeter", "pulse oximeter", "산소포화도", "산소포화도 측정기", "spo2"])
def test_every_oximeter_is_found_by_words_that_its_korean_name_does_not_have(real, words):
    found = {hit.entry.code for hit in search(real, words, limit=20).korean_items}
    assert found >= {f"A17190.0{k}" for k in range(1, 6)} | {"A90050.01"}


@pytest.mark.parametrize("words", ["glucose", "혈당", "글루코스"])
def test_glucose_finds_what_measures_it_and_then_what_its_description_says_controls_it(real, words):
    found = [hit.entry.code for hit in search(real, words).korean_items]
    assert set(found[:2]) == {"A90040.01", "A26110.02"}
    assert set(found) == {"A90040.01", "A26110.02", "A79050.01", "A79050.02", "A90120.01", "A90120.02"}


def test_what_a_word_leads_to_is_no_code(real):
    assert "CGM" not in [hit.entry.code for hit in search(real, "glucose", limit=50).product_codes]
    assert search(real, "CGM").product_codes[0].entry.code == "CGM"


def test_a_korean_word_leads_to_those_that_mean_the_same():
    assert [hit.entry.code for hit in search(PLAIN, "산소포화도").korean_items] == ["A90050.01", "A17190.01"]
    assert [hit.entry.code for hit in search(PLAIN, "oximeter").korean_items] == ["A17190.01", "A90050.01"]


def test_english_of_several_words_leads_to_no_korean_item_that_has_one_of_them():
    item = dataclasses.replace(PLAIN.korean_items[1], code="A1", name="혈액 저장고", english="Refrigerator, blood")
    other = dataclasses.replace(item, code="A2", name="혈압계", english="Sphygmomanometer")
    catalogue = dataclasses.replace(PLAIN, korean_items=(item, other))
    assert [hit.entry.code for hit in search(catalogue, "혈압").korean_items] == ["A2"]
    assert [hit.entry.code for hit in search(catalogue, "refrigerator").korean_items] == ["A1"]


def test_the_terminal_tells_how_old_the_lists_are(real):
    said = " ".join(CliRunner().invoke(app, ["regulatory", "search", "oximeter"]).output.split())
    assert "FDA codes 2020-11, AI 2024-05, Korean items undated" in said
    assert "in vitro" in said
    korean = " ".join(CliRunner().invoke(app, ["regulatory", "search", "oximeter", "--lang", "ko"]).output.split())
    assert "FDA 코드 2020-11, AI 기기 2024-05, 국내 품목 날짜 없음" in korean


def test_the_command_prints_words_and_json(tmp_path, monkeypatch):
    folder = tmp_path / "regulatory"
    folder.mkdir()
    record = {"product_code": "DPS", "device_name": "Electrocardiograph", "device_class": "2"}
    (folder / "device-classification-1.json").write_text(json.dumps({"results": [record]}))
    (folder / "fda_ai_devices_list.csv").write_text(
        "Date of Final Decision,Submission Number,Device,Company,Panel (Lead),Primary Product Code\n"
        "01/02/2024,K9,Heart AI,Maker,Cardiovascular,DPS\n"
    )
    monkeypatch.setenv("TWINBED_DATA", str(tmp_path))
    said = CliRunner().invoke(app, ["regulatory", "search", "심전계", "--lang", "ko"])
    assert said.exit_code == 0, said.output
    assert "FDA 제품코드" in said.output
    assert "Heart AI (Maker, K9, 2024)" in said.output
    data = json.loads(CliRunner().invoke(app, ["regulatory", "search", "ecg", "--json"]).output)
    assert data["product_codes"][0]["ai_devices"][0]["number"] == "K9"
    assert data["korean_items"] == []
