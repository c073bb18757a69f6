"""A session that is handed on is the same session, or is refused."""

import dataclasses
import datetime
import hashlib
import json

import numpy as np
import pytest

from tests.ward import tiny
from tests.ward.test_session import PAGES, _live
from twinbed.core.errors import ReadError
from twinbed.ward import kept as keeping
from twinbed.ward.checkpoints import Checkpoints
from twinbed.ward.log import Asked, Branch, Entry, InMemory
from twinbed.ward.session import Session

_TOML = 'seed = 7\n[ward]\ntitle = "tiny"\n'


@pytest.fixture(scope="module")
def lived():
    """A session with two rewinds, the second to before the first."""
    session = Session("bed", tiny.made(), InMemory(), Checkpoints())
    pages = _live(session)
    session.rewind("park", 45 * session.page_s)
    for _ in range(10):
        session.advance()
    session.rewind("park", 20 * session.page_s)
    for _ in range(5):
        session.advance()
    return session, pages


@pytest.fixture
def file(lived, tmp_path):
    path = tmp_path / "a.session.json"
    path.write_bytes(keeping.kept(lived[0], _TOML).written())
    return path


@pytest.fixture(autouse=True)
def _tiny(monkeypatch):
    monkeypatch.setattr(keeping, "make", lambda toml: tiny.made())


def test_every_branch_ends_where_it_was_left(lived):
    assert keeping.kept(lived[0], _TOML).reached == {0: PAGES, 1: 55, 2: 25}


def test_a_session_comes_back_from_its_file_and_plays_the_same_bits(lived, file):
    session, pages = lived
    found = keeping.read(file)
    assert found == keeping.kept(session, _TOML)
    again = keeping.revived(found)
    assert again.page == 0
    again.branch = 0
    seen = []
    again.replay(30, PAGES, seen.append)
    assert [p.number for p in seen] == list(range(30, PAGES))
    for page, other in zip(seen, pages[30:], strict=True):
        np.testing.assert_array_equal(page.recorded["sensor.cgm"], other.recorded["sensor.cgm"])


def _sha256(said):
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def test_the_digests_are_those_that_the_documentation_describes(file):
    said = json.loads(file.read_text())
    log = {"toml": said["toml"], "entries": said["entries"]}
    log["branches"] = [{k: v for k, v in b.items() if k != "reached"} for b in said["branches"]]
    assert keeping.read(file).digest == _sha256(log)
    assert said.pop("sha256") == _sha256(said)


def _changed(change):
    def write(path):
        said = json.loads(path.read_text())
        change(said)
        path.write_text(json.dumps(said))

    return write


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda path: path.unlink(), "cannot be read"),
        (lambda path: path.write_text("no"), "no JSON"),
        (lambda path: path.write_bytes(b"\xff\xfe"), "no JSON"),
        (lambda path: path.write_text("[" * 100_000), "no JSON"),
        (lambda path: path.write_text("[]"), "no session of twinbed"),
        (_changed(lambda s: s.update(twinbed_session=99)), "form 99"),
        (_changed(lambda s: s["entries"][0].update(who="eve")), "was changed"),
        (_changed(lambda s: s.pop("entries")), "no whole session"),
        (_changed(lambda s: s.pop("toml")), "no whole session"),
        (_changed(lambda s: s["entries"][0].update(branch=9)), "not there"),
        (_changed(lambda s: s["branches"][1].update(parent=7)), "no parent before it"),
        (_changed(lambda s: s["branches"].clear()), "numbered from 0"),
        (_changed(lambda s: s["entries"][0].update(more=1)), "no whole session"),
    ],
)
def test_what_is_no_session_or_was_changed_is_refused_with_the_reason(file, spoil, why):
    spoil(file)
    with pytest.raises(ReadError, match=why):
        keeping.read(file)


def test_a_session_that_is_handed_on_runs_no_code_of_its_own(lived):
    found = dataclasses.replace(keeping.kept(lived[0], _TOML), toml='[[devices]]\nname="x"\ndevice="antigravity:Fly"')
    with pytest.raises(ReadError, match="antigravity:Fly is code of somebody's own"):
        keeping.revived(found)


def test_what_this_version_cannot_do_is_named():
    asked = Asked(0, 0, 0.0, "kim", "request", {"control": "levitation", "value": 1.0, "lasts_s": None})
    entry = Entry(**vars(asked), seq=1, wall=datetime.datetime.now(datetime.UTC))
    found = keeping.Kept("a", _TOML, "0.0.1", 0, (Branch(0, None, 0),), {0: 3}, (entry,))
    with pytest.raises(ReadError, match=r"0\.0\.1, with 'levitation'"):
        keeping.revived(found)


def test_a_session_says_what_computed_it(lived, file):
    said = json.loads(file.read_text())["computed_by"]
    assert said == lived[0].live.computed_by == keeping.read(file).computed_by
    without = keeping.kept(lived[0], _TOML)
    file.write_bytes(dataclasses.replace(without, computed_by="").written())
    assert "computed_by" not in json.loads(file.read_text())
    assert keeping.read(file).computed_by == "", "an older one did not"
