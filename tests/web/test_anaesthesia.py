"""A real bed of anaesthesia behind the pages: what a ventilator is set to and refused, the body, the first look."""

import json
import re

import pytest

from tests.web.browser import DESK, Served, Visitor, make_account

pytestmark = pytest.mark.long

expect = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright").expect

_LOOP = """(canvas) => {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  const places = [];
  for (let i = 0; i < data.length; i += 4)
    if (Math.max(...data.slice(i, i + 3)) - Math.min(...data.slice(i, i + 3)) > 60) places.push((i / 4) % width);
  return { count: places.length, left: Math.min(...places) / width };
}"""
"""How many pixels of a canvas are coloured (its axes are grey), and the leftmost of them as a share of the width."""
COMPILED_MS = 600_000
"""A bed of a new kind is compiled for minutes."""


@pytest.fixture(scope="module")
def clinician(browser, tmp_path_factory):
    """Who opened the first bed of anaesthesia, and stands before it for the first time."""
    served = Served(tmp_path_factory.mktemp("anaesthesia") / "data", real=True)
    context = browser.new_context(viewport=DESK)
    context.add_init_script('localStorage.twinbed ??= \'{"language": "en", "theme": "dark"}\'')
    visitor = Visitor(context, context.new_page(), served.origin)
    visitor.listen()
    make_account(visitor.page, served.link, "Dr Han")
    bed = visitor.do("/api/beds", {"template": "anaesthesia"})["id"]
    visitor.open(f"bed/{bed}")
    visitor.page.locator("twin-monitor canvas.trace").first.wait_for(timeout=COMPILED_MS)
    yield visitor, bed
    context.close()
    served.kill()
    assert visitor.trouble == []


def stands(visitor, bed, control):
    """What a control stands at, as the server says."""
    return next(c for c in visitor.get(f"/api/beds/{bed}")["controls"] if c["id"] == control).get("now")


def knob(visitor, name):
    return visitor.page.locator("twin-control").filter(has=visitor.page.get_by_label(name, exact=True)).first


def turned(visitor, name, value):
    """Types a value at a device and confirms it; what the page then says."""
    at = knob(visitor, name)
    at.locator("input").fill(value)
    at.locator("input").press("Tab")
    at.get_by_role("button", name="Confirm").click()
    at.get_by_role("status").wait_for()
    return at.get_by_role("status").inner_text()


def test_the_first_look_leads_from_watching_to_a_drug_that_is_given(clinician):
    visitor, bed = clinician
    page = visitor.page
    tour = page.locator("twin-tour")
    expect(tour.locator("b")).to_have_text("Watch", timeout=60_000)
    expect(tour.locator(".dot")).to_have_count(4)
    tour.get_by_role("button", name="Next").click()
    expect(tour.locator("b")).to_have_text("Give a drug")
    page.locator("twin-actions .item", has_text="Phenylephrine").first.click()
    page.locator("twin-order .send").click()
    expect(tour.locator("b")).to_have_text("Ask what if", timeout=60_000)
    given = [e for e in visitor.get(f"/api/beds/{bed}/log")["entries"] if e.get("control") == "phenylephrine_rate"]
    assert [e["accepted"] for e in given] == [True]
    assert json.loads(page.evaluate("localStorage.twinbed"))["tourPassed"] == ["watch"]


def test_positive_pressure_is_set_and_the_ventilator_reports_it(clinician):
    visitor, bed = clinician
    visitor.open(f"bed/{bed}/devices")
    knob(visitor, "PEEP").wait_for()
    wanted = stands(visitor, bed, "ventilator_peep_set") or 5.0
    wanted = 8.0 if wanted != 8.0 else 6.0
    assert turned(visitor, "PEEP", f"{wanted:g}") == "Done"
    assert stands(visitor, bed, "ventilator_peep_set") == wanted


@pytest.mark.parametrize(("speed", "peep", "moves"), [(20, "18", "> left + 0.1"), (1, "5", "< left - 0.1")])
def test_loops_of_the_ventilator_move_with_positive_pressure_however_fast_time_goes(clinician, speed, peep, moves):
    """The tube is in after 150 s. The lowest pressure of a breath is the positive end-expiratory one."""
    visitor, bed = clinician
    page = visitor.page
    visitor.do(f"/api/beds/{bed}/clock", {"do": "speed", "value": 20})
    visitor.open(f"bed/{bed}/devices")
    loops = [page.locator(f"twin-loops canvas.{name}").element_handle() for name in ("pv", "fv")]
    number = page.locator("twin-number").filter(has_text="Vt")
    expect(number).to_contain_text(re.compile(r"[1-9]\d\d"), timeout=120_000)
    visitor.do(f"/api/beds/{bed}/clock", {"do": "speed", "value": speed})
    expect(page.locator("twin-strips .still")).to_have_count(int(speed > 10))
    for canvas in loops:
        page.wait_for_function(f"(canvas) => ({_LOOP})(canvas).count > 100", arg=canvas)
    before = loops[0].evaluate(_LOOP)["left"]
    assert turned(visitor, "PEEP", peep) == "Done"
    page.wait_for_function(f"([canvas, left]) => ({_LOOP})(canvas).left {moves}", arg=[loops[0], before])
    visitor.do(f"/api/beds/{bed}/clock", {"do": "speed", "value": 1})


def test_a_breath_that_leaves_no_time_to_breathe_out_is_refused_with_the_reason(clinician):
    visitor, bed = clinician
    visitor.open(f"bed/{bed}/devices")
    knob(visitor, "Inspiratory time").wait_for()
    assert turned(visitor, "Inspiratory time", "1.3") == "Done"
    said = turned(visitor, "Rate", "40")
    assert "breathe out" in said, said
    assert stands(visitor, bed, "ventilator_rate_set") != 40.0
    last = visitor.get(f"/api/beds/{bed}/log")["entries"][-1]
    assert (last["control"], last["accepted"]) == ("ventilator_rate_set", False)


def test_the_body_is_shown_and_said_in_words(clinician):
    visitor, bed = clinician
    visitor.open(f"bed/{bed}/body")
    picture = visitor.page.locator("twin-body .picture").locator("canvas, svg").first
    picture.wait_for()
    expect(visitor.page.locator("twin-body dl dd").first).to_be_visible()
    assert picture.bounding_box()["height"] > 200
