"""At a bed: what is shown is what the server says, and what is asked for is done or refused with its reason."""

import json
import re

import pytest
from playwright.sync_api import expect
from websockets.sync.client import connect

from tests.web.bed import MEAN_MMHG, SWING_MMHG
from tests.web.browser import LIT

_PAD_PX, _PEN_PX = 4, 1.75


def paused(owner, bed):
    owner.do(f"/api/beds/{bed}/clock", {"do": "pause"})
    return owner.get(f"/api/beds/{bed}")["t_s"]


def stepped(owner, bed, until_s):
    """A bed that stands at a time, or later."""
    t_s = paused(owner, bed)
    while t_s < until_s:
        t_s = owner.do(f"/api/beds/{bed}/clock", {"do": "step"})["clock"]["t_s"]
    return t_s


def shown(t_s):
    return f"{int(t_s) // 60:02d}:{int(t_s) % 60:02d}"


def now(owner, bed, control):
    return next(c for c in owner.get(f"/api/beds/{bed}")["controls"] if c["id"] == control)["now"]


def test_the_pen_moves_and_draws_the_pressure_where_its_scale_says(owner, bed):
    page = owner.page
    page.wait_for_function(f"() => {{ const l = ({LIT})(); return l.columns.length > 0.3 * l.width }}")
    first = page.evaluate(LIT)
    page.wait_for_function(f"was => JSON.stringify(({LIT})().columns) !== was", arg=_compact(first["columns"]))
    wave = owner.get(f"/api/beds/{bed}")["view"]["waves"][0]
    room = first["height"] - 2 * _PAD_PX
    row = lambda mmhg: _PAD_PX + (1 - (mmhg - wave["low"]) / (wave["high"] - wave["low"])) * room
    assert first["top"] == pytest.approx(row(MEAN_MMHG + SWING_MMHG), abs=_PEN_PX)
    assert first["bottom"] == pytest.approx(row(MEAN_MMHG - SWING_MMHG), abs=_PEN_PX)


def _compact(columns):
    return json.dumps(columns, separators=(",", ":"))


def test_the_numbers_shown_are_those_the_server_sends(owner, bed):
    page, address = owner.page, owner.origin.replace("http", "ws") + "/api/live"
    paused(owner, bed)
    cookie = "; ".join(f"{c['name']}={c['value']}" for c in owner.context.cookies())
    with connect(address, origin=owner.origin, additional_headers={"Cookie": cookie}) as socket:
        socket.send(json.dumps({"watch": {bed: {"waves": [], "numbers": True}}}))
        seen = set()
        for _ in range(3):
            page.get_by_role("button", name="One step").click()
            told = next(m for m in map(json.loads, socket) if m["kind"] == "numbers")
            pressure, glucose = f"{told['values']['MAP']:.0f}", f"{told['values']['G']:.1f}"
            group = page.get_by_role("group", name=f"MAP {pressure} mmHg", exact=True)
            expect(group.locator(".digits")).to_have_text(pressure)
            group = page.get_by_role("group", name=f"G {glucose} mg/dL", exact=True)
            expect(group.locator(".digits")).to_have_text(glucose)
            expect(page.locator(".clock .t")).to_have_text(shown(told["t_s"]))
            seen.add(glucose)
        assert len(seen) > 1


def test_a_device_is_set_after_it_is_confirmed(owner, bed):
    page = owner.page
    owner.open(f"bed/{bed}/devices")
    knob = page.locator("twin-control", has_text="Gain")
    knob.locator("input").fill("0.5")
    knob.locator("input").press("Tab")
    assert now(owner, bed, "pump.gain") == pytest.approx(0.01)
    knob.get_by_role("button", name="Confirm").click()
    expect(knob.get_by_role("status")).to_have_text("Done")
    assert now(owner, bed, "pump.gain") == 0.5
    entry = owner.get(f"/api/beds/{bed}/log")["entries"][-1]
    assert (entry["control"], entry["value"], entry["accepted"]) == ("pump.gain", 0.5, True)


def test_what_is_out_of_range_is_refused_with_the_reason(owner, bed):
    page = owner.page
    page.locator("twin-actions .item", has_text="Meal").click()
    amount = page.locator("twin-order input[type=number]")
    amount.fill("900")
    page.locator("twin-order .send").click()
    assert amount.evaluate("e => e.validity.rangeOverflow")  # the page itself knows better
    assert owner.get(f"/api/beds/{bed}/log")["entries"] == []
    amount.evaluate("e => (e.form.noValidate = true)")
    page.locator("twin-order .send").click()
    expect(page.locator("twin-actions .said.no")).to_contain_text("Meal: 900 is outside 0 to 200 g")
    (entry,) = owner.get(f"/api/beds/{bed}/log")["entries"]
    assert not entry["accepted"]


def test_a_viewer_watches_and_may_do_nothing_else(owner, bed, visit):
    page = owner.page
    owner.open("people")
    page.locator("select[name=role]").select_option("viewer")
    page.get_by_role("button", name="Make a link").click()
    link = page.locator("twin-people .link input").input_value()
    viewer = visit()
    viewer.page.goto(link)
    viewer.page.locator("input[name=name]").fill(f"student {bed}")
    viewer.page.locator("input[name=password]").fill("a long enough password")
    viewer.page.locator("twin-sign-in button.primary").click()
    viewer.page.locator("twin-ward").wait_for()
    expect(viewer.page.get_by_role("link", name="People")).to_have_count(0)
    viewer.open(f"bed/{bed}")
    item = viewer.page.locator("twin-actions .item", has_text="Meal")
    expect(item).to_be_disabled()
    expect(item).to_have_attribute("title", "Your role does not allow this.")
    expect(viewer.page.get_by_role("button", name="Pause", exact=True)).to_be_disabled()
    answer = viewer.send("POST", f"/api/beds/{bed}/requests", {"control": "carbohydrate", "value": 40})
    assert answer.status == 403
    assert "viewer" in answer.json()["error"]["message"].lower()
    assert owner.get(f"/api/beds/{bed}/log")["entries"] == []


def test_an_alarm_is_set_shown_and_acknowledged(owner, bed):
    page = owner.page
    page.get_by_role("button", name="Alarm limits").click()
    low = page.locator("twin-limits .limit", has_text="MAP").locator("twin-control").first
    low.locator("input").fill("105")
    low.locator("input").press("Tab")
    low.get_by_role("button", name="Confirm").click()
    expect(low.get_by_role("status")).to_have_text("Done")
    page.keyboard.press("Escape")
    strip = page.locator("twin-alarms .text")
    expect(strip).to_contain_text("Pressure low")
    expect(strip).to_contain_text("**")
    expect(page.locator("twin-number[priority='2']")).to_contain_text("MAP")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("twin-alarms .text.done")).to_contain_text("Pressure low")
    alarms = owner.get(f"/api/beds/{bed}/log")["alarms"]
    assert [(a["id"], a["priority"], a["until_s"]) for a in alarms] == [("pressure_low", 2, None)]


def test_time_stands_while_it_is_paused(owner, bed):
    page = owner.page
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.locator(".clock .t.paused")).to_be_visible()
    stands = owner.get(f"/api/beds/{bed}")
    assert stands["state"] == "paused"
    page.get_by_role("button", name="One step").click()
    expect(page.locator(".clock .t")).to_have_text(shown(stands["t_s"] + 1))
    assert owner.get(f"/api/beds/{bed}")["t_s"] == stands["t_s"] + 1
    page.get_by_role("button", name="Go on", exact=True).click()
    page.get_by_role("button", name="Pause", exact=True).wait_for()
    assert owner.get(f"/api/beds/{bed}")["state"] == "running"


def test_going_back_opens_a_branch(owner, bed):
    page = owner.page
    stepped(owner, bed, 8.0)
    owner.do(f"/api/beds/{bed}/requests", {"control": "pump.gain", "value": 0.5})
    owner.open(f"bed/{bed}/timeline?at=4")
    page.locator("twin-monitor canvas.trace").wait_for()
    expect(page.locator("twin-timeline path.branch")).to_have_count(0)
    page.get_by_role("button", name="Go on from 00:04").click()
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator("twin-timeline path.branch:not(.live)")).to_have_count(2)
    expect(page.locator(".clock .t")).to_have_text("00:04")
    branches = owner.get(f"/api/beds/{bed}/log")["branches"]
    assert branches[1] == {"id": 1, "parent": 0, "from_t_s": 4.0}
    assert now(owner, bed, "pump.gain") == pytest.approx(0.01)


def test_two_futures_are_drawn_as_the_server_computed_them(owner, bed):
    page = owner.page
    stepped(owner, bed, 5.0)
    owner.open(f"bed/{bed}/what-if")
    page.locator("twin-fork .chips button").last.click()
    page.locator("twin-fork twin-actions .item", has_text="Meal").click()
    page.get_by_role("button", name="Add to what if").click()
    page.get_by_role("button", name="5 min", exact=True).click()
    page.locator("twin-fork details summary").click()
    page.get_by_role("button", name="12", exact=True).click()
    page.get_by_role("button", name="Play both futures").click()
    page.locator("twin-fork .said").wait_for()
    found = owner.get(f"/api/beds/{bed}/forks/{re.search('fork=([0-9]+)', page.url)[1]}")
    assert found["members"] == 12
    ends = []
    for which, key, name in (("as-is", "as_is", "As it is"), ("changed", "changed", "With the change")):
        futures = page.locator(f'twin-future[which="{which}"]')
        expect(futures.locator("path.band")).to_have_count(2)
        low, middle, high = (found[key]["G"][p][-1] for p in ("p5", "p50", "p95"))
        assert low < middle < high
        said = f"G, {name}: {middle:.1f} ({low:.1f}–{high:.1f}) mg/dL, {shown(found['t_s'][-1])}"
        glucose = futures.get_by_role("img", name=said, exact=True)
        box = glucose.locator("path.band").bounding_box()
        assert box["width"] > 50
        assert box["height"] > 2
        ends.append(middle)
    assert ends[1] > ends[0] + 5
