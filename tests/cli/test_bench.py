"""`twinbed bench` as a firm would use it."""

import csv
import dataclasses
import itertools
import json
import pathlib
import shutil
import subprocess
import sys
import types

import pytest

from tests.bench import toy
from twinbed.bench import Function, find, run_bench
from twinbed.bench.kept import Kept
from twinbed.bench.verdict import Verdict
from twinbed.cli.app import main
from twinbed.cli.bench import _Cases
from twinbed.cli.verdicts import all_passed
from twinbed.connect.data import data_root

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples"
ONE = ["--set", "persons=1"]


def run(*arguments):
    """The exit code."""
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return ended.value.code or 0


@pytest.mark.long
def test_a_run_is_judged_again_and_reported_in_korean(tmp_path, capsys):
    out = tmp_path / "run"
    assert run("bench", "run", "ecg/noise_stress", "--device", "qrs", "--out", str(out), *ONE) == 0
    assert {"log.json", "figures.json", "report.html", "report.ko.html", "junit.xml", "results.csv", "answers"} <= {
        p.name for p in out.iterdir()
    }
    own = tmp_path / "own.toml"
    own.write_text("[noisy_sensitivity]\nvalue = 99.999\n")
    again = tmp_path / "again"
    assert run("bench", "judge", str(out), "--out", str(again), "--limits", str(own), *ONE) in (0, 1)
    limits = json.loads((again / "log.json").read_text())["limits"]
    assert (limits["noisy_sensitivity"]["value"], limits["noisy_sensitivity"]["mark"]) == (99.999, "laboratory")
    capsys.readouterr()
    assert run("bench", "report", str(out), "--lang", "ko") == 0
    assert str(out / "report.ko.html") in capsys.readouterr().out
    assert 'lang="ko"' in (out / "report.ko.html").read_text()
    assert 'lang="en"' in (out / "report.html").read_text()


def test_a_bad_device_has_exit_code_1_and_json(tmp_path, capsys):
    code = run("bench", "run", "ecg/noise_stress", "--device", "bad", "--out", str(tmp_path), "--json", *ONE)
    assert code == 1
    log = json.loads(capsys.readouterr().out)
    assert "fail" in {v["outcome"] for v in log["verdicts"]}


@pytest.mark.long
@pytest.mark.parametrize("device", ["bring_your_own_detector.py:detect", "bring_your_own_command.toml"])
def test_the_examples_bring_their_own(tmp_path, device, capsys):
    for file in EXAMPLES.glob("bring_your_own_*"):
        shutil.copy(file, tmp_path)
    told = tmp_path / "bring_your_own_command.toml"
    told.write_text(told.read_text().replace("python3", sys.executable))
    out = tmp_path / "run"
    code = run(
        "bench", "run", "ecg/noise_stress", "--device", str(tmp_path / device), "--out", str(out), "--json", *ONE
    )
    log = json.loads(capsys.readouterr().out)
    assert [c["failure"] for c in log["cases"]] == [""] * 21
    assert code in (0, 1)


def test_wrong_input_has_exit_code_2(tmp_path, capsys):
    assert run("bench", "run", "ecg/beat_detectoin", "--device", "qrs") == 2
    assert "did you mean ecg/beat_detection" in capsys.readouterr().err
    assert run("bench", "run", "ecg/noise_stress", "--device", "mine") == 2
    assert run("bench", "judge", str(tmp_path)) == 2


def played(device, folder, *more):
    return run("bench", "run", "ecg/noise_stress", "--device", str(device), "--out", str(folder), *ONE, *more)


@pytest.mark.parametrize("device", ["empty", "gone.py:detect", "gone.toml", "d.toml"])
def test_what_cannot_be_asked_is_told_before_the_first_case(tmp_path, capsys, device):
    (tmp_path / "empty").mkdir()
    (tmp_path / "d.toml").write_text('command = "no-such-program {input} {output}"')
    assert played(tmp_path / device, tmp_path / "out") == 2
    said = capsys.readouterr().err
    assert said.startswith("twinbed: ")
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_what_is_wrong_with_answers_is_said_once(tmp_path, capsys):
    (tmp_path / "own.py").write_text("def own(given):\n    return {'beats': [0.5, 1.5]}\n")
    assert played(f"{tmp_path / 'own.py'}:own", tmp_path / "out") == 1
    said = capsys.readouterr()
    assert said.err.count("not seconds") == said.out.count("not seconds") == 1
    assert said.err.startswith(f"ecg/noise_stress: asks own:own 21 cases, into {tmp_path / 'out'}\n")
    assert said.err.count("asks own:own") == 1
    assert "case 1 of 21" in said.err
    assert "note: case person_0-baseline_wander-0 has no usable answer" in said.err
    assert said.out.count("not measured") == 5


@pytest.mark.long
def test_a_device_has_the_name_that_it_is_given_and_verdicts_show_intervals_and_marks(tmp_path, capsys):
    assert played("qrs", tmp_path / "run", "--name", "Pulse One") == 0
    said = capsys.readouterr().out
    assert "value 97.91 % is at least 95 % (+)" in said
    assert "(+) the standard sets no such limit" in said
    device = json.loads((tmp_path / "run" / "log.json").read_text())["device"]
    assert (device["name"], device["given_as"]) == ("Pulse One", "qrs")
    assert "Pulse One" in (tmp_path / "run" / "report.html").read_text()


@pytest.mark.long
def test_limits_that_a_protocol_does_not_use_are_warned_of_and_a_file_of_such_alone_is_refused(tmp_path, capsys):
    own = tmp_path / "own.toml"
    own.write_text("[qrs_sensitivity]\nvalue = 99.9\n")
    assert played("qrs", tmp_path / "run", "--limits", str(own)) == 2
    assert "changes nothing of ecg/noise_stress: it uses noisy_sensitivity" in capsys.readouterr().err
    own.write_text("[qrs_sensitivity]\nvalue = 99.9\n[noisy_sensitivity]\nvalue = 90\n")
    assert played("qrs", tmp_path / "run", "--limits", str(own)) == 0
    assert "warning: ecg/noise_stress does not use qrs_sensitivity" in capsys.readouterr().err


@pytest.mark.long
def test_cases_are_answered_elsewhere_and_come_back(tmp_path, capsys):
    assert run("bench", "cases", "ecg/noise_stress", "--out", str(tmp_path / "made"), "--csv", *ONE) == 0
    tables = {file.stem for file in (tmp_path / "made" / "tables").iterdir()}
    assert tables == {file.stem for file in (tmp_path / "made" / "cases").iterdir()}
    assert "21 cases" in capsys.readouterr().out
    program = [sys.executable, str(EXAMPLES / "bring_your_own_command.py")]
    for file in (tmp_path / "made" / "cases").iterdir():
        subprocess.run([*program, str(file), str(tmp_path / "made" / "answers" / file.name)], check=True)
    assert played(tmp_path / "made" / "answers", tmp_path / "run") in (0, 1)
    assert "without a usable answer" not in capsys.readouterr().out
    wrong = ["--set", "persons=1", "--set", "seed=12"]
    assert run("bench", "run", "ecg/noise_stress", "--device", str(tmp_path / "made" / "answers"), *wrong) == 2
    assert "with these settings" in capsys.readouterr().err
    assert run("bench", "cases", "ecg/noise_stress", "--out", str(tmp_path / "made"), *ONE) == 2


@pytest.mark.parametrize(
    ("outcome", "limit", "passed"),
    [
        ("pass", 90.0, True), ("pass", None, True), ("not applicable", None, True), ("not tested", None, True),
        ("fail", 90.0, False), ("fail", None, False), ("not tested", 90.0, False), ("not applicable", 90.0, False),
    ],
)  # fmt: skip
def test_what_was_not_held_against_its_limit_is_not_passed(outcome, limit, passed):
    fine = Verdict("other", "clause", "pass", "", limit=1.0)
    one = Verdict("criterion", "clause", outcome, "", limit=limit)
    assert all_passed(types.SimpleNamespace(verdicts=(fine, one))) is passed  # pyright: ignore[reportArgumentType]


def test_records_without_what_a_limit_is_about_have_exit_code_1(tmp_path, capsys):
    if (root := data_root()) is None or not (root / "mitdb").is_dir():
        pytest.skip("no recordings: mitdb (set TWINBED_DATA)")
    calm = tmp_path / "calm.py"
    calm.write_text("def answer(given):\n    return {'starts': [], 'ends': []}\n")
    command = ("bench", "run", "ecg/atrial_fibrillation", "--device", f"{calm}:answer", "--out", str(tmp_path / "out"))
    assert run(*command, "--set", 'records=["100"]') == 1
    assert "not applicable" in capsys.readouterr().out


def test_all_protocols_are_listed(capsys):
    assert run("bench", "list", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["id"] for one in found] == find.protocol_ids()
    assert all({"good", "bad"} <= set(one["devices"]) for one in found)
    assert all(one["given"] and one["answers"] for one in found)


def test_protocols_are_found_by_a_word(capsys):
    assert run("bench", "list", "oximeter") == 0
    assert "oximetry/saturation_accuracy" in (said := capsys.readouterr().out)
    assert "ecg/" not in said
    assert run("bench", "list", "telepathy") == 2


def test_a_protocol_is_shown_with_its_settings(capsys):
    assert run("bench", "show", "infusion/flow_accuracy", "--set", "kind=ambulatory", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["given"]["rate_ml_h"] == {
        "kind": "number", "unit": "mL/h", "means": "rate that is set", "optional": False, "inside": False,
        "rows": "", "columns": "",
    }  # fmt: skip
    assert "start_up_ambulatory" in found["limits"]
    assert run("bench", "show", "ecg/noise_stress", "--lang", "ko") == 0
    assert "기기가 받는 것" in capsys.readouterr().out


def test_pages_are_written(tmp_path, capsys):
    assert run("bench", "list", "alarms", "--markdown", str(tmp_path)) == 0
    assert {p.name for p in (tmp_path / "alarms").iterdir()} == {
        "alarm_delays.md", "auditory_signals.md", "visual_signals.md"
    }  # fmt: skip


def _detector(folder, name="own", answer="[]"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.py").write_text(f"def own(given):\n    return {{'beats': {answer}}}\n")
    return folder / f"{name}.py"


@pytest.mark.long
def test_files_of_one_name_in_two_folders_are_two_devices_with_a_folder_each(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for place in ("a", "b"):
        _detector(tmp_path / place)
        run("bench", "run", "ecg/noise_stress", "--device", f"{place}/own.py:own", *ONE)
    logs = [json.loads(path.read_text()) for path in tmp_path.glob("out/bench/ecg/noise_stress/own_own-*/log.json")]
    assert sorted(log["device"]["given_as"] for log in logs) == ["a/own.py:own", "b/own.py:own"]
    capsys.readouterr()
    # What people read is the same, so a dossier of both must not take the later for a second run of the earlier.
    device = tmp_path / "device.toml"
    command = ("bench", "dossier", "out", "--device", str(device), "--out", "dossier")
    for said, told in (
        ("", "has logs of a/own.py:own, b/own.py:own"),
        ('logged_as = ["own:own"]', "own:own is several devices: a/own.py:own, b/own.py:own"),
        ('logged_as = ["a/own.py:own", "b/own.py:own"]', "under several names"),
    ):
        device.write_text(f'[device]\nname = "One"\n{said}\n')
        assert run(*command) == 2
        assert told in capsys.readouterr().err
    device.write_text('[device]\nname = "One"\nlogged_as = ["a/own.py:own"]\n')
    assert run(*command) == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["--device", "a_b.py:own"], ["--device", "a.py:b_own"]),
        (["--device", "own.py:own", "--name", "A+"], ["--device", "own.py:own", "--name", "A*"]),
        (["--device", "own.py:own", "--name", "x" * 100], ["--device", "own.py:own", "--name", "x" * 99]),
        (["--device", "qrs"], ["--device", "qrs.toml"]),
        (["--device", "answers.toml"], ["--device", "answers"]), (["--device", "answers-1.0"], ["--device", "answers-1.1"]),
        (["--device", "qrs"], ["--device", "./qrs"]),
    ],
)  # fmt: skip
@pytest.mark.long
def test_runs_of_two_devices_keep_what_each_left(tmp_path, monkeypatch, one, other):
    monkeypatch.chdir(tmp_path)
    _detector(tmp_path)
    _detector(tmp_path, "a_b")
    (tmp_path / "a.py").write_text("def b_own(given):\n    return {'beats': []}\n")
    for name in ("qrs", "answers"):
        (tmp_path / f"{name}.toml").write_text('command = "sh -c \\"echo {}\\""')
    for name in ("qrs", "answers", "answers-1.0", "answers-1.1"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "person_0-baseline_wander-0.json").write_text('{"beats": []}')
    for arguments in (one, other):
        assert run("bench", "run", "ecg/noise_stress", *arguments, *ONE) in (0, 1)
    assert len(list(tmp_path.glob("out/bench/ecg/noise_stress/*/log.json"))) == 2


@pytest.mark.long
def test_a_folder_with_the_run_of_another_device_is_not_cleared(tmp_path, capsys):
    one, other = _detector(tmp_path / "v1"), _detector(tmp_path / "v2")
    assert played(f"{one}:own", tmp_path / "out") == 1
    before = (tmp_path / "out" / "log.json").read_bytes()
    capsys.readouterr()
    for more in ([], ["--jobs", "2"]):
        assert played(f"{other}:own", tmp_path / "out", *more) == 2
        said = capsys.readouterr().err
        assert f"holds a run of {one}:own" in said
        assert "(--out)" in said
    assert (tmp_path / "out" / "log.json").read_bytes() == before
    assert played(f"{one}:own", tmp_path / "out") == 1, "the same device runs again"


@pytest.mark.parametrize(("name", "code"), [("\U00020000" * 80, 0), ("x" * 5000, 0), ("a\udcff", 2)])
def test_a_long_name_is_cut_and_one_that_is_no_text_is_refused(tmp_path, monkeypatch, name, code):
    monkeypatch.chdir(tmp_path)
    assert run("bench", "run", "ecg/noise_stress", "--device", "qrs", "--name", name, *ONE) == code
    assert len(list(tmp_path.glob("out/bench/ecg/noise_stress/*/log.json"))) == (code == 0)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("[noisy_sensitivty]\nvalue = 99.9", "no limit 'noisy_sensitivty'; did you mean noisy_sensitivity?"),
        ("[noisy_sensitivity]\nvalu = 99.9", "has 'valu'; did you mean value?"),
        ("[noisy_sensitivity]\nvalue = '99'", "needs a finite number"), ("[noisy_sensitivity\nvalue = 99", "no TOML"),
        ("noisy_sensitivity = 99", "write [noisy_sensitivity] with a value below it"),
    ],
)  # fmt: skip
def test_a_slip_in_a_laboratorys_own_limits_is_said_in_a_line_before_the_first_case(tmp_path, capsys, written, said):
    (tmp_path / "own.toml").write_text(written)
    assert played("qrs", tmp_path / "out", "--limits", str(tmp_path / "own.toml")) == 2
    told = capsys.readouterr().err
    assert (said in told, told.count("\n"), len(told) < 300, (tmp_path / "out").exists()) == (True, 1, True, False)


def test_limits_that_are_not_there_and_a_folder_without_a_run_are_said_in_plain_words(tmp_path, capsys):
    assert played("qrs", tmp_path / "out", "--limits", str(tmp_path / "none.toml")) == 2
    assert "none.toml: it cannot be read: No such file" in capsys.readouterr().err
    for command in ("report", "judge"):
        assert run("bench", command, str(tmp_path)) == 2
        assert "there is none; `twinbed bench run` writes it" in capsys.readouterr().err


def test_of_an_interrupted_run_everyone_says_that_it_is_unfinished_how_much_is_kept_and_what_goes_on(tmp_path, capsys):
    asked = []

    def stopped(given):
        asked.append(given)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return toy.good(given)

    with pytest.raises(KeyboardInterrupt):
        run_bench(toy.protocol(), Function(stopped, "toy:good"), tmp_path / "runs" / "half")
    half, device = tmp_path / "runs" / "half", tmp_path / "device.toml"
    said = f"the run of toy/bath in {half} is unfinished (2 cases are kept): the `twinbed bench run` command that began"
    device.write_text("")
    dossier = ("bench", "dossier", str(tmp_path / "runs"), "--device", str(device), "--out", str(tmp_path / "d"))
    for command in (("bench", "report", str(half)), ("bench", "judge", str(half)), dossier):
        assert run(*command) == 2
        assert said in capsys.readouterr().err
    run_bench(toy.protocol(), Function(toy.good, "toy:good"), tmp_path / "runs" / "whole")
    assert run(*dossier, "--no-docx") == 0
    assert f"not in the dossier: {said}" in capsys.readouterr().err
    run_bench(toy.protocol(), Function(toy.good, "toy:good"), half)
    assert run(*dossier, "--no-docx") == 0
    assert "unfinished" not in capsys.readouterr().err


@pytest.fixture
def toys(monkeypatch):
    """`find.protocol` gives the toy, under any id."""
    make = lambda id_, limits=None, **settings: dataclasses.replace(toy.protocol(), id=id_, usual={})
    monkeypatch.setattr(find, "protocol", make)


def test_a_folder_with_the_run_of_another_protocol_is_not_cleared(toys, tmp_path, capsys):
    (tmp_path / "own.py").write_text("def own(given):\n    return {'temperature': 37.0}\n")
    command = ("--device", f"{tmp_path / 'own.py'}:own", "--out", str(tmp_path / "out"))
    assert run("bench", "run", "toy/one", *command) == 1
    before = (tmp_path / "out" / "log.json").read_bytes()
    assert run("bench", "run", "toy/other", *command) == 2
    assert "holds a run of toy/one, which one of toy/other would clear" in capsys.readouterr().err
    assert (tmp_path / "out" / "log.json").read_bytes() == before


def test_judging_does_not_write_over_another_run(toys, tmp_path, capsys):
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text("def own(given):\n    return {'temperature': 37.0}\n")
    one, two, other = (tmp_path / name for name in ("a", "b", "c"))
    for folder, protocol, device in ((one, "toy/one", "one"), (two, "toy/one", "two"), (other, "toy/other", "one")):
        assert run("bench", "run", protocol, "--device", f"{tmp_path / device}.py:own", "--out", str(folder)) == 1
    capsys.readouterr()
    for place, told in ((two, "two.py:own"), (other, "toy/other")):
        before = (place / "log.json").read_bytes()
        assert run("bench", "judge", str(one), "--out", str(place)) == 2
        said = capsys.readouterr().err
        assert "holds another run" in said
        assert told in said
        assert (place / "log.json").read_bytes() == before
    for place in (one / "judged", one / "judged", one, one):  # its own, the first time and again
        assert run("bench", "judge", str(one), "--out", str(place)) == 1
    assert run("bench", "judge", str(other), "--out", str(one / "judged")) == 2
    capsys.readouterr()


def test_judging_again_is_said_first_in_the_terminal(toys, tmp_path, capsys):
    (tmp_path / "own.py").write_text("def own(given):\n    return {'temperature': 37.0}\n")
    assert run("bench", "run", "toy/one", "--device", f"{tmp_path / 'own.py'}:own", "--out", str(tmp_path / "out")) == 1
    assert "Judged again" not in capsys.readouterr().out
    assert run("bench", "judge", str(tmp_path / "out")) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("Judged again on ")
    assert said[1] == "Verdicts, values, limits and settings are the same."


@pytest.mark.long
def test_judging_ends_as_a_run_does_and_a_report_alone_ends_well(tmp_path, capsys):
    (tmp_path / "own.py").write_text("def own(given):\n    return {'beats': []}\n")
    assert played(f"{tmp_path / 'own.py'}:own", tmp_path / "out") == 1
    assert run("bench", "judge", str(tmp_path / "out")) == 1
    assert run("bench", "report", str(tmp_path / "out")) == 0
    device = tmp_path / "device.toml"
    device.write_text('[device]\nname = "One"\n')
    assert run("bench", "dossier", str(tmp_path / "out"), "--device", str(device), "--out", str(tmp_path / "d")) == 0
    assert run("bench", "dossier", str(tmp_path / "out"), "--device", str(tmp_path / "no"), "--out", "e") == 2
    capsys.readouterr()


@pytest.mark.parametrize("words", ["glucose", "ecg"])
def test_what_the_lists_say_fits_a_terminal(words, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    assert run("regulatory", "search", words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if len(line) > 80] == []
    assert any(line.startswith("  ") for line in lines)


@pytest.mark.long
def test_the_example_detector_fails_what_its_text_says_and_its_requirements_show_it(tmp_path, capsys):
    if (root := data_root()) is None or not (root / "mitdb").is_dir():
        pytest.skip("no recordings: mitdb (set TWINBED_DATA)")
    example, out = EXAMPLES / "bring_your_own_detector.py", tmp_path / "runs"
    for protocol, code in (("ecg/beat_detection", 1), ("ecg/noise_stress", 0)):
        place = str(out / protocol.replace("/", "_"))
        command = ("bench", "run", protocol, "--device", f"{example}:detect", "--name", "Beat One", "--out", place)
        assert run(*command) == code
    log = json.loads((out / "ecg_beat_detection" / "log.json").read_text())
    failed = {v["criterion"]: (round(v["value"], 2), v["found_in"]) for v in log["verdicts"] if v["outcome"] == "fail"}
    assert failed == {"gross_sensitivity": (95.24, ""), "least_sensitivity": (30.43, "104")}
    told = example.read_text() + (EXAMPLES.parent / "docs" / "bench.md").read_text()
    assert told.count("95.24 %") == told.count("30.43 %") == told.count("record 104") - 1 == 2
    device = ("--device", str(EXAMPLES / "device.toml"), "--out", str(tmp_path / "dossier"), "--no-docx")
    assert run("bench", "dossier", str(out), *device) == 0
    matrix = (tmp_path / "dossier" / "traceability.csv").read_text(encoding="utf-8-sig")
    rows = csv.DictReader(matrix.splitlines())
    shown = {row["requirement"]: row["standing"] for row in rows if row["requirement"]}
    assert shown == {"SRS-1": "pass", "SRS-2": "pass", "SRS-3": "fail", "SRS-4": "pass"}
    capsys.readouterr()


def test_an_own_time_limit_ends_a_case(tmp_path, monkeypatch, capsys):
    made = dataclasses.replace(toy.protocol(), id="toy", usual={})
    monkeypatch.setattr(find, "protocol", lambda id_, limits=None, **settings: made)
    (tmp_path / "hang.py").write_text("import threading\n\n\ndef ask(given):\n    threading.Event().wait()\n")
    device = f"{tmp_path / 'hang.py'}:ask"
    code = run("bench", "run", "toy", "--device", device, "--out", str(tmp_path / "out"), "--timeout", "0.3")
    assert code == 1
    assert "no answer within 0.3 s" in capsys.readouterr().err


def test_a_run_that_goes_on_says_what_was_kept_and_one_that_begins_anew_why(tmp_path, capsys):
    cases = _Cases(lambda *said: None, 8)
    cases.begun(_left(tmp_path / "a", 3))
    assert "goes on: 3 of 8 cases were kept" in capsys.readouterr().err
    cases.begun(_left(tmp_path / "one", 1))
    assert "goes on: 1 of 8 cases was kept" in capsys.readouterr().err
    cases.begun(_left(tmp_path / "b", 0, "device", "limits"))
    assert "this has changed: the device or its files, limits" in capsys.readouterr().err
    cases.begun(_left(tmp_path / "c", 0))
    assert capsys.readouterr().err == ""


def _left(folder, count, *changed):
    kept = Kept.begun(folder, {})
    for k in range(count):
        (folder / "unfinished" / f"case-{k}.json").touch()
    return dataclasses.replace(kept, changed=changed)


def test_one_case_is_told_in_the_singular(tmp_path, capsys, monkeypatch):
    whole = find.protocol("temperature/clinical_accuracy", per_age=[2, 2, 2, 2])
    one = dataclasses.replace(whole, cases=lambda: itertools.islice(whole.cases(), 1), count=1)
    monkeypatch.setattr(find, "protocol", lambda *given, **settings: one)
    assert run("bench", "cases", whole.id, "--out", str(tmp_path / "made")) == 0
    assert f"1 case in {tmp_path / 'made' / 'cases'}; " in capsys.readouterr().out
