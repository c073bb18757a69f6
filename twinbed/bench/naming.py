"""What a device is called, what it was given as, and its run's folder."""

import hashlib
import pathlib
from collections.abc import Mapping
from typing import Any

from twinbed.bench.log import Log
from twinbed.core.errors import ReadError, StudyError

_LONGEST, _DIGITS = 80, 6
"""Bytes of a folder's name before its digits: a letter has four at most, and file systems take 255."""


def called(described: Mapping[str, Any], name: str = "", device: str = "") -> Mapping[str, Any]:
    """The device as a log has it: what it says of itself, its name, what it was given as, and who named it.

    Args:
        described: what the device says of itself.
        name: what somebody called it; empty where nobody did.
        device: as it was given on a command line; empty where it was not.

    Raises:
        StudyError: the name, or what it was given as, is no text that can be written.
    """
    for given in (name, device):
        if given != given.encode(errors="replace").decode():
            raise StudyError(f"{given!r} is no text: name device and file in UTF-8")
    own = next((str(described[key]) for key in ("command", "folder", "name") if described.get(key)), "")
    given = given_as(device, described) if device else own
    if name:
        return {**described, "name": name, "given_as": given, "named": True}
    if device:
        return {**described, "name": usual_name(device, described), "given_as": given}
    return described


def identity(device: Mapping[str, Any]) -> tuple[str, bool]:
    """Which device a log is of: two runs are of one device where these are equal.

    What somebody called by one name is one device, wherever it lies. Without a name it is what it was given as:
    `v1/own.py:own` and `v2/own.py:own` are two, though people read `own:own` for both.

    Args:
        device: of a log.

    Returns:
        The name, or what it was given as; and whether it is a name that somebody gave.
    """
    keys = ("name",) if device.get("named") else ("given_as", "name", "folder", "command")
    return next((str(device[key]) for key in keys if device.get(key)), ""), bool(device.get("named"))


def usual_name(device: str, described: Mapping[str, Any]) -> str:
    """A name that people read: of `path/file.py:function` that is `file:function`, of a folder its last part.

    Args:
        device: as it was given.
        described: what the device says of itself; the name in its TOML file is its own.
    """
    path = _file_of(device, described)
    if path is None:
        return device
    if path.suffix == ".py" and described.get("kind") == "function":
        return f"{path.stem}:{device.rpartition(':')[2]}"
    return path.resolve().name if described.get("kind") == "recorded" else str(described.get("name") or path.stem)


def given_as(device: str, described: Mapping[str, Any]) -> str:
    """As it was given, one place said in one way: from the folder in which one works, whole where it lies outside.

    A folder of answers ends in a slash: no name that a protocol knows does.

    Args:
        device: as it was given.
        described: what the device says of itself.
    """
    path = _file_of(device, described)
    if path is None:
        return device
    place, here = path.resolve(), pathlib.Path.cwd().resolve()
    said = (place.relative_to(here) if place.is_relative_to(here) else place).as_posix()
    if described.get("kind") == "function":
        return f"{said}:{device.rpartition(':')[2]}"
    return f"{said}/" if described.get("kind") == "recorded" else said


def folder_name(known: Mapping[str, Any]) -> str:
    """A folder's name for runs of a device: its name, with digits of a hash where the name alone would not do.

    They are six of the SHA-256 of what tells the device apart: the name that somebody gave it, else what it was given
    as. There are none where that is the folder's name as it stands.

    Args:
        known: the device, as a log has it.
    """
    raw, _ = identity(known)
    safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in str(known.get("name") or raw))
    safe = safe.encode()[:_LONGEST].decode(errors="ignore")
    if safe == raw and safe.strip("."):
        return safe
    return f"{safe.lstrip('.') or '_'}-{hashlib.sha256(raw.encode(errors='surrogateescape')).hexdigest()[:_DIGITS]}"


def refuse_other(folder: pathlib.Path, known: Mapping[str, Any], protocol: str) -> None:
    """Does nothing where a folder holds no run, or one of this device and protocol: a run clears what its folder held.

    Args:
        folder: of a run that is to begin.
        known: its device, as its log will have it.
        protocol: its id.

    Raises:
        StudyError: it holds a run of another device or protocol, or can be no folder.
    """
    before = _log_in(folder)
    if before is None:
        return
    if identity(before.device) != identity(known):
        raise StudyError(
            f"{folder} holds a run of {told(identity(before.device))}, which one of {told(identity(known))} would "
            "clear: give another folder (--out) or another name (--name)"
        )
    if before.protocol["id"] != protocol:
        raise StudyError(
            f"{folder} holds a run of {before.protocol['id']}, which one of {protocol} would clear: give another "
            "folder (--out)"
        )


def refuse_other_run(out: pathlib.Path, folder: pathlib.Path, run: Log) -> None:
    """Does nothing where what is judged again may be written: to its own folder, or where no other run's log lies.

    Args:
        out: where log and page are to be written.
        folder: of the run.
        run: its log.

    Raises:
        StudyError: another run lies there, or can be no folder.
    """
    there = _log_in(out)
    if there is None or out.resolve() == folder.resolve():
        return
    same = there.protocol["id"] == run.protocol["id"] and identity(there.device) == identity(run.device)
    if same and there.started == run.started:
        return
    which = f"{there.protocol['id']} on {told(identity(there.device))}"
    kind = "what was judged again of another run" if there.judged else "another run"
    raise StudyError(f"{out} holds {kind} ({which}, {there.started}), which would be lost: give another folder (--out)")


def _log_in(folder: pathlib.Path) -> Log | None:
    """The log in a folder; none where there is none, or none that could be read any more.

    Raises:
        StudyError: it can be no folder.
    """
    try:
        if folder.exists() and not folder.is_dir():
            raise StudyError(f"{folder} is no folder: give another one (--out)")
        return Log.read(folder)
    except OSError as error:
        raise StudyError(f"{folder} can be no folder of a run ({error.strerror}): give another one (--out)") from None
    except ReadError:
        return None


def told(device: tuple[str, bool]) -> str:
    """A device by its `identity`, in words."""
    return f"{device[0]} (--name)" if device[1] else device[0]


def _file_of(device: str, described: Mapping[str, Any]) -> pathlib.Path | None:
    """The file or folder that a device is in; none where it is a name, a module or a port."""
    kind, (of, colon, _) = described.get("kind"), device.rpartition(":")
    if kind == "function":
        return pathlib.Path(of) if colon and pathlib.Path(of).suffix == ".py" else None
    return pathlib.Path(device) if kind == "recorded" or described.get("command") else None
