"""`twinbed serve`: the server, in the terminal in which it was started."""

import os
import pathlib
import sys
import threading
from typing import Annotated

import typer

from twinbed.core.errors import NotFound

_OURS = "twinbed"
_PATIENCE_S = 1.0


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all of this machine.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 for any that is free.")] = 8321,
    data: Annotated[
        pathlib.Path | None, typer.Option(help="Folder of what is kept; yours alone.", show_default="your data folder")
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(envvar="TWINBED_DATABASE", help="postgresql://user:password@host/name, instead of SQLite."),
    ] = None,
    tls: Annotated[bool, typer.Option("--tls", help="Encrypt, with an authority of your own.")] = False,
    name: Annotated[list[str] | None, typer.Option(help="A name under which this server is reached.")] = None,
    origin: Annotated[
        list[str] | None, typer.Option(help="Address of a proxy before this server: https://twin.example.org.")
    ] = None,
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option(help="Address or network of that proxy: people are then told apart by its X-Forwarded-For."),
    ] = None,
    new_administrator: Annotated[
        bool, typer.Option("--new-administrator", help="Print a one-time link for another administrator.")
    ] = False,
    empty: Annotated[bool, typer.Option("--empty", help="Open no bed at the first start.")] = False,
) -> None:
    """Serve live beds to browsers. The first start prints a link with which you make your account."""
    try:
        from twinbed.server import serve as server
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] == _OURS:
            raise
        raise NotFound(f"the server needs {missing.name}: pip install 'twinbed[serve]'") from missing
    os.environ.setdefault("TWINBED_CXXFLAGS", "-O1")  # a new bed is there in half the time, and is fast enough
    wanted = server.Wanted(
        host=host,
        port=port,
        data=data or server.data_folder(),
        database=database,
        tls=tls,
        names=frozenset(name or ()),
        origins=frozenset(origin or ()),
        trusted_proxies=frozenset(trusted_proxy or ()),
        new_administrator=new_administrator,
        empty=empty,
    )
    server.serve(wanted, typer.echo)
    _leave()


def _leave() -> None:
    """Ends without waiting for a bed that is still being put together: all that is kept was kept before."""
    at_work = [t for t in threading.enumerate() if t.name.startswith("ward-")]
    for thread in at_work:
        thread.join(_PATIENCE_S)
    if any(thread.is_alive() for thread in at_work):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
