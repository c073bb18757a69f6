"""Serving: the folder, the data base, the address, the certificate, and how it ends."""

import contextlib
import dataclasses
import errno
import ipaddress
import logging
import pathlib
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI

import twinbed
from twinbed.server.app import make_app
from twinbed.server.certificates import Certificate, certificate
from twinbed.server.errors import ServeError
from twinbed.server.folder import data_folder, kept
from twinbed.server.guards import own_names
from twinbed.server.living import lives
from twinbed.server.pages import unbuilt
from twinbed.server.settings import Settings
from twinbed.server.store import Store, embedded, open_store

__all__ = ["Wanted", "data_folder", "serve"]

_FIRST_BED = "diabetes"
"""Of the catalogue, where there is none yet."""
_FIRST_LINK_S = 24 * 3600.0
_PATIENCE_S = 5
_EVERYWHERE = ("0.0.0.0", "::")
_MOST_MESSAGE = 16 * 1024
"""What a browser may say over the live socket at once, in bytes."""


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What a person asked for."""

    host: str
    port: int
    data: pathlib.Path
    database: str | None = None
    tls: bool = False
    names: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    trusted_proxies: frozenset[str] = frozenset()
    new_administrator: bool = False
    empty: bool = False


def serve(wanted: Wanted, say: Callable[[str], None]) -> None:
    """Serves until the process is told to end.

    Args:
        wanted: what is served, and where.
        say: shows a line.

    Raises:
        ServeError: the address, the folder or a name cannot be used.
        StoreError: the data base cannot be used.
    """
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    settings = _settings(wanted)
    with kept(wanted.data) as folder, _bound(wanted) as listening:
        url = wanted.database or embedded(folder / "twinbed.db")
        with open_store(url) as store, store.database.alone(), _head_told(store):
            port = listening.getsockname()[1]
            files = certificate(folder / "tls", _all_names(wanted)) if wanted.tls else None
            beds = lives(store, folder / "beds", first=None if wanted.empty else _FIRST_BED, data=folder)
            server = _server(make_app(store, settings, lifespan=beds), files)
            with _ended_by_signs(server):
                for line in [*unbuilt(settings.static), *_greeting(wanted, port, store, files)]:
                    say(line)
                server.run(sockets=[listening])
    say("stopped")


@contextlib.contextmanager
def _head_told(store: Store) -> Iterator[None]:
    """Tells the end of the audit at start and stop, where nobody who can change the data base can change it."""

    def tell() -> None:
        rows, head = store.audit.head()
        sys.stderr.write(f"the audit has {rows} rows and ends with {head}\n")

    tell()
    try:
        yield
    finally:
        tell()


def _settings(wanted: Wanted) -> Settings:
    for origin in wanted.origins:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.hostname or origin != f"{parts.scheme}://{parts.netloc}":
            raise ServeError(f"{origin!r} is no origin: it is like https://twin.example.org, without a path")
    secure = wanted.tls or (bool(wanted.origins) and all(o.startswith("https://") for o in wanted.origins))
    names = {*wanted.names, wanted.host}
    return Settings(
        secure=secure,
        names=frozenset(n.lower().rstrip(".") for n in names),
        origins=frozenset(o.lower() for o in wanted.origins),
        trusted_proxies=frozenset(map(_network, wanted.trusted_proxies)),
    )


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        raise ServeError(f"{text!r} is no address of a proxy: it is like 127.0.0.1 or 10.0.0.0/8") from None


def _bound(wanted: Wanted) -> socket.socket:
    """A socket that listens already, so that nothing is promised that cannot be kept."""
    try:
        found = socket.getaddrinfo(wanted.host, wanted.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, where = found[0]
        listening = socket.socket(family)
    except OSError:
        raise ServeError(f"{wanted.host!r} is no address of this machine: try --host 127.0.0.1") from None
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(where)
        listening.listen(1024)
    except OSError as error:
        listening.close()
        raise ServeError(_why_not(error, wanted)) from None
    return listening


def _why_not(error: OSError, wanted: Wanted) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {wanted.port} is in use, perhaps by another twinbed: open {_address(wanted, wanted.port)} to see, "
            f"stop it, or take another port: --port {wanted.port + 1 if wanted.port < 65535 else 8321}"
        )
    if error.errno == errno.EACCES:
        return f"port {wanted.port} is not for everybody: take one above 1023, such as --port 8321"
    return f"{wanted.host!r} is no address of this machine ({error.strerror}): try --host 127.0.0.1"


def _server(app: FastAPI, files: Certificate | None) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        ws_per_message_deflate=False,
        ws_max_size=_MOST_MESSAGE,
        timeout_graceful_shutdown=_PATIENCE_S,
        ssl_certfile=None if files is None else str(files.chain),
        ssl_keyfile=None if files is None else str(files.key),
    )
    return uvicorn.Server(config)


@contextlib.contextmanager
def _ended_by_signs(server: uvicorn.Server) -> Iterator[None]:
    """Ctrl-C and SIGTERM end the server in order; while it runs it takes them itself, and gives them once more."""

    def end(sign: int, frame: object) -> None:
        server.should_exit = True

    before = {sign: signal.signal(sign, end) for sign in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def _greeting(wanted: Wanted, port: int, store: Store, files: Certificate | None) -> list[str]:
    here = _address(wanted, port)
    lines = [f"twinbed {twinbed.__version__} serves at {here}", f"what it keeps is in {wanted.data}"]
    lines += [f"for phones and others on this network: {_address(wanted, port, a)}" for a in _reachable(wanted.host)]
    if files is not None:
        lines.append(f"let each device trust this authority once, then its browser is content: {files.authority}")
    elif not _is_local(wanted.host) and not wanted.origins:
        lines.append("others on the network can read along: add --tls, or put a proxy with TLS before it (--origin)")
    if wanted.new_administrator or store.people.nobody_keeps_people():
        token = store.invitations.first(_FIRST_LINK_S)
        lines.append("open this link, once and within a day, to make your account as administrator:")
        lines.append(f"  {min(wanted.origins, default=here)}/#/sign-in/{token}")
    return [*lines, "Ctrl-C stops it"]


def _address(wanted: Wanted, port: int, host: str | None = None) -> str:
    host = host or ("127.0.0.1" if wanted.host in _EVERYWHERE else wanted.host)
    scheme = "https" if wanted.tls else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _reachable(host: str) -> list[str]:
    """Addresses under which others see this machine, if it listens on all."""
    return _own_addresses() if host in _EVERYWHERE else []


def _all_names(wanted: Wanted) -> set[str]:
    given = {wanted.host, *wanted.names} - set(_EVERYWHERE)
    return {"127.0.0.1", "::1", *own_names(), *given, *_reachable(wanted.host)}


def _own_addresses() -> list[str]:
    """The address from which this machine would reach another, without sending anything."""
    found = []
    for family, elsewhere in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((elsewhere, 9))
                found.append(probe.getsockname()[0])
        except OSError:
            continue
    return found
