"""Runs a bed: nested loops over the tower of periods, as one pure function."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np
from jaxtyping import Array, Bool, Float

from twinbed.core.component import input_template, is_port
from twinbed.core.device import AbstractDevice
from twinbed.core.endpoint import AbstractEndpoint
from twinbed.core.noise import Noise, index_of_name
from twinbed.core.scenario import Timeline
from twinbed.engine.bed import Bed
from twinbed.engine.couple import SCENARIO, Source, Wiring, port_list
from twinbed.engine.integrate import advance
from twinbed.engine.schedule import Level, Schedule, period_of
from twinbed.vocab.signals import signal as signal_of

Bus = dict[str, Array]
_SHOWN_FIRST = 3
"""How often models show their first outputs before a run: they read one another, in no order."""


@dataclasses.dataclass(frozen=True)
class Plan:
    """All that is fixed before a run is traced."""

    wiring: Wiring
    schedule: Schedule
    record: tuple[Source, ...]
    substeps: int = 1

    def averaged(self, level: Level) -> tuple[Source, ...]:
        """What the models of a level read from faster parts: they see its mean over their step."""
        faster = [v for v in self.schedule.levels if v.period_s < level.period_s]
        parts = {name for v in faster for name in (*v.parts, *v.models)}
        fed = {s for name in level.models for s in self.wiring.feeds(name) if isinstance(s, Source)}
        return tuple(sorted(s for s in fed if s.part in parts))

    @property
    def watched(self) -> tuple[str, ...]:
        """Signals of models, whose plausible ranges are watched, in the order in which flags number them."""
        models = (name for level in self.schedule.levels for name in level.models)
        return tuple(str(source) for name in models for source in self.wiring.shows(name))


class Flags(eqx.Module):
    """When a patient left what is possible, in seconds, by which signal and to what value; infinite if never."""

    not_finite_s: Float[Array, "*patient"]
    implausible_s: Float[Array, "*patient"]
    implausible_signal: Float[Array, "*patient"]
    """Place in `Plan.watched` of a signal that was the first out of its range."""
    implausible_value: Float[Array, "*patient"]
    """What that signal was then, in its unit."""

    @property
    def ok(self) -> Bool[Array, "*patient"]:
        """Whether the patient stayed finite and plausible."""
        return jnp.isinf(self.not_finite_s) & jnp.isinf(self.implausible_s)


def named(flags: Flags, plan: Plan) -> tuple[str, ...]:
    """The signal of each patient that left its plausible range, `part.signal`; empty where none did."""
    return tuple(
        plan.watched[int(place)] if np.isfinite(place) else "" for place in np.asarray(flags.implausible_signal)
    )


class Outcome(eqx.Module):
    """What a run leaves: recorded signals, endpoints, flags and the last states."""

    recorded: dict[str, Float[Array, "*patient time"]]
    endpoints: dict[str, eqx.Module]
    flags: Flags
    states: dict[str, Any]


class Carry(eqx.Module):
    """What is carried from tick to tick."""

    states: dict[str, Any]
    folds: dict[str, Any]
    bus: Bus
    flags: Flags
    sums: Bus
    """What faster parts showed so far, for the models that read their means."""


class Page(eqx.Module):
    """The events and series of the present page, and its number."""

    timeline: Timeline
    number: Array


def run(bed: Bed, timeline: Timeline, noise: Noise, plan: Plan) -> Outcome:
    """Runs one bed. A pure function: the same arguments give the same bits.

    Args:
        bed: the bed; its leaves are scalars (map over a cohort with `engine.batch`).
        timeline: what happens to the patient.
        noise: the random stream of this patient.
        plan: wiring, schedule and what to record.
    """
    loops = _Loops(bed, noise, plan, frozenset(timeline.series))
    numbers = jnp.arange(plan.schedule.n_pages, dtype=jnp.int32)
    last, recorded = loops.pages(loops.start(), Page(timeline, numbers))
    return Outcome(
        recorded,
        {name: e.result(last.folds[name]) for name, e in bed.endpoints.items()},
        last.flags,
        last.states,
    )


def begin(bed: Bed, timeline: Timeline, noise: Noise, plan: Plan) -> Carry:
    """What is carried into the first page of a run; arguments as `run`."""
    return _Loops(bed, noise, plan, frozenset(timeline.series)).start()


def go_on(bed: Bed, page: Page, noise: Noise, plan: Plan, carry: Carry) -> tuple[Carry, Bus]:
    """Goes on with a run for some pages, so that pieces give the bits of the whole.

    Args:
        bed, noise, plan: as `run`, and the same for every piece.
        page: events and numbers of the pages to come, with a leading axis of pages.
        carry: what the page before left, or `begin`.

    Returns:
        What the last page leaves, and what was recorded (`time`).
    """
    return _Loops(bed, noise, plan, frozenset(page.timeline.series)).pages(carry, page)


def gather(component: Any, sources: tuple[Source | float, ...], bus: Bus, dtype: Any) -> Any:
    """The inputs of a component, read from the bus; a level that no event holds reads as at rest."""
    frame = input_template(component)
    values = []
    for read, source in zip(port_list(frame), sources, strict=True):
        if not isinstance(source, Source):
            values.append(jnp.asarray(source, dtype))
        elif _covered(source) in bus and read.rest:
            values.append(bus[str(source)] + read.rest * (1.0 - bus[_covered(source)]))
        else:
            values.append(bus[str(source)])
    return jtu.tree_unflatten(jtu.tree_structure(frame, is_leaf=is_port), values)


class _Loops:
    """The nested loops of one run. Holds only what is fixed; all that changes is passed."""

    def __init__(self, bed: Bed, noise: Noise, plan: Plan, series: frozenset[str]):
        self.bed, self.plan, self.parts, self.series = bed, plan, bed.components, series
        self.dtype = noise.dtype
        self.streams = {n: noise.at(index_of_name(n)) for n in bed.devices}
        schedule = plan.schedule
        self.averaged = [plan.averaged(level) for level in schedule.levels]
        self.read_by_level = [
            sorted({s.signal for s in self._sources_at(level) if s.part == SCENARIO}) for level in schedule.levels
        ]
        self.levels = self._levels_at_rest()
        self.ticks_per_page = [round(schedule.page_s / level.period_s) for level in schedule.levels]

    def _levels_at_rest(self) -> list[Source]:
        """Levels of the scenario that some part reads as other than zero while no event holds them."""
        read = ((self.parts[n], self.plan.wiring.feeds(n)) for n in self.parts)
        pairs = [p for part, fed in read for p in zip(port_list(input_template(part)), fed, strict=True)]
        fed = {s for port, s in pairs if port.rest and isinstance(s, Source) and s.part == SCENARIO}
        return sorted(s for s in fed if signal_of(s.signal).dose_unit is None and s.signal not in self.series)

    def _sources_at(self, level: Level) -> list[Source]:
        names = (*level.parts, *level.models)
        fed = [s for n in names for s in self.plan.wiring.feeds(n) if isinstance(s, Source)]
        return fed + [s for s in self.plan.record if level.records]

    def start(self) -> Carry:
        """Everything at rest: devices are switched on, nothing is shown or delivered yet."""
        wiring, zero = self.plan.wiring, jnp.zeros((), self.dtype)
        bus: Bus = {str(s): zero for _, shown in wiring.outputs for s in shown}
        bus |= {_covered(s): zero for s in self.levels}
        states: dict[str, Any] = {n: m.initial() for n, m in self.bed.models.items()}
        states |= {n: d.initial(self.streams[n].at(0xFFFFFFFF)) for n, d in self.bed.devices.items()}
        folds = {n: e.init() for n, e in self.bed.endpoints.items()}
        cast = lambda tree: jax.tree.map(self._cast, tree)
        never = jnp.full((), jnp.inf, self.dtype)
        sums: Bus = {_sum(i, s): zero for i, read in enumerate(self.averaged) for s in read}
        carry = Carry(cast(states), cast(folds), bus, Flags(never, never, never, never), sums)
        for _ in range(_SHOWN_FIRST):
            for name, model in self.bed.models.items():
                u = gather(model, wiring.feeds(name), carry.bus, self.dtype)
                carry = self._show_model(name, carry, u, zero)
        return dataclasses.replace(carry, flags=Flags(never, never, never, never))

    def _cast(self, leaf: Any) -> Array:
        array = jnp.asarray(leaf)
        return array.astype(self.dtype) if jnp.issubdtype(array.dtype, jnp.floating) else array

    def pages(self, carry: Carry, every: Page) -> tuple[Carry, Bus]:
        """All pages of `every`, which has a leading axis of pages; what is recorded is one array of time each."""

        def one_page(carry: Carry, page: Page) -> tuple[Carry, Bus]:
            return self.level(0, carry, page, jnp.zeros((), jnp.int32))

        last, recorded = jax.lax.scan(one_page, carry, every)
        return last, {name: values.reshape(-1) for name, values in recorded.items()}

    def level(self, i: int, carry: Carry, page: Page, above: Array) -> tuple[Carry, Bus]:
        """All ticks of level `i` within tick `above` of the level above (within the page)."""
        here = self.plan.schedule.levels[i]

        def tick(carry: Carry, k: Array) -> tuple[Carry, Bus]:
            in_page = above * here.ticks + k
            number = page.number * self.ticks_per_page[i] + in_page
            t_s = number.astype(self.dtype) * here.period_s
            carry = self._play(i, carry, page, in_page)
            carry = dataclasses.replace(
                carry, sums=carry.sums | {_sum(i, s): jnp.zeros((), self.dtype) for s in self.averaged[i]}
            )
            for name in here.parts:
                carry = self._run_part(name, carry, t_s, number)
            out: Bus = {str(s): carry.bus[str(s)] for s in self.plan.record} if here.records else {}
            if i + 1 < len(self.plan.schedule.levels):
                carry, below = self.level(i + 1, carry, page, in_page)
                out |= below
                if here.models:  # the levels below have put their own shorter means on the bus
                    carry = self._play(i, carry, page, in_page)
            before = carry.bus
            for name in here.models:
                carry = self._run_model(i, name, carry, t_s)
            return self._add_up(i, carry, before), out

        return jax.lax.scan(tick, carry, jnp.arange(here.ticks, dtype=jnp.int32))

    def _play(self, i: int, carry: Carry, page: Page, in_page: Array) -> Carry:
        """Puts on the bus what the scenario feeds to this level, averaged over its period."""
        bus = dict(carry.bus)
        period = self.plan.schedule.levels[i].period_s
        for name in self.read_by_level[i]:
            source = Source(SCENARIO, name)
            if name in page.timeline.series:
                bus[str(source)] = _series_value(page.timeline, name, in_page, period).astype(self.dtype)
                continue
            share = _event_shares(page.timeline, name, in_page, period)
            bus[str(source)] = jnp.sum(page.timeline.value[name] * share).astype(self.dtype)
            if _covered(source) in bus:
                bus[_covered(source)] = jnp.minimum(jnp.sum(share), 1.0).astype(self.dtype)
        return dataclasses.replace(carry, bus=bus)

    def _run_part(self, name: str, carry: Carry, t_s: Array, number: Array) -> Carry:
        part = self.parts[name]
        u = gather(part, self.plan.wiring.feeds(name), carry.bus, self.dtype)
        if isinstance(part, AbstractEndpoint):
            folds = {**carry.folds, name: part.update(t_s, carry.folds[name], u)}
            return dataclasses.replace(carry, folds=folds)
        assert isinstance(part, AbstractDevice)
        state, shown = part.step(t_s, carry.states[name], u, self.streams[name].at(number))
        bus = carry.bus | self._shown(name, shown)
        return dataclasses.replace(carry, states={**carry.states, name: state}, bus=bus)

    def _shown(self, name: str, shown: Any) -> Bus:
        leaves = jtu.tree_leaves(shown)
        return {str(s): leaf for s, leaf in zip(self.plan.wiring.shows(name), leaves, strict=True)}

    def _run_model(self, i: int, name: str, carry: Carry, t_s: Array) -> Carry:
        model = self.bed.models[name]
        here = self.plan.schedule.levels[i]
        means = {str(s): carry.sums[_sum(i, s)] * (self._period(s) / here.period_s) for s in self.averaged[i]}
        u = gather(model, self.plan.wiring.feeds(name), carry.bus | means, self.dtype)
        state = advance(model, t_s, carry.states[name], u, self.plan.substeps)
        carry = dataclasses.replace(carry, states={**carry.states, name: state})
        return self._show_model(name, carry, u, t_s + here.period_s)

    def _show_model(self, name: str, carry: Carry, u: Any, t_s: Array) -> Carry:
        model = self.bed.models[name]
        t = t_s / model.seconds_per_time_unit
        shown = self._shown(name, model.outputs(t, carry.states[name], u))
        places = {signal: place for place, signal in enumerate(self.plan.watched)}
        flags = _flagged(carry.flags, shown, t_s, places)
        return dataclasses.replace(carry, bus=carry.bus | shown, flags=flags)

    def _add_up(self, i: int, carry: Carry, before: Bus) -> Carry:
        """Adds what the parts of this level showed in this tick to the means that slower models read."""
        here = self.plan.schedule.levels[i]
        sums = dict(carry.sums)
        for slower in range(i):
            for source in self.averaged[slower]:
                if source.part in (*here.parts, *here.models):
                    sums[_sum(slower, source)] += 0.5 * (before[str(source)] + carry.bus[str(source)])
        return dataclasses.replace(carry, sums=sums)

    def _period(self, source: Source) -> float:
        return period_of(self.parts[source.part])


def _sum(i: int, source: Source) -> str:
    return f"{source}@{i}"


def _flagged(flags: Flags, shown: Bus, t_s: Array, places: Mapping[str, int]) -> Flags:
    finite, which = jnp.asarray(True), jnp.full_like(flags.implausible_signal, jnp.inf)
    left_to = which
    for name, value in reversed(shown.items()):
        low, high = signal_of(name.split(".", 1)[1]).plausible
        finite &= jnp.isfinite(value)
        outside = (value < low) | (value > high)
        which = jnp.where(outside, float(places[name]), which)
        left_to = jnp.where(outside, value, left_to)
    first = lambda since, fine, new: jnp.where(fine | jnp.isfinite(since), since, new)
    plausible = jnp.isinf(which)
    return Flags(
        first(flags.not_finite_s, finite, t_s),
        first(flags.implausible_s, plausible, t_s),
        first(flags.implausible_signal, plausible, which),
        first(flags.implausible_value, plausible, left_to),
    )


def _covered(source: Source) -> str:
    """Where the bus holds which share of a tick is covered by events of a level."""
    return f"{source}|covered"


def _event_shares(timeline: Timeline, name: str, tick: Array, period_s: float) -> Array:
    """Share of the tick that each event covers: what is delivered is conserved exactly."""
    start, end = timeline.start_s[name], timeline.end_s[name]
    t0 = tick.astype(start.dtype) * period_s
    return (jnp.clip(end - t0, 0.0, period_s) - jnp.clip(start - t0, 0.0, period_s)) / period_s


def _series_value(timeline: Timeline, name: str, tick: Array, period_s: float) -> Array:
    values, own_s = timeline.series[name], timeline.series_period_s[name]
    if period_s <= own_s:
        return values[tick // np.int32(round(own_s / period_s))]
    count = round(period_s / own_s)
    return jnp.mean(jax.lax.dynamic_slice(values, (tick * np.int32(count),), (count,)))
