"""A watch on a real patient behind the pages: what its face says and refuses, its waves, its electrocardiogram."""

import re

import pytest

from tests.web.browser import DESK, PHONE, Served, Visitor, make_account, preferring
from tests.web.test_anaesthesia import COMPILED_MS, knob, stands
from tests.web.test_pages import _WIDE

pytestmark = pytest.mark.long

expect = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright").expect

ANSWERS_MS = 60_000
_INKED = """(canvas) => canvas.width > 1 && canvas.getContext("2d")
  .getImageData(0, 0, canvas.width, canvas.height).data.some((v, i) => i % 4 === 3 && v > 127)"""


@pytest.fixture(scope="module")
def worn(browser, tmp_path_factory):
    """Who looks at the devices of a bed with a watch, which goes ten times as fast as the clock."""
    served = Served(tmp_path_factory.mktemp("watch") / "data", real=True)
    context = browser.new_context(viewport=DESK)
    preferring(context)
    visitor = Visitor(context, context.new_page(), served.origin)
    visitor.listen()
    make_account(visitor.page, served.link, "Dr Han")
    bed = visitor.do("/api/beds", {"template": "step_down"})["id"]
    visitor.open(f"bed/{bed}")
    visitor.page.locator("twin-monitor canvas.trace").first.wait_for(timeout=COMPILED_MS)
    visitor.do(f"/api/beds/{bed}/clock", {"do": "speed", "value": 10})
    visitor.open(f"bed/{bed}/devices")
    yield visitor, bed
    context.close()
    served.kill()
    assert visitor.trouble == []


def rate(visitor):
    return visitor.page.locator("twin-watch .rate span")


def paused(visitor, bed):
    """What the watch says where time stands, as the server knows it."""
    visitor.do(f"/api/beds/{bed}/clock", {"do": "pause"})
    t_s = visitor.get(f"/api/beds/{bed}")["t_s"]
    return visitor.get(f"/api/beds/{bed}/moment?at={t_s}")["devices"]["watch"]


def chosen(visitor, where):
    """Takes the watch off, or puts it on."""
    at = knob(visitor, "Watch")
    at.get_by_label("Watch").select_option(where)
    at.get_by_role("button", name="Confirm").click()
    expect(at.get_by_role("status")).to_have_text("Done")


def test_the_face_says_what_the_watch_reads(worn):
    visitor, bed = worn
    expect(rate(visitor)).to_have_text(re.compile(r"^\d+$"), timeout=ANSWERS_MS)
    said = paused(visitor, bed)
    expect(rate(visitor)).to_have_text(f"{said['watch_heart_rate']:.0f}")
    face = visitor.page.locator("twin-watch .face")
    expect(face).to_contain_text(f"Quality {100 * said['watch_quality']:.0f} %")
    expect(face).to_contain_text(f"{said['watch_steps']:.0f} steps")
    expect(visitor.page.locator("twin-watch canvas")).to_have_count(2)
    for wave in ("PPG", "Accel"):
        strip = visitor.page.get_by_role("img", name=wave).element_handle()
        visitor.page.wait_for_function(_INKED, arg=strip)
    visitor.do(f"/api/beds/{bed}/clock", {"do": "resume"})


def test_an_electrocardiogram_is_recorded_by_the_keyboard_and_stays_when_one_looks_elsewhere(worn):
    visitor, bed = worn
    ecg = visitor.page.locator("twin-watch .ecg")
    expect(ecg).to_contain_text("Nothing recorded yet")
    button = visitor.page.get_by_role("button", name="Record an ECG with the watch")
    button.focus()
    visitor.page.keyboard.press("Enter")
    expect(ecg.locator("p")).to_contain_text(re.compile(r"^Recording, \d+ of 30 s"))
    expect(ecg.locator("p")).to_contain_text(re.compile(r"^30 s recorded from \d\d:\d\d"), timeout=ANSWERS_MS)
    drawn = visitor.page.get_by_role("img", name="The electrocardiogram that the watch recorded").locator("path").last
    whole = (
        "e => Number(e.getAttribute('d').match(/([\\d.]+) [\\d.]+$/)[1]) >= 187"  # its last waves come after the word
    )
    visitor.page.wait_for_function(whole, arg=drawn.element_handle())
    path = drawn.get_attribute("d")
    assert path.count("M") == 4, "four rows of 7.5 s, without a gap"
    beats = _beats(path)
    said = [hr for hr in visitor.get(f"/api/beds/{bed}/trends?points=5000")["numbers"]["HR"] if hr]
    assert min(said) / 2.0 - 3 <= beats <= max(said) / 2.0 + 3, "in half a minute as many as the monitor counts"
    visitor.open(f"bed/{bed}")
    visitor.page.locator("twin-monitor canvas.trace").first.wait_for()
    visitor.open(f"bed/{bed}/devices")
    expect(drawn).to_have_attribute("d", path)


def _beats(path):
    """Complexes: how often the line rises through half of its highest, at 10 mm/mV."""
    points = [tuple(map(float, p.split())) for p in re.findall(r"[\d.]+ -?[\d.]+", path)]
    heights = [12.4 + 20.0 * (i // 750) - y for i, (_, y) in enumerate(points)]
    half = 0.5 * max(heights)
    return sum(a <= half < b for a, b in zip(heights, heights[1:], strict=False))


def test_off_the_wrist_the_watch_shows_no_rate_and_says_so(worn):
    visitor, bed = worn
    chosen(visitor, "Taken off")
    assert stands(visitor, bed, "watch_off") == 1.0
    panel = visitor.page.get_by_role("region", name="Watch", exact=True)
    expect(panel.get_by_text("No heart rate")).to_be_visible(timeout=ANSWERS_MS)
    expect(panel.get_by_text("No steady pulse")).to_be_visible()
    expect(rate(visitor)).to_have_text("--")
    chosen(visitor, "On the wrist")
    expect(rate(visitor)).to_have_text(re.compile(r"^\d+$"), timeout=ANSWERS_MS)
    expect(panel.get_by_text("No heart rate")).to_have_count(0)


def test_the_watch_speaks_korean_on_a_phone(worn):
    visitor, bed = worn
    visitor.page.set_viewport_size(PHONE)
    assert visitor.send("PATCH", "/api/me", {"language": "ko"}).ok
    visitor.page.evaluate('localStorage.twinbed = JSON.stringify({language: "ko", theme: "light", toured: true})')
    visitor.page.reload()
    visitor.open(f"bed/{bed}/devices")
    panel = visitor.page.get_by_role("region", name="스마트워치", exact=True)
    expect(panel.get_by_text("워치 심전도(ECG)")).to_be_visible()
    expect(panel.get_by_text(re.compile(r"^품질 \d+%$"))).to_be_visible()
    expect(panel.get_by_role("button", name="워치로 심전도 기록")).to_be_visible()
    assert visitor.page.evaluate(_WIDE) <= 0
