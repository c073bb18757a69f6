"""From source to a loaded library: the compiler, its flags, and a cache that can be trusted.

A library is kept in the user's cache by what decides its content: source, flags, compiler, processor. It is
written beside its place and moved there whole, so that processes may compile at the same time and none
sees half a file. A cache folder or file that others could have written is not used.
"""

import ctypes
import functools
import hashlib
import os
import pathlib
import platform
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence

from twinbed.engine.native.errors import NoCompiler

FLAGS = (
    "-O3",
    "-std=c++17",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-ffp-contract=fast",
    "-fno-exceptions",
    "-fno-rtti",
    "-fPIC",
    "-shared",
)
_SUFFIX = ".dll" if sys.platform == "win32" else ".so"


@functools.cache
def compiler() -> tuple[str, ...]:
    """The command of the C++ compiler: `CXX`, the system's, or the one in the wheel `ziglang`.

    Raises:
        NoCompiler: there is none.
    """
    named = os.environ.get("CXX")
    for name in (named,) if named else ("c++", "g++", "clang++"):
        found = shutil.which(name)
        if found:
            return (found,)
    if named:
        raise NoCompiler(f"CXX is {named!r}, which is no program")
    try:
        import ziglang  # noqa: F401 (only whether it is there)  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise NoCompiler("no C++ compiler found: install g++ or clang, or pip install 'twinbed[native]'") from None
    return (sys.executable, "-m", "ziglang", "c++")


@functools.cache
def _identity() -> str:
    """The compiler's own description, and the processor that the library is for."""
    version = subprocess.run([*compiler(), "--version"], capture_output=True, text=True, check=False).stdout
    return "\n".join((version, platform.system(), platform.machine(), *sorted(features())))


@functools.cache
def features() -> frozenset[str]:
    """What the processor can do, by the names of Linux; empty where it does not say."""
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith(("flags", "Features")):
                return frozenset(line.split(":", 1)[1].split())
    except OSError:
        pass
    return frozenset()


def register_bytes() -> int:
    """The width of the widest vector register."""
    if "avx512f" in features():
        return 64
    return 32 if "avx2" in features() else 16


def _for_processor() -> tuple[str, ...]:
    if platform.machine().lower() in ("x86_64", "amd64"):
        return ("-march=native", f"-mprefer-vector-width={8 * register_bytes()}")
    return ("-mcpu=native",)


def cache_folder() -> pathlib.Path:
    """Where libraries are kept; made if it is not there, and only ours.

    Raises:
        NoCompiler: the folder belongs to somebody else or others can write to it.
    """
    root = os.environ.get("TWINBED_CACHE") or os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    folder = pathlib.Path(root) / "twinbed" / "native"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not _ours(folder):
        raise NoCompiler(f"{folder} can be written by others; make it yours alone (chmod 700) or set TWINBED_CACHE")
    return folder


def _ours(path: pathlib.Path) -> bool:
    if sys.platform == "win32":
        return True  # folders of a user's profile are private
    found = path.lstat()
    kind = stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)
    return kind and found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def library(source: str, *, width: int) -> ctypes.CDLL:
    """The compiled source, from the cache if it is there.

    Args:
        source: C++ in the words of `lanes.hpp`.
        width: patients in a block.

    Raises:
        NoCompiler: there is no compiler, or it refuses the source.
    """
    flags = (*FLAGS, *_for_processor(), f"-DW={width}")
    file = kept((source, *flags, _identity()), _SUFFIX, lambda made: _compile(source, flags, made))
    return ctypes.CDLL(str(file))


def kept(decides: Sequence[str], suffix: str, make: Callable[[pathlib.Path], None]) -> pathlib.Path:
    """The file that these texts decide, from the cache if it is there.

    Args:
        decides: all that its content depends on.
        suffix: the ending of its name.
        make: writes it to the path given.

    Raises:
        NoCompiler: the cache belongs to somebody else or others can write to it.
    """
    key = hashlib.sha256("\n".join(decides).encode()).hexdigest()
    file = cache_folder() / f"{key}{suffix}"
    if not (file.exists() and _ours(file)):
        with tempfile.TemporaryDirectory(dir=file.parent, prefix="making-") as folder:
            made = pathlib.Path(folder) / f"run{suffix}"
            make(made)
            made.chmod(0o700)
            made.replace(file)
    return file


def _compile(source: str, flags: tuple[str, ...], made: pathlib.Path) -> None:
    text = made.with_suffix(".cpp")
    text.write_text(source)
    done = subprocess.run(
        [*compiler(), *flags, "-o", str(made), str(text)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NoCompiler(f"{' '.join(compiler())} failed:\n{done.stderr[-2000:]}")
