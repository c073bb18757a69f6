"""Finds protocols by place: `ecg/beat_detection` is the function `beat_detection` in that file of `bench/protocols`.

Other packages' protocols are found too, in their folder `bench/protocols` (see `core.discover`).
"""

import dataclasses
import functools
import importlib
import inspect
import json
import os
import pathlib
import shlex
import shutil
import tomllib
from collections.abc import Mapping
from typing import Any

from twinbed.bench import sources
from twinbed.bench.device import Command, DeviceUnderTest, Function, Recorded
from twinbed.bench.isolated import Isolated
from twinbed.bench.limits import names_in
from twinbed.bench.live import LivePort, LiveProgram
from twinbed.bench.offline import recorded
from twinbed.bench.protocol import Protocol
from twinbed.bench.settings import fitting, stand_for, usual
from twinbed.connect import data
from twinbed.core import discover
from twinbed.core.errors import NotFound, ReadError, StudyError
from twinbed.vocab.names import meant

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
        hint = meant(id_, protocol_ids(), otherwise="`twinbed bench list` shows all")
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
        NotFound: no such protocol or setting, a value of another kind, or limits of which it uses none.
        ReadError: the laboratory's file is no table of limits.
    """
    known = settings_of(id_)
    strange = sorted(set(settings) - set(known))
    if strange:
        hint = f"{meant(strange[0], known, most=1)} it has {', '.join(known) or 'none'}".lstrip()
        raise NotFound(f"{id_} has no setting {strange[0]!r}; {hint}")
    settings = {name: fitting(f"{id_}: {name}", value, known[name]) for name, value in settings.items()}
    made = maker(id_)(limits=limits, **settings)
    if limits is not None and len(unused_limits(limits, made)) == len(names_in(limits)):
        given = ", ".join(names_in(limits)) or "no limit"
        uses = f"it uses {', '.join(made.limits)}" if made.limits else "it has no limits"
        raise NotFound(f"{limits} changes nothing of {id_}: {uses}; the file has {given}")
    return dataclasses.replace(made, settings=settings, usual=usual(known, settings), stand=stand_for(known, settings))


def unused_limits(own: pathlib.Path, of: Protocol) -> list[str]:
    """Limits that a laboratory's file gives and this protocol does not use, though its standard has them."""
    return [name for name in names_in(own) if name not in of.limits]


def missing_recordings(of: Protocol) -> None:
    """Does nothing where the recordings that a protocol needs are on this machine.

    Raises:
        NotFound: they are not; the message says what to do.
    """
    for name in of.recordings:
        data.recordings(name)


def device(name: str, of: Protocol) -> DeviceUnderTest:
    """The device under test that a name stands for.

    A name that the protocol knows; `module:function` or `file.py:function`; a TOML file with `command = "..."`; a
    folder of recorded answers; `live:host:port`; or a device of twinbed (`devices/...`).

    Raises:
        NotFound: it stands for none, or nothing listens on its port; the message says what would.
        StudyError: a port of another machine, or a device that cannot be asked step by step where it must be.
        ReadError: a TOML file that names no program that can be started.
    """
    found = _device(name, of)
    if of.loop is not None and isinstance(found, Command | Recorded):
        raise StudyError(
            f"{of.id} asks a device step by step, and what it answers decides what it is given next; {name} answers "
            "once: give a program with live = true, live:host:port, or file.py:function"
        )
    return found


def _device(name: str, of: Protocol) -> DeviceUnderTest:
    path = pathlib.Path(name)
    if name in of.devices:
        return Function(of.devices[name], name)
    if path.is_dir():
        return Recorded(path) if of.loop is not None else recorded(path, of)
    if path.suffix == ".toml":
        return _command(path)
    if name.startswith("devices/"):
        if of.attach is None:
            raise NotFound(f"{of.id} tests what is no device of twinbed; give one of {', '.join(of.devices)}")
        made = discover.load(name)
        return Function(of.attach(made()), name, sources.file_of(made))
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
    folder = path.resolve().parent
    _program(path, written["command"], folder)
    made = LiveProgram if written.get("live") else Command
    return made(written["command"], folder, str(written.get("name", "")), str(written.get("version", "")))


def _program(path: pathlib.Path, command: str, folder: pathlib.Path) -> None:
    """Does nothing where the program of a command is there and can be started.

    Raises:
        ReadError: it is not; the message says what to do.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ReadError(path, f"command: {error}") from None
    if not words:
        raise ReadError(path, 'write command = "program {input} {output}"; it is empty')
    beside = folder / words[0]
    if os.sep not in words[0]:
        if shutil.which(words[0]) is None:
            hint = f"; beside this file there is one: write ./{words[0]}" if beside.is_file() else ""
            raise ReadError(path, f"command: no program {words[0]!r} is on the path{hint}")
    elif not beside.is_file():
        raise ReadError(path, f"command: there is no {beside}; a path begins at the folder of this file")
    elif not os.access(beside, os.X_OK):
        raise ReadError(path, f"command: {beside} cannot be executed; chmod +x {beside}")
