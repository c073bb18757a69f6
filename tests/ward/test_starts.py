"""What is known of how long beds take to start."""

import pytest

from twinbed.ward import starts
from twinbed.ward.starts import Starts


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    monkeypatch.setattr(starts, "is_compiling", lambda: False)
    return Clock()


def played(known, clock, seconds, *, compiled, toml="one"):
    start = known.of(toml)
    start.begin()
    clock.now += seconds
    start.compiled = compiled
    known.ended(toml, start)


def test_a_first_start_knows_for_how_long_it_goes_and_not_how_long_it_takes(tmp_path, clock):
    start = Starts(tmp_path, clock).of("one")
    assert start.said() == {"stage": "waiting", "elapsed_s": 0.0, "left_s": None, "progress": None}
    start.begin()
    clock.now += 12.0
    assert start.said() == {"stage": "building", "elapsed_s": 12.0, "left_s": None, "progress": None}


def test_the_next_start_takes_as_long_also_in_another_process(tmp_path, clock):
    played(Starts(tmp_path, clock), clock, 80.0, compiled=True)
    start = Starts(tmp_path, clock).of("one")
    start.begin()
    clock.now += 20.0
    assert start.said() == {"stage": "building", "elapsed_s": 20.0, "left_s": 60, "progress": 0.25}


def test_what_was_compiled_before_is_expected_sooner_until_the_compiler_is_seen(tmp_path, clock, monkeypatch):
    known = Starts(tmp_path, clock)
    played(known, clock, 80.0, compiled=True)
    played(known, clock, 16.0, compiled=False)
    start = known.of("one")
    start.begin()
    clock.now += 4.0
    assert start.said()["left_s"] == 12
    monkeypatch.setattr(starts, "is_compiling", lambda: True)
    assert start.said() | {"elapsed_s": 0} == {"stage": "compiling", "elapsed_s": 0, "left_s": 76, "progress": 0.05}
    monkeypatch.setattr(starts, "is_compiling", lambda: False)
    assert start.said()["left_s"] == 76


def test_it_is_never_done_before_it_is(tmp_path, clock):
    played(Starts(tmp_path, clock), clock, 10.0, compiled=False)
    start = Starts(tmp_path, clock).of("one")
    start.begin()
    clock.now += 60.0
    assert start.said()["left_s"] == 0
    assert start.said()["progress"] == 0.99


def test_another_bedside_is_not_known_by_this_one(tmp_path, clock):
    played(Starts(tmp_path, clock), clock, 10.0, compiled=False)
    assert Starts(tmp_path, clock).of("another").known == {}


@pytest.mark.parametrize("text", ["", "[1]", '{"x": 3}', '{"x": {"built": "soon"}}'])
def test_a_broken_file_is_left_out(tmp_path, clock, text):
    (tmp_path / "starts.json").write_text(text)
    known = Starts(tmp_path, clock)
    assert known.of("one").known == {}
    played(known, clock, 10.0, compiled=False)
    assert Starts(tmp_path, clock).of("one").known == {"built": 10.0}


def test_without_a_folder_nothing_is_kept(clock):
    played(Starts(None, clock), clock, 10.0, compiled=False)


def test_a_past_that_is_computed_says_how_far_it_is_and_how_long_it_takes_still(tmp_path, clock):
    start = Starts(tmp_path, clock).of("one")
    start.begin()
    clock.now += 5.0
    start.live(0.0)
    assert start.said() == {"stage": "living", "elapsed_s": 5.0, "left_s": None, "progress": 0.0}
    clock.now += 10.0
    start.live(0.25)
    assert start.said() == {"stage": "living", "elapsed_s": 15.0, "left_s": 30, "progress": 0.25}
    start.live(1.0)
    assert start.said()["progress"] == 0.99
