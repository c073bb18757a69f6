"""Sessions of people, and the links that make accounts. Of their secrets only hashes are kept."""

import dataclasses
import datetime
import hashlib
import secrets
from collections.abc import Callable, Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from twinbed.core.errors import NotFound
from twinbed.server.permissions import Role
from twinbed.server.store.audit import OURSELVES, Audit
from twinbed.server.store.database import Database
from twinbed.server.store.people import Person, add_person, as_person
from twinbed.server.store.tables import InvitationRow, PersonRow, SessionRow

_BYTES, _ID = 32, 16
_SEEN_S = 60.0
"""How exactly it is known when somebody was last here."""


@dataclasses.dataclass(frozen=True)
class Lifetimes:
    """How long a session lives."""

    idle_s: float = 12 * 3600.0
    longest_s: float = 7 * 24 * 3600.0


@dataclasses.dataclass(frozen=True)
class Invitation:
    """A link that has not been used: to a new account of a role, or to one that exists."""

    role: Role
    person: str | None
    expires_at: datetime.datetime


class Sessions:
    """Who is signed in."""

    def __init__(self, database: Database, audit: Audit, now: Callable[[], datetime.datetime]):
        self._database, self._audit, self._now = database, audit, now

    def begin(self, person: int, lifetimes: Lifetimes, *, instead_of: str | None = None) -> str:
        """Signs a person in; what was the session of this browser ends.

        Returns:
            a new secret, which is kept nowhere.
        """
        with self._database.writing() as session:
            _end(session, instead_of)
            row = session.get_one(PersonRow, person)
            token = _begin(session, row, self._now(), lifetimes)
            self._audit.write(session, row.name, "signed in")
            return token

    def person(self, token: str, lifetimes: Lifetimes) -> Person | None:
        """Whose session it is, which is not idle then; None if it ended."""
        now = self._now()
        with self._database.reading() as session:
            found = session.execute(_living(token, now, lifetimes)).one_or_none()
            if found is None:
                return None
            kept, row = found
            person, used_at = as_person(row), kept.used_at
        if now - used_at >= datetime.timedelta(seconds=_SEEN_S):
            with self._database.writing() as session:
                session.execute(sa.update(SessionRow).where(SessionRow.token == _hash(token)).values(used_at=now))
                session.execute(sa.update(PersonRow).where(PersonRow.id == person.id).values(last_seen=now))
        return person

    def living(self, tokens: Iterable[str], lifetimes: Lifetimes) -> set[str]:
        """Those of some secrets whose sessions have not ended. None of these is less idle for it."""
        of = {_hash(token): token for token in tokens}
        query = sa.select(SessionRow.token).join(PersonRow, PersonRow.id == SessionRow.person)
        query = query.where(SessionRow.token.in_(list(of)), *_lives(self._now(), lifetimes))
        with self._database.reading() as session:
            return {of[token] for token in session.scalars(query)}

    def end(self, token: str) -> None:
        """Signs out."""
        with self._database.writing() as session:
            row = session.get(SessionRow, _hash(token))
            if row is not None:
                name = session.get_one(PersonRow, row.person).name
                session.delete(row)
                self._audit.write(session, name, "signed out")


@dataclasses.dataclass(frozen=True)
class Waiting:
    """A link that nobody has used yet. Its secret is not kept; `id` is what it is called here."""

    id: str
    role: Role
    name: str | None
    """Of the account it is for; None where a new one would be made."""
    made_by: str
    made_at: datetime.datetime
    expires_at: datetime.datetime


class Invitations:
    """Links that work once."""

    def __init__(self, database: Database, audit: Audit, now: Callable[[], datetime.datetime]):
        self._database, self._audit, self._now = database, audit, now

    def make(self, role: Role, expires_s: float, *, by: str, person: Person | None = None) -> str:
        """A secret with which somebody makes an account of a role, or the person of an account a new password."""
        token = secrets.token_urlsafe(_BYTES)
        with self._database.writing() as session:
            if person is not None:  # one link at a time
                session.execute(sa.delete(InvitationRow).where(*_unused(person.id)))
            self._add(session, token, role, expires_s, by, None if person is None else person.id)
            whose = {} if person is None else {"name": person.name}
            self._audit.write(session, by, "link made", role=role.value, **whose)
        return token

    def first(self, expires_s: float) -> str:
        """A secret for the first administrator; one that was printed before and not used works no more."""
        token = secrets.token_urlsafe(_BYTES)
        with self._database.writing() as session:
            ours = InvitationRow.made_by == OURSELVES
            session.execute(sa.delete(InvitationRow).where(ours, InvitationRow.used_at.is_(None)))
            self._add(session, token, Role.ADMINISTRATOR, expires_s, OURSELVES, None)
            self._audit.write(session, OURSELVES, "link made", role=Role.ADMINISTRATOR.value)
        return token

    def open(self, token: str) -> Invitation | None:
        """What a link is for; None if it was used, expired, or never was."""
        with self._database.reading() as session:
            row = session.scalar(self._usable(token))
            if row is None:
                return None
            name = None if row.person is None else session.get_one(PersonRow, row.person).name
            return Invitation(Role(row.role), name, row.expires_at)

    def waiting(self) -> list[Waiting]:
        """Links that can be used still, the one that ends first before the others."""
        query = sa.select(InvitationRow, PersonRow.name).outerjoin(PersonRow, InvitationRow.person == PersonRow.id)
        query = query.where(*self._open()).order_by(InvitationRow.expires_at, InvitationRow.token)
        with self._database.reading() as session:
            return [
                Waiting(_id(row), Role(row.role), name, row.made_by, row.made_at, row.expires_at)
                for row, name in session.execute(query)
            ]

    def withdraw(self, id: str, *, by: str) -> None:
        """Lets a link work no more.

        Raises:
            NotFound: there is no such link that could be used still.
        """
        with self._database.writing() as session:
            found = [row for row in session.scalars(sa.select(InvitationRow).where(*self._open())) if _id(row) == id]
            if not found:
                raise NotFound("there is no such link: it was used, withdrawn, or is over")
            role, person = found[0].role, found[0].person
            whose = {} if person is None else {"name": session.get_one(PersonRow, person).name}
            session.delete(found[0])
            self._audit.write(session, by, "link withdrawn", role=role, **whose)

    def use(
        self, token: str, name: str | None, password: str, lifetimes: Lifetimes, *, instead_of: str | None = None
    ) -> tuple[Person, str] | None:
        """Uses a link up: makes the account, or sets the password of the one that it is for, and signs in.

        Args:
            token: the secret of the link.
            name: of the new account.
            password: hashed already.
            lifetimes: of the session.
            instead_of: the secret of the session that this browser had, which ends.

        Returns:
            the person and the secret of the session, or None if the link was used, expired, or never was.

        Raises:
            Taken: somebody has this name; the link can be used again.
        """
        now = self._now()
        with self._database.writing() as session:
            row = session.scalar(self._usable(token).with_for_update())
            if row is None or (row.person is None and name is None):
                return None
            row.used_at = now
            if row.person is None:
                person = add_person(session, name or "", Role(row.role), password, now)
                what = "account made"
            else:
                person = session.get_one(PersonRow, row.person)
                person.password = password
                session.execute(sa.delete(SessionRow).where(SessionRow.person == person.id))
                session.execute(sa.delete(InvitationRow).where(*_unused(person.id)))
                what = "password set by link"
            _end(session, instead_of)
            secret = _begin(session, person, now, lifetimes)
            self._audit.write(session, person.name, what, role=person.role)
            return as_person(person), secret

    def _add(self, session: Session, token: str, role: Role, expires_s: float, by: str, person: int | None) -> None:
        now = self._now()
        session.add(
            InvitationRow(
                token=_hash(token), role=role.value, person=person, made_by=by, made_at=now,
                expires_at=now + datetime.timedelta(seconds=expires_s), used_at=None,
            )
        )  # fmt: skip

    def _usable(self, token: str) -> sa.Select[InvitationRow]:
        return sa.select(InvitationRow).where(InvitationRow.token == _hash(token), *self._open())

    def _open(self) -> tuple[sa.ColumnElement[bool], ...]:
        """Not used, and not over."""
        return InvitationRow.used_at.is_(None), InvitationRow.expires_at > self._now()


def _unused(person: int) -> tuple[sa.ColumnElement[bool], ...]:
    """The links to an account that nobody used."""
    return InvitationRow.person == person, InvitationRow.used_at.is_(None)


def _id(row: InvitationRow) -> str:
    """What a link is called: not its hash, which is looked up where links are used."""
    return hashlib.sha256(f"link {row.token}".encode()).hexdigest()[:_ID]


def _end(session: Session, token: str | None) -> None:
    if token is not None:
        session.execute(sa.delete(SessionRow).where(SessionRow.token == _hash(token)))


def _hash(token: str) -> str:
    """256 random bits need no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _living(token: str, now: datetime.datetime, lifetimes: Lifetimes) -> sa.Select[SessionRow, PersonRow]:
    return (
        sa.select(SessionRow, PersonRow)
        .join(PersonRow, PersonRow.id == SessionRow.person)
        .where(SessionRow.token == _hash(token), *_lives(now, lifetimes))
    )


def _lives(now: datetime.datetime, lifetimes: Lifetimes) -> tuple[sa.ColumnElement[bool], ...]:
    """Neither over nor idle for too long, and of somebody who may still sign in."""
    idle = now - datetime.timedelta(seconds=lifetimes.idle_s)
    return SessionRow.expires_at > now, SessionRow.used_at > idle, PersonRow.active.is_(True)


def _begin(session: Session, person: PersonRow, now: datetime.datetime, lifetimes: Lifetimes) -> str:
    token = secrets.token_urlsafe(_BYTES)
    expires_at = now + datetime.timedelta(seconds=lifetimes.longest_s)
    session.execute(sa.delete(SessionRow).where(SessionRow.expires_at <= now))
    session.add(SessionRow(token=_hash(token), person=person.id, made_at=now, used_at=now, expires_at=expires_at))
    person.last_seen = now
    return token
