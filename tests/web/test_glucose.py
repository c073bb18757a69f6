"""The page of a bed with a glucose sensor and an insulin pump: it shows what the server says, in either unit."""

import re
import time

import pytest

from tests.web.browser import PHONE
from tests.web.test_pages import _ANY_LANGUAGE, _BOTH, _SEEN, _WIDE

expect = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright").expect
expect.set_options(timeout=30_000)

pytestmark = pytest.mark.long

MG_DL_PER_MMOL_L = 18.016
_NAMES = _ANY_LANGUAGE | {"IOB", "mmol", "Battelino", "kPa", "administrator"}
_STARTS_S = 120.0


@pytest.fixture(scope="module")
def opened(browser, cookies, served):
    """The id of a bed of diabetes, which stands; it goes when the tests are over."""
    context = browser.new_context(storage_state=cookies)
    headers = {"X-Twinbed": "1", "Origin": served.origin}
    ask = lambda method, path, body=None: context.request.fetch(
        served.origin + path, method=method, data=body, headers=headers
    )
    made = ask("POST", "/api/beds", {"template": "diabetes"})
    assert made.ok, made.text()
    bed = f"/api/beds/{made.json()['id']}"
    until = time.monotonic() + _STARTS_S
    while (state := ask("GET", bed).json()["state"]) == "starting":
        assert time.monotonic() < until
        time.sleep(0.2)  # the process of the server is another
    assert state == "running"
    assert ask("POST", f"{bed}/clock", {"do": "pause"}).ok
    yield made.json()["id"]
    assert ask("DELETE", bed).ok
    context.close()


@pytest.fixture
def bed(owner, opened):
    """The bed, with the administrator before it."""
    owner.open(f"bed/{opened}")
    owner.page.locator("twin-glucose-chart svg circle").first.wait_for()
    return opened


def last(owner, bed):
    """The numbers at the end of what has been."""
    trends = owner.get(f"/api/beds/{bed}/trends?points=5000")
    return {name: values[-1] for name, values in trends["numbers"].items()}


def test_the_number_is_the_sensors_in_either_unit(owner, bed):
    page, glucose = owner.page, last(owner, bed)["glucose"]
    number = page.locator("twin-glucose .big b")
    expect(number).to_have_text(f"{glucose:.0f}")
    page.get_by_role("button", name="mmol/L").click()
    expect(number).to_have_text(f"{glucose / MG_DL_PER_MMOL_L:.1f}")
    expect(page.locator("twin-glucose-chart svg text", has_text="10.0")).to_have_count(1)
    page.get_by_role("button", name="mg/dL").click()
    expect(number).to_have_text(f"{glucose:.0f}")


def test_time_in_range_is_that_of_the_readings(owner, bed):
    owner.page.get_by_role("button", name="12 h").click()
    values = [v for v in owner.get(f"/api/beds/{bed}/trends?points=5000")["numbers"]["glucose"][-720:] if v is not None]
    share = sum(70 <= round(v) <= 180 for v in values) / len(values)
    said = owner.page.locator("twin-glucose .legend .z2 b")
    assert float(said.inner_text().removesuffix(" %")) == pytest.approx(100 * share, abs=0.6)


def test_a_bolus_by_the_calculator_is_asked_for_and_drawn(owner, bed):
    page = owner.page
    drawn = page.locator("twin-glucose-chart rect.bolus")
    expect(drawn).to_have_count(1)  # that of the breakfast, by the script
    page.get_by_text("Bolus calculator").click()
    page.locator("twin-bolus-calculator input").fill("56")
    advised = float(page.locator("twin-bolus-calculator .dose").inner_text().removesuffix(" U"))
    assert 3.0 < advised < 6.5  # 4 U for the meal, and what glucose is away from 110
    page.locator("twin-bolus-calculator button").click()
    expect(page.locator("twin-bolus-calculator p[role=status]").last).to_have_text("Done")
    asked = [e for e in owner.get(f"/api/beds/{bed}/log")["entries"] if e["control"] == "injection"]
    assert asked[-1]["accepted"]
    assert asked[-1]["value"] == pytest.approx(advised)
    owner.do(f"/api/beds/{bed}/clock", {"do": "step"})
    owner.do(f"/api/beds/{bed}/clock", {"do": "step"})
    expect(drawn).to_have_count(2)


def test_the_loop_and_the_pump_are_switched_at_the_keys(owner, bed):
    page = owner.page
    page.get_by_role("button", name="Closed loop on").click()
    expect(page.get_by_role("button", name="Closed loop off")).to_be_visible()
    page.get_by_role("button", name="Closed loop off").click()
    page.get_by_role("button", name="Suspend insulin").click()
    expect(page.get_by_role("button", name="Resume insulin")).to_be_visible()
    owner.do(f"/api/beds/{bed}/clock", {"do": "step"})
    expect(page.locator("twin-glucose dl dd").nth(1)).to_contain_text("0.00 U/h · suspended")
    page.get_by_role("button", name="Resume insulin").click()
    expect(page.get_by_role("button", name="Suspend insulin")).to_be_visible()


def test_the_past_is_the_glucose_screen_of_that_moment(owner, bed):
    """Its number, as many readings as there were by then within the six hours before it, and what devices showed."""
    page, trends = owner.page, owner.get(f"/api/beds/{bed}/trends?points=5000")
    drawn = page.locator("twin-glucose-chart svg circle")
    now = drawn.count()
    at = len(trends["t_s"]) // 4
    t_s, glucose = trends["t_s"][at], trends["numbers"]["glucose"]
    owner.open(f"bed/{bed}/timeline?at={round(t_s)}")
    screen = page.locator("twin-glucose[still]")
    expect(screen.locator(".big b")).to_have_text(f"{glucose[at]:.0f}")
    when = f"Day {int(t_s) // 86400 + 1} {int(t_s) // 3600 % 24:02d}:{int(t_s) // 60 % 60:02d}"
    expect(page.locator(".past")).to_contain_text(when)
    age = owner.get(f"/api/beds/{bed}/moment?at={t_s}")["devices"]["receiver"]["cgm_age"]
    expect(screen.locator(".big p")).to_contain_text(f"{age:.0f} min ago")
    left = trends["numbers"]["reservoir"][at]
    expect(page.locator("twin-devices[still]")).to_contain_text(f"{left:.0f} of 300 U")
    expect(page.locator("twin-devices[still] input").first).to_be_disabled()
    expect(screen.get_by_role("button", name="Finger-stick")).to_have_count(0)
    assert 0 < drawn.count() < now
    page.get_by_role("button", name="mmol/L").click()
    expect(screen.locator(".big b")).to_have_text(f"{glucose[at] / MG_DL_PER_MMOL_L:.1f}")
    page.get_by_role("button", name="mg/dL").click()
    page.locator(".past").get_by_role("button", name="Back to now").click()
    expect(screen).to_have_count(0)


def test_arrow_keys_read_the_trace(owner, bed):
    chart = owner.page.locator("twin-glucose-chart")
    chart.focus()
    owner.page.keyboard.press("ArrowLeft")
    first = owner.page.locator("twin-glucose-chart .tip b")
    was = first.inner_text()
    owner.page.keyboard.press("ArrowLeft")
    expect(first).not_to_have_text(was)
    assert re.fullmatch(r"\d\d:\d\d", was)


def test_futures_of_glucose_are_played(owner, bed):
    page = owner.page
    owner.open(f"bed/{bed}/what-if")
    page.get_by_role("button", name="Meal (carbohydrate) 40 g").click()
    page.get_by_role("button", name="60 min", exact=True).click()
    page.locator("twin-fork details summary").click()
    page.get_by_role("button", name="12", exact=True).click()
    page.get_by_role("button", name="Play both futures").click()
    page.locator("twin-fork .said").wait_for()
    found = owner.get(f"/api/beds/{bed}/forks/{re.search('fork=([0-9]+)', page.url)[1]}")
    assert found["changed"]["BG"]["p50"][-1] > found["as_is"]["BG"]["p50"][-1]
    page.reload()  # who opens it by its address sees how it was asked for
    page.locator("twin-fork .said").wait_for()
    expect(page.get_by_role("button", name="60 min", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page.locator("twin-fork details summary")).to_have_text("12 members")
    expect(page.locator("twin-fork .changes li")).to_have_text(re.compile("Meal \\(carbohydrate\\) 40 g"))


def test_in_korean_no_english_is_left_and_nothing_is_wider_than_a_phone(owner, bed):
    owner.page.set_viewport_size(PHONE)
    owner.send("PATCH", "/api/me", {"language": "ko"})
    owner.page.reload()
    for where, there in (("", "twin-glucose-chart svg"), ("/devices", "twin-device"), ("/what-if", "twin-fork .play")):
        owner.open(f"bed/{bed}{where}")
        owner.page.locator(there).first.wait_for()
        assert owner.page.evaluate(_WIDE) <= 0, where
        seen = [text.replace(_BOTH, "") for text in owner.page.evaluate(_SEEN)]
        assert [text for text in seen if set(re.findall("[A-Za-z]{3,}", text)) - _NAMES] == [], where
