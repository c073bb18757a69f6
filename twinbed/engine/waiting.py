"""Says on standard error that code is being compiled, where a call from Python waits for it and nobody shows progress.

`TWINBED_PROGRESS=quiet` in the environment asks for silence.
"""

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator

from twinbed.engine.native.compile import is_preparing, is_watched

QUIET = "TWINBED_PROGRESS"
_AFTER_S = 2.0
_AGAIN_S = 0.25


def _say() -> None:
    sys.stderr.write("twinbed: compiling the code of this bed, once, for up to some minutes\n")
    sys.stderr.flush()


@contextlib.contextmanager
def told_of_compiling(*, after_s: float = _AFTER_S, say: Callable[[], None] = _say) -> Iterator[None]:
    """While the block runs: says once that code is made, where that is so after some time.

    Args:
        after_s: seconds that may pass in silence.
        say: what says it.
    """
    if os.environ.get(QUIET) == "quiet" or is_watched():
        yield
        return
    over = threading.Event()

    def wait() -> None:
        for_s = after_s
        while not over.wait(for_s):
            if is_preparing():
                say()
                return
            for_s = _AGAIN_S

    waits = threading.Thread(target=wait, daemon=True)
    waits.start()
    try:
        yield
    finally:
        over.set()
        waits.join()
