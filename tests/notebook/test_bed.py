"""A bed in a notebook lives as one of the ward does, and tells its widget what the server tells its pages."""

import signal

import numpy as np
import pytest

from tests.server.frame_reader import read
from tests.ward import tiny
from tests.ward.test_session import _same
from twinbed.core.errors import NotFound, StudyError
from twinbed.ward.checkpoints import Checkpoints
from twinbed.ward.controls import Refused, Wish
from twinbed.ward.kept import read as read_session
from twinbed.ward.log import InMemory
from twinbed.ward.session import Session

pytest.importorskip("anywidget", reason="no anywidget: pip install 'twinbed[notebook]'")

PAGE_S = 300.0


def kinds(said):
    return [content["kind"] for content, _ in said]


def last(said, kind):
    return next((content, buffers) for content, buffers in reversed(said) if content["kind"] == kind)


@pytest.fixture
def clock(monkeypatch):
    """The clock on the wall, which goes on only while somebody waits."""

    class Clock:
        at, waits = 100.0, []

        def wait(self, seconds):
            self.waits.append(seconds)
            self.at += seconds

    clock = Clock()
    clock.waits = []
    monkeypatch.setattr("twinbed.notebook.bed.now", lambda: clock.at)
    monkeypatch.setattr("twinbed.notebook.bed.wait", clock.wait)
    return clock


def test_what_is_run_and_asked_for_gives_the_bits_of_a_session(bed):
    bed.run("50 min")
    entry = bed.request("carbohydrate", 30.0, lasts_s=600.0)
    bed.step(5)
    other = Session("bed", tiny.made(), InMemory(), Checkpoints())
    pages = [other.advance() for _ in range(10)]
    other.ask("kim", "carbohydrate", Wish(30.0, 600.0))
    pages += [other.advance() for _ in range(5)]
    _same(bed.session.replayed(0, 15), pages)
    assert (bed.t_s, entry["text"], entry["who"]) == (15 * PAGE_S, "Meal 30 g over 10 min", "kim")
    assert bed.numbers == pages[-1].numbers
    np.testing.assert_array_equal(bed.trends()["G"], [p.numbers["G"] for p in pages])
    waves = bed.waves(0.0, bed.t_s)
    np.testing.assert_array_equal(waves["cgm"], np.concatenate([p.recorded["sensor.cgm"] for p in pages]))
    assert waves["t_s"][1] - waves["t_s"][0] == tiny.made().period_s


def test_the_widget_is_told_all_that_is_shown_after_a_run(bed, said):
    bed.run(3 * PAGE_S)
    content, (buffer,) = last(said, "past")
    head, waves = read(buffer)
    assert head["t0_s"] + head["samples"] * head["period_s"] == pytest.approx(bed.t_s)
    trace = bed.session.made.view.traces[0]
    (page,) = bed.session.replayed(2, 3)
    np.testing.assert_array_equal(waves[0], trace.packed(page.recorded["sensor.cgm"]))
    assert content["numbers"]["values"] == bed.numbers
    assert content["trends"]["numbers"]["G"][-1] == bed.numbers["G"]
    assert content["clock"]["state"] == "paused"
    assert [c["state"] for c, _ in said if c["kind"] == "clock"] == ["running", "paused"]


def test_at_a_pace_waves_come_piece_by_piece_by_the_clock(bed, said, clock):
    bed.run(2 * PAGE_S, speed=100.0)
    frames = [read(b[0]) for c, b in said if c["kind"] == "waves"]
    assert clock.at == pytest.approx(100.0 + 2 * PAGE_S / 100.0)
    assert [f[0]["t0_s"] for f in frames] == pytest.approx(np.arange(10) * 60.0)
    whole = np.concatenate([f[1][0] for f in frames])
    trace = bed.session.made.view.traces[0]
    np.testing.assert_array_equal(
        whole, np.concatenate([trace.packed(p.recorded["sensor.cgm"]) for p in bed.session.replayed(0, 2)])
    )
    assert kinds(said).count("numbers") == 2


def test_interrupting_ends_a_run_after_a_whole_page(bed, monkeypatch):
    advance, pages = bed.session.advance, []

    def interrupted():
        if len(pages) == 2:
            signal.raise_signal(signal.SIGINT)
        pages.append(advance())
        return pages[-1]

    monkeypatch.setattr(bed.session, "advance", interrupted)
    with pytest.raises(KeyboardInterrupt):
        bed.run(100 * PAGE_S)
    assert bed.session.page == 3
    _same(bed.session.replayed(0, 3), pages)
    assert not bed._resident.pace.running


def test_going_back_opens_a_branch_and_shows_what_was(bed, said):
    bed.step(6)
    bed.rewind("10 min")
    content, (buffer,) = last(said, "past")
    assert (bed.t_s, bed.session.branch, content["clock"]["branch"]) == (600.0, 1, 1)
    assert content["numbers"]["t_s"] == 600.0
    assert content["log"]["branches"] == [
        {"id": 0, "parent": None, "from_t_s": 0.0}, {"id": 1, "parent": 0, "from_t_s": 600.0},
    ]  # fmt: skip
    assert read(buffer)[0]["t0_s"] == PAGE_S


def test_the_widget_asks_and_is_answered(bed, said):
    bed.step(2)
    ask = lambda **what: bed._heard({"id": 5, **what})
    ask(do="request", control="carbohydrate", value=20)
    assert last(said, "answer")[0] == {"kind": "answer", "id": 5, "accepted": True, "text": "Meal 20 g over 15 min"}
    ask(do="request", control="carbohydrate", value=2000)
    assert last(said, "entry")[0]["entry"]["accepted"] is False
    assert "outside 0 to 200 g" in last(said, "answer")[0]["text"]
    ask(do="run", lasts_s=PAGE_S)
    assert bed.t_s == 3 * PAGE_S
    ask(do="rewind", t_s=PAGE_S)
    assert bed.t_s == PAGE_S
    ask(do="waves", from_s=0.0, to_s=1e9)
    content, (buffer,) = last(said, "were")
    assert (content["id"], read(buffer)[0]["t0_s"]) == (5, 0.0)


@pytest.mark.parametrize(
    "nonsense",
    [
        None, 3, [], {}, {"do": []}, {"do": "explode"}, {"do": "run"}, {"do": "run", "lasts_s": "x"},
        {"do": "run", "lasts_s": -1}, {"do": "run", "lasts_s": float("nan")}, {"do": "request"},
        {"do": "request", "control": 3, "value": "x"}, {"do": "rewind", "t_s": 1e9}, {"do": "waves", "from_s": 0},
        {"do": "waves", "from_s": 0, "to_s": 0}, {"do": "request", "control": "carbohydrate", "value": float("inf")},
    ],
)  # fmt: skip
def test_nonsense_from_a_widget_changes_nothing_and_is_answered(bed, said, nonsense):
    bed.step()
    before = bed.t_s
    bed._heard(nonsense)
    if isinstance(nonsense, dict) and nonsense.get("do") not in ([], None, "explode"):
        bed._heard({**nonsense, "id": 1})
        assert last(said, "answer")[0]["accepted"] is False
    assert bed.t_s == before


def test_what_cannot_be_is_refused_with_the_reason(bed, tmp_path):
    from twinbed.notebook import Bed

    with pytest.raises(Refused, match="outside 0 to 200 g"):
        bed.request("carbohydrate", 900)
    with pytest.raises(Refused, match="finite"):
        bed.request("carbohydrate", float("nan"))
    for duration in (0, -1, float("nan"), float("inf"), 1e9):
        with pytest.raises(Refused, match="duration"):
            bed.run(duration)
    with pytest.raises(Refused, match="speed 0"):
        bed.run("1 min", speed=0)
    with pytest.raises(StudyError, match="duration"):
        bed.run("soon")
    with pytest.raises(Refused, match="has been from 0"):
        bed.rewind("1 h")
    with pytest.raises(NotFound, match="choose one of"):
        Bed("no such bed")
    with pytest.raises(Refused, match="cannot be read"):
        Bed(tmp_path / "none.toml")


def test_a_session_is_saved_and_played_again(bed, tmp_path):
    from twinbed.notebook import Replay
    from twinbed.server.film import unpacked

    bed.step(4)
    bed.save(tmp_path / "s.json")
    assert read_session(tmp_path / "s.json").reached == {0: 4}
    head, samples = unpacked(bed.replay().film)
    again, others = unpacked(Replay(tmp_path / "s.json").film)
    np.testing.assert_array_equal(samples, others)
    assert head == again
    assert head["made"]["log"] == bed._kept().digest
    cut, _ = unpacked(Replay(tmp_path / "s.json", start="5 min", end=900).film)
    assert [(s["first"], s["last"]) for s in cut["segments"]] == [(1, 3)]
    bed.step()
    assert bed.session.page == 5, "the bed itself stood where it was"
