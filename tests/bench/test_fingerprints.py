"""Answers that were kept can be judged where another processor rounds what is given otherwise, and nowhere else."""

import dataclasses
import html
import json

import numpy as np
import pytest

from tests.bench import toy
from twinbed.bench import Case, Function, Log, fingerprints, judge_again, run_bench
from twinbed.bench.report import write_page
from twinbed.cli.verdicts import verdict_lines
from twinbed.core.errors import ReadError


def made_again(given=1.0, true=1.0):
    """The protocol as another processor makes its cases: two stimuli and references are so much larger."""

    def cases():
        for case in toy.cases():
            if case.id not in ("bath_1", "bath_4"):
                yield case
                continue
            reference = {"bath": case.reference["bath"] * true}
            yield dataclasses.replace(case, stimulus={"wave": case.stimulus["wave"] * given}, reference=reference)

    return dataclasses.replace(toy.protocol(), cases=cases)


@pytest.fixture(name="run")
def _run(tmp_path):
    return run_bench(toy.protocol(), Function(toy.good, "toy"), tmp_path), tmp_path


@pytest.mark.parametrize(
    "other", [{"given": 1.0 + 1e-15}, {"true": 1.0 + 1e-15}, {"given": 1.0 - 1e-9, "true": 1.0 + 1e-9}]
)
def test_answers_to_what_differs_by_rounding_are_judged_and_that_is_said(run, other):
    before, folder = run
    log = judge_again(made_again(**other), folder, folder / "judged")
    assert [v.outcome for v in log.verdicts] == ["pass", "pass"]
    (note,) = log.notes
    assert note.startswith("in 2 of 5 cases, such as bath_1, what is given or what is true agrees with the run's")
    assert [c.sha256 for c in log.cases] == [c.sha256 for c in before.cases], "the answers are to the cases of the run"
    assert f"note: {note}" in verdict_lines(log)
    assert f"{note}." in html.unescape(write_page(folder / "judged").read_text())
    assert "처리기마다 반올림이 다르기" in (folder / "judged" / "report.ko.html").read_text()
    assert Log.read(folder / "judged").notes == [note]


def test_nothing_is_said_where_every_bit_is_the_same(run):
    before, folder = run
    assert judge_again(toy.protocol(), folder, folder / "judged").notes == before.notes == ()


@pytest.mark.parametrize(
    ("other", "what"), [({"given": 1.001}, "stimulus"), ({"true": 1.001}, "reference"), ({"given": 1.0001}, "stimulus")]
)
def test_answers_to_what_differs_by_more_are_refused(run, other, what):
    with pytest.raises(ReadError, match=f"bath_1: its {what}; bath_4: its {what}"):
        judge_again(made_again(**other), run[1])


def test_a_log_without_rounded_fingerprints_is_compared_bit_by_bit(run):
    _, folder = run
    written = json.loads((folder / "log.json").read_text())
    del written["notes"]
    for case in written["cases"]:
        del case["rounded_sha256"], case["stimulus_rounded_sha256"]
    (folder / "log.json").write_text(json.dumps(written))
    assert judge_again(toy.protocol(), folder).notes == ()
    with pytest.raises(ReadError, match="bath_1: its stimulus"):
        judge_again(made_again(given=1.0 + 1e-15), folder)


def test_a_rounded_fingerprint_tells_signs_gaps_places_names_and_texts_apart():
    values = [
        {"a": [1.0, 2.0]}, {"a": [2.0, 1.0]}, {"a": [-1.0, -2.0]}, {"a": [np.nan, 2.0]}, {"a": [0.0, 2.0]}, {"b": [1.0, 2.0]},
        {"a": [[1.0, 2.0]]}, {"a": ["1", "2"]}, {"a": ["1", "3"]}, {"a": [1.0, 2.001]}, {"a": [1.0, 2.0, 3.0]},
    ]  # fmt: skip
    assert len({fingerprints.rounded(value) for value in values}) == len(values)


def test_what_is_neither_numbers_nor_text_has_no_fingerprint():
    with pytest.raises(TypeError, match="one: a is neither numbers nor text"):
        _ = Case("one", "s", {"a": {"b": 1}}, {}).sha256
