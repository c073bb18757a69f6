"""A bed that goes on in pieces: it can be watched, changed, saved, taken back and forked while it runs.

A piece is a whole number of pages, and a page is the slowest period of the bed (`page_of`). Pieces give the same bits
as one long run in the same pages. What happens next may be added at any time and acts from the next page on, if its
signal was named when the bed was made: coupling is fixed before a run.

`Moment` is all that is carried from page to page, a plain pytree of arrays; together with the events it is all
that decides what comes. `Live` holds both and nothing else that changes.

*Known limits*: no measured series; at most eight events of a signal in one page.
"""

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array

from twinbed.core.errors import NotFound, ScenarioError, ScheduleError
from twinbed.core.noise import Noise, noise_from_seed
from twinbed.core.scenario import Event, Scenario, Timeline, timeline
from twinbed.engine.batch import as_cohort, cohort_size, on_backend, prepare
from twinbed.engine.bed import Bed
from twinbed.engine.computed import computed_by
from twinbed.engine.run import Carry, Flags, Page, Plan, begin, go_on, named
from twinbed.engine.schedule import period_of
from twinbed.vocab.signals import signal as signal_of

MOST_EVENTS = 8
"""Events of one signal that a page can hold; more would need another compilation."""
_NEVER_S = 1e12


class Moment(eqx.Module):
    """Where a live bed stands: what it carries, with a leading patient axis, and the number of its next page."""

    carry: Carry
    page: Array | np.ndarray


@dataclasses.dataclass(frozen=True)
class _Begins:
    """The start of one patient."""

    plan: Plan
    dtype: type

    def __call__(self, own: tuple[Bed, Array], shared: tuple[Any, Timeline]) -> Carry:
        (bed, number), (key, line) = own, shared
        return begin(bed, line, Noise(key, self.dtype).at(number), self.plan)


@dataclasses.dataclass(frozen=True)
class _GoesOn:
    """A page of one patient."""

    plan: Plan
    dtype: type

    def __call__(
        self, own: tuple[Carry, Timeline, tuple[Bed, Array]], shared: tuple[Array, Any]
    ) -> tuple[Carry, dict[str, Array]]:
        (carry, line, (bed, number)), (page, key) = own, shared
        return go_on(bed, Page(line, page), Noise(key, self.dtype).at(number), self.plan, carry)


class _UnderXla:
    """What `engine.native.execute.Continued` is, under XLA."""

    def __init__(self, one: _GoesOn, carry: Carry, own: tuple[Any, Any], shared: tuple[Any, Any]):
        self.carry, self._own, self._shared = carry, own[1], shared[1]
        self._all = eqx.filter_jit(eqx.filter_vmap(one, in_axes=((0, 0, 0), None)))

    def keep(self, own: Any) -> None:
        self._own = own

    def part(self, where: Callable[[Any], Any]) -> Any:
        return jax.tree.map(np.asarray, where(self.carry))

    def __call__(self, own_news: Any, shared_news: Any) -> Any:
        self.carry, made = self._all((self.carry, own_news, self._own), (shared_news, self._shared))
        return {name: np.asarray(values) for name, values in made.items()}


def page_of(bed: Bed, record_period_s: float) -> float:
    """The length of a page in seconds: the slowest period of a bed and its recorder."""
    return max(record_period_s, *(period_of(part) for part in bed.components.values()))


class Live:
    """A bed, or a cohort of beds, that goes on in pieces.

    Attributes:
        scenarios: what happened and will happen, one for each patient.
        page_s: seconds of a page.
        backend: what computes, `native` or `xla`.
    """

    def __init__(
        self,
        beds: Bed | Sequence[Bed],
        scenarios: Sequence[Scenario] | Scenario,
        *,
        seed: int,
        record: Sequence[str],
        record_period_s: float,
        signals: Iterable[str] = (),
        first_patient: int | Sequence[int] = 0,
        backend: str = "auto",
    ):
        """Wires, schedules and compiles; the clock stands at zero.

        Args:
            beds, seed, record, record_period_s: as `simulate`.
            first_patient: number of the first patient, or of each; from it comes the noise of a patient.
            scenarios: what is known of the future, one for all patients or one for each.
            signals: what may happen besides; nothing does unless it is added.
            backend: `native`, `xla`, or `auto`, as `simulate`.

        Raises:
            WiringError, ScheduleError, ScenarioError, NotFound, CannotLower, NoCompiler: as `simulate`.
        """
        cohort = as_cohort(beds)
        n = cohort_size(cohort)
        self.scenarios = [scenarios] * n if isinstance(scenarios, Scenario) else list(scenarios)
        if len(self.scenarios) != n:
            raise ValueError(f"{n} patients but {len(self.scenarios)} scenarios")
        if any(s.series for s in self.scenarios):
            raise ScenarioError("a live bed plays no series; give events")
        open_ = frozenset(signals).union(*(s.signals() for s in self.scenarios))
        self._open = Scenario(tuple(Event(s, _NEVER_S, 1.0, 0.0) for s in sorted(open_)))
        self.page_s = page_of(cohort, record_period_s)
        job = prepare(cohort, self._open, duration_s=self.page_s, record=record, record_period_s=record_period_s)
        self._names, self._plan = job.names, job.plan
        self._shortest_s = _shortest_s(cohort, job.plan.schedule.fastest_s)
        self._dtype = next(a.dtype for a in jax.tree.leaves(cohort) if eqx.is_inexact_array(a))
        quiet = ((),) * n
        self._steady = (quiet, self._cut(quiet, 0))
        self._page = 0
        noise = noise_from_seed(seed, dtype=self._dtype.type)
        counted = range(first_patient, first_patient + n) if isinstance(first_patient, int) else first_patient
        numbers = np.asarray(counted, np.uint32)
        if len(numbers) != n:
            raise ValueError(f"{n} patients but {len(numbers)} numbers of patients")
        self._own = cohort, numbers
        self._run, self.backend = _runner(backend, job.plan, self._own, noise, self._steady[1])

    @property
    def t_s(self) -> float:
        """Seconds since the beginning."""
        return self._page * self.page_s

    @property
    def computed_by(self) -> str:
        """What computes, in words: the same bed has the same bits where this is the same."""
        return computed_by(self.backend)

    @property
    def moment(self) -> Moment:
        """Where the bed stands, as NumPy arrays; put it back to go on from there."""
        return Moment(jax.tree.map(np.asarray, self._run.carry), np.asarray(self._page))

    @moment.setter
    def moment(self, moment: Moment) -> None:
        self._run.carry, self._page = moment.carry, int(moment.page)

    @property
    def flags(self) -> Flags:
        """When each patient left what is possible."""
        return self._run.part(lambda carry: carry.flags)

    @property
    def implausible_signal(self) -> tuple[str, ...]:
        """The signal of each patient that left its plausible range; empty where none did."""
        return named(self.flags, self._plan)

    def advance(self, duration_s: float) -> Mapping[str, np.ndarray]:
        """Goes on, and returns what was recorded meanwhile (`patient time`), by the names asked for.

        Raises:
            ScheduleError: the duration is no whole number of pages.
            ScenarioError: an event cannot be played.
        """
        pages = round(duration_s / self.page_s)
        if pages < 1 or abs(pages * self.page_s - duration_s) > 1e-6:
            raise ScheduleError(f"{duration_s:g} s is no whole number of pages of {self.page_s:g} s; go on by these")
        made = [self._one_page() for _ in range(pages)]
        return {self._names[source]: np.concatenate([m[source] for m in made], axis=1) for source in made[0]}

    def _one_page(self) -> Mapping[str, np.ndarray]:
        made = self._run(self._line(self._page), np.asarray([self._page], np.int32))
        self._page += 1
        return made

    def add(self, event: Event, patient: int = 0) -> None:
        """Lets something happen from its time on, and not before the next page.

        Raises:
            ScenarioError: the signal was not named when the bed was made, or the past would change.
        """
        if event.signal not in self._open.signals():
            raise ScenarioError(f"{event.signal!r} was not named when the bed was made: name it in signals")
        if event.start_s < self.t_s:
            raise ScenarioError(f"{event.signal!r} at {event.start_s:g} s: it is {self.t_s:g} s already")
        events = (*self.scenarios[patient].events, event)
        self.scenarios[patient] = Scenario(events)

    def end(self, signal: str, patient: int = 0) -> None:
        """Ends at the next page whatever goes on under a signal, and forgets what was to come."""
        kept = (ended(e, self.t_s) if e.signal == signal else e for e in self.scenarios[patient].events)
        self.scenarios[patient] = Scenario(tuple(e for e in kept if e is not None))

    @property
    def beds(self) -> Bed:
        """The beds as they are set now, with a leading patient axis."""
        return self._own[0]

    @beds.setter
    def beds(self, beds: Bed) -> None:
        """Sets numbers of patients and devices anew, from the next page on.

        Raises:
            ValueError: it is another kind of bed, or of other patients.
        """
        arrays = lambda bed: eqx.partition(bed, eqx.is_array)
        (now, fixed), (then, other) = arrays(self._own[0]), arrays(beds)
        shapes = lambda tree: jax.tree.map(lambda a: (a.shape, a.dtype), tree)
        if shapes(now) != shapes(then) or not eqx.tree_equal(fixed, other):
            raise ValueError("only numbers of a live bed can change: it has the same parts, and as many patients")
        self._own = beds, self._own[1]
        self._run.keep(self._own)

    def _line(self, page: int) -> Timeline:
        """What happens in a page, with a leading patient axis."""
        start_s, end_s = page * self.page_s, (page + 1) * self.page_s
        now = lambda e: e.start_s < end_s and _end_s(e, self._shortest_s) > start_s
        own = {id(s): tuple(e for e in s.events if now(e)) for s in self.scenarios}  # many patients may share one
        happening = tuple(own[id(s)] for s in self.scenarios)
        every = [e for events in own.values() for e in events]
        steady = all(e.start_s <= start_s and _end_s(e, self._shortest_s) >= end_s for e in every)
        if steady and happening == self._steady[0]:
            return self._steady[1]
        line = self._cut(happening, page)
        for name, values in line.value.items():
            if values.shape[-1] > MOST_EVENTS:
                raise ScenarioError(
                    f"more than {MOST_EVENTS} events of {name!r} from {start_s:g} to {end_s:g} s: merge them"
                )
        if steady:
            self._steady = (happening, line)
        return line

    def _cut(self, happening: Sequence[Sequence[Event]], page: int) -> Timeline:
        line = timeline(
            [Scenario((*events, *self._open.events)) for events in happening],
            page_s=self.page_s, n_pages=1, shortest_s=self._shortest_s, first_page=page,
        )  # fmt: skip
        return jax.tree.map(lambda a: np.asarray(a, self._dtype), line)


def crowded_s(bed: Bed, scenario: Scenario, signal: str, t_s: float, page_s: float) -> float | None:
    """When a page begins, from a time on, in which a scenario has too many events of a signal to be played.

    Nothing where there is none. Of a page only what the signal's own events ask for counts.
    """
    shortest_s, next_page = _shortest_s(bed, page_s), round(t_s / page_s)
    spans: list[tuple[int, int]] = []
    for event in scenario.events:
        end = math.ceil(_end_s(event, shortest_s) / page_s)
        if event.signal == signal and end > next_page:
            spans.append((max(int(event.start_s // page_s), next_page), end))
    together = lambda page: sum(first <= page < end for first, end in spans)
    crowded = [first for first, _ in spans if together(first) > MOST_EVENTS]
    return min(crowded) * page_s if crowded else None


def _shortest_s(bed: Bed, without: float) -> float:
    """What an event at once lasts: the shortest step of the models; where there are none, another time."""
    return min((m.step_s for m in bed.models.values()), default=without)


def _end_s(event: Event, shortest_s: float) -> float:
    return event.start_s + max(event.duration_s, shortest_s)


def ended(event: Event, at_s: float) -> Event | None:
    """An event that is over at a time; none if it would not have begun. The amount of a dose shrinks with it."""
    if event.start_s + event.duration_s <= at_s:
        return event
    if event.start_s >= at_s:
        return None
    lasts_s = at_s - event.start_s
    share = lasts_s / event.duration_s if signal_of(event.signal).dose_unit else 1.0
    return dataclasses.replace(event, duration_s=lasts_s, amount=event.amount * share)


def begun(event: Event, at_s: float) -> Event | None:
    """What is left of an event from a time on; none if it is over then. The amount of a dose shrinks with it."""
    end_s = event.start_s + event.duration_s
    if event.start_s >= at_s:
        return event
    if end_s <= at_s:
        return None
    share = (end_s - at_s) / event.duration_s if signal_of(event.signal).dose_unit else 1.0
    return dataclasses.replace(event, start_s=at_s, duration_s=end_s - at_s, amount=event.amount * share)


def _runner(backend: str, plan: Plan, own: tuple[Bed, np.ndarray], noise: Noise, quiet: Timeline) -> tuple[Any, str]:
    """What runs a page, standing at the beginning, and which backend it is."""
    if backend not in ("auto", "native", "xla"):
        raise NotFound(f"there is no backend {backend!r} for a live bed: choose auto, native or xla")
    dtype = noise.dtype
    one, first = _GoesOn(plan, dtype), _Begins(plan, dtype)
    line, page = jax.tree.map(lambda a: a[0], quiet), np.zeros(1, np.int32)

    def natively(target: str) -> Any:
        from twinbed.engine.native.execute import Continued, mapped

        carry = mapped(first, own, (noise.key, line), dtype=dtype, target=target)
        return Continued(one, carry, (quiet, own), (page, noise.key), dtype)

    def under_xla() -> Any:
        carry = eqx.filter_jit(eqx.filter_vmap(first, in_axes=((0, 0), None)))(own, (noise.key, line))
        return _UnderXla(one, carry, (quiet, own), (page, noise.key))

    return on_backend(backend, natively, under_xla)
