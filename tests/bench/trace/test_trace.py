"""Requirements meet verdicts; what changed between two runs is said, and nothing else."""

import csv
import dataclasses
import io
import json

import pytest

from tests.bench import toy
from twinbed.bench import Function, run_bench
from twinbed.bench.dossier.parts import overall
from twinbed.bench.trace import (
    Requirement,
    as_csv,
    changes,
    newest,
    read_requirements,
    retested,
    runs_in,
    standing_of,
    trace,
)
from twinbed.bench.trace.changes import since
from twinbed.bench.verdict import Verdict
from twinbed.cli.verdicts import all_passed
from twinbed.core.errors import NotFound, ReadError


def played(folder, function=toy.good, name="thermo", started="2026-01-01T00:00:00+00:00", protocol=None):
    """A run whose time is set, so that the order of runs does not hang on the clock."""
    run_bench(protocol or toy.protocol(), Function(function, name), folder)
    path = folder / "log.json"
    log = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(log | {"started": started}), encoding="utf-8")


@pytest.fixture
def twice(tmp_path):
    played(tmp_path / "old", toy.bad)
    played(tmp_path / "new", toy.good, started="2026-02-01T00:00:00+00:00")
    return runs_in(tmp_path)


def row(protocol="toy/bath", clause="", criterion="", id_="R1"):
    return Requirement(id_, "shows the temperature", "H1", "RC1", protocol, clause, criterion)


def test_logs_are_found_below_a_folder_oldest_first(twice):
    assert [run.name for run in twice] == ["old", "new"]
    assert [run.device for run in twice] == ["thermo", "thermo"]
    assert [run.name for run in newest(twice)] == ["new"]
    assert len({run.sha256 for run in twice}) == 2


def test_logs_of_other_devices_are_left_out_and_named_where_none_is_left(tmp_path):
    played(tmp_path / "a", name="one")
    played(tmp_path / "b", name="two")
    assert [run.device for run in runs_in(tmp_path, ["two"])] == ["two"]
    with pytest.raises(NotFound, match="one, two"):
        runs_in(tmp_path, ["three"])
    with pytest.raises(NotFound, match="twinbed bench run"):
        runs_in(tmp_path / "a" / "answers")


@pytest.mark.parametrize(
    ("requirement", "standing", "criteria"),
    [
        (row(), "pass", ["largest", "shown"]),
        (row(clause="201.101.2"), "pass", ["largest"]),
        (row(clause="201.101"), "pass", ["largest"]),
        (row(clause="201.10"), "no such criterion", []),
        (row(clause="201.1"), "no such criterion", []),
        (row(criterion="shown"), "disclosed", ["shown"]),
        (row(criterion="shown", clause="201.101.2"), "no such criterion", []),
        (row(protocol="toy/other"), "not run", []),
        (row(protocol=""), "no protocol", []),
    ],
)
def test_a_requirement_finds_its_verdicts(twice, requirement, standing, criteria):
    (traced,) = trace([requirement], twice).rows
    assert traced.standing == standing
    assert [e.verdict.criterion for e in traced.evidence] == criteria


def test_the_newest_run_counts_and_what_nobody_asked_for_is_listed(twice):
    old, new = twice
    assert trace([row()], [old]).rows[0].standing == "fail"
    matrix = trace([row(criterion="largest")], twice)
    assert matrix.rows[0].evidence[0].run == new
    assert [e.verdict.criterion for e in matrix.unasked] == ["shown"]


def test_a_requirement_stands_as_its_worst_row(twice):
    matrix = trace([row(), row(protocol="toy/other"), row(id_="R2")], twice)
    assert matrix.standing("R1") == "not run"
    assert matrix.standing("R2") == "pass"


def test_what_the_cases_do_not_hold_is_not_tested_where_there_is_a_limit_as_on_the_command_line(twice):
    empty = lambda **of: Verdict("empty", "201.101.2", "not applicable", "the cases hold nothing", **of)
    judged, spared = empty(limit=0.3), empty()
    assert (standing_of(judged), standing_of(spared)) == ("not tested", "not applicable")
    good = twice[1]
    verdicts = lambda more: (*good.log.verdicts, *[more] * 20)
    run = lambda more: dataclasses.replace(good, log=dataclasses.replace(good.log, verdicts=verdicts(more)))
    for more, standing, passed in ((judged, "not tested", False), (spared, "pass", True)):
        found = run(more)
        assert trace([row()], [found]).rows[0].standing == standing
        assert overall(standing_of(v) for v in found.log.verdicts) == standing
        assert all_passed(found.log) is passed


def test_the_csv_can_be_read_again(twice):
    requirement = dataclasses.replace(row(criterion="largest"), text='says "36,5" °C\nalways')
    read = list(csv.DictReader(io.StringIO(as_csv(trace([requirement, row(protocol="x/y")], twice)), newline="")))
    assert [r["standing"] for r in read] == ["pass", "not run", ""]
    assert read[0]["text"] == 'says "36,5" °C\nalways'
    assert float(read[0]["value"]) == pytest.approx(0.1)
    assert (read[0]["limit"], read[0]["limit_mark"], read[0]["outcome"]) == ("0.3", "secondary", "pass")
    assert read[0]["log_sha256"] == twice[1].sha256
    assert (read[2]["requirement"], read[2]["criterion"]) == ("", "shown")


def test_requirements_are_read_from_csv_and_toml_alike(tmp_path):
    table, other = tmp_path / "r.csv", tmp_path / "r.toml"
    table.write_text("id,text,risk,protocol,clause\nR1,측정한다,H1,toy/bath,201.12\n\n", encoding="utf-8-sig")
    other.write_text(
        '[[requirement]]\nid = "R1"\ntext = "측정한다"\nrisk = "H1"\nprotocol = "toy/bath"\nclause = "201.12"\n',
        encoding="utf-8",
    )
    assert read_requirements(table) == read_requirements(other)
    assert read_requirements(table)[0] == Requirement("R1", "측정한다", "H1", "", "toy/bath", "201.12")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("r.csv", "name,text\na,b\n", "first line"), ("r.csv", "id,text\n,b\n", "no id"), ("r.csv", "id,text\na,\n", "no text"),
        ("r.csv", "id,text,colour\na,b,c\n", "colour"), ("r.toml", "x = ", "r.toml"), ("r.toml", "", "no requirement"),
    ],
)  # fmt: skip
def test_another_table_is_refused(tmp_path, name, text, words):
    (tmp_path / name).write_text(text)
    with pytest.raises(ReadError, match=words):
        read_requirements(tmp_path / name)


def test_a_better_device_changes_its_verdict_and_its_values(twice):
    (found,) = retested(twice)
    assert [(m.name, m.before, m.after) for m in found.outcomes] == [("largest", "fail", "pass")]
    assert [m.name for m in found.values] == ["largest", "shown"]
    assert (found.values[0].before, found.values[0].after) == (pytest.approx(0.5), pytest.approx(0.1))
    assert (found.limits, found.cases, found.failures, found.setting) == ([], [], [], [])


def test_the_same_run_again_has_not_changed(tmp_path):
    played(tmp_path / "a")
    played(tmp_path / "b", started="2026-02-01T00:00:00+00:00")
    (found,) = retested(runs_in(tmp_path))
    assert not found


def test_other_limits_other_cases_and_failures_are_told_apart(tmp_path):
    played(tmp_path / "a")
    strict = dataclasses.replace(toy.LIMIT, value=0.2, mark="laboratory")
    fewer = dataclasses.replace(toy.protocol(strict), edition="2026", cases=lambda: list(toy.cases())[1:])
    played(tmp_path / "b", toy.crashes, started="2026-02-01T00:00:00+00:00", protocol=fewer)
    (found,) = retested(runs_in(tmp_path))
    assert [(m.before["value"], m.after["value"], m.after["mark"]) for m in found.limits] == [(0.3, 0.2, "laboratory")]
    assert [(m.name, m.after) for m in found.cases] == [("bath_0", None)]
    assert [m.name for m in found.failures] == ["bath_1", "bath_2", "bath_3", "bath_4"]
    assert [(m.name, m.before, m.after) for m in found.setting] == [("protocol edition", "2017", "2026")]
    assert [m.after for m in found.outcomes] == ["fail", "not tested"]


def test_one_run_was_not_repeated_and_two_devices_are_not_compared(tmp_path):
    played(tmp_path / "a", name="one")
    played(tmp_path / "b", name="two")
    runs = runs_in(tmp_path)
    assert retested(runs) == []
    with pytest.raises(NotFound, match="one protocol on one device"):
        changes(*runs)


def test_devices_given_differently_are_two_though_people_read_one_name_for_both(tmp_path):
    failing, passing = tmp_path / "v1" / "own.py:own", tmp_path / "v2" / "own.py:own"
    for place, function, started in ((failing, toy.bad, "2026-01-01"), (passing, toy.good, "2026-02-01")):
        folder = tmp_path / "out" / place.parent.name
        run_bench(toy.protocol(), Function(function, str(place)), folder, given_as=str(place))
        log = json.loads((folder / "log.json").read_text(encoding="utf-8"))
        (folder / "log.json").write_text(json.dumps(log | {"started": started}), encoding="utf-8")
    runs = runs_in(tmp_path / "out")
    assert {run.log.device["name"] for run in runs} == {"own:own"}
    assert [run.name for run in newest(runs)] == ["v1", "v2"]
    assert trace([row(criterion="largest")], runs).rows[0].standing == "fail"
    assert retested(runs) == []
    assert since(runs[0].log, runs[1].log) is None
    with pytest.raises(NotFound, match="different|compare two runs"):
        changes(*runs)
    assert [run.name for run in runs_in(tmp_path / "out", [str(passing)])] == ["v2"]
    with pytest.raises(NotFound, match="own:own is several devices"):
        runs_in(tmp_path / "out", ["own:own"])


def test_what_somebody_gave_one_name_is_one_device_that_was_tested_again(tmp_path):
    for version, function in (("v1", toy.bad), ("v2", toy.good)):
        device = Function(function, f"{version}/own.py:own")
        run_bench(toy.protocol(), device, tmp_path / version, name="Beat One", given_as=f"{version}/own.py:own")
    (moved,) = retested(runs_in(tmp_path, ["Beat One"]))
    assert "largest" in {one.name for one in moved.outcomes}
