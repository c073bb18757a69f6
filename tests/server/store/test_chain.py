"""The log of a bed is a chain that the audit vouches for: what was edited, removed, moved or put in is found."""

import hashlib
import json

import pytest
from alembic import command
from alembic.config import Config

from tests.server.store.test_audit import tamper
from tests.server.store.test_beds import leave, make, write
from twinbed.server.store import open_store

GIVEN = {"control": "morphine_rate", "value": 30.0, "lasts_s": 0.0, "note": "한글 \u0000"}
LINKS = 6
"""The bed, its first branch, two entries, another branch and its entry."""


@pytest.fixture
def bed(store):
    """A bed with a dose, a refused one and a rewind, and another bed."""
    bed = make(store, title="one")
    write(store, bed, GIVEN, t_s=0.1 + 0.2)
    write(store, make(store, title="two"), GIVEN)
    write(store, bed, {}, accepted=False, reason="out of range")
    leave(store, bed, 0, 2, {"to_s": 2.0})
    return bed


def found(store):
    check = store.audit.check()
    return check.ok, check.broken_at, check.bed, check.broken_link


WHOLE = True, None, None, None


def test_untouched_logs_hold_also_of_removed_beds(store, bed):
    assert found(store) == WHOLE
    store.beds.remove_bed(bed.id)
    assert found(store) == WHOLE


def test_the_hash_of_a_link_is_that_of_the_one_before_and_of_the_json_of_its_row(store, bed):
    """Worked out by hand; the audit holds the hash of the link that was written last in every transaction."""
    wall = lambda t: {"wall": t.isoformat()}
    entries = [{**vars(e), "data": dict(e.data), **wall(e.wall)} for e in store.beds.entries(bed.id)]
    branches = [vars(b) for b in store.beds.branches(bed.id)]
    own = {k: v for k, v in vars(bed).items() if k != "removed_at"} | {"made_at": bed.made_at.isoformat()}
    rows = [
        ("bed", own), ("branch", branches[0]), ("entry", entries[0]), ("entry", entries[1]), ("branch", branches[1]),
        ("entry", entries[2]),
    ]  # fmt: skip
    last, hashes = "0" * 64, {}
    for link, (what, row) in enumerate(rows, 1):
        said = {**row, "of": bed.id, "link": link, "what": what}
        text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        last = hashes[link] = hashlib.sha256(f"{last}\n{text}".encode()).hexdigest()
    noted = {r.detail["link"]: r.detail["hash"] for r in store.audit.records() if r.detail["bed"] == bed.id}
    assert noted == {link: hashes[link] for link in (2, 3, 4, 6)}


@pytest.mark.parametrize(
    ("edit", "link"),
    [
        ("beds SET title = 'other' WHERE id = '{bed}'", 1),
        ("beds SET definition = '{{}}' WHERE id = '{bed}'", 1),
        ("beds SET made_by = 'Eve' WHERE id = '{bed}'", 1),
        ("entries SET who = 'Dr Lee' WHERE bed = '{bed}' AND seq = 1", 3),
        ("entries SET data = '{{\"control\":\"morphine_rate\",\"value\":5.0}}' WHERE bed = '{bed}' AND seq = 1", 3),
        ("entries SET data = 'no JSON' WHERE bed = '{bed}' AND seq = 1", 3),
        ("entries SET page = 4 WHERE bed = '{bed}' AND seq = 1", 3),
        ("entries SET t_s = 0.3 WHERE bed = '{bed}' AND seq = 1", 3),
        ("entries SET wall = (SELECT max(wall) FROM entries) WHERE bed = '{bed}' AND seq = 1", 3),
        ("entries SET accepted = '1' WHERE bed = '{bed}' AND seq = 2", 4),
        ("entries SET reason = '' WHERE bed = '{bed}' AND seq = 2", 4),
        ("entries SET kind = 'note' WHERE bed = '{bed}' AND seq = 3", 6),
        ("entries SET branch = 0 WHERE bed = '{bed}' AND seq = 3", 6),
        ("branches SET from_page = 3 WHERE bed = '{bed}' AND id = 1", 5),
        ("links SET hash = previous WHERE bed = '{bed}' AND link = 3", 3),
        ("links SET previous = hash WHERE bed = '{bed}' AND link = 6", 6),
        ("links SET what = 'branch' WHERE bed = '{bed}' AND link = 4", 4),
    ],
)  # fmt: skip
def test_what_was_edited_is_found(store, bed, edit, link):
    tamper(store, "UPDATE " + edit.format(bed=bed.id))
    assert found(store) == (False, None, bed.id, link)


@pytest.mark.parametrize(
    ("statements", "link"),
    [
        (["DELETE FROM entries WHERE bed = '{bed}' AND seq = 3"], 6),
        (["DELETE FROM entries WHERE bed = '{bed}' AND seq = 1"], 3),
        (["DELETE FROM links WHERE bed = '{bed}' AND link = 6"], 6),
        (["DELETE FROM links WHERE bed = '{bed}' AND link = 6", "DELETE FROM entries WHERE bed = '{bed}' AND seq = 3"], 6),
        (["INSERT INTO entries SELECT bed, 4, branch, page, t_s, wall, who, kind, data, accepted, reason FROM entries "
          "WHERE bed = '{bed}' AND seq = 1"], 7),
        (["INSERT INTO entries SELECT bed, 4, branch, page, t_s, wall, who, kind, 'no JSON', accepted, reason FROM entries "
          "WHERE bed = '{bed}' AND seq = 1"], 7),
        (["INSERT INTO branches VALUES ('{bed}', 2, 0, 1)"], 7),
        (["DELETE FROM links WHERE bed = '{bed}'"], 1),
    ],
)  # fmt: skip
def test_what_was_removed_or_put_in_is_found(store, bed, statements, link):
    tamper(store, *(s.format(bed=bed.id) for s in statements))
    assert found(store) == (False, None, bed.id, link)


def test_a_chain_that_was_made_anew_is_not_what_the_audit_vouches_for(store, bed):
    """Who can write to the data base makes the dose another and all hashes after it right again."""
    rows = f"SELECT link, what, previous, hash FROM links WHERE bed = '{bed.id}' ORDER BY link"
    tamper(store, f"UPDATE entries SET who = 'Dr Lee' WHERE bed = '{bed.id}' AND seq = 1")
    entries = [{**vars(e), "data": dict(e.data), "wall": e.wall.isoformat()} for e in store.beds.entries(bed.id)]
    branches = [vars(b) for b in store.beds.branches(bed.id)]
    with store.database.reading() as session:
        links = list(session.connection().exec_driver_sql(rows))
    own = {3: entries[0], 4: entries[1], 5: branches[1], 6: entries[2]}
    last = links[1].hash
    for link, what, _, _ in links[2:]:
        said = {**own[link], "of": bed.id, "link": link, "what": what}
        text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        made = hashlib.sha256(f"{last}\n{text}".encode()).hexdigest()
        tamper(store, f"UPDATE links SET previous = '{last}', hash = '{made}' WHERE bed = '{bed.id}' AND link = {link}")
        last = made
    assert found(store) == (False, None, bed.id, 3)


def test_a_bed_that_nobody_made_is_found(store, bed):
    tamper(
        store,
        "INSERT INTO beds SELECT 'zzz', title, kind, definition, seed, version, made_by, made_at, removed_at FROM beds "
        f"WHERE id = '{bed.id}'",
    )
    assert found(store) == (False, None, "zzz", 1)


def test_chains_of_beds_that_were_there_before_begin_with_what_is_there(url):
    """A data base as twinbed made it before there were chains: no links, and nothing of them in the audit."""
    with open_store(url) as store:
        old = make(store, title="old")
        write(store, old, GIVEN)
        leave(store, old, 0, 2)
        empty = make(store, title="empty")
        tamper(store, "DELETE FROM audit", "DELETE FROM audit_head", "DELETE FROM links")
        with store.database._engine.connect() as connection, connection.begin():
            connection.exec_driver_sql("DROP TABLE links")
            config = Config()
            config.set_main_option("script_location", "twinbed.server.store:migrations")
            config.attributes["connection"] = connection
            command.stamp(config, "0004")
    with open_store(url) as store:
        assert found(store) == WHOLE
        ends = [(r.who, r.what, r.detail["bed"], r.detail["link"]) for r in store.audit.records()]
        assert ends == [("twinbed", "bed log", old.id, 5), ("twinbed", "bed log", empty.id, 2)]
        write(store, old, {"x": 1})
        write(store, empty, {"x": 1})
        assert found(store) == WHOLE
        tamper(store, f"UPDATE entries SET who = 'Dr Lee' WHERE bed = '{old.id}' AND seq = 1")
        assert found(store) == (False, None, old.id, 4)
