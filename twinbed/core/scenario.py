"""Timed events: meals, injections, exercise, faults; and measured series to play back.

A scenario is what happens to one patient. `timeline` turns the scenarios of a cohort into
arrays, cut into pages of equal length so that a tick reads only the events of its page.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from twinbed.core.errors import ScenarioError
from twinbed.vocab.signals import Signal
from twinbed.vocab.signals import signal as signal_of
from twinbed.vocab.units import ranged

_EVENTS = 8


@dataclasses.dataclass(frozen=True)
class Event:
    """Something that happens for a while.

    `amount` is a dose in the signal's `dose_unit` if it has one (50 g of carbohydrate),
    else the level of the signal while the event lasts, within what is plausible of it.
    `duration_s` of zero means at once: a dose is then given within one tick; a level needs a
    duration. Levels of one signal that overlap add.
    """

    signal: str
    start_s: float
    duration_s: float
    amount: float


@dataclasses.dataclass(frozen=True)
class Series:
    """A measured signal played back: value `k` is held from `k * period_s`."""

    period_s: float
    values: np.ndarray


@dataclasses.dataclass(frozen=True)
class Scenario:
    """What happens to one patient: events, and series by signal name."""

    events: tuple[Event, ...] = ()
    series: Mapping[str, Series] = dataclasses.field(default_factory=dict)

    def signals(self) -> frozenset[str]:
        """The signals this scenario feeds."""
        return frozenset(e.signal for e in self.events) | frozenset(self.series)


class Timeline(eqx.Module):
    """Scenarios as arrays. A cohort's timeline has a leading patient axis, unless it is one for all.

    `start_s`, `end_s` count from the start of the page; `value` is a rate or a level.
    """

    start_s: dict[str, Float[Array, "*patient page event"]]
    end_s: dict[str, Float[Array, "*patient page event"]]
    value: dict[str, Float[Array, "*patient page event"]]
    series: dict[str, Float[Array, "*patient page sample"]]
    page_s: float = eqx.field(static=True)
    series_period_s: dict[str, float] = eqx.field(static=True)
    shared: bool = eqx.field(static=True, default=False)
    """Whether the same happens to every patient."""

    def signals(self) -> frozenset[str]:
        """The signals this timeline feeds."""
        return frozenset(self.value) | frozenset(self.series)


def impossible_level(signal: Signal, amount: float) -> str:
    """Why an amount cannot be the level of a signal; nothing where it can, or where the amount is a dose."""
    if signal.dose_unit is not None:
        return ""
    low, high = signal.plausible
    if not low <= amount <= high:
        return f"{amount:g} is outside {ranged(low, high, signal.unit)}"
    return f"{amount:g} is no whole number" if signal.whole and amount != round(amount) else ""


def check(event: Event) -> None:
    """Whether an event can be played. Raises `ScenarioError`."""
    _checked(event, 1.0)
    if why := impossible_level(signal_of(event.signal), event.amount):
        raise ScenarioError(f"event of {event.signal!r} at {event.start_s} s: {why}")


def _checked(event: Event, shortest_s: float) -> tuple[float, float, float]:
    """Start, end and rate (or level) of an event. Raises `ScenarioError`."""
    known = signal_of(event.signal)
    numbers = (event.start_s, event.duration_s, event.amount)
    if not all(map(math.isfinite, numbers)) or event.start_s < 0 or event.duration_s < 0:
        raise ScenarioError(
            f"event of {event.signal!r} at {event.start_s} s lasting {event.duration_s} s with "
            f"amount {event.amount}: times must be finite and not negative"
        )
    if known.dose_unit is None:
        if event.duration_s == 0:
            raise ScenarioError(f"event of {event.signal!r} at {event.start_s} s needs a duration: it is a level")
        return event.start_s, event.start_s + event.duration_s, event.amount
    if event.amount < 0:
        raise ScenarioError(f"event of {event.signal!r} at {event.start_s} s: a dose cannot be negative")
    length = max(event.duration_s, shortest_s)
    per_unit_time = {"min": 60.0, "h": 3600.0}[known.unit.rsplit("/", 1)[1]]
    return event.start_s, event.start_s + length, event.amount / length * per_unit_time


def _pages(
    scenario: Scenario, name: str, page_s: float, n_pages: int, shortest_s: float, first: int
) -> list[list[tuple[float, float, float]]]:
    pages: list[list[tuple[float, float, float]]] = [[] for _ in range(n_pages)]
    for event in scenario.events:
        if event.signal != name:
            continue
        start, end, value = _checked(event, shortest_s)
        touched = range(max(first, int(start // page_s)), min(first + n_pages, math.ceil(end / page_s)))
        if touched and (why := impossible_level(signal_of(name), event.amount)):
            raise ScenarioError(f"event of {name!r} at {event.start_s} s: {why}")
        for page in touched:
            origin = page * page_s
            pages[page - first].append((max(start - origin, 0.0), min(end - origin, page_s), value))
    return pages


def _series_pages(scenario: Scenario, name: str, page_s: float, n_pages: int) -> np.ndarray:
    series = scenario.series[name]
    per_page = round(page_s / series.period_s)
    if abs(per_page * series.period_s - page_s) > 1e-6:
        raise ScenarioError(f"series of {name!r}: its period of {series.period_s} s must divide {page_s} s")
    values = np.asarray(series.values, dtype=float)
    if len(values) < per_page * n_pages:
        raise ScenarioError(f"series of {name!r} has {len(values)} values; the run needs {per_page * n_pages}")
    if not np.isfinite(values[: per_page * n_pages]).all():
        raise ScenarioError(f"series of {name!r} has missing values; fill them before playing it back")
    return values[: per_page * n_pages].reshape(n_pages, per_page)


def _stacked(
    scenarios: Sequence[Scenario], name: str, page_s: float, n_pages: int, shortest_s: float, first: int
) -> np.ndarray:
    """(3, patient, page, event): start, end and value; unused places have no length.

    The places come in eights, so that scenarios of about the same length share a compilation.
    """
    paged = [_pages(s, name, page_s, n_pages, shortest_s, first) for s in scenarios]
    width = _EVENTS * max(1, math.ceil(max(len(page) for pages in paged for page in pages) / _EVENTS))
    out = np.zeros((3, len(scenarios), n_pages, width))
    for i, pages in enumerate(paged):
        for j, page in enumerate(pages):
            if page:
                out[:, i, j, : len(page)] = np.asarray(sorted(page)).T
    return out


def timeline(
    scenarios: Sequence[Scenario] | Scenario,
    *,
    page_s: float,
    n_pages: int,
    shortest_s: float,
    first_page: int = 0,
) -> Timeline:
    """The timeline of a cohort.

    Args:
        scenarios: one per patient, or one for all.
        page_s: length of a page in seconds.
        n_pages: pages in the run.
        shortest_s: what an event at once lasts, the step of the model.
        first_page: the page of the scenarios with which the timeline begins; series begin with it.

    Raises:
        ScenarioError: an event or a series cannot be played.
    """
    if isinstance(scenarios, Scenario):
        one = timeline([scenarios], page_s=page_s, n_pages=n_pages, shortest_s=shortest_s, first_page=first_page)
        return dataclasses.replace(jax.tree.map(lambda a: a[0], one), shared=True)
    event_names = sorted({e.signal for s in scenarios for e in s.events})
    series_names = sorted({name for s in scenarios for name in s.series})
    for name in series_names:
        if name in event_names or any(name not in s.series for s in scenarios):
            raise ScenarioError(f"series of {name!r}: every patient needs it, and no events of that name")
    stacks = {n: _stacked(scenarios, n, page_s, n_pages, shortest_s, first_page) for n in event_names}
    series = {n: np.stack([_series_pages(s, n, page_s, n_pages) for s in scenarios]) for n in series_names}
    return Timeline(
        start_s={n: jnp.asarray(a[0]) for n, a in stacks.items()},
        end_s={n: jnp.asarray(a[1]) for n, a in stacks.items()},
        value={n: jnp.asarray(a[2]) for n, a in stacks.items()},
        series={n: jnp.asarray(a) for n, a in series.items()},
        page_s=page_s,
        series_period_s={n: scenarios[0].series[n].period_s for n in series_names},
    )
