"""The examples run as the README says."""

import pathlib
import subprocess
import sys
import tomllib

import pytest

from twinbed.cli.check import _load
from twinbed.connect.csv import read_recordings
from twinbed.core.days import usable_days
from twinbed.studies import load_study

EXAMPLES = pathlib.Path(__file__).parents[1] / "examples"
STUDIES = [f for f in sorted(EXAMPLES.glob("*.toml")) if "days" in tomllib.loads(f.read_text())]
"""Studies over days; beds and acute studies have tests of their own."""


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


def test_a_component_is_found_from_its_own_folder(monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(EXAMPLES)
    assert _load("own_device:OnOff").__name__ == "OnOff"


@pytest.mark.parametrize("file", STUDIES, ids=lambda f: f.stem)
def test_studies_are_sound(file):
    study = load_study(file)
    assert len(study.arms) >= 2


def test_the_column_map_of_the_example_is_read():
    (recording,) = read_recordings(EXAMPLES / "my_pump")
    assert set(recording.channels) == {"cgm", "insulin_rate", "injection", "carbohydrate"}
    assert len(usable_days(recording, day_start_h=4.0)) >= 5
