"""A film holds what was lived, sample by sample and number by number, and its page lets nothing in."""

import dataclasses
import html.parser
import re

import numpy as np
import pytest

from tests.ward import tiny
from tests.ward.test_session import PAGES, _live
from twinbed.core.errors import NotFound
from twinbed.server import film as films
from twinbed.server import replay
from twinbed.server.film import Stretch, TooLong, stretches
from twinbed.server.frames import packed
from twinbed.ward.checkpoints import Checkpoints
from twinbed.ward.kept import kept
from twinbed.ward.log import InMemory
from twinbed.ward.session import Session

EVIL = "</script><script>alert(1)</script><!--"


@pytest.fixture(scope="module")
def lived():
    """Two branches: 0 lived 70 pages, 1 leaves it at 45 and lived 10."""
    session = Session("bed", tiny.made(), InMemory(), Checkpoints())
    pages = {0: _live(session)}
    session.rewind(EVIL, 45 * session.page_s)
    pages[1] = [session.advance() for _ in range(10)]
    return session, kept(session, "seed = 7", title=EVIL), pages


@pytest.fixture(scope="module")
def film(lived):
    session, found, _ = lived
    return films.film(session.twin(), found, stretches(found, session.page_s))


def test_a_film_decodes_to_the_samples_and_numbers_that_were_lived(lived, film):
    session, found, pages = lived
    head, samples = films.unpacked(film)
    assert head["segments"] == [{"branch": 0, "first": 0, "last": PAGES}, {"branch": 1, "first": 45, "last": 55}]
    every = [*pages[0], *pages[1]]
    traces = session.made.view.traces
    np.testing.assert_array_equal(samples, np.concatenate([packed(traces, p.recorded) for p in every], axis=1))
    assert head["numbers"]["G"] == [p.numbers["G"] for p in every]
    assert head["devices"]["pump"]["insulin_rate"] == [p.devices["pump"]["insulin_rate"] for p in every]
    assert head["made"]["log"] == found.digest
    assert head["made"]["seed"] == session.made.bedside.seed
    assert head["branch"] == 1
    assert [b["until_t_s"] / session.page_s for b in head["branches"]] == [PAGES, 55]


def test_controls_of_a_film_stand_as_at_its_beginning(lived, film):
    head, _ = films.unpacked(film)
    (gain,) = [c for c in head["bed"]["controls"] if c["id"] == "pump.gain"]
    assert gain["now"] == tiny.made().bed.devices["pump"].gain
    assert lived[0].now("pump.gain") != gain["now"]


def test_how_far_it_is_is_told_on_the_way_to_a_window_too(lived):
    """Without moments that were kept, 40 pages lie before a window of 5."""
    session, found, _ = lived
    fresh = Session("bed", session.made, session._store, Checkpoints(), page=0)
    told = []
    films.film(fresh, found, [Stretch(0, 40, 45)], told.append)
    np.testing.assert_allclose(told, [*(np.arange(1, 46) / 45), 1.0])


def test_every_sample_that_can_be_sent_survives_packing():
    rng = np.random.default_rng(3)
    samples = rng.integers(-32768, 32768, (3, 500)).astype("<i2")
    head = {"bed": {"view": {"waves": [{}, {}, {}]}}, "text": "혈압 – π"}
    said, again = films.unpacked(films._bytes(head, samples))
    assert said == head
    np.testing.assert_array_equal(again, samples)


@pytest.mark.parametrize("data", [b"", b"no film", films._bytes({"bed": 3}, np.zeros((1, 2), "<i2"))])
def test_what_is_no_film_is_said_to_be_none(data):
    with pytest.raises(ValueError, match="no film"):
        films.unpacked(data)


def test_a_window_cuts_every_branch(lived):
    session, found, _ = lived
    page_s = session.page_s
    assert stretches(found, page_s, 40 * page_s, 50 * page_s) == [Stretch(0, 40, 50), Stretch(1, 45, 50)]
    assert stretches(found, page_s, 60 * page_s) == [Stretch(0, 60, PAGES)]
    with pytest.raises(TooLong, match="nothing was lived"):
        stretches(found, page_s, 1e9)
    with pytest.raises(TooLong, match="nothing was lived"):
        stretches(found, page_s, 50 * page_s, 40 * page_s)


def test_a_window_that_is_too_long_is_refused_and_the_last_that_fits_is_taken_if_none_is_chosen(lived):
    session, found, _ = lived
    long = dataclasses.replace(found, reached={0: 9000, 1: 8000})
    with pytest.raises(TooLong, match="16955 pages.*a replay holds 3600; choose a shorter window"):
        stretches(long, session.page_s, 0.0)
    parts = stretches(long, session.page_s)
    assert parts == [Stretch(0, 6700, 9000), Stretch(1, 6700, 8000)]
    assert sum(p.last - p.first for p in parts) == films.MOST_PAGES


class _Seen(html.parser.HTMLParser):
    """Scripts of a page, and whatever may ask for something."""

    def __init__(self):
        super().__init__()
        self.scripts, self.asks, self.policy = [], [], ""

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        self.asks += [named[k] for k in ("src", "href", "action", "data") if k in named]
        if named.get("http-equiv") == "Content-Security-Policy":
            self.policy = named["content"]
        if tag == "script":
            self.scripts.append([named.get("type"), named.get("id"), ""])
        self.at = tag

    def handle_endtag(self, tag):
        self.at = ""

    def handle_data(self, data):
        if getattr(self, "at", "") == "script":
            self.scripts[-1][2] += data


@pytest.fixture
def static(tmp_path):
    (tmp_path / replay.PROGRAM).write_text('const a = "</script><!--";\nexport default a;\n')
    (tmp_path / "licences.md").write_text(f"MIT {EVIL}")
    return tmp_path


def test_the_page_has_the_film_and_one_program_and_asks_for_nothing(film, static):
    page = replay.page(film, EVIL, static=static)
    assert replay.film_of(page) == film
    seen = _Seen()
    seen.feed(page.decode())
    assert [s[:2] for s in seen.scripts] == [
        ["text/plain", "twinbed-film"], ["text/plain", "twinbed-licences"], ["module", None],
    ]  # fmt: skip
    assert seen.asks == []
    assert seen.policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in seen.policy
    assert b"alert(1)" not in re.sub(rb"<title>.*?</title>|<script type=\"text/plain\".*?</script>", b"", page)
    assert b"<title>&lt;/script&gt;" in page


def test_without_the_built_program_it_is_said_how_to_get_it(film, tmp_path):
    with pytest.raises(NotFound, match="make pages"):
        replay.page(film, "a", static=tmp_path)
