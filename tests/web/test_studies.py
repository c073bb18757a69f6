"""Studies, the bench and the registry in a browser: started in a form, followed, read in both languages."""

import contextlib

import pytest

from tests.web.browser import PHONE
from tests.web.conftest import OWNER
from tests.web.test_pages import _WIDE

expect = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright").expect
pytestmark = pytest.mark.long


def test_a_device_is_tested_from_the_form_to_the_report(owner, served):
    page = owner.page
    owner.open("studies")
    page.get_by_role("button", name="Test a device").click()
    form = page.locator("twin-start-bench")
    form.get_by_role("searchbox").fill("visual")
    form.get_by_role("radio").and_(form.locator("[value='alarms/visual_signals']")).check()
    form.locator("select[name=device]").select_option("bad_colour")
    form.locator("summary").click()
    form.get_by_label("seconds").fill("10")
    page.get_by_role("button", name="Start", exact=True).click()
    shown = page.locator("twin-run")
    expect(shown.locator("h1")).to_contain_text("Visual alarm signals")
    expect(shown.locator(".verdict")).to_have_text("Fail", timeout=120_000)
    run = page.url.rpartition("/")[2]
    log = owner.get(f"/api/studies/{run}/log.json")
    assert log["protocol"]["settings"]["seconds"] == 10.0
    expect(shown.get_by_role("log")).to_contain_text("fail")
    expect(shown.locator(".facts")).to_contain_text(OWNER)
    page.reload()
    expect(shown.locator(".verdict")).to_have_text("Fail")  # what is seen is what the server keeps

    with owner.context.expect_page() as opened:
        shown.get_by_role("link", name="Report: English").click()
    report = opened.value
    expect(report.locator("h1")).to_contain_text("Visual alarm signals")
    report.get_by_role("link", name="한국어").click()  # the session holds where the report leads to itself
    expect(report.locator("html")).to_have_attribute("lang", "ko")
    report.close()
    check_that_nothing_runs(
        owner, served.folder / "runs" / run / "out" / "report.html", f"/api/studies/{run}/report.html"
    )

    owner.open("audit")
    expect(page.locator("twin-audit")).to_contain_text("device test started")


def check_that_nothing_runs(owner, path, address):
    """Whatever got into a report acts on nothing: no script, no handler, no form, no request."""
    path.write_text(
        path.read_text().replace(
            "</body>",
            '<script>document.title = "ran"; fetch("/api/me")</script><img src=x onerror="document.title = \'ran\'">'
            '<img src="/api/beds"><form action="/api/sign-out" method="post"><button id="go">go</button></form></body>',
        )
    )
    page, answered = owner.context.new_page(), []
    page.on("response", lambda response: answered.append(response.url))
    page.goto(owner.origin + address)
    page.locator("#go").click()
    assert page.title() != "ran"
    assert page.evaluate("1 + 1") == 2  # the page is there; what asks is the test, not the page
    assert answered == [owner.origin + address]
    assert page.url == owner.origin + address
    page.close()


@pytest.fixture
def loop(owner):
    """A study that was started and takes its time."""
    run = owner.do("/api/studies", {"study": "loop", "patients": 2})["id"]
    yield run
    with contextlib.suppress(AssertionError):
        owner.do(f"/api/studies/{run}/cancel", {})


def test_a_study_is_cancelled_and_removed_where_it_is_seen(owner, loop):
    page = owner.page
    owner.open(f"studies/{loop}")
    page.locator("twin-run .state.running").wait_for()
    page.get_by_role("button", name="Cancel").click()
    page.locator("twin-run .state.cancelled").wait_for()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Remove").click()
    page.locator("twin-studies h1").wait_for()
    assert loop not in [run["id"] for run in owner.get("/api/studies")]


def test_a_study_file_that_names_code_is_refused_with_what_to_do(owner, tmp_path):
    page, file = owner.page, tmp_path / "evil.toml"
    file.write_text(
        'name = "x"\nseed = 1\ndays = 1\n[[arms]]\nname = "a"\ndevices = [{name = "d", device = "os:system"}]\n'
    )
    owner.expected = (*owner.expected, " 403 ")
    owner.open("studies?start=")
    form = page.locator("twin-start-study")
    form.get_by_label("A study file of your own").check()
    form.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Start", exact=True).click()
    expect(form.get_by_role("alert")).to_contain_text("'os:system' is none of the devices registered here")
    page.keyboard.press("Escape")
    expect(page.locator("twin-start-study")).to_have_count(0)


def test_every_device_has_a_card_and_can_be_sought(owner):
    page = owner.page
    owner.open("twins/devices")
    page.get_by_label("Search").fill("oximeter")
    cards = page.locator("twin-twins article")
    expect(cards).to_have_count(1)
    cards.get_by_role("button", name="Card").click()
    expect(page.locator("twin-card")).to_contain_text("Known limits")
    assert page.locator("twin-card table").count() > 2
    page.keyboard.press("Escape")
    expect(page.locator("twin-card")).to_have_count(0)
    page.set_viewport_size(PHONE)
    assert page.evaluate(_WIDE) <= 0


def test_a_viewer_reads_and_starts_nothing(owner, visit):
    link = owner.do("/api/invitations", {"role": "viewer", "expires_h": 1})["link"]
    viewer = visit()
    viewer.page.goto(link)
    viewer.page.locator("input[name=name]").fill("a reader")
    viewer.page.locator("input[name=password]").fill("a long enough password")
    viewer.page.locator("twin-sign-in button.primary").click()
    viewer.page.locator("twin-ward").wait_for()
    viewer.open("studies")
    expect(viewer.page.locator("twin-studies h1")).to_be_visible()
    expect(viewer.page.get_by_role("button", name="Start a study")).to_have_count(0)
    assert viewer.send("POST", "/api/studies", {"study": "loop"}).status == 403
