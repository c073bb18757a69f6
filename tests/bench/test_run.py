"""A device is asked, judged and judged again; whatever it does, the bench goes on."""

import dataclasses
import json
import math
import os
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

from tests.bench import toy
from twinbed.bench import Answer, Command, Function, Isolated, Log, Recorded, judge_again, judging, run_bench
from twinbed.bench import device as device_module
from twinbed.bench.log import Played, read_figures
from twinbed.bench.protocol import Nonsense, NotApplicable
from twinbed.bench.report import junit
from twinbed.bench.statistics import Interval
from twinbed.bench.texts import translator
from twinbed.core.errors import NotFound, ReadError, StatisticsError

GOOD = Function(toy.good, "toy:good")


def outcomes(log):
    return [v.outcome for v in log.verdicts]


def test_a_good_and_a_bad_device_are_told_apart(tmp_path):
    good = run_bench(toy.protocol(), GOOD, tmp_path / "good")
    assert outcomes(good) == ["pass", "pass"]
    assert good.verdicts[0].value == pytest.approx(0.1)
    assert "0.1 °C is at most 0.3 °C" in good.verdicts[0].reason
    assert good.verdicts[0].mark == "secondary"
    bad = run_bench(toy.protocol(), Function(toy.bad, "toy:bad"), tmp_path / "bad")
    assert outcomes(bad) == ["fail", "pass"]


def test_a_log_read_again_is_the_log(tmp_path):
    log = run_bench(toy.protocol(), GOOD, tmp_path)
    read = Log.read(tmp_path)
    assert read.verdicts == log.verdicts
    assert [c.rows for c in read.cases] == [list(c.rows) for c in log.cases]


def test_answers_are_judged_again_with_other_limits_without_the_device(tmp_path):
    run_bench(toy.protocol(), GOOD, tmp_path)
    strict = dataclasses.replace(toy.LIMIT, value=0.05, mark="laboratory")
    again = judge_again(toy.protocol(strict), tmp_path)
    assert outcomes(again) == ["fail", "pass"]
    assert again.verdicts[0].mark == "laboratory"


def test_answers_to_other_cases_are_not_judged(tmp_path):
    run_bench(toy.protocol(), GOOD, tmp_path)
    fewer = dataclasses.replace(toy.protocol(), cases=lambda: list(toy.cases())[:4])
    with pytest.raises(ReadError, match="bath_4"):
        judge_again(fewer, tmp_path)


def test_too_few_is_not_tested(tmp_path):
    assert outcomes(run_bench(toy.protocol(least=6), GOOD, tmp_path)) == ["not tested", "pass"]


@pytest.mark.parametrize(
    ("device", "words"),
    [
        (Function(toy.crashes, "toy:crashes"), "no idea about 35.0"),
        (Function(toy.talks_nonsense, "toy:nonsense"), "temperature is 451 °C, which leaves 20 to 45 °C"),
        (Function(lambda s: {"heat": 37.0}, "toy:other"), "no 'temperature' in the answer: the answer has heat"),
        (
            Function(lambda s: {"temperature": [37.0, 38.0]}, "toy:two"),
            "temperature is a list of 2 numbers; return one number",
        ),
        (Function(lambda s: {"temperature": math.nan}, "toy:nan"), "temperature is NaN; return one number"),
        (Function(lambda s: sys.exit(0), "toy:exits"), "it called sys.exit(0): return the answer and do not exit"),
        (Function(lambda s: {"temperature": "warm"}, "toy:text"), "no number"),
        (Function(lambda s: None, "toy:none"), '{"temperature": ...} was expected; nothing came'),
        (Function(lambda s: [1, 2, 3], "toy:list"), "a list of 3 came"),
        (Function(lambda s: {"temperature": s["bath"]}, "toy:key"), "KeyError: 'bath'; the device is given wave"),
        (Function(lambda s: {"temperature": 10**400}, "toy:huge"), "no number"),
        (Function(lambda s: {1: 37.0}, "toy:number"), "the answer has 1"),
        (Function(lambda s: {"temperature": [[1], [2, 3]]}, "toy:ragged"), "no number"),
        (Function(lambda s: s["wave"].fill(37.0), "toy:changes"), "read-only"),
    ],
)
def test_a_device_that_gives_no_answer_fails_and_its_words_are_kept(tmp_path, device, words):
    log = run_bench(toy.protocol(), device, tmp_path)
    assert outcomes(log) == ["fail", "not tested"]
    assert words in log.cases[0].failure
    assert log.verdicts[0].reason == "5 of 5 cases without a usable answer, the first bath_0"
    assert len(log.cases) == 5
    assert outcomes(judge_again(toy.protocol(), tmp_path)) == ["fail", "not tested"]


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        ({"temperature": [37.0, 38.0]}, "[37.0, 38.0]"),
        ({"temperature": np.array([np.nan, 36.5])}, "array([ nan, 36.5])"),
        ({"temperature": "warm"}, "'warm'"),
        ({"temperature": np.zeros(100_000)}, "array([0., 0., 0., ..., 0., 0., 0.]"),
    ],
)
def test_what_a_refused_answer_was_is_kept(tmp_path, answer, kept):
    log = run_bench(toy.protocol(), Function(lambda s: answer, "toy:refused"), tmp_path)
    assert log.cases[0].failure
    assert log.cases[0].output.startswith(f"answered temperature: {kept}")
    assert len(log.cases[0].output) < 200


def test_what_cannot_be_measured_or_drawn_does_not_stop_the_bench(tmp_path):
    breaks = lambda *_: [][1]
    broken = dataclasses.replace(toy.protocol(), measure=breaks)
    assert "cannot be measured (IndexError" in run_bench(broken, GOOD, tmp_path / "a").cases[0].failure
    undrawn = dataclasses.replace(toy.protocol(), figures=breaks, picture=breaks, badness="error")
    assert outcomes(run_bench(undrawn, GOOD, tmp_path / "b")) == ["pass", "pass"]
    assert Log.read(tmp_path / "b").verdicts
    (said,), _ = read_figures(tmp_path / "b")
    assert said.rows[-1][0] == "figures"
    assert "IndexError" in said.rows[-1][1]


def test_a_statistic_that_breaks_is_not_tested_and_the_log_is_written(tmp_path):
    breaks = dataclasses.replace(toy.protocol().criteria[0], statistic=lambda table: table["no such column"])
    log = run_bench(
        dataclasses.replace(toy.protocol(), criteria=[breaks, *toy.protocol().criteria[1:]]), GOOD, tmp_path
    )
    assert outcomes(log) == ["not tested", "pass"]
    assert log.verdicts[0].reason == "it cannot be computed (KeyError: 'no such column')"
    assert log.verdicts[0].limit is not None
    assert Log.read(tmp_path).verdicts == log.verdicts


def test_a_limit_that_asks_nothing_of_the_answers_is_not_held_against_them(tmp_path):
    def asks_nothing(table):
        raise NotApplicable("all is well at any number")

    spared = dataclasses.replace(toy.protocol().criteria[0], statistic=asks_nothing)
    log = run_bench(dataclasses.replace(toy.protocol(), criteria=[spared]), GOOD, tmp_path)
    found = log.verdicts[0]
    assert (found.outcome, found.limit, found.mark) == ("not applicable", None, "")
    assert found.reason == "all is well at any number"


def test_a_second_run_in_a_folder_leaves_nothing_of_the_first(tmp_path):
    run_bench(toy.protocol(), GOOD, tmp_path)
    fewer = dataclasses.replace(toy.protocol(), cases=lambda: list(toy.cases())[:2])
    run_bench(fewer, GOOD, tmp_path)
    assert sorted(p.stem for p in (tmp_path / "answers").iterdir()) == ["bath_0", "bath_1"]


def test_what_neither_json_nor_xml_can_hold_is_replaced(tmp_path):
    def colourful(stimulus):
        raise ValueError("\x1b[31mred \ud800")

    log = run_bench(toy.protocol(), Function(colourful, "toy:colourful"), tmp_path)
    assert ElementTree.fromstring(junit(log))[0].get("failures") == "1"


def test_what_a_crashing_device_printed_is_kept(tmp_path):
    log = run_bench(toy.protocol(), Function(toy.crashes, "toy:crashes"), tmp_path)
    assert "warming up" in log.cases[0].output
    assert "Traceback" in log.cases[0].output


FILES = """import json, sys
given = json.load(open(sys.argv[1]))
json.dump({"temperature": sum(given["wave"]) / len(given["wave"]) + 0.1}, open(sys.argv[2], "w"))
"""
PIPES = """import json, sys
given = json.load(sys.stdin)
print(json.dumps({"temperature": given["wave"][0] + 0.1}))
"""


@pytest.mark.parametrize(("text", "arguments"), [(FILES, " {input} {output}"), (PIPES, "")])
def test_a_command_answers_by_files_or_pipes(tmp_path, text, arguments):
    script = tmp_path / "device.py"
    script.write_text(text)
    device = Command(f"{sys.executable} {script}{arguments}")
    assert outcomes(run_bench(toy.protocol(), device, tmp_path / "out")) == ["pass", "pass"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import sys; sys.exit('broken sensor')", "exit code 1: broken sensor"),
        ("print('37 degrees')", "it begins with '37 degrees'; print one JSON object alone"),
        ("print('[37]')", "a list of 1 came"),
        ("print('before', flush=False); import os; os.abort()", "killed by SIGABRT: before"),
        ("import sys; sys.exit(139)", "exit code 139, which a shell gives for killed by SIGSEGV"),
        ("pass", "it ended with exit code 0 and no answer"),
        ("import threading; threading.Event().wait()", "no answer within 0.5 s"),
    ],
)
def test_a_command_that_fails_is_ended_and_its_output_kept(tmp_path, text, words):
    script = tmp_path / "device.py"
    script.write_text(text)
    one = dataclasses.replace(toy.protocol(seconds=0.5 if "0.5" in words else 20.0), cases=lambda: [next(toy.cases())])
    log = run_bench(one, Command(f"{sys.executable} {script}"), tmp_path / "out")
    assert words in log.cases[0].failure
    assert ("broken sensor" in log.cases[0].output) == ("broken sensor" in text)
    assert ("before" in log.cases[0].output) == ("before" in text)


@pytest.mark.parametrize(
    ("text", "arguments", "words"),
    [
        ("import sys\nwhile True: sys.stdout.write('y' * 9999)", "", "printed more than 1 MiB"),
        ("import sys\nwhile True: sys.stderr.write('y' * 9999)", "", "printed more than 1 MiB"),
        ("import sys; open(sys.argv[1], 'w').write('9' * (1 << 21))", " {output}", "longer than 1 MiB"),
    ],
)
def test_a_command_that_prints_without_end_is_ended(tmp_path, monkeypatch, text, arguments, words):
    monkeypatch.setattr(device_module, "MOST_BYTES", 1 << 20)
    script = tmp_path / "device.py"
    script.write_text(text)
    asked = Command(f"{sys.executable} -I -S {script}{arguments}").ask(next(toy.cases()), 60.0)
    assert words in asked.failure
    assert len(asked.output) <= 20_000


PRINTS = """import ctypes, os, sys
print("while it was loaded")
def good(stimulus):
    bath = stimulus["wave"][0]
    print("python", bath)
    sys.stdout.flush()
    os.write(1, b"first\\n")
    os.system("echo second")
    ctypes.CDLL(None).puts(b"third")
    sys.stderr.write("\N{SNOWMAN}\\n")
    if bath == 36.0:
        os._exit(3)
    return {"temperature": bath + 0.1}
"""


@pytest.mark.skipif(os.name != "posix", reason="the C library of this process is found by name only on POSIX")
def test_what_a_function_prints_in_any_language_is_kept_and_is_not_the_bench_s(tmp_path, capfd):
    (tmp_path / "device.py").write_text(PRINTS, encoding="utf-8")
    log = run_bench(toy.protocol(), Isolated(f"{tmp_path / 'device.py'}:good"), tmp_path / "out")
    said = log.cases[0].output.splitlines()
    assert (said[:3], sorted(said[3:])) == (["python 35.0", "first", "second"], ["third", "\N{SNOWMAN}"])
    assert log.cases[1].failure == "its process ended with exit code 3"
    assert log.cases[1].output.splitlines()[:3] == ["python 36.0", "first", "second"]
    assert log.cases[2].output.startswith("python 37.0")
    assert capfd.readouterr() == ("", "")


def test_a_command_that_is_not_there_fails():
    log_reason = Command("no-such-device-anywhere").ask(next(toy.cases()), 1.0).failure
    assert "cannot be started" in log_reason


def test_recorded_answers_are_read(tmp_path):
    for case in toy.cases():
        answer = {"temperature": case.reference["bath"] + 0.2}
        if case.id == "bath_0":
            np.savez(tmp_path / "bath_0.npz", **answer)
        else:
            (tmp_path / f"{case.id}.json").write_text(json.dumps(answer))
    assert outcomes(run_bench(toy.protocol(), Recorded(tmp_path), tmp_path / "out")) == ["pass", "pass"]
    (tmp_path / "bath_3.json").unlink()
    log = run_bench(toy.protocol(), Recorded(tmp_path), tmp_path / "out")
    assert "1 of 5 cases" in log.verdicts[0].reason
    assert "bath_3" in log.verdicts[0].reason


OWN = """import ctypes, os, threading
def good(stimulus):
    return {"temperature": float(stimulus["wave"].mean()) + 0.1}
def dies(stimulus):
    if stimulus["wave"][0] == 36.0:
        os._exit(7)
    return good(stimulus)
def hangs(stimulus):
    if stimulus["wave"][0] == 36.0:
        threading.Event().wait()
    return good(stimulus)
def leaves(stimulus):
    if stimulus["wave"][0] == 36.0:
        os._exit(0)
    return good(stimulus)
def aborts(stimulus):
    print("to the end", end="")
    ctypes.CDLL(None).puts(b"from below")
    if stimulus["wave"][0] == 36.0:
        os.abort()
    return good(stimulus)
"""


@pytest.mark.long
@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("good", ""), ("dies", "exit code 7"), ("hangs", "no answer within 5 s"),
        ("leaves", "exit code 0 before it answered: return the answer and do not exit"),
    ],
)  # fmt: skip
def test_a_function_in_a_process_of_its_own_may_die_or_hang(tmp_path, function, words):
    script = tmp_path / "own_device.py"
    script.write_text(OWN)
    log = run_bench(toy.protocol(), Isolated(f"{script}:{function}"), tmp_path / "out")
    assert [bool(c.failure) for c in log.cases] == [False, bool(words), False, False, False]
    assert words in log.cases[1].failure


@pytest.mark.skipif(sys.platform != "linux", reason="what the C library keeps back is written at once on Linux only")
def test_a_function_that_aborts_is_said_to_and_nothing_that_it_printed_before_is_lost(tmp_path):
    script = tmp_path / "own_device.py"
    script.write_text(OWN)
    log = run_bench(toy.protocol(), Isolated(f"{script}:aborts"), tmp_path / "out")
    assert [bool(c.failure) for c in log.cases] == [False, True, False, False, False]
    assert log.cases[1].failure == "its process was killed by SIGABRT"
    assert log.cases[1].output.startswith("to the endfrom below\nFatal Python error: Aborted")
    assert 'own_device.py", line 20 in aborts' in log.cases[1].output
    assert log.cases[2].output == "to the endfrom below\n"


def test_a_file_that_ends_python_when_it_is_loaded_is_refused_with_the_reason(tmp_path):
    for text, words in (("import sys; sys.exit(0)", "SystemExit"), ("import os; os._exit(4)", "exit code 4")):
        (tmp_path / "own.py").write_text(text)
        with pytest.raises(NotFound, match=f"{words}.*while the file was loaded"):
            Isolated(f"{tmp_path / 'own.py'}:good")


SHAPES = [
    ({}, 36.5, "t is one number; return a list of 3 numbers, one for each of wave"),
    ({}, "36.5", "t is one text; return a list of 3 numbers, one for each of wave"),
    ({}, [[1.0, 2.0, 3.0]], "t is a table of 1 by 3 numbers; return a list of 3 numbers, one for each of wave"),
    ({}, [36.5], "t is a list of 1 number; return a list of 3 numbers, one for each of wave"),
    ({}, [36.5, 98.6, 1e9], "t is 98.6 °C at value 2 of 3 (and 1 more), which leaves 20 to 45 °C"),
    ({}, [36.5, math.inf, 36.0], "t is ∞ °C at value 2 of 3, which leaves 20 to 45 °C"),
    ({"of": ""}, 36.5, "t is one number; return a list of numbers"),
    ({"kind": "samples"}, 1.0, "t is one number; return a list of positions in wave, counted from 0"),
    (
        {"kind": "samples"},
        [0.0, 1.5],
        "t is 1.5 at value 2 of 2, which is no position: it counts whole samples of wave from 0",
    ),
    ({"kind": "samples"}, [0.0, 2.0, 1.0], "t does not ascend at value 3 of 3"),
    ({"kind": "texts"}, ["N"], "t is a list of 1 text; return a list of 3 texts, one for each of wave"),
    ({"kind": "texts"}, 1.0, "t is no list of texts"),
]


@pytest.mark.parametrize(("other", "given", "words"), SHAPES)
def test_what_cannot_be_an_answer_is_said_in_plain_words_with_its_place_and_in_korean(other, given, words):
    answer = Answer("t", "Cel", "", **{"kind": "series", "of": "wave", "bounds": (20.0, 45.0), **other})
    with pytest.raises(Nonsense) as said:
        answer.checked({"t": given}, {"wave": np.zeros(3)})
    assert str(said.value).startswith(words)
    assert translator("ecg/noise_stress", "ko").find(str(said.value)) is not None


@pytest.mark.parametrize(
    ("given", "stimulus", "apt"),
    [
        ([0.4, 1.2, 2.1], {"sampling_frequency_hz": 250.0}, True),
        ([1.0, 2.5], {"sampling_frequency_hz": np.array(250)}, True),
        ([0.4, 3.9, 4.1], {"sampling_frequency_hz": 250.0}, False),  # the record ends at 4 s
        ([100.5, 350.25, 602.0], {"sampling_frequency_hz": 250.0}, False),  # places between samples
        ([0.4, math.nan, 2.1], {"sampling_frequency_hz": 250.0}, False),
        ([0.4, 2.1, 1.2], {"sampling_frequency_hz": 250.0}, False),
        ([-0.4, 1.2], {"sampling_frequency_hz": 250.0}, False),
        ([0.4, 1.2, 2.1], {}, False),  # nobody knows how long the record is
    ],
)  # fmt: skip
def test_that_positions_are_no_seconds_is_said_where_they_look_like_seconds(given, stimulus, apt):
    answer = Answer("beats", "1", "", kind="samples", of="ecg")
    with pytest.raises(Nonsense, match="which is no position: it counts whole samples of ecg from 0") as said:
        answer.checked({"beats": given}, {"ecg": np.zeros(1000), **stimulus})
    assert ("not seconds" in str(said.value)) is apt
    assert translator("ecg/noise_stress", "ko").find(str(said.value)) is not None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([36.5, math.nan, 36.0], "t is NaN at value 2 of 3"),
        ([math.nan, 36.0, math.nan], "t is NaN at 2 of 3 values, the first is value 1"),
        ([36.5, 36.0, 36.0], ""),
    ],
)
def test_gaps_are_located(given, words):
    assert Answer("t", "Cel", "", "series").gaps(np.array(given)) == words


def test_a_function_that_is_not_there_is_refused():
    with pytest.raises(NotFound, match="module:function"):
        Isolated("tests.bench.toy:missing")
    with pytest.raises(NotFound, match="no_module"):
        Isolated("no_module:good")


def test_a_claim_that_is_withheld_in_one_case_is_not_tested_and_what_is_not_due_may_be(tmp_path):
    hot = lambda case: case.reference["bath"] > 36.5
    claim = Answer("shown", "Cel", "what it shows", optional=True, claim="largest", due=hot)
    own = dataclasses.replace(toy.protocol(), answers=[*toy.protocol().answers, claim])
    device = lambda silent: lambda s: {**toy.good(s), **({} if s["wave"][0] in silent else {"shown": 37.0})}
    told = run_bench(own, Function(device((35.0, 36.0)), "toy"), tmp_path / "a")
    assert outcomes(told) == ["pass", "pass"]
    silent = run_bench(own, Function(device((39.0,)), "toy"), tmp_path / "b")
    assert outcomes(silent) == ["not tested", "pass"]
    assert silent.verdicts[0].reason == "shown withheld in 1 of 5 cases, such as bath_3"
    assert judge_again(own, tmp_path / "b").verdicts == silent.verdicts


def test_a_broken_log_is_refused(tmp_path):
    with pytest.raises(ReadError, match=r"log\.json"):
        Log.read(tmp_path)
    (tmp_path / "log.json").write_text("{}")
    with pytest.raises(ReadError, match=r"log\.json"):
        Log.read(tmp_path)


def test_an_answer_that_cannot_be_measured_is_a_failure_of_the_device(tmp_path):
    def measure(case, answers):
        raise StatisticsError("the volume has gaps")

    broken = dataclasses.replace(toy.protocol(), measure=measure)
    log = run_bench(broken, Function(toy.good, "good"), tmp_path)
    assert {c.failure for c in log.cases} == {"the volume has gaps"}
    assert outcomes(log) == ["fail", "not tested"]


@pytest.mark.parametrize(
    ("sense", "outcome", "says"),
    [("at least", "pass", "is at least"), ("more than", "fail", "is not more than"), ("at most", "pass", "is at most")],
)
def test_a_value_at_the_limit_is_not_more_than_the_limit(sense, outcome, says):
    limit = dataclasses.replace(toy.LIMIT, value=0.25)
    own = toy.protocol(limit=limit)
    exact = dataclasses.replace(
        own.criteria[0], sense=sense, statistic=lambda table: Interval(*[0.25] * 3, 0.95, "", 5)
    )
    case = Played("bath_0", "s", {}, "", 0.0, "", "", ({"error": 0.25},), "")
    (verdict,) = judging.judge(dataclasses.replace(own, criteria=[exact]), [case])
    assert verdict.outcome == outcome
    assert says in verdict.reason
    assert translator("ecg/noise_stress", "ko").find(verdict.reason) is not None
