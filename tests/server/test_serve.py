"""`twinbed serve` as a person starts it: what it prints, what it refuses, and how it ends."""

import contextlib
import datetime
import os
import re
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time

import httpx2
import pytest
import trustme
from cryptography import x509

from tests.server.conftest import PASSWORD
from twinbed.cli.app import main
from twinbed.server.certificates import certificate
from twinbed.server.errors import ServeError, StoreError
from twinbed.server.folder import data_folder, kept
from twinbed.server.serve import Wanted, serve
from twinbed.server.store import embedded, open_store

pytestmark = pytest.mark.long

STARTED = "Ctrl-C stops it"


class Started:
    """A server in a process of its own."""

    def __init__(self, process):
        self.process, self.said = process, []
        for line in process.stdout:
            self.said.append(line.rstrip("\n"))
            if self.said[-1] == STARTED:
                break
        self.address = re.search(r"serves at (\S+)", "\n".join(self.said))

    def link(self):
        found = re.search(r"(https?://\S+)/#/sign-in/(\S+)", "\n".join(self.said))
        return None if found is None else found[2]

    def client(self, **options):
        base = self.address[1]
        return httpx2.Client(base_url=base, headers={"X-Twinbed": "1", "Origin": base}, timeout=60.0, **options)

    def stop(self, sign=signal.SIGTERM):
        self.process.send_signal(sign)
        rest, _ = self.process.communicate(timeout=60)
        return self.process.returncode, rest


@contextlib.contextmanager
def started(data, *options, port="0"):
    command = [sys.executable, "-m", "twinbed", "serve", "--port", port, "--data", str(data), "--empty", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield Started(process)
    finally:
        process.kill()
        process.communicate()


def said_at_start(data, **changes):
    """What a start prints; the server ends at once."""
    said = []

    def say(line):
        said.append(line)
        if line == STARTED:
            signal.raise_signal(signal.SIGTERM)

    serve(Wanted(**({"host": "127.0.0.1", "port": 0, "data": data, "empty": True} | changes)), say)
    assert said[-1] == "stopped"
    return "\n".join(said)


def refused(tmp_path, **changes):
    with pytest.raises(ServeError) as caught:
        serve(Wanted(**({"host": "127.0.0.1", "port": 0, "data": tmp_path / "data"} | changes)), lambda line: None)
    return str(caught.value)


def test_the_first_start_prints_a_link_the_next_does_not_and_ctrl_c_ends_it_in_order(tmp_path):
    with started(tmp_path / "data") as server:
        assert server.link(), server.said
        with server.client() as client:
            made = client.post("/api/sign-in/link", json={"token": server.link(), "name": "Ada", "password": PASSWORD})
            assert made.json()["role"] == "administrator"
            assert client.get("/api/me").json()["name"] == "Ada"
            assert "server" not in client.get("/api/me").headers
        with socket.create_connection(server.address[1].removeprefix("http://").split(":")):  # one that says nothing
            code, said = server.stop(signal.SIGINT)
            assert (code, said.splitlines()[1:]) == (0, ["stopped"])
            assert re.fullmatch("the audit has 2 rows and ends with [0-9a-f]{64}", said.splitlines()[0])
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    assert "sign-in" not in said_at_start(tmp_path / "data")


def test_a_link_that_was_not_used_is_printed_anew_and_one_for_another_administrator_on_demand(tmp_path):
    links = [
        said_at_start(tmp_path / "data", new_administrator=more).partition("sign-in/")[2][:43] for more in (False, True)
    ]
    assert len(set(links)) == 2
    with open_store(embedded(tmp_path / "data" / "twinbed.db")) as store:
        assert store.invitations.open(links[0]) is None
        assert store.invitations.open(links[1]).role == "administrator"
        assert store.audit.check().ok


def test_who_listens_to_others_without_tls_is_warned_and_behind_a_proxy_is_not(tmp_path):
    assert "can read along" not in said_at_start(tmp_path / "data")
    assert "can read along" in said_at_start(tmp_path / "data", host="0.0.0.0")
    proxied = said_at_start(tmp_path / "data", host="0.0.0.0", origins=frozenset({"https://twin.example.org"}))
    assert "can read along" not in proxied
    assert "  https://twin.example.org/#/sign-in/" in proxied


def test_over_tls_a_device_that_trusts_the_authority_is_content(tmp_path):
    with started(tmp_path / "data", "--tls") as server:
        assert server.address[1].startswith("https://127.0.0.1:")
        authority = next(line for line in server.said if "authority" in line).rpartition(": ")[2]
        context = ssl.create_default_context(cafile=authority)
        with server.client(verify=context) as client:
            made = client.post("/api/sign-in/link", json={"token": server.link(), "name": "Ada", "password": PASSWORD})
            assert made.headers["set-cookie"].startswith("__Host-twinbed=")
            assert "secure" in made.headers["set-cookie"].lower()
            assert client.get("/api/me").status_code == 200
        with server.client() as doubtful, pytest.raises(httpx2.ConnectError, match="(?i)certificate"):
            doubtful.get("/api/me")
        assert server.stop()[0] == 0


def test_a_port_in_use_is_said_with_what_to_do(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refused(tmp_path, port=port)
    assert f"port {port} is in use" in said
    assert f"--port {port + 1}" in said
    assert f"http://127.0.0.1:{port}" in said


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid", "300.1.1.1"])
def test_an_address_that_is_not_this_machines_is_said(tmp_path, host):
    assert "is no address of this machine" in refused(tmp_path, host=host)


@pytest.mark.parametrize("origin", ["twin.example.org", "https://twin.example.org/", "ftp://x", "https://", ""])
def test_an_origin_that_is_none_is_said(tmp_path, origin):
    assert "is no origin" in refused(tmp_path, origins=frozenset({origin}))


def test_a_folder_is_served_once(tmp_path):
    with kept(tmp_path / "data"):
        assert "another twinbed serves" in refused(tmp_path)
    with kept(tmp_path / "data"):
        pass


def test_what_is_kept_in_a_folder_that_was_there_is_for_nobody_else(tmp_path):
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    (data / "twinbed.db").touch(mode=0o644)
    before = os.umask(0o022)
    try:
        said_at_start(data)
        assert os.umask(0o022) == 0o022, "as it was"
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in data.iterdir()}
    assert modes["twinbed.db"] == 0o600
    assert not [name for name, mode in modes.items() if mode & 0o077]


def test_a_data_base_is_served_once_also_from_another_folder(tmp_path, postgresql):
    with open_store(postgresql + "postgres") as store, store.database.alone():
        with pytest.raises(StoreError, match="another twinbed serves postgresql") as caught:
            serve(Wanted("127.0.0.1", 0, tmp_path / "data", postgresql + "postgres"), lambda line: None)
    assert "stop it" in str(caught.value)
    assert "sign-in" in said_at_start(tmp_path / "data", database=postgresql + "postgres")


def test_an_address_of_a_proxy_that_is_none_is_said(tmp_path):
    assert "no address of a proxy" in refused(tmp_path, trusted_proxies=frozenset({"proxy.example"}))


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    assert "--data" in refused(tmp_path, data=tmp_path / "file" / "data")


def test_a_wrong_start_ends_with_two_and_one_line(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--port", "0", "--data", str(tmp_path), "--database", "mysql://x/y"])
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert said.err.startswith("twinbed: ")
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_certificates_are_kept_while_they_are_good_and_made_anew_when_not(tmp_path):
    first = certificate(tmp_path / "tls", {"localhost", "127.0.0.1"})
    chain, authority = first.chain.read_bytes(), first.authority.read_bytes()
    assert certificate(tmp_path / "tls", {"127.0.0.1"}).chain.read_bytes() == chain
    certificate(tmp_path / "tls", {"localhost", "192.0.2.9", "ward.example"})
    assert first.chain.read_bytes() != chain
    assert first.authority.read_bytes() == authority
    for secret in (first.key, tmp_path / "tls" / "authority.key"):
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600

    leaf = x509.load_pem_x509_certificate(first.chain.read_bytes())
    assert (leaf.not_valid_after_utc - leaf.not_valid_before_utc).days <= 398  # what browsers take
    old = trustme.CA.from_pem(authority, (tmp_path / "tls" / "authority.key").read_bytes()).issue_cert(
        "localhost",
        "192.0.2.9",
        "ward.example",
        not_after=datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=29),
    )
    first.chain.write_bytes(old.cert_chain_pems[0].bytes())
    certificate(tmp_path / "tls", {"localhost"})
    assert x509.load_pem_x509_certificate(first.chain.read_bytes()).not_valid_after_utc > old_end(old)


def old_end(leaf):
    return x509.load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes()).not_valid_after_utc


def test_a_broken_certificate_is_said(tmp_path):
    files = certificate(tmp_path / "tls", {"localhost"})
    files.authority.write_text("nonsense")
    with pytest.raises(ServeError, match="remove that folder"):
        certificate(tmp_path / "tls", {"localhost"})


def test_a_certificate_of_another_authority_is_replaced(tmp_path):
    files = certificate(tmp_path / "tls", {"localhost"})
    foreign = trustme.CA().issue_cert("localhost")
    files.chain.write_bytes(foreign.cert_chain_pems[0].bytes())
    certificate(tmp_path / "tls", {"localhost"})
    assert files.chain.read_bytes() != foreign.cert_chain_pems[0].bytes()


def test_data_are_kept_where_the_system_keeps_them(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert data_folder() == tmp_path / "twinbed"
    monkeypatch.delenv("XDG_DATA_HOME")
    assert data_folder().parts[-3:] == (".local", "share", "twinbed")
    assert data_folder().is_relative_to(os.path.expanduser("~"))


@pytest.mark.skipif(sys.platform == "win32", reason="the compiler of the test is a script of a shell")
def test_it_ends_at_once_also_while_a_bed_is_being_compiled(tmp_path):
    slow, seen = tmp_path / "slow", tmp_path / "seen"
    slow.write_text('#!/bin/sh\n[ "$1" = --version ] && { echo slow; exit 0; }\ntouch "$SEEN"; sleep 600\n')
    slow.chmod(0o700)
    own = {"CXX": str(slow), "SEEN": str(seen), "TWINBED_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "twinbed", "serve", "--port", "0", "--data", str(tmp_path / "data")]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **own}
    )
    try:
        server = Started(process)
        until = time.monotonic() + 120.0
        while not seen.is_file():
            assert time.monotonic() < until
            time.sleep(0.05)  # another process is waited for
        began = time.monotonic()
        code, said = server.stop(signal.SIGINT)
        assert (code, said.splitlines()[-1]) == (0, "stopped")
        assert time.monotonic() - began < 30.0  # it would be ten minutes
    finally:
        process.kill()
        process.communicate()
    assert not list((tmp_path / "cache").rglob("making-*"))
