"""The connection to SQLite or PostgreSQL, its settings, and the migrations that run at the start."""

import contextlib
import os
import pathlib
import sqlite3
import time
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import event, exc
from sqlalchemy.orm import Session

from twinbed.server.errors import Busy, StoreError
from twinbed.server.folder import take

_BUSY_S = 30.0
"""How long a writer waits for another."""
_MS = 1000.0
_MIGRATING = 0x7477696E
"""The number under which PostgreSQL lets one process at a time change the tables."""
_SERVING = 0x73657276
"""The number under which one server at a time has a data base."""
_RETRIES = 5
_PRIMARY_CODE = 0xFF
_TOOK_TOO_LONG = ("55P03", "57014")
"""Of PostgreSQL: a lock was not to be had, a statement was ended, in time."""


def embedded(path: pathlib.Path) -> str:
    """The URL of an SQLite file."""
    return sa.URL.create("sqlite", database=str(path)).render_as_string()


class Database:
    """One data base, for any number of threads."""

    def __init__(self, url: str):
        address = _address(url)
        self.name = address.render_as_string(hide_password=True)
        self.is_sqlite = address.get_backend_name() == "sqlite"
        self._file = pathlib.Path(address.database or "").resolve() if self.is_sqlite else None
        try:
            self._engine = sa.create_engine(address, pool_pre_ping=not self.is_sqlite, connect_args=_arguments(address))
        except (ModuleNotFoundError, exc.NoSuchModuleError) as error:
            raise StoreError(f"the data base {self.name} needs a driver that is not installed: {error}") from None
        event.listen(self._engine, "connect", _prepare_sqlite if self.is_sqlite else _prepare_postgresql)
        event.listen(self._engine, "begin", _begin if self.is_sqlite else _begin_postgresql)

    def close(self) -> None:
        """Gives back the connections."""
        self._engine.dispose()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        """A view of the data base at one moment."""
        seen = self._engine if self.is_sqlite else self._engine.execution_options(isolation_level="REPEATABLE READ")
        with self._told(), Session(seen) as session:
            yield session

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keeps other servers off a data base while the block runs, whatever folder and name they use it by.

        Raises:
            StoreError: another server has it.
        """
        taken = f"another twinbed serves {self.name}: use that one, stop it, or name another"
        if self._file is not None:
            with _alone_at(self._file, taken):
                yield
            return
        with self._told(), self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(_SERVING))):
                raise StoreError(taken)
            try:
                yield
            finally:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(_SERVING)))

    @contextlib.contextmanager
    def writing(self, *, waits_s: float = _BUSY_S) -> Iterator[Session]:
        """A transaction; durable when the block has ended, nothing at all if it raised.

        SQLite lets one writer in at a time, from the start of the block; PostgreSQL asks for locks on rows.

        Args:
            waits_s: for other writers, and on PostgreSQL for any one statement.

        Raises:
            Busy: it would take longer.
        """
        with self._told(), self._engine.connect() as connection:
            session = Session(connection.execution_options(writes=True, waits_s=waits_s), expire_on_commit=False)
            with session, session.begin():
                yield session

    def upgrade(self) -> None:
        """Brings the tables up to date, in one transaction; other processes wait.

        Raises:
            StoreError: the data base cannot be used.
        """
        config = Config()
        config.set_main_option("script_location", "twinbed.server.store:migrations")
        with self._told(), self._engine.connect() as connection, connection.execution_options(writes=True).begin():
            if not self.is_sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATING)))
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, "head")
            except CommandError:
                raise StoreError(
                    f"the data base {self.name} was made by a newer twinbed: upgrade twinbed, or name another data base"
                ) from None

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except exc.StatementError as error:
            if isinstance(error.orig, StoreError):
                raise error.orig from None
            if not isinstance(error, exc.DBAPIError) or _breaks_a_rule(error):
                raise
            if _is_busy(error):
                raise Busy(f"{self.name} is busy: nothing was written; try again in a moment") from None
            raise StoreError(f"{self.name} cannot be used: {_cause(error)}. {_advice(self.is_sqlite)}") from None


@contextlib.contextmanager
def _alone_at(file: pathlib.Path, taken: str) -> Iterator[None]:
    """Holds the file beside a data base of SQLite that says that it is served."""
    try:
        lock = open(f"{file}-serving", "a+b", opener=lambda path, flags: os.open(path, flags, 0o600))
    except OSError as error:
        raise StoreError(f"the folder of {file} cannot be written ({error.strerror}): name another data base") from None
    with lock:
        try:
            take(lock)
        except OSError:
            raise StoreError(taken) from None
        yield


def _fields(error: exc.DBAPIError) -> dict[str, str]:
    """What PostgreSQL says of an error, by the letters of its protocol, as the driver hands it on."""
    given = error.orig.args[0] if error.orig is not None and error.orig.args else None
    return given if isinstance(given, dict) else {}


def _breaks_a_rule(error: exc.DBAPIError) -> bool:
    """Whether it is about what was written, not about the data base; the driver tells unique names only."""
    return isinstance(error, exc.IntegrityError) or _fields(error).get("C", "").startswith("23")


def _is_busy(error: exc.DBAPIError) -> bool:
    """Whether others kept it from being done in time."""
    if isinstance(error.orig, sqlite3.OperationalError):
        return getattr(error.orig, "sqlite_errorcode", 0) & _PRIMARY_CODE == sqlite3.SQLITE_BUSY
    return _fields(error).get("C", "") in _TOOK_TOO_LONG


def _cause(error: exc.DBAPIError) -> str:
    return _fields(error).get("M") or str(error.orig)


def _address(url: str) -> sa.URL:
    try:
        address = sa.make_url(url)
    except exc.ArgumentError:
        raise StoreError(
            "this is not the URL of a data base; an example: postgresql://user:password@host/name"
        ) from None
    if address.drivername in ("postgresql", "postgres"):
        address = address.set(drivername="postgresql+pg8000")
    if address.get_backend_name() not in ("sqlite", "postgresql"):
        raise StoreError(f"a data base of the kind {address.drivername!r} is not known: use sqlite or postgresql")
    if address.get_backend_name() == "sqlite" and not address.database:
        raise StoreError("SQLite needs a file, such as sqlite:///twinbed.db")
    return address


def _arguments(address: sa.URL) -> dict[str, Any]:
    return {"timeout": _BUSY_S} if address.get_backend_name() == "sqlite" else {}


def _prepare_sqlite(connection: sqlite3.Connection, record: object) -> None:
    connection.isolation_level = None  # transactions begin where `_begin` says, not where the driver guesses
    for setting in ("foreign_keys=ON", "synchronous=FULL"):
        connection.execute(f"PRAGMA {setting}")
    for attempt in range(_RETRIES):  # entering WAL does not wait for others by itself
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if attempt == _RETRIES - 1:
                raise
            time.sleep(0.1 * 2**attempt)


def _prepare_postgresql(connection: Any, record: object) -> None:
    with contextlib.closing(connection.cursor()) as cursor:
        cursor.execute("SET synchronous_commit TO on")  # durable when it returns, whatever the server's default
        cursor.execute("SET timezone TO 'UTC'")
    connection.commit()


def _begin(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql(f"PRAGMA busy_timeout={round(_MS * options.get('waits_s', _BUSY_S))}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes", False) else "BEGIN")


def _begin_postgresql(connection: sa.Connection) -> None:
    waits_s = connection.get_execution_options().get("waits_s")
    if waits_s is not None:
        for limit in ("lock_timeout", "statement_timeout"):
            connection.exec_driver_sql(f"SET LOCAL {limit} = {round(_MS * waits_s)}")


def _advice(is_sqlite: bool) -> str:
    if is_sqlite:
        return "Is there space, may the folder be written, is the file one of twinbed's?"
    return "Is the server up, and are name and password right?"
