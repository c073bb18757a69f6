"""A replay in a notebook is the film of a session, from wherever it comes."""

import pytest

from twinbed.core.errors import ReadError
from twinbed.server import replay as replays

pytest.importorskip("anywidget", reason="no anywidget: pip install 'twinbed[notebook]'")


@pytest.fixture
def film(bed):
    bed.step(3)
    return bed.replay()


@pytest.fixture
def page(film, tmp_path, monkeypatch):
    (tmp_path / replays.PROGRAM).write_text("export default {}")
    (tmp_path / "licences.md").write_text("MIT")
    monkeypatch.setattr("twinbed.notebook.replay.page", lambda f, t: replays.page(f, t, static=tmp_path))
    film.save(tmp_path / "a.html")
    return tmp_path / "a.html"


def test_a_page_that_was_saved_is_played_again(film, page):
    from twinbed.notebook import Replay

    assert Replay(page).film == film.film
    assert Replay(page).title == film.title


def test_what_is_no_replay_is_refused_with_the_reason(page, tmp_path):
    from twinbed.notebook import Replay

    (tmp_path / "b.html").write_text("<html>")
    (tmp_path / "c.json").write_text("{}")
    for wanted, why in (
        (tmp_path / "b.html", "expected a session.json or a replay.html"),
        (tmp_path / "none.html", "cannot be read"),
        (tmp_path / "c.json", "no session"),
        (b"no film", "no film"),
    ):
        with pytest.raises(ReadError, match=why):
            Replay(wanted)
    with pytest.raises(ReadError, match="cut out of a session.json"):
        Replay(page, start=3)
