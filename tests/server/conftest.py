"""Both data bases, for real: SQLite in a folder of the test, PostgreSQL in a throw-away cluster."""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import uuid

import pytest
import sqlalchemy as sa

from twinbed.server.store import embedded, open_store

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
