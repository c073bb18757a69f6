"""A device that is asked step by step meets a subject of the bench's, and decides nothing about what is true."""

import dataclasses
import sys

import numpy as np
import pytest

from tests.bench import toy
from twinbed.bench import Answer, Command, Isolated, Recorded, find, run_bench
from twinbed.bench.described import as_markdown, as_text, described
from twinbed.bench.export import write_cases
from twinbed.bench.live import LiveProgram
from twinbed.bench.protocol import Given, Loop
from twinbed.core.errors import StudyError

STEPS = 4


def play(given, ask):
    """A bath that the device heats: half of what it asks for arrives, and its thermometer shows 1 °C too much."""
    bath = float(given["wave"][0]) - 4.0
    for step in range(STEPS):
        bath += 0.5 * float(ask({"step": step, "shown": bath + 1.0})["heat"])
    return {"temperature": bath}


LOOP = Loop(
    (Given("step", "1", "number of the step"), Given("shown", "Cel", "what the thermometer shows")),
    (Answer("heat", "Cel", "by which it heats", bounds=(0.0, 10.0)),), play,
)  # fmt: skip


def protocol(seconds=20.0):
    return dataclasses.replace(toy.protocol(seconds=seconds), loop=LOOP)


CLASS = """import math, sys, threading
class Heater:
    made = 0
    def __init__(self):
        Heater.made += 1
        self.asked = 0
    def __call__(self, given):
        assert given["step"] == self.asked, "another person's memory"
        assert set(given) == {"step", "shown"}
        self.asked += 1
        print("object", Heater.made, "step", self.asked)
        if Heater.made == 2 and self.asked == 3:
            ODD
        return {"heat": 2.05, "temperature": 99.0}
"""


def heater(tmp_path, odd="pass"):
    (tmp_path / "heater.py").write_text(CLASS.replace("ODD", odd))
    return Isolated(f"{tmp_path / 'heater.py'}:Heater")


def test_what_it_answers_acts_on_the_subject_and_what_it_says_of_the_truth_counts_nothing(tmp_path):
    """Four steps of half of 2.05 °C from 4 °C below: 0.1 °C too much in every bath, whatever it states."""
    log = run_bench(protocol(), heater(tmp_path), tmp_path / "out")
    assert [case.failure for case in log.cases] == [""] * 5
    assert [case.rows[0]["error"] for case in log.cases] == pytest.approx([0.1] * 5)
    assert log.cases[1].output.splitlines() == [f"object 2 step {n}" for n in (1, 2, 3, 4)]
    assert [v.outcome for v in log.verdicts] == ["pass", "pass"]


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        ("raise ValueError('no heat')", "step 3: ValueError: no heat"),
        ("return {'temperature': 36.0}", "step 3: no 'heat' in the answer: the answer has temperature"),
        ("return [2.05]", 'step 3: {"heat": ...} was expected; a list of 1 came'),
        ("return {'heat': 451.0}", "step 3: heat is 451"),
        ("import os; os._exit(7)", "step 3: its process ended with exit code 7"),
        pytest.param("threading.Event().wait()", "step 3: no answer within", marks=pytest.mark.long),
    ],
)
def test_a_step_without_a_usable_answer_ends_the_case_and_the_next_begins_anew(tmp_path, odd, words):
    own = protocol(seconds=3.0 if "within" in words else 20.0)
    log = run_bench(own, heater(tmp_path, odd), tmp_path / "out")
    assert words in log.cases[1].failure
    assert "object 2 step 2" in log.cases[1].output
    restarted = "process" in words or "within" in words  # then the second object is that of the fourth case
    assert [bool(case.failure) for case in log.cases] == [False, True, False, restarted, False]
    assert log.verdicts[0].outcome == "fail"


PROGRAM = """import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    given = asked["stimulus"]
    heated = 0.0 if given["step"] == 0 else heated
    heat = 2.05 if given["step"] < 3 else 8.2 - heated  # what is missing is known from the steps before
    heated += heat
    print(json.dumps({"number": asked["number"], "answer": {"heat": heat}}), flush=True)
"""


def test_a_program_keeps_what_it_needs_from_step_to_step(tmp_path):
    (tmp_path / "device.py").write_text(PROGRAM)
    device = LiveProgram(f"{sys.executable} -I -S device.py", tmp_path)
    log = run_bench(protocol(), device, tmp_path / "out")
    assert [case.rows[0]["error"] for case in log.cases] == pytest.approx([0.1] * 5)


def test_what_answers_once_is_refused_and_there_are_no_files_of_cases(tmp_path):
    own = protocol()
    (tmp_path / "device.toml").write_text(f'command = "{sys.executable} device.py"\n')
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "bath_0.json").write_text('{"temperature": 35.0}')
    for name in ("device.toml", "answers"):
        with pytest.raises(StudyError, match="live = true"):
            find.device(str(tmp_path / name), own)
    with pytest.raises(StudyError, match="step by step"):
        write_cases(own, tmp_path / "cases")
    for device in (Recorded(tmp_path / "answers"), Command(f"{sys.executable} -c 'print(1)'", tmp_path)):
        log = run_bench(own, device, tmp_path / type(device).__name__)
        assert all(case.failure.startswith("step 1") for case in log.cases)


@pytest.mark.parametrize("id_", ["closed_loop/physiologic_closed_loop", "closed_loop/automated_glucose_controller"])
def test_its_steps_are_described(id_):
    made = find.protocol(id_)
    assert made.loop is not None
    names = {one.name for one in (*made.loop.given, *made.loop.answers)}
    assert names == {*described(made)["steps"]["given"], *described(made)["steps"]["answers"]}
    for lang, words in (("en", "at every step"), ("ko", "단계마다")):
        text = as_text(made, lang=lang)
        assert words in text
        assert 'return {"basal_command": ...}' in text
    assert all(f"`{name}`" in as_markdown(made) for name in names)
    assert all(given.inside for given in made.given), "what is played is told to no device from outside"


def test_a_toy_bath_is_what_its_theory_says():
    assert play({"wave": np.full(8, 36.0)}, lambda given: {"heat": 2.0})["temperature"] == 36.0
