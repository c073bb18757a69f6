"""What every request passes before a route sees it. Plain ASGI, so that streams and sockets pass unharmed."""

import ipaddress
import logging
import secrets
import socket
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from twinbed.server.errors import Refused
from twinbed.server.limits import Limit, neighbourhood
from twinbed.server.problems import answer, too_large
from twinbed.server.settings import Settings

_log = logging.getLogger("twinbed.server")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
        "worker-src 'self' blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_DIGITS = 20
_POLICY = 1008
"""With which a socket is closed that is not let in."""


class Labelled:
    """Gives every answer a number to ask for and the headers that keep browsers strict; an accident is told as such."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        number, begun = secrets.token_hex(8), False

        async def labelled(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = number
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/api/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self._app(scope, receive, labelled)
        except Exception:  # the edge of the server: nothing leaks, and the log has it by its number
            _log.exception("request %s %r %r failed", number, scope["method"], scope["path"])
            if begun:
                raise
            advice = f"Tell whoever runs this server: request {number}."
            await answer(
                Refused(
                    500,
                    "accident",
                    "The server failed.",
                    advice,
                    korean=("서버에 오류가 났습니다.", f"서버 관리자에게 요청 번호 {number}을(를) 알려 주십시오."),
                )
            )(scope, receive, labelled)


class Gate:
    """Lets in what asks for this server, not too often, and changes something only if a page of this server asks.

    A foreign page can make a browser send its cookie, but neither the header `X-Twinbed` nor another `Origin`; a
    foreign name that points at this machine is not one of ours.
    """

    def __init__(self, app: ASGIApp, settings: Settings):
        self._app, self._settings = app, settings
        self._limit = Limit(settings.requests_per_10_s, 10.0, settings.clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            try:
                self._check(scope)
            except Refused as refused:
                if scope["type"] == "http" or "websocket.http.response" in scope.get("extensions", {}):
                    await answer(refused)(scope, receive, send)
                else:
                    await send({"type": "websocket.close", "code": _POLICY})
                return
        await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        check_host(headers, self._settings)
        self._limit.take(neighbourhood(address(scope, self._settings)))
        if scope["type"] == "http" and scope["method"] not in _SAFE:
            if headers.get("x-twinbed") != "1":
                raise Refused(
                    403,
                    "header",
                    "What changes something carries a header.",
                    "Send X-Twinbed: 1.",
                    korean=("무언가를 바꾸는 요청에는 헤더가 있어야 합니다.", "X-Twinbed: 1을 보내 주십시오."),
                )
            check_origin(scope, self._settings)


class Bounded:
    """Refuses bodies that are too large, also if they do not say so."""

    def __init__(self, app: ASGIApp, most_bytes: int):
        self._app, self._most = app, most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        said = Headers(scope=scope).get("content-length", "0")
        if not said.isdecimal() or int(said[:_DIGITS]) > self._most:
            await answer(too_large())(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._most:
                raise HTTPException(too_large().status)  # the one exception that comes through the reading of a body
            return message

        await self._app(scope, counted, send)


def address(scope: Scope, settings: Settings) -> str:
    """Who asks, as far as the network knows; behind a trusted proxy as far as that knows.

    The last hop that is no trusted proxy counts: what stands before it in `X-Forwarded-For` anybody may have written.
    """
    nearest = scope["client"][0] if scope.get("client") else ""
    hops = [h.strip() for line in Headers(scope=scope).getlist("x-forwarded-for") for h in line.split(",")]
    for hop in (nearest, *reversed(hops)):
        if not _is_address(hop):
            break
        nearest = hop
        if not any(ipaddress.ip_address(hop) in ipaddress.ip_network(p) for p in settings.trusted_proxies):
            break
    return nearest


def check_host(headers: Headers, settings: Settings) -> None:
    """Refuses names that are not this server's.

    Raises:
        Refused: 421.
    """
    try:
        host = urlsplit(f"//{headers.get('host', '')}")
        host.port  # noqa: B018 (raises where it is no number)
        name = (host.hostname or "").rstrip(".")
    except ValueError:
        name = ""
    if not (_is_address(name) or name in own_names() | settings.names | _hosts(settings.origins)):
        advice = f"If {name or 'this'} is a name of this server, start it with --name {name}."
        raise Refused(
            421,
            "host",
            "This server is not known under this name.",
            advice,
            korean=("이 서버는 이 이름으로 알려져 있지 않습니다.", f"서버를 --name {name}(으)로 시작해 주십시오."),
        )


def check_origin(scope: Scope, settings: Settings) -> None:
    """Refuses what a page of another server asks for; also for sockets.

    Raises:
        Refused: 403.
    """
    headers = Headers(scope=scope)
    scheme = {"ws": "http", "wss": "https"}.get(scope["scheme"], scope["scheme"])
    if headers.get("origin", "").lower() not in {f"{scheme}://{headers.get('host', '')}".lower(), *settings.origins}:
        advice = "Send the header Origin with the address of this server; behind a proxy start it with --origin."
        raise Refused(
            403,
            "origin",
            "This was not asked by a page of this server.",
            advice,
            korean=(
                "이 서버의 페이지가 보낸 요청이 아닙니다.",
                "이 서버의 주소를 Origin 헤더로 보내 주십시오. 프록시 뒤라면 --origin으로 시작하십시오.",
            ),
        )


def own_names() -> frozenset[str]:
    """Names under which this machine is known without being told."""
    name = socket.gethostname().lower()
    return frozenset({"localhost", name, f"{name.split('.')[0]}.local"})


def _hosts(origins: frozenset[str]) -> set[str]:
    return {urlsplit(origin).hostname or "" for origin in origins}


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
