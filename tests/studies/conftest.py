"""A third-party package of small components, and a small study of them."""

import pathlib
import sys

import pytest

from twinbed.studies.design import Study, load_study

HERE = pathlib.Path(__file__).parent


@pytest.fixture(scope="package", autouse=True)
def plugin():
    """Makes the package of `plugin` installed, as far as Python can tell."""
    sys.path.insert(0, str(HERE / "plugin"))
    yield
    sys.path.remove(str(HERE / "plugin"))


@pytest.fixture(scope="package")
def toy(plugin) -> Study:
    """Ten toy patients, two arms, two days."""
    return load_study(HERE / "toy.toml")
