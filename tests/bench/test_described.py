"""Protocols say what a device is given and must answer; the pages of the documentation are what they say."""

import pathlib
import re

import pytest

from twinbed.bench import find
from twinbed.bench.described import as_markdown, as_text, described, index_markdown

PAGES = pathlib.Path(__file__).parents[2] / "docs" / "protocols"
IDS = find.protocol_ids()
WRITE = "write them again: twinbed bench list --markdown docs/protocols"


@pytest.mark.parametrize("id_", IDS)
def test_its_page_is_up_to_date(id_):
    page = PAGES / f"{id_}.md"
    assert page.is_file(), WRITE
    assert page.read_text(encoding="utf-8") == as_markdown(find.protocol(id_)), WRITE


def test_the_list_of_pages_is_up_to_date_and_none_is_left_over():
    assert (PAGES / "README.md").read_text(encoding="utf-8") == index_markdown([find.protocol(i) for i in IDS]), WRITE
    pages = {p.relative_to(PAGES).with_suffix("").as_posix() for p in PAGES.rglob("*.md")}
    assert pages == {*IDS, "README"}


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_in_a_terminal_every_name_is_said(lang):
    made = find.protocol("ventilation/volume_and_pressure")
    said = as_text(made, lang=lang)
    names = [one.name for one in (*made.given, *made.answers, *made.criteria)]
    assert [name for name in [*names, *made.limits, *made.devices, "seconds"] if name not in said] == []
    assert "mL/hPa" in said


@pytest.mark.parametrize("id_", IDS)
def test_what_the_tester_records_is_said_to_be_his_record(id_):
    made = find.protocol(id_)
    is_his = id_.startswith(("infusion/", "ventilation/", "security/")) or id_.endswith("_signals")
    assert made.recorded_by_tester == described(made)["recorded_by_tester"] == is_his
    assert ("recorded by the tester" in as_markdown(made)) == is_his
    assert ("시험자가 기록한 것" in as_text(made, lang="ko")) == is_his


def test_recordings_are_said_to_be_there_or_where_to_get_them(tmp_path, monkeypatch):
    monkeypatch.setenv("TWINBED_DATA", str(tmp_path))
    made = find.protocol("ecg/beat_detection")
    assert "mitdb not found (https://physionet.org" in as_text(made)
    assert described(made)["recordings"] == {"mitdb": ""}
    (tmp_path / "mitdb").mkdir()
    assert f"mitdb found in {tmp_path / 'mitdb'}" in as_text(made)


@pytest.mark.parametrize("id_", IDS)
def test_every_setting_is_explained(id_):
    settings = described(find.protocol(id_))["settings"]
    assert [name for name, told in settings.items() if not re.search(r"[a-z]{2}", told["means"])] == []


def test_of_what_has_rows_an_answer_is_asked_by_the_row():
    made = find.protocol("temperature/clinical_accuracy")
    said = as_text(made)
    assert "a list for each placement, in it a number for each sample" in said
    assert "list of numbers, one for each placement of probe_temperature, 20 to 50" in said
    assert "probe_temperature의 측정마다 하나" in as_text(made, lang="ko")


@pytest.mark.parametrize("id_", IDS)
def test_every_table_says_what_its_rows_and_columns_are(id_):
    made = find.protocol(id_)
    assert [g.name for g in made.given if (g.kind == "table") != bool(g.rows and g.columns)] == []


def test_of_a_list_an_answer_is_asked_by_the_value():
    assert "list of numbers, one for each value of carbon_dioxide" in as_text(find.protocol("capnography/gas_accuracy"))
