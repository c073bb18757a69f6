"""A session as data that can be played: what was shown of every page of a window, on all its branches.

A film is zlib-compressed: `u32` length of the head, the head as JSON in UTF-8, then the samples of all traces as their
differences modulo 2^16, first all low bytes, then all high ones (`trace sample`, trace after trace). Differences are
small, so that both halves compress well. Columns of the head (`numbers`, `devices`, `body`, `sound`, `pause_left_s`,
`standing`) and samples follow the segments: stretches of one branch, page after page. Little endian.
"""

import dataclasses
import json
import math
import struct
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import twinbed
from twinbed.core.errors import TwinbedError
from twinbed.server import showing
from twinbed.server.frames import packed
from twinbed.server.permissions import Role
from twinbed.ward.kept import Kept
from twinbed.ward.log import lineage
from twinbed.ward.pace import Pace
from twinbed.ward.resident import Resident
from twinbed.ward.session import Page, Session
from twinbed.ward.spoken import moment

FORMAT = 1
MOST_PAGES = 3600
"""On all branches together: an hour of an acute bed."""
_HEAD = struct.Struct("<I")
_LEVEL = 6


class TooLong(TwinbedError):
    """A window that cannot be played."""


@dataclasses.dataclass(frozen=True)
class Stretch:
    """Pages of one branch, from the first to before the last."""

    branch: int
    first: int
    last: int


def stretches(found: Kept, page_s: float, from_s: float | None = None, to_s: float | None = None) -> list[Stretch]:
    """What lies in a window of time, branch by branch.

    Args:
        found: the session.
        page_s: how long a page lasts.
        from_s: the beginning; as early as there is room for if it is left out.
        to_s: the end; that of the session if it is left out.

    Raises:
        TooLong: the window is empty, or has more than `MOST_PAGES` pages.
    """
    end = max(found.reached.values())
    last = end if to_s is None else min(math.ceil(to_s / page_s - 1e-9), end)
    if from_s is not None:
        first = math.floor(from_s / page_s + 1e-9)
        parts = _within(found, first, last)
        n = _pages(parts)
        if n > MOST_PAGES:
            raise TooLong(
                f"from {moment(from_s)} to {moment(last * page_s)} there are {n} pages of {page_s:g} s on {len(parts)} "
                f"branches, and a replay holds {MOST_PAGES}; choose a shorter window with from and to"
            )
    else:
        first = max(0, last - MOST_PAGES)
        while _pages(_within(found, first, last)) > MOST_PAGES:
            first += 1
        parts = _within(found, first, last)
    if not parts:
        raise TooLong(f"nothing was lived in this window; the session goes from 0 to {moment(end * page_s)}")
    return parts


def _within(found: Kept, first: int, last: int) -> list[Stretch]:
    whole = [Stretch(b.id, max(b.from_page, first), min(found.reached[b.id], last)) for b in found.branches]
    return [part for part in whole if part.last > part.first]


def _pages(parts: Sequence[Stretch]) -> int:
    return sum(part.last - part.first for part in parts)


def film(
    session: Session, found: Kept, parts: Sequence[Stretch], progress: Callable[[float], None] = lambda share: None,
    *, tells_all: bool = True,
) -> bytes:  # fmt: skip
    """Plays stretches of a session again, and keeps what was shown.

    Args:
        session: of the same log; it is left on another branch.
        found: the session.
        parts: what to play.
        progress: is told the share that is done, on the way to a stretch too.
        tells_all: whether it tells what the file of the bed has still to come, after the session.
    """
    with session.at(0):
        resident = Resident("bed", found.title, found.title, found.toml, Pace(running=False), session, session.made)
        resident.title_ko = session.made.words.get("title_ko", found.title)
        bed = showing.whole(resident, 0, Role.VIEWER)
    takes = _Takes(session)
    most, done = _pages(parts) + sum(part.first for part in parts), 0

    def passed(page: Page) -> None:
        nonlocal done
        done += 1
        progress(done / most)

    def see(page: Page) -> None:
        takes.take(page)
        passed(page)

    for part in parts:
        session.branch = part.branch
        session.replay(part.first, part.last, see, passed)
    progress(1.0)
    page_s = session.page_s
    head = {
        "twinbed_film": FORMAT,
        "made": {
            "version": twinbed.__version__, "lived": found.version, "seed": session.made.bedside.seed,
            "log": found.digest,
        },
        "bed": bed,
        "page_s": page_s,
        "period_s": session.made.period_s,
        "branch": found.branch if _has(found, parts, found.branch) else parts[-1].branch,
        "branches": [
            {**told, "until_t_s": found.reached[told["id"]] * page_s}
            for told in showing.branches(found.branches, page_s)
        ],
        "segments": [dataclasses.asdict(part) for part in parts],
        "entries": [showing.entry(session.made, entry) for entry in found.entries],
        "script": showing.script(session.made, math.inf if tells_all else found.reached[found.branch] * page_s),
        **takes.columns(),
    }  # fmt: skip
    return _bytes(head, takes.samples())


def _has(found: Kept, parts: Sequence[Stretch], branch: int) -> bool:
    """Whether anything of the past of a branch is in some stretches."""
    inside = lambda b, first, until: any(
        p.branch == b and p.last > first and (until is None or p.first < until) for p in parts
    )
    return any(inside(*part) for part in lineage(found.branches, branch))


class _Takes:
    """What is kept of pages."""

    def __init__(self, session: Session):
        self._made = session.made
        self._pieces: list[np.ndarray] = []
        self._shown: list[Page] = []
        self._known: dict[str, int] = {}
        self._standing: list[list[int]] = []

    def take(self, page: Page) -> None:
        self._pieces.append(packed(self._made.view.traces, page.recorded))
        self._shown.append(dataclasses.replace(page, recorded={}))
        said = [json.dumps(dict(alarm), sort_keys=True) for alarm in page.alarms]
        self._standing.append([self._known.setdefault(text, len(self._known)) for text in said])

    def columns(self) -> dict[str, Any]:
        shown = self._shown
        first = shown[0]
        return {
            "samples": self._pieces[0].shape[1],
            "numbers": {name: [p.numbers[name] for p in shown] for name in first.numbers},
            "sound": [p.alarm_sound for p in shown],
            "pause_left_s": [p.pause_left_s for p in shown],
            "alarms": [json.loads(text) for text in self._known],
            "standing": self._standing,
            "devices": {
                part: {signal: [p.devices[part][signal] for p in shown] for signal in signals}
                for part, signals in first.devices.items()
            },
            "body": {name: [p.body[name] for p in shown] for name in first.body},
        }

    def samples(self) -> np.ndarray:
        return np.concatenate(self._pieces, axis=1)


def _bytes(head: dict[str, Any], samples: np.ndarray) -> bytes:
    said = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
    steps = np.diff(samples.astype(np.int32), axis=1, prepend=0).astype(np.int16).astype("<i2").view(np.uint8)
    halves = np.ascontiguousarray(steps.reshape(-1, 2).T)
    return zlib.compress(_HEAD.pack(len(said)) + said + halves.tobytes(), _LEVEL)


def unpacked(data: bytes) -> tuple[dict[str, Any], np.ndarray]:
    """The head of a film, and its samples as integers (`trace sample`).

    Raises:
        ValueError: it is no film.
    """
    try:
        plain = zlib.decompress(data)
        (length,) = _HEAD.unpack_from(plain)
        head = json.loads(plain[_HEAD.size : _HEAD.size + length])
        n = len(head["bed"]["view"]["waves"])
    except (zlib.error, struct.error, UnicodeDecodeError, KeyError, TypeError) as error:
        raise ValueError(f"this is no film: {error}") from None
    halves = np.frombuffer(plain, np.uint8, offset=_HEAD.size + length).reshape(2, -1)
    steps = np.ascontiguousarray(halves.T).reshape(-1).view("<i2").reshape(n, -1) if n else np.zeros((0, 0), "<i2")
    return head, np.cumsum(steps.astype(np.int64), axis=1).astype("<i2")
