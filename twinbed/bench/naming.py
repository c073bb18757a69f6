"""What a device is called, and its run's folder, where nobody says so."""

import hashlib
import pathlib
from collections.abc import Mapping
from typing import Any

_LONGEST, _DIGITS = 80, 6


def usual_name(device: str, described: Mapping[str, Any]) -> str:
    """A name that people read: of `path/file.py:function` that is `file:function`, of a folder its last part.

    Args:
        device: as it was given.
        described: what the device says of itself; the name in its TOML file is its own.
    """
    path = _file_of(device)
    if path is None:
        return device
    if path.suffix == ".py":
        return f"{path.stem}:{device.rpartition(':')[2]}"
    return str(described.get("name") or path.resolve().stem)


def folder_name(device: str, name: str, usual: str) -> str:
    """A folder's name for runs of a device, of its own where other devices of the same name lie elsewhere.

    With a name that somebody gave it is that: whatever is called so is one device, wherever it lies. Else a device
    outside of the folder in which one works has six digits of the SHA-256 of its place.

    Args:
        device: as it was given.
        name: what somebody called it; empty where nobody did.
        usual: its `usual_name`.
    """
    safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in name or usual)[:_LONGEST]
    safe = safe if safe.strip(".") else f"_{safe}"
    path = _file_of(device)
    if name or path is None or path.resolve().parent == pathlib.Path.cwd():
        return safe
    return f"{safe}-{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:_DIGITS]}"


def _file_of(device: str) -> pathlib.Path | None:
    """The file or folder that a device is in; none where it is a name, a module or a port."""
    of, colon, _ = device.rpartition(":")
    if colon and pathlib.Path(of).suffix == ".py":
        return pathlib.Path(of)
    path = pathlib.Path(device)
    return path if path.suffix == ".toml" or path.is_dir() else None
