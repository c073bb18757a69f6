"""The live socket: what is wanted comes in, what lives goes out (decision 0010)."""

import asyncio
import json
import logging
import time
from typing import Any

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from twinbed.server import showing
from twinbed.server.access import require, session_token, signed_in
from twinbed.server.context import Context
from twinbed.server.errors import Refused
from twinbed.server.guards import check_host, check_origin
from twinbed.server.hub import Hub, Watcher
from twinbed.server.living import living
from twinbed.server.permissions import Act

router = APIRouter()

LOG = logging.getLogger("twinbed.server")
_GONE = (WebSocketDisconnect, RuntimeError)
"""What it is when the other side left."""
_MOST_BYTES, _MOST_BEDS, _MOST_WAVES = 16 * 1024, 64, 64
_MOST_SOCKETS = 16
"""Of one person at once."""
_UNAUTHORIZED = 401
_MESSAGES, _WINDOW_S = 40, 10.0
SIGNED_OUT, BAD, TOO_MANY, TOO_SLOW = 4401, 4400, 4429, 4408
"""Codes with which the socket is closed."""


@router.websocket("/api/live")
async def live(socket: WebSocket) -> None:
    """Sends beds, clocks, numbers, entries and waves of what is watched."""
    context: Context = socket.app.state.context
    admitted = await _admitted(socket, context)
    if admitted is None:
        return
    hub, watcher = admitted
    watcher.text(json.dumps(hub.beds()))
    hub.watchers.add(watcher)
    living(socket).waiting.somebody_watches()
    tasks = [
        asyncio.create_task(t) for t in (_send(socket, watcher), _hear(socket, watcher, hub), _stay(socket, context))
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        ended = [t for t in done if not t.cancelled()]
        for task in ended:
            if task.exception() is not None and not isinstance(task.exception(), _GONE):
                LOG.error("the live socket failed", exc_info=task.exception())
        code, why = next((t.result() for t in ended if t.exception() is None), (BAD, ""))
        if why:
            await socket.send_text(json.dumps({"kind": "error", "code": code, "message": why}))
        await socket.close(code)
    except _GONE:
        pass
    finally:
        hub.watchers.discard(watcher)
        for task in tasks:
            task.add_done_callback(lambda t: t.cancelled() or t.exception())  # it was looked at
            task.cancel()
        await asyncio.wait(tasks)


async def _admitted(socket: WebSocket, context: Context) -> tuple[Hub, Watcher] | None:
    """The hub and a watcher, or nothing where the socket was closed with the reason."""
    try:
        check_host(socket.headers, context.settings)
        check_origin(socket.scope, context.settings)
        person = await asyncio.to_thread(signed_in, socket, context)
        require(person, Act.WATCH)
        hub = living(socket).hub
    except Refused as refused:
        if refused.status == _UNAUTHORIZED:
            await socket.accept()  # browsers are told of a code only after that
        await socket.close(SIGNED_OUT if refused.status == _UNAUTHORIZED else BAD)
        return None
    await socket.accept()
    if sum(w.who == person.id for w in hub.watchers) >= _MOST_SOCKETS:
        await socket.close(TOO_MANY)
        return None
    return hub, Watcher(person.id)


async def _send(socket: WebSocket, watcher: Watcher) -> tuple[int, str]:
    while not watcher.too_slow:
        said = await watcher.next()
        if isinstance(said, bytes):
            await socket.send_bytes(said)
        else:
            await socket.send_text(said)
    return TOO_SLOW, "You are too slow; connect again."


async def _hear(socket: WebSocket, watcher: Watcher, hub: Hub) -> tuple[int, str]:
    times: list[float] = []
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return 1000, ""
        now = time.monotonic()
        times = [t for t in times if now - t < _WINDOW_S] + [now]
        if len(times) > _MESSAGES:
            return TOO_MANY, "Too many messages; say once what you want to watch."
        try:
            watcher.wanted = _wanted(message.get("text"))
        except ValueError as error:
            return BAD, str(error)
        for bed in watcher.wanted:
            if bed in hub.channels:
                watcher.text(json.dumps(showing.clock(hub.channels[bed].resident)))
                standing = hub.standing(bed) if watcher.wanted[bed][1] else None
                if standing is not None:
                    watcher.text(standing)


def _wanted(text: Any) -> dict[str, tuple[frozenset[str] | None, bool]]:
    """What a message asks to watch.

    Raises:
        ValueError: it is not as decision 0010 says.
    """
    form = 'send {"watch": {"<bed>": {"waves": ["ecg_ii"] or "all", "numbers": true}}}'
    if not isinstance(text, str) or len(text.encode("utf-8", "surrogatepass")) > _MOST_BYTES:
        raise ValueError(f"This is no text, or too long; {form}")
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError(f"This is not JSON; {form}") from None
    watch = said.get("watch") if isinstance(said, dict) and set(said) == {"watch"} else None
    if not isinstance(watch, dict) or len(watch) > _MOST_BEDS:
        raise ValueError(f"This cannot be watched; {form}")
    return {bed: _of_bed(own, form) for bed, own in watch.items()}


def _of_bed(own: Any, form: str) -> tuple[frozenset[str] | None, bool]:
    waves = own.get("waves", []) if isinstance(own, dict) else None
    listed = isinstance(waves, list) and len(waves) <= _MOST_WAVES and all(isinstance(w, str) for w in waves)
    if not (waves == "all" or listed) or not isinstance(own.get("numbers", True), bool):
        raise ValueError(f"This cannot be watched; {form}")
    assert waves is not None
    return (None if waves == "all" else frozenset(waves)), own.get("numbers", True)


async def _stay(socket: WebSocket, context: Context) -> tuple[int, str]:
    await living(socket).presence.until_it_ends(session_token(socket, context) or "")
    return SIGNED_OUT, "You are signed out."
