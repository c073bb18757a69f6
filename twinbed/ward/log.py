"""The log of a bed: entries on branches of time, from which everything else can be made again.

A branch is a course of events. It begins at a page of its parent and shares what was before; the first branch of a bed
is 0 and has no parent. An entry acts from the page it is stamped with, which had not been computed when it was made.
"""

import dataclasses
import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from twinbed.core.errors import NotFound


@dataclasses.dataclass(frozen=True)
class Asked:
    """Something that somebody asked for, as it goes into the log."""

    branch: int
    page: int
    """The first page on which it acts."""
    t_s: float
    who: str
    kind: str
    """`request` (of a control), `clock`, `rewind`, `note`, `fork`."""
    data: Mapping[str, Any]
    accepted: bool = True
    reason: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Entry(Asked):
    """Something that somebody asked for, as it stands in the log."""

    seq: int
    """Number in the log of its bed, from 1, without gaps."""
    wall: datetime.datetime
    """When, with its time zone."""


@dataclasses.dataclass(frozen=True)
class Branch:
    """A course of events that leaves its parent at a page."""

    id: int
    parent: int | None
    from_page: int


@runtime_checkable
class Store(Protocol):
    """Where the log of a bed is kept; what is appended is safe when `append` returns."""

    def append(self, bed: str, asked: Asked) -> Entry:
        """Adds an entry, and returns it with its number and the time of the wall."""
        ...

    def entries(self, bed: str, after: int = 0) -> list[Entry]:
        """Entries in order, those after a number."""
        ...

    def open_branch(self, bed: str, asked: Asked) -> Entry:
        """A new branch that leaves that of what was asked for at its page, and its first entry, which is just that.

        Both are kept, or neither.
        """
        ...

    def branches(self, bed: str) -> list[Branch]:
        """All branches in order; 0 is always there."""
        ...

    def keep_fork(self, bed: str, fork: int, data: Mapping[str, Any]) -> None:
        """Keeps a look at what might come under its number, in place of what was kept there."""
        ...

    def forks(self, bed: str) -> dict[int, Mapping[str, Any]]:
        """What was kept so, by its number, in order."""
        ...


class InMemory:
    """A store that forgets when the process ends: for tests and notebooks."""

    def __init__(self) -> None:
        self._entries: dict[str, list[Entry]] = {}
        self._branches: dict[str, list[Branch]] = {}
        self._forks: dict[str, dict[int, Mapping[str, Any]]] = {}

    def keep_fork(self, bed: str, fork: int, data: Mapping[str, Any]) -> None:
        self._forks.setdefault(bed, {})[fork] = dict(data)

    def forks(self, bed: str) -> dict[int, Mapping[str, Any]]:
        return dict(sorted(self._forks.get(bed, {}).items()))

    def fill(self, bed: str, entries: Iterable[Entry], branches: Iterable[Branch]) -> None:
        """Takes over the log of a bed."""
        self._entries[bed], self._branches[bed] = list(entries), list(branches)

    def append(self, bed: str, asked: Asked) -> Entry:
        own = self._entries.setdefault(bed, [])
        wall = datetime.datetime.now(datetime.UTC)
        own.append(Entry(**vars(asked), seq=len(own) + 1, wall=wall))
        return own[-1]

    def entries(self, bed: str, after: int = 0) -> list[Entry]:
        return self._entries.get(bed, [])[after:]

    def open_branch(self, bed: str, asked: Asked) -> Entry:
        own = self._branches.setdefault(bed, [Branch(0, None, 0)])
        own.append(Branch(len(own), asked.branch, asked.page))
        return self.append(bed, dataclasses.replace(asked, branch=own[-1].id))

    def branches(self, bed: str) -> list[Branch]:
        return list(self._branches.setdefault(bed, [Branch(0, None, 0)]))


def lineage(branches: Sequence[Branch], branch: int) -> list[tuple[int, int, int | None]]:
    """What a branch is made of, eldest first: (branch, first page, page at which the next one takes over or None).

    Raises:
        NotFound: there is no such branch.
    """
    known = {b.id: b for b in branches}
    if branch not in known:
        raise NotFound(f"there is no branch {branch}: there are {', '.join(map(str, sorted(known)))}")
    parts: list[tuple[int, int, int | None]] = []
    at: Branch | None = known[branch]
    until: int | None = None
    while at is not None:
        if until is None or at.from_page < until:
            parts.append((at.id, at.from_page, until))
        until = at.from_page if until is None else min(until, at.from_page)
        at = None if at.parent is None else known[at.parent]
    return parts[::-1]


def acting(entries: Iterable[Entry], branches: Sequence[Branch], branch: int) -> list[Entry]:
    """The accepted requests that hold on a branch, in the order in which they act.

    An entry of a parent acts if its page came before the child began.
    """
    parts = {b: until for b, _, until in lineage(branches, branch)}
    holds = lambda e: e.branch in parts and (parts[e.branch] is None or e.page < parts[e.branch])
    kept = [e for e in entries if e.accepted and e.kind == "request" and holds(e)]
    return sorted(kept, key=lambda e: (e.page, e.seq))
