"""Beds that live together: one thread computes them by the clock, others make new ones and forks.

What is asked of a bed is done by its thread, one thing after the other (`Ward.ask` and the like return futures). Who
watches is told of every page (`watch`), in that thread: be quick.
"""

import concurrent.futures
import contextlib
import hashlib
import logging
import math
import os
import pathlib
import queue
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import twinbed
from twinbed.core.errors import NotFound, TwinbedError
from twinbed.engine.native.compile import abandon, compiled
from twinbed.ward import ensemble, posterior
from twinbed.ward.asked import Asked, Stopped
from twinbed.ward.checkpoints import Checkpoints, left
from twinbed.ward.controls import Refused, Wish
from twinbed.ward.definition import make
from twinbed.ward.forks import MOST_KEPT, Fork, as_kept, from_kept, room, running
from twinbed.ward.log import Entry, Store
from twinbed.ward.pace import FASTEST, FASTEST_SLOW, Pace
from twinbed.ward.resident import Resident
from twinbed.ward.session import Page, Past, Session, Standing
from twinbed.ward.starts import Start, Starts

A = TypeVar("A")
T = TypeVar("T")
LOG = logging.getLogger("twinbed.ward")
_IDLE_S = 0.5
_LATE_S = 10.0
"""How often it is told, at most, that the machine is too slow for a bed."""
_PATIENCE = 5
"""How nice the threads are that do not keep pace with the clock."""
OURSELVES = "twinbed"
"""Who did what nobody asked for, in a log."""


class Ward:
    """Beds, their thread, and what is kept of them in a folder."""

    def __init__(self, store: Store, folder: pathlib.Path | None = None, *, wall: Callable[[], float] | None = None):
        """An empty ward. Call `close` in the end."""
        self._store, self._folder, self._wall = store, folder, wall
        self.beds: dict[str, Resident] = {}
        self.forks: dict[str, list[Fork]] = {}
        self._watchers: list[Callable[[str, str, Any], None]] = []
        self._asked: queue.SimpleQueue[Asked] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._door = threading.Lock()
        self._closed = False
        self._twins: dict[tuple[str, bool], Session] = {}
        self._makers, self._aside, self._slowly, self._ahead, self._reads = (
            concurrent.futures.ThreadPoolExecutor(1, f"ward-{name}", initializer=_stands_back)
            for name in ("makes", "aside", "slowly", "ahead", "reads")
        )
        self._starts = Starts(folder, wall or time.monotonic)
        self._thread = threading.Thread(target=self._live, name="ward", daemon=True)
        self._thread.start()

    def watch(self, told: Callable[[str, str, Any], None]) -> None:
        """Lets somebody be told of (`page`, bed, `Page`), (`entry`, bed, `Entry`), (`state`, bed, `Resident`) and
        (`fork`, bed, `Fork`)."""
        self._watchers.append(told)

    def close(self) -> None:
        """Ends, and keeps what can be kept. What is being made or looked at is left where it is, not waited for."""
        self._stop.set()
        self._asked.put(Asked(concurrent.futures.Future(), lambda: None))
        self._makers.shutdown(wait=False, cancel_futures=True)
        for others in (self._aside, self._slowly, self._ahead, self._reads):
            others.shutdown(wait=False, cancel_futures=True)
        if any(r.state == "starting" for r in tuple(self.beds.values())) or any(running(self.forks)):
            abandon()
        self._thread.join()

    def open(self, bed: str, toml: str, *, title: str = "", paused: bool = False) -> concurrent.futures.Future[None]:
        """Brings a bed to life, from its log if it has one, at the pace at which it was left there.

        The future ends when it lives or has failed; the resident says why.
        """
        resident = Resident(bed, title, title, toml, Pace(self._wall or time.monotonic, running=not paused))
        self.beds[bed] = resident
        try:
            self._prepare(resident)
        except Exception as error:
            self._fails(resident, error)
            done: concurrent.futures.Future[None] = concurrent.futures.Future()
            done.set_result(None)
            return done
        resident.start = self._starts.of(toml)
        self._tell("state", bed, resident)
        return self._makers.submit(self._make, resident, resident.start)

    def _prepare(self, resident: Resident) -> None:
        """What is known of a bed from its file and its log before it lives."""
        made = resident.made = make(resident.toml)
        own = made.words.get("title") or made.bedside.title
        given = resident.title or own
        resident.title, resident.title_ko = given, made.words.get("title_ko", given) if given == own else given
        resident.pace.fastest = FASTEST_SLOW if made.kind == "diabetes" else FASTEST
        resident.pace.speed = made.speed
        kept = list(self._store.forks(resident.id).items())[-MOST_KEPT:]
        self.forks[resident.id] = [from_kept(resident.id, number, data) for number, data in kept]
        if self._folder is not None:
            resident.left = left(self._folder / resident.id, self._store.branches(resident.id)[-1].id)
        resident.pace.as_left(entry.data for entry in self._store.entries(resident.id) if entry.kind == "clock")

    def _fails(self, resident: Resident, error: Exception) -> None:
        LOG.error("bed %s cannot live (on)", resident.id, exc_info=error)
        resident.why = str(error) or type(error).__name__
        self._tell("state", resident.id, resident)

    def _make(self, resident: Resident, start: Start) -> None:
        try:
            assert resident.made is not None
            start.begin()
            done = compiled()
            made_of = hashlib.sha256(f"{twinbed.__version__}\n{resident.toml}".encode()).hexdigest()
            kept = Checkpoints(None if self._folder is None else self._folder / resident.id, made_of)

            def lived(share: float) -> None:
                self.go_on()
                start.live(share)

            session = Session(resident.id, resident.made, self._store, kept, told=lived)
            resident.stands_after(session.before())
        except Exception as error:
            if not self._stop.is_set():
                self._fails(resident, error)
            return
        start.compiled = compiled() > done
        self._starts.ended(resident.toml, start)
        self.do(lambda: self._moves_in(resident, session))

    def _moves_in(self, resident: Resident, session: Session) -> None:
        if self.beds.get(resident.id) is resident:
            resident.pace.from_here(session.t_s)
            resident.session, resident.left = session, None
            self._tell("state", resident.id, resident)

    def remove(self, bed: str) -> concurrent.futures.Future[None]:
        """Lets a bed go; its log stays where it is kept."""

        def gone() -> None:
            resident = self._resident(bed)
            _close(resident)
            del self.beds[bed]
            for slowly in (False, True):
                self._twins.pop((bed, slowly), None)
            for fork in self.forks.pop(bed, []):
                fork.stopped = True
            self._tell("state", bed, resident)

        return self.do(gone)

    def ask(
        self, bed: str, who: str, control: str, wish: Wish, note: str = "", key: str = ""
    ) -> concurrent.futures.Future[Entry]:
        """Asks for something at a bed. The future holds the entry, or `Refused`.

        A `key` makes it safe to ask again where the answer was lost: the same key of the same person is answered as it
        was the first time, and nothing is done once more.
        """

        def asked() -> Entry:
            session = self._session(bed)
            before = session.asked_before(who, control, wish, key)
            if before is not None:
                return before
            try:
                entry = session.ask(who, control, wish, note, key)
            except Refused:
                self._tell("entry", bed, self._store.entries(bed)[-1])
                raise
            self._tell("entry", bed, entry)
            return entry

        return self.do(asked)

    def refuse(
        self, bed: str, who: str, control: str, wish: Wish, why: Refused, note: str = ""
    ) -> concurrent.futures.Future[Entry]:
        """Puts a request into the log that somebody may not make. The future holds the entry."""

        def refused() -> Entry:
            entry = self._session(bed).refuse(who, control, wish, why, note)
            self._tell("entry", bed, entry)
            return entry

        return self.do(refused)

    def clock(self, bed: str, who: str, do: str, value: float | None = None) -> concurrent.futures.Future[Entry]:
        """Pauses, resumes, steps a page or changes the speed. The future holds the entry, or `Refused`."""

        def changed() -> Entry:
            resident, session = self._resident(bed), self._session(bed)
            if do == "step":
                if resident.pace.running:
                    raise Refused(
                        "the bed runs: pause it before you step", "병상이 진행 중입니다; 먼저 일시 정지해 주십시오"
                    )
                self._page(resident, session)
                entry = session.say(who, "clock", {"do": do})  # where the bed is then, so that it comes back there
            else:
                resident.pace.check(do, value)
                entry = session.say(who, "clock", {"do": do, "value": value})
                resident.pace.set(do, value, session.t_s)
            self._tell("entry", bed, entry)
            self._tell("state", bed, resident)
            return entry

        return self.do(changed)

    def rewind(self, bed: str, who: str, t_s: float) -> concurrent.futures.Future[Entry]:
        """Goes back to a time and on from there, also at a bed that failed later than that.

        The future holds the entry, or `Refused`.
        """

        def asked(session: Session) -> tuple[int, int]:
            return session.branch, session.page_at(t_s)

        def near(twin: Session, place: tuple[int, int]) -> Entry:
            """The long way from a kept moment is not for the thread in which all beds live."""
            twin.branch = place[0]
            with twin.at(max(place[1] - 1, 0)) as standing:
                pass
            return self.do(lambda: back(place[0], standing)).result()

        def back(branch: int, standing: Standing) -> Entry:
            resident, session = self._resident(bed), self._session(bed, acts=False)
            session.keep(branch, standing)
            before = session.branch
            try:
                entry = session.rewind(who, t_s)
                last = session.before()
            except Exception as error:
                if session.branch != before:  # it is in the log, and the bed does not stand there
                    self._fails(resident, error)
                raise
            resident.pace.from_here(session.t_s)
            resident.why, resident.implausible = "", ""
            resident.stands_after(last)
            self._tell("entry", bed, entry)
            self._tell("state", bed, resident)
            return entry

        return self.beside(bed, asked, near)

    def fork(
        self, bed: str, who: str, at_s: float, changes: Sequence[ensemble.Change], *, horizon_s: float, members: int
    ) -> concurrent.futures.Future[Fork]:
        """Looks at what might come from a time on. The future holds the fork, which is being computed, or `Refused`."""

        def asked(session: Session) -> tuple[int, int]:
            room(self.forks, who)
            ensemble.check_size(horizon_s, members, session.page_s)
            for change in changes:
                ensemble.checked_change(session.made, change, horizon_s)
            return session.branch, session.page_at(at_s)

        def looked(twin: Session, place: tuple[int, int]) -> Fork:
            twin.branch, page = place
            with twin.at(page) as standing:
                ensemble.granted(twin.made, standing, changes, horizon_s=horizon_s, page_s=twin.page_s)
            past = twin.lived(page, posterior.pages_of(twin.made))
            return self.do(lambda: begun(standing, past)).result()

        def begun(standing: Standing, past: Past) -> Fork:
            session = self._session(bed)
            room(self.forks, who)
            t_s = standing.page * session.page_s
            said = [{"control": c.control, "value": c.wish.value, "after_s": c.after_s} for c in changes]
            entry = session.say(who, "fork", {"at_s": t_s, "changes": said})
            made = Fork(entry.seq, bed, who, t_s, horizon_s, members, tuple(changes))
            self.forks.setdefault(bed, []).append(made)
            self._store.keep_fork(bed, made.id, as_kept(made))
            self._tell("entry", bed, entry)
            self._ahead.submit(self._compute, made, session, standing, past)
            return made

        return self.beside(bed, asked, looked)

    def stop_fork(self, fork: Fork, who: str) -> concurrent.futures.Future[None]:
        """Ends a fork that is computed or waits for it; one that has ended stays as it is."""

        def stopped() -> None:
            if fork.state == "running":
                fork.stopped, fork.why, fork.why_ko = True, f"stopped by {who}", f"{who} 님이 중지했습니다"
                self._keep(fork)
                self._tell("fork", fork.bed, fork)

        return self.do(stopped)

    def _compute(self, fork: Fork, session: Session, standing: Standing, past: Past) -> None:
        def progress(share: float) -> None:
            if fork.stopped or self._stop.is_set():
                raise Stopped("the fork was stopped")
            before, fork.share = fork.share, share
            if math.floor(20 * share) > math.floor(20 * before):
                self._tell("fork", fork.bed, fork)

        try:
            progress(0.0)
            futures = ensemble.fork(
                session.made, standing, fork.changes, horizon_s=fork.horizon_s, members=fork.members,
                page_s=session.page_s, past=past, progress=progress,
            )  # fmt: skip
            fork.futures = None if fork.stopped else futures
        except Exception as error:
            if not isinstance(error, TwinbedError):
                LOG.exception("fork %s of bed %s", fork.id, fork.bed)
            if not fork.why:
                fork.why_ko = error.korean if isinstance(error, Refused) else ""
                fork.why = str(error) or type(error).__name__
        if not fork.stopped and not self._stop.is_set():
            self._keep(fork)
        self._tell("fork", fork.bed, fork)

    def _keep(self, fork: Fork) -> None:
        """Keeps what came of a fork; it is shown also where that cannot be done."""
        try:
            self._store.keep_fork(fork.bed, fork.id, as_kept(fork))
        except Exception:  # whatever the store's trouble is, who waits for the futures is told of them
            LOG.exception("fork %s of bed %s is not kept", fork.id, fork.bed)

    def past(
        self, bed: str, from_s: float, to_s: float, *, slowly: bool = False
    ) -> concurrent.futures.Future[list[Page]]:
        """The pages of a bed's branch between two times, computed again beside it; or `Refused`. See `beside`."""

        def asked(session: Session) -> tuple[int, int, int]:
            return session.branch, session.page_at(from_s), session.page_at(to_s)

        def again(twin: Session, place: tuple[int, int, int]) -> list[Page]:
            made: list[Page] = []

            def see(page: Page) -> None:
                self.go_on()
                made.append(page)

            twin.branch = place[0]
            twin.replay(*place[1:], see)
            return made

        return self.beside(bed, asked, again, slowly=slowly)

    def beside(
        self, bed: str, asked: Callable[[Session], A], again: Callable[[Session, A], T], *, slowly: bool = False
    ) -> concurrent.futures.Future[T]:
        """Asks a bed something in the ward's thread, and does the rest with a twin of it, in another.

        Args:
            bed: which.
            asked: is quick, and only reads.
            again: may take its time, calling `go_on` now and then, and puts the twin on the branch it wants; `asked`'s
                answer is given to it.
            slowly: whether it is long: what is short then does not wait for it.
        """

        def rest() -> T:
            session, answer = self.do(lambda: ((s := self._session(bed, acts=False)), asked(s))).result()
            if (bed, slowly) not in self._twins:
                self._twins[bed, slowly] = session.twin()
            return again(self._twins[bed, slowly], answer)

        return (self._slowly if slowly else self._aside).submit(rest)

    def read(self, bed: str, asked: Callable[[Session], Callable[[], T]]) -> concurrent.futures.Future[T]:
        """Looks at what is kept of a bed, and works out in another thread what is to be told of it.

        Args:
            bed: which.
            asked: is quick, only reads, and is done in the ward's thread; what it returns may take its time.
        """
        return self._reads.submit(lambda: self.do(lambda: asked(self._session(bed, acts=False))).result()())

    def go_on(self) -> None:
        """Ends long work beside the beds when the ward is closed. Raises `Stopped` then."""
        if self._stop.is_set():
            raise Stopped("the ward is closed")

    def do(self, what: Callable[[], T]) -> concurrent.futures.Future[T]:
        """Does something in the ward's thread."""
        future: concurrent.futures.Future[T] = concurrent.futures.Future()
        asked = Asked(future, what)
        with self._door:  # nothing gets in after the last look into the queue
            if not self._closed:
                self._asked.put(asked)
                return future
        asked.refuse()
        return future

    def _resident(self, bed: str) -> Resident:
        if bed not in self.beds:
            raise NotFound(f"there is no bed {bed!r}")
        return self.beds[bed]

    def _session(self, bed: str, *, acts: bool = True) -> Session:
        """What lives at a bed; of one that failed on the way the past can be looked at and gone back to, no more."""
        resident = self._resident(bed)
        if resident.session is not None and not (acts and resident.why):
            return resident.session
        if not resident.why:
            raise Refused(
                f"the bed is {resident.state}; wait until it runs", "병상이 시작하는 중입니다; 기다려 주십시오"
            )
        out, out_ko = (
            ("; go back to an earlier time", "; 이전 시점으로 되돌아가십시오") if resident.session else ("", "")
        )
        raise Refused(f"the bed failed: {resident.why}{out}", f"병상을 쓸 수 없습니다: {resident.why}{out_ko}")

    def _live(self) -> None:
        while not self._stop.is_set():
            wait_s = _IDLE_S
            try:
                wait_s = self._due()
            except Exception:  # whatever it is, it must not stop the beds
                LOG.exception("the ward stumbled")
            with contextlib.suppress(queue.Empty):
                self._asked.get(timeout=max(0.0, min(wait_s, _IDLE_S))).do()
        for resident in self.beds.values():
            _close(resident)
        with self._door:
            self._closed = True
        with contextlib.suppress(queue.Empty):
            while True:
                self._asked.get_nowait().refuse()

    def _due(self) -> float:
        """Computes the pages that are due, and returns how long there is none."""
        soonest = math.inf
        for resident in list(self.beds.values()):
            session = resident.session
            if session is None or resident.why:
                continue
            pace = resident.pace
            if pace.due(session.t_s) <= pace.wall():
                self._page(resident, session)
                if pace.caught_up(session.t_s, session.page_s) and pace.wall() - resident.told_late >= _LATE_S:
                    resident.told_late = pace.wall()
                    self._tell("state", resident.id, resident)
            soonest = min(soonest, pace.due(session.t_s) - pace.wall())
        return soonest

    def _page(self, resident: Resident, session: Session) -> None:
        try:
            page = session.advance()
        except Exception as error:
            self._fails(resident, error)
            return
        resident.stands_after(page)
        self._tell("page", resident.id, page)
        if page.left and not resident.implausible:
            resident.implausible = page.left
            resident.pace.set("pause", None, session.t_s)
            self._tell("state", resident.id, resident)
            self._tell("entry", resident.id, session.say(OURSELVES, "clock", {"do": "pause", "value": None}))

    def _tell(self, what: str, bed: str, news: Any) -> None:
        for told in self._watchers:
            try:
                told(what, bed, news)
            except Exception:  # who watches must not stop what is watched
                LOG.exception("who watches bed %s failed", bed)


def _stands_back() -> None:
    """Lets this thread, and what it starts, wait for those that keep pace with the clock (where the system can)."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # it may be forbidden, and is no must
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _PATIENCE)


def _close(resident: Resident) -> None:
    """Keeps what can be kept of a bed."""
    try:
        if resident.session is not None:
            resident.session.close()
    except Exception:  # one bed's trouble must not keep the others from being closed
        LOG.exception("bed %s: its last moment is not kept", resident.id)
