"""Both data bases, for real: SQLite in a folder of the test, PostgreSQL in a throw-away cluster."""

import contextlib
import dataclasses
import datetime
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import uuid

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from twinbed.server.app import make_app
from twinbed.server.permissions import Role
from twinbed.server.settings import Settings
from twinbed.server.store import embedded, open_store
from twinbed.server.store.sessions import Lifetimes

ORIGIN = "http://127.0.0.1:8321"
CHEAP = (1, 8)
PASSWORD = "a cellar full of warm lanterns"

_CLUSTERS = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
_NOBODY = "nobody"


def _as_nobody(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["runuser", "-u", _NOBODY, "--", *command] if os.geteuid() == 0 else command


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def postgresql():
    """The URL of a cluster that lives as long as the tests; skips, visibly, where PostgreSQL is not installed."""
    if not _CLUSTERS or (os.geteuid() == 0 and shutil.which("runuser") is None):
        pytest.skip("no PostgreSQL: apt-get install postgresql")
    binaries = _CLUSTERS[-1].parent
    folder = pathlib.Path(tempfile.mkdtemp(prefix="twinbed-postgresql-"))
    with contextlib.ExitStack() as undo:
        undo.callback(shutil.rmtree, folder, ignore_errors=True)
        if os.geteuid() == 0:
            shutil.chown(folder, _NOBODY)
        run = lambda *command: subprocess.run(
            _as_nobody([str(c) for c in command]), check=True, capture_output=True, cwd=folder, timeout=120
        )
        run(binaries / "initdb", "-D", folder / "data", "-U", "twinbed", "-A", "trust", "-E", "UTF8", "--no-sync")
        port = _free_port()
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        run(binaries / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log", "-o", options, "start")
        undo.callback(run, binaries / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")
        yield f"postgresql://twinbed@127.0.0.1:{port}/"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """The URL of an empty data base of either kind."""
    if request.param == "sqlite":
        yield embedded(tmp_path / "twinbed.db")
        return
    cluster = request.getfixturevalue("postgresql")
    name = f"t{uuid.uuid4().hex}"
    admin = sa.create_engine(sa.make_url(cluster + "postgres").set(drivername="postgresql+pg8000"))
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
        yield cluster + name
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def store(url):
    with open_store(url) as store:
        yield store


class Clock:
    """The time of the wall, in the hands of the test."""

    def __init__(self):
        self.at = datetime.datetime(2026, 3, 1, 8, 30, tzinfo=datetime.UTC)

    def __call__(self):
        return self.at

    def monotonic_s(self):
        return self.at.timestamp()

    def pass_s(self, seconds):
        self.at += datetime.timedelta(seconds=seconds)


@dataclasses.dataclass
class House:
    """A server, its store and its clock."""

    store: object
    clock: Clock
    settings: Settings
    app: object

    def browser(self, *, origin=ORIGIN, **options):
        """A browser that shows a page of this server, and nobody is signed in."""
        return TestClient(self.app, base_url=origin, headers={"X-Twinbed": "1", "Origin": origin}, **options)

    def person(self, role=Role.VIEWER, name=None):
        """Somebody with an account."""
        token = self.store.invitations.make(Role(role), 3600.0, by="test")
        kept = self.app.state.context.passwords.hash(PASSWORD)
        return self.store.invitations.use(token, name or f"a {role}", kept, Lifetimes())[0]

    def signed_in(self, role=Role.VIEWER, name=None):
        """A browser at which somebody is signed in."""
        browser, person = self.browser(), self.person(role, name)
        answer = browser.post("/api/sign-in", json={"name": person.name, "password": PASSWORD})
        assert answer.status_code == 200
        return browser


@contextlib.contextmanager
def house_at(url, tmp_path, **settings):
    clock = Clock()
    with open_store(url, clock) as store:
        kept = Settings(static=tmp_path / "static", password_cost=CHEAP, clock=clock.monotonic_s, **settings)
        yield House(store, clock, kept, make_app(store, kept))


@pytest.fixture
def house(tmp_path):
    """A server with an empty SQLite data base."""
    with house_at(embedded(tmp_path / "twinbed.db"), tmp_path) as house:
        yield house
