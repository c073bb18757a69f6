"""Processes of this machine as Linux tells of them in `/proc`: which one listens on a port, and how much they hold."""

import contextlib
import math
import pathlib
import re

_PROC = pathlib.Path("/proc")
_LISTENS = "0A"


def listening(port: int) -> int | None:
    """The process that listens on a TCP port; none where the system does not tell, or it is another user's."""
    sockets = {f"socket:[{inode}]" for inode in _inodes(port)}
    for folder in _PROC.glob("[0-9]*/fd") if sockets else ():
        with contextlib.suppress(OSError):  # it has ended, or is another user's
            if any(str(link.readlink()) in sockets for link in folder.iterdir()):
                return int(folder.parent.name)
    return None


def memory_mib(pid: int | None) -> float:
    """Memory that a process and all that it started hold; NaN where the system does not tell or it has ended."""
    if pid is None:
        return math.nan
    own = _resident_mib(pid)
    return own + sum(found for child in _children(pid) if not math.isnan(found := memory_mib(child)))


def _resident_mib(pid: int) -> float:
    with contextlib.suppress(OSError, ValueError):
        found = re.search(r"VmRSS:\s+(\d+) kB", (_PROC / str(pid) / "status").read_text(encoding="utf-8"))
        if found:
            return int(found[1]) / 1024.0
    return math.nan


def _children(pid: int) -> list[int]:
    out = []
    for path in _PROC.glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended
            _, parent = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[:2]
            out += [int(path.parent.name)] if int(parent) == pid else []
    return out


def _inodes(port: int) -> set[str]:
    """Inodes of the sockets that listen on a port, of both families."""
    out = set()
    for name in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in (_PROC / "net" / name).read_text(encoding="ascii").splitlines()[1:]:
                words = line.split()
                if words[3] == _LISTENS and int(words[1].rpartition(":")[2], 16) == port:
                    out.add(words[9])
    return out
