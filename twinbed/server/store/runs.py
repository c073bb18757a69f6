"""Studies and runs on the bench: what was asked for, by whom, and what became of it."""

import dataclasses
import datetime
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from twinbed.core.errors import NotFound
from twinbed.server.errors import Refused
from twinbed.server.runs.reasons import SERVER_ENDED
from twinbed.server.store.audit import Audit
from twinbed.server.store.database import Database
from twinbed.server.store.people import OURSELVES
from twinbed.server.store.tables import RunRow

WAITING, RUNNING = "waiting", "running"
DONE, FAILED, CANCELLED, INTERRUPTED = "done", "failed", "cancelled", "interrupted"
_MOST_TRIES = 3
"""A run that was begun so often and never ended has perhaps ended the server."""


@dataclasses.dataclass(frozen=True)
class Asked:
    """What somebody asks for."""

    kind: str
    title: str
    title_ko: str | None
    what: Mapping[str, Any]
    """As JSON, all that the run is started from."""


@dataclasses.dataclass(frozen=True)
class Run:
    """A run as it is kept."""

    id: str
    kind: str
    title: str
    title_ko: str | None
    asked: Mapping[str, Any]
    state: str
    version: str
    person: int
    made_by: str
    made_at: datetime.datetime
    began_at: datetime.datetime | None
    ended_at: datetime.datetime | None
    tries: int
    reason: str
    """Why it failed, where it did."""
    found: Mapping[str, Any]
    """What came of it, in short."""

    @property
    def goes_on(self) -> bool:
        """Whether it waits or runs."""
        return self.state in (WAITING, RUNNING)


class Runs:
    """Runs and their queue. Whatever starts or ends one is in the audit, in the same transaction."""

    def __init__(self, database: Database, audit: Audit, now: Callable[[], datetime.datetime]):
        self._database, self._audit, self._now = database, audit, now

    def all(self) -> list[Run]:
        """Those that were not removed, the newest first."""
        query = sa.select(RunRow).where(RunRow.removed_at.is_(None)).order_by(RunRow.made_at.desc(), RunRow.id)
        with self._database.reading() as session:
            return [_run(row) for row in session.scalars(query)]

    def run(self, id: str) -> Run:
        """One of them.

        Raises:
            NotFound: there is no such run (any more).
        """
        with self._database.reading() as session:
            return _run(_row(session, id))

    def add(self, asked: Asked, *, id: str, version: str, person: int, by: str) -> Run:
        """Puts a run in the queue.

        Args:
            asked: what is to be done.
            id: of the run, new.
            version: of twinbed.
            person: number of who asks.
            by: and the name.

        Raises:
            CannotKeep: what was asked is not plain JSON.
        """
        now = self._now()
        row = RunRow(
            id=id, kind=asked.kind, title=asked.title, title_ko=asked.title_ko, asked=dict(asked.what), state=WAITING,
            version=version, person=person, made_by=by, made_at=now, queued_at=now, began_at=None, ended_at=None,
            removed_at=None, tries=0, reason="", found={},
        )  # fmt: skip
        with self._database.writing() as session:
            session.add(row)
            session.flush()
            self._audit.write(session, by, f"{asked.kind} started", run=row.id, title=asked.title)
            return _run(row)

    def next(self) -> Run | None:
        """The run that waits longest, which runs from now on; None where none waits."""
        query = sa.select(RunRow).where(RunRow.state == WAITING, RunRow.removed_at.is_(None))
        with self._database.writing() as session:
            row = session.scalar(query.order_by(RunRow.queued_at, RunRow.id).limit(1).with_for_update(skip_locked=True))
            if row is None:
                return None
            row.state, row.tries, row.began_at, row.ended_at = RUNNING, row.tries + 1, self._now(), None
            session.flush()
            return _run(row)

    def give_back(self, id: str) -> None:
        """Puts a run back to the queue that the server, which ends in order, let go."""
        with self._database.writing() as session:
            row = _row(session, id, lock=True)
            if row.state == RUNNING:
                row.state, row.tries = WAITING, row.tries - 1

    def end(self, id: str, state: str, *, reason: str = "", found: Mapping[str, Any] | None = None) -> Run:
        """Keeps how a run ended.

        Raises:
            NotFound: there is no such run.
        """
        with self._database.writing() as session:
            row = _row(session, id, lock=True)
            row.state, row.reason, row.ended_at, row.found = state, reason, self._now(), dict(found or {})
            session.flush()
            marks = {k: v for k, v in row.found.items() if k == "sha256"}
            self._audit.write(session, OURSELVES, f"run {state}", run=id, title=row.title, **marks)
            return _run(row)

    def cancel(self, id: str, *, by: str) -> Run:
        """Takes a run out of the queue; one that runs is still running when this returns, for whoever runs it to end.

        Raises:
            NotFound: there is no such run.
            Refused: 409, it has ended.
        """
        with self._database.writing() as session:
            row = _row(session, id, lock=True)
            if row.state not in (WAITING, RUNNING):
                raise Refused(
                    409,
                    "ended",
                    "This run has ended.",
                    "Remove it, or let it go on.",
                    korean=("이미 끝난 실행입니다.", "지우거나 그대로 두십시오."),
                )
            if row.state == WAITING:
                row.state, row.ended_at = CANCELLED, self._now()
                session.flush()
            self._audit.write(session, by, "run cancelled", run=id, title=row.title)
            return _run(row)

    def again(self, id: str, *, by: str) -> Run:
        """Puts a run that did not come to its end in the queue once more; it goes on where it stopped.

        Raises:
            NotFound: there is no such run.
            Refused: 409, it waits, runs or is done.
        """
        with self._database.writing() as session:
            row = _row(session, id, lock=True)
            if row.state in (WAITING, RUNNING, DONE):
                raise Refused(
                    409,
                    "not_stopped",
                    "This run was not stopped.",
                    "Start another one.",
                    korean=("멈춘 적이 없는 실행입니다.", "새로 시작해 주십시오."),
                )
            row.state, row.tries, row.reason, row.ended_at = WAITING, 0, "", None
            row.queued_at = self._now()
            session.flush()
            self._audit.write(session, by, f"{row.kind} started", run=id, title=row.title)
            return _run(row)

    def remove(self, id: str, *, by: str) -> None:
        """Marks a run as removed; its row is kept.

        Raises:
            NotFound: there is no such run.
            Refused: 409, it waits or runs.
        """
        with self._database.writing() as session:
            row = _row(session, id, lock=True)
            if row.state in (WAITING, RUNNING):
                raise Refused(
                    409,
                    "running",
                    "This run has not ended.",
                    "Cancel it first.",
                    korean=("아직 끝나지 않은 실행입니다.", "먼저 취소해 주십시오."),
                )
            row.removed_at = self._now()
            session.flush()
            self._audit.write(session, by, "run removed", run=id, title=row.title)

    def take_up(self) -> None:
        """To be called when a server starts: what was running goes on, unless it was begun too often."""
        with self._database.writing() as session:
            for row in session.scalars(sa.select(RunRow).where(RunRow.state == RUNNING).with_for_update()).all():
                if row.tries < _MOST_TRIES:
                    row.state = WAITING
                    continue
                row.state, row.ended_at = INTERRUPTED, self._now()
                row.reason = SERVER_ENDED.format(row.tries)
                session.flush()
                self._audit.write(session, OURSELVES, "run interrupted", run=row.id, title=row.title)


def _row(session: Session, id: str, *, lock: bool = False) -> RunRow:
    row = session.get(RunRow, id, with_for_update=lock)
    if row is None or row.removed_at is not None:
        raise NotFound(f"there is no run {id!r}")
    return row


def _run(row: RunRow) -> Run:
    return Run(**{field.name: getattr(row, field.name) for field in dataclasses.fields(Run)})
