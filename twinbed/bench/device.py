"""A device under test is anything that answers: a function, a command, a file of what was recorded.

What it answers is kept whatever happens: a device that crashes, hangs or talks nonsense fails, and the bench goes on.
"""

import abc
import contextlib
import dataclasses
import io
import json
import os
import pathlib
import shlex
import signal
import subprocess
import tempfile
import traceback
from collections.abc import Callable, Mapping, Sized
from typing import Any

from twinbed.bench import sources
from twinbed.bench.log import read_arrays, sha256_of
from twinbed.bench.protocol import Case, Values
from twinbed.connect.files import plain
from twinbed.core.errors import NotFound, ReadError

_LEAVES_WITHIN_S = 5.0
_KEPT = 20_000
"""Characters of a device's output that are kept, from its end."""


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

    def ask(self, case: Case, limit_s: float) -> Asked:
        said = io.StringIO()
        try:
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                answer = self.function(dict(case.stimulus))
        except NotFound:
            raise  # something is not installed: that is no failure of the device
        except Exception as error:
            return Asked(None, failure_of(error, case.stimulus), ending(said.getvalue() + traceback.format_exc()))
        if not isinstance(answer, Mapping):
            return Asked(None, output=ending(said.getvalue()), returned=kind_of(answer))
        return Asked({str(name): value for name, value in answer.items()}, output=ending(said.getvalue()))

    def described(self) -> Mapping[str, Any]:
        return {"kind": "function", "name": self.name}

    def close(self) -> None:
        return


@dataclasses.dataclass(frozen=True)
class Command(DeviceUnderTest):
    """A command that reads a JSON file and writes one: `detect {input} {output}`; or standard input and output."""

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
                    start_new_session=True,
                )  # fmt: skip
            except OSError as error:
                return Asked(None, f"it cannot be started: {error}")
            return self._answer(process, b"" if "{input}" in self.command else text.encode(), answered, limit_s)

    def _answer(self, process: "subprocess.Popen[bytes]", text: bytes, answered: pathlib.Path, limit_s: float) -> Asked:
        try:
            out, err = process.communicate(text, timeout=limit_s)
        except subprocess.TimeoutExpired:
            end_all(process)
            out, err = _rest(process)
            return Asked(None, f"no answer within {limit_s:g} s", _said(out, err))
        said = _said(out, err)
        if process.returncode:
            last = next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "it printed nothing")
            return Asked(None, f"exit code {process.returncode}: {last}", said)
        try:
            raw = answered.read_bytes() if "{output}" in self.command else out
            answer = json.loads(raw)
        except (OSError, ValueError, RecursionError) as error:
            return Asked(None, f"its answer is no JSON: {error}", said)
        if not isinstance(answer, dict):
            return Asked(None, output=said, returned=kind_of(answer))
        return Asked(answer, output=ending(err.decode(errors="replace")))

    def described(self) -> Mapping[str, Any]:
        return {
            "kind": "command", "name": self.name, "version": self.version, "command": self.command,
            "files_sha256": fingerprints(self.command, self.folder),
            "sources_sha256": beside_command(self.command, self.folder),
        }  # fmt: skip

    def close(self) -> None:
        return


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
        return {"kind": "recorded", "folder": self.folder.name}

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


def fingerprints(command: str, folder: pathlib.Path) -> dict[str, str]:
    """The SHA-256 of every word of a command that is a file."""
    known = {word: sha256_of(folder / word) for word in shlex.split(command)}
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


def _rest(process: "subprocess.Popen[bytes]") -> tuple[bytes, bytes]:
    """What it had printed; nothing where a child that left its group holds the pipes."""
    try:
        return process.communicate(timeout=_LEAVES_WITHIN_S)
    except subprocess.TimeoutExpired:
        for pipe in (process.stdout, process.stderr, process.stdin):
            if pipe is not None:
                pipe.close()
        return b"", b""


def _said(out: bytes, err: bytes) -> str:
    return ending("\n".join(t for t in (out.decode(errors="replace"), err.decode(errors="replace")) if t))


def failure_of(error: Exception, stimulus: Values) -> str:
    """What a function raised, in a line; of a name that is not given, which ones are."""
    said = f"{type(error).__name__}: {error}"
    if isinstance(error, KeyError) and error.args and error.args[0] not in stimulus:
        said += f"; the device is given {', '.join(stimulus)}"
    return said


def kind_of(value: Any) -> str:
    """A value by its type and length, such as a list of 12."""
    name = "nothing" if value is None else f"a {type(value).__name__}"
    return f"{name} of {len(value)}" if isinstance(value, Sized) else name


def printable(text: str) -> str:
    """The text without what neither JSON nor XML can hold."""
    text = text.encode("utf-8", errors="replace").decode("utf-8")
    return "".join(c if c in "\n\t" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def ending(text: str) -> str:
    """The last of what a device printed."""
    return text[-_KEPT:]
