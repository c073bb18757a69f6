"""The built pages in a browser, with the server they are for. Skips, visibly, where one of the three is not there."""

import dataclasses
import importlib.util
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.web.browser import DESK, Served, are_built, browsing, chromium, make_account, preferring

OWNER = "Dr Han"
_EXPECTED = " 401 ", " 403 ", " 409 "
"""What the browser itself says of answers that the tests ask for."""


@pytest.fixture(scope="session")
def browser():
    if importlib.util.find_spec("playwright") is None:
        pytest.skip("no playwright: pip install playwright")
    if chromium() is None:
        pytest.skip("no browser: apt-get install chromium")
    if not are_built():
        pytest.skip("the pages are not built: make pages")
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="session")
def served(browser, tmp_path_factory):
    """The server of all tests."""
    served = Served(tmp_path_factory.mktemp("served") / "data")
    yield served
    served.kill()


@dataclasses.dataclass
class Visitor:
    """Somebody at a browser of their own."""

    context: Any
    page: Any
    origin: str
    trouble: list[str] = dataclasses.field(default_factory=list)
    requests: list[str] = dataclasses.field(default_factory=list)
    expected: tuple[str, ...] = _EXPECTED

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


@pytest.fixture
def visit(browser, served):
    """Opens browsers; in the end none of them may have complained, nor have asked another origin."""
    visitors = []

    def visit(kept=None, *, expected=_EXPECTED):
        context = browser.new_context(storage_state=kept, viewport=DESK)
        preferring(context)
        visitor = Visitor(context, context.new_page(), served.origin, expected=expected)
        visitor.listen()
        visitors.append(visitor)
        return visitor

    yield visit
    trouble = [said for visitor in visitors for said in visitor.trouble]
    for visitor in visitors:
        visitor.context.close()
    assert trouble == []


@pytest.fixture(scope="session")
def cookies(browser, served):
    """Of the administrator, who made the account by the link that the first start printed."""
    context = browser.new_context(viewport=DESK)
    preferring(context)
    page = context.new_page()
    page.set_default_timeout(60_000)
    make_account(page, served.link, OWNER)
    kept = {"cookies": context.cookies(), "origins": []}
    context.close()
    return kept


@pytest.fixture
def owner(visit, cookies):
    """The administrator at a browser."""
    return visit(cookies)


@pytest.fixture
def bed(owner):
    """The id of a bed of the test's own that lives."""
    made = owner.do("/api/beds", {"template": "anaesthesia"})["id"]
    owner.open(f"bed/{made}")
    owner.page.locator("twin-monitor").wait_for()
    yield made
    assert owner.send("DELETE", f"/api/beds/{made}").ok
