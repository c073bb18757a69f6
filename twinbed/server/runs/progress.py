"""How far a run has come, read from what it says."""

import dataclasses
import pathlib
import re

_LINE = re.compile(r"(?P<phase>.{1,200}?): (?P<percent>\d{1,3}) %(?:, (?P<detail>.{1,200}))?")
_TAIL = 64 * 1024
_LONGEST = 500
_MOST_LINES = 400


@dataclasses.dataclass(frozen=True)
class Progress:
    """How far a run has come; share from 0 to 1."""

    share: float = 0.0
    phase: str = ""
    detail: str = ""


@dataclasses.dataclass(frozen=True)
class Lines:
    """Lines of a log, and where to read on."""

    lines: list[str]
    next: int


def progress(log: pathlib.Path) -> Progress:
    """The last that a log says of it."""
    for line in reversed(lines(log).lines):
        if found := _LINE.fullmatch(line):
            return Progress(min(int(found["percent"]), 100) / 100.0, found["phase"], found["detail"] or "")
    return Progress()


def last_words(log: pathlib.Path) -> str:
    """Why a command says that it failed: its own line, else the last one."""
    said = [line for line in lines(log).lines if line.strip()]
    own = [line.removeprefix("twinbed: ") for line in said if line.startswith("twinbed: ")]
    return (own or said or [""])[-1]


def lines(log: pathlib.Path, after: int = 0) -> Lines:
    """The whole lines of a log from a byte on, the last 64 kB of them at most."""
    try:
        with open(log, "rb") as file:
            size = file.seek(0, 2)
            begin = max(min(after, size), size - _TAIL)
            file.seek(begin)
            content = file.read(_TAIL)
    except OSError:
        return Lines([], after)
    whole, newline, _ = content.rpartition(b"\n")
    told = whole.decode("utf-8", "replace").splitlines() if newline else []
    cut = 1 if begin > after and told else 0  # the first one began before
    return Lines([_plain(line) for line in told[cut:][-_MOST_LINES:]], begin + len(whole) + len(newline))


def _plain(line: str) -> str:
    return "".join(c for c in line if c.isprintable() or c == "\t")[:_LONGEST]
