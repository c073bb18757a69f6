"""How messages of an interface look on the wire; another interface is another `Codec`.

**References:**

- HL7 Version 2.5.1, chapter 2 (segments, MSH, MSA), and Minimal Lower Layer Protocol, release 1 (frame)
"""

import abc
import dataclasses
import datetime
import json


@dataclasses.dataclass(frozen=True)
class Message:
    """What a valid message says: a value that is set, at a time, under a number that is used once."""

    number: str
    at: datetime.datetime
    value: float


class Codec(abc.ABC):
    """Writes valid messages, finds the end of a reply, and says whether it accepts."""

    @abc.abstractmethod
    def encode(self, message: Message) -> bytes:
        """A valid message as bytes on the wire, its frame included."""

    @abc.abstractmethod
    def cut(self, received: bytes) -> tuple[bytes | None, bytes]:
        """The first whole reply, without its frame, and the rest; None while it is not whole."""

    @abc.abstractmethod
    def accepted(self, reply: bytes) -> bool:
        """Whether the device says that it took the message."""

    @property
    @abc.abstractmethod
    def delimiters(self) -> bytes:
        """Bytes that mean something to the frame or the grammar."""


@dataclasses.dataclass(frozen=True)
class LineJson(Codec):
    """One JSON object a line: number, time and value; the reply has a status, "ok" if it was taken."""

    def encode(self, message: Message) -> bytes:
        text = {"id": message.number, "time": message.at.isoformat(), "rate_ml_h": message.value}
        return json.dumps(text).encode() + b"\n"

    def cut(self, received: bytes) -> tuple[bytes | None, bytes]:
        line, end, rest = received.partition(b"\n")
        return (line, rest) if end else (None, received)

    def accepted(self, reply: bytes) -> bool:
        try:
            found = json.loads(reply)
        except ValueError:
            return False
        return isinstance(found, dict) and found.get("status") == "ok"

    @property
    def delimiters(self) -> bytes:
        return b'{}[]":,\\\n'


_BEGIN, _END = b"\x0b", b"\x1c\r"


@dataclasses.dataclass(frozen=True)
class Hl7Mllp(Codec):
    """HL7 version 2 in the minimal lower layer protocol: an observation (ORU^R01); acknowledged by MSA-1 AA or CA."""

    def encode(self, message: Message) -> bytes:
        at = message.at.strftime("%Y%m%d%H%M%S%z")
        segments = (
            f"MSH|^~\\&|BENCH|TWINBED|DEVICE|SITE|{at}||ORU^R01^ORU_R01|{message.number}|P|2.5.1",
            "PID|1||VIRTUAL||Patient^Virtual",
            f"OBR|1|||RATE|||{at}",
            f"OBX|1|NM|RATE||{message.value:g}|mL/h|||||F",
        )
        return _BEGIN + "\r".join(segments).encode() + b"\r" + _END

    def cut(self, received: bytes) -> tuple[bytes | None, bytes]:
        frame, end, rest = received.partition(_END)
        return (frame.partition(_BEGIN)[2], rest) if end else (None, received)

    def accepted(self, reply: bytes) -> bool:
        for segment in reply.replace(b"\n", b"\r").split(b"\r"):
            fields = segment.split(b"|")
            if fields[0] == b"MSA" and len(fields) > 1:
                return fields[1] in (b"AA", b"CA")
        return False

    @property
    def delimiters(self) -> bytes:
        return b"|^~\\&\r\x0b\x1c"


CODECS = {"line_json": LineJson(), "hl7_mllp": Hl7Mllp()}
"""Codecs by the name under which a case asks for them; a laboratory adds its own."""
