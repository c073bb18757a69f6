"""Pages go out at the pace of the clock; who is slow loses waves and never gets old ones. Times are by hand."""

import asyncio
import json
from types import SimpleNamespace

import numpy as np
import pytest

from tests.ward.tiny import made
from twinbed.server.errors import Refused
from twinbed.server.hub import LEAD_S, Channel, Hub, Watcher, _Playing
from twinbed.server.living import Living
from twinbed.server.presence import Presence
from twinbed.server.store.sessions import Lifetimes
from twinbed.server.waiting import Waiting
from twinbed.ward.log import InMemory
from twinbed.ward.pace import Pace
from twinbed.ward.resident import Resident
from twinbed.ward.session import Page
from twinbed.ward.starts import Start
from twinbed.ward.ward import Ward


def _channel(speed=1.0):
    return Channel(0, Resident("bed", "Bed", "Bed", "", Pace(speed=speed), made=made()))


def _page(number, since):
    page = Page(0, number, float(number), 1.0, {}, {"G": float(number)}, (), 0, {}, {}, "")
    return _Playing(page, np.arange(100, dtype="<i2")[None, :], since)


def test_a_page_is_sent_as_its_time_goes_by():
    channel = _channel()
    channel.pages.append(_page(3, since=50.0))
    (first,), ended = channel.of_now(50.25)
    assert (first[0], first[1].tolist(), ended) == (3.0, [list(range(25))], [])
    assert channel.of_now(50.25) == ([], [])
    (rest,), ended = channel.of_now(51.0)
    assert (rest[0], rest[1].shape[1], [p.number for p in ended]) == (3.25, 75, [3])
    assert channel.of_now(60.0) == ([], [])


def test_ten_times_as_fast_a_page_is_over_in_a_tenth_of_the_time():
    channel = _channel(speed=10.0)
    channel.pages.append(_page(0, since=50.0))
    (first,), _ = channel.of_now(50.05)
    assert first[1].shape[1] == 50
    assert [p.number for p in channel.of_now(50.1)[1]] == [0]


def test_a_page_that_is_late_is_made_good_when_the_next_one_is_there():
    channel = _channel()
    channel.pages.extend([_page(0, since=50.0), _page(1, since=50.5)])
    stretches, ended = channel.of_now(50.605)
    assert [(t, s.shape[1]) for t, s in stretches] == [(0.0, 100), (1.0, 10)]
    assert [p.number for p in ended] == [0]


def test_the_next_page_may_be_there_long_before_its_time():
    channel = _channel()
    channel.pages.extend([_page(0, since=50.0), _page(1, since=51.0)])
    (first,), ended = channel.of_now(50.25)
    assert (first[1].shape[1], ended) == (25, [])
    stretches, ended = channel.of_now(51.25)
    assert [(t, s.shape[1]) for t, s in stretches] == [(0.25, 75), (1.0, 25)]
    assert [p.number for p in ended] == [0]


def test_a_frame_goes_when_its_last_sample_is_due():
    channel = _channel()
    channel.pages.extend([_page(0, since=50.003), _page(1, since=51.003)])
    assert channel.next_frame(50.004) == pytest.approx(50.053)
    channel.of_now(50.98)
    assert channel.next_frame(50.98) == pytest.approx(51.003), "the end of a page waits for nothing of the next"
    channel.of_now(51.003)
    assert channel.next_frame(51.003) == pytest.approx(51.053)
    assert channel.next_frame(51.02) == pytest.approx(51.063)
    channel.resident.pace.running = False
    assert channel.next_frame(51.02) == pytest.approx(51.07)


def test_slow_samples_are_waited_for_no_longer_than_a_frame():
    channel = _channel(speed=0.1)
    channel.pages.append(_page(0, since=50.0))
    channel.of_now(50.0)
    assert channel.next_frame(50.0) == pytest.approx(50.05)


@pytest.mark.parametrize(("took_s", "since"), [(0.0, 80.0 + LEAD_S), (0.1, 79.9 + LEAD_S), (LEAD_S, 80.0), (3.0, 80.0)])
def test_pages_come_evenly_however_long_they_took_unless_it_was_too_long(ward, monkeypatch, took_s, since):
    monkeypatch.setattr("twinbed.server.hub.time", SimpleNamespace(monotonic=lambda: 80.0))
    resident = _channel().resident
    resident.pace.wall = lambda: 7.0
    resident.pace.from_here(3.0)
    resident.pace.wall = lambda: 7.0 + took_s
    page = Page(0, 3, 3.0, 1.0, {t.source: np.zeros(100) for t in made().view.traces}, {}, (), 0, {}, {}, "")
    assert Hub(ward)._playing(resident, page).since == pytest.approx(since)


def test_a_bed_that_stands_is_shown_to_where_it_stands():
    channel = _channel()
    channel.resident.pace.running = False
    channel.pages.append(_page(0, since=50.0))
    (all_,), ended = channel.of_now(50.01)
    assert all_[1].shape[1] == 100
    assert [p.number for p in ended] == [0]


def test_a_slow_watcher_gets_the_newest_waves_and_all_texts():
    async def slow():
        watcher = Watcher()
        for k in range(10):
            watcher.frame(bytes([k]))
        watcher.text("alarm")
        return [await watcher.next() for _ in range(5)]

    assert asyncio.run(slow()) == ["alarm", bytes([6]), bytes([7]), bytes([8]), bytes([9])]


def test_a_watcher_who_takes_nothing_is_given_up():
    watcher = Watcher()
    for _ in range(1000):
        watcher.text("x")
    assert watcher.too_slow


@pytest.fixture
def ward():
    ward = Ward(InMemory())
    yield ward
    ward.close()


def _hub(ward, speed):
    """A hub that ticks by hand, with somebody who watches the numbers of its one bed."""
    hub, channel, watcher = Hub(ward), _channel(speed), Watcher()
    hub.channels["bed"] = channel
    watcher.wanted = {"bed": (frozenset(), True)}
    hub.watchers.add(watcher)
    return hub, channel, watcher


def test_where_time_goes_too_fast_the_last_half_minute_is_sent_now_and_then():
    channel = _channel(speed=20.0)
    sent = []
    for k in range(100):  # 5 s on the wall
        channel.pages.append(_page(k, since=50.0 + k / 20.0))
        now = 50.0 + (k + 1) / 20.0
        sent += [(now, *picture) for picture in channel.to_send(channel.of_now(now)[0], now)]
    assert [now for now, _, _ in sent] == pytest.approx([50.05, 52.05, 54.05])
    (_, t0_s, samples) = sent[-1]
    assert (t0_s, samples.shape[1]) == (48.0, 3300), "of 81 s the last 32, and the stretch that came last"
    np.testing.assert_array_equal(samples[0], np.tile(np.arange(100), 33))

    channel.resident.pace.running = False
    channel.pages.append(_page(100, since=55.0))
    ((t0_s, samples),) = channel.to_send(channel.of_now(55.05)[0], 55.05)
    assert t0_s + samples.shape[1] / 100 == 101.0, "a bed that stands is shown to where it stands"

    channel.resident.pace.running, channel.resident.pace.speed = True, 1.0
    channel.pages.append(_page(101, since=56.0))
    ((t0_s, samples),) = channel.to_send(channel.of_now(56.1)[0], 56.1)
    assert (t0_s, samples.shape[1]) == (101.0, 10)


def _numbers(watcher):
    return [said for said in map(json.loads, watcher._texts) if said["kind"] == "numbers"]


def test_the_last_pages_before_a_pause_are_sent_however_fast_they_came(ward):
    """At 60 times the clock three pages come every 50 ms; numbers are sent every 100 ms."""

    async def fast():
        hub, channel, watcher = _hub(ward, 60.0)
        now = 100.0
        for k in range(30):
            channel.pages.append(_page(k, since=now))
            if k % 3 == 2:
                now += 0.05
                hub._tick(now)
        channel.resident.pace.running = False
        hub._tick(now + 0.05)
        hub._tick(now + 0.1)
        return [said["t_s"] for said in _numbers(watcher)]

    sent = asyncio.run(fast())
    assert sent[-1] == 30.0
    assert len(sent) == len(set(sent)) <= 7


def test_who_begins_to_watch_gets_the_numbers_that_stand(ward):
    async def watch():
        hub, channel, _ = _hub(ward, 1.0)
        nothing = hub.standing("bed")
        channel.pages.append(_page(3, since=50.0))
        hub._tick(51.0)
        running = json.loads(hub.standing("bed"))
        channel.resident.session, channel.resident.pace.running = object(), False
        channel.resident.last = _page(7, since=0.0).page
        return nothing, running, json.loads(hub.standing("bed"))

    nothing, running, paused = asyncio.run(watch())
    assert nothing is None
    assert (running["t_s"], running["values"]) == (4.0, {"G": 3.0})
    assert paused["t_s"] == 8.0


def test_who_watches_a_bed_that_starts_is_told_once_a_second_how_far_it_is(monkeypatch):
    monkeypatch.setattr("twinbed.ward.starts.is_compiling", lambda: False)
    clock = iter([100.0, *[130.0] * 9])
    start = Start(lambda: next(clock), {"built": 60.0})
    start.begin()
    hub = Hub(Ward.__new__(Ward))
    hub.channels["b"] = Channel(0, Resident("b", "B", "", "", Pace(), start=start))
    watcher, other = Watcher(), Watcher()
    watcher.wanted["b"] = (frozenset(), True)
    hub.watchers |= {watcher, other}
    for now in (50.0, 50.4):
        hub._starting(now)
    told = [json.loads(text) for text in watcher._texts]
    assert [t["kind"] for t in told] == ["starting"]
    assert (told[0]["bed"], told[0]["stage"], told[0]["left_s"]) == ("b", "building", 30)
    assert not other._texts


def test_one_person_has_one_long_look_at_the_past_and_hinders_nobody_else(ward, house):
    place = Living(ward, Hub(ward), Waiting(ward), Presence(house.store.sessions, Lifetimes()))
    with place.looking(1, "long"), place.looking(2, "long"), place.looking(1):
        with pytest.raises(Refused) as refused, place.looking(1, "long"):
            pass
        assert (refused.value.status, refused.value.code, refused.value.wait_s) == (429, "busy", 1)
    with place.looking(1, "long"):
        pass
