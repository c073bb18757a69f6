"""A case without a usable answer fails the run; what was measured of the others is shown, and is no evidence."""

import csv
import dataclasses
import io
import math

import numpy as np
import pytest

from tests.bench import toy
from twinbed.bench import Answer, Criterion, Function, Log, judge_again, run_bench
from twinbed.bench.charts import Chart, Points
from twinbed.bench.limits import Limit
from twinbed.bench.log import read_figures
from twinbed.bench.protocols import _columns
from twinbed.bench.stard import form
from twinbed.bench.trace import Run, as_csv, trace
from twinbed.bench.trace.changes import since
from twinbed.cli.verdicts import all_passed


def protocol(**other):
    """The baths, with criteria of the study: how many subjects there are, and how many pairs with an answer."""
    own = toy.protocol()
    study = [
        Criterion("subjects", "1", "subjects", "1", _columns.subjects, "at least", "subjects"),
        Criterion("pairs", "1", "pairs", "1", lambda t: _columns.plain(len(t), len(t), "count"), "at least", "pairs"),
    ]
    limits = {name: Limit(n, "1", "1", name, "read") for name, n in (("subjects", 2.0), ("pairs", 1.0))}
    return dataclasses.replace(
        own, criteria=[*own.criteria, *study], limits={**own.limits, **limits}, study=("subjects", "pairs"),
        facts=("subjects",), **other,
    )  # fmt: skip


def crashes_in(*baths, otherwise=toy.good):
    def device(stimulus):
        return toy.crashes(stimulus) if stimulus["wave"][0] in baths else otherwise(stimulus)

    return Function(device, "toy")


def test_one_crash_hides_neither_the_figures_of_the_others_nor_facts_of_the_study_and_nothing_passes(tmp_path):
    log = run_bench(protocol(), crashes_in(36.0), tmp_path)
    assert [(v.criterion, v.outcome) for v in log.verdicts] == [
        ("largest", "fail"), ("shown", "not tested"), ("subjects", "pass"), ("pairs", "not tested"),
    ]  # fmt: skip
    largest, shown, subjects, pairs = log.verdicts
    assert [v.value for v in log.verdicts] == [pytest.approx(0.1), pytest.approx(0.1), 2.0, 4.0]
    assert [(v.answered, v.asked, v.evident) for v in (largest, shown, pairs)] == [(4, 5, False)] * 3
    assert largest.reason == "1 of 5 cases without a usable answer, the first bath_1"
    assert (subjects.answered, subjects.evident) == (None, True)
    assert not all_passed(log)
    assert Log.read(tmp_path).verdicts == log.verdicts == judge_again(protocol(), tmp_path).verdicts


def test_a_subject_whose_every_case_crashed_is_a_subject(tmp_path):
    log = run_bench(protocol(), crashes_in(36.0, 39.0), tmp_path)
    assert {case.subject for case in log.cases if not case.failure} == {"subject_0"}
    assert (log.verdicts[2].value, log.verdicts[2].outcome) == (2.0, "pass")


def test_without_any_answer_there_are_no_figures_and_facts_are_judged(tmp_path):
    log = run_bench(protocol(), Function(toy.crashes, "toy"), tmp_path)
    assert [(v.outcome, v.value) for v in log.verdicts] == [
        ("fail", None), ("not tested", None), ("pass", 2.0), ("not tested", None),
    ]  # fmt: skip
    assert log.verdicts[0].answered == 0


def test_a_measure_that_needs_an_answer_leaves_the_subject_known(tmp_path):
    def measure(case, answers):
        if math.isnan(answers["temperature"]):
            raise ValueError("no temperature")
        return toy.measure(case, answers)

    log = run_bench(protocol(measure=measure), crashes_in(36.0, 39.0), tmp_path)
    assert (log.verdicts[2].value, log.verdicts[2].outcome) == (2.0, "pass")


def test_no_figure_is_made_of_a_claim_that_was_withheld_beside_a_crash(tmp_path):
    claim = Answer("shown", "Cel", "what it shows", optional=True, claim="largest")
    own = protocol()
    log = run_bench(dataclasses.replace(own, answers=[*own.answers, claim]), crashes_in(36.0), tmp_path)
    assert (log.verdicts[0].outcome, log.verdicts[0].value) == ("fail", None)


def series(device, **other):
    """Three readings of every bath, and the run of a device that takes them."""
    lists = Answer("temperature", "Cel", "what it shows", "series", "wave", bounds=(20.0, 45.0))
    measure = lambda case, answers: [{"error": t - case.reference["bath"]} for t in answers["temperature"]]
    picture = lambda case, answers: Chart(case.id, "", "x", "y", [Points([0.0, 1.0, 2.0], answers["temperature"])])
    cases = lambda: [
        dataclasses.replace(c, id=f"{c.id}_{k}", stimulus={"wave": c.stimulus["wave"][:3]})
        for k in range(2)
        for c in toy.cases()
    ]
    largest = lambda t: _columns.largest(t, "error")
    criteria = [dataclasses.replace(toy.protocol().criteria[0], statistic=largest)]
    return dataclasses.replace(
        toy.protocol(), answers=[lists], measure=measure, picture=picture, badness="error", cases=cases,
        criteria=criteria, **other,
    ), Function(lambda s: {"temperature": device(s["wave"])}, "toy")  # fmt: skip


def test_a_gap_and_an_impossible_value_are_located_and_drawn_before_large_errors(tmp_path):
    def device(wave):
        changed = {36.0: np.nan, 37.0: 98.6}.get(wave[0], wave[1] + 0.1 * (wave[0] - 34.0))
        return np.array([wave[0], changed, wave[2]])

    log = run_bench(*series(device), tmp_path)
    assert [(c.id, c.gaps) for c in log.cases if c.gaps] == [
        (f"bath_1_{k}", ("temperature is NaN at value 2 of 3",)) for k in range(2)
    ]
    assert [(c.named, c.failure) for c in log.cases if c.failure] == [
        (f"bath_2_{k} (subject_0)", "temperature is 98.6 °C at value 2 of 3, which leaves 20 to 45 °C") for k in (0, 1)
    ]
    _, worst = read_figures(tmp_path)
    assert [case for case, _ in worst] == ["bath_1_0", "bath_2_0", "bath_1_1", "bath_4_0", "bath_4_1", "bath_3_0"]
    assert list(worst[1][1].marks[0].y) == [37.0, 98.6, 37.0]


def test_of_a_crash_what_was_asked_is_drawn_and_what_cannot_be_drawn_of_it_is_no_news(tmp_path):
    marks = lambda case, answers: [Points([0.0, 1.0, 2.0], y) for y in (answers["temperature"], case.stimulus["wave"])]
    own, _ = series(lambda wave: wave)
    own = dataclasses.replace(own, picture=lambda case, answers: Chart("", "", "x", "y", marks(case, answers)))
    run_bench(own, Function(toy.crashes, "toy"), tmp_path / "a")
    figures, worst = read_figures(tmp_path / "a")
    assert (figures, len(worst)) == ([], 3)
    assert np.isnan(list(worst[0][1].marks[0].y)).all()
    assert list(worst[0][1].marks[1].y) == [35.0] * 3
    run_bench(dataclasses.replace(own, picture=lambda *_: [][1]), Function(toy.crashes, "toy"), tmp_path / "b")
    assert read_figures(tmp_path / "b") == ([], [])


def test_figures_that_are_no_evidence_stand_in_no_matrix_no_comparison_and_no_form(tmp_path):
    whole = run_bench(protocol(), Function(toy.good, "toy"), tmp_path / "whole")
    partial = run_bench(protocol(), crashes_in(36.0), tmp_path / "partial")
    found = since(whole, partial)
    assert [(m.name, m.after) for m in found.values] == [("largest", None), ("shown", None), ("pairs", None)]
    lines = list(csv.DictReader(io.StringIO(as_csv(trace((), [Run("partial", tmp_path, partial, "")])))))
    assert {line["criterion"]: line["value"] for line in lines} == {
        "largest": "", "shown": "", "subjects": "2.0", "pairs": "",
    }  # fmt: skip
    assert [(line["outcome"], line["reason"]) for line in lines][0] == ("fail", partial.verdicts[0].reason)
    assert form._estimates(partial) == "subjects 2, n = 2: pass"
    assert form._methods(whole) == "none: largest, shown; count: subjects, pairs"
    assert form._methods(partial) == "count: subjects"
