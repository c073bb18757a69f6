"""A dossier says what the logs say, in two languages, and leaves to people what is theirs."""

import csv
import dataclasses
import io
import math
import pathlib
import re
import sys
import zipfile

import pytest
import typer
from markupsafe import Markup
from typer.testing import CliRunner

from tests.bench import toy
from tests.bench.trace.test_trace import played
from twinbed.bench import Answer, judge_again
from twinbed.bench.charts import Chart, Level, Points
from twinbed.bench.dossier import write_dossier
from twinbed.bench.dossier.device_file import KNOWN, read_device, unfilled
from twinbed.bench.dossier.documents.test_set import doubles, fingerprint
from twinbed.bench.dossier.material import gathered
from twinbed.bench.dossier.text import Text, catalogue
from twinbed.bench.dossier.word import pieces
from twinbed.bench.protocol import out_of_scope
from twinbed.bench.statistics import Interval
from twinbed.bench.trace import runs_in
from twinbed.cli.dossier import dossier
from twinbed.core.errors import NotFound, ReadError

DOCUMENTS = (
    "validation", "estar", "product-code", "software-conformity", "analytical-performance", "test-set", "change-plan",
    "anomalies",
)  # fmt: skip
STATED = """
requirements = "requirements.csv"
[device]
name = { en = "Pulse <One>", ko = "펄스원" }
logged_as = ["thermo"]
[classification]
basic = "medical device"
form = "standalone"
technologies = ["standalone software", "artificial intelligence"]
[[classification.functions]]
name = "AF detection"
purpose = "B2"
state = "other"
harm = "minor injury"
[[anomaly]]
protocol = "toy/strict"
criterion = "largest"
cause = "offset of the sensor"
"""
LATER = "2026-02-01T00:00:00+00:00"


def strict():
    limit = dataclasses.replace(toy.LIMIT, value=0.05, mark="remembered")
    return dataclasses.replace(toy.protocol(), id="toy/strict", title="Bath, strict", limits={"error": limit})


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Logs of one device: a failed run and its retest, a protocol that fails, one that the device does not answer."""
    root = tmp_path_factory.mktemp("dossier")
    figured = dataclasses.replace(
        toy.protocol(), figures=lambda t: [Chart("Errors", "below", "x", "y", [Level(0.3)])],
        badness="error", picture=lambda c, a: Chart("One", "", "x", "y", [Level(0.1)]),
    )  # fmt: skip
    played(root / "logs" / "before", toy.bad, protocol=figured)
    played(root / "logs" / "after", started=LATER, protocol=figured)
    played(root / "logs" / "strict", started=LATER, protocol=strict())
    played(
        root / "logs" / "crash",
        toy.crashes,
        started=LATER,
        protocol=dataclasses.replace(toy.protocol(), id="toy/crash"),
    )
    (root / "requirements.csv").write_text(
        "id,text,risk,control,protocol,clause\nSRS-1,shows 0.3 K,H1,RC1,toy/bath,201.101\nSRS-2,alarms,H2,RC2,toy/alarm,\n"
    )
    (root / "device.toml").write_text(STATED, encoding="utf-8")
    for lang in ("en", "ko"):
        write_dossier(root / "logs", root / "device.toml", root / lang, lang=lang, docx=False)
    return root


def page(made, lang, name):
    return (made / lang / f"{name}.html").read_text(encoding="utf-8")


def plain(html):
    body = re.sub(r"(?s)<style>.*?</style>", "", html)
    return " ".join(Markup(re.sub(r"<[^>]+>", " ", body)).unescape().split())


def test_both_languages_have_the_same_sentences_with_the_same_gaps():
    english, korean = catalogue("en"), catalogue("ko")
    assert english.keys() == korean.keys()
    gaps = lambda text: sorted(re.findall(r"{(\w+)}", text))
    assert {k for k in english if gaps(english[k]) != gaps(korean[k])} == set()
    assert {k for k in korean if english[k] == korean[k]} <= {"column.n", "column.sha256", "changes.between", "changes.case",
                                                              "results.lead"}  # fmt: skip


def test_what_the_cases_do_not_hold_is_counted_open_and_listed_as_an_anomaly(tmp_path):
    nothing = lambda table: Interval(math.nan, math.nan, math.nan, 0.95, "none", 0)
    criteria = [dataclasses.replace(toy.protocol().criteria[0], statistic=nothing), toy.protocol().criteria[1]]
    played(tmp_path / "logs" / "run", protocol=dataclasses.replace(toy.protocol(), criteria=criteria))
    (tmp_path / "device.toml").write_text('[device]\nlogged_as = ["thermo"]\n')
    write_dossier(tmp_path / "logs", tmp_path / "device.toml", tmp_path / "en", docx=False)
    assert "Criteria: 0 pass, 0 fail, 1 are not tested and 0 do not apply; 1 results are disclosed" in plain(
        page(tmp_path, "en", "validation")
    )
    anomalies = plain(page(tmp_path, "en", "anomalies"))
    assert "Anomaly 1: toy/bath, largest" in anomalies
    assert "the cases hold nothing that this is about" in anomalies


def test_a_limit_that_asks_nothing_of_the_device_is_neither_disclosed_nor_an_anomaly(tmp_path):
    criteria = [
        dataclasses.replace(toy.protocol().criteria[0], statistic=out_of_scope("it has no bath")),
        toy.protocol().criteria[1],
    ]
    played(tmp_path / "logs" / "run", protocol=dataclasses.replace(toy.protocol(), criteria=criteria))
    (tmp_path / "device.toml").write_text('[device]\nlogged_as = ["thermo"]\n')
    write_dossier(tmp_path / "logs", tmp_path / "device.toml", tmp_path / "en", docx=False)
    said = plain(page(tmp_path, "en", "validation"))
    assert "Criteria: 0 pass, 0 fail, 0 are not tested and 1 do not apply; 1 results are disclosed" in said
    assert re.search("it has no bath \\S+ – not applicable", said)
    assert "Anomaly 1" not in plain(page(tmp_path, "en", "anomalies"))


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_every_document_is_whole_and_leads_nowhere_else(made, lang):
    index = page(made, lang, "index")
    for name in DOCUMENTS:
        text = page(made, lang, name)
        assert f'href="{name}.html"' in index
        assert text.rstrip().endswith("</html>")
        assert 'class="human"' in text
        assert not re.search(r"https?://|<script", text)
        ids = re.findall(r' id="([^"]+)"', text)
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_index_leads_to_the_matrix_only_where_it_is_written(made, tmp_path, lang):
    assert 'href="traceability.csv"' in page(made, lang, "index")
    assert (made / lang / "traceability.csv").is_file()
    (tmp_path / "device.toml").write_text('[device]\nlogged_as = ["thermo"]\n')
    write_dossier(made / "logs", tmp_path / "device.toml", tmp_path / "out", lang=lang, docx=False)
    assert "traceability.csv" not in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert not (tmp_path / "out" / "traceability.csv").exists()


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_pages_name_the_file_that_was_given(made, tmp_path, lang):
    given = tmp_path / "own {1} & <2>.toml"
    given.write_text('[device]\nlogged_as = ["thermo"]\n')
    write_dossier(made / "logs", given, tmp_path / "out", lang=lang, docx=False)
    pages = [path.read_text(encoding="utf-8") for path in (tmp_path / "out").glob("*.html")]
    assert len(pages) == 9
    assert all("own {1} &amp; &lt;2&gt;.toml" in text and "device.toml" not in text for text in pages)


def test_one_case_of_one_subject_is_said_in_the_singular(tmp_path):
    one = dataclasses.replace(toy.protocol(), cases=lambda: list(toy.cases())[:1], count=1)
    played(tmp_path / "logs", protocol=one)
    (tmp_path / "device.toml").write_text("")
    write_dossier(tmp_path / "logs", tmp_path / "device.toml", tmp_path / "out", docx=False)
    assert "; 1 case of 1 subject " in plain((tmp_path / "out" / "estar.html").read_text())


def test_what_people_state_is_printed_safely_and_in_the_language(made):
    assert "Pulse &lt;One&gt;" in page(made, "en", "validation")
    assert "펄스원" in page(made, "ko", "validation")


def test_verdicts_and_values_are_those_of_the_newest_logs(made):
    said = plain(page(made, "en", "validation"))
    assert (
        "Criteria: 1 pass, 2 fail, 1 are not tested and 0 do not apply; 2 results are disclosed without a limit" in said
    )
    assert "≤ 0.05 °C" in said
    assert "toy/bath: before → after" in said
    assert "largest error verdict fail pass" in said
    assert "largest error value 0.5 °C 0.1 °C" in said


@pytest.mark.long
def test_figures_and_the_worst_case_are_drawn_on_the_page_and_are_pictures_in_docx(made, tmp_path):
    text = page(made, "en", "validation")
    assert text.count("<svg") == 2
    assert "Figures of log after" in plain(text)
    assert "Worst case: bath_0" in plain(text)
    assert "case bath_0" in plain(text)
    assert "No figures were kept" not in text
    docx = pytest.importorskip("docx", reason="python-docx is not installed")
    write_dossier(made / "logs", made / "device.toml", tmp_path)
    document = docx.Document(str(tmp_path / "validation.docx"))
    assert "Errors" in [p.text for p in document.paragraphs]
    assert len(document.inline_shapes) == 2, "the figure and the worst case"
    assert document.inline_shapes[0]._inline.docPr.get("descr") == "Errors"
    assert all(shape.width < document.sections[0].page_width for shape in document.inline_shapes)


def test_figures_of_some_cases_are_no_evidence_in_every_document(tmp_path):
    device = lambda s: toy.crashes(s) if s["wave"][0] == 36.0 else toy.bad(s)
    chart = lambda *_: Chart("Errors", "", "x", "y", [Points([0.0], [1.0], "plain")])
    own = dataclasses.replace(toy.protocol(), figures=lambda t: [chart()], badness="error", picture=chart)
    played(tmp_path / "logs" / "run", device, protocol=own)
    (tmp_path / "device.toml").write_text('[device]\nlogged_as = ["thermo"]\n')
    for lang in ("en", "ko"):
        write_dossier(tmp_path / "logs", tmp_path / "device.toml", tmp_path / lang, lang=lang, docx=False)
    said = plain(page(tmp_path, "en", "validation"))
    assert said.count("0.5 °C of 4 of 5 cases, no evidence") == 2, "once in the row of each criterion"
    assert "They are of 4 of 5 cases, no evidence: the others have no usable answer." in said
    assert "Worst case: bath_1 No usable answer to bath_1 (subject_1): ValueError: no idea about 36.0." in said
    anomalies = plain(page(tmp_path, "en", "anomalies"))
    assert "1 open" in anomalies, "criteria without a usable answer are one anomaly"
    assert "Anomaly 1: toy/bath, no usable answer" in anomalies
    assert "Result 1 of 5 cases without a usable answer, the first bath_1" in anomalies
    assert "0.5 °C" not in anomalies
    assert "≤ 0.3 °C" not in anomalies
    korean = plain(page(tmp_path, "ko", "validation"))
    assert "bath_1 (subject_1): 쓸 수 있는 응답이 없음" in korean


def test_a_worst_case_with_a_gap_says_where(tmp_path):
    series = dataclasses.replace(
        toy.protocol(), answers=[Answer("t", "Cel", "", "series", "wave")], badness="error",
        measure=lambda case, answers: [{"error": t - case.reference["bath"]} for t in answers["t"]],
        picture=lambda case, answers: Chart(case.id, "", "x", "y", [Points([float(k) for k in range(8)], answers["t"])]),
    )  # fmt: skip
    gap = lambda s: {"t": [math.nan, *s["wave"][1:]]}
    played(tmp_path / "logs" / "run", gap, protocol=series)
    (tmp_path / "device.toml").write_text('[device]\nlogged_as = ["thermo"]\n')
    write_dossier(tmp_path / "logs", tmp_path / "device.toml", tmp_path / "en", docx=False)
    said = plain(page(tmp_path, "en", "validation"))
    assert "Worst case: bath_0 Gap in the answer to bath_0 (subject_0): t is NaN at value 1 of 8." in said


def test_limits_that_nobody_read_are_counted_for_people_to_check(made):
    assert "3 limits below were not read" in plain(page(made, "en", "validation"))
    assert "기준값 중 3개" in plain(page(made, "ko", "analytical-performance"))


def test_requirements_and_criteria_without_each_other_are_shown(made):
    said = plain(page(made, "en", "validation"))
    assert "SRS-2 alarms H2 / RC2 toy/alarm – no log" in said
    assert "Criteria that no requirement asks for (5)" in said
    content = (made / "en" / "traceability.csv").read_text(encoding="utf-8-sig")
    assert next(csv.DictReader(io.StringIO(content)))["outcome"] == "pass"


def test_the_korean_form_has_code_class_and_articles(made):
    said = plain(page(made, "ko", "product-code"))
    assert "B2ABXA1, 2등급" in said
    assert "2등급 [✓]" in said
    assert "별표4 제2호나목2)가)" in said
    assert "제조자가 선택 사유를 작성" in said


def test_class_two_software_may_file_analytical_performance(made):
    said = plain(page(made, "ko", "analytical-performance"))
    assert "임상시험 자료를 대신하여 제출할 수 있습니다" in said
    assert "제25조제2항제1호마목" in said


def test_a_device_of_class_three_is_told_that_it_may_not(made, tmp_path):
    (tmp_path / "device.toml").write_text(
        STATED.replace("other", "serious").replace('requirements = "requirements.csv"', "")
    )
    write_dossier(made / "logs", tmp_path / "device.toml", tmp_path / "out", docx=False)
    assert "Does not replace a clinical trial" in (tmp_path / "out" / "analytical-performance.html").read_text()


def test_anomalies_are_listed_once_with_what_is_known_and_places_for_the_rest(made):
    said = plain(page(made, "en", "anomalies"))
    assert "2 open" in said
    assert "Anomaly 1: toy/crash, no usable answer" in said
    assert "Root cause offset of the sensor" in said
    assert "before → after" in said
    assert said.count("to be assessed by the manufacturer") == 4 + 3


def test_a_plan_that_is_not_declared_says_so(made):
    assert "change_plan = true" in plain(page(made, "en", "change-plan"))


def test_with_nothing_stated_everything_is_left_to_people_and_nothing_is_made_up(made, tmp_path):
    (tmp_path / "device.toml").write_text("")
    write_dossier(made / "logs", tmp_path / "device.toml", tmp_path / "out", docx=False)
    text = plain((tmp_path / "out" / "product-code.html").read_text())
    assert "not declared; write [classification]" in text
    assert not re.search(r"class [1-4]\b", text)
    assert not (tmp_path / "out" / "traceability.csv").exists()
    assert (tmp_path / "out" / "validation.html").read_text().count('class="human"') > 12


def test_everything_that_is_stated_is_printed_somewhere(made, tmp_path):
    tables = [f"[{t}]\n" + "".join(f'{n} = "said-{t}-{n}."\n' for n in names) for t, names in KNOWN.items()]
    stated = STATED[STATED.index("[classification]") :].replace('requirements = "requirements.csv"', "")
    (tmp_path / "device.toml").write_text("\n".join([*tables, stated]))
    paths = write_dossier(made / "logs", tmp_path / "device.toml", tmp_path / "out", docx=False)
    printed = "".join(path.read_text() for path in paths)
    assert [(t, n) for t, names in KNOWN.items() for n in names if f"said-{t}-{n}." not in printed] == []


def test_the_page_counts_the_places_it_leaves(made):
    text = page(made, "en", "anomalies")
    assert re.search(r"(\d+) places are left", text)[1] == str(text.count('class="human"'))


def test_one_test_set_has_one_fingerprint_and_doubles_are_found(made, tmp_path):
    after, before = (next(r for r in runs_in(made / "logs") if r.name == name) for name in ("after", "before"))
    assert fingerprint(after) == fingerprint(before)
    assert doubles(after) == []
    twice = dataclasses.replace(
        toy.protocol(), cases=lambda: [*toy.cases(), dataclasses.replace(next(iter(toy.cases())), id="again")]
    )
    played(tmp_path / "run", protocol=twice)
    (run,) = runs_in(tmp_path)
    assert doubles(run) == [["bath_0", "again"]]
    assert fingerprint(run) != fingerprint(after)


def test_logs_of_several_devices_are_not_mixed(tmp_path):
    played(tmp_path / "a", name="one")
    played(tmp_path / "b", name="two")
    (tmp_path / "device.toml").write_text("")
    with pytest.raises(NotFound, match=r'logged_as = \["one"\]'):
        gathered(tmp_path, tmp_path / "device.toml")
    (tmp_path / "device.toml").write_text('[device]\nlogged_as = ["one", "two"]')
    with pytest.raises(NotFound, match="several names"):
        gathered(tmp_path, tmp_path / "device.toml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[device]\nmakr = 'x'", "did you mean maker"), ("[devic]\nname = 'x'", "did you mean device"),
        ("[[anomaly]]\ncriterium = 'x'", "did you mean criterion"),
        ("colour = 1", "colour"), ("[device]\ncolour = 'x'", "colour"), ("[device]\nname = 3", "name is a text"),
        ("[device]\nname = { fr = 'x' }", "name is a text"), ("device = 1", "no table"), ("x =", "device.toml"),
        ("[classification]\nbasic = 'x'", r"\[classification\]"), ("[device]\nlogged_as = 'x'", "list of names"),
        ("[[anomaly]]\nwho = 'x'", "who"), ("requirements = 'none.csv'", "none.csv"), ("requirements = 1", "beside"),
    ],
)  # fmt: skip
def test_a_wrong_device_file_is_refused_with_advice(tmp_path, text, words):
    (tmp_path / "device.toml").write_text(text)
    with pytest.raises(ReadError, match=words):
        read_device(tmp_path / "device.toml")


def test_the_example_is_read_and_what_it_leaves_is_told():
    example = read_device(pathlib.Path(__file__).parents[3] / "examples" / "device.toml")
    assert (example.said("device", "name", "ko"), example.logged_as) == ("비트원", ("Beat One",))
    assert [r.id for r in example.requirements] == ["SRS-1", "SRS-2", "SRS-3", "SRS-4"]
    left = unfilled(example)
    assert "site" in left["device"]
    assert "name" not in left["device"]
    assert left["change_plan"] == list(KNOWN["change_plan"])
    assert not {"requirements", "classification"} & set(left)


def test_nothing_stated_is_all_unfilled(tmp_path):
    (tmp_path / "device.toml").write_text("")
    assert unfilled(read_device(tmp_path / "device.toml")) == {
        **{table: list(names) for table, names in KNOWN.items()}, "requirements": [], "classification": []
    }  # fmt: skip


def test_no_other_language(tmp_path):
    (tmp_path / "device.toml").write_text("")
    with pytest.raises(NotFound, match="fr"):
        Text("fr", read_device(tmp_path / "device.toml"))


def test_cells_are_cut_where_their_marks_change():
    cell = Markup('a &lt; b<span class="second">below <span class="human">x</span></span>')
    assert list(pieces(cell)) == [
        ("a < b", frozenset()), ("\n", frozenset()), ("below ", frozenset({"second"})),
        ("✎ ", frozenset({"second", "human"})), ("x", frozenset({"second", "human"})),
    ]  # fmt: skip
    assert list(pieces("a < b")) == [("a < b", frozenset())]


@pytest.mark.long
def test_docx_holds_what_the_page_holds(made, tmp_path):
    docx = pytest.importorskip("docx", reason="python-docx is not installed")
    write_dossier(made / "logs", made / "device.toml", tmp_path, lang="ko")
    for name in DOCUMENTS:
        document = docx.Document(str(tmp_path / f"{name}.docx"))
        cells = [c.text for t in document.tables for row in t.rows for c in row.cells]
        written = " ".join(" ".join([*(p.text for p in document.paragraphs), *cells]).split())
        shown = page(made, "ko", name)
        for part in re.findall(r"<(?:th|td|caption|h2)[^>]*>(.*?)</(?:th|td|caption|h2)>", shown, re.S):
            assert all(word in written for word in plain(part).split()), (name, part)
        assert written.count("✎") == shown.count('class="human"')
    with zipfile.ZipFile(tmp_path / "anomalies.docx") as packed:
        assert {entry.date_time for entry in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_without_python_docx_the_advice_is_clear_and_pages_can_be_had(made, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "docx", None)
    with pytest.raises(NotFound, match=r"pip install python-docx.*--no-docx"):
        write_dossier(made / "logs", made / "device.toml", tmp_path)
    app = typer.Typer()
    app.command()(dossier)
    arguments = [
        str(made / "logs"),
        "--device",
        str(made / "device.toml"),
        "--out",
        str(tmp_path),
        "--lang",
        "ko",
        "--no-docx",
    ]
    said = CliRunner().invoke(app, arguments)
    assert said.exit_code == 0, said.output
    assert "still unfilled" in said.output
    assert "[device] model, version, maker" in said.output
    assert pathlib.Path(tmp_path / "index.html").is_file()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("R1,shows,toy/bath,,largets", "requirement R1 names the criterion 'largets', which the log of toy/bath does not have; did you mean largest?"),
        ("R1,shows,toy/bath,,x", "does not have; it has largest, shown"),
        ("R1,shows,toy/bath,201.3,", "names the clause '201.3', which the log of toy/bath does not have"),
        ("R1,shows,toy/bath,201.12,largest", "names the clause '201.12 of largest', which the log of toy/bath does not have; it has 201.101.2"),
    ],
)  # fmt: skip
def test_a_requirement_that_names_what_no_log_has_ends_the_dossier_before_anything_is_written(
    made, tmp_path, row, said
):
    (tmp_path / "requirements.csv").write_text(f"id,text,protocol,clause,criterion\n{row}\nR2,b,toy/bath,,largest\n")
    (tmp_path / "device.toml").write_text(STATED, encoding="utf-8")
    with pytest.raises(NotFound) as told:
        write_dossier(made / "logs", tmp_path / "device.toml", tmp_path / "d", docx=False)
    assert said in str(told.value)
    assert not (tmp_path / "d").exists()


def test_requirements_without_evidence_are_said_on_the_terminal_and_in_the_validation_report(made, tmp_path):
    (tmp_path / "requirements.csv").write_text(
        "id,text,protocol,criterion\nR1,shows 0.3 K,toy/no,largest\nR2,shows 0.3 K,toy/bath,largest\nR3,alarms,toy/no,x\n"
    )
    (tmp_path / "device.toml").write_text(STATED, encoding="utf-8")
    app = typer.Typer()
    app.command()(dossier)
    given = [str(made / "logs"), "--device", str(tmp_path / "device.toml"), "--out", str(tmp_path / "d"), "--no-docx"]
    said = CliRunner().invoke(app, given)
    assert said.exit_code == 0, said.output
    assert "2 requirements are without evidence (R1, R3)" in said.output
    report = plain((tmp_path / "d" / "validation.html").read_text(encoding="utf-8"))
    assert "Requirements without evidence: 2, R1, R3." in report


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_numbers_of_the_sentence_add_up_to_all_criteria(tmp_path, lang):
    nothing = lambda table: Interval(math.nan, math.nan, math.nan, 0.95, "none", 0)
    first, second = toy.protocol().criteria
    criteria = [
        first,
        dataclasses.replace(first, name="out", statistic=out_of_scope("it has no bath")),
        dataclasses.replace(first, name="out_2", statistic=out_of_scope("it has no bath")),
        dataclasses.replace(first, name="none", statistic=nothing),
        second,
    ]
    played(tmp_path / "logs" / "run", protocol=dataclasses.replace(toy.protocol(), criteria=criteria))
    (tmp_path / "device.toml").write_text('[device]\nlogged_as = ["thermo"]\n')
    write_dossier(tmp_path / "logs", tmp_path / "device.toml", tmp_path / lang, lang=lang, docx=False)
    said = plain(page(tmp_path, lang, "validation"))
    sentence = re.search(r"Criteria: \d+ pass.*?without a limit|판정 기준 중 적합.*?입니다", said)[0]
    assert [int(n) for n in re.findall(r"\d+", sentence)] == [1, 0, 1, 2, 1]
    assert sum(int(n) for n in re.findall(r"\d+", sentence)) == len(criteria)


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "Not the verdicts of the run itself"), ("ko", "실행 당시의 판정이 아님")]
)
def test_a_dossier_says_that_a_run_was_judged_again(tmp_path, lang, words):
    played(tmp_path / "logs")
    (tmp_path / "device.toml").write_text('[device]\nlogged_as = ["thermo"]\n')
    write_dossier(tmp_path / "logs", tmp_path / "device.toml", tmp_path / "before", lang=lang)
    assert words not in plain((tmp_path / "before" / "validation.html").read_text(encoding="utf-8"))
    strict_limit = dataclasses.replace(toy.LIMIT, value=0.05)
    judge_again(toy.protocol(strict_limit), tmp_path / "logs", tmp_path / "logs" / "judged")
    write_dossier(tmp_path / "logs", tmp_path / "device.toml", tmp_path / lang, lang=lang)
    at = runs_in(tmp_path / "logs")[-1].log.judged.at[:10]
    for document in ("validation", "analytical-performance"):
        report = plain(page(tmp_path, lang, document))
        assert words in report
        assert f"{at} " in report
    assert at.replace("-", "\N{NON-BREAKING HYPHEN}") in plain(page(tmp_path, lang, "index"))
    assert words in xml_of(tmp_path / lang / "validation.docx")


def xml_of(path):
    return Markup(re.sub(r"<[^>]+>", "", zipfile.ZipFile(path).read("word/document.xml").decode())).unescape()
