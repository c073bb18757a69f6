"""The application: routes, guards and pages put together."""

import contextlib
import functools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import APIRouter, FastAPI

import twinbed
from twinbed.server import guards, problems
from twinbed.server.context import make_context
from twinbed.server.pages import Pages
from twinbed.server.routes import ROUTERS
from twinbed.server.settings import Settings
from twinbed.server.store import Store

_ABOUT = """
Beds that live, and the people at them.

**Signing in.** `POST /api/sign-in` sets a cookie; whatever needs nobody to be signed in says so. **Changing something**
takes the header `X-Twinbed: 1` and an `Origin` of this server, else the answer is 403. **Errors** are
`{"error": {"code", "message", "advice"}}` with the right status. **Times** of beds are seconds of simulated time since
the bed began (`t_s`), those of the wall ISO 8601 in UTC.

```
curl -c jar -H 'X-Twinbed: 1' -H 'Origin: http://127.0.0.1:8321' -H 'Content-Type: application/json' \\
  -d '{"name": "Ada", "password": "..."}' http://127.0.0.1:8321/api/sign-in
curl -b jar http://127.0.0.1:8321/api/me
```
"""


_FOR_ANYBODY = ("/api/sign-in", "/api/sign-in/link", "/api/sign-out")
_GUARDS = (
    {
        "name": "X-Twinbed", "in": "header", "required": False, "schema": {"type": "string"}, "example": "1",
        "description": "That a page of another server cannot ask.",
    },
    {
        "name": "Origin", "in": "header", "required": False, "schema": {"type": "string"},
        "description": "The address of this server, such as `http://127.0.0.1:8321`; browsers send it.",
    },
)  # fmt: skip
"""Headers of what changes something."""


def make_app(
    store: Store,
    settings: Settings | None = None,
    *,
    routers: Sequence[APIRouter] = ROUTERS,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None,
) -> FastAPI:
    """The application.

    Args:
        store: what it keeps; the caller closes it.
        settings: of the server.
        routers: the routes; beds and the live socket are further ones.
        lifespan: what runs as long as the server, such as the ward.
    """
    settings = settings or Settings()
    app = FastAPI(
        title="twinbed",
        description=_ABOUT,
        version=twinbed.__version__,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        redirect_slashes=False,
        lifespan=lifespan or _nothing_else,
    )
    app.state.context = make_context(store, settings)
    for router in routers:
        app.include_router(router)
    app.openapi = functools.partial(described, app, settings)
    app.router.default = Pages(settings.static)
    problems.add_handlers(app)
    # The last one added is the first that a request meets.
    app.add_middleware(guards.Bounded, most_bytes=settings.body_bytes)
    app.add_middleware(guards.Gate, settings=settings)
    app.add_middleware(guards.Labelled)
    return app


def described(app: FastAPI, settings: Settings) -> dict[str, Any]:
    """The description of the interface, with what every request needs that no route asks for: cookie and headers."""
    if app.openapi_schema is None:
        said = FastAPI.openapi(app)
        cookie = {"type": "apiKey", "in": "cookie", "name": settings.cookie, "description": "Set by signing in."}
        said.setdefault("components", {})["securitySchemes"] = {"session": cookie}
        for path, methods in said["paths"].items():
            for method, operation in methods.items():
                operation["security"] = [] if path in _FOR_ANYBODY else [{"session": []}]
                if method != "get":
                    operation["parameters"] = [*operation.get("parameters", []), *_GUARDS]
    assert app.openapi_schema is not None
    return app.openapi_schema


@contextlib.asynccontextmanager
async def _nothing_else(app: FastAPI) -> AsyncIterator[None]:
    yield
