"""The page of people in a browser: links that wait are shown, and withdrawn."""

import pytest

from tests.web.browser import PHONE
from tests.web.conftest import OWNER
from tests.web.test_pages import _WIDE

expect = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright").expect
pytestmark = pytest.mark.long


def test_a_link_that_waits_is_shown_and_works_no_more_once_it_is_withdrawn(owner, visit):
    page = owner.page
    owner.open("people")
    page.locator("select[name=role]").select_option("engineer")
    page.get_by_role("button", name="Make a link").click()
    row = page.locator("twin-links tbody tr", has_text="engineer")
    expect(row).to_contain_text("a new account")
    expect(row).to_contain_text(OWNER)
    (waiting,) = (link for link in owner.get("/api/invitations") if link["role"] == "engineer")
    link = page.locator("twin-people .link input").input_value()
    page.set_viewport_size(PHONE)
    row.get_by_role("button", name="Withdraw").press("Enter")
    sure = page.get_by_role("alertdialog")
    assert page.evaluate(_WIDE) <= 0
    expect(sure.get_by_role("button", name="Withdraw")).to_be_focused()
    sure.get_by_role("button", name="Cancel").press("Enter")
    expect(row.get_by_role("button", name="Withdraw")).to_be_focused()
    assert waiting in owner.get("/api/invitations")
    row.get_by_role("button", name="Withdraw").press("Enter")
    sure.get_by_role("button", name="Withdraw").press("Enter")
    expect(row).to_have_count(0)
    expect(page.locator("twin-people .link input")).to_have_count(0)  # what works no more is not handed out
    assert waiting["id"] not in [left["id"] for left in owner.get("/api/invitations")]
    other = visit()
    other.page.goto(link)
    expect(other.page.locator("twin-sign-in [role=alert]")).to_contain_text("This link does not work (any more).")
    owner.open("audit")
    expect(page.locator("twin-audit tbody tr").last).to_contain_text("link withdrawn")
