"""A device under test is anything that answers: a function, a command, a file of what was recorded.

What it answers is kept whatever happens: a device that crashes, hangs or talks nonsense fails, and the bench goes on.
"""

import abc
import contextlib
import dataclasses
import hashlib
import io
import json
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import traceback
import unicodedata
from collections.abc import Callable, Mapping, Sized
from typing import IO, Any

from twinbed.bench import sources
from twinbed.bench.log import read_arrays, sha256_of
from twinbed.bench.protocol import Case, Values
from twinbed.connect.files import plain
from twinbed.core.errors import NotFound, ReadError

_LEAVES_WITHIN_S, _PIECE = 5.0, 1 << 16
MOST_BYTES = 1 << 28
"""Longest answer, and the most that a device may print to one output."""
_KEPT = 20_000
"""Characters of a device's output that are kept, from its end."""
_BEGINNING = 60
"""Bytes of an answer that are shown where it cannot be read."""


@dataclasses.dataclass(frozen=True)
class Asked:
    """What came back: an answer, or why there is none; and what the device printed."""

    answer: Values | None
    failure: str = ""
    output: str = ""
    returned: str = ""
    """What came in place of names and values, such as a list of 12."""


class DeviceUnderTest(abc.ABC):
    """Anything that answers a case."""

    @abc.abstractmethod
    def ask(self, case: Case, limit_s: float) -> Asked:
        """Its answer to a case, or its failure; never an exception of the device's."""

    @abc.abstractmethod
    def described(self) -> Mapping[str, Any]:
        """What it is, for the log."""

    @abc.abstractmethod
    def close(self) -> None:
        """Ends what it started; it can be asked again."""


@dataclasses.dataclass(frozen=True)
class Function(DeviceUnderTest):
    """A Python function in this process, for one that is trusted; `isolated` is for any other."""

    function: Callable[[Values], Any]
    name: str
    source: pathlib.Path | None = None
    """The file that it is made of; that of the function if left out."""

    def ask(self, case: Case, limit_s: float) -> Asked:
        said = io.StringIO()
        try:
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                answer = self.function(dict(case.stimulus))
            named = {str(name): value for name, value in answer.items()} if isinstance(answer, Mapping) else None
        except NotFound:
            raise  # something is not installed: that is no failure of the device
        except (Exception, SystemExit) as error:
            return Asked(None, failure_of(error, case.stimulus), ending(said.getvalue() + traceback.format_exc()))
        if named is None:
            return Asked(None, output=ending(said.getvalue()), returned=kind_of(answer))
        return Asked(named, output=ending(said.getvalue()))

    def described(self) -> Mapping[str, Any]:
        return {"kind": "function", "name": self.name, **of_source(self.source or sources.file_of(self.function))}

    def close(self) -> None:
        return


@dataclasses.dataclass(frozen=True)
class Command(DeviceUnderTest):
    """A command that reads a JSON file and writes one: `detect {input} {output}`; or standard input and output.

    What it prints is kept also where it crashes; of a program that is not Python, what it had passed on by then.
    """

    command: str
    folder: pathlib.Path = pathlib.Path()
    name: str = ""
    version: str = ""

    def ask(self, case: Case, limit_s: float) -> Asked:
        with tempfile.TemporaryDirectory(prefix="twinbed-bench-") as made:
            given, answered = pathlib.Path(made) / "input.json", pathlib.Path(made) / "output.json"
            text = json.dumps(plain(dict(case.stimulus)))
            given.write_text(text, encoding="utf-8")
            words = [
                w.replace("{input}", str(given)).replace("{output}", str(answered)) for w in shlex.split(self.command)
            ]
            try:
                process = subprocess.Popen(
                    words, cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                    start_new_session=True, env={"PYTHONUNBUFFERED": "1", **os.environ},
                )  # fmt: skip
            except OSError as error:
                return Asked(None, f"it cannot be started: {error}")
            return self._answer(process, b"" if "{input}" in self.command else text.encode(), answered, limit_s)

    def _answer(self, process: "subprocess.Popen[bytes]", text: bytes, answered: pathlib.Path, limit_s: float) -> Asked:
        pipes = _Pipes(process, text)
        ended = pipes.ended(limit_s)
        out, err = bytes(pipes.out), bytes(pipes.err)
        said = _said(out, err)
        if pipes.endless:
            return Asked(None, f"it printed more than {MOST_BYTES >> 20} MiB", said)
        if not ended:
            return Asked(None, f"no answer within {limit_s:g} s", said)
        if process.returncode:
            return Asked(None, f"{how_ended(process.returncode)}: {_last_line(said)}", said)
        try:
            if "{output}" in self.command and answered.stat().st_size > MOST_BYTES:
                return Asked(None, f"its answer is longer than {MOST_BYTES >> 20} MiB", said)
            raw = answered.read_bytes() if "{output}" in self.command else out
        except OSError:
            return Asked(None, "it ended with exit code 0 and did not write the file {output}", said)
        return _answered(raw, said, err)

    def described(self) -> Mapping[str, Any]:
        return {
            "kind": "command", "name": self.name, "version": self.version, "command": self.command,
            "files_sha256": fingerprints(self.command, self.folder),
            "sources_sha256": beside_command(self.command, self.folder),
        }  # fmt: skip

    def close(self) -> None:
        return


def _answered(raw: bytes, said: str, err: bytes) -> Asked:
    if not raw.strip():
        return Asked(None, "it ended with exit code 0 and no answer: write one JSON object, then end", said)
    try:
        answer = json.loads(raw)
    except (ValueError, RecursionError) as error:
        began = raw[:_BEGINNING].decode(errors="replace").strip()
        advice = f"it begins with {began!r}; print one JSON object alone, and other words to standard error"
        return Asked(None, f"its answer is no JSON: {error}; {advice}", said)
    if not isinstance(answer, dict):
        return Asked(None, output=said, returned=kind_of(answer))
    return Asked(answer, output=_said(b"", err))


@dataclasses.dataclass(frozen=True)
class Recorded(DeviceUnderTest):
    """What a device answered elsewhere: a folder with `<name>.json` or `<name>.npz` for every case.

    A case is named by its id, or as `names` says.
    """

    folder: pathlib.Path
    names: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def ask(self, case: Case, limit_s: float) -> Asked:
        called = self.names.get(case.id, case.id)
        for name, read in ((f"{called}.json", _json), (f"{called}.npz", read_arrays)):
            path = self.folder / name
            if path.is_file():
                try:
                    return Asked(read(path))
                except ReadError as error:
                    return Asked(None, str(error))
        return Asked(None, f"{self.folder} has no {called}.json and no {called}.npz")

    def described(self) -> Mapping[str, Any]:
        return {"kind": "recorded", "folder": self.folder.name, "answers_sha256": self._digest()}

    def _digest(self) -> str:
        """One fingerprint of names, sizes and contents of all answers."""
        digest = hashlib.sha256()
        for path in sorted([*self.folder.glob("*.json"), *self.folder.glob("*.npz")]):
            digest.update(f"{path.name}|{path.stat().st_size}|{sha256_of(path)}\n".encode(errors="surrogateescape"))
        return digest.hexdigest()

    def close(self) -> None:
        return


def _json(path: pathlib.Path) -> Values:
    try:
        answer = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ReadError(path, f"no JSON: {error}") from None
    if not isinstance(answer, dict):
        raise ReadError(path, "it holds no names and values")
    return answer


def of_source(file: pathlib.Path | None) -> dict[str, str]:
    """The name of a source file and its SHA-256; nothing where there is none."""
    return {"source": file.name, "sha256": sha256_of(file)} if file and file.is_file() else {}


def fingerprints(command: str, folder: pathlib.Path) -> dict[str, str]:
    """The SHA-256 of every word of a command that is a file, and of its program on the path."""
    words = shlex.split(command)
    known = {word: sha256_of(folder / word) for word in words}
    if words and os.sep not in words[0] and (program := shutil.which(words[0])):
        known[words[0]] = sha256_of(pathlib.Path(program))
    return {word: found for word, found in known.items() if found}


def beside_command(command: str, folder: pathlib.Path) -> str:
    """The fingerprint of the sources beside every word of a command that is one; empty where none is."""
    files = [file for word in shlex.split(command) for file in sources.beside((folder / word).resolve())]
    return sources.digest(sorted(set(files)))


def end_all(process: "subprocess.Popen[bytes]") -> None:
    """Ends the process and what it started."""
    with contextlib.suppress(ProcessLookupError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


class _Pipes:
    """What a process prints as it comes, and a text to its input; one that prints without end is ended."""

    def __init__(self, process: "subprocess.Popen[bytes]", text: bytes):
        self.out, self.err, self.endless = bytearray(), bytearray(), False
        self._process = process
        self._threads = [
            threading.Thread(target=self._read, args=(process.stdout, self.out), daemon=True),
            threading.Thread(target=self._read, args=(process.stderr, self.err), daemon=True),
            threading.Thread(target=self._write, args=(process.stdin, text), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def ended(self, limit_s: float) -> bool:
        """Whether it ended in time by itself and closed its outputs; it has ended afterwards in any case."""
        deadline = time.monotonic() + limit_s
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0.0))
        in_time = not any(thread.is_alive() for thread in self._threads)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(max(deadline - time.monotonic(), 0.0))
            if in_time:
                return True
        end_all(self._process)
        self._process.wait()
        deadline = time.monotonic() + _LEAVES_WITHIN_S
        for thread in self._threads:  # a child that left its group may hold the pipes for ever
            thread.join(max(deadline - time.monotonic(), 0.0))
        return False

    def _read(self, pipe: IO[bytes], into: bytearray) -> None:
        with pipe:
            while piece := os.read(pipe.fileno(), _PIECE):
                into += piece
                if len(into) > MOST_BYTES:
                    self.endless = True
                    end_all(self._process)
                    return

    def _write(self, pipe: IO[bytes], text: bytes) -> None:
        with contextlib.suppress(OSError), pipe:  # it need not read what it is given
            pipe.write(text)


def _said(out: bytes, err: bytes) -> str:
    longest = 4 * _KEPT  # bytes: a letter has four at most
    texts = (printed[-longest:].decode(errors="replace") for printed in (out, err))
    return ending("\n".join(text for text in texts if text))


def _last_line(said: str) -> str:
    return next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "it printed nothing")


def how_ended(code: int) -> str:
    """How a process ended, by its exit code: that code, or the signal that killed it, also where a shell tells of it.

    A negative code is what Python has for a signal; 128 and a signal's number is what a shell has.
    """
    try:
        name = signal.Signals(-code if code < 0 else code - 128).name
    except ValueError:
        return f"exit code {code}"
    if code < 0:
        return f"killed by {name}"
    return f"exit code {code}, which a shell gives for killed by {name}"


def failure_of(error: BaseException, stimulus: Values) -> str:
    """What a function raised, in a line; of a name that is not given, which ones are."""
    if isinstance(error, SystemExit):
        code = "" if error.code is None else written(repr, error.code)
        return f"it called sys.exit({code}): return the answer and do not exit"
    if isinstance(error, KeyError) and error.args and isinstance(error.args[0], str) and error.args[0] not in stimulus:
        return f"{raised(error)}; the device is given {', '.join(stimulus)}"
    return raised(error)


def raised(error: BaseException) -> str:
    """An exception in words, also one that cannot say them itself."""
    said = written(str, error)
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def written(how: Callable[[object], str], value: object) -> str:
    """A value as text by code that may be the device's and raise."""
    try:
        return how(value)
    except Exception:  # what the device's own code raises where it is to be written
        return f"a {type(value).__name__} that cannot be written"


def kind_of(value: Any) -> str:
    """A value by its type and length, such as a list of 12."""
    name = "nothing" if value is None else f"a {type(value).__name__}"
    try:
        return f"{name} of {len(value)}" if isinstance(value, Sized) else name
    except Exception:  # the length is what the device's own code says
        return name


def printable(text: str) -> str:
    """The text without what neither JSON nor XML can hold."""
    text = text.encode("utf-8", errors="replace").decode("utf-8")
    held = lambda c: c in "\n\t" or c.isprintable() or unicodedata.category(c) == "Zs"
    return "".join(c if held(c) else "\N{REPLACEMENT CHARACTER}" for c in text)


def all_printable(values: Mapping[str, Any]) -> dict[str, Any]:
    """Names and values with texts that are `printable`."""
    return {name: printable(value) if isinstance(value, str) else value for name, value in values.items()}


def last_of(file: IO[bytes]) -> str:
    """The last of what was printed to a file since it was read; it is read to its end then."""
    begins = file.tell()
    file.seek(max(begins, file.seek(0, os.SEEK_END) - 4 * _KEPT))
    return ending(file.read().decode(errors="replace"))


def ending(text: str) -> str:
    """The last of what a device printed."""
    return text[-_KEPT:]
