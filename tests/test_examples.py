"""The examples run as the README says."""

import importlib
import pathlib
import subprocess
import sys
import tomllib

import jax.numpy as jnp
import pytest

from twinbed.connect.csv import read_recordings
from twinbed.core import discover
from twinbed.core.days import usable_days
from twinbed.core.noise import noise_from_seed
from twinbed.engine.batch import simulate
from twinbed.studies import load_study
from twinbed.studies.acute.bedside import build_bed, build_scenario, load_bedside, person_of

EXAMPLES = pathlib.Path(__file__).parents[1] / "examples"
STUDIES = [f for f in sorted(EXAMPLES.glob("*.toml")) if "days" in tomllib.loads(f.read_text())]
"""Studies over days; beds and acute studies have tests of their own."""


@pytest.mark.long
def test_own_device():
    done = subprocess.run([sys.executable, EXAMPLES / "own_device.py"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("glucose ")


@pytest.mark.slow
def test_propofol():
    done = subprocess.run([sys.executable, EXAMPLES / "propofol.py"], capture_output=True, text=True, check=True)
    shown = {line.split()[0]: line.split() for line in done.stdout.splitlines()}
    before, after = (float(shown["bispectral_index"][k]) for k in (2, 5))
    assert before > 85.0
    assert after < 60.0


def test_a_bedside_names_a_device_of_its_own_folder(monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    bedside = load_bedside(EXAMPLES / "own_oxygen.toml")
    assert bedside.devices[1].device == "own_oxygen:OxygenTitrator"
    assert discover.load("own_oxygen:OxygenTitrator").__name__ == "OxygenTitrator"


def test_the_induction_hands_over_from_bag_to_ventilator():
    """Both are in one bed, and one of them at most is in use at any time."""
    bedside = load_bedside(EXAMPLES / "induction.toml")
    links = dict(build_bed(bedside).links)
    assert (links["lungs.circuit_pressure"], links["bag.circuit_pressure"]) == (
        "bag.circuit_pressure",
        "ventilator.circuit_pressure",
    )
    off = lambda signal, t: any(
        e.signal == signal and e.amount == 0 and e.at <= t < e.at + (e.lasts or 1e9) for e in bedside.events
    )
    in_use = [(not off("bag_ventilation", t), not off("ventilator_connected", t)) for t in (30.0, 120.0, 185.0, 300.0)]
    assert in_use == [(False, False), (True, False), (False, False), (False, True)]


@pytest.mark.long
def test_the_closed_loop_gives_oxygen_and_the_score_sees_it():
    """Lungs are hurt at 2 min and midazolam given at 15: oxygen is 2 points of NEWS2, being sedated 3."""
    bedside = load_bedside(EXAMPLES / "closed_loop_oxygen.toml")
    bed, scenario = build_bed(bedside, longest_s=1.0), build_scenario(bedside.events, person_of(bedside.patient))
    record = ["ventilator_oxygen_set", "spo2", "bispectral_index", "news2", "news2_complete"]
    run = simulate(bed, scenario, duration_s=1200.0, seed=bedside.seed, record=record, record_period_s=5.0)
    oxygen, saturation, index, score, complete = (run.recorded[name][0] for name in record)
    before, hurt, sedated = (
        slice(round(low / 5), round(high / 5)) for low, high in ((60, 120), (600, 900), (1110, 1200))
    )
    assert oxygen[before].max() == pytest.approx(0.21)
    assert 0.3 < oxygen[hurt].min() <= oxygen[hurt].max() < 0.6
    assert saturation[24:60].min() < 93.0
    assert saturation[hurt].min() >= 94.0, "the target less the dead band"
    assert score[before].max() <= 1.0
    assert score[hurt].min() == score[hurt].max() == 3.0, "2 of oxygen, 1 of the saturation"
    assert index[hurt].min() > 90.0
    assert index[sedated].max() < 80.0
    assert score[sedated].min() >= 6.0
    assert complete[20:].all()


def test_a_titrator_waits_without_a_reading(monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path, str(EXAMPLES)])
    own = importlib.import_module("own_oxygen")
    titrator, noise = own.OxygenTitrator(), noise_from_seed(1)

    def flow_after(spo2, valid, flow):
        reads = own.Inputs(jnp.asarray(spo2), jnp.asarray(valid))
        return titrator.step(jnp.asarray(0.0), own.State(jnp.asarray(flow)), reads, noise)[1].oxygen_flow

    assert flow_after(85.0, 1.0, 1.0) == 1.5
    assert flow_after(85.0, 0.0, 1.0) == 1.0
    assert flow_after(96.0, 1.0, 1.0) == 1.0
    assert flow_after(99.0, 1.0, 1.0) == 0.5
    assert flow_after(85.0, 1.0, 6.0) == 6.0


@pytest.mark.parametrize("file", STUDIES, ids=lambda f: f.stem)
def test_studies_are_sound(file):
    study = load_study(file)
    assert len(study.arms) >= 2


def test_the_column_map_of_the_example_is_read():
    (recording,) = read_recordings(EXAMPLES / "my_pump")
    assert set(recording.channels) == {"cgm", "insulin_rate", "injection", "carbohydrate"}
    assert len(usable_days(recording, day_start_h=4.0)) >= 5
