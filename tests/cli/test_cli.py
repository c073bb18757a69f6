"""The commands, as a person types them: output, JSON, exit codes, start-up."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

import twinbed
from twinbed.cli.app import app, main
from twinbed.cli.output import progress
from twinbed.testing.checks import DEVICE_CHECKS

run = CliRunner().invoke


def test_version():
    assert run(app, ["--version"]).output.strip() == f"twinbed {twinbed.__version__}"


def test_help_imports_no_jax():
    code = "import sys; from twinbed.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\nassert 'jax' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_list_json():
    rows = json.loads(run(app, ["list", "physiology", "--json"]).output)
    assert {r["id"] for r in rows} >= {"physiology/glucose/uva_padova", "physiology/glucose/hovorka"}
    assert all(q["unit"] and q["source"] for r in rows for q in r.get("parameters", {}).values())


def test_list_one_component():
    shown = run(app, ["list", "devices/sensing/cgm_breton2008"]).output
    assert "| parameter | default | allowed | unit | meaning | source |" in shown
    assert "`interstitial_glucose`" in shown


def test_a_device_is_listed_with_defaults_bounds_and_the_names_of_its_modes():
    lines = run(app, ["list", "devices/ventilation/ventilator"]).output.splitlines()
    cells = {line.split("|")[1].strip(): [c.strip() for c in line.split("|")[2:5]] for line in lines if "|" in line}
    assert cells["`mode`"] == ["vcv", "vcv, pcv, prvc, simv, psv, cpap", "1"]
    assert cells["`tidal_volume`"] == ["500", "2 to 3000", "mL"]
    assert cells["`period_s`"][0] == "0.01"
    assert (
        "| `mode` | manual | manual, synchronised, automatic |"
        in run(app, ["list", "defibrillator", "--markdown"]).output
    )


def test_the_acute_patient_is_listed_with_conditions_and_rhythms():
    shown = run(app, ["list", "physiology/whole_body/adult"]).output
    assert "| `age` | 40 | 18 to 100 | age, years |" in shown
    for word in ("`heart_failure`", "`wenckebach` 6", "`gas_exchange` (physiology/respiratory/gas_exchange)"):
        assert word in shown
    assert "physiology/whole_body/adult" in run(app, ["list"]).output
    assert len(run(app, ["list", "rhythms"]).output.splitlines()) == 18
    assert "copd" in json.loads(run(app, ["list", "conditions", "--json"]).output)


def test_list_finds_a_word_and_knows_the_signals():
    assert "devices/rhythm/defibrillator" in run(app, ["list", "defib"]).output
    rows = {r["signal"]: r for r in json.loads(run(app, ["list", "signals", "--json"]).output)}
    assert rows["propofol_rate"]["dose_unit"] == "mg"
    assert "heart_rate" in run(app, ["list", "signals"]).output


def test_explain_draws_a_bedside():
    (bed,) = json.loads(run(app, ["explain", "examples/bedside.toml", "--json"]).output)
    assert ["lungs.circuit_pressure", "ventilator.circuit_pressure"] in bed["wires"]
    assert [level["period_s"] for level in bed["levels"]][-1] == pytest.approx(0.002)


def test_explain_tells_a_dose_that_nobody_would_give(tmp_path):
    file = tmp_path / "bed.toml"
    file.write_text('[[events]]\nsignal = "propofol_rate"\nat = 0\namount = 4000\n')
    found = run(app, ["explain", str(file)])
    assert found.exit_code == 0
    assert "note: events[1] (propofol_rate): 4000 mg is 10 times the most" in found.output


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


def test_check_of_a_component_that_cannot_be_made_has_a_line_for_every_check():
    found = run(app, ["check", "tests.testing.unmade:Unmade"])
    assert found.exit_code == 1
    assert "Unmade has no method 'initial'; is 'initiel' meant to be it?" in found.output
    assert "Traceback" not in found.output
    assert len(found.output.splitlines()) == len(DEVICE_CHECKS) + 1


@pytest.mark.parametrize(
    ("component", "message"),
    [
        ("tests.engine.plain:Tank.State", "write module:Class"),
        ("tests.engine.plain:State", "State is no model, device or endpoint"),
        ("tests.testing.unread:Anything", "unread.py, line 3: ZeroDivisionError"),
    ],
)
def test_what_cannot_be_checked_is_told_in_one_line(component, message, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["check", component])
    assert stop.value.code == 2
    said = capsys.readouterr().err
    assert message in said
    assert len(said.splitlines()) == 1


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


def test_who_waits_for_a_compiler_is_told_at_every_line_that_waits(capsys):
    with progress("counting") as told:
        told(0.0, "")
        for works in (True, False, True, False):
            told.compiling(works)
        told(0.1, "")
        told(0.12, "")
        told.compiling(True)
    begin = lambda share: [f"counting: {share} %", f"counting: {share} %, compiling what is new"]
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(", once")[0] for line in lines] == [*begin(0), *begin(10)]
