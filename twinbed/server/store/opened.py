"""The store as a whole."""

import dataclasses
import types

from twinbed.server.store.beds import Beds
from twinbed.server.store.database import Database


@dataclasses.dataclass(frozen=True)
class Store:
    """Everything that is kept, by area."""

    database: Database
    beds: Beds

    def close(self) -> None:
        """Gives back the connections."""
        self.database.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        self.close()


def open_store(url: str) -> Store:
    """Opens a data base and brings its tables up to date.

    Args:
        url: `sqlite:///path` (see `embedded`), or `postgresql://user:password@host/name`.

    Raises:
        StoreError: the data base cannot be reached, is none of ours, or was made by a newer twinbed.
    """
    database = Database(url)
    try:
        database.upgrade()
    except BaseException:
        database.close()
        raise
    return Store(database, Beds(database))
