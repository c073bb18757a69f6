"""A session as it is handed on: its definition and its log as one JSON file, from which everything else is made again.

The file names the version of twinbed that lived it and what computed it, for bits are the same where these are. It ends
with the SHA-256 of what is in it, so that a session that was changed on the way is refused. Devices of the user's own
are refused too: to make them would run their code.
"""

import dataclasses
import datetime
import hashlib
import json
import pathlib
from collections.abc import Mapping
from typing import Any

import twinbed
from twinbed.core.errors import ReadError
from twinbed.ward.checkpoints import Checkpoints
from twinbed.ward.definition import make, own_devices
from twinbed.ward.log import Branch, Entry, InMemory
from twinbed.ward.session import Session

FORMAT = 1
_MOST_BYTES = 64 * 1024 * 1024
_BED = "bed"


@dataclasses.dataclass(frozen=True)
class Kept:
    """The definition and the log of a bed at a moment."""

    title: str
    toml: str
    version: str
    """Of the twinbed that lived it."""
    branch: int
    """The one that was lived last."""
    branches: tuple[Branch, ...]
    reached: Mapping[int, int]
    """The page before which every branch ended."""
    entries: tuple[Entry, ...]
    computed_by: str = ""
    """What computed it, as `engine.live.Live.computed_by` says; empty where that was not kept."""

    @property
    def digest(self) -> str:
        """SHA-256 of definition and log: `toml`, `branches` (without `reached`) and `entries` as in the file."""
        return _digest({"toml": self.toml, "branches": [vars(b) for b in self.branches], "entries": self._entries()})

    def _entries(self) -> list[dict[str, Any]]:
        return [vars(e) | {"data": dict(e.data), "wall": e.wall.isoformat()} for e in self.entries]

    def plain(self) -> dict[str, Any]:
        """As JSON has it, with the SHA-256 of all else at the end."""
        branches = [vars(b) | {"reached": self.reached[b.id]} for b in self.branches]
        said = {
            "twinbed_session": FORMAT, "title": self.title, "version": self.version, "toml": self.toml,
            "branch": self.branch, "branches": branches, "entries": self._entries(),
        } | ({"computed_by": self.computed_by} if self.computed_by else {})  # fmt: skip
        return said | {"sha256": _digest(said)}

    def written(self) -> bytes:
        """As a file."""
        return json.dumps(self.plain(), indent=1, ensure_ascii=False).encode()


def _digest(said: Mapping[str, Any]) -> str:
    """SHA-256 of the JSON with sorted keys, no spaces, in ASCII."""
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def kept(session: Session, toml: str, *, title: str = "", version: str = twinbed.__version__) -> Kept:
    """What a bed is by now.

    Args:
        session: the bed.
        toml: the text of its file.
        title: of the bed; its file's if left out.
        version: of the twinbed that lives it.
    """
    branches = tuple(session.branches)
    return Kept(
        title or session.made.words.get("title") or session.made.bedside.title, toml, version, session.branch,
        branches, {b.id: session.reached(b.id) for b in branches}, tuple(session.entries), session.live.computed_by,
    )  # fmt: skip


def read(path: pathlib.Path) -> Kept:
    """A session from its file.

    Raises:
        ReadError: it is none, is of a newer form, or was changed.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ReadError(path, f"larger than {_MOST_BYTES // 2**20} MiB: this is no session of twinbed")
        said = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ReadError(path, f"cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise ReadError(path, "this is no JSON; a session comes from GET /api/beds/{bed}/session.json") from None
    if not isinstance(said, dict) or "twinbed_session" not in said:
        raise ReadError(path, "this is no session of twinbed; one comes from GET /api/beds/{bed}/session.json")
    if said["twinbed_session"] != FORMAT:
        raise ReadError(path, f"a session of form {said['twinbed_session']!r}; this twinbed reads form {FORMAT}")
    try:
        found = _from(said)
    except (KeyError, TypeError, ValueError) as error:
        raise ReadError(path, f"this is no whole session of twinbed ({error})") from None
    if found.plain() != said:
        raise ReadError(path, "it was changed after it was written: its SHA-256 is another")
    return found


def _from(said: Mapping[str, Any]) -> Kept:
    branches = tuple(Branch(int(b["id"]), b["parent"], int(b["from_page"])) for b in said["branches"])
    entries = tuple(
        Entry(**(e | {"data": dict(e["data"]), "wall": datetime.datetime.fromisoformat(e["wall"])}))
        for e in said["entries"]
    )
    known = {b.id for b in branches}
    if [b.id for b in branches] != list(range(len(branches))) or not branches:
        raise ValueError("branches are numbered from 0")
    if branches[0].parent is not None or any(b.parent not in range(b.id) for b in branches[1:]):
        raise ValueError("a branch has no parent before it")
    if said["branch"] not in known or any(e.branch not in known for e in entries):
        raise ValueError("something is on a branch that is not there")
    reached = {int(b["id"]): int(b["reached"]) for b in said["branches"]}
    title, toml, version = (str(said[name]) for name in ("title", "toml", "version"))
    by = str(said.get("computed_by", ""))
    return Kept(title, toml, version, said["branch"], branches, reached, entries, by)


def revived(found: Kept, where: object = "this session", *, backend: str = "auto") -> Session:
    """The bed of a session at its beginning, to be played again.

    Raises:
        ReadError: it has a device of the user's own, or this version of twinbed has not what was asked for at it.
        TwinbedError: as `definition.make`.
    """
    if foreign := own_devices(found.toml):
        raise ReadError(where, f"{foreign[0]} is code of somebody's own; a session that is handed on runs none")
    made = make(found.toml)
    asked = {e.data.get("control") for e in found.entries if e.kind == "request" and e.accepted}
    if missing := sorted(str(a) for a in asked - set(made.controls)):
        raise ReadError(
            where, f"made by twinbed {found.version}, with {missing[0]!r}, which {twinbed.__version__} has not"
        )
    store = InMemory()
    store.fill(_BED, found.entries, found.branches)
    session = Session(_BED, made, store, Checkpoints(), backend=backend, page=0)
    session.branch = found.branch
    return session
