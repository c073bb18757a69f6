"""Sends what lives to who watches: pages of the ward, cut into frames at the pace of the clock.

The ward's thread tells the hub (`told`); everything else happens in the event loop. What is sent is made once for all
who watch the same. Who is slow loses frames of waves, newest kept; numbers and entries are few and wait, up to a bound.
"""

import asyncio
import collections
import contextlib
import dataclasses
import json
import logging
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from twinbed.server import showing
from twinbed.server.frames import Packed, frame, packed
from twinbed.ward.forks import Fork
from twinbed.ward.log import Entry
from twinbed.ward.resident import Resident
from twinbed.ward.session import Page
from twinbed.ward.ward import Ward

LOG = logging.getLogger("twinbed.server")
FRAMES_PER_S = 20.0
NUMBERS_PER_S = 10.0
FASTEST_WAVES = 10.0
"""Above so many times the clock nobody could follow waves that flow: they are sent as pictures that stand still."""
STILL_S, STILL_EVERY_S = 32.0, 2.0
"""How much of waves is in one such picture, which is the slowest sweep, and how far apart on the wall they come."""
LEAD_S = 0.25
"""So long after it is due a page is shown, that it comes evenly however long the machine took for it and others."""
_ROUNDING = 1e-9
_FRAMES_KEPT = 4
_TEXTS_KEPT = 400


@dataclasses.dataclass
class _Playing:
    """A page that is being sent."""

    page: Page
    samples: Packed
    since: float
    """When on the wall it began."""
    sent: int = 0


@dataclasses.dataclass
class Channel:
    """What goes out of one bed."""

    index: int
    resident: Resident
    pages: collections.deque[_Playing] = dataclasses.field(default_factory=collections.deque)
    seq: int = 0
    branch: int = 0
    numbers_at: float = 0.0
    unsent: Page | None = None
    """The last page that ended, until its numbers are sent."""
    shown: Page | None = None
    """The last page of which numbers were sent."""
    due: float = 0.0
    """When the next frame is to go."""
    still: collections.deque[tuple[float, Packed]] = dataclasses.field(default_factory=collections.deque)
    """The last stretches, where time goes too fast for waves that flow."""
    still_at: float = -STILL_EVERY_S
    """When the last picture of them was sent."""

    def next_frame(self, now: float) -> float:
        """When the frame after this one is due: with its last sample, which is of this page."""
        latest = now + 1.0 / FRAMES_PER_S
        length = self.pages[0].samples.shape[1] if self.pages else 0
        if not length or not self.resident.pace.running:
            return latest
        playing = self.pages[0]
        each_s = playing.page.lasts_s / self.resident.pace.speed / length
        samples = max(int((latest - playing.since) / each_s + _ROUNDING), playing.sent + 1)
        return min(latest, playing.since + min(samples, length) * each_s)

    def of_now(self, now: float) -> tuple[list[tuple[float, Packed]], list[Page]]:
        """Stretches of samples that are due (their time and they), and the pages that have ended."""
        stretches: list[tuple[float, Packed]] = []
        ended: list[Page] = []
        while self.pages:
            playing = self.pages[0]
            length = playing.samples.shape[1]
            speed = self.resident.pace.speed
            waits = not self.resident.pace.running or (len(self.pages) > 1 and self.pages[1].since <= now)
            gone = 1.0 if waits else (now - playing.since) * speed / playing.page.lasts_s + _ROUNDING
            until = min(length, int(gone * length)) if length else 0
            if until > playing.sent:
                t0_s = playing.page.t_s + playing.sent * playing.page.lasts_s / length
                stretches.append((t0_s, playing.samples[:, playing.sent : until]))
                playing.sent = until
            if playing.sent < length or gone < 1.0:
                break
            ended.append(playing.page)
            self.pages.popleft()
        return stretches, ended

    def to_send(self, stretches: list[tuple[float, Packed]], now: float) -> list[tuple[float, Packed]]:
        """What is sent of stretches that are due: they, or now and then the last ones as a picture."""
        pace = self.resident.pace
        if pace.speed <= FASTEST_WAVES:
            self.still.clear()
            return stretches
        self.still.extend(stretches)
        while len(self.still) > 1 and self.still[-1][0] - self.still[1][0] >= STILL_S:
            self.still.popleft()
        if not stretches or (pace.running and now - self.still_at < STILL_EVERY_S):
            return []
        self.still_at = now
        return [(self.still[0][0], np.concatenate([samples for _, samples in self.still], axis=1))]


class Watcher:
    """Somebody who watches: what is wanted, and what waits to be sent."""

    def __init__(self, who: int = 0) -> None:
        self.who = who
        """The number of a person."""
        self.wanted: dict[str, tuple[frozenset[str] | None, bool]] = {}
        """By bed: the waves (nothing means all), and whether numbers are."""
        self._texts: collections.deque[str] = collections.deque()
        self._frames: collections.deque[bytes] = collections.deque(maxlen=_FRAMES_KEPT)
        self._wake = asyncio.Event()
        self.too_slow = False

    def text(self, said: str) -> None:
        """Puts a text in line."""
        if len(self._texts) >= _TEXTS_KEPT:
            self.too_slow = True
        else:
            self._texts.append(said)
        self._wake.set()

    def frame(self, data: bytes) -> None:
        """Puts a frame in line; the oldest one goes if there are too many."""
        self._frames.append(data)
        self._wake.set()

    async def next(self) -> str | bytes:
        """What is to be sent next: texts first."""
        while not (self._texts or self._frames):
            self._wake.clear()
            await self._wake.wait()
        return self._texts.popleft() if self._texts else self._frames.popleft()


class Hub:
    """Between a ward and who watches it."""

    def __init__(self, ward: Ward):
        """Call `run` in the event loop."""
        self.ward = ward
        self.channels: dict[str, Channel] = {}
        self.watchers: set[Watcher] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._next_index = 0
        self._starting_at = 0.0

    async def run(self) -> None:
        """Sends until it is cancelled."""
        self._loop = asyncio.get_running_loop()
        for resident in self.ward.beds.values():
            self._state(resident.id, resident)
        self.ward.watch(self._told)
        try:
            while True:
                try:
                    self._tick(time.monotonic())
                    self._starting(time.monotonic())
                except Exception:  # one bed's trouble must not silence the others
                    LOG.exception("sending failed")
                now = time.monotonic()
                due = min((c.due for c in self.channels.values()), default=now + 1.0 / FRAMES_PER_S)
                await asyncio.sleep(max(due - now, 0.0))
        finally:
            self._loop = None

    def _told(self, what: str, bed: str, news: Any) -> None:
        """Is called by the ward, in its thread."""
        loop = self._loop
        if loop is None:
            return
        told = self._playing(self.ward.beds[bed], news) if isinstance(news, Page) else news
        with contextlib.suppress(RuntimeError):  # the loop is closing
            loop.call_soon_threadsafe(self._take, bed, told)

    def _playing(self, resident: Resident, page: Page) -> _Playing:
        made, pace = resident.made, resident.pace
        assert made is not None
        late_s = pace.wall() - pace.due(page.t_s) if pace.running else LEAD_S
        since = time.monotonic() + max(LEAD_S - late_s, 0.0)
        return _Playing(page, packed(made.view.traces, page.recorded), since)

    def _take(self, bed: str, news: Any) -> None:
        if isinstance(news, _Playing):
            channel = self.channels.get(bed)
            if channel is not None:
                channel.pages.append(news)
        elif isinstance(news, Entry):
            self._say(bed, {"kind": "entry", "bed": bed, "entry": showing.entry(self._made(bed), news)})
        elif isinstance(news, Fork):
            said = {"fork": str(news.id), "state": news.state, "progress": round(news.share, 3)}
            self._say(bed, {"kind": "fork", "bed": bed, **said})
        elif isinstance(news, Resident):
            self._state(bed, news)

    def _made(self, bed: str) -> Any:
        resident = self.ward.beds.get(bed)
        return resident.made if resident else None

    def _state(self, bed: str, resident: Resident) -> None:
        if bed not in self.ward.beds:
            self.channels.pop(bed, None)
        elif bed not in self.channels:
            self.channels[bed] = Channel(self._next_index, resident)
            self._next_index += 1
        said = json.dumps(self.beds())
        for watcher in self.watchers:
            watcher.text(said)
        if bed in self.channels:
            channel = self.channels[bed]
            channel.due = 0.0
            if resident.session is not None and channel.branch != resident.session.branch:
                channel.branch, channel.unsent, channel.shown = resident.session.branch, None, None
                channel.pages.clear()
                channel.still.clear()
            self._say(bed, showing.clock(resident))
            if resident.state == "paused" and resident.last is not None:
                self._send_numbers(bed, resident.last)

    def beds(self) -> dict[str, Any]:
        """All beds, as it is said when they change."""
        return {"kind": "beds", "beds": [showing.summary(c.resident, c.index) for c in self.channels.values()]}

    def _say(self, bed: str, said: Mapping[str, Any]) -> None:
        text = json.dumps(said)
        for watcher in self.watchers:
            if bed in watcher.wanted:
                watcher.text(text)

    def _tick(self, now: float) -> None:
        for bed, channel in self.channels.items():
            if channel.due > now:
                continue
            channel.due = now + 1.0 / FRAMES_PER_S  # also where what follows fails
            stretches, ended = channel.of_now(now)
            channel.due = channel.next_frame(now)
            self._send_waves(bed, channel, channel.to_send(stretches, now))
            channel.unsent = ended[-1] if ended else channel.unsent
            is_due = now - channel.numbers_at >= 0.9 / NUMBERS_PER_S or not channel.resident.pace.running
            if channel.unsent is not None and is_due:
                channel.numbers_at = now
                self._send_numbers(bed, channel.unsent)

    def standing(self, bed: str) -> str | None:
        """What numbers stand at a bed, as they are said to who begins to watch; nothing if there are none yet."""
        channel = self.channels[bed]
        paused = channel.resident.last if channel.resident.state == "paused" else None
        page = paused or channel.shown
        return None if page is None else json.dumps({"bed": bed, **showing.numbers(page)})

    def _starting(self, now: float) -> None:
        """Says once a second how far beds are that are on their way."""
        if now - self._starting_at < 1.0:
            return
        self._starting_at = now
        for bed, channel in self.channels.items():
            if channel.resident.state == "starting":
                self._say(bed, {"kind": "starting", "bed": bed, **showing.starting(channel.resident)})

    def _send_numbers(self, bed: str, page: Page) -> None:
        channel = self.channels[bed]
        channel.shown, channel.unsent = page, None
        watching = [w for w in self.watchers if bed in w.wanted and w.wanted[bed][1]]
        if watching:
            text = json.dumps({"bed": bed, **showing.numbers(page)})
            for watcher in watching:
                watcher.text(text)

    def _send_waves(self, bed: str, channel: Channel, stretches: list[tuple[float, Packed]]) -> None:
        made = channel.resident.made
        assert made is not None
        of: dict[frozenset[str] | None, list[Watcher]] = {}
        for watcher in self.watchers:
            if bed in watcher.wanted and watcher.wanted[bed][0] != frozenset():
                of.setdefault(watcher.wanted[bed][0], []).append(watcher)
        for t0_s, samples in stretches:
            channel.seq += 1
            for waves, watching in of.items():
                places = [i for i, t in enumerate(made.view.traces) if waves is None or t.id in waves]
                data = frame(
                    samples, places, bed=channel.index, seq=channel.seq, t0_s=t0_s, period_s=made.period_s
                )  # fmt: skip
                for watcher in watching:
                    watcher.frame(data)
