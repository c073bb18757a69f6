"""What is old is kept by the minute, and no alarm is lost or moved. Worked out by hand."""

import pytest

from twinbed.ward import rows as module
from twinbed.ward.rows import GROUP, Rows

PAGES = 400
ALL = [(0, 0, None)]
STOOD = {"a": range(70, 131), "b": range(95, 300), "c": range(60, 61)}
LATCHED = range(190, 235)
"""Pages on which `b` stands although its condition is gone."""


def _alarms(page):
    return tuple(
        {"id": name, "priority": 2, "latched": name == "b" and page in LATCHED}
        for name, pages in STOOD.items()
        if page in pages
    )


@pytest.fixture
def rows(monkeypatch):
    """Numbers that count the pages, every third of `H` missing; all but the last 120 pages and their group folded."""
    monkeypatch.setattr(module, "WHOLE", 120)
    rows = Rows()
    for page in range(PAGES):
        rows.add(0, page, ({"G": float(page), "H": None if page % 3 else 5.0, "N": None}, _alarms(page)))
    assert [f.first for f in rows.fold(0, PAGES)] == [0, 60, 120, 180]
    return rows


def test_old_numbers_are_means_at_the_middle_of_their_group_and_new_ones_are_as_they_were(rows):
    found = rows.rows(ALL, 0, PAGES)
    assert sorted(found) == [30, 90, 150, 210, *range(240, PAGES)]
    assert [found[page][0]["G"] for page in (30, 90, 240, 399)] == [29.5, 89.5, 240.0, 399.0]
    assert (found[30][0]["H"], found[30][0]["N"]) == (5.0, None)
    assert sorted(rows.rows(ALL, 100, 130)) == [90, 150], "the groups that a time touches"
    assert sorted(rows.rows(ALL, 300, 303)) == [300, 301, 302]


def test_every_alarm_begins_and_ends_on_the_page_on_which_it_did(rows):
    marks = rows.alarms(ALL, PAGES)
    standing = set()
    for page in range(PAGES):
        standing = {(a["id"], a["latched"]) for a in marks[page]} if page in marks else standing
        assert standing == {(a["id"], a["latched"]) for a in _alarms(page)}, page
    assert len([page for page in marks if page < 240]) == 4 + 6, "the first of each group, and what changed within"


def test_a_branch_has_nothing_of_what_its_parent_was_after_it_began(rows):
    """It began at page 100, in the middle of a group."""
    parts = [(0, 0, 100), (1, 100, None)]
    assert sorted(rows.rows(parts, 0, PAGES)) == [30]
    assert max(rows.alarms(parts, PAGES)) == 95


def test_what_was_folded_is_not_there_twice(rows):
    rows.add(0, 70, ({"G": 1e9}, ()))
    assert 70 not in rows.rows(ALL, 0, PAGES)
    assert rows.fold(0, PAGES) == []
    assert rows.end(0) == PAGES
    assert rows.end(1) == 0
    assert rows.folded(0, GROUP, 3 * GROUP) == [f for f in rows.folded(0, 0, PAGES) if f.first in (60, 120)]


def test_the_alarms_of_any_page_are_known(rows):
    known = {(a["id"], a["latched"]) for a in rows.stood(ALL, 200)}
    assert known == {("b", True)}, "folded, and nothing changed on that page"
    for page in range(PAGES):
        told = {(a["id"], a["latched"]) for a in rows.stood(ALL, page)}
        assert told == {(a["id"], a["latched"]) for a in _alarms(page)}
    assert rows.stood(ALL, PAGES) == rows.stood([(0, 300, None)], 200) == ()
