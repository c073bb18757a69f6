"""How long beds take to start: what is known from the last time, and where one that starts is now.

The times are kept in `starts.json` in the folder of the ward, by the bedside's text: with compiling and without.
"""

import contextlib
import dataclasses
import hashlib
import json
import pathlib
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from twinbed.connect.files import write_bytes
from twinbed.engine.native.compile import is_compiling

_SOON_S = 1.0
"""Before so much of a past has gone by nothing is foretold from it."""
_KEPT = 200
"""Bedsides whose times are kept, the latest."""


@dataclasses.dataclass
class Start:
    """A bed on its way: it waits for others, is built, is compiled, or lives through its past."""

    wall: Callable[[], float]
    known: Mapping[str, float]
    """Seconds that the same bedside took, `built` and `compiled`; empty where it never started."""
    began: float | None = None
    compiled: bool = False
    lived: float | None = None
    """The share of its past that is computed, once that has begun."""
    lives_since: float = 0.0
    """When on the wall that began."""

    def live(self, share: float) -> None:
        """So much of its past is computed."""
        if self.lived is None:
            self.lives_since = self.wall()
        self.lived = share

    def begin(self) -> None:
        """Its turn has come."""
        self.began = self.wall()

    @property
    def elapsed_s(self) -> float:
        """Seconds since its turn came."""
        return 0.0 if self.began is None else self.wall() - self.began

    def said(self) -> dict[str, Any]:
        """Where it is: `stage` (`waiting`, `building`, `compiling`, `living`), and as far as it is known `left_s` and
        `progress`, which of a past that is computed are of that alone.

        What took so long the last time is taken to take as long; it is never said to be done before it is.
        """
        if self.began is None:
            return {"stage": "waiting", "elapsed_s": 0.0, "left_s": None, "progress": None}
        if self.lived is not None:
            return self._living(self.lived)
        self.compiled = self.compiled or is_compiling()
        expected = self.known.get("compiled" if self.compiled else "built", self.known.get("compiled"))
        stage = "compiling" if is_compiling() else "building"
        said: dict[str, Any] = {"stage": stage, "elapsed_s": round(self.elapsed_s, 1), "left_s": None, "progress": None}
        if expected:
            said["left_s"] = round(max(expected - self.elapsed_s, 0.0))
            said["progress"] = round(min(self.elapsed_s / expected, 0.99), 3)
        return said

    def _living(self, share: float) -> dict[str, Any]:
        took_s = self.wall() - self.lives_since
        left_s = round(took_s * (1.0 - share) / share) if share > 0.0 and took_s >= _SOON_S else None
        told = {"left_s": left_s, "progress": round(min(share, 0.99), 3)}
        return {"stage": "living", "elapsed_s": round(self.elapsed_s, 1), **told}


class Starts:
    """What is known of how long beds take to start."""

    def __init__(self, folder: pathlib.Path | None, wall: Callable[[], float] = time.monotonic):
        """Reads what is kept in a folder; a file that is missing or broken is left out."""
        self._path = None if folder is None else folder / "starts.json"
        self._wall = wall
        self._door = threading.Lock()
        self._times: dict[str, dict[str, float]] = {}
        if self._path is not None:
            with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
                kept = json.loads(self._path.read_text("utf-8"))
                self._times = {str(k): {str(n): float(s) for n, s in times.items()} for k, times in kept.items()}

    def of(self, toml: str) -> Start:
        """The start of a bedside."""
        return Start(self._wall, dict(self._times.get(_key(toml), {})))

    def ended(self, toml: str, start: Start) -> None:
        """Keeps how long a start took."""
        with self._door:
            key = _key(toml)
            times = {**self._times.pop(key, {}), "compiled" if start.compiled else "built": round(start.elapsed_s, 2)}
            self._times[key] = times
            self._times = dict(list(self._times.items())[-_KEPT:])
            if self._path is not None:
                with contextlib.suppress(OSError):  # it only says how long
                    self._path.parent.mkdir(parents=True, exist_ok=True)
                    write_bytes(self._path, json.dumps(self._times, indent=1).encode(), lasting=False)


def _key(toml: str) -> str:
    return hashlib.sha256(toml.encode()).hexdigest()[:16]
