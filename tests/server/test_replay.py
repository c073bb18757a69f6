"""A bed to take along: who may, what is in it, and the command that makes the same of a folder or a session."""

import numpy as np
import pytest
from typer.testing import CliRunner

from tests.server.frame_reader import read
from tests.server.test_beds import paused, sign_in, step, ward_at
from tests.ward import tiny
from twinbed.cli.app import app, main
from twinbed.server import replay as replays
from twinbed.server.film import unpacked
from twinbed.server.permissions import Role
from twinbed.ward import kept

NOTE = "</script><img src=x onerror=alert(1)>"


def _built(static):
    static.mkdir(exist_ok=True)
    (static / replays.PROGRAM).write_text("export default 1;")
    (static / "licences.md").write_text("MIT")


@pytest.fixture
def ward(tmp_path, monkeypatch):
    with ward_at(tmp_path, monkeypatch) as (house, browser):
        _built(house.settings.static)
        sign_in(house, browser, Role.ADMINISTRATOR)
        yield house, browser


@pytest.fixture
def lived(ward):
    house, browser = ward
    return house, browser, _lived(browser)


def _lived(browser):
    """A bed that lived ten pages with a note, went back to the fifth, and lived three more."""
    bed = paused(browser)
    at = round(browser.get(f"/api/beds/{bed}").json()["t_s"] / 300)
    step(browser, bed, 10 - at)
    said = {"control": "carbohydrate", "value": 40, "note": NOTE}
    assert browser.post(f"/api/beds/{bed}/requests", json=said).is_success
    assert browser.post(f"/api/beds/{bed}/rewind", json={"t_s": 1500}).is_success
    step(browser, bed, 3)
    return bed


def _film(answer):
    return unpacked(replays.film_of(answer.content))


def test_a_viewer_takes_a_replay_along_and_it_holds_what_the_server_says_of_the_past(lived):
    house, browser, bed = lived
    sign_in(house, browser, Role.VIEWER)
    answer = browser.get(f"/api/beds/{bed}/replay.html")
    assert answer.headers["content-disposition"] == f'attachment; filename="{bed}.html"'
    assert NOTE.encode() not in answer.content
    head, samples = _film(answer)
    assert [(s["branch"], s["first"], s["last"]) for s in head["segments"]] == [(0, 0, 10), (1, 5, 8)]
    assert any(e["data"].get("note") == NOTE for e in head["entries"])
    _, waves = read(browser.get(f"/api/beds/{bed}/waves?from=0&to=2400").content)
    n = head["samples"]
    np.testing.assert_array_equal(waves[0], np.concatenate([samples[0, : 5 * n], samples[0, 10 * n :]]))
    trends = browser.get(f"/api/beds/{bed}/trends").json()["numbers"]["G"]
    assert head["numbers"]["G"][:5] + head["numbers"]["G"][10:] == trends


def test_a_window_is_cut_out_and_one_that_cannot_be_is_refused_with_advice(lived):
    _, browser, bed = lived
    head, _ = _film(browser.get(f"/api/beds/{bed}/replay.html?from=1800&to=2100"))
    assert [(s["branch"], s["first"], s["last"]) for s in head["segments"]] == [(0, 6, 7), (1, 6, 7)]
    answer = browser.get(f"/api/beds/{bed}/replay.html?from=9000&to=9300")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "window")
    assert "from 0 to 50 min" in answer.json()["error"]["message"]
    assert browser.get("/api/beds/zzz/replay.html").status_code == 404
    assert browser.get(f"/api/beds/{bed}/replay.html?from=nan").status_code == 422


def test_nobody_takes_anything_along_who_is_not_signed_in_and_a_viewer_no_session(lived):
    house, browser, bed = lived
    assert browser.get(f"/api/beds/{bed}/session.json").is_success
    sign_in(house, browser, Role.ENGINEER)
    assert browser.get(f"/api/beds/{bed}/session.json").status_code == 403
    browser.post("/api/sign-out")
    for what in ("replay.html", "session.json"):
        assert browser.get(f"/api/beds/{bed}/{what}").status_code == 401


def test_the_command_makes_the_same_film_of_a_session_and_of_the_folder(tmp_path, monkeypatch):
    with ward_at(tmp_path, monkeypatch) as (house, browser):
        _built(house.settings.static)
        sign_in(house, browser, Role.ADMINISTRATOR)
        bed = _lived(browser)
        whole = browser.get(f"/api/beds/{bed}/replay.html").content
        (tmp_path / "s.json").write_bytes(browser.get(f"/api/beds/{bed}/session.json").content)
    monkeypatch.setattr(kept, "make", lambda toml: tiny.made())
    monkeypatch.setattr("twinbed.cli.replay.STATIC", tmp_path / "static")
    ours, samples = unpacked(replays.film_of(whole))
    for source in ("s.json", "."):
        said = CliRunner().invoke(app, ["replay", str(tmp_path / source), "--out", str(tmp_path / "r.html")])
        assert said.exit_code == 0, said.output
        assert ours["made"]["log"][:12] in said.output
        theirs, again = unpacked(replays.film_of((tmp_path / "r.html").read_bytes()))
        np.testing.assert_array_equal(samples, again)
        assert theirs == ours


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["no-such.json"], "cannot be read"),
        (["{here}"], "no twinbed.db"),
        (["{here}/a.json"], "no JSON"),
        (["{here}/a.json", "--out", "x.txt"], "write an .html file"),
        (["{here}/a.json", "--from", "soon"], "--from"),
    ],
)
def test_what_cannot_be_replayed_is_said_in_one_line(arguments, why, tmp_path, capsys, monkeypatch):
    _built(tmp_path / "static")
    monkeypatch.setattr("twinbed.cli.replay.STATIC", tmp_path / "static")
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(SystemExit) as ended:
        main(["replay", *(a.format(here=tmp_path) for a in arguments)])
    assert ended.value.code == 2
    said = capsys.readouterr().err.strip()
    assert why in said
    assert "\n" not in said


def test_of_several_beds_one_is_named(tmp_path, monkeypatch, capsys):
    with ward_at(tmp_path, monkeypatch) as (house, browser):
        sign_in(house, browser, Role.ADMINISTRATOR)
        first = paused(browser)
        other = browser.post("/api/beds", json={"template": "emergency", "title": "Other"}).json()["id"]
    _built(tmp_path / "static")
    monkeypatch.setattr("twinbed.cli.replay.STATIC", tmp_path / "static")
    for named, why in ([], f"{other}  Other"), (["--bed", "zzz"], f"no bed 'zzz': there are {first}, {other}"):
        with pytest.raises(SystemExit):
            main(["replay", str(tmp_path), *named])
        assert why in capsys.readouterr().err


def test_only_who_may_open_beds_reads_what_is_to_come(ward):
    """A meal at 1500 s stands in the file of the bed; at 0 s it has not been, and a rewind makes it come again."""
    house, browser = ward
    bed = paused(browser)
    script = lambda: [e["t_s"] for e in browser.get(f"/api/beds/{bed}/log").json()["script"]]
    while browser.get(f"/api/beds/{bed}").json()["t_s"] < 1500.0:
        step(browser, bed, 5)
    assert browser.post(f"/api/beds/{bed}/rewind", json={"t_s": 600.0}).is_success
    replayed = lambda: _film(browser.get(f"/api/beds/{bed}/replay.html"))[0]["script"]
    assert (script(), len(replayed())) == ([1500.0], 1)
    sign_in(house, browser, Role.CLINICIAN)
    assert (script(), replayed()) == ([], [])
    sign_in(house, browser, Role.INSTRUCTOR)
    while browser.get(f"/api/beds/{bed}").json()["t_s"] < 1500.0:
        step(browser, bed, 5)
    sign_in(house, browser, Role.VIEWER, "another viewer")
    assert (script(), len(replayed())) == ([1500.0], 1), "it is past"
