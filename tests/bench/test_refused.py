"""Of an answer that cannot be used what came is drawn, or else only what was given; no answer stops a run."""

import dataclasses
import html
import sys

import numpy as np
import pytest

from tests.bench import toy
from twinbed.bench import Answer, Function, Log, run_bench
from twinbed.bench.charts import Area, Chart, Curve, Level, Listing, Moment, Moments, Points, Zone
from twinbed.bench.judging import known_rows
from twinbed.bench.log import read_figures
from twinbed.bench.protocol import Nonsense
from twinbed.bench.refused import alone, drawable
from twinbed.bench.report import write_page

BEATS = Answer("beats", "1", "position of every beat", "samples", "wave")
CLASSES = Answer("classes", "1", "class of every beat", "texts", "beats")
TRUE = [1, 4, 6]


def picture(case, answers):
    """Beats of the reference, those of the device, and lines where one was missed."""
    at = lambda samples: Points(np.asarray(samples, float), np.zeros(len(samples)), label="beats")
    missed = [k for k in TRUE if k not in answers["beats"]]
    wave = Curve(np.arange(8.0), case.stimulus["wave"], "plain", "ECG")
    marks = [wave, dataclasses.replace(at(TRUE), tone="good"), at(answers["beats"]), Moments(missed, "bad", "missed")]
    return Chart("Stretch with the most errors", "dots", "x", "y", marks)


def run(answer, folder, *, answers=(BEATS,), **other):
    measure = lambda case, answers: [{"error": 0.1 * len(answers["beats"])}]
    own = dataclasses.replace(
        toy.protocol(), answers=answers, measure=measure, picture=picture, badness="error", **other
    )
    return run_bench(own, Function(lambda stimulus: answer, "toy"), folder)


def shown(folder):
    """Of the worst case: positions of the reference, of the device, and what it missed; then its title."""
    _, ((_, chart), *_) = read_figures(folder)
    assert isinstance(chart, Chart)
    by_tone = {mark.tone: list(mark.x) for mark in chart.marks if isinstance(mark, Curve | Points | Moments)}
    return by_tone.get("good"), by_tone.get("accent"), by_tone.get("bad"), chart.title


def test_positions_within_the_record_are_drawn_where_one_lies_beyond_it(tmp_path):
    log = run({"beats": [1, 4, 6, 8]}, tmp_path)
    assert log.cases[0].failure == "beats holds 8; wave has samples 0 to 7"
    assert shown(tmp_path) == (TRUE, TRUE, [], "Stretch with the most errors")


@pytest.mark.parametrize("answer", [{}, {"beats": 3.0}, {"beats": ["a"]}, {"beats": [8, 9]}, {"beat": [1, 4, 6]}, None])
def test_nothing_is_said_to_be_missed_where_nothing_of_the_answer_can_be_drawn(tmp_path, answer):
    log = run(answer, tmp_path)
    assert log.cases[0].failure
    assert shown(tmp_path) == (TRUE, [], None, "bath_0")
    text = html.unescape(write_page(tmp_path).read_text())
    assert "nothing of its answer can be drawn" in text
    assert "with the most errors" not in text
    assert "응답 가운데 그릴 수 있는 것이 없음" in (tmp_path / "report.ko.html").read_text()


def test_a_device_that_found_no_beat_missed_them_all(tmp_path):
    def refuses(case, answers):
        raise Nonsense("no beat at all")

    own = dataclasses.replace(toy.protocol(), answers=[BEATS], measure=refuses, picture=picture, badness="error")
    run_bench(own, Function(lambda stimulus: {"beats": []}, "toy"), tmp_path)
    assert shown(tmp_path)[:3] == (TRUE, [], TRUE)


DRAWN = [
    ([BEATS], {"beats": [6, 1, 1, -2, np.nan, 4.4]}, {"beats": [1, 4, 6]}),
    ([BEATS, CLASSES], {"beats": [8, 4, 1], "classes": ["N", "left", "right"]}, {"beats": [1, 4], "classes": ["right", "left"]}),
    ([BEATS, CLASSES], {"beats": [1, 4], "classes": ["N"]}, None),
    ([dataclasses.replace(CLASSES, of="wave")], {"classes": ["ventricular"] * 8}, {"classes": ["ventricular"] * 8}),
    ([dataclasses.replace(CLASSES, of="")], {"classes": "N"}, None),
    ([Answer("t", "Cel", "", "series", "wave")], {"t": [1.0] * 7}, None),
    ([Answer("t", "Cel", "", "series", "wave")], {"t": [98.6] * 8}, {"t": [98.6] * 8}),
    ([Answer("t", "Cel", "")], {"t": 451.0}, {"t": 451.0}),
    ([Answer("t", "Cel", "")], {"t": [1.0, 2.0]}, None),
    ([BEATS, Answer("t", "Cel", "", "series", optional=True)], {"beats": [9, 2]}, {"beats": [2], "t": []}),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "given", "drawn"), DRAWN)
def test_an_answer_is_drawn_as_it_came_or_not_at_all(asked, given, drawn):
    found = drawable(asked, given, {"wave": np.zeros(8)})
    assert (found and {name: value.tolist() for name, value in found.items()}) == drawn


def test_what_is_left_of_a_picture_without_an_answer_is_no_judgement_of_it():
    kept = [Curve([0, 1], [0, 1], "plain"), Area([0, 1], [0, 0], [1, 1], "good"), Moment(1.0, "closed"), Level(1.0, "limit", "bad")]  # fmt: skip
    judged = [Points([0], [0], "bad"), Points([0], [0], "second"), Moments([1.0], "bad", "missed"), Area([0, 1], [0, 0], [1, 1], "bad")]  # fmt: skip
    left = alone(Chart("Most errors", "", "x", "y", [*kept, *judged]), "case_1")
    assert isinstance(left, Chart)
    assert (left.title, left.marks) == ("case_1", kept)
    empty = [Level(1.0, "limit"), Zone([0, 1, 1], [0, 0, 1], 0), Curve([0, 1], [np.nan] * 2), Points([], [])]
    assert alone(Chart("", "", "x", "y", [*empty, *judged]), "case_1") is None
    assert alone(Listing("Rows", "", ["n"], [["a"]]), "case_1") is None


class Raises:
    """An object of which nothing can be asked."""

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("no array")

    def __repr__(self):
        raise RuntimeError("no repr")

    def __len__(self):
        raise RuntimeError("no length")


class Silent(Exception):
    def __str__(self):
        raise RuntimeError("no words")


class Pairs(dict):
    def items(self):
        raise RuntimeError("no items")


def raising(error):
    def device(stimulus):
        raise error

    return device


@pytest.mark.parametrize(
    ("device", "words"),
    [
        (lambda s: {"beats": Raises()}, "its answer cannot be measured (RuntimeError: no array)"),
        (lambda s: Raises(), "a Raises came"),
        (lambda s: sys.exit(Raises()), "it called sys.exit(a Raises that cannot be written): return the answer"),  # pyright: ignore[reportArgumentType]
        (raising(Silent()), "Silent: a Silent that cannot be written"),
        (raising(KeyError([1])), "KeyError: [1]"),
        (lambda s: Pairs(beats=[1]), "RuntimeError: no items"),
        (raising(ValueError()), "ValueError"),
    ],
)  # fmt: skip
def test_no_answer_and_no_exception_stops_a_run(tmp_path, device, words):
    own = dataclasses.replace(toy.protocol(), answers=[BEATS], picture=picture, badness="error")
    log = run_bench(own, Function(device, "toy"), tmp_path)
    assert len(Log.read(tmp_path).cases) == 5
    assert words in log.cases[0].failure


def test_a_picture_that_cannot_be_written_does_not_stop_a_run(tmp_path):
    odd = dataclasses.replace(
        toy.protocol(), picture=lambda case, answers: Chart("\ud800", "", "x", "y", []), badness="error"
    )
    run_bench(odd, Function(toy.good, "toy"), tmp_path)
    (said,), worst = read_figures(tmp_path)
    assert worst == []
    assert isinstance(said, Listing)
    assert "UnicodeEncodeError" in str(said.rows[0][1])


def test_a_list_of_what_is_no_list_is_blank_and_leaves_a_case_known():
    answer = Answer("t", "Cel", "", "series", "hz")
    assert answer.blank({"hz": 360.0}).shape == (0,)
    own = dataclasses.replace(toy.protocol(), answers=[Answer("t", "Cel", "", "series", "wave")])
    case = dataclasses.replace(next(toy.cases()), stimulus={"wave": Raises()})
    assert known_rows(own, case) == ({},)


@pytest.mark.parametrize(
    ("rate_hz", "given", "drawn"),
    [
        (2.0, [0.4, 1.5, 2.6], None),  # seconds of a record of 4 s: as positions all beats would be missed
        (2.0, [1.2, 4.0, 6.3], [1, 4, 6]),  # between samples: beyond the record as seconds
        (2.0, [1, 2, 3], [1, 2, 3]),  # positions, though they could be seconds too
        (None, [0.4, 1.5, 2.6], [0, 2, 3]),
    ],
)  # fmt: skip
def test_seconds_in_place_of_positions_are_not_drawn(rate_hz, given, drawn):
    stimulus = {"wave": np.zeros(8)} | ({"sampling_frequency_hz": rate_hz} if rate_hz else {})
    came = drawable([BEATS], {"beats": given}, stimulus)
    assert (None if came is None else list(came["beats"])) == drawn
