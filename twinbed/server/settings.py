"""What can be set of a server."""

import dataclasses
import pathlib
import time
from collections.abc import Callable

STATIC = pathlib.Path(__file__).parent / "static"


@dataclasses.dataclass(frozen=True)
class Settings:
    """What can be set of a server."""

    secure: bool = False
    """Served over TLS, here or by a proxy: cookies are for TLS alone."""
    names: frozenset[str] = frozenset()
    """Names of this server beside its addresses, `localhost` and the machine's own name."""
    origins: frozenset[str] = frozenset()
    """Origins of a proxy before this server, such as `https://twin.example.org`."""
    trusted_proxies: frozenset[str] = frozenset()
    """Addresses or networks of proxies that say truly for whom they ask (`X-Forwarded-For`)."""
    static: pathlib.Path = STATIC
    """The folder of the built pages."""
    session_idle_s: float = 12 * 3600.0
    session_longest_s: float = 7 * 24 * 3600.0
    body_bytes: int = 256 * 1024
    requests_per_10_s: int = 600
    """From one address."""
    password_cost: tuple[int, int] | None = None
    """Passes and kB of Argon2id; None for the recommended ones."""

    clock: Callable[[], float] = time.monotonic
    """Seconds that only grow, for limits."""

    @property
    def cookie(self) -> str:
        """The name of the cookie; browsers let no other host or plain HTTP set one with the prefix."""
        return "__Host-twinbed" if self.secure else "twinbed"
