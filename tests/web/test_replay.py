"""A replay opened as a file, with the network blocked: it moves, and shows what was lived."""

import html

import pytest

from tests.web import bed
from tests.web.browser import DESK, PHONE, preferring
from tests.web.test_pages import shown, tenths
from twinbed.server.film import film, stretches
from twinbed.server.replay import page as page_of
from twinbed.ward.checkpoints import Checkpoints
from twinbed.ward.controls import Refused, Wish
from twinbed.ward.definition import make, template
from twinbed.ward.kept import kept
from twinbed.ward.log import InMemory
from twinbed.ward.session import Session

pytestmark = pytest.mark.long

expect = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright").expect
expect.set_options(timeout=30_000)

EVIL = "</script><img src=x onerror=document.title='evil'><script>document.title='evil'</script>"
LIVED, BACK, AGAIN = 40, 25, 8
"""Pages of branch 0, the page at which branch 1 leaves it, and its own pages."""
_INK = """() => {
  const canvas = document.querySelector("twin-replay").shadowRoot.querySelector("twin-monitor")
    .shadowRoot.querySelector("canvas.trace");
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  const rows = new Set(), columns = [];
  for (let x = 0; x < width; x++)
    for (let y = 0; y < height; y++) if (data[4 * (y * width + x) + 3] > 127) { rows.add(y); columns.push(x); break; }
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) if (data[4 * (y * width + x) + 3] > 127) { rows.add(y); break; }
  return { columns: columns.join(), n: columns.length, width, height, top: Math.min(...rows), bottom: Math.max(...rows) };
}"""


@pytest.fixture(scope="module")
def lived():
    """A session with a meal, a refusal and another branch; its people and its note would be scripts."""
    session = Session("bed", bed.made(), InMemory(), Checkpoints())
    pages = {0: [session.advance() for _ in range(10)]}
    session.ask(EVIL, "carbohydrate", Wish(150.0, 5.0), note=EVIL)
    with pytest.raises(Refused):
        session.ask(EVIL, EVIL, Wish(1.0))
    pages[0] += [session.advance() for _ in range(18)]
    session.ask("kim", "carbohydrate", Wish(200.0, 2.0))
    pages[0] += [session.advance() for _ in range(LIVED - 28)]
    session.rewind("park", float(BACK))
    pages[1] = pages[0][:BACK] + [session.advance() for _ in range(AGAIN)]
    return session, pages


@pytest.fixture(scope="module")
def file(browser, lived, tmp_path_factory):
    session, _ = lived
    found = kept(session, "seed = 7", title=EVIL)
    path = tmp_path_factory.mktemp("replay") / "replay.html"
    path.write_bytes(page_of(film(session.twin(), found, stretches(found, session.page_s)), EVIL))
    return path


@pytest.fixture
def opened(browser, file):
    """Opens the file in a browser that reaches nothing; in the end nothing was asked for and nobody complained."""
    trouble, contexts = [], []

    def opened(where="", viewport=DESK, **wanted):
        context = browser.new_context(viewport=viewport, offline=True)
        contexts.append(context)
        preferring(context, **wanted)
        page = context.new_page()
        page.on("console", lambda said: trouble.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("request", lambda asked: asked.url.startswith(file.as_uri()) or trouble.append(asked.url))
        page.goto(file.as_uri() + where)
        page.locator("twin-monitor canvas.trace").wait_for()
        return page

    yield opened
    for context in contexts:
        context.close()
    assert trouble == []


def _number(page, name, text):
    expect(page.locator("twin-monitor").get_by_role("group", name=name).locator(".digits")).to_have_text(text)


def _goes_to(page, t_s):
    page.locator("twin-replay .seek").evaluate(
        "(e, t) => { e.valueAsNumber = t; e.dispatchEvent(new Event('input')); }", t_s
    )


def test_the_pen_moves_and_draws_the_pressure_where_its_scale_says(opened, lived):
    page = opened()
    page.wait_for_function(f"() => ({_INK})().n > 100")
    first = page.evaluate(_INK)
    page.wait_for_function(f"was => ({_INK})().columns !== was", arg=first["columns"])
    page.keyboard.press(" ")
    _goes_to(page, 30)
    page.wait_for_function(f"() => {{ const l = ({_INK})(); return l.n > 0.8 * l.width }}")
    ink = page.evaluate(_INK)
    wave = lived[0].made.view.traces[0]
    room = ink["height"] - 8
    row = lambda mmhg: 4 + (1 - (mmhg - wave.low) / (wave.high - wave.low)) * room
    assert ink["top"] == pytest.approx(row(bed.MEAN_MMHG + bed.SWING_MMHG), abs=1.75)
    assert ink["bottom"] == pytest.approx(row(bed.MEAN_MMHG - bed.SWING_MMHG), abs=1.75)
    still = page.evaluate(_INK)
    assert page.evaluate(_INK) == still, "it was paused"


def test_numbers_are_those_that_were_lived_at_the_moment_and_on_the_branch(opened, lived):
    _, pages = lived
    page = opened("#t=12.5")
    said = {}
    for branch, t_s in ((1, 12.5), (1, 31), (0, 31), (0, 40), (1, 26)):
        page.get_by_role("button", name=f"Branch {branch + 1}, from").click()
        _goes_to(page, t_s)
        numbers = pages[branch][int(t_s) - 1].numbers
        _number(page, f"G {tenths(numbers['G'])} mg/dL", tenths(numbers["G"]))
        _number(page, f"MAP {numbers['MAP']:.0f} mmHg", f"{numbers['MAP']:.0f}")
        expect(page.locator(".transport .t b")).to_have_text(shown(t_s))
        said[branch, t_s] = numbers["G"]
    assert said[1, 31] != said[0, 31]


def test_it_ends_where_the_session_ended_and_begins_again(opened):
    page = opened("#t=38.5")
    page.get_by_role("button", name="Branch 1, from").click()
    _goes_to(page, 38.5)
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator(".transport .t b")).to_have_text("00:40")
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_role("button", name="Pause", exact=True).wait_for()
    page.locator(".transport select").select_option("10")
    expect(page.locator(".transport .t b")).to_have_text("00:40")


def test_a_click_on_the_log_or_the_timeline_goes_there(opened):
    page = opened("#t=30")
    page.locator("twin-history tbody tr", has_text="Meal 150").click()
    expect(page.locator(".transport .t b")).to_have_text("00:10")
    timeline = page.locator("twin-timeline svg[role=slider]")
    timeline.click(position={"x": timeline.bounding_box()["width"] - 11, "y": 2})
    expect(page.locator(".transport .t b")).to_have_text("00:32")


def test_what_people_wrote_is_text(opened, file):
    page = opened("#t=5")
    expect(page.locator("twin-replay header h1 >> nth=0")).to_have_text(EVIL)
    expect(page.locator("twin-history tbody tr", has_text="onerror").first).to_be_visible()
    assert page.title() == f"{EVIL} · twinbed"
    assert page.evaluate("document.querySelectorAll('img').length") == 0
    assert html.escape(EVIL) in file.read_text("utf-8")


def test_it_says_from_what_it_was_made(opened, lived):
    session, _ = lived
    found = kept(session, "seed = 7", title=EVIL)
    said = opened("#t=5").locator("twin-replay footer").inner_text()
    assert found.digest in said
    assert f"Seed {session.made.bedside.seed}" in said
    assert f"twinbed {found.version}" in said


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_part_fits_a_phone_in_both_languages_and_themes(opened, language):
    page = opened("#t=20", PHONE, language=language)
    names = {"en": ("Devices", "Body", "Light"), "ko": ("기기", "신체", "밝게")}[language]
    wide = "() => document.documentElement.scrollWidth - innerWidth"
    assert page.evaluate(wide) <= 0
    for name, there in zip(names, ("twin-device", "twin-body", "[data-theme=light]"), strict=True):
        page.get_by_role("button", name=name, exact=True).click()
        page.locator(there).first.wait_for()
        assert page.evaluate(wide) <= 0
    assert page.evaluate("document.documentElement.lang") == language


def test_a_file_that_is_cut_short_says_so(browser, file, tmp_path):
    whole = file.read_text("utf-8")
    start = whole.index('id="twinbed-film">') + 18
    (tmp_path / "cut.html").write_text(whole[: start + 400] + whole[whole.index("</script>", start) :])
    page = browser.new_page()
    page.goto((tmp_path / "cut.html").as_uri())
    expect(page.locator("body")).to_contain_text("This file is not whole")
    page.close()


def test_a_bed_of_glucose_is_played_on_its_own_screen_and_shows_nothing_before_it_came(browser, tmp_path):
    session = Session("bed", make(template("diabetes").toml), InMemory(), Checkpoints())
    pages = [session.advance() for _ in range(90)]
    found = kept(session, template("diabetes").toml, title="glucose")
    path = tmp_path / "replay.html"
    path.write_bytes(page_of(film(session.twin(), found, stretches(found, session.page_s)), "glucose"))
    context = browser.new_context(viewport=DESK, offline=True)
    preferring(context)
    page = context.new_page()
    page.goto(path.as_uri())
    number, drawn = page.locator("twin-glucose .big b"), page.locator("twin-glucose-chart svg circle")
    page.locator("twin-glucose").wait_for()
    page.get_by_role("button", name="Pause", exact=True).click()
    page.get_by_role("button", name="24 h").click()
    points = []
    for at in (80, 60):
        _goes_to(page, pages[at].t_s + session.page_s)
        expect(number).to_have_text(f"{pages[at].numbers['glucose']:.0f}")
        points.append(drawn.count())
    assert 0 < points[1] < points[0]
    assert page.locator("twin-monitor").count() == 0
    page.get_by_role("button", name="Devices").click()
    line = page.locator("twin-device .curve path").first
    line.wait_for()
    early = line.get_attribute("d")
    _goes_to(page, pages[80].t_s + session.page_s)
    expect(line).not_to_have_attribute("d", early)
    assert len(line.get_attribute("d")) > len(early)
    context.close()
