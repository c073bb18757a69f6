"""The widgets of a notebook in a browser: the file that they load, with a kernel that is this process."""

import base64
import itertools

import pytest

from tests.web import bed as known
from tests.web.browser import DESK, preferring
from tests.web.test_pages import tenths
from twinbed.server.replay import PROGRAM
from twinbed.server.settings import STATIC

pytestmark = pytest.mark.long

expect = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright").expect
expect.set_options(timeout=30_000)
anywidget = pytest.importorskip("anywidget", reason="no anywidget: pip install 'twinbed[notebook]'")

_PAGE = "<!doctype html><title>notebook</title><body style='margin:0'></body>"
_SHOWN = """async ([text, traits]) => {
  const bytes = (b64) => new DataView(Uint8Array.from(atob(b64), (c) => c.charCodeAt(0)).buffer);
  const heard = [];
  window.deliver = (messages) => {
    for (const [content, buffers] of messages) for (const hear of heard) hear(content, buffers.map(bytes));
  };
  const model = {
    get: (name) => (name === "film" ? bytes(traits.film) : traits[name]),
    on: (event, hear) => event === "msg:custom" && heard.push(hear),
    send: (said) => void window.kernel(said).then(window.deliver),
  };
  for (let view = 0; view < 2; view++) {  // a notebook loads the file anew for every widget
    const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    const { default: widget } = await import(url);
    const el = document.body.appendChild(document.createElement("div"));
    el.className = `view${view}`;
    window[`leave${view}`] = await widget.render({ model, el });
  }
}"""
_LIT = """(view) => {
  const of = document.querySelector(`.${view} > div`).shadowRoot.firstElementChild;
  const canvas = of.shadowRoot.querySelector("twin-monitor").shadowRoot.querySelector("canvas.trace");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let lit = 0;
  for (let i = 3; i < data.length; i += 4) if (data[i] > 127) lit++;
  return lit;
}"""


class Kernel:
    """Stands for the notebook: what the widget sends is done by the bed, and what that sends is carried back."""

    def __init__(self, widget, traits):
        self.widget, self.traits, self.sent = widget, traits, []

    def send(self, content, buffers=()):
        self.sent.append([content, [base64.b64encode(bytes(b)).decode() for b in buffers]])

    def drained(self):
        sent, self.sent = self.sent, []
        return sent

    def heard(self, said):
        self.widget._heard(said)
        return self.drained()


@pytest.fixture
def opened(browser):
    """Shows a kernel's widget, twice; in the end nobody complained, and nothing was asked of anybody."""
    trouble, contexts = [], []

    def opened(kernel):
        context = browser.new_context(viewport=DESK)
        contexts.append(context)
        preferring(context)
        page = context.new_page()
        page.on("console", lambda said: trouble.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.route("**/*", lambda route: route.fulfill(body=_PAGE, content_type="text/html"))
        page.on(
            "request", lambda asked: asked.url.startswith(("http://127.0.0.1/", "blob:")) or trouble.append(asked.url)
        )
        page.goto("http://127.0.0.1/")
        page.expose_function("kernel", kernel.heard)
        page.evaluate(_SHOWN, [(STATIC / PROGRAM).read_text("utf-8"), kernel.traits])
        return page

    yield opened
    for context in contexts:
        context.close()
    assert trouble == []


@pytest.fixture
def bed(monkeypatch):
    from twinbed.notebook import bed as module

    monkeypatch.setattr(module, "make", lambda toml: known.made())
    return module.Bed("anaesthesia", who="kim")


@pytest.fixture
def kernel(bed, monkeypatch):
    kernel = Kernel(bed, {"kind": "bed", "bed": bed.bed})
    monkeypatch.setattr(bed, "send", kernel.send)
    return kernel


def _deliver(page, kernel):
    page.evaluate("messages => window.deliver(messages)", kernel.drained())


def _number(page, bed, view="view0"):
    said = tenths(bed.numbers["G"])
    expect(page.locator(f".{view}").get_by_role("group", name=f"G {said} mg/dL", exact=True)).to_be_visible()


def test_a_bed_that_the_notebook_runs_is_shown_in_every_view(opened, bed, kernel):
    page = opened(kernel)
    page.locator(".view1 twin-monitor canvas.trace").wait_for()
    bed.run("20 s")
    _deliver(page, kernel)
    for view in ("view0", "view1"):
        _number(page, bed, view)
        page.wait_for_function(f"view => ({_LIT})(view) > 200", arg=view)
    expect(page.locator(".view0 .run .t")).to_have_text("00:20")
    page.evaluate("() => window.leave0()")
    assert page.locator(".view0 twin-bedside").count() == 0
    expect(page.locator(".view1 .run .t")).to_have_text("00:20")


def test_waves_of_a_bed_that_runs_at_a_pace_sweep(opened, bed, kernel, monkeypatch):
    page = opened(kernel)
    page.locator(".view0 twin-monitor canvas.trace").wait_for()
    clock = itertools.count()
    monkeypatch.setattr("twinbed.notebook.bed.now", lambda: float(next(clock)))
    monkeypatch.setattr("twinbed.notebook.bed.wait", lambda seconds: None)
    bed.run("3 s", speed=1.0)
    sent = kernel.drained()
    assert [c["kind"] for c, _ in sent].count("waves") == 30
    before_end = [m for m in sent if m[0]["kind"] != "past"]
    page.evaluate("messages => window.deliver(messages)", before_end)
    page.wait_for_function(f"() => ({_LIT})('view0') > 30")
    _number(page, bed)


def test_what_is_asked_for_in_the_widget_is_done_by_the_kernel(opened, bed, kernel):
    page = opened(kernel)
    view = page.locator(".view0")
    view.get_by_role("button", name="10 s", exact=True).click()
    expect(view.locator(".run .t")).to_have_text("00:10")
    assert bed.t_s == 10.0
    view.get_by_role("button", name="What can be done").click()
    view.locator("twin-actions .item", has_text="Meal").click()
    view.locator("twin-order input[type=number]").first.fill("30")
    view.locator("twin-order .send").click()
    expect(view.locator("twin-actions .said")).to_be_visible()
    (entry,) = bed.session.entries
    assert (entry.who, entry.data["control"], entry.data["value"]) == ("kim", "carbohydrate", 30.0)
    view.get_by_role("button", name="Timeline").click()
    expect(view.locator("twin-history tbody tr", has_text="Meal 30 g")).to_be_visible()
    timeline = view.locator("twin-timeline svg[role=slider]")
    timeline.click(position={"x": 92 + (timeline.bounding_box()["width"] - 102) * 5.5 / 60, "y": 2})
    view.locator("twin-monitor canvas.trace").wait_for()
    view.get_by_role("button", name="Go on from 00:05").click()
    view.get_by_role("button", name="Confirm").click()
    expect(view.locator(".run .t")).to_have_text("00:05")
    assert (bed.t_s, bed.session.branch) == (5.0, 1)


def test_keys_that_are_typed_in_a_widget_are_no_commands_of_the_notebook(opened, bed, kernel):
    page = opened(kernel)
    page.evaluate("() => { window.keys = []; document.addEventListener('keydown', (e) => window.keys.push(e.key)); }")
    view = page.locator(".view0")
    view.get_by_role("button", name="What can be done").click()
    view.locator("twin-actions input[type=search]").press_sequentially("dd00")
    assert page.evaluate("window.keys") == []
    assert view.locator("[data-lm-suppress-shortcuts=true]").count() == 1


def test_a_replay_in_a_notebook_shows_what_was_lived(opened, bed):
    bed.run("30 s")
    film = bed.replay()
    kernel = Kernel(film, {"kind": "replay", "film": base64.b64encode(film.film).decode()})
    page = opened(kernel)
    view = page.locator(".view1")
    view.locator("twin-monitor canvas.trace").wait_for()
    view.locator(".seek").evaluate("(e) => { e.valueAsNumber = 30; e.dispatchEvent(new Event('input')); }")
    _number(page, bed, "view1")
    page.wait_for_function(f"() => ({_LIT})('view1') > 200")
