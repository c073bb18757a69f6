"""Twins that were fitted, in a browser: opened as beds by who may, and shown to all."""

import re

import pytest

from tests.web.browser import PASSWORD, PHONE
from tests.web.test_pages import _WIDE

expect = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright").expect
pytestmark = pytest.mark.long


def test_a_fitted_twin_is_opened_as_a_bed_that_lives(owner, twin):
    page = owner.page
    owner.open("twins/fitted")
    page.get_by_role("link", name="History").click()
    page.set_viewport_size(PHONE)
    page.get_by_role("button", name="Open as a bed").wait_for()
    assert page.evaluate(_WIDE) <= 0
    page.get_by_role("button", name="Open as a bed").click()
    page.wait_for_url("**/#/bed/*")
    expect(page.locator("twin-bed")).to_contain_text("Twin of Ann")
    made = owner.get(f"/api/beds/{page.url.rpartition('/')[2]}")
    assert (made["kind"], made["patient"]["weight_kg"]) == ("diabetes", 64.0)
    expect(page.locator("twin-glucose .big b")).to_have_text(re.compile(r"^\d+$"), timeout=120_000)


def test_a_viewer_sees_a_twin_and_opens_no_bed_with_it(owner, visit, twin):
    link = owner.do("/api/invitations", {"role": "viewer", "expires_h": 1})["link"]
    viewer = visit()
    viewer.page.goto(link)
    viewer.page.locator("input[name=name]").fill("a looker on")
    viewer.page.locator("input[name=password]").fill(PASSWORD)
    viewer.page.locator("twin-sign-in button.primary").click()
    viewer.page.locator("twin-ward").wait_for()
    viewer.open(f"twins/of/{twin}")
    expect(viewer.page.locator("twin-fitted h1")).to_have_text("Ann")
    expect(viewer.page.get_by_role("button", name="Open as a bed")).to_have_count(0)
    assert viewer.send("POST", "/api/beds", {"twin": twin}).status == 403
