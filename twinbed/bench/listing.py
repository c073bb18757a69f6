"""What is said of all protocols in a list, kept in the user's cache.

To know a protocol's title its file must be imported, and all protocols together import everything that devices are
made of. The list is kept by the names, sizes and times of all files that it could depend on.
"""

import dataclasses
import hashlib
import json
import os
import pathlib
import sys

from twinbed.bench import find
from twinbed.connect.files import write_json
from twinbed.core import discover


@dataclasses.dataclass(frozen=True)
class Listed:
    """A protocol in a list."""

    id: str
    title: str
    standard: str
    recordings: list[str]
    devices: list[str]


def listed() -> list[Listed]:
    """All protocols, by id."""
    kept = _place()
    try:
        return [Listed(**one) for one in json.loads(kept.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        found = [_listed(id_) for id_ in find.protocol_ids()]
    try:
        write_json(kept, [dataclasses.asdict(one) for one in found])
    except OSError:  # it is made again the next time
        pass
    return found


def _listed(id_: str) -> Listed:
    made = find.protocol(id_)
    return Listed(id_, made.title, made.standard, list(made.recordings), list(made.devices))


def _place() -> pathlib.Path:
    digest = hashlib.sha256(sys.version.encode())
    for file in discover.sources():
        state = file.stat()
        digest.update(f"{file}|{state.st_size}|{state.st_mtime_ns}\n".encode())
    root = os.environ.get("TWINBED_CACHE") or os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(root) / "twinbed" / "lists" / f"protocols-{digest.hexdigest()}.json"
