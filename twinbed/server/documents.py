"""Files that others wrote, given so that a browser shows them and nothing in them can act on the server."""

import pathlib

from fastapi.responses import FileResponse

_POLICY = (
    "sandbox allow-same-origin; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""No scripts, no forms, no request at all but a click on a link, which carries the session as it would elsewhere: a
report in one language leads to itself in the other."""


def page(path: pathlib.Path) -> FileResponse:
    """A report."""
    return _answer(path, "text/html; charset=utf-8", None)


def download(path: pathlib.Path, kind: str, name: str) -> FileResponse:
    """A file that the browser keeps and does not show."""
    return _answer(path, kind, name)


def _answer(path: pathlib.Path, kind: str, name: str | None) -> FileResponse:
    answer = FileResponse(path, media_type=kind, filename=name)
    answer.headers["Content-Security-Policy"] = _POLICY
    return answer
