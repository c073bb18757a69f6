"""Settings that make sloppiness fail, quick compilers, and where the real recordings are."""

import importlib.metadata
import os
import pathlib

import jax
import pytest

from tests import checked_types

# Tests compile more than they run. (The emitters of 0.10 take three times as long as those before them.)
_QUICK = ["--xla_backend_optimization_level=0"]
if importlib.metadata.version("jaxlib").startswith("0.10."):
    _QUICK.append("--xla_cpu_use_fusion_emitters=false")
os.environ["XLA_FLAGS"] = " ".join([*_QUICK, os.environ.get("XLA_FLAGS", "")]).strip()
os.environ.setdefault("TWINBED_PROGRESS", "quiet")
os.environ.setdefault("TWINBED_CXXFLAGS", "-O1")  # tests of native code take it away

PACKAGE = pathlib.Path(__file__).parents[1] / "twinbed"
UNCHECKED = {"engine", "native"}
"""Native code is printed in millions of small calls without array shapes: pyright checks their types."""


def _checked() -> list[str]:
    folders = [p for folder in (PACKAGE, PACKAGE / "engine") for p in folder.iterdir() if p.stem not in UNCHECKED]
    parts = [p.relative_to(PACKAGE.parent).with_suffix("").parts for p in folders]
    return sorted(".".join(p) for p in parts if not p[-1].startswith("_"))


checked_types.install(_checked())

from twinbed.connect.data import data_root  # noqa: E402 (imported with its types checked)
from twinbed.engine.native.cache import cache_folder  # noqa: E402

# What XLA compiled is kept beside native code, so that the next run of the tests takes half as long.
jax.config.update("jax_compilation_cache_dir", str(cache_folder() / "xla"))
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.05)
jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)
jax.config.update("jax_numpy_rank_promotion", "raise")
jax.config.update("jax_numpy_dtype_promotion", "strict")


@pytest.fixture(scope="session")
def data() -> pathlib.Path:
    """The folder of real recordings; skips, visibly, where it is absent."""
    root = data_root()
    if root is None:
        pytest.skip("no real recordings: set TWINBED_DATA to their folder")
    return root
