"""Beds live by a clock that the test turns, and who watches is told."""

import queue

import pytest

from tests.ward import tiny
from twinbed.core.errors import NotFound
from twinbed.ward import ward as wards
from twinbed.ward.controls import Refused, Wish
from twinbed.ward.ensemble import Change
from twinbed.ward.log import InMemory
from twinbed.ward.ward import Ward

SOON_S = 60.0


class Wall:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def told():
    return queue.Queue()


@pytest.fixture
def wall():
    return Wall()


@pytest.fixture
def ward(monkeypatch, told, wall, tmp_path):
    monkeypatch.setattr(wards, "make", lambda toml: tiny.made())
    ward = Ward(InMemory(), tmp_path, wall=wall)
    ward.watch(lambda what, bed, news: told.put((what, bed, news)))
    ward.open("a", "", title="A").result(SOON_S)
    _next(told, "state", lambda r: r.session is not None)
    yield ward
    ward.close()


def _next(told, what, holds=lambda news: True):
    """The next news of a kind that holds."""
    while True:
        kind, _, news = told.get(timeout=SOON_S)
        if kind == what and holds(news):
            return news


def test_pages_come_when_the_clock_says(ward, told, wall):
    assert _next(told, "page").number == 0
    wall.now += 600.0
    assert [_next(told, "page").number for _ in range(2)] == [1, 2]
    assert ward.beds["a"].last.number == 2


def test_a_request_is_answered_by_its_entry_and_everybody_is_told(ward, told):
    entry = ward.ask("a", "kim", "carbohydrate", Wish(20.0)).result(SOON_S)
    assert _next(told, "entry") == entry
    with pytest.raises(Refused, match="outside"):
        ward.ask("a", "kim", "carbohydrate", Wish(2e3)).result(SOON_S)
    assert not _next(told, "entry").accepted


def test_a_paused_bed_goes_page_by_page(ward, told):
    _next(told, "page")
    with pytest.raises(Refused, match="pause it before"):
        ward.clock("a", "kim", "step").result(SOON_S)
    ward.clock("a", "kim", "pause").result(SOON_S)
    assert ward.beds["a"].state == "paused"
    ward.clock("a", "kim", "step").result(SOON_S)
    assert _next(told, "page").number == 1
    ward.rewind("a", "kim", 300.0).result(SOON_S)
    ward.clock("a", "kim", "step").result(SOON_S)
    page = _next(told, "page")
    assert (page.branch, page.number) == (1, 1)


def test_a_fork_is_computed_beside(ward, told):
    _next(told, "page")
    fork = ward.fork("a", "kim", 0.0, [Change("carbohydrate", Wish(40.0))], horizon_s=3000.0, members=1).result(SOON_S)
    done = _next(told, "fork", lambda f: f.state != "running")
    assert (done.id, done.state, len(done.futures.t_s)) == (fork.id, "done", 10)
    bad = ward.fork("a", "kim", 0.0, [], horizon_s=3000.0, members=500).result(SOON_S)
    assert "500 members" in _next(told, "fork", lambda f: f.id == bad.id).why


def test_a_bed_that_cannot_live_says_why(ward, told, monkeypatch):
    monkeypatch.setattr(wards, "Session", lambda *a: (_ for _ in ()).throw(ValueError("no such organ")))
    ward.open("b", "").result(SOON_S)
    failed = _next(told, "state", lambda r: r.id == "b" and r.state == "failed")
    assert failed.why == "no such organ"
    with pytest.raises(Refused, match="no such organ"):
        ward.ask("b", "kim", "carbohydrate", Wish(20.0)).result(SOON_S)
    with pytest.raises(NotFound, match="no bed 'c'"):
        ward.ask("c", "kim", "carbohydrate", Wish(20.0)).result(SOON_S)


def test_a_bed_that_was_let_go_is_gone(ward):
    ward.remove("a").result(SOON_S)
    assert ward.beds == {}
