"""What came in place of a usable answer is kept whole; no answer and no disk stops a run."""

import hashlib
import json
import math

import numpy as np
import pytest

from tests.bench import toy
from twinbed.bench import Function, Log, Recorded, judge_again, run_bench
from twinbed.bench.report import write_page


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        ({"temperature": np.r_[np.arange(1986.0), np.nan, np.inf]}, [*range(1986), None, math.inf]),
        ({"temperature": np.ones((2, 2), np.float32), "beats": np.arange(3)}, [[1.0, 1.0], [1.0, 1.0]]),
        ({"temperature": ["warm", 1, None, np.array([0.1])]}, ["warm", 1, None, [0.1]]),
        ({"temperature": {3, 4}}, "{3, 4}"),
        ({"temperature": np.array([1 + 2j])}, ["(1+2j)"]),
        ({"temperature": "\ud800<b>"}, "\ud800<b>"),
    ],
)
def test_a_refused_answer_is_kept_whole_and_named_in_the_log_and_still_refused_when_judged(tmp_path, answer, kept):
    run_bench(toy.protocol(), Function(lambda s: answer, "toy:refused"), tmp_path)
    first = Log.read(tmp_path).cases[0]
    assert (first.refused, first.answer_sha256) == ("refused/bath_0.json", "")
    content = (tmp_path / first.refused).read_bytes()
    assert first.refused_sha256 == hashlib.sha256(content).hexdigest()
    found = json.loads(content)
    assert list(found) == list(answer)
    none = lambda values: [None if isinstance(v, float) and math.isnan(v) else v for v in values]
    assert (none(found["temperature"]) if isinstance(kept, list) else found["temperature"]) == kept
    assert b"null" not in content or None in answer["temperature"]  # NaN is told from none
    again = judge_again(toy.protocol(), tmp_path)
    assert (again.cases[0].failure, again.cases[0].refused) == (first.failure, first.refused)
    assert "refused/bath_0.json" in write_page(tmp_path).read_text()


def test_refused_answers_given_back_as_recorded_ones_are_refused_alike(tmp_path):
    first = run_bench(toy.protocol(), Function(lambda s: {"temperature": [math.nan] * 2}, "toy"), tmp_path / "a")
    second = run_bench(toy.protocol(), Recorded(tmp_path / "a" / "refused"), tmp_path / "b")
    assert [case.failure for case in second.cases] == [case.failure for case in first.cases]


def test_what_cannot_be_kept_does_not_stop_a_run(tmp_path):
    endless = []
    endless.append(endless)
    (tmp_path / "refused").write_text("a file where the folder should be")
    log = run_bench(toy.protocol(), Function(lambda s: {"temperature": endless}, "toy"), tmp_path)
    assert len(log.cases) == 5
    assert log.cases[0].refused == ""
    assert "it could not be kept whole: " in log.cases[0].output
    whole = run_bench(toy.protocol(), Function(lambda s: {"temperature": endless}, "toy"), tmp_path / "b")
    assert json.loads((tmp_path / "b" / whole.cases[0].refused).read_text()) == {"temperature": "[[...]]"}


def test_a_new_run_in_a_folder_leaves_no_refused_answer_of_the_one_before(tmp_path):
    run_bench(toy.protocol(), Function(lambda s: {"temperature": "warm"}, "toy"), tmp_path)
    log = run_bench(toy.protocol(), Function(toy.good, "toy"), tmp_path)
    assert not list((tmp_path / "refused").glob("*"))
    assert {case.refused for case in log.cases} == {""}
