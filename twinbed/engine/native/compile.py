"""From source to a loaded library: the compiler and its flags.

A library is kept in the user's cache (`cache`) by what decides its content: source, flags, compiler, processor.
"""

import contextlib
import ctypes
import functools
import hashlib
import importlib.util
import os
import pathlib
import platform
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

from twinbed.engine.native.cache import kept
from twinbed.engine.native.errors import Abandoned, NoCompiler

FLAGS = (
    "-O3",
    "-std=c++17",
    "-fwrapv",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-ffp-contract=fast",
    "-fno-exceptions",
    "-fno-rtti",
    "-fPIC",
    "-shared",
)
_REFUSED: dict[tuple[str, ...], str] = {}
"""What was tried in vain in this process, so that it is not tried again at every call."""
_RUNNING: set["subprocess.Popen[str]"] = set()
_COMPILED: list[str] = []
"""What was compiled in this process."""
_ABANDONED: set["subprocess.Popen[str]"] = set()
_WATCHING: list[Callable[[bool], None]] = []
"""Who is told that a compiler works, or no longer does."""
_PREPARING: list[None] = []
"""One for every program that is being traced and printed."""
_SUFFIX = ".dll" if sys.platform == "win32" else ".so"


@functools.cache
def compiler() -> tuple[str, ...]:
    """The command of the C++ compiler: `CXX`, the system's, or the one in the wheel `ziglang`.

    Raises:
        NoCompiler: there is none.
    """
    named = os.environ.get("CXX")
    for command in (shlex.split(named),) if named else (["c++"], ["g++"], ["clang++"]):
        found = shutil.which(command[0])
        if found:
            return (found, *command[1:])
    if named:
        raise NoCompiler(f"CXX is {named!r}, which is no program: unset it or name a C++ compiler")
    if importlib.util.find_spec("ziglang") is None:
        raise NoCompiler("no C++ compiler found: install g++ or clang, or pip install 'twinbed[native]'")
    return (sys.executable, "-m", "ziglang", "c++")


@functools.cache
def _identity() -> str:
    """The compiler's own description, and the processor that the library is for."""
    version = subprocess.run([*compiler(), "--version"], capture_output=True, text=True, check=False).stdout
    return "\n".join((version, platform.system(), platform.machine(), *sorted(features())))


def build() -> str:
    """What decides, besides its source, what a library computes: compiler and flags, those of the environment too.

    Raises:
        NoCompiler: there is no compiler.
    """
    digest = hashlib.sha256(_identity().encode()).hexdigest()[:12]
    return f"{_identity().splitlines()[0]} ({digest}); {' '.join(_flags())}"


def _flags(*more: str) -> tuple[str, ...]:
    return (*FLAGS, *_for_processor(), *more, *shlex.split(os.environ.get("TWINBED_CXXFLAGS", "")))


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


def library(source: str, *, width: int) -> ctypes.CDLL:
    """The compiled source, from the cache if it is there.

    Flags in `TWINBED_CXXFLAGS` come last: -O1 halves the time to compile, and results may differ in the last bits.

    Args:
        source: C++ in the words of `lanes.hpp`.
        width: patients in a block.

    Raises:
        NoCompiler: there is no compiler, or it refuses the source.
    """
    flags = _flags(f"-DW={width}")
    decides = (source, *flags, _identity())
    if decides in _REFUSED:
        raise NoCompiler(_REFUSED[decides])

    def make(made: pathlib.Path) -> None:
        try:
            _compile(source, flags, made)
        except NoCompiler as error:
            _REFUSED[decides] = str(error)
            raise

    return ctypes.CDLL(str(kept(decides, _SUFFIX, make)))


def _compile(source: str, flags: tuple[str, ...], made: pathlib.Path) -> None:
    text = made.with_suffix(".cpp")
    text.write_text(source)
    command = [*compiler(), *flags, "-o", str(made), str(text)]
    # in a session of its own: Ctrl-C is for this process, which ends what it started
    child = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    _RUNNING.add(child)
    _tell()
    try:
        _, complaint = child.communicate()
    except BaseException:
        _kill(child)
        child.wait()
        raise
    finally:
        _RUNNING.discard(child)
        _tell()
    _COMPILED.append(made.name)
    if child in _ABANDONED:
        _ABANDONED.discard(child)
        raise Abandoned("the compiler was ended before it was done")
    if child.returncode:
        said = complaint.replace(f"{text.parent}{os.sep}", "")[:2000] or f"it ended with {child.returncode}"
        raise NoCompiler(f"{' '.join(compiler())} failed:\n{said}")


def _tell() -> None:
    for told in tuple(_WATCHING):
        told(is_compiling())


@contextlib.contextmanager
def watched(told: Callable[[bool], None]) -> Iterator[None]:
    """While the block runs somebody is told, whenever a compiler begins or ends, whether one works."""
    _WATCHING.append(told)
    try:
        yield
    finally:
        _WATCHING.remove(told)


def is_watched() -> bool:
    """Whether somebody is told of compilers."""
    return bool(_WATCHING)


@contextlib.contextmanager
def preparing() -> Iterator[None]:
    """While the block runs, what is to be compiled is being made."""
    _PREPARING.append(None)
    try:
        yield
    finally:
        _PREPARING.pop()


def is_preparing() -> bool:
    """Whether code is made or compiled for this process now."""
    return bool(_PREPARING) or is_compiling()


def is_compiling() -> bool:
    """Whether a compiler works for this process now."""
    return bool(_RUNNING)


def compiled() -> int:
    """How often a compiler ended in this process."""
    return len(_COMPILED)


def abandon() -> None:
    """Ends the compilers that work now, for a process that is about to end; who waits for one gets `Abandoned`."""
    for child in tuple(_RUNNING):
        _ABANDONED.add(child)
        _kill(child)


def _kill(child: "subprocess.Popen[str]") -> None:
    """Ends a compiler with the programs that it started."""
    if sys.platform == "win32":
        child.kill()
        return
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
