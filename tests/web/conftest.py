"""The built pages in a browser, with the server they are for. Skips, visibly, where one of the three is not there."""

import shutil

import pytest

from tests.server.test_registry import live_twin
from tests.web.browser import (
    DESK,
    EXPECTED,
    Served,
    Visitor,
    are_built,
    browsing,
    chromium,
    make_account,
    preferring,
)

OWNER = "Dr Han"


@pytest.fixture(scope="session")
def browser():
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


@pytest.fixture
def visit(browser, served):
    """Opens browsers; in the end none of them may have complained, nor have asked another origin."""
    visitors = []

    def visit(kept=None, *, expected=EXPECTED):
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
    page.locator("twin-tile").wait_for()
    kept = {"cookies": context.cookies(), "origins": []}
    context.close()
    return kept


@pytest.fixture
def owner(visit, cookies):
    """The administrator at a browser, in English."""
    owner = visit(cookies)
    assert owner.send("PATCH", "/api/me", {"language": "en"}).ok
    return owner


@pytest.fixture
def bed(owner):
    """The id of the bed that the first start opened; it runs, and the administrator stands before it."""
    (first,) = owner.get("/api/beds")
    if first["state"] == "paused":
        owner.do(f"/api/beds/{first['id']}/clock", {"do": "resume"})
    owner.open(f"bed/{first['id']}")
    owner.page.locator("twin-monitor canvas.trace").wait_for()
    return first["id"]


@pytest.fixture
def twin(owner, served):
    """The name of a twin, which goes with the beds that were made of it."""
    beds = {bed["id"] for bed in owner.get("/api/beds")}
    live_twin(served.folder)
    yield "Ann"
    shutil.rmtree(served.folder / "twins")
    for bed in owner.get("/api/beds"):
        if bed["id"] not in beds:
            assert owner.send("DELETE", f"/api/beds/{bed['id']}").ok
