"""Finds protocols by place: `ecg/beat_detection` is the function `beat_detection` in that file of `bench/protocols`.

Other packages' protocols are found too, in their folder `bench/protocols` (see `core.discover`).
"""

import dataclasses
import difflib
import functools
import importlib
import inspect
import json
import pathlib
import tomllib
from collections.abc import Mapping
from typing import Any

from twinbed.bench.device import Command, DeviceUnderTest, Function, Recorded
from twinbed.bench.isolated import Isolated
from twinbed.bench.live import LivePort, LiveProgram
from twinbed.bench.protocol import Protocol
from twinbed.core import discover
from twinbed.core.errors import NotFound, ReadError

KIND = "bench/protocols"


def protocol_ids() -> list[str]:
    """The ids of all protocols, without importing them."""
    return sorted(id_.removeprefix(f"{KIND}/") for id_ in discover.files(KIND))


@functools.cache
def maker(id_: str) -> Any:
    """The function that makes a protocol.

    Raises:
        NotFound: no such protocol.
    """
    found = discover.files(KIND)
    if f"{KIND}/{id_}" not in found:
        near = difflib.get_close_matches(id_, protocol_ids(), n=3, cutoff=0.4)
        hint = f"did you mean {', '.join(near)}?" if near else "`twinbed bench list` shows all"
        raise NotFound(f"no protocol {id_!r}; {hint}")
    return getattr(importlib.import_module(found[f"{KIND}/{id_}"]), id_.rsplit("/", 1)[-1])


def settings_of(id_: str) -> Mapping[str, inspect.Parameter]:
    """What can be set of a protocol, by name."""
    parameters = inspect.signature(maker(id_)).parameters
    return {name: parameter for name, parameter in parameters.items() if name != "limits"}


def protocol(id_: str, limits: pathlib.Path | None = None, **settings: Any) -> Protocol:
    """A protocol by its id.

    Args:
        id_: folder and name, such as `ecg/beat_detection`.
        limits: a laboratory's own numbers of the standard (see `bench.limits`).
        settings: what the protocol lets one choose, such as a pump's rates.

    Raises:
        NotFound: no such protocol or setting.
        ReadError: the laboratory's file is no table of limits.
    """
    known = settings_of(id_)
    strange = sorted(set(settings) - set(known))
    if strange:
        raise NotFound(f"{id_} has no setting {strange[0]!r}; it has {', '.join(known) or 'none'}")
    return dataclasses.replace(maker(id_)(limits=limits, **settings), settings=settings)


def device(name: str, of: Protocol) -> DeviceUnderTest:
    """The device under test that a name stands for.

    A name that the protocol knows; `module:function` or `file.py:function`; a TOML file with `command = "..."`; a
    folder of recorded answers; `live:host:port`; or a device of twinbed (`devices/...`).

    Raises:
        NotFound: it stands for none, or nothing listens on its port; the message says what would.
        StudyError: a port of another machine.
    """
    path = pathlib.Path(name)
    if name in of.devices:
        return Function(of.devices[name], name)
    if path.is_dir():
        return Recorded(path)
    if path.suffix == ".toml":
        return _command(path)
    if name.startswith("devices/"):
        if of.attach is None:
            raise NotFound(f"{of.id} tests what is no device of twinbed; give one of {', '.join(of.devices)}")
        return Function(of.attach(discover.load(name)()), name)
    if name.startswith("live:"):
        return LivePort(name)
    if ":" in name:
        return Isolated(name)
    known = f"{of.id} knows {', '.join(of.devices)}" if of.devices else f"{of.id} knows no device by name"
    others = "file.py:function, a TOML file with a command, live:host:port, or a folder"
    raise NotFound(f"no device {name!r}: {known}; or give {others}")


def _command(path: pathlib.Path) -> Command | LiveProgram:
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReadError(path, str(error)) from None
    strange = sorted(set(written) - {"command", "name", "version", "live"})
    if strange or not isinstance(written.get("command"), str):
        raise ReadError(path, f'write command = "program {{input}} {{output}}"; found {json.dumps(sorted(written))}')
    if not isinstance(written.get("live", False), bool):
        raise ReadError(path, "live is true where the program stays alive between cases, or false")
    made = LiveProgram if written.get("live") else Command
    return made(
        written["command"], path.resolve().parent, str(written.get("name", "")), str(written.get("version", ""))
    )
