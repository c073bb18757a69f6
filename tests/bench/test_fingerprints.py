"""Answers that were kept can be judged where another processor rounds what is given otherwise, and nowhere else."""

import csv
import dataclasses
import html
import io
import json
from xml.etree import ElementTree

import numpy as np
import pytest

from tests.bench import toy
from twinbed.bench import Case, Function, Log, fingerprints, judge_again, run_bench
from twinbed.bench.dossier.write import write_dossier
from twinbed.bench.offline import names_of
from twinbed.bench.report import junit, write_page
from twinbed.bench.trace import Requirement, as_csv, runs_in, trace
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


def test_the_note_stands_in_junit_matrix_and_dossier_too(run, tmp_path):
    _, folder = run
    log = judge_again(made_again(given=1.0 + 1e-15), folder, folder / "judged")
    (note,) = log.notes
    properties = {p.attrib["name"]: p.attrib["value"] for p in ElementTree.fromstring(junit(log)).iter("property")}
    assert properties["note.1"] == note
    matrix = trace([Requirement("R1", "t", "", "", "toy/bath", "", "largest")], runs_in(folder / "judged"))
    assert [line["notes"] for line in csv.DictReader(io.StringIO(as_csv(matrix)))] == [note, note]
    (tmp_path / "device.toml").write_text('[device]\nname = "One"\n')
    for lang, said in (("en", note), ("ko", "처리기마다 반올림이 다르기")):
        out = tmp_path / lang
        write_dossier(folder / "judged", tmp_path / "device.toml", out, lang=lang, docx=False)
        for document in ("validation", "analytical-performance"):
            assert said in html.unescape((out / f"{document}.html").read_text(encoding="utf-8"))


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


def same(one, other):
    return fingerprints.rounded({"a": np.asarray(one)}) == fingerprints.rounded({"a": np.asarray(other)})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([100, 21_600_000], [109, 21_600_000]), (123_456, 123_460), ([True, False], [1, 0]), ([1, 2], [1.0, 2.0]),
        (np.array([1], "u1"), np.array([2], "u1")), (86_400.0, 86_404.0), (86_400.0, 86_400.1), ([1e6, 0.001], [1e6, 0.45]),
        ([86_400.0, 0.5], [86_400.0, 0.536]), ([np.inf, 1.0], [np.nan, 1.0]), ([np.inf, 1.0], [-np.inf, 1.0]),
        ([np.inf, 1.0], [0.0, 1.0]), ([[1e6, 2e6], [1e-6, 2e-6]], [[1e6, 2e6], [1e-6, 3e-6]]),
        ([[1e6, 1e-6], [2e6, 2e-6], [0.0, 0.0]], [[1e6, 1e-6], [2e6, 3e-6], [0.0, 0.0]]), (1e-300, 2e-300),
    ],
)  # fmt: skip
def test_whole_numbers_are_compared_as_they_are_and_others_each_by_its_own_size(one, other):
    assert not same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1.0, 0.0], [1.0, 1e-17]), ([1.0, -0.0], [1.0, 0.0]), ([1.0, 1.2e-16], [1.0, -1.1e-16]), (1.0, 1.0 - 1e-16),
        ([4.0, 0.3], [4.0 - 4e-16, 0.1 + 0.2]), ([[0.0, 1e-17], [1.0, 1.0], [2.0, 2.0]], [[1e-17, 0.0], [1.0, 1.0], [2.0, 2.0]]),
        (np.array([5], "i4"), np.array([5], "i8")), ([], []), (5e-324, 5e-324), (1.7976931348623157e308, 1.7976931348623157e308),
    ],
)  # fmt: skip
def test_what_differs_by_rounding_alone_is_the_same(one, other):
    assert same(one, other)


def test_a_day_of_a_signal_is_the_same_where_another_processor_rounds_it_otherwise():
    """A value at the edge of a step would tell them apart: of a hundred thousand none lies so near to one."""
    random = np.random.default_rng(7)
    signal = np.sin(np.arange(100_000) * 0.01) * 1.7 + 0.2
    assert same(signal, signal + 2e-16 * random.standard_normal(len(signal)))
    assert same(signal, signal * (1.0 + 1e-15))


def test_a_reference_beat_that_moved_in_a_long_record_is_refused(tmp_path):
    """Nine samples of 250 Hz, 36 ms, in a day: more than the limit of the protocol."""

    def with_beat(first):
        beats = lambda: [Case("day", "s", {"n": 21_600_000}, {"beats": np.array([first, 21_599_000])})]
        measure = lambda case, answer: [{"error": abs(answer["temperature"] - case.reference["beats"][0] / 250.0)}]
        limited = toy.protocol(dataclasses.replace(toy.LIMIT, value=0.02))
        answers = [dataclasses.replace(limited.answers[0], bounds=(0.0, 100.0))]
        return dataclasses.replace(limited, cases=beats, measure=measure, answers=answers)

    device = Function(lambda given: {"temperature": 1009 / 250.0}, "toy")
    assert run_bench(with_beat(1000), device, tmp_path).verdicts[0].outcome == "fail"
    with pytest.raises(ReadError, match="day: its reference"):
        judge_again(with_beat(1009), tmp_path)


def test_files_of_cases_have_the_names_that_answers_made_elsewhere_come_back_under():
    """As they were when names of files and fingerprints of a log were worked out alike."""
    named = ["54f3a1f8737d", "a71ad3eebfe2", "0759797e39af", "5ddf7049a30a", "7c835fe6cf01"]
    assert list(names_of(toy.protocol()).values()) == named


def test_what_is_neither_numbers_nor_text_has_no_fingerprint():
    with pytest.raises(TypeError, match="one: a is neither numbers nor text"):
        _ = Case("one", "s", {"a": {"b": 1}}, {}).sha256
