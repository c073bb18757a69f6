"""Beds live by a clock that the test turns, and who watches is told."""

import concurrent.futures
import dataclasses
import queue
import threading

import pytest

from tests.ward import tiny
from twinbed.core.errors import NotFound, StudyError
from twinbed.ward import ensemble
from twinbed.ward import ward as wards
from twinbed.ward.checkpoints import left
from twinbed.ward.controls import Refused, Wish
from twinbed.ward.ensemble import Change
from twinbed.ward.forks import MOST_FORKS
from twinbed.ward.log import Asked, InMemory
from twinbed.ward.session import Session
from twinbed.ward.ward import Stopped, Ward

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


def test_a_step_that_was_acknowledged_is_not_lost_by_a_crash(monkeypatch, wall, tmp_path):
    """Nobody closes the first ward, and nothing but its log is left."""
    monkeypatch.setattr(wards, "make", lambda toml: tiny.made())
    store = InMemory()
    first, other = Ward(store, tmp_path / "one", wall=wall), Ward(store, tmp_path / "other", wall=wall)
    first.open("a", "", paused=True).result(SOON_S)
    stepped = [first.clock("a", "kim", "step").result(SOON_S) for _ in range(3)]
    other.open("a", "", paused=True).result(SOON_S)
    now = [ward.do(lambda ward=ward: ward.beds["a"].session.t_s).result(SOON_S) for ward in (first, other)]
    for ward in (first, other):
        ward.close()
    assert now == [stepped[-1].t_s] * 2
    assert stepped[-1].t_s == 3 * 300.0


def test_a_fork_is_computed_beside(ward, told):
    _next(told, "page")
    fork = ward.fork("a", "kim", 0.0, [Change("carbohydrate", Wish(40.0))], horizon_s=3000.0, members=1).result(SOON_S)
    done = _next(told, "fork", lambda f: f.state != "running")
    assert (done.id, done.state, len(done.futures.t_s)) == (fork.id, "done", 10)
    ward.stop_fork(fork, "kim").result(SOON_S)
    assert (fork.state, fork.why) == ("done", ""), "what has ended stays as it is"
    with pytest.raises(Refused, match="outside 0 to 200 g"):
        ward.fork("a", "kim", 0.0, [Change("carbohydrate", Wish(1e3))], horizon_s=3e3, members=1).result(SOON_S)
    with pytest.raises(Refused, match="500 members"):
        ward.fork("a", "kim", 0.0, [], horizon_s=3000.0, members=500).result(SOON_S)


def test_a_bed_that_cannot_live_says_why(ward, told, monkeypatch):
    monkeypatch.setattr(wards, "Session", lambda *a, **k: (_ for _ in ()).throw(ValueError("no such organ")))
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


def test_a_bed_whose_file_cannot_be_used_is_there_and_says_why(ward, told, monkeypatch):
    monkeypatch.setattr(wards, "make", lambda toml: (_ for _ in ()).throw(StudyError("no such device any more")))
    ward.open("b", "broken", title="B").result(SOON_S)
    assert (ward.beds["b"].state, ward.beds["b"].why, ward.beds["b"].title) == (
        "failed",
        "no such device any more",
        "B",
    )
    assert _next(told, "state", lambda r: r.id == "b").state == "failed"
    ward.remove("b").result(SOON_S)
    assert set(ward.beds) == {"a"}


def test_a_disk_that_cannot_be_written_ends_no_bed(ward, told, wall, tmp_path):
    _next(told, "page")
    ward.clock("a", "kim", "pause").result(SOON_S)
    folder = tmp_path / "a"
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_text("in the way")
    for _ in range(35):
        ward.clock("a", "kim", "step").result(SOON_S)
    assert (ward.beds["a"].state, ward.beds["a"].session.page) == ("paused", 36)
    ward.remove("a").result(SOON_S)
    assert ward.beds == {}


def test_a_bed_that_failed_grants_nothing_more_and_can_be_removed(ward, told, monkeypatch):
    _next(told, "page")
    ward.clock("a", "kim", "pause").result(SOON_S)
    session = ward.beds["a"].session
    monkeypatch.setattr(session, "advance", lambda: (_ for _ in ()).throw(ValueError("no number")))
    monkeypatch.setattr(session, "close", lambda: (_ for _ in ()).throw(ValueError("nor this")))
    ward.clock("a", "kim", "step").result(SOON_S)
    assert ward.beds["a"].state == "failed"
    with pytest.raises(Refused, match="the bed failed: no number"):
        ward.ask("a", "kim", "carbohydrate", Wish(20.0)).result(SOON_S)
    ward.remove("a").result(SOON_S)
    assert ward.beds == {}


def test_a_bed_comes_back_at_the_pace_at_which_it_was_left(monkeypatch, wall):
    monkeypatch.setattr(wards, "make", lambda toml: tiny.made())
    store = InMemory()
    for do, value in (
        ("pause", None),
        ("speed", 5.0),
        ("resume", None),
        ("speed", 1e6),
        ("pause", None),
        ("step", None),
    ):
        store.append("a", Asked(0, 0, 0.0, "kim", "clock", {"do": do, "value": value}))
    ward = Ward(store, wall=wall)
    ward.open("a", "").result(SOON_S)
    assert (ward.beds["a"].pace.running, ward.beds["a"].pace.speed) == (False, 5.0)
    ward.close()


def test_who_watches_and_fails_stops_no_bed(ward, told, wall):
    ward.watch(lambda what, bed, news: (_ for _ in ()).throw(RuntimeError("a watcher")))
    late = queue.Queue()
    ward.watch(lambda what, bed, news: late.put((what, bed, news)))
    wall.now += 600.0
    assert _next(late, "page", lambda page: page.number == 2)
    assert ward.do(lambda: "lives").result(SOON_S) == "lives"


def test_who_waits_when_the_ward_closes_is_told(monkeypatch):
    """The ward's thread is busy until after it was told to end; what was asked meanwhile is not done any more."""
    ward = Ward(InMemory())
    gate = threading.Event()
    busy, waiting = ward.do(lambda: gate.wait(SOON_S)), ward.do(lambda: "done")
    beside = ward._aside.submit(lambda: ward.do(lambda: "done").result(SOON_S))
    with concurrent.futures.ThreadPoolExecutor(1) as other:
        closing = other.submit(ward.close)
        assert ward._stop.wait(SOON_S)
        gate.set()
        closing.result(SOON_S)
    assert busy.result(0.0)
    for asked in (waiting, ward.do(lambda: "later")):
        with pytest.raises(Stopped, match="closed"):
            asked.result(0.0)
    assert beside.cancelled() or isinstance(beside.exception(SOON_S), Stopped)


def test_a_request_that_is_made_again_with_its_key_is_done_once(ward, told):
    _next(told, "page")
    ask = lambda who="kim", value=20.0, key="k1": ward.ask("a", who, "carbohydrate", Wish(value), key=key).result(
        SOON_S
    )
    first = ask()
    assert ask() == first
    assert ask("lee").seq == ask(key="k2").seq - 1 == first.seq + 1, "another person's, and another key, are others"
    with pytest.raises(Refused, match="used for another request"):
        ask(value=30.0)
    for _ in range(2):
        with pytest.raises(Refused, match="outside"):
            ask(value=2e3, key="k3")
    assert [e.accepted for e in ward._store.entries("a")] == [True, True, True, False]


@pytest.fixture
def slow(monkeypatch):
    """Forks that end when the test says, or when they are stopped."""
    gate = threading.Event()

    def fork(*args, progress, **more):
        while not gate.wait(0.005):
            progress(0.01)
        raise Refused("enough", "충분합니다")

    monkeypatch.setattr(ensemble, "fork", fork)
    yield gate
    gate.set()


def test_no_more_forks_are_begun_than_may_be_however_fast_one_asks(ward, told, slow):
    _next(told, "page")
    asked = [ward.fork("a", f"kim {k}", 0.0, [], horizon_s=3000.0, members=1) for k in range(12)]
    refused = [f.exception(SOON_S) for f in asked]
    assert [type(e) for e in refused] == [type(None)] * MOST_FORKS + [Refused] * (12 - MOST_FORKS)
    assert "wait until one is done" in str(refused[-1])
    assert len(ward.forks["a"]) == MOST_FORKS


def test_one_person_has_one_fork_computed_and_may_stop_it(ward, told, slow):
    _next(told, "page")
    ask = lambda who: ward.fork("a", who, 0.0, [], horizon_s=3000.0, members=1)
    first = ask("kim").result(SOON_S)
    with pytest.raises(Refused, match="wait until they are there, or stop them"):
        ask("kim").result(SOON_S)
    waiting = ask("lee").result(SOON_S)
    ward.stop_fork(waiting, "kim").result(SOON_S)
    assert (waiting.state, waiting.why, ward._store.forks("a")[waiting.id]["why"]) == (
        "stopped",
        *["stopped by kim"] * 2,
    )
    ward.stop_fork(first, "kim").result(SOON_S)
    ward._ahead.submit(lambda: None).result(SOON_S)
    assert [f.why for f in ward.forks["a"]] == ["stopped by kim"] * 2
    assert ask("kim").result(SOON_S).state == "running"


def test_so_much_and_no_more_is_computed_of_futures():
    """64 members over a day of pages of a minute, 25 over an hour of pages of a second."""
    ensemble.check_size(24 * 3600.0, 64, 60.0)
    ensemble.check_size(3600.0, 25, 1.0)
    with pytest.raises(Refused, match="64 members over 60 min are too much to compute; take 25, or a"):
        ensemble.check_size(3600.0, 64, 1.0)
    with pytest.raises(Refused, match="take 6,"):
        ensemble.check_size(4 * 3600.0, 64, 1.0)


def test_the_way_to_the_past_is_not_computed_in_the_thread_that_lives(ward, told, monkeypatch):
    """Only the pages beside the place itself are, however far the kept moment before it is."""
    _next(told, "page")
    ward.clock("a", "kim", "pause").result(SOON_S)
    for _ in range(25):
        ward.clock("a", "kim", "step").result(SOON_S)
    computed, real = [], Session._computed
    monkeypatch.setattr(
        Session, "_computed", lambda s: (computed.append((threading.current_thread().name, s.page)), real(s))[1]
    )
    entry = ward.rewind("a", "kim", 20 * 300.0).result(SOON_S)
    assert (entry.branch, entry.page, ward.beds["a"].session.page) == (1, 20, 20)
    here = [page for name, page in computed if name == "ward"]
    assert (here, len(computed) - len(here)) == ([19, 19], 19)
    computed.clear()
    fork = ward.fork("a", "kim", 10 * 300.0, [], horizon_s=3000.0, members=1).result(SOON_S)
    assert fork.at_s == 3000.0
    assert [name for name, _ in computed if name == "ward"] == []


def test_a_fork_is_called_by_its_place_in_the_log(ward, told, slow):
    _next(told, "page")
    ward.ask("a", "kim", "carbohydrate", Wish(20.0)).result(SOON_S)
    fork = ward.fork("a", "kim", 0.0, [], horizon_s=3000.0, members=1).result(SOON_S)
    assert _next(told, "entry", lambda e: e.kind == "fork").seq == fork.id == 2


def test_who_looks_back_does_not_wait_for_forks(ward, told, slow):
    _next(told, "page")
    ward.fork("a", "kim", 0.0, [], horizon_s=3000.0, members=1).result(SOON_S)
    assert [page.number for page in ward.past("a", 0.0, 300.0).result(SOON_S)] == [0]


def test_a_short_look_back_does_not_wait_for_a_long_one(ward, told):
    _next(told, "page")
    gate = threading.Event()
    long = ward.beside("a", lambda session: None, lambda twin, answer: gate.wait(SOON_S), slowly=True)
    assert [page.number for page in ward.past("a", 0.0, 300.0).result(SOON_S)] == [0]
    assert not long.done()
    gate.set()
    assert long.result(SOON_S)


def test_that_the_machine_is_too_slow_is_told_and_not_too_often(ward, told, wall):
    _next(told, "page")
    for _ in range(3):
        wall.now += 5000.0  # many pages late
        ward.do(lambda: None).result(SOON_S)
    late = _next(told, "state", lambda r: r.pace.slipped > 0)
    assert late.told_late > 0.0


def test_the_forks_of_a_bed_end_with_it(ward, told, slow):
    _next(told, "page")
    fork = ward.fork("a", "kim", 0.0, [], horizon_s=3000.0, members=1).result(SOON_S)
    ward.remove("a").result(SOON_S)
    assert _next(told, "fork", lambda f: f.state == "stopped").why == "the fork was stopped"
    assert fork.stopped
    assert ward.forks == {}


def test_the_pace_changes_only_with_its_entry(ward, told, monkeypatch):
    _next(told, "page")
    monkeypatch.setattr(ward._store, "append", lambda *a: (_ for _ in ()).throw(OSError("no space")))
    with pytest.raises(OSError, match="no space"):
        ward.clock("a", "kim", "pause").result(SOON_S)
    assert ward.beds["a"].state == "running"


def test_a_title_that_was_given_is_the_title_in_every_language(monkeypatch, wall):
    words = {"title": "Anaesthesia", "title_ko": "마취"}
    monkeypatch.setattr(wards, "make", lambda toml: dataclasses.replace(tiny.made(), words=words))
    ward = Ward(InMemory(), wall=wall)
    for bed, title in (("a", ""), ("b", "Anaesthesia"), ("c", "Bed 7, Kim")):
        ward.open(bed, "", title=title).result(SOON_S)
    titles = [(r.title, r.title_ko) for r in ward.beds.values()]
    ward.close()
    assert titles == [("Anaesthesia", "마취"), ("Anaesthesia", "마취"), ("Bed 7, Kim", "Bed 7, Kim")]


def test_a_bed_that_leaves_what_is_plausible_stands_still_and_the_log_says_so(ward, told, wall, monkeypatch):
    _next(told, "page")
    monkeypatch.setattr(ward.beds["a"].session, "_left", lambda: "cgm")
    wall.now += 300.0
    entry = _next(told, "entry")
    assert (entry.who, entry.kind, entry.data["do"]) == ("twinbed", "clock", "pause")
    assert (ward.beds["a"].state, ward.beds["a"].implausible) == ("paused", "cgm")


def test_long_work_beside_a_bed_ends_with_the_ward(ward):
    begun = threading.Event()

    def long(twin, answer):
        begun.set()
        while True:
            ward.go_on()

    future = ward.beside("a", lambda session: session.page, long)
    assert begun.wait(SOON_S)
    ward.close()
    with pytest.raises(wards.Stopped):
        future.result(SOON_S)


def test_a_bed_that_comes_back_says_what_it_showed_last_until_it_lives(monkeypatch, tmp_path, wall):
    monkeypatch.setattr(wards, "make", lambda toml: tiny.made())
    store = InMemory()
    first = Ward(store, tmp_path, wall=wall)
    first.open("a", "", paused=True).result(SOON_S)
    assert first.beds["a"].left is None, "nothing was before"
    for _ in range(3):
        first.clock("a", "kim", "step").result(SOON_S)
    shown = first.beds["a"].last
    first.close()
    again = Ward(store, tmp_path, wall=wall)
    opens = threading.Event()
    again._makers.submit(opens.wait, SOON_S)  # the bed waits for its turn
    coming = again.open("a", "", paused=True)
    shown_last = again.beds["a"].left
    assert (shown_last.page, shown_last.numbers, shown_last.alarms) == (2, shown.numbers, ())
    assert again.beds["a"].state == "starting"
    opens.set()
    coming.result(SOON_S)
    again.do(lambda: None).result(SOON_S)  # it has moved in by then
    assert again.beds["a"].left is None
    assert again.beds["a"].last.numbers == shown.numbers
    again.close()


@pytest.mark.parametrize("text", ["", "[]", "[[1]]", "{"])
def test_what_cannot_be_read_of_a_bed_is_not_said_to_have_been_shown(tmp_path, text):
    (tmp_path / "0-0.numbers.json").write_text(text)
    assert left(tmp_path, 0) is None
    assert left(tmp_path / "none", 0) is None


def test_a_bed_that_failed_on_the_way_goes_back_and_lives_on(ward, told, wall, monkeypatch):
    _next(told, "page")
    session = ward.beds["a"].session
    monkeypatch.setattr(session, "advance", lambda: (_ for _ in ()).throw(ValueError("no such page")))
    wall.now += 300.0
    assert _next(told, "state").state == "failed"
    monkeypatch.undo()
    with pytest.raises(Refused, match="no such page; go back to an earlier time"):
        ward.ask("a", "kim", "carbohydrate", Wish(20.0)).result(SOON_S)
    ward.rewind("a", "kim", 0.0).result(SOON_S)
    assert (ward.beds["a"].state, ward.beds["a"].why) == ("running", "")
    page = _next(told, "page")
    assert (page.branch, page.number) == (1, 0)


def test_a_bed_that_cannot_stand_where_it_was_rewound_to_fails_and_can_be_rewound_again(ward, told, monkeypatch):
    _next(told, "page")
    session = ward.beds["a"].session
    ward.clock("a", "kim", "pause").result(SOON_S)
    monkeypatch.setattr(session, "_go_to", lambda page: (_ for _ in ()).throw(ValueError("no such moment")))
    with pytest.raises(ValueError, match="no such moment"):
        ward.rewind("a", "kim", 0.0).result(SOON_S)
    assert (ward.beds["a"].state, ward.beds["a"].why, session.branch) == ("failed", "no such moment", 1)
    monkeypatch.undo()
    ward.rewind("a", "kim", 0.0).result(SOON_S)
    assert (ward.beds["a"].state, session.branch, session.page) == ("paused", 2, 0)
