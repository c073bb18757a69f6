"""Beds, the branches of their sessions, and the entries of their logs."""

import dataclasses
import datetime
import secrets
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from twinbed.core.errors import NotFound
from twinbed.server.errors import CannotKeep
from twinbed.server.store import chain
from twinbed.server.store.audit import OURSELVES, Audit
from twinbed.server.store.database import Database
from twinbed.server.store.tables import BedRow, BranchRow, EntryRow, ForkRow
from twinbed.ward.log import Asked, Branch, Entry

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike
_ID_LENGTH = 8
ROOT = 0
"""The branch with which every bed begins."""
_WAITS_S = 1.0
"""For other writers, what beds write as they live: the thread that writes it is the one in which all of them do."""


def new_id() -> str:
    """The id of something new: short, of small letters and digits."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_ID_LENGTH))


@dataclasses.dataclass(frozen=True)
class Bed:
    """What a bed was made from, and by whom."""

    id: str
    title: str
    kind: str
    definition: Any
    seed: int
    version: str
    made_by: str
    made_at: datetime.datetime
    removed_at: datetime.datetime | None


class Beds:
    """Beds and their logs, the `Store` of the ward; a removed bed keeps its log.

    Nothing is ever deleted, and nothing but what came of a fork is changed; all else is in the chain of its bed.
    """

    def __init__(self, database: Database, audit: Audit, now: Callable[[], datetime.datetime]):
        self._database, self._audit, self._now = database, audit, now

    def add_bed(self, *, title: str, kind: str, definition: Any, seed: int, version: str, made_by: str) -> Bed:
        """Keeps a new bed and opens its root branch.

        Args:
            title: what people call it.
            kind: of the bed, such as `acute`.
            definition: all that the bed is made from, as JSON.
            seed: of its noise.
            version: of twinbed that made it.
            made_by: the name of a person.

        Raises:
            CannotKeep: the definition is not plain JSON, or the title no text.
        """
        if "\0" in title:
            raise CannotKeep("a title is text, without the character of the number 0")
        row = BedRow(
            id=new_id(),
            title=title, kind=kind, definition=definition, seed=seed, version=version, made_by=made_by,
            made_at=self._now(), removed_at=None,
        )  # fmt: skip
        with self._database.writing() as session:
            session.add(row)
            session.flush()
            chain.add(session, row.id, row)
            self._audit.write(
                session, made_by, "bed made", title=title, **_branch_added(session, row.id, ROOT, None, 0)
            )
            return _bed(row)

    def beds(self, *, removed: bool = False) -> tuple[Bed, ...]:
        """All beds in the order in which they were made, the removed ones only if asked for."""
        query = sa.select(BedRow).order_by(BedRow.made_at, BedRow.id)
        with self._database.reading() as session:
            rows = session.scalars(query if removed else query.where(BedRow.removed_at.is_(None)))
            return tuple(_bed(row) for row in rows)

    def bed(self, bed: str) -> Bed:
        """One bed, also if it was removed.

        Raises:
            NotFound: there never was such a bed.
        """
        with self._database.reading() as session:
            row = session.get(BedRow, bed)
            if row is None:
                raise _no_bed(bed)
            return _bed(row)

    def remove_bed(self, bed: str, *, by: str = OURSELVES) -> Bed:
        """Marks a bed as removed by somebody.

        Raises:
            NotFound: there is no such bed (any more).
        """
        with self._database.writing() as session:
            row = _standing(session, bed)
            row.removed_at = self._now()
            session.flush()
            self._audit.write(session, by, "bed removed", bed=row.id, title=row.title)
            return _bed(row)

    def open_branch(self, bed: str, asked: Asked) -> Entry:
        """Opens a branch that leaves that of what was asked for at its page, with just that as its first entry.

        Both are durable when this returns, or nothing is.

        Raises:
            NotFound: there is no such bed or branch to leave.
            CannotKeep: a page before the first, or the data are not plain JSON.
        """
        if asked.page < 0:
            raise CannotKeep(f"a branch begins at a page, 0 or later, not at {asked.page}")
        with self._database.writing(waits_s=_WAITS_S) as session:
            _standing(session, bed)
            _branch_row(session, bed, asked.branch)
            last = session.scalar(sa.select(sa.func.max(BranchRow.id)).where(BranchRow.bed == bed)) or ROOT
            _branch_added(session, bed, last + 1, asked.branch, asked.page)
            return self._write(session, bed, dataclasses.replace(asked, branch=last + 1))

    def branches(self, bed: str) -> list[Branch]:
        """The branches of a bed, the root first.

        Raises:
            NotFound: there never was such a bed.
        """
        with self._database.reading() as session:
            rows = session.scalars(sa.select(BranchRow).where(BranchRow.bed == bed).order_by(BranchRow.id)).all()
            if not rows:
                raise _no_bed(bed)
            return [_branch(row) for row in rows]

    def append(self, bed: str, asked: Asked) -> Entry:
        """Writes what was asked for; it is durable when this returns.

        Raises:
            NotFound: there is no such bed (any more), or branch.
            CannotKeep: the data are not plain JSON.
        """
        with self._database.writing(waits_s=_WAITS_S) as session:
            _standing(session, bed)
            _branch_row(session, bed, asked.branch)
            return self._write(session, bed, asked)

    def _write(self, session: Session, bed: str, asked: Asked) -> Entry:
        last = session.scalar(sa.select(sa.func.max(EntryRow.seq)).where(EntryRow.bed == bed)) or 0
        row = EntryRow(**(vars(asked) | {"data": dict(asked.data)}), bed=bed, seq=last + 1, wall=self._now())
        session.add(row)
        session.flush()
        self._audit.write(session, asked.who, "bed log", **chain.add(session, bed, row))
        return _entry(row)

    def entries(self, bed: str, after: int = 0) -> list[Entry]:
        """The entries of a bed, of all branches, whose `seq` is greater than `after`, in order.

        Raises:
            NotFound: there never was such a bed.
        """
        query = sa.select(EntryRow).where(EntryRow.bed == bed, EntryRow.seq > after).order_by(EntryRow.seq)
        with self._database.reading() as session:
            if session.get(BedRow, bed) is None:
                raise _no_bed(bed)
            return [_entry(row) for row in session.scalars(query)]

    def keep_fork(self, bed: str, fork: int, data: Mapping[str, Any]) -> None:
        """Keeps a look at what might come under its number, in place of what was kept there.

        Raises:
            NotFound: there is no such bed (any more).
            CannotKeep: the data are not plain JSON.
        """
        with self._database.writing(waits_s=_WAITS_S) as session:
            _standing(session, bed)
            session.merge(ForkRow(bed=bed, id=fork, data=dict(data)))

    def forks(self, bed: str) -> dict[int, Mapping[str, Any]]:
        """What was kept so of a bed, by its number, in order."""
        query = sa.select(ForkRow).where(ForkRow.bed == bed).order_by(ForkRow.id)
        with self._database.reading() as session:
            return {row.id: row.data for row in session.scalars(query)}


def _no_bed(bed: str) -> NotFound:
    return NotFound(f"there is no bed {bed!r}")


def _standing(session: Session, bed: str) -> BedRow:
    """The row of a bed that was not removed, locked: what is written to one bed is written in turn."""
    row = session.get(BedRow, bed, with_for_update=True)
    if row is None or row.removed_at is not None:
        raise _no_bed(bed)
    return row


def _branch_added(session: Session, bed: str, branch: int, parent: int | None, from_page: int) -> Mapping[str, Any]:
    """Adds a branch with its link, and returns what the audit is to hold of that."""
    row = BranchRow(bed=bed, id=branch, parent=parent, from_page=from_page)
    session.add(row)
    session.flush()
    return chain.add(session, bed, row)


def _branch_row(session: Session, bed: str, branch: int) -> BranchRow:
    row = session.get(BranchRow, (bed, branch))
    if row is None:
        raise NotFound(f"the bed {bed!r} has no branch {branch}")
    return row


def _fields(kind: type, row: BedRow | BranchRow | EntryRow) -> dict[str, Any]:
    return {field.name: getattr(row, field.name) for field in dataclasses.fields(kind)}


def _bed(row: BedRow) -> Bed:
    return Bed(**_fields(Bed, row))


def _branch(row: BranchRow) -> Branch:
    return Branch(**_fields(Branch, row))


def _entry(row: EntryRow) -> Entry:
    return Entry(**_fields(Entry, row))
