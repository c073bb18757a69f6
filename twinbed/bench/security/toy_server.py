"""A small device on a port of this machine, sound or with a fault, to show that the harness can tell.

It needs nothing but Python's library and is run by its path. It takes messages of the two codecs, keeps a rate, and
prints its port. It checks size, form, a number not used before, time within half a minute, a rate of 0 to 1200 mL/h.
"""

import argparse
import datetime
import json
import math
import os
import socketserver
import sys
import threading

_MOST_BYTES, _SKEW_S, _MOST_ML_H, _KEPT = 65_536, 30.0, 1200.0, 100_000
FAULTS = ("none", "crash", "hang", "leak", "trusting", "single")


class Refused(Exception):
    """A message that is not taken."""


class Device:
    """What it holds between messages."""

    def __init__(self, fault: str):
        self.fault, self.rate_ml_h, self.seen, self.hoard = fault, 0.0, {}, []
        self.lock = threading.Lock()

    def take(self, number: str, at: datetime.datetime, value: float) -> None:
        """Sets the rate, or raises Refused."""
        if self.fault == "leak":
            self.hoard.append(bytearray(os.urandom(4096)) * 64)
        if self.fault != "trusting":
            self._check(number, at, value)
        with self.lock:
            self.rate_ml_h = value

    def _check(self, number: str, at: datetime.datetime, value: float) -> None:
        now = datetime.datetime.now(datetime.UTC)
        if not number or len(number) > 64:
            raise Refused("number")
        if abs((now - at).total_seconds()) > _SKEW_S:
            raise Refused("time")
        if not math.isfinite(value) or not 0.0 <= value <= _MOST_ML_H:
            raise Refused("rate")
        with self.lock:
            if number in self.seen:
                raise Refused("used before")
            self.seen[number] = now
            if len(self.seen) > _KEPT:  # older ones are refused by their time
                self.seen = {n: t for n, t in self.seen.items() if abs((now - t).total_seconds()) <= 2 * _SKEW_S}


def _json(text: bytes) -> "tuple[str, datetime.datetime, float]":
    found = json.loads(text.decode("utf-8"))
    if not isinstance(found, dict) or sorted(found) != ["id", "rate_ml_h", "time"]:
        raise Refused("fields")
    value = found["rate_ml_h"]
    if not isinstance(found["id"], str) or isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Refused("types")
    return found["id"], datetime.datetime.fromisoformat(found["time"]), float(value)


def _hl7(text: bytes) -> "tuple[str, datetime.datetime, float]":
    if any(byte < 32 and byte != 13 for byte in text):
        raise Refused("control characters")
    segments = [s.split("|") for s in text.decode("ascii").split("\r") if s]
    if [s[0] for s in segments] != ["MSH", "PID", "OBR", "OBX"] or segments[0][1] != "^~\\&":
        raise Refused("segments")
    if segments[0][8] != "ORU^R01^ORU_R01" or segments[3][3] != "RATE":
        raise Refused("kind")
    at = datetime.datetime.strptime(segments[0][6], "%Y%m%d%H%M%S%z")
    number = segments[3][5]
    if not number.replace(".", "", 1).isdigit() or len(number) > 12:
        raise Refused("rate")
    return segments[0][9], at, float(number)


class Line(socketserver.BaseRequestHandler):
    """One connection."""

    def handle(self) -> None:
        device, hl7, rest = self.server.device, self.server.hl7, b""  # type: ignore[attr-defined]
        begin, end = (b"\x0b", b"\x1c\r") if hl7 else (b"", b"\n")
        while True:
            frame, found, after = rest.partition(end)
            if found:
                rest = after
                self._answer(device, frame.partition(begin)[2] if begin else frame, hl7)
                continue
            if len(rest) > _MOST_BYTES and device.fault != "crash":
                return
            piece = self.request.recv(_MOST_BYTES)
            if not piece:
                return
            rest += piece

    def _answer(self, device: Device, frame: bytes, hl7: bool) -> None:
        try:
            if len(frame) > _MOST_BYTES and device.fault not in ("crash", "trusting"):
                raise Refused("size")
            device.take(*(_hl7 if hl7 else _json)(frame))
            good = True
        except (Refused, ValueError, KeyError, IndexError, TypeError, OverflowError, RecursionError) as error:
            good = False
            if device.fault == "crash" and not isinstance(error, Refused):
                os._exit(3)
            while device.fault == "hang" and not isinstance(error, Refused):
                with device.lock:
                    threading.Event().wait()
        said = (b"\x0bMSH|^~\\&|DEVICE\rMSA|" + (b"AA" if good else b"AE") + b"|\r\x1c\r") if hl7 else (
            b'{"status": "ok"}\n' if good else b'{"status": "refused"}\n'
        )  # fmt: skip
        self.request.sendall(said)


def main() -> None:
    """Serves until it is killed."""
    options = argparse.ArgumentParser()
    options.add_argument("--codec", choices=("line_json", "hl7_mllp"), default="line_json")
    options.add_argument("--fault", choices=FAULTS, default="none")
    given = options.parse_args()
    kind = socketserver.TCPServer if given.fault == "single" else socketserver.ThreadingTCPServer
    kind.daemon_threads = True  # type: ignore[attr-defined]
    kind.request_queue_size = 128
    with kind(("127.0.0.1", 0), Line) as server:
        server.device, server.hl7 = Device(given.fault), given.codec == "hl7_mllp"  # type: ignore[attr-defined]
        server.handle_error = lambda request, address: None  # type: ignore[method-assign]
        sys.stdout.write(f"{server.server_address[1]}\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main()
