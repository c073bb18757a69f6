"""Settings that make sloppiness fail, and where the real recordings are."""

import pathlib

import jax
import pytest

from twinbed.connect.data import data_root

jax.config.update("jax_numpy_rank_promotion", "raise")
jax.config.update("jax_numpy_dtype_promotion", "strict")


@pytest.fixture(scope="session")
def data() -> pathlib.Path:
    """The folder of real recordings; skips, visibly, where it is absent."""
    root = data_root()
    if root is None:
        pytest.skip("no real recordings: set TWINBED_DATA to their folder")
    return root
