"""What is kept of beds, on both data bases."""

import concurrent.futures
import contextlib
import datetime
import math
import subprocess
import sys

import pytest

from twinbed.core.errors import NotFound
from twinbed.server.errors import Busy, StoreError
from twinbed.server.store import open_store
from twinbed.ward.log import Asked, Branch, InMemory

DEFINITION = {"patient": {"sex": "female", "age_years": 61.5}, "devices": ["pump"], "title": "심근경색"}


def make(store, **changes):
    given = dict(title="Bed one", kind="acute", definition=DEFINITION, seed=7, version="0.1.0", made_by="ada")
    return store.beds.add_bed(**(given | changes))


def write(store, bed, data=None, branch=0, page=3, **changes):
    given = dict(t_s=3.25, who="ada", kind="request", data={"x": 0} if data is None else data)
    return store.beds.append(bed.id, Asked(branch, page, **(given | changes)))


def leave(store, bed, branch, page, data=None):
    """A branch that leaves another at a page: its number."""
    told = {} if data is None else data
    return store.beds.open_branch(bed.id, Asked(branch, page, 1.0 * page, "ada", "rewind", told)).branch


def test_a_bed_is_read_back_as_it_was_kept_and_begins_with_a_root_branch(store):
    before = datetime.datetime.now(datetime.UTC)
    bed = make(store, seed=2**63 - 1)
    assert (bed.title, bed.kind, bed.seed, bed.version, bed.made_by) == ("Bed one", "acute", 2**63 - 1, "0.1.0", "ada")
    assert bed.definition == DEFINITION
    assert before <= bed.made_at <= datetime.datetime.now(datetime.UTC)
    assert bed.removed_at is None
    assert store.beds.bed(bed.id) == bed
    assert store.beds.branches(bed.id) == [Branch(0, None, 0)]
    assert store.beds.entries(bed.id) == []


def test_beds_come_in_the_order_in_which_they_were_made(store):
    made = [make(store, title=f"Bed {i}") for i in range(5)]
    assert list(store.beds.beds()) == made


@pytest.mark.parametrize(
    "data",
    [
        {"control": "pump.rate", "value": 0.1 + 0.2, "lasts_s": 5e-324},
        {"small": 2.2250738585072014e-308, "large": 1.7976931348623157e308, "minus": -0.0},
        {"text": "한글 \u0000 \u2028 \U0001f600 '\";--", "deep": [[], {}, [None, True, False]]},
        {"second": 2**70, "first": [1, 2.0, "3"]},
    ],
)
def test_data_of_an_entry_are_read_back_to_the_bit(store, data):
    bed = make(store)
    kept = write(store, bed, data, t_s=0.1 + 0.2)
    [read] = store.beds.entries(bed.id)
    assert read == kept
    assert repr(read.data) == repr(data)
    assert read.t_s.hex() == (0.1 + 0.2).hex()


@pytest.mark.parametrize("data", [{"x": math.nan}, {"x": math.inf}, {"x": "\ud800"}, {"x": object()}, {"x": {1, 2}}])
def test_what_is_no_json_is_refused_and_leaves_nothing(store, data):
    bed = make(store)
    with pytest.raises(StoreError, match="JSON"):
        write(store, bed, data)
    assert store.beds.entries(bed.id) == []
    with pytest.raises(StoreError, match="JSON"):
        make(store, definition=data)
    assert store.beds.beds() == (bed,)


def test_entries_are_counted_from_one_in_each_bed_and_read_after_a_place(store):
    one, two = make(store), make(store)
    for i in range(4):
        write(store, one, {"i": i})
    refused = write(store, two, {}, accepted=False, reason="the pump is empty")
    assert [e.seq for e in store.beds.entries(one.id)] == [1, 2, 3, 4]
    assert [e.data["i"] for e in store.beds.entries(one.id, after=2)] == [2, 3]
    assert store.beds.entries(two.id) == [refused]
    assert (refused.seq, refused.accepted, refused.reason) == (1, False, "the pump is empty")


def test_many_threads_write_to_one_bed_without_gaps_and_without_loss(store):
    bed, other = make(store), make(store)

    def written(b, data):
        """Tries again where others kept the data base busy for too long: nothing was written then."""
        for _ in range(60):
            with contextlib.suppress(Busy):
                return write(store, b, data)
        raise AssertionError("always busy")

    def work(i):
        return [(b, written(b, {"i": i, "j": j})) for j in range(12) for b in [bed if j % 4 else other]]

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        kept = [entry for part in pool.map(work, range(6)) for entry in part]
    for which, count in ((bed, 54), (other, 18)):
        read = store.beds.entries(which.id)
        assert [e.seq for e in read] == list(range(1, count + 1))
        assert sorted((e for b, e in kept if b == which), key=lambda e: e.seq) == read


def test_it_answers_as_the_store_in_memory_does(store):
    bed = make(store).id
    for kept in (store.beds, memory := InMemory()):
        kept.append(bed, Asked(0, 1, 1.0, "ada", "request", {"control": "a", "value": 1}))
        kept.open_branch(bed, Asked(0, 4, 4.0, "ada", "rewind", {"from_branch": 0}))
        kept.append(bed, Asked(1, 5, 5.0, "ada", "request", {"control": "b"}, accepted=False, reason="no"))
    plain = lambda kept: [vars(e) | {"wall": None} for e in kept.entries(bed)]
    assert plain(store.beds) == plain(memory)
    assert plain(memory)
    assert store.beds.branches(bed) == memory.branches(bed)


def test_branches_are_a_tree(store):
    bed = make(store)
    assert [leave(store, bed, 0, 100), leave(store, bed, 1, 150), leave(store, bed, 0, 20)] == [1, 2, 3]
    assert store.beds.branches(bed.id) == [Branch(0, None, 0), Branch(1, 0, 100), Branch(2, 1, 150), Branch(3, 0, 20)]
    assert [(e.branch, e.page, e.kind) for e in store.beds.entries(bed.id)] == [
        (1, 100, "rewind"), (2, 150, "rewind"), (3, 20, "rewind"),
    ]  # fmt: skip
    assert write(store, bed, {}, branch=2, page=151).branch == 2


def test_a_branch_and_the_entry_that_says_why_come_together_or_not_at_all(store):
    bed = make(store)
    with pytest.raises(StoreError, match="JSON"):
        leave(store, bed, 0, 5, {"to_s": math.nan})
    assert store.beds.branches(bed.id) == [Branch(0, None, 0)]
    assert store.beds.entries(bed.id) == []


def test_what_is_not_there_is_said(store):
    bed = make(store)
    for call in (store.beds.bed, store.beds.entries, store.beds.branches, store.beds.remove_bed):
        with pytest.raises(NotFound, match="no bed 'nowhere'"):
            call("nowhere")
    with pytest.raises(NotFound, match="no branch 4"):
        write(store, bed, {}, branch=4)
    with pytest.raises(NotFound, match="no branch 4"):
        leave(store, bed, 4, 10)
    with pytest.raises(StoreError, match="not at -1"):
        leave(store, bed, 0, -1)


def test_a_removed_bed_keeps_its_log_and_takes_no_more(store):
    bed = make(store)
    entry = write(store, bed, {"x": 1})
    gone = store.beds.remove_bed(bed.id)
    assert gone.removed_at >= bed.made_at
    assert store.beds.beds() == ()
    assert store.beds.beds(removed=True) == (gone,)
    assert store.beds.entries(bed.id) == [entry]
    for call in (
        lambda: write(store, bed, {}),
        lambda: leave(store, bed, 0, 1),
        lambda: store.beds.remove_bed(bed.id),
    ):
        with pytest.raises(NotFound):
            call()


def test_who_made_and_removed_a_bed_is_in_the_audit(store):
    bed = make(store)
    store.beds.remove_bed(bed.id, by="grace")
    made, removed = store.audit.records()
    said = {"bed": bed.id, "title": bed.title}
    assert (made.who, made.what) == (bed.made_by, "bed made")
    assert made.detail.items() > said.items()
    assert (removed.who, removed.what, removed.detail) == ("grace", "bed removed", said)
    assert store.audit.head()[0] == 2
    assert store.audit.check().ok


def test_a_title_that_no_data_base_can_keep_is_refused(store):
    with pytest.raises(StoreError, match="a title is text"):
        make(store, title="a\0b")


def test_everything_is_there_when_the_data_base_is_opened_again(url):
    with open_store(url) as store:
        bed = make(store)
        entry = write(store, bed, {"x": 1})
        branch = leave(store, bed, 0, 9)
    with open_store(url) as store:
        assert store.beds.beds() == (bed,)
        assert store.beds.entries(bed.id)[0] == entry
        assert store.beds.branches(bed.id)[1] == Branch(branch, 0, 9)


def test_an_acknowledged_entry_survives_the_death_of_the_process(url):
    with open_store(url) as store:
        bed = make(store)
    code = (
        "import os, sys; from twinbed.server.store import open_store; from twinbed.ward.log import Asked\n"
        "append = open_store(sys.argv[1]).beds.append\n"
        "for i in range(3): print(append(sys.argv[2], Asked(0, i, 1.0 * i, 'ada', 'request', {'i': i})).seq, flush=True)\n"
        "os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code, url, bed.id], capture_output=True, text=True)
    assert (done.stdout.split(), done.returncode) == (["1", "2", "3"], -9)
    with open_store(url) as store:
        assert [e.data["i"] for e in store.beds.entries(bed.id)] == [0, 1, 2]


def test_forks_are_kept_in_order_and_what_came_of_one_takes_its_place(store, url):
    bed, other = make(store), make(store)
    store.beds.keep_fork(bed.id, 12, {"at_s": 0.1 + 0.2, "futures": None})
    store.beds.keep_fork(bed.id, 3, {"at_s": 1.0, "futures": None})
    store.beds.keep_fork(bed.id, 12, {"at_s": 0.1 + 0.2, "futures": {"G": [[1.5, None]]}})
    with open_store(url) as again:
        kept = again.beds.forks(bed.id)
        assert again.beds.forks(other.id) == {}
    assert list(kept.items()) == [
        (3, {"at_s": 1.0, "futures": None}),
        (12, {"at_s": 0.1 + 0.2, "futures": {"G": [[1.5, None]]}}),
    ]
    store.beds.remove_bed(bed.id)
    with pytest.raises(NotFound):
        store.beds.keep_fork(bed.id, 13, {})
