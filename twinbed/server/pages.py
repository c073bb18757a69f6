"""The pages: files that were built from `web/`, and one page for every address that is none of the interface's."""

import html
import pathlib

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

_NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>twinbed</title>
<h1>twinbed runs, but its pages were not built</h1>
<p>The interface answers under <a href="/api/openapi.json">/api</a>. To build the pages stop the server,
run <code>make serve</code> in the project's folder (it gets Node by itself), or
<code>npm ci &amp;&amp; npm run build</code> in <code>web/</code>, and start it again.
They are expected in</p><pre>{folder}</pre></html>"""
_FOREVER = "public, max-age=31536000, immutable"
"""For files whose names hold a hash of what is in them."""


def unbuilt(folder: pathlib.Path) -> list[str]:
    """What to say where there are no pages to be served."""
    if (folder / "index.html").is_file():
        return []
    return [
        "its pages were not built, so that a browser shows none: stop it, and run `make serve` in the project's folder"
    ]


class Pages:
    """Serves a folder; what is not in it is the page itself, which reads the address."""

    def __init__(self, folder: pathlib.Path):
        self._folder = folder
        self._files = StaticFiles(directory=folder, check_dir=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._response(scope)
        await response(scope, receive, send)

    async def _response(self, scope: Scope) -> Response:
        page = self._folder / "index.html"
        if scope["path"] == "/api" or scope["path"].startswith("/api/"):
            raise HTTPException(404)
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        if not page.is_file():
            return HTMLResponse(_NOT_BUILT.format(folder=html.escape(str(self._folder))), 503)
        path = self._files.get_path(scope)
        try:
            response = await self._files.get_response(path, scope)
        except HTTPException:
            if "." in pathlib.PurePosixPath(scope["path"]).name:
                raise
            response = FileResponse(page)
        is_hashed = scope["path"].startswith("/assets/")
        response.headers["Cache-Control"] = _FOREVER if is_hashed else "no-cache"
        return response
