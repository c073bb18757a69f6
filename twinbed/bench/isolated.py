"""A Python function under test in a process of its own: what it crashes, hangs or changes is not the bench."""

import contextlib
import ctypes
import dataclasses
import faulthandler
import importlib
import importlib.util
import inspect
import io
import json
import multiprocessing
import multiprocessing.connection
import multiprocessing.process
import os
import pathlib
import sys
import tempfile
import traceback
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from twinbed.bench import sources
from twinbed.bench.device import Asked, DeviceUnderTest, failure_of, how_ended, kind_of, last_of, of_source
from twinbed.bench.protocol import Case
from twinbed.core.errors import NotFound

_STARTS_WITHIN_S = 120.0
"""Importing a device may load a model of machine learning."""
_AT_LOADING = "that was while the file was loaded"
_BY_LINE = 1
"""`_IOLBF` of the C library on Linux."""


class Isolated(DeviceUnderTest):
    """The function of `module:function` or `file.py:function`.

    It is given the names and values of the stimulus and returns those of its answer; of a class an object is made for
    every case and called. After a crash or a hang a new process answers the next case.
    """

    def __init__(self, name: str):
        """Raises NotFound where there is no such function."""
        self.name = name
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: multiprocessing.connection.Connection | None = None
        self._printed, self._case = tempfile.NamedTemporaryFile(), ""
        problem = self._started()
        if problem:
            raise NotFound(f"cannot load {name!r}: {problem}")

    def ask(self, case: Case, limit_s: float) -> Asked:
        problem = self._started()
        if problem or self._pipe is None:
            return Asked(None, problem)
        try:
            given = {name: np.array(v) if isinstance(v, np.ndarray) else v for name, v in case.stimulus.items()}
            anew, self._case = case.id != self._case, case.id
            self._printed.seek(0, os.SEEK_END)
            self._pipe.send((anew, given))
            if not self._pipe.poll(limit_s):
                said = last_of(self._printed)
                self.close()
                return Asked(None, f"no answer within {limit_s:g} s", said)
            asked = _received(self._pipe.recv_bytes())
            return dataclasses.replace(asked, output=last_of(self._printed))
        except (EOFError, OSError):
            return Asked(None, _gone(self._ended()), last_of(self._printed))
        except ValueError as error:
            return Asked(None, f"what its process sent is no answer ({error})", last_of(self._printed))

    def described(self) -> Mapping[str, Any]:
        of = self.name.rpartition(":")[0]
        place = pathlib.Path(of)
        by_file = place.suffix == ".py"
        known = of_source(place if by_file else sources.file_of_module(of))
        files = sources.beside(place.resolve()) if by_file else sources.of_module(of)
        return {"kind": "function", "name": self.name, **known, "sources_sha256": sources.digest(files)}

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
        self._ended()
        self._printed.close()

    def _ended(self) -> int | None:
        code = None
        if self._process is not None:
            self._process.join()
            code = self._process.exitcode
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None
        return code

    def _started(self) -> str:
        """Starts a process where none runs; what went wrong, or nothing."""
        if self._pipe is not None:
            return ""
        self._printed.close()
        self._printed = tempfile.NamedTemporaryFile()
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, self.name, os.getcwd(), self._printed.name), daemon=True)
        self._process = process
        process.start()
        theirs.close()
        try:
            waited = self._pipe.poll(_STARTS_WITHIN_S)
            problem = self._pipe.recv_bytes().decode(errors="replace") if waited else "it takes too long to load"
        except (EOFError, OSError):
            problem = f"{_gone(self._ended())}; {_AT_LOADING}"
        if problem:
            self.close()
        return problem


def _gone(code: int | None) -> str:
    """How a process ended that should have answered."""
    if code is None:
        return "its process ended"
    if code == 0:
        return "its process ended with exit code 0 before it answered: return the answer and do not exit"
    said = how_ended(code)
    return f"its process was {said}" if code < 0 else f"its process ended with {said}"


def _serve(pipe: multiprocessing.connection.Connection, name: str, folder: str, printed: str) -> None:
    _prints_to(printed)
    sys.path.insert(0, folder)
    try:
        function = _function(name)
    except (Exception, SystemExit) as error:
        pipe.send_bytes(f"{type(error).__name__}: {error}; {_advice(error)}".encode())
        return
    pipe.send_bytes(b"")
    called = None
    while True:
        try:
            anew, stimulus = pipe.recv()
        except EOFError:
            return
        if anew or called is None:
            called = _Object(function) if inspect.isclass(function) else function
        pipe.send_bytes(_sent(_asked(called, stimulus)))


def _prints_to(path: str) -> None:
    """Lets everything that this process prints, in any language, go to a file: what the bench prints is its own.

    It goes there at once, of the C library line by line, and a crash says where it was: nobody flushes what crashes.
    """
    with open(path, "ab") as file:
        for number in (1, 2):
            os.dup2(file.fileno(), number)
    sys.stdout, sys.stderr = (_unbuffered(number) for number in (1, 2))
    faulthandler.enable()
    if sys.platform == "linux":
        library = ctypes.CDLL(None)
        library.setvbuf(ctypes.c_void_p.in_dll(library, "stdout"), None, _BY_LINE, 0)


def _unbuffered(number: int) -> io.TextIOWrapper:
    raw = open(number, "wb", buffering=0, closefd=False)
    return io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", write_through=True)


def _flush() -> None:
    """Writes what is kept back, by Python and by the C library; a device may have closed what Python has."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError, OSError):
            stream.flush()
    if os.name == "posix":
        ctypes.CDLL(None).fflush(None)


class _Object:
    """An object of a class, made when it is first called, so that what making it raises is a failure of that case."""

    def __init__(self, cls: type):
        self._cls, self._made = cls, None

    def __call__(self, stimulus: Mapping[str, Any]) -> Any:
        if self._made is None:
            self._made = self._cls()
        return self._made(stimulus)


def _advice(error: BaseException) -> str:
    if isinstance(error, ImportError):
        return f"write module:function or file.py:function, or install what is missing for {sys.executable}"
    if isinstance(error, FileNotFoundError | AttributeError | TypeError):
        return "write module:function or file.py:function"
    return _AT_LOADING


def _function(name: str) -> Any:
    place, _, function = name.rpartition(":")
    if not place.endswith(".py"):
        module = importlib.import_module(place)
    else:
        path = pathlib.Path(place).resolve()
        spec = importlib.util.spec_from_file_location(path.stem, path)
        if spec is None or spec.loader is None or not path.is_file():
            raise FileNotFoundError(f"no file {place}")
        sys.path.insert(0, str(path.parent))
        module = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = module
        spec.loader.exec_module(module)
    if not hasattr(module, function):
        there = [n for n, v in vars(module).items() if callable(v) and getattr(v, "__module__", "") == module.__name__]
        raise AttributeError(f"{place} has no {function!r}; it has {', '.join(there) or 'no function'}")
    found = getattr(module, function)
    if not callable(found):
        raise TypeError(f"{function} is no function")
    return found


def _sent(asked: Asked) -> bytes:
    """An answer as arrays and text: the bench does not unpickle what a device made."""
    arrays: dict[str, np.ndarray] = {}
    for name, value in (asked.answer or {}).items():
        try:
            array = np.asarray(value)
        except ValueError as error:
            return _sent(Asked(None, f"{name} is no list of numbers or texts ({error})"))
        if value is not None and array.dtype.kind not in "biufUS":
            return _sent(Asked(None, f"{name} holds what is neither number nor text"))
        if value is not None:
            arrays[str(name)] = array
    content = io.BytesIO()
    words = {"failure": asked.failure, "returned": asked.returned}
    said = json.dumps({"answered": asked.answer is not None, "words": words})
    np.savez(content, **{f"a:{name}": array for name, array in arrays.items()}, said=np.array(said))  # pyright: ignore[reportArgumentType]
    return content.getvalue()


def _received(content: bytes) -> Asked:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            said = json.loads(str(arrays["said"]))
            answer = {name.removeprefix("a:"): arrays[name] for name in arrays.files if name.startswith("a:")}
        words = {name: str(said["words"][name]) for name in ("failure", "returned")}
        return Asked(answer if said["answered"] else None, **words)
    except (OSError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise ValueError(str(error)) from None


def _asked(function: Any, stimulus: Mapping[str, Any]) -> Asked:
    """Its answer; what it prints goes to the file."""
    try:
        answer = function(stimulus)
    except (Exception, SystemExit) as error:
        _flush()
        with contextlib.suppress(OSError):
            os.write(2, traceback.format_exc().encode(errors="backslashreplace"))
        return Asked(None, failure_of(error, stimulus))
    finally:
        _flush()
    return Asked(dict(answer)) if isinstance(answer, Mapping) else Asked(None, returned=kind_of(answer))
