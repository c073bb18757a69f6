"""The logs under a folder, each with its place and its fingerprint."""

import dataclasses
import hashlib
import pathlib
from collections.abc import Sequence

from twinbed.bench.interrupted import interrupted_below
from twinbed.bench.log import Log
from twinbed.bench.naming import identity, told
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
        """What tells the device apart: the name that somebody gave it, else what it was given as."""
        return self.identity[0]

    @property
    def identity(self) -> tuple[str, bool]:
        """Equal of runs of one device (see `naming.identity`)."""
        return identity(self.log.device)

    @property
    def order(self) -> tuple[str, str, str]:
        """By when it began; what was judged again comes after its run, and the last such judgement last."""
        return self.log.started, self.log.judged.at if self.log.judged else "", self.name

    def is_called(self, name: str) -> bool:
        """Whether that is the device's name in the log, or what it was given as."""
        return name in (self.log.device.get("name"), self.log.device.get("given_as"))


def runs_in(folder: pathlib.Path, devices: Sequence[str] = ()) -> list[Run]:
    """The logs in a folder and below it, oldest first.

    Args:
        folder: any folder; a run has its `log.json` in a folder of its own.
        devices: names of devices as logs have them, or what they were given as; those of other devices are left out.
            All if empty.

    Raises:
        NotFound: there is none, or one of the names is that of several devices.
        ReadError: one cannot be read.
    """
    found = []
    for path in sorted(folder.rglob("log.json")):
        name = path.parent.relative_to(folder).as_posix()
        content = path.read_bytes()
        run = Run(name if name != "." else folder.name, path.parent, Log.read(path.parent), _fingerprint(content))
        found.append(run)
    meant = {known for name in devices for known in _meant(name, found)}
    kept = [run for run in found if not devices or run.identity in meant]
    if not kept:
        others = ", ".join(sorted({told(run.identity) for run in found}))
        where = f"; those below are of {others}" if others else "; `twinbed bench run` writes them"
        where = "".join([where, *(f"; {left}" for left in interrupted_below(folder))])
        raise NotFound(f"no log of {', '.join(devices) or 'the bench'} in {folder}{where}")
    return sorted(kept, key=lambda run: run.order)


def newest(runs: Sequence[Run]) -> list[Run]:
    """The last run of every protocol on every device, in the order of protocols."""
    last = {(run.protocol, run.identity): run for run in runs}
    return [last[key] for key in sorted(last)]


def _meant(name: str, runs: Sequence[Run]) -> set[tuple[str, bool]]:
    """The device that a name stands for: the one that it tells apart, else the one that is called so."""
    exact = {run.identity for run in runs if run.device == name}
    found = exact or {run.identity for run in runs if run.is_called(name)}
    if len(found) > 1:
        raise NotFound(f"{name} is several devices: {', '.join(sorted(map(told, found)))}; say which")
    return found


def _fingerprint(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
