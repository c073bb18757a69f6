"""The audit: a row that was edited, removed or moved is found, and rows of many at once are one chain."""

import concurrent.futures
import contextlib
import hashlib
import itertools
import json

import pytest

from twinbed.server.permissions import Role
from twinbed.server.store.audit import Check

ROWS = 6


@pytest.fixture
def audit(store):
    for i in range(ROWS):
        store.audit.append("Ada", "did", number=i, text="한글 \u0000", third=0.1)
    return store.audit


def tamper(store, *statements):
    with store.database.writing() as session:
        for statement in statements:
            assert session.connection().exec_driver_sql(statement).rowcount > 0


def test_an_untouched_chain_holds(store, audit):
    check = audit.check()
    assert (check.ok, check.entries, check.broken_at) == (True, ROWS, None)
    assert check.head == audit.records()[-1].hash


def test_an_empty_chain_holds(store):
    assert (store.audit.check().ok, store.audit.check().entries) == (True, 0)


def test_the_hash_of_a_row_is_that_of_the_one_before_and_of_its_own_json(audit):
    before = "0" * 64
    for row in audit.records():
        own = {"seq": row.seq, "wall": row.wall.isoformat(), "who": row.who, "what": row.what, "detail": row.detail}
        text = json.dumps(own, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert row.hash == hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()
        before = row.hash


@pytest.mark.parametrize(
    "edit",
    [
        "who = 'Eve'", "what = 'did not'", "detail = '{\"number\":9}'", "hash = previous", "previous = hash",
        "wall = (SELECT max(wall) FROM audit WHERE seq = 6)",
    ],
)  # fmt: skip
@pytest.mark.parametrize("seq", [1, 3, ROWS])
def test_an_edited_row_is_found(store, audit, edit, seq):
    if "wall" in edit and seq == ROWS:
        edit = "wall = (SELECT min(wall) FROM audit)"
    tamper(store, f"UPDATE audit SET {edit} WHERE seq = {seq}")
    check = audit.check()
    assert (check.ok, check.broken_at, check.entries) == (False, seq, seq - 1)


@pytest.mark.parametrize("seq", range(1, ROWS + 1))
def test_a_removed_row_is_found_also_the_last(store, audit, seq):
    tamper(store, f"DELETE FROM audit WHERE seq = {seq}")
    check = audit.check()
    assert (check.ok, check.broken_at) == (False, seq)


def test_removed_rows_are_found_when_the_others_are_counted_anew(store, audit):
    tamper(store, "DELETE FROM audit WHERE seq = 3")
    for seq in range(4, ROWS + 1):
        tamper(store, f"UPDATE audit SET seq = {seq - 1} WHERE seq = {seq}")
    assert audit.check().broken_at == 3


def test_rows_that_changed_places_are_found(store, audit):
    for a, b in itertools.pairwise(range(1, ROWS + 1)):
        swap = f"UPDATE audit SET seq = 99 WHERE seq = {a}", f"UPDATE audit SET seq = {a} WHERE seq = {b}"
        back = f"UPDATE audit SET seq = {b} WHERE seq = 99"
        tamper(store, *swap, back)
        assert audit.check().broken_at == a
        tamper(store, *swap, back)
        assert audit.check().ok


def test_all_rows_removed_is_found(store, audit):
    tamper(store, "DELETE FROM audit")
    assert audit.check().broken_at == 1


def test_rows_of_many_at_once_are_one_chain(store):
    def work(i):
        for j in range(10):
            store.audit.append(f"person {i}", "did", j=j)

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    check = store.audit.check()
    assert (check.ok, check.entries) == (True, 60)
    rows = store.audit.records()
    for i in range(6):
        assert [r.detail["j"] for r in rows if r.who == f"person {i}"] == list(range(10))


def test_what_was_done_and_its_row_come_together_or_not_at_all(store):
    store.people.make("Ada", Role.VIEWER, by="test")

    def half():
        with store.database.writing() as session:
            store.audit.write(session, "test", "did")
            raise RuntimeError("power failed")

    with pytest.raises(RuntimeError):
        half()
    assert [r.what for r in store.audit.records()] == ["person made"]
    assert store.audit.check().ok


@pytest.mark.long
def test_rows_are_read_a_page_at_a_time(store):
    for i in range(205):
        store.audit.append("Ada", "did", i=i)
    first = store.audit.records()
    assert len(first) == 200
    assert [r.seq for r in store.audit.records(after=first[-1].seq)] == [201, 202, 203, 204, 205]


def test_a_check_while_somebody_writes_sees_one_moment(store, monkeypatch):
    """A row is written between the reading of the head and that of the rows."""
    for _ in range(3):
        store.audit.append("x", "y")
    reading = store.database.reading

    @contextlib.contextmanager
    def slow():
        with reading() as session:
            get = session.get

            def then(*args, **more):
                found = get(*args, **more)
                monkeypatch.undo()
                store.audit.append("somebody", "signed in")
                return found

            session.get = then
            yield session

    monkeypatch.setattr(store.database, "reading", slow)
    assert store.audit.check() == Check(True, 3, None, store.audit.records()[2].hash)
    assert store.audit.check().entries == 4
