"""Who is signed in still, of all who hold a live socket: asked of the store once for all of them."""

import asyncio
import logging

from twinbed.server.store.sessions import Lifetimes, Sessions

LOG = logging.getLogger("twinbed.server")
AGAIN_S = 3.0
"""How often it is asked."""


class Presence:
    """Tells live sockets that their session has ended. Everything but the question happens in the event loop."""

    def __init__(self, sessions: Sessions, lifetimes: Lifetimes):
        """Call `run` in the event loop."""
        self._sessions, self._lifetimes = sessions, lifetimes
        self._here: dict[asyncio.Event, str] = {}

    async def until_it_ends(self, token: str) -> None:
        """Waits until the session of this secret has ended: its person signed out, was removed, or it expired."""
        gone = asyncio.Event()
        self._here[gone] = token
        try:
            await gone.wait()
        finally:
            del self._here[gone]

    async def run(self) -> None:
        """Asks until it is cancelled."""
        while True:
            await asyncio.sleep(AGAIN_S)
            asked = dict(self._here)
            if not asked:
                continue
            try:
                living = await asyncio.to_thread(self._sessions.living, set(asked.values()), self._lifetimes)
            except Exception:  # a data base that is away for a moment signs nobody out
                LOG.exception("it could not be asked who is signed in still")
                continue
            for gone in (gone for gone, token in asked.items() if token not in living):
                gone.set()
