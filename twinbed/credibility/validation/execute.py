"""Plays the runs of tables: those with beds of one kind and about the same length are one cohort.

Many people cost little more than one, and compiling costs more than running. So the runs of all tables share the code
of a bed, whichever of them are asked for, and a short run is played as long as the longest of its cohort.
"""

import dataclasses
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import jax
import jax.numpy as jnp
import numpy as np

from twinbed.core.scenario import Event, Scenario
from twinbed.credibility.validation.bedside import Bedside, happenings
from twinbed.credibility.validation.measures import Trace
from twinbed.credibility.validation.people import STANDARD, Crowd, Size
from twinbed.engine.batch import Result, simulate
from twinbed.engine.schedule import period_of
from twinbed.vocab.signals import signal as signal_of

RECORD_PERIOD_S = 0.02
_LONGER = 4.0
_FILLER_S = 1.0
"""At the end of a cohort, after every run of it: events that only fill up."""
_MEMORY_BYTES = 6e8


@dataclasses.dataclass(frozen=True)
class Flaw:
    """What went wrong with a person in a run, and from when on, counted from the end of the settling."""

    what: str
    at_s: float
    finite: bool = True

    def __str__(self) -> str:
        return f"{self.what} {f'from {self.at_s:.0f} s' if self.at_s >= 0 else 'while settling'}"


@dataclasses.dataclass(frozen=True)
class Played:
    """What a run left: traces by signal from the end of the settling, person by person."""

    traces: Mapping[str, Trace]
    flaws: tuple[Flaw | None, ...]
    """What went wrong with each person, if anything did."""


@dataclasses.dataclass(frozen=True)
class Cohort:
    """Runs that share one program: as long, with the same signals recorded and as many events."""

    members: tuple[Bedside, ...]
    lasts_s: float
    signals: tuple[str, ...]
    events: Mapping[str, int]
    """The most events of each signal in a run."""


def cohorts(bedsides: Iterable[tuple[Bedside, frozenset[str]]]) -> list[Cohort]:
    """Runs, with what must be recorded of them, by the kind of their bed and by length within a factor of four."""
    kinds: dict[object, list[tuple[Bedside, frozenset[str]]]] = {}
    for one in bedsides:
        kinds.setdefault(jax.tree.structure(one[0].bed), []).append(one)
    out = []
    for members in kinds.values():
        members.sort(key=lambda one: _length(one[0]), reverse=True)
        while members:
            lasts_s = _length(members[0][0])
            alike = [one for one in members if _length(one[0]) * _LONGER >= lasts_s]
            out.append(_cohort(alike, lasts_s))
            members = members[len(alike) :]
    return out


def _cohort(alike: Sequence[tuple[Bedside, frozenset[str]]], lasts_s: float) -> Cohort:
    signals = tuple(sorted(frozenset().union(*(wanted for _, wanted in alike))))
    fed = sorted({e.signal for member, _ in alike for e in member.run.events})
    counts = {name: max(len(happenings(m, name)) for m, _ in alike) for name in fed}
    return Cohort(tuple(m for m, _ in alike), lasts_s, signals, counts)


def _length(one: Bedside) -> float:
    """Seconds of a run with its settling and what fills up, made a whole number of the bed's slowest period."""
    slowest = max((period_of(part) for part in one.bed.components.values()), default=1.0)
    return math.ceil((one.run.settle_s + one.run.lasts_s + _FILLER_S) / slowest - 1e-9) * slowest


def scenario(member: Bedside, cohort: Cohort, size: Size = STANDARD) -> Scenario:
    """What happens in a run to somebody of a size, filled up to as many events as the others of the cohort have."""
    events: list[Event] = []
    for name, count in cohort.events.items():
        own = [dataclasses.replace(e, amount=e.amount * size.of(name)) for e in happenings(member, name)]
        least = max(0.0, signal_of(name).plausible[0])  # what a scenario accepts; it comes after all that is read
        events += [*own, *[Event(name, cohort.lasts_s - _FILLER_S, _FILLER_S, least)] * (count - len(own))]
    return Scenario(tuple(events))


def play(
    cohort: Cohort,
    members: Sequence[Bedside],
    *,
    people: Callable[[Bedside], Crowd],
    backend: str = "auto",
    on_done: Callable[[float], None] = lambda seconds: None,
) -> Iterator[tuple[Bedside, Played]]:
    """Simulates some members of a cohort, a part at a time, and yields what each run left.

    Args:
        people: who takes part in a run; its own patient comes first.
        backend: as in `engine.simulate`.
        on_done: is told the simulated seconds that were done.
    """
    several = len(people(members[0]).sizes)
    samples = cohort.lasts_s / RECORD_PERIOD_S * max(1, len(cohort.signals))
    at_once = max(1, int(_MEMORY_BYTES / (8.0 * samples * several)))
    for first in range(0, len(members), at_once):
        part = members[first : first + at_once]
        crowds = [people(m) for m in part]
        result = simulate(
            jax.tree.map(lambda *a: jnp.concatenate(a), *(crowd.bed for crowd in crowds)),
            [scenario(m, cohort, size) for m, crowd in zip(part, crowds, strict=True) for size in crowd.sizes],
            duration_s=cohort.lasts_s,
            seed=0,
            record=[f"{part[0].shown[name]}.{name}" for name in cohort.signals],
            record_period_s=RECORD_PERIOD_S,
            backend=backend,
        )
        for k, member in enumerate(part):
            yield member, _played(member, result, slice(k * several, (k + 1) * several))
        on_done(cohort.lasts_s * len(part))


def _played(member: Bedside, result: Result, these: slice) -> Played:
    first = round(member.run.settle_s / RECORD_PERIOD_S)
    last = round((member.run.settle_s + member.run.lasts_s) / RECORD_PERIOD_S)
    traces = {
        name.partition(".")[2]: Trace.of(np.asarray(values[these, first:last], float), RECORD_PERIOD_S)
        for name, values in result.recorded.items()
    }
    return Played(traces, tuple(_flaws(member, result, these)))


def _flaws(member: Bedside, result: Result, these: slice) -> Iterator[Flaw | None]:
    """A number that was not finite or not plausible within the run."""
    settle_s, ends_s = member.run.settle_s, member.run.settle_s + member.run.lasts_s
    each = zip(result.not_finite_s[these], result.implausible_s[these], result.implausible_signal[these], strict=True)
    for not_finite, implausible, signal in each:
        if not_finite <= ends_s:
            yield Flaw("not finite", float(not_finite) - settle_s, finite=False)
        elif implausible <= ends_s:
            yield Flaw(f"{signal} outside the plausible range", float(implausible) - settle_s)
        else:
            yield None
