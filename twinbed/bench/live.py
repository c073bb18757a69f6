"""A device that stays alive between cases: one line of JSON to it and one line back, for each case.

    {"number": 3, "stimulus": {...}}        to the device
    {"number": 3, "answer": {...}}          from it; "output" may be a text that is kept

It listens on a port of this machine, or it is a program whose standard input and output are the line. The number tells
a late answer from the one that is asked for. After silence, a crash or nonsense the line is closed, and the next case
gets a new one: a new connection, or the program started anew.
"""

import abc
import json
import pathlib
import select
import shlex
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from typing import IO, Any

from twinbed.bench.device import (
    MOST_BYTES,
    Asked,
    DeviceUnderTest,
    beside_command,
    end_all,
    ending,
    fingerprints,
    how_ended,
    last_of,
)
from twinbed.bench.protocol import Case
from twinbed.bench.security.play import loopback
from twinbed.connect.files import plain
from twinbed.core.errors import NotFound

NO_FINGERPRINT = "none: what runs behind a port is not known"
"""What the log has in place of a fingerprint."""
_CONNECTS_S, _LEAVES_S = 5.0, 5.0
_PIECE = 1 << 16


class _Broken(Exception):
    """The line can no longer be trusted; the message says why."""


class _Gone(_Broken):
    """The other end closed the line."""


class _Live(DeviceUnderTest):
    """What a port and a program have in common."""

    def __init__(self) -> None:
        self._line: socket.socket | None = None
        self._number = 0

    def ask(self, case: Case, limit_s: float) -> Asked:
        """Its answer to a case, on the line that is open or on a new one."""
        self._number += 1
        deadline = time.monotonic() + limit_s
        text = json.dumps({"number": self._number, "stimulus": plain(dict(case.stimulus))}).encode() + b"\n"
        try:
            if self._line is None or _speaks(self._line):  # it was closed, or said what nobody asked for
                self.close()
                self._line = self._opened(limit_s)
            reply = _exchanged(self._line, text, deadline, limit_s)
            answer, output = _read(reply, self._number)
        except (_Broken, OSError) as problem:
            said = str(problem) if isinstance(problem, _Broken) else f"the connection failed: {problem}"
            ended = self._ended() if not isinstance(problem, _Broken) or isinstance(problem, _Gone) else ""
            printed = self._printed()
            self.close()
            return Asked(None, said + ended, printed)
        return Asked(answer, output=ending(self._printed() + output))

    def close(self) -> None:
        """Ends the line, and the program at its other end."""
        if self._line is not None:
            self._line.close()
        self._line = None
        self._end()

    @abc.abstractmethod
    def _opened(self, limit_s: float) -> socket.socket:
        """A new line. Raises OSError."""

    @abc.abstractmethod
    def _ended(self) -> str:
        """How the program at the other end ended, where that can be known."""

    @abc.abstractmethod
    def _printed(self) -> str:
        """What it printed since this was last asked."""

    @abc.abstractmethod
    def _end(self) -> None:
        """Ends what was started."""


class LivePort(_Live):
    """A device that listens on a port of this machine: `live:HOST:PORT`."""

    def __init__(self, name: str):
        """Connects once.

        Raises:
            NotFound: the name has no port, or nothing listens there.
            StudyError: an address of another machine.
        """
        super().__init__()
        host, _, port = name.removeprefix("live:").rpartition(":")
        if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
            raise NotFound(f"{name!r} names no port: write live:127.0.0.1:6000")
        self.address = loopback(host.strip("[]") or "127.0.0.1"), int(port)
        try:
            self._line = self._opened(_CONNECTS_S)
        except OSError as error:
            raise NotFound(f"nothing listens on {host}:{port} ({error}): start the device, then the bench") from None

    def described(self) -> Mapping[str, Any]:
        return {"kind": "live", "name": "live:{}:{}".format(*self.address), "fingerprint": NO_FINGERPRINT}

    def _opened(self, limit_s: float) -> socket.socket:
        return socket.create_connection(self.address, timeout=min(limit_s, _CONNECTS_S))

    def _ended(self) -> str:
        return ""

    def _printed(self) -> str:
        return ""

    def _end(self) -> None:
        return


class LiveProgram(_Live):
    """A program that reads lines and writes lines until it is ended; what it says on standard error is kept."""

    def __init__(self, command: str, folder: pathlib.Path = pathlib.Path(), name: str = "", version: str = ""):
        super().__init__()
        self.command, self.folder, self.name, self.version = command, folder, name, version
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None

    def described(self) -> Mapping[str, Any]:
        return {
            "kind": "live", "name": self.name, "version": self.version, "command": self.command,
            "files_sha256": fingerprints(self.command, self.folder),
            "sources_sha256": beside_command(self.command, self.folder),
        }  # fmt: skip

    def _opened(self, limit_s: float) -> socket.socket:
        ours, theirs = socket.socketpair()
        self._errors = tempfile.NamedTemporaryFile()
        with theirs, open(self._errors.name, "ab") as errors:
            try:
                self._process = subprocess.Popen(
                    shlex.split(self.command), cwd=self.folder, stdin=theirs.fileno(), stdout=theirs.fileno(),
                    stderr=errors,
                    start_new_session=True,
                )  # fmt: skip
            except OSError as error:
                ours.close()
                raise _Broken(f"it cannot be started: {error}") from None
        return ours

    def _ended(self) -> str:
        if self._process is None:
            return ""
        try:
            return f"; {how_ended(self._process.wait(_LEAVES_S))}"
        except subprocess.TimeoutExpired:
            return ""

    def _printed(self) -> str:
        return "" if self._errors is None else last_of(self._errors)

    def _end(self) -> None:
        if self._process is not None:
            end_all(self._process)
            self._process.wait()
        if self._errors is not None:
            self._errors.close()
        self._process = self._errors = None


def _speaks(line: socket.socket) -> bool:
    """Whether there is something to read, or the other end closed the line."""
    return bool(select.select([line], [], [], 0.0)[0])


def _exchanged(line: socket.socket, text: bytes, deadline: float, limit_s: float) -> bytes:
    """The line that answers a line, without its end."""
    late = _Broken(f"no answer within {limit_s:g} s")
    reply = bytearray()
    try:
        line.settimeout(max(deadline - time.monotonic(), 1e-3))
        line.sendall(text)
        while b"\n" not in reply[-_PIECE:]:
            line.settimeout(max(deadline - time.monotonic(), 1e-3))
            piece = line.recv(_PIECE)
            if not piece:
                raise _Gone("it closed the line without an answer")
            reply += piece
            if len(reply) > MOST_BYTES or time.monotonic() > deadline:
                raise late if len(reply) <= MOST_BYTES else _Broken("its answer does not end")
    except TimeoutError:
        raise late from None
    first, _, rest = bytes(reply).partition(b"\n")
    if rest:
        raise _Broken("it said more than one line")
    return first


def _read(reply: bytes, number: int) -> tuple[Mapping[str, Any], str]:
    """The answer and what it wants to be kept."""
    try:
        found = json.loads(reply)
    except (ValueError, RecursionError) as error:
        raise _Broken(f"its answer is no JSON: {error}") from None
    if not isinstance(found, dict) or not isinstance(found.get("answer"), dict):
        raise _Broken('its line is no {"number": ..., "answer": {...}}')
    if found.get("number") != number:
        raise _Broken(f"it answered number {found.get('number')!r:.40} when {number} was asked")
    return found["answer"], str(found.get("output", ""))
