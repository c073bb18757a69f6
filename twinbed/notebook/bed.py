"""A bed that lives in the notebook's own process, as a widget: the notebook runs it, and the widget shows and asks.

The widget is sent the messages and the binary frames of the live socket (decision 0010), and in place of the server's
routes `past`: trends, log and the last waves. It sends `{"do": ...}`; see `_DOES`.
"""

import collections
import contextlib
import math
import os
import pathlib
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import anywidget
import numpy as np
import traitlets

from twinbed.connect.files import write_bytes
from twinbed.core.errors import TwinbedError
from twinbed.notebook.program import program
from twinbed.notebook.replay import Replay, of_session
from twinbed.server import showing
from twinbed.server.frames import frame, packed
from twinbed.server.permissions import Role
from twinbed.studies.acute.bedside import seconds
from twinbed.ward.checkpoints import Checkpoints
from twinbed.ward.controls import Refused, Wish
from twinbed.ward.definition import make, template
from twinbed.ward.kept import Kept, kept
from twinbed.ward.log import InMemory
from twinbed.ward.pace import Pace
from twinbed.ward.resident import Resident
from twinbed.ward.session import Page, Session

_FRAMES_PER_S, _TOLD_S = 10.0, 0.2
"""How often waves are sent at a pace, and how far apart numbers are told where there is none."""
_SWEPT_S = 60.0
_POINTS, _MOST_ASKED = 1500, 120
_LONGEST_S = 7 * 24 * 3600.0
now, wait = time.monotonic, time.sleep


class Bed(anywidget.AnyWidget):
    """A virtual patient with devices. Show it, run it, ask for something, and look at what came.

    Args:
        bedside: one of the catalogue (`twinbed.ward.definition.catalogue()`), or the path of a bedside file.
        who: whose name stands in the log.
        backend: what computes: auto, native or xla.

    Raises:
        NotFound: there is no such bedside.
        StudyError: the file asks for what cannot be.
    """

    kind = traitlets.Unicode("bed").tag(sync=True)
    bed = traitlets.Dict().tag(sync=True)

    def __init__(
        self, bedside: str | os.PathLike[str] = "anaesthesia", *, who: str = "notebook", backend: str = "auto"
    ):
        self._toml, self._who = _text(bedside), who
        made = make(self._toml)
        self.session = Session("bed", made, InMemory(), Checkpoints(), backend=backend)
        title = made.words.get("title") or made.bedside.title
        pace = Pace(running=False)
        self._resident = Resident(
            "bed", title, made.words.get("title_ko", title), self._toml, pace, self.session, made
        )  # fmt: skip
        self._recent: collections.deque[Page] = collections.deque(
            maxlen=max(1, math.ceil(_SWEPT_S / self.session.page_s))
        )
        self._look_back()
        self._seq = 0
        self._twin: Session | None = None
        super().__init__(bed=self._described(), _esm=program())
        self.on_msg(lambda widget, said, buffers: self._heard(said))

    @property
    def t_s(self) -> float:
        """Where the bed is, in seconds of its own time."""
        return self.session.t_s

    @property
    def numbers(self) -> dict[str, float | None]:
        """What the monitor shows now; nothing before the first page."""
        return dict(self._recent[-1].numbers) if self._recent else {}

    @property
    def alarms(self) -> list[str]:
        """What alarms now, the most urgent first."""
        return [alarm["text"] for alarm in self._recent[-1].alarms] if self._recent else []

    @property
    def controls(self) -> dict[str, str]:
        """What may be asked for: what it is called, by its name."""
        return {c.id: c.label for c in self.session.made.controls.values()}

    def run(self, duration: float | str = "1 min", *, speed: float | None = None) -> None:
        """Lets the bed live on.

        Args:
            duration: such as "5 min", or seconds; whole pages are computed (`session.page_s`).
            speed: so many times the clock on the wall, and waves sweep; as fast as it goes if left out. Interrupting
                the cell ends it after a page.

        Raises:
            Refused: no such duration or speed.
        """
        lasts_s = seconds(duration, "duration") if isinstance(duration, str) else float(duration)
        if not 0.0 < lasts_s <= _LONGEST_S:
            raise Refused(
                f"duration {duration}: above zero, and at most {_LONGEST_S:g} s at once",
                f"길이 {duration}: 0보다 크고 한 번에 최대 {_LONGEST_S:g}초입니다",
            )
        pace = self._resident.pace
        if speed is not None:
            pace.set("speed", speed, self.t_s)
        pace.running = True
        self._say_clock()
        try:
            self._live(math.ceil(lasts_s / self.session.page_s - 1e-9), speed)
        finally:
            pace.running, pace.speed = False, 1.0
            self._say_clock()
            self._say_past()

    def step(self, pages: int = 1) -> None:
        """Lets the bed live on for so many pages."""
        self.run(pages * self.session.page_s)

    def request(
        self, control: str, value: float | None = None, *, lasts_s: float | None = None, note: str = ""
    ) -> dict[str, Any]:
        """Asks for something; it acts from the next page on. Returns the entry of the log.

        Raises:
            Refused: with the reason; the refusal is in the log.
        """
        if any(v is not None and not math.isfinite(v) for v in (value, lasts_s)):
            raise Refused(f"{control}: give numbers that are finite", f"{control}: 유한한 수를 주십시오")
        try:
            self.session.ask(self._who, control, Wish(value, lasts_s), note)
        finally:
            entry = showing.entry(self.session.made, self.session.entries[-1])
            self.send({"kind": "entry", "bed": "bed", "entry": entry})
        return entry

    def rewind(self, to: float | str) -> None:
        """Goes back to a time and on from there, on a branch of its own; nothing is forgotten.

        Raises:
            Refused: it has not been there.
        """
        self.session.rewind(self._who, seconds(to, "to") if isinstance(to, str) else float(to))
        self._look_back()
        self._say_clock()
        self._say_past()

    def trends(self, points: int = 5000) -> dict[str, np.ndarray]:
        """Numbers of the present branch over time: `t_s`, and each number (`point`, NaN where nothing held)."""
        t_s, means = self.session.trends(0.0, self.t_s, points)
        return {"t_s": np.asarray(t_s)} | {name: np.asarray(column, float) for name, column in means.items()}

    def waves(self, start_s: float, end_s: float) -> dict[str, np.ndarray]:
        """Waves of the present branch between two times, computed again: `t_s`, and each wave (`sample`).

        Raises:
            Refused: it has not been there.
        """
        pages = self.session.past(start_s, end_s)
        traces = self.session.made.view.traces
        joined = {t.id: np.concatenate([p.recorded[t.source] for p in pages] or [np.zeros(0)]) for t in traces}
        n = len(next(iter(joined.values()), ()))
        t0_s = pages[0].t_s if pages else start_s
        return {"t_s": t0_s + np.arange(n) * self.session.made.period_s, **joined}

    def replay(self, start: float | str | None = None, end: float | str | None = None) -> Replay:
        """The session by now as a widget that plays it; `Replay.save` makes one HTML file of it."""
        self._twin = self._twin or self.session.twin()
        return Replay(of_session(self._twin, self._kept(), start, end))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the session as a `session.json`, which `Replay` and `twinbed replay` play again."""
        write_bytes(pathlib.Path(path), self._kept().written())

    def _look_back(self) -> None:
        """Takes up what was shown before the page where the bed stands."""
        first = max(0, self.session.page - (self._recent.maxlen or 1))
        self._recent.clear()
        self._recent.extend(self.session.replayed(first, self.session.page))

    def _kept(self) -> Kept:
        return kept(self.session, self._toml, title=self._resident.title)

    def _described(self) -> dict[str, Any]:
        return showing.whole(self._resident, 0, Role.INSTRUCTOR) | {"id": "bed"}

    def _live(self, pages: int, speed: float | None) -> None:
        began, told = now(), -math.inf
        for k in range(pages):
            with _whole():
                page = self.session.advance()
            self._recent.append(page)
            if speed is not None:
                self._play(page, began + k * page.lasts_s / speed, speed)
            if speed is not None or now() - told >= _TOLD_S:
                told = now()
                self.send({"bed": "bed", **showing.numbers(page)})

    def _play(self, page: Page, since: float, speed: float) -> None:
        """Sends the waves of a page, piece by piece, as they come by the clock."""
        samples = packed(self.session.made.view.traces, page.recorded)
        pieces = max(1, round(page.lasts_s / speed * _FRAMES_PER_S))
        edges = np.linspace(0, samples.shape[1], pieces + 1).astype(int)
        for i, (start, stop) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
            wait(max(0.0, since + (i + 1) * page.lasts_s / pieces / speed - now()))
            if stop > start:
                self._send_waves("waves", page.t_s + start * self.session.made.period_s, samples[:, start:stop])

    def _send_waves(self, kind: str, t0_s: float, samples: np.ndarray, **more: Any) -> None:
        self._seq += 1
        places = range(len(samples))
        data = frame(samples, places, bed=0, seq=self._seq, t0_s=t0_s, period_s=self.session.made.period_s)
        self.send({"kind": kind, **more}, buffers=[data])

    def _say_clock(self) -> None:
        self.send(showing.clock(self._resident))

    def _say_past(self) -> None:
        """Tells all that is shown: numbers, trends, log, what may be asked for, and the last waves."""
        session = self.session
        pages = list(self._recent)
        traces = session.made.view.traces
        parts = [packed(traces, p.recorded) for p in pages]
        samples = np.concatenate(parts, axis=1) if parts else np.zeros((len(traces), 0), "<i2")
        log = {
            "entries": [showing.entry(session.made, e) for e in session.entries],
            "branches": showing.branches(session.branches, session.page_s),
            "alarms": session.alarms(),
            "script": showing.script(session.made),
        }
        told = showing.numbers(pages[-1]) | {"bed": "bed"} if pages else None
        trends = showing.trends(*session.trends(0.0, max(self.t_s, 1.0), _POINTS))
        self._send_waves(
            "past", pages[0].t_s if pages else 0.0, samples, log=log, numbers=told, trends=trends,
            clock=showing.clock(self._resident), bed=self._described(),
        )  # fmt: skip

    def _heard(self, said: Any) -> None:
        """Does what the widget asks for; what cannot be is answered and never raised, as nobody would see it."""
        does = _DOES.get(str(said.get("do"))) if isinstance(said, dict) else None
        if does is None:
            return
        try:
            answer = does(self, said)
        except (TwinbedError, KeyError, TypeError, ValueError) as error:
            answer = {"accepted": False, "text": str(error)}
        if said.get("id") is not None:
            self.send({"kind": "answer", "id": said["id"], **(answer or {"accepted": True, "text": ""})})

    def _asked_for(self, said: dict[str, Any]) -> dict[str, Any]:
        entry = self.request(str(said["control"]), said.get("value"), lasts_s=said.get("lasts_s"))
        return {"accepted": True, "text": entry["text"]}

    def _asked_waves(self, said: dict[str, Any]) -> None:
        from_s, to_s = float(said["from_s"]), min(float(said["to_s"]), self.t_s)
        from_s = max(from_s, to_s - _MOST_ASKED * self.session.page_s)
        pages = self.session.past(from_s, to_s)
        samples = np.concatenate([packed(self.session.made.view.traces, p.recorded) for p in pages], axis=1)
        self._send_waves("were", pages[0].t_s, samples, id=said["id"])


_DOES = {
    "hello": lambda bed, said: bed._say_past(),
    "request": Bed._asked_for,
    "run": lambda bed, said: bed.run(min(float(said["lasts_s"]), 3600.0 * bed.session.page_s)),
    "rewind": lambda bed, said: bed.rewind(float(said["t_s"])),
    "waves": Bed._asked_waves,
}


def _text(bedside: str | os.PathLike[str]) -> str:
    """The text of a bedside file."""
    path = pathlib.Path(bedside)
    if path.suffix != ".toml":
        return template(str(bedside)).toml
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise Refused(
            f"{path} cannot be read: {error.strerror}", f"{path}을(를) 읽을 수 없습니다: {error.strerror}"
        ) from None


@contextlib.contextmanager
def _whole() -> Iterator[None]:
    """Lets an interrupt wait until the block has ended, so that a page is computed or not."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[Any] = []
    before = signal.signal(signal.SIGINT, lambda sign, where: came.append(where))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt
