"""The page of a run is made of its log, in two languages, and JUnit XML says the same."""

import dataclasses
import html
import json
from xml.etree import ElementTree

import numpy as np
import pytest

from tests.bench import toy
from twinbed.bench import Answer, Function, Log, run_bench
from twinbed.bench.charts import (
    Area,
    Chart,
    Curve,
    Level,
    Listing,
    Matrix,
    Moment,
    Moments,
    Points,
    Zone,
    as_data,
    from_data,
)
from twinbed.bench.limits import Limit
from twinbed.bench.report import draw, junit, render, verdicts, write_page
from twinbed.bench.report.page import sentences
from twinbed.bench.verdict import Verdict
from twinbed.cli.verdicts import verdict_lines
from twinbed.core.errors import NotFound, ReadError, StatisticsError

SHOWN = Chart(
    "A <title>", "what to see", "x, s", "y, mV",
    [
        Zone([0, 1, 1, 0], [0, 0, 1, 1], 0, "A"), Area([0, 1], [0, 0], [1, 1]), Points([0, 1, np.nan], [0, 1, 2], "bad", "dots"),
        Curve([0, 1, 2], [0, np.nan, 1], label="line"), Level(0.5, "limit", "bad"), Moment(1.0, "event"),
    ],
)  # fmt: skip
same = lambda text: text


@pytest.fixture(name="folder", params=["good", "bad", "crashes"])
def _folder(request, tmp_path):
    run_bench(toy.protocol(), Function(getattr(toy, request.param), request.param), tmp_path)
    return tmp_path, request.param


def test_the_page_says_the_verdicts_of_the_log(folder):
    place, name = folder
    text = write_page(place).read_text()
    assert f"<strong>{name}</strong>" in text
    assert ("met all 1 criteria" in text) == (name == "good")
    assert ("failed 1 of 1" in text) == (name != "good")
    assert ("no idea about 35.0" in text) == (name == "crashes")
    assert "largest error" in text
    assert "from a source that cites the standard" in text


def test_the_page_says_what_was_expected_and_what_came_in_its_place(tmp_path):
    answers = iter([{"temperature": 35.0}, [1.0, 2.0], [3.0, 4.0], {"temp": 37.0}, {"temperature": 41.0}])
    run_bench(toy.protocol(), Function(lambda stimulus: next(answers), "odd"), tmp_path)
    text = html.unescape(write_page(tmp_path).read_text())
    assert "Expected of every case: temperature (" in text
    assert (
        'What came most often in its place, in 2 of these cases: {"temperature": ...} was expected; a list of 2 came.'
        in text
    )
    assert "the answer has temp" in text
    korean = html.unescape(write_page(tmp_path, lang="ko").read_text())
    assert "모든 사례에서 기대한 응답: temperature (" in korean


def test_the_page_says_when_the_tester_recorded_what_is_judged(tmp_path):
    run_bench(toy.protocol(), Function(toy.good, "good"), tmp_path / "own")
    his = dataclasses.replace(toy.protocol(), recorded_by_tester=True)
    run_bench(his, Function(toy.good, "good"), tmp_path / "his")
    assert "recorded by the tester" not in write_page(tmp_path / "own").read_text()
    assert "recorded by the tester; the bench did not measure it itself" in write_page(tmp_path / "his").read_text()
    assert "시험자가 측정한 것" in write_page(tmp_path / "his", lang="ko").read_text()


def test_the_page_speaks_korean_and_no_other_language(folder):
    place, _ = folder
    text = write_page(place, lang="ko").read_text()
    assert 'lang="ko"' in text
    assert "조항별 판정" in text
    with pytest.raises(NotFound, match="'fr'"):
        write_page(place, lang="fr")


def test_every_figure_can_be_drawn_and_nothing_is_taken_for_markup(tmp_path):
    figures = [
        SHOWN,
        Matrix("Counts", "", ["a", "b"], ["a", "b"], [[3, 1], [0, 2]]),
        Listing("Rows", "", ["n", "v"], [["r", None]]),
    ]
    log = run_bench(toy.protocol(), Function(toy.good, "good"), tmp_path)
    text = render(log, figures, [("case_1", SHOWN)])
    assert text.count("A &lt;title&gt;") >= 2
    assert "<title>A" not in text.replace("<title>Bath", "")
    svg = ElementTree.fromstring(str(draw.chart(SHOWN, "k", same)))
    assert svg.get("role") == "img"
    assert len(ElementTree.fromstring(str(draw.matrix(figures[1], "m", same))).findall(".//text")) == 8


def test_an_axis_of_powers_has_ticks_at_round_numbers():
    chart = Chart("t", "", "x", "y", [Points([1, 10, 1000], [1, 2, 3])], logarithmic=True)
    drawn = ElementTree.fromstring(str(draw.chart(chart, "k", same)))
    ticks = [e.text for e in drawn.iter() if e.get("class") == "tick middle"]
    assert ticks == ["1", "10", "100", "1000"]


def test_figures_are_data():
    again = from_data(as_data(SHOWN))
    assert (again.title, len(again.marks), again.marks[4]) == (SHOWN.title, 6, SHOWN.marks[4])
    with pytest.raises(ReadError, match="no figure"):
        from_data({"kind": "Sculpture"})


def test_junit_counts_what_failed(folder):
    place, name = folder
    suite = ElementTree.fromstring(junit(Log.read(place)))[0]
    assert (suite.get("tests"), suite.get("failures")) == ("2", {"good": "0", "bad": "1", "crashes": "1"}[name])
    assert suite.get("skipped") == {"good": "0", "bad": "0", "crashes": "1"}[name]
    assert len(suite.findall("testcase/failure")) == int(suite.get("failures"))


def test_both_languages_are_written_and_lead_to_each_other(folder):
    place, _ = folder
    assert write_page(place, lang="ko").name == "report.ko.html"
    english, korean = ((place / name).read_text() for name in ("report.html", "report.ko.html"))
    assert 'lang="en"' in english
    assert 'lang="ko"' in korean
    assert '<a href="report.ko.html" lang="ko" hreflang="ko" rel="alternate">한국어</a>' in english
    assert '<a href="report.html" lang="en" hreflang="en" rel="alternate">English</a>' in korean


def test_a_verdict_that_rests_on_a_remembered_limit_is_told_at_the_top_and_in_its_row(tmp_path):
    protocol = toy.protocol()
    limits = {name: dataclasses.replace(limit, mark="remembered") for name, limit in protocol.limits.items()}
    run_bench(dataclasses.replace(protocol, limits=limits), Function(toy.good, "good"), tmp_path)
    text = write_page(tmp_path).read_text()
    assert "Limits from memory that nobody checked: 1 of 1" in text
    assert "Limits from memory decided verdicts" in text
    assert text.count('<span class="known known-remembered">remembered</span>') == 4, "row, legend, and both below"
    assert "기억에 따른 한계값으로 내린 판정이 있습니다" in (tmp_path / "report.ko.html").read_text()
    run_bench(protocol, Function(toy.good, "good"), tmp_path)
    assert "Limits from memory" not in write_page(tmp_path).read_text()


def test_what_is_disclosed_now_is_not_said_to_pass(tmp_path):
    run_bench(toy.protocol(), Function(toy.crashes, "mine"), tmp_path)
    run_bench(toy.protocol(), Function(toy.good, "mine"), tmp_path)
    text = write_page(tmp_path).read_text().partition('id="changed"')[2].partition("</table>")[0]
    row = text.partition("largest error, disclosed")[2].partition("</tr>")[0]
    assert row.count('class="outcome open"') == 2
    assert ">disclosed</span>" in row
    assert "verdict: disclosed; the clause sets no limit" in junit(Log.read(tmp_path))


def test_a_second_run_of_a_device_says_what_changed(tmp_path):
    run_bench(toy.protocol(), Function(toy.good, "mine"), tmp_path)
    assert "What changed" not in write_page(tmp_path).read_text()
    run_bench(toy.protocol(), Function(toy.good, "mine"), tmp_path)
    assert "Nothing changed." in write_page(tmp_path).read_text()
    run_bench(toy.protocol(), Function(toy.bad, "mine"), tmp_path)
    text = write_page(tmp_path).read_text()
    row = '<span class="outcome pass">pass</span></td>\n<td class="text"><span class="outcome fail">fail</span>'
    assert row in text
    assert "이전 실행과 달라진 점" in (tmp_path / "report.ko.html").read_text()
    (tmp_path / "log.json").rename(tmp_path / "log.before.json")
    run_bench(toy.protocol(), Function(toy.good, "another"), tmp_path)
    assert "What changed" not in write_page(tmp_path).read_text(), "another device is no second run"


def test_a_number_has_four_digits_its_clinical_unit_and_no_sign_at_zero():
    words = sentences("en")
    assert [verdicts.shown(v, u, words) for v, u in ((-0.0, "1"), (12.3456, "%"), (-1.5, "Cel"), (80.0, "{beat}/min"))] == [
        "0", "12.35%", "−1.5\xa0°C", "80\xa0bpm",
    ]  # fmt: skip


def test_methods_that_differ_by_one_number_share_a_letter():
    methods = verdicts._Methods(sentences("en"), same)
    of = lambda method, level=0.95: Verdict("c", "1", "pass", "", method=method, level=level)
    signs = [
        str(methods.letter(of(m)))
        for m in ("Wilson, 96.0 effective", "exact", "Wilson, 144.0 effective", "BCa, 300 of 400")
    ]
    assert signs == ["<sup>a</sup>", "<sup>b</sup>", "<sup>a</sup>", "<sup>c</sup>"]
    assert [said for _, said in methods.found()] == ["Wilson, 96.0 to 144.0 effective", "exact", "BCa, 300 of 400"]
    assert methods.letter(of("")) == ""


def test_lines_that_the_legend_names_are_drawn_at_each_place():
    chart = Chart("t", "", "x", "y", [Points([0, 4], [0, 1]), Moments([1.0, 3.0], "bad", "missed"), Moments([], "bad", "false")])  # fmt: skip
    drawn = ElementTree.fromstring(str(draw.chart(chart, "k", same)))
    (path, _) = [e.get("d") for e in drawn.iter() if "mark-line" in (e.get("class") or "")]
    assert path.count("V") == 2
    assert draw.labels(chart) == [("swatch-moment tone-bad", "missed")], "what does not occur is in no legend"


def test_an_axis_may_have_names_in_place_of_numbers():
    chart = Chart("t", "", "x", "y", [Points([0, 1], [0, 2])], y_names=((0.0, "none"), (2.0, "high")))
    drawn = ElementTree.fromstring(str(draw.chart(from_data(as_data(chart)), "k", str.upper)))
    assert [e.text for e in drawn.iter() if e.get("class") == "tick end"] == ["NONE", "HIGH"]


def test_figures_that_are_of_some_cases_only_are_marked_everywhere_and_the_reason_is_said_once(tmp_path):
    device = lambda s: toy.crashes(s) if s["wave"][0] == 36.0 else toy.bad(s)
    figures = lambda table: [Listing("Rows", "", ["n"], [[str(len(table))]])]
    protocol = dataclasses.replace(toy.protocol(), figures=figures)
    log = run_bench(protocol, Function(device, "toy"), tmp_path)
    text = html.unescape(write_page(tmp_path).read_text())
    assert text.count("of 4 of 5 cases,<br>no evidence") == 2, "once in each row"
    assert text.count("1 of 5 cases without a usable answer, the first bath_1") == 1
    assert "These figures are of 4 of 5 cases, no evidence" in text
    korean = html.unescape((tmp_path / "report.ko.html").read_text())
    assert korean.count("사례 5개 중 4개,<br>증거 아님") == 2
    said = "\n".join(verdict_lines(log))
    assert "(!) figures of 4 of 5 cases: no evidence" in said
    assert said.count("without a usable answer") == 1
    assert "such as bath_1 (subject_1): ValueError: no idea about 36.0" in said
    assert [line.split()[-3:] for line in said.splitlines()[-2:]] == [["no", "evidence", "(!)"]] * 2
    assert "n = 4; of 4 of 5 cases, no evidence" in junit(log)
    assert [v["answered"] for v in json.loads((tmp_path / "log.json").read_text())["verdicts"]] == [4, 4]


def test_a_gap_is_named_with_its_case_in_the_terminal_and_before_its_picture(tmp_path):
    own = dataclasses.replace(
        toy.protocol(), answers=[Answer("t", "Cel", "", "series", "wave")], badness="error",
        measure=lambda case, answers: [{"error": t - case.reference["bath"]} for t in answers["t"]],
        picture=lambda case, answers: Chart(case.id, "", "x", "y", [Points(np.arange(8.0), answers["t"])]),
    )  # fmt: skip
    gap = lambda s: np.where((np.arange(8) == 2) & (s["wave"] == 37.0), np.nan, s["wave"])
    log = run_bench(own, Function(lambda s: {"t": gap(s)}, "toy"), tmp_path)
    where = "bath_2 (subject_0): t is NaN at value 3 of 8"
    assert f"gaps in the answers to 1 of 5 cases: {where}" in "\n".join(verdict_lines(log))
    text = html.unescape(write_page(tmp_path).read_text())
    assert f"Numbers are missing from the answers to 1 of 5 cases, the first {where}." in text
    assert text.index(f"Gap in the answer to {where}.") < text.index("case <code>bath_2</code>")
    assert text.index("case <code>bath_2</code>") < text.index("case <code>bath_0</code>")
    assert "bath_2 (subject_0): 응답에 빈 값이 있음(t: 값 8개 중 3번째가 NaN(숫자 아님))" in html.unescape(
        (tmp_path / "report.ko.html").read_text()
    )


def test_what_no_page_can_hold_of_the_name_of_a_device_is_replaced(tmp_path):
    run_bench(toy.protocol(), Function(toy.good, "own\x07"), tmp_path, name="Beat\x00\x1b\x07 One\N{NO-BREAK SPACE}2")
    text = write_page(tmp_path).read_text()
    assert "Beat\ufffd\ufffd\ufffd One\N{NO-BREAK SPACE}2" in text
    assert not set(text) & set("\x00\x1b\x07")
    assert Log.read(tmp_path).device["given_as"] == "own\ufffd"


def test_without_any_answer_no_figures_are_spoken_of(tmp_path):
    log = run_bench(toy.protocol(), Function(toy.crashes, "crashes"), tmp_path)
    text = html.unescape(render(log, [Listing("Not drawn", "", ["what"], [["figures"]])], []))
    assert (
        "5 of 5 cases without a usable answer, the first bath_0. Nothing that rests on answers can pass then." in text
    )
    assert "Nothing was measured" in text
    assert "of 0 of 5" not in text
    assert "shown all the same" not in text
    korean = render(log, [], [], lang="ko")
    assert "측정된 값 없음" in korean


def test_a_value_that_changed_has_the_digits_and_the_unit_of_the_verdict_tables(tmp_path):
    def told(value, unit, limit):
        of = lambda table: dataclasses.replace(toy.largest(table), value=value)
        made = toy.protocol(Limit(limit, unit, "1", "limit", "read"))
        one, other = made.criteria
        held = dataclasses.replace(one, statistic=of, unit=unit, sense="at least")
        free = dataclasses.replace(other, statistic=lambda t: dataclasses.replace(of(t), value=72.0 * value), unit="ms")
        run_bench(dataclasses.replace(made, criteria=[held, free]), Function(toy.good, "mine"), tmp_path)

    told(96.0, "%", 95.0)
    told(94.99996, "%", 95.0)
    changed = write_page(tmp_path).read_text().partition('id="changed"')[2].partition("</table>")[0]
    assert "94.99996%" in changed
    assert ">95%<" not in changed
    assert "6.912\N{NO-BREAK SPACE}s" in changed
    assert "6.84\N{NO-BREAK SPACE}s" in changed


def test_a_fact_without_a_value_beside_a_crash_says_why(tmp_path):
    def broken(table):
        raise StatisticsError("ages are not given")

    fact = dataclasses.replace(toy.protocol().criteria[1], name="ages", statistic=broken)
    own = dataclasses.replace(toy.protocol(), criteria=[*toy.protocol().criteria, fact], study=["ages"], facts=["ages"])
    lines = verdict_lines(run_bench(own, Function(toy.crashes, "crashes"), tmp_path))
    (ages,) = [line for line in lines if " ages " in line]
    assert ages.endswith("ages are not given")
    assert [line.split()[-2:] for line in lines if " shown " in line] == [["not", "measured"]]
