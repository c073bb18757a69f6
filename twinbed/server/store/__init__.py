"""What the server keeps: one data base, SQLite beside the recordings or PostgreSQL by URL.

`open_store(url)` brings the tables up to date and returns a `Store`. Its methods are synchronous and may be called from
any thread; what a method returns is a frozen dataclass, and what it wrote is durable when it returns.
"""

from twinbed.server.store.beds import Bed, Beds
from twinbed.server.store.database import Database, embedded
from twinbed.server.store.opened import Store, open_store

__all__ = ["Bed", "Beds", "Database", "Store", "embedded", "open_store"]
