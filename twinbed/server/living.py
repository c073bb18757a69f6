"""What lives as long as the server: the ward, the hub, and the queue of runs."""

import asyncio
import collections
import contextlib
import dataclasses
import logging
import pathlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Literal

from fastapi import FastAPI
from fastapi.requests import HTTPConnection

import twinbed
from twinbed.core.errors import TwinbedError
from twinbed.server.errors import Refused
from twinbed.server.hub import Hub
from twinbed.server.presence import Presence
from twinbed.server.runs.limits import RunLimits
from twinbed.server.runs.queue import Queue
from twinbed.server.store import Store
from twinbed.server.store.beds import Bed
from twinbed.server.waiting import Waiting
from twinbed.ward import definition
from twinbed.ward.ward import OURSELVES, Ward

LOG = logging.getLogger("twinbed.server")
Look = Literal["short", "long", "numbers"]
_LOOKS: Mapping[Look, int] = {"short": 20, "long": 1, "numbers": 20}
"""Looks at the past for one person at once: short ones and numbers for each bed of an overview."""


@dataclasses.dataclass(frozen=True)
class Trouble:
    """Why a bed could not be opened at the start, or, without a bed, why none could."""

    why: str
    bed: str | None = None
    title: str | None = None


@dataclasses.dataclass(frozen=True)
class Living:
    """The ward and the hub of an application."""

    ward: Ward
    hub: Hub
    waiting: Waiting
    presence: Presence
    looks: collections.Counter[tuple[int, Look]] = dataclasses.field(default_factory=collections.Counter)
    """Looks at the past that are being computed, by person."""
    troubles: list[Trouble] = dataclasses.field(default_factory=list)
    """Why beds that should be there are not."""

    @contextlib.contextmanager
    def looking(self, person: int, kind: Look = "short") -> Iterator[None]:
        """Counts a look at the past of somebody while the block runs; from the event loop alone.

        Raises:
            Refused: 429, so many are being computed for this person already.
        """
        most = _LOOKS[kind]
        if self.looks[person, kind] >= most:
            what = "A recording or replay is" if kind == "long" else f"{most} looks at the past are"
            korean = ("요청하신 것을 이미 만들고 있습니다.", "끝날 때까지 기다려 주십시오.")
            raise Refused(
                429, "busy", f"{what} being made for you already.", "Wait until it is there.", wait_s=1, korean=korean
            )
        self.looks[person, kind] += 1
        try:
            yield
        finally:
            self.looks[person, kind] -= 1

    def index(self, bed: str) -> int:
        """The number of a bed in frames."""
        channel = self.hub.channels.get(bed)
        return channel.index if channel else 0


def living(connection: HTTPConnection) -> Living:
    """The ward and the hub; a dependency of routes.

    Raises:
        Refused: 503, there is no ward here.
    """
    found = getattr(connection.app.state, "living", None)
    if found is None:
        raise Refused(
            503,
            "no_ward",
            "No ward is open here.",
            "Start the server with `twinbed serve`.",
            korean=("여기에는 열린 병동이 없습니다.", "`twinbed serve`로 서버를 시작해 주십시오."),
        )
    return found


def running(connection: HTTPConnection) -> Queue:
    """The queue of runs; a dependency of routes.

    Raises:
        Refused: 503, there is none here.
    """
    found = getattr(connection.app.state, "queue", None)
    if found is None:
        raise Refused(
            503,
            "no_queue",
            "Nothing can be run here.",
            "Start the server with `twinbed serve`.",
            korean=("여기에서는 아무것도 실행할 수 없습니다.", "`twinbed serve`로 서버를 시작해 주십시오."),
        )
    return found


def lives(
    store: Store,
    folder: pathlib.Path | None,
    *,
    first: str | None = None,
    data: pathlib.Path | None = None,
    limits: RunLimits | None = None,
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """The lifespan of an application: beds come back to life, and are kept in the end.

    Args:
        store: of beds.
        folder: where checkpoints are kept.
        first: the bedside of the catalogue that is opened where there is no bed yet.
        data: the folder of runs, studies and twins; nothing can be run without one.
        limits: what a run may take; the usual ones if left out.
    """

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        ward = Ward(store.beds, folder)
        hub = Hub(ward)
        presence = Presence(store.sessions, app.state.context.lifetimes)
        place = app.state.living = Living(ward, hub, Waiting(ward), presence)
        sending = asyncio.create_task(hub.run())
        asking = asyncio.create_task(presence.run())
        coming = asyncio.create_task(asyncio.to_thread(_open_all, place, store, first))
        try:
            async with _queue(app, store, data, limits or RunLimits()):
                yield
        finally:
            sending.cancel()
            asking.cancel()
            for ended in await asyncio.gather(sending, asking, coming, return_exceptions=True):
                if isinstance(ended, Exception):
                    LOG.error("the ward stopped sending", exc_info=ended)
            await asyncio.to_thread(ward.close)

    return lifespan


@contextlib.asynccontextmanager
async def _queue(app: FastAPI, store: Store, data: pathlib.Path | None, limits: RunLimits) -> AsyncIterator[None]:
    if data is None:
        yield
        return
    async with Queue(store, data, limits).open() as queue:
        app.state.queue = queue
        yield


def _open_all(place: Living, store: Store, first: str | None) -> None:
    try:
        known = store.beds.beds() or _first(store, first)
    except Exception as error:
        LOG.exception("no bed can be opened")
        place.troubles.append(Trouble(_why(error)))
        return
    for bed in known:
        try:
            waits = bed.made_by == OURSELVES and not store.beds.entries(bed.id)
            place.ward.open(bed.id, bed.definition["toml"], title=bed.title, paused=waits)
            if waits:
                place.waiting.add(bed.id)
        except Exception as error:  # the others are none the worse for it
            LOG.exception("bed %s cannot be opened", bed.id)
            place.troubles.append(Trouble(_why(error), bed.id, bed.title))


def _why(error: Exception) -> str:
    """What may be told of an error to everybody who watches."""
    return str(error) if isinstance(error, TwinbedError) else f"an error inside ({type(error).__name__})"


def _first(store: Store, first: str | None) -> tuple[Bed, ...]:
    """A bed of the catalogue, where there is none yet and one is wanted."""
    if first is None:
        return ()
    found = definition.template(first)
    made = definition.make(found.toml)
    return (
        store.beds.add_bed(
            title=found.title, kind=made.kind, definition={"toml": found.toml}, seed=made.bedside.seed,
            version=twinbed.__version__, made_by=OURSELVES,
        ),
    )  # fmt: skip
