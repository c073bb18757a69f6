"""A bed that lives: pages, requests, checkpoints and branches of time. What is true is its log.

Everything is decided by the definition and the log: a page is computed from the moment before it and from what holds
on its branch by then, wherever the computation starts. So any page is reached again, to the bit, from the checkpoint
before it (`at`), and a bed whose process ended goes on where the log says.

Nothing here knows the clock on the wall; `pace` does.
"""

import contextlib
import dataclasses
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from twinbed.core.scenario import Scenario
from twinbed.engine.bed import Bed
from twinbed.engine.live import Live, Moment
from twinbed.ward.checkpoints import EVERY_PAGES, Checkpoints, averaged
from twinbed.ward.controls import Refused, Wish, checked, logged, with_setting, with_wish
from twinbed.ward.definition import Made
from twinbed.ward.given import so_far
from twinbed.ward.grants import granted, stands_at
from twinbed.ward.log import Asked, Branch, Entry, Store, acting, lineage
from twinbed.ward.rows import Alarms
from twinbed.ward.spoken import moment
from twinbed.ward.views import alarms_at, body_at, devices_at, numbers_at, off, pause_left_s

_OF_ALARM = ("id", "priority", "text", "text_ko")


@dataclasses.dataclass(frozen=True)
class Page:
    """What was computed of a page."""

    branch: int
    number: int
    t_s: float
    """When it begins."""
    lasts_s: float
    recorded: Mapping[str, np.ndarray]
    """By source (`time`)."""
    numbers: Mapping[str, float | None]
    """At its end, as are all below."""
    alarms: tuple[Mapping[str, Any], ...]
    alarm_sound: int
    devices: Mapping[str, Mapping[str, float | None]]
    body: Mapping[str, float | None]
    left: str
    """The signal that left what is plausible, or `a number`; empty as long as all is well."""
    pause_left_s: float = 0.0
    """For how long the sound of alarms is paused still."""


@dataclasses.dataclass(frozen=True)
class Standing:
    """Where a bed stands at the beginning of a page: all that decides what comes."""

    page: int
    moment: Moment
    scenario: Scenario
    beds: Bed


@dataclasses.dataclass(frozen=True)
class Past:
    """What a bed lived through: where it stood, for how many pages, and what was granted before which page since."""

    standing: Standing
    pages: int
    granted: Mapping[int, Sequence[tuple[str, Wish]]]


class Session:
    """A bed that lives. Not for several threads at once."""

    def __init__(
        self, bed: str, made: Made, store: Store, checkpoints: Checkpoints, *, backend: str = "auto",
        page: int | None = None, told: Callable[[float], None] = lambda share: None,
    ):  # fmt: skip
        """Makes the bed and brings it to where its log and its checkpoints say.

        Args:
            bed: its name in the store.
            made: what it is made of.
            store: of its log.
            checkpoints: of its moments.
            backend: what computes.
            page: where to stand instead, which the bed has passed.
            told: is told which share of what must be computed to get there is done; what it raises ends that.

        Raises:
            TwinbedError: as `engine.live.Live`.
        """
        self.bed, self.made, self._store, self._checkpoints = bed, made, store, checkpoints
        self.live = Live(
            made.bed, made.scenario, seed=made.bedside.seed, record=made.view.record, record_period_s=made.period_s,
            signals=made.signals, backend=backend,
        )  # fmt: skip
        checkpoints.go_on(self.live.computed_by)
        self.page_s = self.live.page_s
        self._first = Standing(0, self.live.moment, made.scenario, self.live.beds)
        self.branch = store.branches(bed)[-1].id
        self.page = 0
        self._seen: Page | None = None
        self._keyed: dict[tuple[str, str], Entry] = {}
        self._looked = 0
        self._told = told
        self._go_to(self._reached() if page is None else page, keep=True)

    @property
    def t_s(self) -> float:
        """Where the bed is."""
        return self.page * self.page_s

    @property
    def scenario(self) -> Scenario:
        """What happens at the bed, with all that was granted on its branch."""
        return self.live.scenarios[0]

    @property
    def branches(self) -> list[Branch]:
        """All courses of events."""
        return self._store.branches(self.bed)

    @property
    def entries(self) -> list[Entry]:
        """The log."""
        return self._store.entries(self.bed)

    def reached(self, branch: int) -> int:
        """The page before which a branch ended, or has come by now."""
        if branch == self.branch:
            return self.page
        return reached(branch, self.branches, self.entries, self._checkpoints)

    def advance(self) -> Page:
        """Computes the next page, and keeps what is to be kept of it."""
        if self.page % EVERY_PAGES == 0:
            self._checkpoints.keep(self.branch, self.page, self.live.moment)
        made = self._computed()
        self._checkpoints.add(made.branch, made.number, (made.numbers, made.alarms))
        return made

    def _page(self, recorded: Mapping[str, np.ndarray]) -> Page:
        view = self.made.view
        sound = recorded[f"{view.alarm_system}.alarm_sound"][-1] if view.alarm_system else 0.0
        says = devices_at(view, recorded)
        unseen = off(view, so_far(self.scenario, says, self.t_s + self.page_s))
        return Page(
            self.branch, self.page, self.t_s, self.page_s, recorded, numbers_at(view, recorded, unseen=unseen),
            tuple(alarms_at(view, recorded, before=self._stood())), int(sound), says, body_at(view, recorded),
            self._left(), pause_left_s(view, recorded),
        )  # fmt: skip

    def _stood(self) -> Alarms:
        """The alarms of the page before: one that goes on keeps its words."""
        seen = self._seen
        if seen is not None and (seen.branch, seen.number) == (self.branch, self.page - 1):
            return seen.alarms
        return self._checkpoints.stood(lineage(self.branches, self.branch), self.page - 1)

    def _left(self) -> str:
        flags = self.live.flags
        if np.isfinite(flags.not_finite_s[0]):
            return "a number"
        return self.live.implausible_signal[0] if np.isfinite(flags.implausible_s[0]) else ""

    def asked_before(self, who: str, control: str, wish: Wish, key: str) -> Entry | None:
        """What was answered to the same request, known by its key; nothing where it was not made or has no key.

        Raises:
            Refused: it was refused then, or the key was another request's.
        """
        news = self._store.entries(self.bed, self._looked) if key else []
        self._keyed |= {(e.who, e.data["key"]): e for e in news if e.data.get("key")}
        self._looked = news[-1].seq if news else self._looked
        before = self._keyed.get((who, key))
        if before is None:
            return None
        if before.data["wish"] != [control, wish.value, wish.lasts_s]:
            raise Refused(
                "this key was used for another request; take a new one",
                "이 키는 다른 요청에 쓰였습니다; 새 키를 쓰십시오",
            )
        if not before.accepted:
            raise Refused(before.reason, before.data.get("reason_ko", ""))
        return before

    def ask(self, who: str, control: str, wish: Wish, note: str = "", key: str = "") -> Entry:
        """Asks for something; what is granted acts from the next page on. Both answers are in the log.

        Raises:
            Refused: out of range, against an interlock, or there is no such control. The refusal is in the log.
        """
        asked = self._asked(who, control, wish, note, key)
        try:
            known = self.made.controls.get(control)
            if known is None:
                raise Refused(
                    f"there is no control {control!r} at this bed", f"이 병상에는 {control!r} 조작이 없습니다"
                )
            wish = checked(known, wish)
            granted(self.made, self.scenario, self.live.beds, known, wish, self.t_s)
        except Refused as error:
            self._refuse(asked, error)
            raise
        said = {**asked.data, "value": wish.value, "lasts_s": wish.lasts_s}
        said |= {"returns": True} if wish.returns else {}
        entry = self._store.append(self.bed, dataclasses.replace(asked, data=said))
        self._grant(entry)
        return entry

    def refuse(self, who: str, control: str, wish: Wish, why: Refused, note: str = "") -> Entry:
        """Puts a request into the log that somebody may not make."""
        return self._refuse(self._asked(who, control, wish, note), why)

    def _refuse(self, asked: Asked, why: Refused) -> Entry:
        told = {**asked.data, "reason_ko": why.korean}
        return self._store.append(self.bed, dataclasses.replace(asked, data=told, accepted=False, reason=str(why)))

    def _asked(self, who: str, control: str, wish: Wish, note: str, key: str = "") -> Asked:
        said: dict[str, Any] = {"control": control, "value": wish.value, "lasts_s": wish.lasts_s}
        said |= {"note": note} if note else {}
        said |= {"key": key, "wish": [control, wish.value, wish.lasts_s]} if key else {}
        return Asked(self.branch, self.page, self.t_s, who, "request", said)

    def say(self, who: str, kind: str, data: Mapping[str, Any]) -> Entry:
        """Puts something into the log that does not act on the bed, such as a change of pace."""
        return self._store.append(self.bed, Asked(self.branch, self.page, self.t_s, who, kind, data))

    def now(self, control: str) -> float | None:
        """What a control stands at; nothing where there is none."""
        return stands_at(self.made, self.scenario, self.live.beds, self.t_s, control)

    def _grant(self, entry: Entry) -> None:
        control = self.made.controls[entry.data["control"]]
        wish = logged(entry.data)
        assert wish.value is not None
        if control.is_setting:
            self.live.beds = with_setting(self.live.beds, control, wish.value)
        else:
            t_s = entry.page * self.page_s
            self.live.scenarios[0] = with_wish(self.live.scenarios[0], control, wish, t_s)

    def rewind(self, who: str, t_s: float) -> Entry:
        """Goes back to the page at a time and on from there, on a branch of its own; nothing is forgotten.

        Raises:
            Refused: it has not been there.
        """
        page = self.page_at(t_s)
        self._checkpoints.flush()
        told = {"to_s": page * self.page_s, "from_branch": self.branch}
        entry = self._store.open_branch(self.bed, Asked(self.branch, page, page * self.page_s, who, "rewind", told))
        self.branch = entry.branch
        self._go_to(page)
        return entry

    def keep(self, branch: int, standing: Standing) -> None:
        """Keeps where the bed stood on a branch, as it was computed again by its twin, so that it is near."""
        self._checkpoints.keep(branch, standing.page, standing.moment)

    def page_at(self, t_s: float) -> int:
        """The page in which a time lies. Raises `Refused` for one that has not been."""
        if not (math.isfinite(t_s) and 0.0 <= t_s <= self.t_s):
            is_time = math.isfinite(t_s) and t_s >= 0.0
            asked, asked_ko = (moment(t_s), moment(t_s, "ko")) if is_time else (f"{t_s:g} s", f"{t_s:g}초")
            raise Refused(
                f"{asked}: the bed has been from 0 to {moment(self.t_s)} on this branch",
                f"{asked_ko}: 이 병상의 이 분기 기록은 0부터 {moment(self.t_s, 'ko')}까지입니다",
            )
        return min(int(t_s / self.page_s + 1e-9), self.page)

    @contextlib.contextmanager
    def at(self, page: int, passed: Callable[[Page], None] = lambda page: None) -> Iterator[Standing]:
        """The bed as it stood at the beginning of a page of its branch; afterwards it stands where it did.

        Args:
            page: which.
            passed: is shown every page that is computed on the way there, from the kept moment before it.
        """
        here = self._standing()
        try:
            self._go_to(page, passed)
            yield self._standing()
        finally:
            self._put(here)

    def lived(self, page: int, most: int) -> Past:
        """What the bed lived through before a page of its branch, at most so many pages, from a kept moment on."""
        first = -(-max(0, page - most) // EVERY_PAGES) * EVERY_PAGES
        granted: dict[int, list[tuple[str, Wish]]] = {}
        for entry in self._holding():
            wish = logged(entry.data)
            granted.setdefault(entry.page, []).append((entry.data["control"], wish))
        with self.at(min(first, page)) as standing:
            since = {at: wishes for at, wishes in granted.items() if standing.page < at < page}
            return Past(standing, page - standing.page, since)

    def past(self, from_s: float, to_s: float) -> list[Page]:
        """The pages between two times, computed again. Raises `Refused` for times that have not been."""
        return self.replayed(self.page_at(from_s), self.page_at(to_s))

    def replayed(self, first: int, last: int) -> list[Page]:
        """The pages of the branch from `first` to before `last`, computed again."""
        made: list[Page] = []
        self.replay(first, last, made.append)
        return made

    def replay(
        self, first: int, last: int, see: Callable[[Page], None], passed: Callable[[Page], None] = lambda page: None
    ) -> None:
        """Computes the pages of the branch from `first` to before `last` again, and shows each; `passed` as of `at`."""
        with self.at(first, passed):
            self._play(last, see)

    def before(self) -> Page | None:
        """The page before where the bed stands, computed again; nothing at the very beginning."""
        return self.replayed(self.page - 1, self.page)[0] if self.page > 0 else None

    def twin(self) -> "Session":
        """Another one of the same bed and log, to look at the past in another thread; never `advance` it.

        It stands at the beginning: to get further it would compute pages that it has no right to keep.
        """
        return Session(self.bed, self.made, self._store, self._checkpoints, backend=self.live.backend, page=0)

    def trends(self, from_s: float, to_s: float, points: int) -> tuple[list[float], dict[str, list[Any]]]:
        """Numbers of the branch between two times, as means over at most so many stretches, and when these were."""
        return self.trends_later(from_s, to_s, points)()

    def trends_later(
        self, from_s: float, to_s: float, points: int
    ) -> Callable[[], tuple[list[float], dict[str, list[Any]]]]:
        """What works out `trends` of what is there by now; any thread may call it, and it takes a while."""
        first, last = (min(max(0, math.floor(t / self.page_s)), self.page) for t in (from_s, to_s))
        rows = self._checkpoints.rows(lineage(self.branches, self.branch), first, last)

        def later() -> tuple[list[float], dict[str, list[Any]]]:
            pages, means = averaged(rows, list(self.made.view.numbers.readings), points)
            return [(page + 1.0) * self.page_s for page in pages], means

        return later

    def alarms(self) -> list[dict[str, Any]]:
        """Every alarm of the branch, with when it began and when it ended (nothing if it stands).

        `latched` are the stretches of it in which its condition was gone, the last without an end if it still is.
        """
        return self.alarms_later()()

    def alarms_later(self) -> Callable[[], list[dict[str, Any]]]:
        """What works out `alarms` of what is there by now; any thread may call it, and it takes a while."""
        rows = self._checkpoints.alarms(lineage(self.branches, self.branch), self.page)
        return lambda: _episodes(rows, self.page_s)

    def close(self) -> None:
        """Keeps what can be kept."""
        self._checkpoints.keep(self.branch, self.page, self.live.moment)

    def _standing(self) -> Standing:
        return Standing(self.page, self.live.moment, self.live.scenarios[0], self.live.beds)

    def _put(self, standing: Standing) -> None:
        self.live.moment, self.live.scenarios[0] = standing.moment, standing.scenario
        self.live.beds, self.page = standing.beds, standing.page

    def _go_to(self, page: int, passed: Callable[[Page], None] = lambda page: None, *, keep: bool = False) -> None:
        """Stands at the beginning of a page of the branch, from the checkpoint before it.

        Args:
            page: which.
            passed: is shown what is computed on the way.
            keep: whether to keep what is passed on the way, which was not known yet.
        """
        parts = lineage(self.branches, self.branch)
        found = self._checkpoints.before(parts, page, self._first.moment)
        start, moment = found or (0, self._first.moment)
        self._put(dataclasses.replace(self._first, page=start, moment=moment))
        for entry in self._holding():
            if entry.page <= start:
                self._grant(entry)
        self._play(page, passed, keep=keep)

    def _play(self, page: int, see: Callable[[Page], None], *, keep: bool = False) -> None:
        """Computes pages of the branch again, up to the beginning of one, with what was granted then."""
        due: dict[int, list[Entry]] = {}
        for entry in self._holding():
            due.setdefault(entry.page, []).append(entry)
        first = self.page
        while self.page < page:
            see(self.advance() if keep else self._computed())
            if keep:
                self._told((self.page - first) / (page - first))
            for entry in due.get(self.page, ()):
                self._grant(entry)

    def _computed(self) -> Page:
        recorded = {name: values[0] for name, values in self.live.advance(self.page_s).items()}
        self._seen = self._page(recorded)
        self.page += 1
        return self._seen

    def _holding(self) -> list[Entry]:
        return acting(self._store.entries(self.bed), self.branches, self.branch)

    def _reached(self) -> int:
        """The page at which the bed was when it was last seen."""
        parts = lineage(self.branches, self.branch)
        kept = self._checkpoints.last(parts)
        own = [e.page for e in self._store.entries(self.bed) if e.branch == self.branch]
        opened = round(self.made.begins_s / self.page_s) if self.branch == 0 else 0
        return max([kept, parts[-1][1], opened, *own])


def _episodes(rows: Mapping[int, Alarms], page_s: float) -> list[dict[str, Any]]:
    """Every alarm of pages, with when it began, ended and latched."""
    open_: dict[str, dict[str, Any]] = {}
    out: list[dict[str, Any]] = []
    for page in sorted(rows):
        t_s = (page + 1.0) * page_s
        standing = {a["id"]: a for a in rows[page]}
        for name in [n for n in open_ if n not in standing]:
            _note_latched(open_[name]["latched"], False, t_s)
            open_.pop(name)["until_s"] = t_s
        for name, alarm in standing.items():
            if name not in open_:
                open_[name] = {k: alarm[k] for k in _OF_ALARM} | {"t_s": t_s, "until_s": None, "latched": []}
                out.append(open_[name])
            _note_latched(open_[name]["latched"], bool(alarm.get("latched")), t_s)
    return out


def _note_latched(stretches: list[list[float | None]], is_latched: bool, t_s: float) -> None:
    """Notes whether an alarm latches at a time, in its stretches of it."""
    open_ = bool(stretches) and stretches[-1][1] is None
    if is_latched and not open_:
        stretches.append([t_s, None])
    elif open_ and not is_latched:
        stretches[-1][1] = t_s


def reached(branch: int, branches: Sequence[Branch], entries: Iterable[Entry], checkpoints: Checkpoints) -> int:
    """The page before which a branch ended, as far as its log and what is kept of it say."""
    opened = [b.from_page for b in branches if branch in (b.id, b.parent)]
    return max([*opened, *(e.page for e in entries if e.branch == branch), checkpoints.end(branch)])
