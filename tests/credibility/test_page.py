"""The page: sound HTML that says what the report says, in English and in Korean."""

import dataclasses
import os
import pathlib
import re
import tomllib

import pytest

from tests.credibility.tiny import patient, system
from tests.studies.report.pages import Page, Scale
from twinbed.credibility.validation import Plan, compare
from twinbed.credibility.validation import page as pages


@pytest.fixture(scope="module")
def report():
    return compare(Plan([system()], [system()], patient, backend="xla"))


@pytest.fixture(scope="module", params=["en", "ko"])
def page(request, report):
    return request.param, Page(pages.render(report, lang=request.param))


def test_it_stands_alone(page):
    _, found = page
    assert not found.all("script")
    assert not found.all("link")
    assert not found.all("img")
    ids = [a["id"] for _, a in found.elements if "id" in a]
    assert len(ids) == len(set(ids))
    targets = {a["href"].removeprefix("#") for a in found.all("a")}
    assert targets <= set(ids)


def test_it_counts(page):
    lang, found = page
    said = {"en": "7 of 10 rows are good, 1 fair and 2 bad.", "ko": "10개 행 중 7개 양호, 1개 보통, 2개 불량입니다."}
    assert said[lang] in found.text
    by_standing = {"en": "Rows by what their reference is", "ko": "기준의 종류별 행 수"}[lang]
    assert by_standing in found.text


def test_a_verdict_is_told_by_word_and_not_by_colour_alone(page):
    lang, found = page
    words = {"en": ("good", "fair", "bad", "not expressed"), "ko": ("양호", "보통", "불량", "표현 불가")}[lang]
    classes = [a["class"].split()[1] for a in found.all("span") if a.get("class", "").startswith("verdict")]
    assert [classes.count(c) for c in ("good", "fair", "bad", "missing")] == [7, 1, 2, 4]
    assert all(word in found.text for word in words)


def test_bad_rows_come_first_with_their_cause(report):
    """The tank has two; a known reason stands in place of the error."""
    bad = [g for c in report.chapters for g in c.rows if g.verdict.grade == "bad"]
    why = "a tank has no reflex"
    known = dataclasses.replace(bad[0], row=dataclasses.replace(bad[0].row, known=why))
    (first,) = report.chapters
    rows = tuple(known if g is bad[0] else g for g in first.rows)
    html = pages.render(dataclasses.replace(report, chapters=(dataclasses.replace(first, rows=rows),)))
    assert html.index('id="failures"') < html.index('id="systems"') < html.index('id="tiny"')
    listed = html[html.index('id="failures"') : html.index('id="systems"')]
    assert "2 rows are bad. For 1 the reason is known; for 1 only the error is given." in listed
    assert re.findall(r'href="#(row-[^"]+)"', listed) == [f"row-{g.row.id.replace('/', '-')}" for g in bad]
    assert [why in listed, bad[0].verdict.reason in listed, bad[1].verdict.reason in listed] == [True, False, True]


def test_without_bad_rows_there_is_no_list_of_them(report):
    (first,) = report.chapters
    rows = tuple(g for g in first.rows if g.verdict.grade != "bad")
    html = pages.render(dataclasses.replace(report, chapters=(dataclasses.replace(first, rows=rows),)))
    assert 'id="failures"' not in html


def test_a_dot_stands_where_our_value_is(page):
    _, found = page
    drawn = found.figure("mark-tiny-bleed-after-mean_pressure")
    x = Scale(drawn[0][1]["data-x"])
    dot = next(a for tag, a in drawn if tag == "circle")
    assert x.value(float(dot["cx"])) == pytest.approx(80.0, abs=x.resolution)


def test_what_is_off_the_axis_has_an_arrow(page):
    _, found = page
    drawn = found.figure("mark-tiny-bleed-after-wrong")
    assert [tag for tag, a in drawn if a.get("class") == "mark-dot bad"] == ["path"]


def test_the_course_is_drawn_with_its_event(page):
    _, found = page
    drawn = found.figure("tiny-bleed-blood_volume")
    x, y = Scale(drawn[0][1]["data-x"]), Scale(drawn[0][1]["data-y"])
    span = next(a for tag, a in drawn if tag == "rect")
    assert x.value(float(span["x"])) == pytest.approx(30.0, abs=x.resolution)
    assert x.value(float(span["x"]) + float(span["width"])) == pytest.approx(90.0, abs=2 * x.resolution)
    curve = next(a for tag, a in drawn if a.get("class") == "curve course")
    first = re.findall(r"[ML]([\d.]+) ([\d.]+)", curve["d"])[0]
    assert y.value(float(first[1])) == pytest.approx(5000.0, abs=y.resolution)


def test_both_languages_have_the_same_sentences():
    folder = pathlib.Path(pages.__path__[0])
    en, ko = (tomllib.loads((folder / f"{lang}.toml").read_text(encoding="utf-8")) for lang in ("en", "ko"))
    assert set(en) == set(ko)
    assert {k: set(re.findall(r"\{(\w+)\}", v)) for k, v in en.items()} == {
        k: set(re.findall(r"\{(\w+)\}", v)) for k, v in ko.items()
    }


def test_the_folder_is_made(tmp_path, report):
    path = pages.write_page(report, tmp_path / "new" / "folder")
    assert path.name == "index.html"
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_page_that_cannot_be_finished_leaves_the_old_one(tmp_path, report, monkeypatch):
    def full(*_):
        raise OSError("no space left")

    (tmp_path / "index.html").write_text("old")
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no space"):
        pages.write_page(report, tmp_path)
    assert (tmp_path / "index.html").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1
