"""What computes a bed, in words: whatever decides, besides bed, scenario and seed, which bits come of it."""

import functools
import hashlib
import importlib.metadata
import os
import pathlib
import platform

from twinbed.engine.native import compile as native

_DIGITS = 12


@functools.cache
def computed_by(backend: str) -> str:
    """Which program computes on which processor; two runs of a bed have the same bits where this is the same.

    Args:
        backend: `native` or `xla`.

    Raises:
        NoCompiler: it is `native`, and there is no compiler.
    """
    if backend == "native":
        made = native.build()
    else:
        made = " ".join(filter(None, (f"jaxlib {_version('jaxlib')}", os.environ.get("XLA_FLAGS", ""))))
    return f"{backend}: {made}; jax {_version('jax')}, numpy {_version('numpy')}; {_processor()}"


def _version(package: str) -> str:
    return importlib.metadata.version(package)


def _processor() -> str:
    """The processor by name, and what it can do as a digest."""
    can = hashlib.sha256(" ".join(sorted(native.features())).encode()).hexdigest()[:_DIGITS]
    return f"{platform.system()} {platform.machine()}, {_named() or platform.processor() or 'no name'} ({can})"


def _named() -> str:
    """The processor's name, where the system says it as Linux does."""
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
