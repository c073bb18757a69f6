"""The tables. Times are UTC; what is JSON is kept as text, so that it is read back to the bit."""

import datetime
import json
from typing import Any

from sqlalchemy import BigInteger, DateTime, Double, ForeignKey, ForeignKeyConstraint, Integer, MetaData, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from twinbed.server.errors import CannotKeep


def as_json(value: Any, *, canonical: bool = False) -> str:
    """JSON that is read back to the bit, the order of names kept; canonical has one spelling for one value.

    Raises:
        CannotKeep: something that JSON does not have, such as a number that is not finite, or broken text.
    """
    try:
        text = json.dumps(value, sort_keys=canonical, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise CannotKeep(f"only plain JSON can be kept, with finite numbers and whole text: {error}") from None
    return text


class Json(TypeDecorator[Any]):
    """JSON as text: the JSON columns of both data bases change some numbers."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        """What is written."""
        return as_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """What is read."""
        return None if value is None else json.loads(value)


class Moment(TypeDecorator[datetime.datetime]):
    """A time with its zone; SQLite has none, so it is UTC there."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime.datetime | None, dialect: Dialect) -> datetime.datetime | None:
        """What is written."""
        return None if value is None else value.astimezone(datetime.UTC)

    def process_result_value(self, value: datetime.datetime | None, dialect: Dialect) -> datetime.datetime | None:
        """What is read."""
        if value is None or value.tzinfo is not None:
            return None if value is None else value.astimezone(datetime.UTC)
        return value.replace(tzinfo=datetime.UTC)


_COUNTED = BigInteger().with_variant(Integer, "sqlite")
"""A number that the data base gives; SQLite counts by this type alone."""


class Base(DeclarativeBase):
    """All tables."""

    type_annotation_map = {str: Text, int: BigInteger, float: Double, datetime.datetime: Moment, Any: Json}
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class BedRow(Base):
    """A bed: what it was made from."""

    __tablename__ = "beds"

    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    kind: Mapped[str]
    definition: Mapped[Any]
    seed: Mapped[int]
    version: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime.datetime]
    removed_at: Mapped[datetime.datetime | None]


class BranchRow(Base):
    """A branch of a bed's session."""

    __tablename__ = "branches"
    __table_args__ = (ForeignKeyConstraint(["bed", "parent"], ["branches.bed", "branches.id"]),)

    bed: Mapped[str] = mapped_column(ForeignKey("beds.id"), primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    parent: Mapped[int | None]
    from_page: Mapped[int]


class EntryRow(Base):
    """One thing that was asked of a bed, accepted or not."""

    __tablename__ = "entries"
    __table_args__ = (ForeignKeyConstraint(["bed", "branch"], ["branches.bed", "branches.id"]),)

    bed: Mapped[str] = mapped_column(ForeignKey("beds.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    branch: Mapped[int]
    page: Mapped[int]
    t_s: Mapped[float]
    wall: Mapped[datetime.datetime]
    who: Mapped[str]
    kind: Mapped[str]
    data: Mapped[Any]
    accepted: Mapped[bool]
    reason: Mapped[str]


class LinkRow(Base):
    """A link of the chain of a bed: `what` is `bed`, `branch` or `entry`, each in the order in which it was written."""

    __tablename__ = "links"

    bed: Mapped[str] = mapped_column(ForeignKey("beds.id"), primary_key=True)
    link: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    what: Mapped[str]
    previous: Mapped[str]
    hash: Mapped[str]


class RunRow(Base):
    """A study or a run on the bench that somebody asked for; what it leaves lies in a folder of its id."""

    __tablename__ = "runs"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    title: Mapped[str]
    title_ko: Mapped[str | None]
    asked: Mapped[Any]
    state: Mapped[str] = mapped_column(index=True)
    version: Mapped[str]
    person: Mapped[int] = mapped_column(ForeignKey("people.id"))
    made_by: Mapped[str]
    made_at: Mapped[datetime.datetime]
    queued_at: Mapped[datetime.datetime]
    began_at: Mapped[datetime.datetime | None]
    ended_at: Mapped[datetime.datetime | None]
    removed_at: Mapped[datetime.datetime | None]
    tries: Mapped[int]
    reason: Mapped[str]
    found: Mapped[Any]


class ForkRow(Base):
    """A look at what might come at a bed, as plain data."""

    __tablename__ = "forks"

    bed: Mapped[str] = mapped_column(ForeignKey("beds.id"), primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    data: Mapped[Any]


class PersonRow(Base):
    """Somebody who may sign in. `key` is the name as it is compared; `password` is what Argon2id made of it."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(_COUNTED, primary_key=True)
    name: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    active: Mapped[bool]
    password: Mapped[str | None]
    language: Mapped[str]
    theme: Mapped[str]
    made_at: Mapped[datetime.datetime]
    last_seen: Mapped[datetime.datetime | None]


class SessionRow(Base):
    """A browser that is signed in. `token` is the hash of its secret."""

    __tablename__ = "sessions"

    token: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    made_at: Mapped[datetime.datetime]
    used_at: Mapped[datetime.datetime]
    expires_at: Mapped[datetime.datetime]


class InvitationRow(Base):
    """A link that works once: to a new account, or to that of `person`. `token` is the hash of its secret."""

    __tablename__ = "invitations"

    token: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    person: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    made_by: Mapped[str]
    made_at: Mapped[datetime.datetime]
    expires_at: Mapped[datetime.datetime]
    used_at: Mapped[datetime.datetime | None]


class AuditRow(Base):
    """A link of the chain of what was done."""

    __tablename__ = "audit"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    wall: Mapped[datetime.datetime]
    who: Mapped[str]
    what: Mapped[str]
    detail: Mapped[Any]
    previous: Mapped[str]
    hash: Mapped[str]


class AuditHeadRow(Base):
    """The end of the chain: one row."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    hash: Mapped[str]
