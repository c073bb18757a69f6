"""What acts on a branch is worked out by hand."""

import pytest

from twinbed.core.errors import NotFound
from twinbed.ward.log import Asked, Branch, InMemory, acting, lineage


def asked(branch, page, kind="request", **more):
    return Asked(branch, page, float(page), "kim", kind, {"control": "x"}, **more)


def test_a_branch_has_what_its_parent_had_before_it_began():
    store = InMemory()
    add = lambda branch, page: store.append("bed", asked(branch, page))
    first, second, late = add(0, 5), add(0, 10), add(0, 20)
    child = store.open_branch("bed", asked(0, 10, "rewind")).branch
    own = add(child, 10)
    assert acting(store.entries("bed"), store.branches("bed"), 0) == [first, second, late]
    assert acting(store.entries("bed"), store.branches("bed"), child) == [first, own]


def test_a_branch_of_a_branch_that_goes_back_further_has_nothing_of_it():
    branches = [Branch(0, None, 0), Branch(1, 0, 50), Branch(2, 1, 20)]
    assert lineage(branches, 2) == [(0, 0, 20), (2, 20, None)]
    assert lineage(branches, 1) == [(0, 0, 50), (1, 50, None)]


def test_what_was_refused_or_is_no_request_does_not_act():
    store = InMemory()
    store.append("bed", asked(0, 1, accepted=False, reason="out of range"))
    store.append("bed", asked(0, 1, kind="clock"))
    held = store.append("bed", asked(0, 1))
    assert acting(store.entries("bed"), store.branches("bed"), 0) == [held]
    assert [e.seq for e in store.entries("bed", after=2)] == [3]


def test_requests_act_by_page_and_then_in_their_order():
    store = InMemory()
    pages = [7, 3, 3]
    made = [store.append("bed", asked(0, page)) for page in pages]
    assert acting(store.entries("bed"), store.branches("bed"), 0) == [made[1], made[2], made[0]]


def test_an_unknown_branch_is_refused():
    with pytest.raises(NotFound, match="there are 0"):
        lineage([Branch(0, None, 0)], 3)
