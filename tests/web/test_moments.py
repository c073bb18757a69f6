"""Moments of a bed in the pages: a past one goes along to every part, what was tried there is done there, and what was
typed and not sent is kept."""

import pytest

from tests.web.test_pages import entries, now, paused, shown, stepped

pytestmark = pytest.mark.long

expect = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright").expect


def test_what_was_tried_in_the_past_is_done_there_as_it_was_played(owner, bed):
    """One member is the patient alone: what the bed lives after it was taken back is the future that was shown."""
    page = owner.page
    at_s = paused(owner, bed)
    asked = {"at_s": at_s, "horizon_s": 60.0, "members": 1,
             "changes": [{"control": "carbohydrate", "value": 40.0, "lasts_s": 0.0, "after_s": 0.0}]}  # fmt: skip
    fork = owner.do(f"/api/beds/{bed}/forks", asked)["fork"]
    now_s = stepped(owner, bed, 62)
    owner.open(f"bed/{bed}/what-if?fork={fork}")
    act = page.locator("twin-fork-act")
    expect(act.locator(".note")).to_contain_text(f"begin at {shown(at_s)}, and the bed is at {shown(now_s)}")
    expect(act.get_by_role("button", name="Do it now all the same")).to_be_enabled()
    act.get_by_role("button", name=f"Rewind the bed to {shown(at_s)} and do it there").click()
    expect(act.get_by_role("alertdialog")).to_contain_text(f"goes back from {shown(now_s)} to {shown(at_s)}")
    assert owner.get(f"/api/beds/{bed}")["t_s"] == now_s, "nothing is done before it is confirmed"
    act.get_by_role("button", name="Confirm").click()
    expect(act.get_by_role("status")).to_contain_text(f"The bed was rewound to {shown(at_s)}")
    rewound, given = entries(owner, bed)[-2:]
    assert (rewound["kind"], given["control"], given["t_s"]) == ("rewind", "carbohydrate", at_s)
    assert rewound["branch"] == given["branch"]
    end_s = stepped(owner, bed, 5)
    found = owner.get(f"/api/beds/{bed}/forks/{fork}")
    lived = owner.get(f"/api/beds/{bed}/trends?from={at_s}&to={end_s}&points=5")
    place = [found["t_s"].index(t_s) for t_s in lived["t_s"]]
    assert lived["numbers"]["G"] == pytest.approx([found["changed"]["G"]["p50"][i] for i in place], abs=0.051)
    assert abs(found["changed"]["G"]["p50"][place[-1]] - found["as_is"]["G"]["p50"][place[-1]]) > 0.2


def test_a_moment_of_the_past_goes_along_to_every_part_of_the_bed_until_one_goes_back_to_now(owner, bed):
    page = owner.page
    paused(owner, bed)
    at_s = stepped(owner, bed)
    told = owner.get(f"/api/beds/{bed}/moment?at={at_s}")
    now_s = stepped(owner, bed, 5)
    owner.open(f"bed/{bed}/timeline?at={at_s:g}")
    page.locator("twin-monitor .notice").wait_for()
    banner = page.locator(".note.past", has_text=f"Looking at {shown(at_s)}")
    for part in ("Devices", "Body", "Monitor"):
        page.get_by_role("link", name=part, exact=True).click()
        expect(banner).to_contain_text(f"it is {shown(now_s)} now")
        assert f"at={at_s:g}" in page.url
        value = page.locator("twin-number", has_text="MAP").locator(".digits")
        expect(value).to_have_text(f"{told['values']['MAP']:.0f}")
        assert page.locator("twin-actions").count() == 0, "nothing is given in the past"
        if part == "Devices":
            expect(page.locator("twin-control input").first).to_be_disabled()
    page.get_by_role("link", name="What if", exact=True).click()
    expect(page.locator("twin-fork .moment output")).to_have_text(shown(at_s))
    page.get_by_role("link", name="Monitor", exact=True).click()
    banner.get_by_role("button", name="Back to now").click()
    expect(banner).to_have_count(0)
    assert "at=" not in page.url
    page.locator("twin-actions").wait_for()


def test_what_is_typed_and_not_sent_is_kept_and_told_on_every_part_of_the_bed(owner, bed):
    page = owner.page
    paused(owner, bed)
    gain = now(owner, bed, "pump.gain")
    page.locator("twin-actions .item", has_text="Meal").click()
    page.locator("twin-order input").fill("33")
    page.get_by_role("link", name="Devices", exact=True).click()
    page.locator("twin-control", has_text="Gain").locator("input").fill("1.25")
    page.get_by_role("link", name="Monitor", exact=True).click()
    note = page.locator(".note", has_text="Typed at the devices and not sent")
    expect(note).to_contain_text("Gain 1.25")
    expect(page.get_by_role("link", name="Devices, 1 typed and not sent")).to_be_visible()
    assert float(page.locator("twin-order input").input_value()) == 33, "the form stays open as it was filled in"
    note.get_by_role("link", name="Go there").click()
    knob = page.locator("twin-control", has_text="Gain")
    assert float(knob.locator("input").input_value()) == 1.25
    assert now(owner, bed, "pump.gain") == gain
    page.get_by_role("link", name="Timeline", exact=True).click()
    note.get_by_role("button", name="Discard").click()
    expect(note).to_have_count(0)


def test_the_form_of_an_order_stays_as_it_was_filled_in_after_it_was_given(owner, bed):
    page = owner.page
    paused(owner, bed)
    page.locator("twin-actions .item", has_text="Meal").click()
    amount = page.locator("twin-order input")
    amount.fill("21")
    page.get_by_role("button", name="Give", exact=True).click()
    expect(page.locator("twin-actions .said")).to_contain_text("Meal 21 g")
    stepped(owner, bed, 2)
    again = page.get_by_role("button", name="Give once more")
    expect(again).to_be_enabled()
    assert float(amount.input_value()) == 21
    with page.expect_response("**/requests") as answer:
        again.click()
    assert answer.value.ok
    given = [e for e in entries(owner, bed) if e["control"] == "carbohydrate" and e["value"] == 21]
    assert [e["accepted"] for e in given] == [True, True]
