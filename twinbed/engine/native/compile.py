"""From source to a loaded library: the compiler, its flags, and a cache that can be trusted.

A library is kept in the user's cache by what decides its content: source, flags, compiler, processor. It is
written beside its place and moved there whole, so that processes may compile at the same time and none
sees half a file. A cache folder or file that others could have written is not used.
"""

import contextlib
import ctypes
import functools
import hashlib
import os
import pathlib
import platform
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence

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
        NoCompiler: it cannot be made, or others could write to it or put another in its place.
    """
    try:
        root = os.environ.get("TWINBED_CACHE") or os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
        folder = pathlib.Path(root) / "twinbed" / "native"
        folder.parent.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for made in (folder.parent, folder):
            made.mkdir(exist_ok=True, mode=0o700)
            if not _ours(made, stat.S_ISDIR):
                raise NoCompiler(f"{made} is no folder of yours alone (chmod 700), or is a link; {_ELSEWHERE}")
        for above in folder.parent.resolve().parents:
            if not _kept_by_others(above):
                raise NoCompiler(f"others could put another folder in the place of one in {above}; {_ELSEWHERE}")
    except (OSError, RuntimeError) as error:
        raise NoCompiler(f"compiled code cannot be kept: {error}; {_ELSEWHERE}") from None
    return folder


_ELSEWHERE = "set TWINBED_CACHE to another folder"


def _ours(path: pathlib.Path, kind: Callable[[int], bool]) -> bool:
    """Whether a folder or file is what it should be, and nobody else can write to it."""
    if sys.platform == "win32":
        return True  # folders of a user's profile are private
    found = path.lstat()
    return kind(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _kept_by_others(folder: pathlib.Path) -> bool:
    """Whether not everybody can exchange what is in a folder above ours."""
    mode = folder.stat().st_mode
    return sys.platform == "win32" or not mode & stat.S_IWOTH or bool(mode & stat.S_ISVTX)


def library(source: str, *, width: int) -> ctypes.CDLL:
    """The compiled source, from the cache if it is there.

    Flags in `TWINBED_CXXFLAGS` come last: -O1 halves the time to compile, and results may differ in the last bits.

    Args:
        source: C++ in the words of `lanes.hpp`.
        width: patients in a block.

    Raises:
        NoCompiler: there is no compiler, or it refuses the source.
    """
    flags = (*FLAGS, *_for_processor(), f"-DW={width}", *shlex.split(os.environ.get("TWINBED_CXXFLAGS", "")))
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


def kept(decides: Sequence[str], suffix: str, make: Callable[[pathlib.Path], None]) -> pathlib.Path:
    """The file that these texts decide, from the cache if it is there and whole.

    Its name ends with the hash of its content, so that half a file is never taken for the whole.

    Args:
        decides: all that its content depends on.
        suffix: the ending of its name.
        make: writes it to the path given.

    Raises:
        NoCompiler: the cache cannot be used, or the file cannot be made.
    """
    folder = cache_folder()
    key = hashlib.sha256("\n".join(decides).encode()).hexdigest()
    for file in sorted(folder.glob(f"{key}-*{suffix}")):
        if _ours(file, stat.S_ISREG) and file.name == f"{key}-{_digest(file)}{suffix}":
            return file
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix="making-") as making:
            made = pathlib.Path(making) / f"run{suffix}"
            make(made)
            made.chmod(0o700)
            with made.open("rb") as f:
                os.fsync(f.fileno())
            return made.replace(folder / f"{key}-{_digest(made)}{suffix}")
    except OSError as error:
        raise NoCompiler(f"compiled code cannot be kept in {folder}: {error}; {_ELSEWHERE}") from None


def _digest(file: pathlib.Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:32]


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
