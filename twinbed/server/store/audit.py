"""The audit: who did what, as a chain in which every row vouches for all before it.

Each row holds the SHA-256 of the hash of the row before and of its own canonical JSON; a head says how many rows there
are. Rows of what was done at beds hold the hashes of their chains (`chain`), which are checked with it. Whoever can
write to the data base can also make a new chain: to notice that, note the last hash elsewhere.
"""

import dataclasses
import datetime
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from twinbed.server.store.chain import BEGINNING, broken_at, hashed
from twinbed.server.store.database import Database
from twinbed.server.store.tables import AuditHeadRow, AuditRow, BedRow

OURSELVES = "twinbed"
"""Who did what nobody did."""
_LOCK = 0x61756469
_PAGE = 200


@dataclasses.dataclass(frozen=True)
class Record:
    """One row of the audit."""

    seq: int
    wall: datetime.datetime
    who: str
    what: str
    detail: Mapping[str, Any]
    hash: str


@dataclasses.dataclass(frozen=True)
class Check:
    """What a check of the chain found: the first row that is not as it was written, if there is one."""

    ok: bool
    entries: int
    broken_at: int | None
    head: str
    """The hash of the last row that holds."""
    bed: str | None = None
    """A bed whose own chain is broken, the first in the order of their names."""
    broken_link: int | None = None
    """Its first link that is not as it was written."""


class Audit:
    """The chain."""

    def __init__(self, database: Database, now: Callable[[], datetime.datetime]):
        self._database, self._now = database, now

    def append(self, who: str, what: str, **detail: Any) -> None:
        """Writes a row of its own; durable when this returns."""
        with self._database.writing() as session:
            self.write(session, who, what, **detail)

    def write(self, session: Session, who: str, what: str, **detail: Any) -> None:
        """Writes a row as the last act of a transaction: what was done and its row come together or not at all."""
        if not self._database.is_sqlite:
            session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        head = session.get(AuditHeadRow, 1, populate_existing=True)
        if head is None:
            head = AuditHeadRow(id=1, seq=0, hash=BEGINNING)
            session.add(head)
        seq, wall = head.seq + 1, self._now()
        hashed = _hash(head.hash, seq, wall, who, what, detail)
        session.add(AuditRow(seq=seq, wall=wall, who=who, what=what, detail=detail, previous=head.hash, hash=hashed))
        head.seq, head.hash = seq, hashed

    def records(self, after: int = 0, most: int = _PAGE) -> list[Record]:
        """Rows in order, those after a number."""
        query = sa.select(AuditRow).where(AuditRow.seq > after).order_by(AuditRow.seq).limit(most)
        with self._database.reading() as session:
            return [
                Record(row.seq, row.wall, row.who, row.what, row.detail, row.hash) for row in session.scalars(query)
            ]

    def head(self) -> tuple[int, str]:
        """The number of rows and the hash of the last one: what to note elsewhere."""
        with self._database.reading() as session:
            head = session.get(AuditHeadRow, 1)
            return (0, BEGINNING) if head is None else (head.seq, head.hash)

    def check(self) -> Check:
        """Goes through the whole chain, and those of all beds, also of removed ones."""
        last, previous = 0, BEGINNING
        noted: dict[str, dict[int, str]] = {}
        with self._database.reading() as session:
            head = session.get(AuditHeadRow, 1)
            for row in session.scalars(sa.select(AuditRow).order_by(AuditRow.seq).execution_options(yield_per=_PAGE)):
                made = _hash(previous, row.seq, row.wall, row.who, row.what, row.detail)
                if (row.seq, row.previous, row.hash) != (last + 1, previous, made):
                    return Check(False, last, last + 1, previous)
                last, previous = row.seq, row.hash
                if "link" in row.detail:
                    noted.setdefault(row.detail["bed"], {})[row.detail["link"]] = row.detail["hash"]
            if (last, previous) != ((0, BEGINNING) if head is None else (head.seq, head.hash)):
                return Check(False, last, last + 1, previous)
            for bed in sorted(noted.keys() | set(session.scalars(sa.select(BedRow.id)))):
                if (link := broken_at(session, bed, noted.get(bed, {}))) is not None:
                    return Check(False, last, None, previous, bed, link)
        return Check(True, last, None, previous)


def _hash(previous: str, seq: int, wall: datetime.datetime, who: str, what: str, detail: Mapping[str, Any]) -> str:
    return hashed(previous, {"seq": seq, "wall": wall.isoformat(), "who": who, "what": what, "detail": dict(detail)})
