"""The examples run as the README says."""

import pathlib
import subprocess
import sys

import pytest

from twinbed.studies import load_study

EXAMPLES = pathlib.Path(__file__).parents[1] / "examples"


def test_own_device():
    done = subprocess.run([sys.executable, EXAMPLES / "own_device.py"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("glucose ")


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.toml")), ids=lambda f: f.stem)
def test_studies_are_sound(file):
    study = load_study(file)
    assert len(study.arms) >= 2
