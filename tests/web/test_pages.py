"""The pages with the server they are for: what is shown is what the server says, what is asked for is done or refused."""

import base64
import decimal
import functools
import json
import re

import numpy as np
import pytest
from websockets.sync.client import connect

from tests.web.bed import MEAN_MMHG, SWING_MMHG
from tests.web.browser import LIT, PASSWORD, PHONE, preferring
from tests.web.conftest import OWNER

pytestmark = pytest.mark.long

expect = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright").expect
expect.set_options(timeout=30_000)

_BOTH = "SIMULATION · not for clinical use / 교육용 시뮬레이션"
_ANY_LANGUAGE = {
    *("twinbed", "English", "Parquet", "HTML", "ABP", "MAP", "mmHg", "min", "SpO", "EtCO", "UTC"),
    *("UVA", "DDD", "IEC", "good", "bad", "colour"),  # a model, a mode, a standard, devices as protocols call them
    *("twins", "json"),  # of the file of a twin
    *("Ann", "Han", "student", "somebody", "quick"),  # names of people
    *("Sensor", "Pump", "Line"),  # names of devices, by whoever made the bed
}
"""Words of three letters and more that a Korean page may have."""
_IDS = r"[0-9a-f]{12,}|[a-z_]+(/[a-z0-9_]+)+"
"""Hashes and components."""
_C4_HZ = 261.63
_MEASURED_S = 0.011
"""How well a gap is measured: its begin and its end to 5 ms each."""
_PAD_PX, _PEN_PX = 4, 1.75
"""Of a strip, as `sweep.ts` has them."""

_SEEN = """() => {
  const found = [];
  const walk = (root) => {
    for (const node of root.childNodes) {
      if (node.nodeType === Node.TEXT_NODE && node.textContent.trim()) found.push(node.textContent.trim());
      if (node.nodeType !== Node.ELEMENT_NODE || !node.checkVisibility() || /^(STYLE|SCRIPT)$/.test(node.tagName)) continue;
      if (node.lang === "en") continue;
      for (const name of ["aria-label", "title", "placeholder"])
        if (node.getAttribute(name)) found.push(node.getAttribute(name));
      if (node.shadowRoot) walk(node.shadowRoot);
      walk(node);
    }
  };
  walk(document.body);
  return found;
}"""
"""Every text of the page that is shown or read aloud, but for what is marked as English."""

_WIDE = """async () => {
  for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
  const main = document.querySelector("twin-app").shadowRoot.querySelector("main");
  return Math.max(document.documentElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth);
}"""
"""By how many pixels the page is wider than its window, once it is laid out."""


def pages(bed):
    """Addresses, and what is there once a page is whole."""
    return {
        "ward": "twin-tile",
        f"bed/{bed}": "twin-monitor canvas.trace",
        f"bed/{bed}/what-if": "twin-fork .play",
        f"bed/{bed}/devices": "twin-device",
        f"bed/{bed}/timeline": "twin-trends",
        f"bed/{bed}/body": "twin-body",
        "studies": "twin-studies h1",
        "twins": "twin-twins article",
        "twins/devices": "twin-twins article",
        "twins/fitted": "twin-twins h1",
        "twins/of/Ann": "twin-fitted h1",
        "people": "twin-people tbody tr",
        "audit": "twin-audit tbody tr",
    }


def test_the_link_of_the_first_start_makes_one_account_and_no_second(owner, served, visit):
    me = owner.get("/api/me")
    assert (me["name"], me["role"]) == (OWNER, "administrator")
    other = visit(expected=(" 401 ", " 403 ", " 404 ", " 409 ", " 410 "))
    other.page.goto(served.link)
    said = other.page.locator("twin-sign-in [role=alert]")
    expect(said).to_contain_text("This link does not work (any more).")
    other.page.locator("input[name=name]").fill(OWNER)
    other.page.locator("input[name=password]").fill("not my password")
    other.page.locator("twin-sign-in button.primary").click()
    expect(said).to_contain_text("Name or password is wrong.")
    assert other.context.request.get(other.origin + "/api/beds").status == 401
    other.page.locator("input[name=password]").fill(PASSWORD)
    other.page.locator("twin-sign-in button.primary").click()
    other.page.locator("twin-ward").wait_for()
    assert served.link.rpartition("/")[2] not in "".join(u.partition("#")[0] for u in other.requests)


def test_nothing_is_sent_before_a_link_has_said_what_it_needs(owner, visit):
    """The link is opened where the page is open already, which is the same page for the browser."""
    link = owner.do("/api/invitations", {"role": "viewer", "expires_h": 1})["link"]
    held = []
    viewer = visit()
    viewer.page.goto(viewer.origin)
    viewer.page.locator("twin-sign-in form").wait_for()
    viewer.page.route("**/api/sign-in/link", lambda route: held.append(route), times=1)
    with viewer.page.expect_request("**/api/sign-in/link"):
        viewer.page.goto(link)
    viewer.page.locator("input[name=name]").fill("somebody quick")
    viewer.page.locator("input[name=password]").fill(PASSWORD)
    enter = viewer.page.locator("twin-sign-in button.primary")
    expect(enter).to_be_disabled()
    held[0].continue_()
    enter.click()
    viewer.page.locator("twin-ward").wait_for()
    assert viewer.get("/api/me")["name"] == "somebody quick"


def paused(owner, bed):
    owner.do(f"/api/beds/{bed}/clock", {"do": "pause"})
    return owner.get(f"/api/beds/{bed}")["t_s"]


def stepped(owner, bed, pages=1):
    """Where a bed that stands is after so many pages."""
    for _ in range(pages):
        t_s = owner.do(f"/api/beds/{bed}/clock", {"do": "step"})["clock"]["t_s"]
    return t_s


def shown(t_s):
    return f"{int(t_s) // 60:02d}:{int(t_s) % 60:02d}"


def tenths(value):
    """A number as browsers round it: halves upwards."""
    return str(decimal.Decimal(value).quantize(decimal.Decimal("0.1"), decimal.ROUND_HALF_UP))


def entries(owner, bed):
    return owner.get(f"/api/beds/{bed}/log")["entries"]


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
    cookie = "; ".join(f"{c['name']}={c['value']}" for c in owner.context.cookies())
    stood_s = paused(owner, bed)
    with connect(address, origin=owner.origin, additional_headers={"Cookie": cookie}) as socket:
        socket.send(json.dumps({"watch": {bed: {"waves": [], "numbers": True}}}))
        seen = set()
        for t_s in (stood_s + 1, stood_s + 2, stood_s + 3):
            page.get_by_role("button", name="One step").click()
            told = next(m for m in map(json.loads, socket) if m["kind"] == "numbers" and m["t_s"] == t_s)
            pressure, glucose = f"{told['values']['MAP']:.0f}", f"{told['values']['G']:.1f}"
            group = page.get_by_role("group", name=f"MAP {pressure} mmHg", exact=True)
            expect(group.locator(".digits")).to_have_text(pressure)
            group = page.get_by_role("group", name=f"G {glucose} mg/dL", exact=True)
            expect(group.locator(".digits")).to_have_text(glucose)
            expect(page.locator(".clock .t")).to_have_text(shown(t_s))
            seen.add(glucose)
        assert len(seen) > 1


def test_a_device_is_set_after_it_is_confirmed(owner, bed):
    page = owner.page
    owner.open(f"bed/{bed}/devices")
    knob = page.locator("twin-control", has_text="Gain")
    knob.locator("input").fill("0.5")
    knob.locator("input").press("Tab")
    knob.get_by_role("button", name="Confirm").wait_for()
    assert now(owner, bed, "pump.gain") != 0.5
    knob.get_by_role("button", name="Confirm").click()
    expect(knob.get_by_role("status")).to_have_text("Done")
    assert now(owner, bed, "pump.gain") == 0.5
    entry = entries(owner, bed)[-1]
    assert (entry["control"], entry["value"], entry["accepted"]) == ("pump.gain", 0.5, True)


def test_what_is_out_of_range_is_refused_with_the_reason(owner, bed):
    page, before = owner.page, entries(owner, bed)
    page.locator("twin-actions .item", has_text="Meal").click()
    amount = page.locator("twin-order input[type=number]")
    amount.fill("900")
    page.locator("twin-order .send").click()
    assert amount.evaluate("e => e.validity.rangeOverflow")  # the page itself knows better
    assert entries(owner, bed) == before
    amount.evaluate("e => (e.form.noValidate = true)")
    page.locator("twin-order .send").click()
    expect(page.locator("twin-actions .said.no")).to_contain_text("Meal: 900 is outside 0 to 200 g")
    (entry,) = entries(owner, bed)[len(before) :]
    assert not entry["accepted"]


def test_a_viewer_watches_and_may_do_nothing_else(owner, bed, visit):
    page, before = owner.page, entries(owner, bed)
    owner.open("people")
    page.locator("select[name=role]").select_option("viewer")
    page.get_by_role("button", name="Make a link").click()
    link = page.locator("twin-people .link input").input_value()
    viewer = visit()
    viewer.page.goto(link)
    viewer.page.locator("input[name=name]").fill("a student")
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
    assert "A viewer may not give drugs" in answer.json()["error"]["message"]
    assert entries(owner, bed) == before


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
    alarm = owner.get(f"/api/beds/{bed}/log")["alarms"][-1]
    assert (alarm["id"], alarm["priority"], alarm["until_s"]) == ("pressure_low", 2, None)
    owner.do(f"/api/beds/{bed}/requests", {"control": "alarms.pressure_low", "value": 60})
    expect(strip).to_have_text("No alarm")


def alarming(owner, bed, limit_mmhg):
    owner.do(f"/api/beds/{bed}/requests", {"control": "alarms.pressure_low", "value": limit_mmhg})


def test_a_pause_of_the_sound_leaves_what_is_seen_as_it_is(owner, bed):
    """IEC 60601-1-8:2006, 6.8: audio paused does not end the visual signal, nor is it an acknowledgement."""
    page = owner.page
    alarming(owner, bed, 105)
    said = page.locator("twin-alarms [role=alert]")
    expect(said).to_have_text("medium priority: Pressure low")
    expect(page.get_by_role("button", name="Audio off")).to_have_count(1)  # on the header alone
    page.get_by_role("button", name="Pause audio").click()
    paused = page.locator("twin-alarms .paused")
    expect(paused).to_contain_text(re.compile("0[12]:[0-5][0-9]"))
    paused.click()  # what was paused can be heard again before its time
    page.get_by_role("button", name="Pause audio").click()
    expect(paused).to_contain_text(re.compile("0[12]:[0-5][0-9]"))
    expect(page.locator("twin-alarms .text.p2:not(.done)")).to_contain_text("Pressure low")
    expect(page.locator("twin-number[priority='2']:not([acknowledged])")).to_contain_text("MAP")
    expect(said).to_have_text("medium priority: Pressure low")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("twin-alarms .text.p2.done")).to_contain_text("Pressure low")
    expect(page.locator("twin-number[priority='2'][acknowledged]")).to_contain_text("MAP")
    expect(said).to_have_text("All alarms are acknowledged (1)")
    alarming(owner, bed, 60)
    expect(said).to_have_text("No alarm")


def test_the_ward_says_why_a_bed_is_not_there(owner, bed):
    page = owner.page
    trouble = {
        "bed": "lost", "title": "The lost one", "message": "its file is not whole", "message_ko": "파일이 온전하지 않습니다",
        "advice": "Restore it.", "advice_ko": "복원하십시오.",
    }  # fmt: skip
    page.route("**/api/ward", lambda asked: asked.fulfill(json={"troubles": [trouble]}))
    owner.open("ward")
    expect(page.locator("twin-ward .note")).to_have_text("The lost one: its file is not whole Restore it.")
    page.unroute("**/api/ward")
    assert owner.get("/api/ward") == {"troubles": []}
    page.reload()
    page.locator("twin-tile").first.wait_for()
    expect(page.locator("twin-ward .note")).to_have_count(0)


COUNTED = """
  window.pulses = 0;
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...when) { window.pulses++; return start.apply(this, when); };
"""


@pytest.fixture
def heard(owner, bed):
    """Waits until so many pulses of alarms were written to be heard; the sound is on, and nothing alarms."""
    page = owner.page
    page.add_init_script(COUNTED)
    owner.open("ward")
    page.reload()
    expect(page.locator("twin-tile .alarm")).to_contain_text("No alarm")
    page.locator("twin-call button").click()
    expect(page.locator("twin-call button")).to_contain_text("Audio on")
    yield lambda n: page.wait_for_function("n => window.pulses === n", arg=n)
    alarming(owner, bed, 60)


def test_the_ward_sounds_what_alarms_unless_one_turned_it_off_for_oneself(owner, bed, heard):
    page = owner.page
    shown, sound = page.locator("twin-tile .alarm"), page.locator("twin-call button")
    alarming(owner, bed, 105)
    expect(shown).to_contain_text("Pressure low")
    heard(3)  # as many as medium priority has
    sound.click()
    expect(sound).to_contain_text("Muted for you")
    alarming(owner, bed, 60)
    expect(shown).to_contain_text("No alarm")
    alarming(owner, bed, 105)
    expect(shown).to_contain_text("Pressure low")
    heard(3)
    sound.click()
    heard(6)
    alarming(owner, bed, 60)
    expect(shown).to_contain_text("No alarm")


def test_what_alarms_is_heard_and_told_on_every_page_and_while_one_looks_at_the_past(owner, bed, heard):
    page = owner.page
    call = page.locator("twin-call a")
    expect(call).to_have_count(0)
    heard(0)
    owner.open("people")
    page.locator("twin-people tbody tr").first.wait_for()
    alarming(owner, bed, 105)
    expect(call).to_contain_text("Pressure low")
    heard(3)
    call.click()
    page.locator("twin-monitor canvas.trace").wait_for()
    expect(page.locator("twin-alarms .text")).to_contain_text("Pressure low")
    expect(call).to_have_count(0)  # one sees it
    alarming(owner, bed, 60)
    expect(page.locator("twin-alarms .text")).to_contain_text("No alarm")
    owner.open(f"bed/{bed}?at=1")
    page.get_by_role("button", name="Back to now").first.wait_for()
    alarming(owner, bed, 105)
    expect(call).to_contain_text("Pressure low")
    heard(6)


def test_a_lost_connection_is_an_alarm_of_low_priority_on_every_page(browser, cookies, served):
    context = browser.new_context(storage_state=cookies)
    preferring(context)
    context.add_init_script(COUNTED)
    page = context.new_page()
    lines = []
    page.route_web_socket("**/api/live", lambda line: lines.append((line, line.connect_to_server())))
    page.goto(f"{served.origin}/#/audit")
    page.locator("twin-call button").click()
    expect(page.locator("twin-call button")).to_contain_text("Audio on")
    page.route_web_socket("**/api/live", lambda line: line.close())
    lines[-1][0].close()
    expect(page.locator("twin-app .link")).to_contain_text("Technical alarm, low priority")
    page.wait_for_function("() => window.pulses === 2")  # as many as low priority has
    context.close()


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
    page, branches = owner.page, lambda: owner.get(f"/api/beds/{bed}/log")["branches"]
    paused(owner, bed)
    at_s = stepped(owner, bed)
    before, gain = branches(), now(owner, bed, "pump.gain")
    stepped(owner, bed, 3)
    owner.do(f"/api/beds/{bed}/requests", {"control": "pump.gain", "value": 1.5})
    assert now(owner, bed, "pump.gain") == 1.5
    owner.open(f"bed/{bed}/timeline?at={at_s:g}")
    page.locator("twin-monitor canvas.trace").wait_for()
    page.get_by_role("button", name=f"Go on from {shown(at_s)}").click()
    page.get_by_role("button", name="Confirm").click()
    drawn = page.locator("twin-timeline path.branch:not(.live)")
    expect(drawn).to_have_count(len(before) + 1)
    expect(page.locator(".clock .t")).to_have_text(shown(at_s))
    assert branches() == [*before, {"id": len(before), "parent": before[-1]["id"], "from_t_s": at_s}]
    assert now(owner, bed, "pump.gain") == gain
    page.get_by_role("link", name="Devices", exact=True).click()
    knob = page.locator("twin-control", has_text="Gain").locator("input")
    page.wait_for_function("([knob, gain]) => Number(knob.value) === gain", arg=[knob.element_handle(), gain])
    numbers = owner.get(f"/api/beds/{bed}/trends?from={at_s - 1}&to={at_s}&points=1")["numbers"]
    expect(page.locator("twin-vitals twin-number", has_text="MAP").locator(".digits")).to_have_text(
        f"{numbers['MAP'][-1]:.0f}"
    )


def test_two_futures_are_drawn_as_the_server_computed_them(owner, bed):
    page = owner.page
    paused(owner, bed)
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
        expect(futures.locator("path.band")).to_have_count(len(found[key]))
        low, middle, high = (found[key]["G"][p][-1] for p in ("p5", "p50", "p95"))
        assert low < middle < high
        said = f"G, {name}: {tenths(middle)} ({tenths(low)}–{tenths(high)}) mg/dL, {shown(found['t_s'][-1])}"
        glucose = futures.get_by_role("img", name=said, exact=True)
        expect(glucose).to_have_count(1)
        box = glucose.locator("path.band").bounding_box()
        assert box["width"] > 50
        assert box["height"] > 2
        ends.append(middle)
    assert ends[1] > ends[0] + 5


def burst(page, priority):
    """One burst of an alarm as samples, and their rate."""
    rendered = """async priority => {
      const buffer = await customElements.get("twin-monitor").renderAlarm(priority);
      const bytes = new Uint8Array(buffer.getChannelData(0).buffer);
      let text = "";
      for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
      return [buffer.sampleRate, btoa(text)];
    }"""
    rate_hz, samples = page.evaluate(rendered, priority)
    return np.frombuffer(base64.b64decode(samples), "<f4").astype(float), rate_hz


def pulses(samples, rate_hz):
    """Beginnings and ends in seconds: where the level over 5 ms is above a tenth of the loudest."""
    hop = round(0.005 * rate_hz)
    level = np.sqrt(np.mean(samples[: len(samples) // hop * hop].reshape(-1, hop) ** 2, axis=1))
    edges = np.diff(np.concatenate([[0], (level > 0.1 * level.max()).astype(int), [0]]))
    return np.flatnonzero(edges == 1) * 0.005, np.flatnonzero(edges == -1) * 0.005


@pytest.mark.parametrize(
    ("priority", "n", "long_s", "apart_s"),
    [(3, 10, (0.075, 0.2), (0.05, 0.125)), (2, 3, (0.125, 0.25), (0.125, 0.25)), (1, 2, (0.125, 0.25), (0.125, 0.25))],
)
def test_an_alarm_sounds_as_many_pulses_as_its_priority_has(owner, priority, n, long_s, apart_s):
    """IEC 60601-1-8:2006, table 3: number of pulses, their length, and the time from one to the next."""
    owner.open("ward")
    owner.page.locator("twin-ward").wait_for()
    begins, ends = pulses(*burst(owner.page, priority))
    assert len(begins) == n
    lasts, gaps = ends - begins, begins[1:] - ends[:-1]
    assert np.all((lasts >= long_s[0]) & (lasts <= long_s[1]))
    x = gaps[0]
    assert apart_s[0] <= x <= apart_s[1]
    if priority < 3:
        np.testing.assert_allclose(gaps, x, atol=_MEASURED_S)
        return
    np.testing.assert_allclose(gaps[[0, 1, 3]], x, atol=_MEASURED_S)
    assert gaps[2] == pytest.approx(2 * x + lasts[2], abs=2 * _MEASURED_S)  # three, and two
    np.testing.assert_allclose(gaps[5:], gaps[:4], atol=_MEASURED_S)  # and once more
    assert 0.35 <= gaps[4] <= 1.3


def test_a_pulse_has_four_harmonics_within_15_db(owner):
    """IEC 60601-1-8:2006, table 4: a pitch of 150 to 1000 Hz, and four of 300 to 4000 Hz within 15 dB of it."""
    owner.open("ward")
    owner.page.locator("twin-ward").wait_for()
    samples, rate_hz = burst(owner.page, 3)
    first = samples[round(0.03 * rate_hz) : round(0.12 * rate_hz)]
    strength = np.abs(np.fft.rfft(first * np.hanning(len(first)), 1 << 16))
    hz = np.fft.rfftfreq(1 << 16, 1 / rate_hz)
    assert hz[strength.argmax()] == pytest.approx(_C4_HZ, abs=3.0)
    near = lambda k: strength[np.abs(hz - k * _C4_HZ) < 20].max()
    levels = 20 * np.log10([near(k) / near(1) for k in range(2, 16)])
    assert np.sum(np.abs(levels) <= 15) >= 4


def test_in_korean_no_english_is_left(owner, bed, twin):
    refused = owner.send("POST", f"/api/beds/{bed}/requests", {"control": "carbohydrate", "value": 5000})
    assert refused.status == 409
    made = [row["detail"] for row in owner.get("/api/audit") if row["what"].startswith("bed ")]
    named = [
        detail[k] for detail in made for k in ("bed", "title") if k in detail
    ]  # as they were made, in any language
    own = lambda text: functools.reduce(lambda rest, other: rest.replace(other, ""), [_BOTH, *named], text)
    owner.do(f"/api/beds/{bed}/requests", {"control": "carbohydrate", "value": 40})
    owner.page.locator("summary").click()
    owner.page.locator(".menu select").first.select_option(label="한국어")
    expect(owner.page.get_by_text("로그아웃")).to_be_visible()
    for where, there in pages(bed).items():
        owner.open(where)
        owner.page.locator(there).first.wait_for()
        seen = [own(text) for text in owner.page.evaluate(_SEEN) if not re.fullmatch(_IDS, text)]
        assert any("가" <= letter <= "힣" for text in seen for letter in text)
        assert [text for text in seen if set(re.findall("[A-Za-z]{3,}", text)) - _ANY_LANGUAGE] == [], where
    assert owner.get("/api/me")["language"] == "ko"


def test_no_page_is_wider_than_a_phone(owner, bed, twin):
    owner.page.set_viewport_size(PHONE)
    for language in ("en", "ko"):
        owner.send("PATCH", "/api/me", {"language": language})
        owner.page.reload()
        expect(owner.page.locator(f"html[lang={language}]")).to_have_count(1)
        for where, there in pages(bed).items():
            owner.open(where)
            owner.page.locator(there).first.wait_for()
            assert owner.page.evaluate(_WIDE) <= 0, (where, language)


def test_the_policy_is_strict_and_holds(owner, bed, twin):
    page = owner.page
    answer = owner.context.request.get(owner.origin + "/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    page.evaluate("""() => {
      window.broken = [];
      document.addEventListener("securitypolicyviolation", e => window.broken.push(e.effectiveDirective));
    }""")
    for where, there in pages(bed).items():
        page.evaluate("where => (location.hash = where)", f"#/{where}")
        page.locator(there).first.wait_for()
    assert page.evaluate("window.broken") == []
    owner.expected = (*owner.expected, "Content Security Policy")
    page.evaluate("""() => {
      const script = document.createElement("script");
      script.textContent = "window.ran = true";
      document.body.append(script);
    }""")
    page.wait_for_function("() => window.broken.length")
    assert page.evaluate("[window.ran === undefined, window.broken[0]]") == [True, "script-src-elem"]


def test_what_is_lost_comes_back_with_all_that_was_acknowledged(owner, bed, served):
    page = owner.page
    owner.do(f"/api/beds/{bed}/requests", {"control": "pump.gain", "value": 0.25})
    before = owner.get(f"/api/beds/{bed}")["t_s"]
    owner.expected = (*owner.expected, "ERR_CONNECTION", "WebSocket")
    served.kill()
    page.locator(".link[role=alert]").wait_for()
    served.start()
    page.locator(".link[role=alert]").wait_for(state="detached")
    after = page.locator(".clock .t")
    page.wait_for_function("([e, was]) => e.textContent !== was", arg=[after.element_handle(), after.inner_text()])
    lives = owner.get(f"/api/beds/{bed}")
    assert lives["state"] == "running"
    assert lives["t_s"] >= before - 1.0
    assert next(c["now"] for c in lives["controls"] if c["id"] == "pump.gain") == 0.25
