"""People: who they are here, and what is kept of their passwords."""

import dataclasses
import datetime
import unicodedata
from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.orm import Session

from twinbed.core.errors import NotFound
from twinbed.server.errors import Refused, Taken
from twinbed.server.permissions import Role
from twinbed.server.store.audit import OURSELVES, Audit
from twinbed.server.store.database import Database
from twinbed.server.store.tables import InvitationRow, PersonRow, SessionRow


@dataclasses.dataclass(frozen=True)
class Person:
    """Somebody who may sign in, while active."""

    id: int
    name: str
    role: Role
    active: bool
    language: str
    theme: str
    last_seen: datetime.datetime | None


class People:
    """The accounts. What changes one is in the audit, in the same transaction."""

    def __init__(self, database: Database, audit: Audit, now: Callable[[], datetime.datetime]):
        self._database, self._audit, self._now = database, audit, now

    def all(self) -> list[Person]:
        """Everybody, by name."""
        with self._database.reading() as session:
            return [as_person(row) for row in session.scalars(sa.select(PersonRow).order_by(PersonRow.key))]

    def person(self, id: int) -> Person:
        """One of them.

        Raises:
            NotFound: there is nobody of that number.
        """
        with self._database.reading() as session:
            return as_person(_row(session, id))

    def credentials(self, name: str) -> tuple[Person, str | None] | None:
        """The person of a name and what is kept of the password, or None."""
        with self._database.reading() as session:
            row = session.scalar(sa.select(PersonRow).where(PersonRow.key == key(name)))
            return None if row is None else (as_person(row), row.password)

    def make(self, name: str, role: Role, *, by: str) -> Person:
        """An account without a password: its person gets a link.

        Raises:
            Taken: somebody has this name.
        """
        with self._database.writing() as session:
            row = add_person(session, name, role, None, self._now())
            self._audit.write(session, by, "person made", name=row.name, role=role.value)
            return as_person(row)

    def change(self, id: int, *, by: str, role: Role | None = None, active: bool | None = None) -> Person:
        """Gives another role, closes or opens an account.

        Closing ends its sessions and the links to it; closing and another role end the links that it made.

        Raises:
            NotFound: there is nobody of that number.
            Refused: nobody would be left who can keep people.
        """
        with self._database.writing() as session:
            keepers = _keepers(session)
            row = _row(session, id)
            before = {"role": row.role, "active": row.active}
            row.role = row.role if role is None else role.value
            row.active = row.active if active is None else active
            after = {"role": row.role, "active": row.active}
            if keepers == {id} and after != {"role": Role.ADMINISTRATOR.value, "active": True}:
                advice = "Make somebody else an administrator first."
                raise Refused(
                    409,
                    "last_administrator",
                    "This is the last administrator.",
                    advice,
                    korean=("마지막 관리자입니다.", "먼저 다른 사람을 관리자로 정해 주십시오."),
                )
            if not row.active:
                session.execute(sa.delete(SessionRow).where(SessionRow.person == id))
                session.execute(sa.delete(InvitationRow).where(InvitationRow.person == id))
            if not row.active or role is not None:  # no way back by a link that was made before
                unused = InvitationRow.made_by == row.name, InvitationRow.used_at.is_(None)
                session.execute(sa.delete(InvitationRow).where(*unused))
            changed = {k: v for k, v in after.items() if v != before[k]}
            if changed:
                self._audit.write(session, by, "person changed", name=row.name, **changed)
            return as_person(row)

    def prefer(self, id: int, *, language: str | None = None, theme: str | None = None) -> Person:
        """Keeps how somebody wants the pages."""
        with self._database.writing() as session:
            row = _row(session, id)
            row.language, row.theme = language or row.language, theme or row.theme
            return as_person(row)

    def set_password(self, id: int, password: str, *, what: str = "password changed") -> None:
        """Keeps another password (hashed already); all sessions of this person and links to it end."""
        with self._database.writing() as session:
            row = _row(session, id)
            row.password = password
            session.execute(sa.delete(SessionRow).where(SessionRow.person == id))
            session.execute(sa.delete(InvitationRow).where(InvitationRow.person == id))
            self._audit.write(session, row.name, what)

    def rehash(self, id: int, password: str) -> None:
        """Keeps the same password, hashed with today's costs."""
        with self._database.writing() as session:
            _row(session, id).password = password

    def nobody_keeps_people(self) -> bool:
        """Whether there is no administrator who can sign in."""
        with self._database.reading() as session:
            return not _keepers(session, locked=False)


def key(name: str) -> str:
    """Names that look alike are one."""
    return unicodedata.normalize("NFKC", name).casefold()


def as_person(row: PersonRow) -> Person:
    """What others may know of a person."""
    return Person(row.id, row.name, Role(row.role), row.active, row.language, row.theme, row.last_seen)


def add_person(session: Session, name: str, role: Role, password: str | None, now: datetime.datetime) -> PersonRow:
    """A new row.

    Raises:
        Taken: somebody has this name.
    """
    row = PersonRow(
        name=name, key=key(name), role=role.value, active=True, password=password, language="en", theme="dark",
        made_at=now, last_seen=None,
    )  # fmt: skip
    if row.key != OURSELVES:
        session.add(row)
        try:
            session.flush()
            return row
        except exc.IntegrityError:
            pass
    raise Taken(f"somebody is called {name!r} already: take another name")


def _row(session: Session, id: int) -> PersonRow:
    row = session.get(PersonRow, id)
    if row is None:
        raise NotFound(f"there is no person {id}")
    return row


def _keepers(session: Session, *, locked: bool = True) -> set[int]:
    """The numbers of those who can keep people; locked, so that two of them cannot close each other's account."""
    query = sa.select(PersonRow.id).where(
        PersonRow.role == Role.ADMINISTRATOR.value, PersonRow.active, PersonRow.password.is_not(None)
    )
    return set(session.scalars(query.order_by(PersonRow.id).with_for_update() if locked else query))
