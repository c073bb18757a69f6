"""How often something may happen."""

import collections
import ipaddress
import math
import threading
import time
from collections.abc import Callable

from twinbed.server.errors import Refused


class Limit:
    """At most `count` events in `window_s` seconds for each key, refilled steadily.

    Args:
        count: that may come at once.
        window_s: in which as many may come again.
        clock: seconds that only grow.
        most: keys that are remembered, those that were heard of last.
    """

    def __init__(self, count: int, window_s: float, clock: Callable[[], float] = time.monotonic, *, most: int = 20_000):
        self._count, self._rate_hz, self._clock, self._most = count, count / window_s, clock, most
        self._left: collections.OrderedDict[str, tuple[float, float]] = collections.OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, key: str) -> float:
        """How long until one more may happen; 0 if it may now."""
        with self._lock:
            return max(0.0, (1.0 - self._now(key)) / self._rate_hz)

    def give_back(self, key: str) -> None:
        """One event that was counted was none."""
        with self._lock:
            self._keep(key, min(float(self._count), self._now(key) + 1.0))

    def take(self, key: str) -> None:
        """Counts an event that may happen, and refuses one that may not.

        Raises:
            Refused: 429, with the seconds to wait.
        """
        with self._lock:
            left = self._now(key)
            if left >= 1.0:
                self._keep(key, left - 1.0)
                return
        raise too_many((1.0 - left) / self._rate_hz)

    def forget(self, key: str) -> None:
        """As if nothing had happened."""
        with self._lock:
            self._left.pop(key, None)

    def _now(self, key: str) -> float:
        left, at = self._left.get(key, (float(self._count), self._clock()))
        return min(float(self._count), left + (self._clock() - at) * self._rate_hz)

    def _keep(self, key: str, left: float) -> None:
        self._left[key] = max(left, 0.0), self._clock()
        self._left.move_to_end(key)
        while len(self._left) > self._most:
            self._left.popitem(last=False)


class Repeats:
    """Tells which of the same events in a row are worth a word: the 1st, 10th, 100th and so on.

    Args:
        rest_s: without an event until it is the first one again.
        clock: seconds that only grow.
        most: keys that are remembered, those that were heard of last.
    """

    def __init__(self, rest_s: float, clock: Callable[[], float] = time.monotonic, *, most: int = 20_000):
        self._rest_s, self._clock, self._most = rest_s, clock, most
        self._known: collections.OrderedDict[tuple[str, str], tuple[int, float]] = collections.OrderedDict()
        self._lock = threading.Lock()

    def count(self, key: tuple[str, str]) -> int | None:
        """Counts one more event of a key: how many there were, where that is worth a word, and else nothing."""
        with self._lock:
            times, at = self._known.pop(key, (0, -math.inf))
            now = self._clock()
            times = times + 1 if now - at < self._rest_s else 1
            self._known[key] = times, now
            if len(self._known) > self._most:
                self._known.popitem(last=False)
        return times if str(times).strip("0") == "1" else None


def too_many(wait_s: float) -> Refused:
    """The answer to one who comes too often."""
    wait = max(1, math.ceil(wait_s))
    return Refused(
        429,
        "too_often",
        "Too many requests.",
        f"Try again in {wait} s.",
        wait_s=wait,
        korean=("요청이 너무 많습니다.", f"{wait}초 뒤에 다시 시도해 주십시오."),
    )


def neighbourhood(address: str) -> str:
    """What an address is counted as: itself, or the network that one subscriber of IPv6 has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address
