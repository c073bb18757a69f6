"""A session as one HTML file that plays it: film, program and licences inlined, and nothing asked of anybody.

The page's policy lets the one program run by its hash, and nothing else load or connect. What people wrote stands
in the film, which is compressed and in Base64, and is drawn as text.
"""

import base64
import hashlib
import html
import pathlib
import re

import twinbed
from twinbed.core.errors import NotFound
from twinbed.server.settings import STATIC

PROGRAM = "embed.js"
_LICENCES = "licences.md"
_PAGE = """<!doctype html>
<html lang="en" data-theme="dark">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark light">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="twinbed {version}">
<title>{title}</title>
</head>
<body>
<noscript>This replay needs JavaScript. 이 재생 파일을 보려면 JavaScript가 필요합니다.</noscript>
<script type="text/plain" id="twinbed-film">{film}</script>
<script type="text/plain" id="twinbed-licences">{licences}</script>
<script type="module">{program}</script>
</body>
</html>
"""


def page(film: bytes, title: str, *, static: pathlib.Path = STATIC) -> bytes:
    """The file that plays a film.

    Raises:
        NotFound: the pages of this twinbed were not built.
    """
    try:
        program = _inline((static / PROGRAM).read_text("utf-8"))
        licences = (static / _LICENCES).read_text("utf-8")
    except OSError:
        raise NotFound(
            "the program that replays is not in this twinbed: build it with `make pages` (it needs Node)"
        ) from None
    digest = base64.b64encode(hashlib.sha256(program.encode()).digest()).decode()
    policy = f"default-src 'none'; script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return _PAGE.format(
        policy=policy, version=twinbed.__version__, title=html.escape(f"{title} · twinbed"),
        film=base64.b64encode(film).decode(), licences=_inline(licences), program=program,
    ).encode()  # fmt: skip


def _inline(text: str) -> str:
    """A text that cannot end the element it stands in; in a program these marks stand in strings alone."""
    return re.sub(r"<(/script|!--)", r"<\\\1", text.replace("\r\n", "\n"), flags=re.IGNORECASE)


def film_of(page: bytes) -> bytes:
    """The film in a page.

    Raises:
        ValueError: there is none.
    """
    found = re.search(rb'<script type="text/plain" id="twinbed-film">([A-Za-z0-9+/=]*)</script>', page)
    if found is None:
        raise ValueError("there is no film in this page")
    return base64.b64decode(found[1])
