"""The store as a whole."""

import dataclasses
import datetime
import types
from collections.abc import Callable

from twinbed.server.store.audit import Audit
from twinbed.server.store.beds import Beds
from twinbed.server.store.database import Database
from twinbed.server.store.people import People
from twinbed.server.store.runs import Runs
from twinbed.server.store.sessions import Invitations, Sessions


def _utc() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


@dataclasses.dataclass(frozen=True)
class Store:
    """Everything that is kept, by area."""

    database: Database
    beds: Beds
    people: People
    sessions: Sessions
    invitations: Invitations
    audit: Audit
    runs: Runs
    now: Callable[[], datetime.datetime]
    """The time of the wall."""

    def close(self) -> None:
        """Gives back the connections."""
        self.database.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        self.close()


def open_store(url: str, now: Callable[[], datetime.datetime] = _utc) -> Store:
    """Opens a data base and brings its tables up to date.

    Args:
        url: `sqlite:///path` (see `embedded`), or `postgresql://user:password@host/name`.
        now: the time of the wall, with its zone.

    Raises:
        StoreError: the data base cannot be reached, is none of ours, or was made by a newer twinbed.
    """
    database = Database(url)
    try:
        database.upgrade()
    except BaseException:
        database.close()
        raise
    audit = Audit(database, now)
    return Store(
        database,
        Beds(database, audit, now),
        People(database, audit, now),
        Sessions(database, audit, now),
        Invitations(database, audit, now),
        audit,
        Runs(database, audit, now),
        now,
    )
