"""`twinbed bench` as a firm would use it."""

import json
import pathlib
import shutil
import sys

import pytest

from twinbed.bench import find
from twinbed.cli.app import main

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples"
ONE = ["--set", "persons=1"]


def run(*arguments):
    """The exit code."""
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return ended.value.code or 0


def test_a_run_is_judged_again_and_reported_in_korean(tmp_path, capsys):
    out = tmp_path / "run"
    assert run("bench", "run", "ecg/noise_stress", "--device", "qrs", "--out", str(out), *ONE) == 0
    assert {"log.json", "figures.json", "report.html", "report.ko.html", "junit.xml", "answers"} <= {
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
        "kind": "number", "unit": "mL/h", "means": "rate that is set", "optional": False, "inside": False
    }  # fmt: skip
    assert "start_up_ambulatory" in found["limits"]
    assert run("bench", "show", "ecg/noise_stress", "--lang", "ko") == 0
    assert "기기가 받는 것" in capsys.readouterr().out


def test_pages_are_written(tmp_path, capsys):
    assert run("bench", "list", "alarms", "--markdown", str(tmp_path)) == 0
    assert {p.name for p in (tmp_path / "alarms").iterdir()} == {
        "alarm_delays.md", "auditory_signals.md", "visual_signals.md"
    }  # fmt: skip
