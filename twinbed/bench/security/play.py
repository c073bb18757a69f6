"""Sends a scenario to a port of this machine and says what came back.

    def device(stimulus):                       # in file.py; then: twinbed bench run ... --device file.py:device
        return play(stimulus, port=6000)        # a device that runs already, or
        return play(stimulus, command=["my-device", "--port", "0"])   # one that prints its port on its first line

Whether a device that runs already has ended is seen at its port, its memory at the process that listens there, where
the system tells (see `processes`).

The address is always one of this machine: a harness that fuzzes and floods must not reach what others depend on.
"""

import contextlib
import datetime
import ipaddress
import math
import re
import select
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from twinbed.bench.security import processes
from twinbed.bench.security.codec import CODECS, Codec
from twinbed.bench.security.scenarios import Sent, frames, valid
from twinbed.core.errors import NotFound, StudyError

_STARTS_S, _PIECE = 20.0, 1 << 16


def play(
    stimulus: Mapping[str, Any],
    *,
    port: int | None = None,
    command: Sequence[str] | None = None,
    host: str = "127.0.0.1",
    codec: Codec | None = None,
) -> dict[str, Any]:
    """Plays the scenario of a case and ends what it started.

    Args:
        stimulus: codec, scenario, seed and reply_s of the case.
        port: of a device that runs.
        command: starts the device, which prints its port; it is killed afterwards.
        host: an address of this machine.
        codec: of the device's own interface, in place of the one that the case names.

    Raises:
        StudyError: an address of another machine, or neither port nor command.
        NotFound: the device cannot be started, or the case names an unknown codec.
    """
    own_host = loopback(host)
    if (port is None) == (command is None):
        raise StudyError("give the port of a device that runs, or the command that starts one")
    if codec is None and stimulus["codec"] not in CODECS:
        raise NotFound(f"no codec {stimulus['codec']!r}; there are {', '.join(CODECS)}, or give your own")
    spoken = codec or CODECS[str(stimulus["codec"])]
    with contextlib.ExitStack() as ending:
        process = None
        if command is not None:
            process, port = _started(command)
            ending.callback(_ended, process)
        assert port is not None
        return _played(stimulus, spoken, (own_host, port), process)


def loopback(host: str) -> str:
    """The address, if it is one of this machine.

    Raises:
        StudyError: it is not, or it is a name that may stand for any.
    """
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise StudyError(f"{host!r} is no address of this machine: give 127.0.0.1 or ::1") from None
    if not address.is_loopback:
        raise StudyError(f"{host} is another machine: the harness sends to this one only (127.0.0.1 or ::1)")
    return str(address)


def _played(
    stimulus: Mapping[str, Any], codec: Codec, address: tuple[str, int], process: "subprocess.Popen[bytes] | None"
) -> dict[str, Any]:
    scenario, seed, reply_s = str(stimulus["scenario"]), int(stimulus["seed"]), float(stimulus["reply_s"])
    now = datetime.datetime.now(datetime.UTC)
    device = process.pid if process else processes.listening(address[1])
    before = processes.memory_mib(device)
    sent = frames(scenario, codec, seed, now)
    ask: Callable[..., list[float]] = {"flood": _flood, "idle connections": _idle}.get(scenario, _one_by_one)
    accepted = ask(sent, codec, address, reply_s)
    probe = codec.encode(valid(codec, "probe", seed, datetime.datetime.now(datetime.UTC)))
    began = time.perf_counter()
    taken = _exchange(probe, codec, address, reply_s)
    answer: dict[str, Any] = {
        "accepted": accepted,
        "probe": 1.0 if taken == 1.0 else 0.0,
        "probe_s": time.perf_counter() - began,
    }
    if process is None:
        answer["ended"] = float(taken != 1.0 and not _connects(address, reply_s))
    else:
        if taken != 1.0:
            with contextlib.suppress(subprocess.TimeoutExpired):  # one that ends is given the time to do so
                process.wait(timeout=0.5)
        answer["ended"] = float(process.poll() is not None)
    after = processes.memory_mib(device)
    if not math.isnan(before + after):
        answer["memory_mib"] = after - before
    return answer


def _connects(address: tuple[str, int], reply_s: float) -> bool:
    """Whether something still listens; one that is only slow does."""
    try:
        socket.create_connection(address, timeout=reply_s).close()
    except ConnectionRefusedError:
        return False
    except OSError:
        return True
    return True


def _one_by_one(sent: Sequence[Sent], codec: Codec, address: tuple[str, int], reply_s: float) -> list[float]:
    """Each frame on a connection of its own, and every one of them: silence to some says nothing of the others."""
    return [_exchange(one.frame, codec, address, reply_s) for one in sent]


def _exchange(frame: bytes, codec: Codec, address: tuple[str, int], reply_s: float) -> float:
    """1 if the frame is accepted, 0 if refused, NaN if there is no reply."""
    deadline = time.perf_counter() + reply_s
    with contextlib.suppress(OSError), socket.create_connection(address, timeout=reply_s) as line:
        line.settimeout(reply_s)
        with contextlib.suppress(OSError):  # a device may close before all is sent: what it said still counts
            line.sendall(frame)
            line.shutdown(socket.SHUT_WR)
        reply, _ = _reply(line, codec, b"", deadline)
        if reply is not None:
            return float(codec.accepted(reply))
    return math.nan


def _reply(line: socket.socket, codec: Codec, rest: bytes, deadline: float) -> tuple[bytes | None, bytes]:
    """The next reply and what came after it."""
    while True:
        reply, rest = codec.cut(rest)
        left = deadline - time.perf_counter()
        if reply is not None or left <= 0.0:
            return reply, rest
        line.settimeout(left)
        piece = line.recv(_PIECE)
        if not piece:
            return None, rest
        rest += piece


def _flood(sent: Sequence[Sent], codec: Codec, address: tuple[str, int], reply_s: float) -> list[float]:
    """All frames on one connection as fast as they go, replies read only afterwards."""
    out = [math.nan] * len(sent)
    with contextlib.suppress(OSError), socket.create_connection(address, timeout=reply_s) as line:
        line.settimeout(reply_s)
        with contextlib.suppress(OSError):
            for one in sent:
                line.sendall(one.frame)
            line.shutdown(socket.SHUT_WR)
        rest, deadline = b"", time.perf_counter() + reply_s
        for k in range(len(sent)):
            reply, rest = _reply(line, codec, rest, deadline)
            if reply is None:
                break
            out[k] = float(codec.accepted(reply))
    return out


def _idle(sent: Sequence[Sent], codec: Codec, address: tuple[str, int], reply_s: float) -> list[float]:
    """Connections that say nothing and stay open while one more message is sent."""
    with contextlib.ExitStack() as lines:
        for _ in sent:
            with contextlib.suppress(OSError):
                lines.enter_context(socket.create_connection(address, timeout=reply_s))
        now = datetime.datetime.now(datetime.UTC)
        return [_exchange(codec.encode(valid(codec, "beside idle ones", 0, now)), codec, address, reply_s)]


def _started(command: Sequence[str]) -> "tuple[subprocess.Popen[bytes], int]":
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError as error:
        raise NotFound(f"the device cannot be started: {error}") from None
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], _STARTS_S)
    line = process.stdout.readline() if ready else b""
    found = re.search(rb"\d+", line)
    if found is None:
        _ended(process)
        raise NotFound(f"the device must print the number of its port on its first line; it printed {line!r}")
    return process, int(found[0])


def _ended(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
