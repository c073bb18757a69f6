"""The logs under a folder, each with its place and its fingerprint."""

import dataclasses
import hashlib
import pathlib
from collections.abc import Sequence

from twinbed.bench.log import Log
from twinbed.core.errors import NotFound


@dataclasses.dataclass(frozen=True)
class Run:
    """A log, where it lies below the folder that was read, and the SHA-256 of its file."""

    name: str
    folder: pathlib.Path
    log: Log
    sha256: str

    @property
    def protocol(self) -> str:
        """The id of its protocol."""
        return str(self.log.protocol["id"])

    @property
    def device(self) -> str:
        """What the device is called in the log: its name, else its folder or command."""
        described = self.log.device
        return next((str(described[k]) for k in ("name", "folder", "command") if described.get(k)), "")


def runs_in(folder: pathlib.Path, devices: Sequence[str] = ()) -> list[Run]:
    """The logs in a folder and below it, oldest first.

    Args:
        folder: any folder; a run has its `log.json` in a folder of its own.
        devices: names of devices as logs have them, or what they were given as; those of other devices are left out.
            All if empty.

    Raises:
        NotFound: there is none.
        ReadError: one cannot be read.
    """
    found = []
    for path in sorted(folder.rglob("log.json")):
        name = path.parent.relative_to(folder).as_posix()
        content = path.read_bytes()
        run = Run(name if name != "." else folder.name, path.parent, Log.read(path.parent), _fingerprint(content))
        found.append(run)
    kept = [run for run in found if not devices or {run.device, run.log.device.get("given_as")} & set(devices)]
    if not kept:
        others = ", ".join(sorted({run.device for run in found}))
        where = f"; those below are of {others}" if others else "; `twinbed bench run` writes them"
        raise NotFound(f"no log of {', '.join(devices) or 'the bench'} in {folder}{where}")
    return sorted(kept, key=lambda run: (run.log.started, run.name))


def newest(runs: Sequence[Run]) -> list[Run]:
    """The last run of every protocol on every device, in the order of protocols."""
    last = {(run.protocol, run.device): run for run in runs}
    return [last[key] for key in sorted(last)]


def _fingerprint(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
