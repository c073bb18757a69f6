"""A plan is read whole or not at all, and a test set is used no more often than it says."""

import json

import pytest

from twinbed.bench.diagnostic.plan import Ledger, read_plan, test_set_hash
from twinbed.bench.protocol import Case
from twinbed.core.errors import ReadError, StudyError

GOOD = """
[plan]
title = "t"
locked = "1.0"
modification = "weights"
[test_set]
uses = 2
sha256 = ""
[[acceptance]]
name = "se"
metric = "sensitivity"
comparison = "non-inferior"
value = 0.05
groups = ["", "sex"]
"""


def plan(folder, text=GOOD):
    path = folder / "plan.toml"
    path.write_text(text)
    return read_plan(path)


def test_a_plan_is_read(tmp_path):
    found = plan(tmp_path)
    assert (found.locked, found.uses, len(found.sha256)) == ("1.0", 2, 64)
    assert found.acceptance[0].groups == ("", "sex")
    assert plan(tmp_path, GOOD.replace("0.05", "0.06")).sha256 != found.sha256


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('metric = "sensitivity"', 'metric = "accuracy"', "metric is 'accuracy'"),
        ('comparison = "non-inferior"', 'comparison = "equal"', "comparison is 'equal'"),
        ("value = 0.05", "value = 5", "no share"),
        ("value = 0.05", "margin = 0.05", "needs name, metric"),
        ("uses = 2", "uses = 0", "at least 1"),
        ("uses = 2", "uses = true", "whole number"),
        ('locked = "1.0"', "", "needs exactly"),
        ("[[acceptance]]", "[acceptance]", "at least one"),
        ("[plan]", "[plan", "plan.toml"),
    ],
)
def test_a_plan_that_is_none_says_what_is_wrong(tmp_path, old, new, says):
    with pytest.raises(ReadError, match=says):
        plan(tmp_path, GOOD.replace(old, new))


def test_two_criteria_of_one_name_are_refused(tmp_path):
    with pytest.raises(ReadError, match="one name"):
        plan(tmp_path, GOOD + GOOD[GOOD.index("[[acceptance]]") :])


def test_uses_are_counted_for_each_test_set_and_end(tmp_path):
    ledger, own = Ledger(tmp_path / "uses.jsonl"), plan(tmp_path)
    assert ledger.record("a" * 64, own) == 1
    assert ledger.record("b" * 64, own) == 1
    assert ledger.record("a" * 64, own) == 2
    with pytest.raises(StudyError, match="used 2 times and the plan allows 2"):
        ledger.record("a" * 64, own)
    lines = [json.loads(line) for line in ledger.path.read_text().splitlines()]
    assert [(e["test_set"][0], e["use"], e["plan"] == own.sha256) for e in lines] == [
        ("a", 1, True),
        ("b", 1, True),
        ("a", 2, True),
    ]


def test_a_plan_that_binds_a_test_set_takes_no_other(tmp_path):
    bound = plan(tmp_path, GOOD.replace('sha256 = ""', f'sha256 = "{"a" * 64}"'))
    ledger = Ledger(tmp_path / "uses.jsonl")
    with pytest.raises(StudyError, match="binds test set"):
        ledger.record("b" * 64, bound)
    assert not ledger.path.exists()
    assert ledger.record("a" * 64, bound) == 1


def test_a_ledger_that_was_tampered_with_is_not_read_over(tmp_path):
    path = tmp_path / "uses.jsonl"
    path.write_text('{"test_set": "x"}\nnothing\n')
    with pytest.raises(ReadError, match="line 2"):
        Ledger(path).uses("x")


def test_the_hash_of_a_set_does_not_depend_on_order_but_on_every_case():
    cases = [Case(f"c{k}", "p", {"x": [float(k)]}, {"y": 1.0}) for k in range(3)]
    assert test_set_hash(cases) == test_set_hash(cases[::-1])
    assert test_set_hash(cases) != test_set_hash(cases[:2])
