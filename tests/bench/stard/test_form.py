"""The form has every item, takes from a log what it holds, and is complete only when a person has written the rest."""

import collections
import dataclasses

import pytest

from tests.bench import toy
from twinbed.bench import Function, run_bench
from twinbed.bench.protocol import Case
from twinbed.bench.stard.form import Entry, filled, incomplete, items, read_form, write_form
from twinbed.core.errors import ReadError


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return run_bench(toy.protocol(), Function(toy.good, "good"), tmp_path_factory.mktemp("run"))


def test_there_are_forty_items_in_forty_eight_rows():
    numbers = [item.number for item in items()]
    assert len(numbers) == len(set(numbers)) == 48
    assert sorted({int(n.rstrip("abcd")) for n in numbers}) == list(range(1, 41))
    # eighteen new or modified ones, as the abstract of the guideline says
    assert collections.Counter(item.change for item in items()) == {"same": 30, "new": 14, "modified": 4}


def test_a_log_fills_what_it_holds(log):
    form = filled(log)
    assert form["24"].text.startswith("5 cases of 2 subjects, 0 without a usable answer; 5 analysed")
    assert "largest 0.1 °C, n = 5: pass" in form["31"].text
    assert form["16a"].text == "a better thermometer."
    assert "bath: 35 1, 36 1, 37 1, 39 1, 41 1" in form["25"].text
    assert form["30"] == Entry()  # the toy measures a temperature and has no cross-table
    assert form["6"] == Entry()
    assert all((e.by == "log") == bool(e.text) for e in form.values())


def test_a_cross_table_is_counted_from_the_rows(tmp_path):
    def cases():
        for k in range(6):
            yield Case(f"c{k}", f"p{k}", {"wave": [36.0]}, {"bath": 36.0})

    rows = iter([(1, 1), (1, 1), (1, 0), (0, 0), (0, 1), (0, 0.5)])

    def measure(case, answers):
        truth, result = next(rows)
        return [{"error": 0.1, "truth": float(truth), "result": float(result)}]

    protocol = dataclasses.replace(toy.protocol(), cases=cases, measure=measure)
    text = filled(run_bench(protocol, Function(toy.good, "good"), tmp_path))["30"].text
    assert set(text.split("; ")) == {
        "reference positive, test positive: 2", "reference positive, test negative: 1",
        "reference negative, test negative: 1", "reference negative, test positive: 1",
        "reference negative, test without a result: 1",
    }  # fmt: skip


def test_failures_are_told_and_not_left_out(tmp_path):
    log = run_bench(toy.protocol(), Function(toy.crashes, "crashes"), tmp_path)
    assert "5 without a usable answer; 0 analysed; 1 × ValueError" in filled(log)["24"].text


def test_a_form_is_complete_when_all_is_written(log, tmp_path):
    form = filled(log)
    empty = [n for n, e in form.items() if not e.text]
    assert [p.split(" ")[0] for p in incomplete(form, log)] == empty
    path = tmp_path / "form.toml"
    write_form(form, path)
    assert read_form(path) == form
    whole = {**form, **{n: Entry('We "did" it.\nTwice — 두 번', "person") for n in empty}}
    write_form(whole, path)
    assert read_form(path) == whole
    assert incomplete(whole, log) == []
    assert incomplete(whole) == []


def test_what_is_half_done_is_named(log):
    form = {item.number: Entry("done", "person") for item in items()}
    assert incomplete(form, log) == []
    assert "differs from the log" in incomplete({**form, "31": Entry("excellent", "log")}, log)[0]
    assert "say why" in incomplete({**form, "32": Entry("", "person", True)}, log)[0]
    assert "once you have written it" in incomplete({**form, "32": Entry("none")}, log)[0]
    del form["39"]
    assert incomplete(form, log)[0].startswith("39 (other): nothing is written. Commercial interests")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[41]\ntext = ''", "no item '41'"),
        ("[1]\nwords = ''", "words"),
        ("[1]\ntext = 'x'\nby = 'magic'", "by is"),
        ("no toml", "form.toml"),
    ],
)
def test_a_file_that_is_no_form_says_so(tmp_path, text, says):
    (tmp_path / "form.toml").write_text(text)
    with pytest.raises(ReadError, match=says):
        read_form(tmp_path / "form.toml")
