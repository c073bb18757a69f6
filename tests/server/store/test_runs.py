"""The queue of runs as it is kept, in both data bases."""

import concurrent.futures

import pytest

from twinbed.core.errors import NotFound
from twinbed.server.errors import Refused
from twinbed.server.permissions import Role
from twinbed.server.store.runs import DONE, Asked
from twinbed.server.store.sessions import Lifetimes


@pytest.fixture
def person(store):
    token = store.invitations.make(Role.ENGINEER, 60.0, by="test")
    return store.invitations.use(token, "Ada", "hashed", Lifetimes())[0]


def add(store, person, id):
    return store.runs.add(Asked("study", f"Study {id}", None, {"n": 1}), id=id, version="1", person=person.id, by="Ada")


def test_runs_are_begun_in_the_order_in_which_they_were_asked_for(store, person):
    for id in ("first", "second", "third"):
        add(store, person, id)
    assert store.runs.cancel("second", by="Ada").state == "cancelled"
    assert [store.runs.next().id for _ in range(2)] == ["first", "third"]
    assert store.runs.next() is None
    again = store.runs.again("second", by="Ada")
    assert (again.state, again.tries) == ("waiting", 0)
    assert [run.id for run in store.runs.all() if run.goes_on] == ["third", "second", "first"]


def test_what_ended_is_kept_with_what_came_of_it_and_is_in_the_audit(store, person):
    add(store, person, "run")
    with pytest.raises(Refused, match="has not ended"):
        store.runs.remove("run", by="Ada")
    store.runs.next()
    ended = store.runs.end("run", DONE, found={"verdict": "pass", "sha256": "ab"})
    assert (ended.state, ended.found["verdict"], ended.ended_at >= ended.began_at) == ("done", "pass", True)
    with pytest.raises(Refused, match="has ended"):
        store.runs.cancel("run", by="Ada")
    store.runs.remove("run", by="Ada")
    with pytest.raises(NotFound):
        store.runs.run("run")
    told = [(r.who, r.what) for r in store.audit.records() if r.detail.get("run") == "run"]
    assert told == [("Ada", "study started"), ("twinbed", "run done"), ("Ada", "run removed")]
    assert store.audit.check().ok


def test_no_run_is_begun_twice(store, person):
    for k in range(6):
        add(store, person, f"run{k}")
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        begun = [run.id for run in pool.map(lambda _: store.runs.next(), range(6))]
    assert sorted(begun) == [f"run{k}" for k in range(6)]


def test_what_was_running_waits_again_after_a_restart_and_is_first(store, person):
    add(store, person, "first")
    add(store, person, "second")
    store.runs.next()
    store.runs.take_up()
    assert (store.runs.next().id, store.runs.run("first").tries) == ("first", 2)
    store.runs.give_back("first")
    assert store.runs.run("first").tries == 1
