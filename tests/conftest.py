"""Settings that make sloppiness fail, and where the real recordings are."""

import os
import pathlib

import jax
import pytest

jax.config.update("jax_numpy_rank_promotion", "raise")
jax.config.update("jax_numpy_dtype_promotion", "strict")

PROJECT = pathlib.Path(__file__).parents[1]


def data_root() -> pathlib.Path | None:
    """The folder of real recordings, or None."""
    given = os.environ.get("TWINBED_DATA")
    root = pathlib.Path(given) if given else PROJECT.parent / "shared" / "data"
    return root if root.is_dir() else None


@pytest.fixture(scope="session")
def data() -> pathlib.Path:
    """The folder of real recordings; skips, visibly, where it is absent."""
    root = data_root()
    if root is None:
        pytest.skip("no real recordings: set TWINBED_DATA to their folder")
    return root
