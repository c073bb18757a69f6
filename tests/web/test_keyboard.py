"""What people do at a bed, done by the keyboard alone: nothing is out of reach, and one always stands somewhere."""

import re

import pytest

from tests.web.browser import PASSWORD
from tests.web.conftest import OWNER
from tests.web.test_pages import alarming, entries

pytestmark = pytest.mark.long

expect = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright").expect
expect.set_options(timeout=30_000)

_MOST = 80
_STANDING = """() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  const named = at.getAttribute("aria-labelledby");
  const name = at.getAttribute("aria-label") ?? (named ? at.getRootNode().getElementById(named)?.textContent : null)
    ?? at.labels?.[0]?.textContent ?? at.textContent;
  return { tag: at.tagName, id: at.id, name: name.trim().replace(/\\s+/g, " ") };
}"""
"""The element that has the focus, through shadow roots, and how it is called."""


def standing(page):
    return page.evaluate(_STANDING)


def walk_to(page, name):
    """Tabs on until something of that name has the focus."""
    passed = []
    for _ in range(_MOST):
        page.keyboard.press("Tab")
        at = standing(page)
        if at["tag"] != "BODY":
            assert at["name"], f"something without a name after {passed[-3:]}"
            passed.append(at["name"])
            if re.search(name, at["name"]):
                return at
    raise AssertionError(f"no {name!r} among {passed}")


def waits_at(page, tag, name=""):
    page.wait_for_function(
        f"([tag, name]) => {{ const at = ({_STANDING})(); return at.tag === tag && at.name.includes(name); }}",
        arg=[tag, name],
    )


def test_from_signing_in_to_an_order(visit, owner, bed):
    page = visit().page
    page.goto(owner.origin)
    page.locator("input[name=name]").wait_for()
    waits_at(page, "INPUT", "Name")
    page.keyboard.type(OWNER)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.locator("twin-tile a").first.wait_for()
    waits_at(page, "MAIN")
    walk_to(page, "^Anaesthesia")
    page.keyboard.press("Enter")
    page.locator("twin-actions .item").first.wait_for()
    waits_at(page, "MAIN")
    walk_to(page, "^Meal")
    page.keyboard.press("Enter")
    waits_at(page, "INPUT", "Dose")
    page.keyboard.type("35")
    page.keyboard.press("Enter")
    expect(page.locator("twin-actions .said")).to_contain_text("35")
    waits_at(page, "BUTTON", "Meal")
    entry = entries(owner, bed)[-1]
    assert (entry["control"], entry["value"], entry["accepted"]) == ("carbohydrate", 35, True)


def test_a_key_that_is_held_opens_the_form_and_gives_nothing(owner, bed):
    page, before = owner.page, entries(owner, bed)
    page.locator("twin-actions .item").first.wait_for()
    walk_to(page, "^Meal")
    for _ in range(6):
        page.keyboard.down("Enter")  # down again without up is a key that repeats
    waits_at(page, "INPUT", "Dose")
    page.keyboard.up("Enter")
    page.keyboard.press("Escape")
    waits_at(page, "BUTTON", "Meal")
    expect(page.locator("twin-order")).to_have_count(0)
    assert entries(owner, bed) == before


def test_an_alarm_is_acknowledged(owner, bed):
    alarming(owner, bed, 105)
    page = owner.page
    expect(page.locator("twin-alarms .text")).to_contain_text("Pressure low")
    walk_to(page, "Acknowledge")
    page.keyboard.press("Enter")
    expect(page.locator("twin-alarms .text.done")).to_contain_text("Pressure low")
    alarming(owner, bed, 60)


def test_a_setting_is_confirmed_and_one_stands_at_it_again(owner, bed):
    page = owner.page
    owner.open(f"bed/{bed}/devices")
    page.locator("twin-control", has_text="Gain").wait_for()
    walk_to(page, "^Gain")
    page.keyboard.press("ArrowUp")
    walk_to(page, "Confirm")
    page.keyboard.press("Enter")
    expect(page.locator("twin-control", has_text="Gain").get_by_role("status")).to_have_text("Done")
    waits_at(page, "INPUT", "Gain")


def test_futures_are_asked_for_and_compared(owner, bed):
    page = owner.page
    page.keyboard.press("w")
    page.locator("twin-fork .play").wait_for()
    walk_to(page, "^Meal")
    page.keyboard.press("Enter")
    waits_at(page, "BUTTON", "Play both futures")
    page.keyboard.press("Enter")
    page.locator("twin-fork .said").wait_for()
    expect(page.locator("twin-fork-result")).to_contain_text("As it is")
    walk_to(page, "^Do it|^Do now|Meal")


def test_a_moment_of_the_past_is_chosen_on_the_timeline(owner, bed):
    page = owner.page
    owner.open(f"bed/{bed}/timeline")
    page.locator("twin-timeline svg").wait_for()
    walk_to(page, "^Timeline. Arrow keys")
    for _ in range(3):
        page.keyboard.press("PageDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"at=\d+"))
    expect(page.locator("twin-timeline .bar")).to_contain_text("Looking at")
