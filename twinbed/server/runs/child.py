"""Becomes a run: takes little of the machine, ends with the server, and is the only one in its folder.

    python child.py PARENT FOLDER FILE_BYTES COMMAND...

It sets what it may take and then executes the command in its place, so that the command has it too.
"""

import contextlib
import ctypes
import os
import signal
import sys

_NICE = 10
_PARENT_DEATH = 1  # PR_SET_PDEATHSIG
_LIKELY = b"1000"


def main(parent: str, folder: str, file_bytes: str, *command: str) -> None:
    """Never returns."""
    if sys.platform != "win32":
        _bounded(int(file_bytes))
        _alone(folder)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DEATH, signal.SIGKILL)
        if os.getppid() != int(parent):  # it died before it was said
            sys.exit(1)
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "wb") as first_to_go:
            first_to_go.write(_LIKELY)
    os.execv(command[0], command)


if sys.platform != "win32":
    import fcntl
    import resource

    def _bounded(file_bytes: int) -> None:
        os.nice(_NICE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))

    def _alone(folder: str) -> None:
        """Waits for whoever is left of an earlier try; the lock goes on into the command."""
        lock = os.open(os.path.join(folder, "running"), os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.set_inheritable(lock, True)


if __name__ == "__main__":
    main(*sys.argv[1:])
