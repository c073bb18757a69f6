"""What a run keeps: one that was killed goes on, and what was changed since is found when it is judged again."""

import dataclasses
import functools
import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from tests.bench import toy
from twinbed.bench import Command, Function, Isolated, Log, Recorded, find, judge_again, run, run_bench, sources
from twinbed.bench.device import DeviceUnderTest
from twinbed.bench.dossier import write_dossier
from twinbed.bench.kept import Kept
from twinbed.bench.live import LiveProgram
from twinbed.bench.log import answer_path, sha256_of, write_figures
from twinbed.bench.report import write_page
from twinbed.core.errors import ReadError

GOOD = Function(toy.good, "toy:good")


def without_times(folder):
    found = json.loads((folder / "log.json").read_text())
    del found["started"]
    for case in found["cases"]:
        del case["seconds"]
    return found


KILLED = """import os, pathlib, signal, sys
from tests.bench import toy
from twinbed.bench import Function, run_bench

asked = pathlib.Path(sys.argv[2])

def device(stimulus):
    with asked.open("a") as file:
        file.write(f"{stimulus['wave'][0]:g} ")
    if len(asked.read_text().split()) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return toy.good(stimulus)

run_bench(toy.protocol(), Function(device, "toy:good"), pathlib.Path(sys.argv[1]))
"""


@pytest.mark.long
def test_a_run_that_was_killed_goes_on_and_ends_with_the_same_log(tmp_path):
    root = pathlib.Path(toy.__file__).parents[2]
    command = [sys.executable, "-c", KILLED, str(tmp_path / "run"), str(tmp_path / "asked")]
    assert subprocess.run(command, cwd=root, check=False).returncode == -9
    assert not (tmp_path / "run" / "log.json").exists()
    assert subprocess.run(command, cwd=root, check=False).returncode == 0
    # the third case was asked when it was killed, and is asked again; the first two are not
    assert (tmp_path / "asked").read_text().split() == ["35", "36", "37", "37", "39", "41"]
    (tmp_path / "never").write_text("3 were asked ")  # nobody kills it
    command[-2:] = [str(tmp_path / "whole"), str(tmp_path / "never")]
    assert subprocess.run(command, cwd=root, check=False).returncode == 0
    assert without_times(tmp_path / "run") == without_times(tmp_path / "whole")
    files = lambda name: {p.name: p.read_bytes() for p in (tmp_path / name).rglob("*") if p.suffix in (".npz", ".json")}
    assert {n: b for n, b in files("run").items() if n != "log.json"} == {
        n: b for n, b in files("whole").items() if n != "log.json"
    }


def interrupted(folder, device: DeviceUnderTest = GOOD, after=2):
    """A run that ends for lack of power after some cases."""

    def cases():
        for number, case in enumerate(toy.cases()):
            if number == after:
                raise KeyboardInterrupt
            yield case

    with pytest.raises(KeyboardInterrupt):
        run_bench(dataclasses.replace(toy.protocol(), cases=cases), device, folder)


def counted():
    """What it was asked, and a device that is `GOOD` to a run: of the same name and source file."""
    asked = []

    @functools.wraps(toy.good)
    def device(stimulus):
        asked.append(float(stimulus["wave"][0]))
        return toy.good(stimulus)

    return asked, Function(device, "toy:good")


def test_failures_and_what_was_printed_are_kept_too(tmp_path):
    crashes = Function(toy.crashes, "toy:crashes")
    interrupted(tmp_path / "run", crashes)
    log = run_bench(toy.protocol(), crashes, tmp_path / "run")
    assert "warming up" in log.cases[0].output
    run_bench(toy.protocol(), crashes, tmp_path / "whole")
    assert without_times(tmp_path / "run") == without_times(tmp_path / "whole")


def test_an_answer_that_was_damaged_since_is_asked_again(tmp_path):
    asked, device = counted()
    interrupted(tmp_path, device)
    answer_path(tmp_path, "bath_1").write_bytes(b"")
    asked.clear()
    run_bench(toy.protocol(), device, tmp_path)
    assert asked == [36.0, 37.0, 39.0, 41.0]


@pytest.mark.parametrize("other", ["limit", "device", "cases"])
def test_another_run_in_the_folder_begins_anew(tmp_path, other):
    interrupted(tmp_path)
    asked, device = counted()
    protocol = toy.protocol()
    if other == "limit":
        protocol = toy.protocol(dataclasses.replace(toy.LIMIT, value=0.2))
    elif other == "device":
        device = dataclasses.replace(device, name="toy:other")
    else:
        moved = lambda case: dataclasses.replace(case, reference={"bath": case.reference["bath"] + 0.01})
        protocol = dataclasses.replace(protocol, cases=lambda: [moved(case) for case in toy.cases()])
    run_bench(protocol, device, tmp_path)
    assert len(asked) == 5


def test_a_device_whose_file_was_changed_is_another(tmp_path):
    script = tmp_path / "device.py"
    script.write_text("def answer(stimulus):\n    return {}\n")
    own, command = Isolated(f"{script}:answer"), Command(f"{sys.executable} device.py", tmp_path)
    before = [dict(own.described()), dict(command.described())]
    assert before[0]["sha256"] == before[1]["files_sha256"]["device.py"] == sha256_of(script)
    script.write_text("def answer(stimulus):\n    return {'temperature': 37}\n")
    assert [dict(own.described()) == before[0], dict(command.described()) == before[1]] == [False, False]
    own.close()


def test_a_run_of_other_recorded_answers_begins_anew(tmp_path):
    """Two versions of a device under one name: a log must not hold answers of both."""
    for version, shift in (("v1", 0.5), ("v2", 0.1)):
        (tmp_path / version / "answers").mkdir(parents=True)
        for case in toy.cases():
            answer = {"temperature": case.reference["bath"] + shift}
            (tmp_path / version / "answers" / f"{case.id}.json").write_text(json.dumps(answer))
    first, second = (Recorded(tmp_path / version / "answers") for version in ("v1", "v2"))
    interrupted(tmp_path / "run", first)
    before = first.described()
    log = run_bench(toy.protocol(), second, tmp_path / "run", name="Beat One")
    assert [case.rows[0]["error"] for case in log.cases] == pytest.approx([0.1] * 5)
    (tmp_path / "v1" / "answers" / "notes.txt").write_text("no answer")
    assert first.described() == before
    (tmp_path / "v1" / "answers" / "bath_4.json").rename(tmp_path / "v1" / "answers" / "bath_9.json")
    assert first.described() != before


def test_a_program_on_the_path_that_was_changed_is_another(tmp_path, monkeypatch):
    program = tmp_path / "detect"
    program.write_text("#!/bin/sh\necho 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    device = Command("detect {input}", tmp_path / "elsewhere")
    before = device.described()
    program.write_text("#!/bin/sh\necho 2\n")
    assert device.described() != before


@pytest.mark.long
@pytest.mark.parametrize("edited", ["beside.py", "pack/__init__.py", "pack/deep/late.py"])
def test_a_device_of_which_a_module_was_changed_is_another_and_its_run_begins_anew(tmp_path, edited):
    """What it imports at once, and what it would import when it is asked."""
    home = tmp_path / "home"
    (home / "pack" / "deep").mkdir(parents=True)
    for name in ("pack/__init__.py", "pack/deep/__init__.py", "pack/deep/late.py", "beside.py", "notes.txt"):
        (home / name).write_text("SHIFT = 0.0\n")
    (home / "own.py").write_text(
        "import beside\ndef answer(stimulus):\n    return {'temperature': stimulus['wave'][0]}\n"
    )
    kinds = [
        lambda: Isolated(f"{home / 'own.py'}:answer"), lambda: Command("python3 own.py", home),
        lambda: LiveProgram("python3 own.py", home),
    ]  # fmt: skip
    described = lambda: [_described(kind()) for kind in kinds]
    interrupted(tmp_path / "run", kinds[0]())
    before = described()
    (home / "notes.txt").write_text("no source\n")
    assert described() == before
    assert Kept.of(tmp_path / "run", run._identity(toy.protocol(), kinds[0]())) is not None
    (home / edited).write_text("SHIFT = 1.0\n")
    assert [one == two for one, two in zip(before, described(), strict=True)] == [False, False, False]
    assert Kept.of(tmp_path / "run", run._identity(toy.protocol(), kinds[0]())) is None


def _described(device):
    found = dict(device.described())
    device.close()
    return found


def test_a_run_of_another_state_of_this_package_begins_anew(tmp_path, monkeypatch):
    interrupted(tmp_path)
    monkeypatch.setattr(run.sources, "of_this_package", lambda: "another")
    asked, device = counted()
    run_bench(toy.protocol(), device, tmp_path)
    assert len(asked) == 5


def test_a_module_is_known_by_the_sources_of_its_package():
    assert {"kept.py", "sources.py", "beats.py"} <= {file.name for file in sources.of_module("twinbed.bench.kept")}
    assert sources.of_module("no_such_module_at_all") == []
    assert sources.digest([]) == ""


def test_what_lies_in_the_folder_of_unfinished_cases_is_not_trusted(tmp_path):
    kept = Kept.begun(tmp_path, {"a": 1})
    (tmp_path / "unfinished" / "case-bath_0.json").write_text("[1]")
    case = next(toy.cases())
    assert kept.case(case, case.sha256) is None
    assert Kept.of(tmp_path, {"a": 1}) == kept
    (tmp_path / "unfinished" / "run.json").write_text("{")
    assert Kept.of(tmp_path, {"a": 1}) is None


def test_the_log_has_fingerprints_of_stimulus_and_answer(tmp_path):
    log = run_bench(toy.protocol(), GOOD, tmp_path)
    for case, played in zip(toy.cases(), log.cases, strict=True):
        assert played.stimulus_sha256 == dataclasses.replace(case, reference={"bath": 0.0}).stimulus_sha256
        assert played.stimulus_sha256 != played.sha256
        assert played.answer_sha256 == sha256_of(answer_path(tmp_path, case.id))
    assert len({c.stimulus_sha256 for c in log.cases}) == 5
    assert {c.answer_sha256 for c in Log.read(tmp_path).cases} == {c.answer_sha256 for c in log.cases}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda folder: np.savez(answer_path(folder, "bath_2"), temperature=37.0), "bath_2: its answer;?"),
        (lambda folder: answer_path(folder, "bath_3").unlink(), "bath_3: its answer is gone"),
        (lambda folder: np.savez(answer_path(folder, "bath_9"), temperature=37.0), "bath_9: an answer to no case"),
    ],
)
def test_answers_that_were_changed_are_named_and_not_judged(tmp_path, change, words):
    run_bench(toy.protocol(), GOOD, tmp_path)
    change(tmp_path)
    with pytest.raises(ReadError, match=words):
        judge_again(toy.protocol(), tmp_path)


def test_an_answer_beside_the_kept_one_is_not_taken(tmp_path):
    log = run_bench(toy.protocol(), Function(toy.bad, "toy:bad"), tmp_path)
    (tmp_path / "answers" / "bath_0.json").write_text('{"temperature": 35.0}')
    assert judge_again(toy.protocol(), tmp_path).verdicts == log.verdicts


def test_an_answer_put_where_the_device_had_failed_is_found(tmp_path):
    run_bench(toy.protocol(), Function(toy.crashes, "toy:crashes"), tmp_path)
    (tmp_path / "answers").mkdir()
    np.savez(answer_path(tmp_path, "bath_0"), temperature=35.0)
    with pytest.raises(ReadError, match="bath_0: its answer"):
        judge_again(toy.protocol(), tmp_path)


def test_stimuli_and_references_that_were_changed_are_told_apart(tmp_path):
    run_bench(toy.protocol(), GOOD, tmp_path)

    def cases():
        for k, case in enumerate(toy.cases()):
            part = {1: "stimulus", 2: "reference"}.get(k)
            yield dataclasses.replace(case, **{part: {"wave": np.ones(3)}}) if part else case

    with pytest.raises(ReadError, match=r"bath_1: its stimulus; bath_2: its reference\. Run"):
        judge_again(dataclasses.replace(toy.protocol(), cases=cases), tmp_path)


def test_a_run_that_cannot_go_on_says_what_changed(tmp_path):
    assert Kept.begun(tmp_path, {"device": 1, "limits": {}}).changed == ()
    assert Kept.begun(tmp_path, {"device": 1, "limits": {}}).changed == ()
    assert Kept.begun(tmp_path, {"device": 2, "limits": {}}).changed == ("device",)


def test_a_function_in_this_process_has_the_fingerprint_of_its_source_file(tmp_path):
    known = {"source": "toy.py", "sha256": sha256_of(pathlib.Path(toy.__file__))}
    partial = functools.partial(toy.good)
    for function in (toy.good, partial, functools.wraps(toy.good)(lambda given: toy.good(given)), _Callable()):
        log = run_bench(toy.protocol(), Function(function, "own"), tmp_path)
        own = {**known, "source": "test_kept.py", "sha256": sha256_of(pathlib.Path(__file__))}
        assert log.device == {"kind": "function", "name": "own", **(own if isinstance(function, _Callable) else known)}
    assert Function(dict, "built in").described() == {"kind": "function", "name": "built in"}


class _Callable:
    def __call__(self, given):
        return toy.good(given)


def test_a_device_of_twinbed_has_the_fingerprint_of_its_file_and_not_of_what_attaches_it():
    made = find.protocol("alarms/alarm_delays")
    known = find.device("devices/software/alarm_system", made).described()
    assert known["source"] == "alarm_system.py"
    assert known["sha256"] == sha256_of(pathlib.Path(sources.__file__).parents[1] / "devices/software/alarm_system.py")


def test_a_function_of_a_module_has_the_fingerprint_of_its_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pack_of_a_test").mkdir()
    for name in ("__init__", "own"):
        (tmp_path / "pack_of_a_test" / f"{name}.py").write_text("def own(given):\n    return {'temperature': 37.0}\n")
    device = find.device("pack_of_a_test.own:own", toy.protocol())
    before = _described(device)
    assert (before["source"], before["sha256"]) == ("own.py", sha256_of(tmp_path / "pack_of_a_test" / "own.py"))
    (tmp_path / "pack_of_a_test" / "__init__.py").write_text("")
    after = _described(device)
    assert after["sha256"] == before["sha256"]
    assert after["sources_sha256"] != before["sources_sha256"]
    assert sources.file_of_module("pack_of_a_test.no") is None
    assert sources.file_of_module("pack_of_a_test").name == "__init__.py"
    assert sources.file_of_module("no_such_module_at_all") is None


@pytest.mark.parametrize(
    ("lang", "said", "none"),
    [("en", "nothing shows which version", "none: what runs behind the port is not known to the bench"),
     ("ko", "어느 버전에 대한 것인지", "없음: 포트 뒤에서")],
)  # fmt: skip
def test_page_and_dossier_have_the_fingerprint_or_say_that_a_port_has_none(tmp_path, lang, said, none):
    log = run_bench(toy.protocol(), Function(toy.good, "own"), tmp_path / "own")
    page = write_page(tmp_path / "own", lang=lang).read_text(encoding="utf-8")
    assert f"<code>{log.device['sha256']}</code>" in page
    assert said not in page
    (tmp_path / "live").mkdir()
    behind = dataclasses.replace(log, device={"kind": "live", "name": "live:127.0.0.1:1", "fingerprint": "none"})
    behind.write(tmp_path / "live")
    write_figures(tmp_path / "live", [], [])
    page = write_page(tmp_path / "live", lang=lang).read_text(encoding="utf-8")
    assert said in page
    assert none in page
    (tmp_path / "device.toml").write_text("[device]\n")
    for name, has in (("own", False), ("live", True)):
        write_dossier(tmp_path / name, tmp_path / "device.toml", tmp_path / "d" / name, lang=lang, docx=False)
        report = (tmp_path / "d" / name / "validation.html").read_text(encoding="utf-8")
        assert (said in report, none in report) == (has, has)
        assert (f"<code>{log.device['sha256']}</code>" in report) is not has
