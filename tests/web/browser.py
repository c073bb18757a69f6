"""The server in a process of its own, and a browser that looks at it."""

import contextlib
import dataclasses
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from twinbed.server.settings import STATIC

ROOT = pathlib.Path(__file__).parents[2]
PASSWORD = "a cellar full of warm lanterns"
STARTED = "Ctrl-C stops it"
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
EXPECTED = " 401 ", " 403 ", " 409 "
"""What the browser itself says of answers that are asked for."""
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_OPTIONS = ["--no-sandbox", "--disable-background-networking"]

_CANVAS = """() => document.querySelector("twin-app").shadowRoot.querySelector("twin-bed")
  .shadowRoot.querySelector("twin-monitor").shadowRoot.querySelector("canvas.trace")"""
LIT = f"""() => {{
  const canvas = ({_CANVAS})();
  const {{ width, height }} = canvas;
  const {{ data }} = canvas.getContext("2d").getImageData(0, 0, width, height);
  const columns = [], rows = new Set();
  for (let x = 0; x < width; x++) {{
    let lit = false;
    for (let y = 0; y < height; y++) if (data[4 * (y * width + x) + 3] > 127) {{ lit = true; rows.add(y); }}
    if (lit) columns.push(x);
  }}
  return {{ columns, width, height, top: Math.min(...rows), bottom: Math.max(...rows) }};
}}"""
"""Which columns of the first strip have ink, and the highest and lowest row that has."""


def chromium() -> str | None:
    """The browser of this machine, or `TWINBED_CHROMIUM`; nothing where there is none."""
    named = os.environ.get("TWINBED_CHROMIUM")
    return named or next((found for name in _NAMES if (found := shutil.which(name))), None)


def are_built() -> bool:
    """Whether the pages are there."""
    return (STATIC / "index.html").is_file()


class Served:
    """A server on a port that stays, and its folder; it can be killed and started again."""

    def __init__(self, folder: pathlib.Path, *, real: bool = False):
        """Starts it. `real` beds take minutes to compile."""
        self.folder, self.real = folder, real
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.origin = f"http://127.0.0.1:{self.port}"
        self.link = ""
        self.start()

    def start(self) -> None:
        """Starts it and waits until it listens."""
        command = ["-m", "tests.web.server", str(self.folder), str(self.port)]
        if self.real:
            command = ["-m", "twinbed", "serve", "--data", str(self.folder), "--port", str(self.port)]
        self._process = subprocess.Popen(
            [sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT
        )
        assert self._process.stdout is not None
        said = []
        for line in self._process.stdout:
            said.append(line.rstrip("\n"))
            if said[-1] == STARTED:
                break
        else:
            raise RuntimeError("the server did not start:\n" + "\n".join(said))
        found = re.search(r"(http://\S+/#/sign-in/\S+)", "\n".join(said))
        self.link = found[1] if found else self.link

    def kill(self) -> None:
        """Ends it as a power cut would."""
        self._process.kill()
        self._process.communicate()


@contextlib.contextmanager
def browsing() -> Iterator[Any]:
    """A browser without a window that reaches this machine alone."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=[*_OPTIONS, "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
        )
        try:
            yield browser
        finally:
            browser.close()


def preferring(context: Any, *, language: str = "en", theme: str = "dark") -> None:
    """Lets pages of a context begin with a language and a theme, and without the first look."""
    wanted = f'{{"language": "{language}", "theme": "{theme}", "toured": true}}'
    context.add_init_script(f"localStorage.twinbed ??= '{wanted}'")


def make_account(page: Any, link: str, name: str) -> None:
    """Opens a one-time link and makes the account."""
    page.goto(link)
    page.locator("input[name=name]").fill(name)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("twin-sign-in button.primary").click()
    page.locator("twin-ward").wait_for()


@dataclasses.dataclass
class Visitor:
    """Somebody at a browser of their own."""

    context: Any
    page: Any
    origin: str
    trouble: list[str] = dataclasses.field(default_factory=list)
    requests: list[str] = dataclasses.field(default_factory=list)
    expected: tuple[str, ...] = EXPECTED

    def listen(self):
        self.page.set_default_timeout(60_000)
        self.page.on("console", lambda said: self._said(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.trouble.append(str(error)))
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.on("websocket", lambda socket: self._asked(socket.url))

    def _said(self, text):
        if not any(expected in text for expected in self.expected):
            self.trouble.append(text)

    def _asked(self, url):
        self.requests.append(url)
        if urlsplit(url).scheme not in ("blob", "data") and urlsplit(url).netloc != urlsplit(self.origin).netloc:
            self.trouble.append(f"leaves the origin: {url}")

    def get(self, path):
        """What the server says."""
        answer = self.context.request.get(self.origin + path)
        assert answer.ok, answer.text()
        return answer.json()

    def send(self, method, path, body=None):
        """Does something as a page would."""
        headers = {"X-Twinbed": "1", "Origin": self.origin}
        return self.context.request.fetch(self.origin + path, method=method, data=body, headers=headers)

    def do(self, path, body):
        answer = self.send("POST", path, body)
        assert answer.ok, answer.text()
        return answer.json()

    def open(self, where):
        self.page.goto(f"{self.origin}/#/{where}")
