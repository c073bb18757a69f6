"""Which cases are drawn, and what is said of why."""

import dataclasses
import html

import numpy as np
import pytest

from tests.bench import toy
from twinbed.bench import Criterion, Function, Log, run_bench
from twinbed.bench.charts import Chart, Curve
from twinbed.bench.log import read_figures
from twinbed.bench.protocols import _columns
from twinbed.bench.report import write_page
from twinbed.bench.run import judge_again

COUNT = 10


def cases():
    """Baths of which only `bath_1` asks how long it takes, and whose errors grow with their number."""
    for k, case in enumerate(toy.cases()):
        yield dataclasses.replace(case, id=f"bath_{k}", reference={**case.reference, "k": k})
    for k in range(5, COUNT):
        yield dataclasses.replace(
            case, id=f"bath_{k}", stimulus={"wave": np.full(8, 40.0)}, reference={"bath": 40.0, "k": k}
        )


def measure(case, answers):
    k = case.reference["k"]
    row = {"error": float(answers["temperature"]) - case.reference["bath"] + 0.01 * k}
    return [{**row, "settling": 99.0, "beyond": 50.0} if k == 1 else {**row, "beyond": 3.0, "settling": 2.0}]


def picture(case, answers):
    return Chart(case.id, "", "x", "y", [Curve([0.0, 1.0], [float(answers["temperature"])] * 2)])


def protocol(**other):
    criteria = [
        Criterion(name, "1", f"longest {name}", "Cel", lambda t, n=name: _columns.largest(t, n), "at most", "error")
        for name in ("settling", "beyond")
    ]
    own = {"criteria": criteria, "cases": cases, "measure": measure, "picture": picture, "badness": "error"}
    return dataclasses.replace(toy.protocol(), **(own | other))


def drawn(folder):
    return [case for case, _ in read_figures(folder)[1]]


def page(folder, lang="en"):
    return html.unescape(write_page(folder, lang=lang).read_text(encoding="utf-8"))


def test_the_case_of_a_failed_criterion_comes_first_though_its_error_is_small(tmp_path):
    log = run_bench(protocol(), Function(toy.good, "toy"), tmp_path)
    assert [(v.outcome, v.found_in) for v in log.verdicts] == [("fail", "bath_1")] * 2
    assert drawn(tmp_path) == ["bath_1", "bath_9", "bath_8", "bath_7", "bath_6", "bath_5"]
    _, ((_, first), *_) = read_figures(tmp_path)
    assert isinstance(first, Chart)
    assert first.title == "bath_1"
    (curve,) = first.marks
    assert isinstance(curve, Curve)
    assert curve.y[0] == pytest.approx(36.1)  # the kept answer to that very case
    text = page(tmp_path).replace("\N{NO-BREAK SPACE}", " ")
    assert "Found in bath_1, and failed: longest settling: 99 °C; longest beyond: 50 °C." in text
    assert "Cases in which the value of a failed criterion was found come before the others" in text
    assert 'The others are those in which "error" (a column of results.csv) is largest' in text
    assert "furthest from the reference" not in text
    assert "불합격한 항목의 값이 나온 사례가" in page(tmp_path, "ko")


def test_a_case_that_was_drawn_already_comes_before_the_others_too(tmp_path):
    few = lambda: [case for case in cases() if case.reference["k"] in (1, 7, 9)]
    run_bench(protocol(cases=few), Function(toy.good, "toy"), tmp_path)
    assert drawn(tmp_path) == ["bath_1", "bath_9", "bath_7"]


def test_of_cases_of_failed_criteria_that_of_the_most_comes_first(tmp_path):
    def measured(case, answers):
        k = case.reference["k"]
        return [{"error": 0.1 * k, "a": 5.0 + (k == 2), "b": 5.0 + (k == 3), "c": 5.0 + (k == 3), "d": 0.01 * k}]

    criteria = [Criterion(n, "1", n, "Cel", lambda t, n=n: _columns.largest(t, n), "at most", "error") for n in "abcd"]
    run_bench(protocol(measure=measured, criteria=criteria), Function(toy.good, "toy"), tmp_path)
    assert drawn(tmp_path) == ["bath_3", "bath_2", "bath_9", "bath_8", "bath_7", "bath_6"]  # d passes


def test_a_run_that_is_judged_again_draws_the_same_cases(tmp_path):
    run_bench(protocol(), Function(toy.good, "toy"), tmp_path)
    judge_again(protocol(), tmp_path, tmp_path / "judged")
    assert read_figures(tmp_path / "judged")[1] == read_figures(tmp_path)[1]


def test_without_a_failed_criterion_the_protocol_s_own_measure_orders_the_cases(tmp_path):
    own = protocol(criteria=toy.protocol().criteria[1:])
    run_bench(own, Function(toy.good, "toy"), tmp_path)
    assert drawn(tmp_path) == ["bath_9", "bath_8", "bath_7", "bath_6", "bath_5", "bath_4"]
    text = page(tmp_path)
    assert "Cases in which the value of a failed criterion was found" not in text
    assert '"error" (a column of results.csv) is largest in size' in text


def test_cases_without_an_answer_stay_before_that_of_a_failed_criterion(tmp_path):
    silent = lambda s: {"temperature": 451.0} if s["wave"][0] == 40.0 else toy.good(s)
    run_bench(protocol(), Function(silent, "toy"), tmp_path)
    assert drawn(tmp_path)[:4] == ["bath_5", "bath_6", "bath_7", "bath_1"]
    assert len(drawn(tmp_path)) == 6


def test_where_cases_may_be_made_only_once_none_is_made_again(tmp_path):
    made = []

    def counted():
        made.append(1)
        yield from cases()

    run_bench(protocol(cases=counted, one_process=True), Function(toy.good, "toy"), tmp_path)
    assert len(made) == 1
    assert drawn(tmp_path) == ["bath_9", "bath_8", "bath_7", "bath_6", "bath_5", "bath_4"]
    assert "Cases in which the value" not in page(tmp_path)


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "No case is worse than another"), ("ko", "더 나쁜 사례가 없습니다")]
)
def test_no_case_is_called_the_worst_where_all_are_alike(tmp_path, lang, words):
    exact = lambda case, answers: [{"error": float(answers["temperature"]) - case.reference["bath"] - 0.1}]
    own = protocol(measure=lambda c, a: [{"error": round(exact(c, a)[0]["error"], 6)}], criteria=[])
    run_bench(own, Function(toy.good, "toy"), tmp_path)
    assert drawn(tmp_path) == [f"bath_{k}" for k in range(6)]
    text = page(tmp_path, lang)
    assert words in text
    assert {"en": "The worst cases", "ko": "가장 나쁜 사례"}[lang] not in text


def test_a_log_without_the_measure_is_told_of_as_it_was_made(tmp_path):
    run_bench(protocol(), Function(toy.good, "toy"), tmp_path)
    log = Log.read(tmp_path)
    dataclasses.replace(log, protocol={k: v for k, v in log.protocol.items() if k != "badness"}).write(tmp_path)
    assert "furthest from the reference, the worst first" in page(tmp_path)
