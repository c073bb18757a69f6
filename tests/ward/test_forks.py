"""A fork is kept with what was asked and what came of it, and is there again after the server ended."""

import json
import math

import numpy as np
import pytest

from tests.ward.tiny import made
from twinbed.ward import ward as wards
from twinbed.ward.controls import Wish
from twinbed.ward.ensemble import Change, Futures
from twinbed.ward.forks import MOST_KEPT, Fork, as_kept, from_kept
from twinbed.ward.log import InMemory
from twinbed.ward.posterior import Spread
from twinbed.ward.ward import Ward

SOON_S = 60.0
CHANGES = (Change("carbohydrate", Wish(40.0, 900.0)), Change("pump.gain", Wish(1.5), 300.0))


def same(one, other):
    return all(np.array_equal(one[name], other[name], equal_nan=True) for name in {*one, *other})


def test_what_is_kept_is_plain_json_and_is_read_back_to_the_bit():
    levels = {"G": np.asarray([[0.1 + 0.2, math.nan], [5e-324, 1e300]])}
    spread = Spread("past", "", 30.0, 24, 63, 24.5, 0.4)
    futures = Futures(np.asarray([60.0, 120.0]), levels, {"G": levels["G"][::-1]}, 12, (0, 3), spread)
    fork = Fork(7, "b", "kim", 30.0, 600.0, 12, CHANGES, 1.0, futures)
    read = from_kept("b", 7, json.loads(json.dumps(as_kept(fork), allow_nan=False)))
    assert (read.id, read.bed, read.who, read.at_s, read.horizon_s, read.members) == (7, "b", "kim", 30.0, 600.0, 12)
    assert (read.changes, read.state, read.futures.implausible) == (CHANGES, "done", (0, 3))
    assert same(read.futures.as_is, futures.as_is)
    assert same(read.futures.changed, futures.changed)
    assert read.futures.spread == spread


@pytest.mark.parametrize(("stopped", "state"), [(True, "stopped"), (False, "failed")])
def test_what_was_stopped_has_not_failed_also_after_the_server_ended(stopped, state):
    fork = Fork(1, "b", "kim", 30.0, 600.0, 12, CHANGES, why="because", stopped=stopped)
    kept = json.loads(json.dumps(as_kept(fork)))
    assert (fork.state, from_kept("b", 1, kept).state) == (state, state)
    del kept["stopped"]
    assert from_kept("b", 1, kept).state == "failed", "of an earlier version, which did not say"


def test_futures_that_an_earlier_version_kept_say_so():
    levels = {"G": np.asarray([[1.0]])}
    kept = as_kept(Fork(7, "b", "kim", 0.0, 60.0, 1, (), 1.0, Futures(np.asarray([60.0]), levels, levels, 1, (0, 0))))
    del kept["futures"]["spread"]
    assert from_kept("b", 7, kept).futures.spread == Spread("people", "before")


def test_one_that_was_never_done_says_what_to_do():
    read = from_kept("b", 7, as_kept(Fork(7, "b", "kim", 30.0, 600.0, 12, CHANGES)))
    assert (read.state, read.changes) == ("failed", CHANGES)
    assert ("play it again" in read.why, "다시 계산해" in read.why_ko) == (True, True)


def test_why_one_failed_is_kept():
    failed = Fork(
        7, "b", "kim", 30.0, 600.0, 500, (), why="500 members: between 1 and 64", why_ko="표본 500명: 1~64명입니다"
    )
    read = from_kept("b", 7, as_kept(failed))
    assert (read.why, read.why_ko) == (failed.why, failed.why_ko)


@pytest.fixture
def store(monkeypatch):
    monkeypatch.setattr(wards, "make", lambda toml: made())
    return InMemory()


def lives(store):
    """A ward with one bed, which stands."""
    ward = Ward(store)
    ward.open("b", "", paused=True).result(SOON_S)
    ward.do(lambda: None).result(SOON_S)
    return ward


def test_a_fork_is_there_again_in_another_ward_with_its_futures(store):
    ward = lives(store)
    asked = ward.fork("b", "kim", 0.0, CHANGES[:1], horizon_s=3000.0, members=1).result(SOON_S)
    ward._ahead.submit(lambda: None).result(SOON_S)
    ward.close()
    again = lives(store)
    (read,) = again.forks["b"]
    again.close()
    assert (read.id, read.state, read.changes) == (asked.id, "done", CHANGES[:1])
    assert same(read.futures.changed, asked.futures.changed)


def test_the_latest_are_at_hand_and_the_others_are_kept(store):
    for number in range(1, MOST_KEPT + 6):
        store.keep_fork("b", number, as_kept(Fork(number, "b", "kim", 0.0, 600.0, 1, ())))
    ward = lives(store)
    assert [f.id for f in ward.forks["b"]] == list(range(6, MOST_KEPT + 6))
    ward.close()
    assert len(store.forks("b")) == MOST_KEPT + 5
