"""The commands, as a person types them: output, JSON, exit codes, start-up."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

import twinbed
from twinbed.cli.app import app, main
from twinbed.cli.output import progress

run = CliRunner().invoke


def test_version():
    assert run(app, ["--version"]).output.strip() == f"twinbed {twinbed.__version__}"


def test_help_imports_no_jax():
    code = "import sys; from twinbed.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\nassert 'jax' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_list_json():
    rows = json.loads(run(app, ["list", "physiology", "--json"]).output)
    assert {r["id"] for r in rows} >= {"physiology/glucose/uva_padova", "physiology/glucose/hovorka"}
    assert all(q["unit"] and q["source"] for r in rows for q in r["parameters"].values())


def test_list_one_component():
    shown = run(app, ["list", "devices/sensing/cgm_breton2008"]).output
    assert "| parameter | unit | meaning | source |" in shown
    assert "`interstitial_glucose`" in shown


def test_list_finds_a_word_and_knows_the_signals():
    assert "devices/rhythm/defibrillator" in run(app, ["list", "defib"]).output
    rows = {r["signal"]: r for r in json.loads(run(app, ["list", "signals", "--json"]).output)}
    assert rows["propofol_rate"]["dose_unit"] == "mg"
    assert "heart_rate" in run(app, ["list", "signals"]).output


def test_explain_draws_a_bedside():
    (bed,) = json.loads(run(app, ["explain", "examples/bedside.toml", "--json"]).output)
    assert ["lungs.circuit_pressure", "ventilator.circuit_pressure"] in bed["wires"]
    assert [level["period_s"] for level in bed["levels"]][-1] == pytest.approx(0.002)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["list", "devices/sensing/cgm_breton"], None),
        (["list", "organs"], "no component 'organs'"),
        (["run", "examples/bedside.toml"], "twinbed simulate"),
        (["simulate", "examples/haemorrhage.toml"], "twinbed run"),
        (["check", "devices/sensing/cgm_breton2009"], "did you mean devices/sensing/cgm_breton2008"),
        (["check", "nowhere:Nothing"], "module:Class"),
        (["run", "nothing.toml"], "nothing.toml"),
        (["fit", "nothing", "--out", "x"], "nothing"),
    ],
)
def test_mistakes_end_with_2_and_say_what_to_do(arguments, message, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    if message is None:
        assert stop.value.code == 0
    else:
        assert stop.value.code == 2
        assert message in capsys.readouterr().err


def test_check_of_an_own_component():
    found = run(app, ["check", "tests.engine.plain:Sensor", "--json"])
    assert found.exit_code == 0
    told = json.loads(found.output)
    assert set(told["checks"].values()) == {"passed"}
    assert told["native_code"] == "yes"


def test_check_of_a_broken_component_ends_with_1():
    found = run(app, ["check", "tests.testing.test_checks:Moody"])
    assert found.exit_code == 1
    assert "changes between two readings" in found.output


def test_explain():
    found = run(app, ["explain", "examples/quick.toml", "--json"])
    assert found.exit_code == 0
    assert all(arm["levels"] and arm["wires"] for arm in json.loads(found.output))


@pytest.mark.parametrize(("asked", "said"), [(None, ["0 %", "10 %"]), ("fine", ["0 %", "1 %", "10 %"])])
def test_a_program_that_shows_progress_is_told_every_hundredth(monkeypatch, capsys, asked, said):
    if asked:
        monkeypatch.setenv("TWINBED_PROGRESS", asked)
    with progress("counting") as told:
        for share in (0.0, 0.004, 0.012, 0.1):
            told(share, "")
    assert capsys.readouterr().err.splitlines() == [f"counting: {percent}" for percent in said]


def test_who_waits_for_a_compiler_is_told_once(capsys):
    with progress("counting") as told:
        told(0.0, "")
        for works in (True, False, True, False):
            told.compiling(works)
        told(0.1, "")
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[2].split()[0] for line in lines] == ["0", "compiling", "10"]
