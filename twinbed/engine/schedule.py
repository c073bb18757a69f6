"""The tower of periods: which parts run at which level, and in which order."""

import dataclasses
import math

from twinbed.core.device import AbstractDevice
from twinbed.core.endpoint import AbstractEndpoint
from twinbed.core.errors import ScheduleError
from twinbed.core.model import AbstractModel
from twinbed.engine.bed import Bed
from twinbed.engine.couple import Source, Wiring

_ORDER = {"sensor": 0, "person": 1, "software": 2, "actuator": 3, "endpoint": 4, "model": 5}
_LONGEST_PAGE_S = 86400.0


@dataclasses.dataclass(frozen=True)
class Level:
    """The parts that run with one period, in order; models run after the levels below."""

    period_s: float
    parts: tuple[str, ...]
    models: tuple[str, ...]
    records: bool
    ticks: int
    """Ticks of this level in one tick of the level above (of the page for the first)."""


@dataclasses.dataclass(frozen=True)
class Schedule:
    """Levels from the slowest to the fastest, and the pages they fill."""

    levels: tuple[Level, ...]
    page_s: float
    n_pages: int

    @property
    def fastest_s(self) -> float:
        """The shortest period."""
        return self.levels[-1].period_s


def period_of(part: AbstractModel | AbstractDevice | AbstractEndpoint) -> float:
    """The period of any part in seconds."""
    return float(part.step_s if isinstance(part, AbstractModel) else part.period_s)


def _kind(part: AbstractModel | AbstractDevice | AbstractEndpoint) -> str:
    if isinstance(part, AbstractModel):
        return "model"
    return "endpoint" if isinstance(part, AbstractEndpoint) else part.role


def _micro(seconds: float) -> int:
    return round(seconds * 1e6)


def _whole(long_s: float, short_s: float) -> int | None:
    """How often `short_s` goes into `long_s`, or None if it does not divide."""
    count, rest = divmod(_micro(long_s), _micro(short_s))
    return count if rest == 0 and count > 0 else None


def schedule(
    bed: Bed,
    wiring: Wiring,
    *,
    duration_s: float,
    record_period_s: float | None = None,
    series_periods_s: tuple[float, ...] = (),
) -> Schedule:
    """Sorts the parts of a bed into levels.

    Raises:
        ScheduleError: periods or the duration do not divide; the message names the nearest
            that do.
    """
    periods = {name: period_of(part) for name, part in bed.components.items()}
    recorded = {record_period_s} if record_period_s else set[float]()
    distinct: list[float] = sorted({*periods.values()} | recorded, reverse=True)
    for longer, shorter in zip(distinct, distinct[1:], strict=False):
        if _whole(longer, shorter) is None:
            raise _indivisible(longer, shorter, periods, record_period_s)
    _check_series(series_periods_s, distinct)
    slowest = _common([distinct[0], *series_periods_s])
    n_slow = _whole(duration_s, slowest)
    if n_slow is None:
        nearest = max(1, round(duration_s / slowest)) * slowest
        what = "the period of recording" if record_period_s == slowest else "the slowest period"
        raise ScheduleError(
            f"a run of {duration_s:g} s is not a whole number of {what}, {slowest:g} s; "
            f"the nearest that fits is {nearest:g} s"
        )
    most = max(1, int(_LONGEST_PAGE_S // slowest))
    per_page = max(k for k in range(1, min(most, n_slow) + 1) if n_slow % k == 0)
    above = slowest * per_page
    page_s, levels = above, []
    for period in distinct:
        here = [n for n in bed.components if periods[n] == period]
        ticks = _whole(above, period)
        if ticks is None:
            raise ScheduleError(f"a page of {above:g} s is not a whole number of {period:g} s")
        levels.append(
            Level(
                period,
                _ordered([n for n in here if n not in bed.models], bed, wiring),
                tuple(n for n in here if n in bed.models),
                period == record_period_s,
                ticks,
            )
        )
        above = period
    return Schedule(tuple(levels), page_s, n_slow // per_page)


def _indivisible(
    longer: float, shorter: float, periods: dict[str, float], record_period_s: float | None
) -> ScheduleError:
    who = {**periods, **({"recorder": record_period_s} if record_period_s else {})}
    names = [f"{n} ({p:g} s)" for n, p in who.items() if p in (longer, shorter)]
    count = longer / shorter
    fits = sorted({longer / k for k in {math.floor(count), math.ceil(count)} if k > 0})
    return ScheduleError(
        f"{shorter:g} s does not divide {longer:g} s ({', '.join(names)}); "
        f"the nearest that do are {', '.join(f'{f:g} s' for f in fits)}"
    )


def _common(periods: list[float]) -> float:
    return math.lcm(*(_micro(p) for p in periods)) / 1e6


def _ordered(names: list[str], bed: Bed, wiring: Wiring) -> tuple[str, ...]:
    """Sensors, software, actuators, endpoints; within one of these, sources come first."""
    kinds = {n: _ORDER[_kind(bed.components[n])] for n in names}
    out: list[str] = []
    waiting = sorted(names, key=lambda n: kinds[n])
    while waiting:
        ready = next((n for n in waiting if not _waits_for(n, waiting, kinds, wiring)), waiting[0])
        out.append(ready)
        waiting.remove(ready)
    return tuple(out)


def _waits_for(name: str, waiting: list[str], kinds: dict[str, int], wiring: Wiring) -> bool:
    first = min(kinds[n] for n in waiting)
    if kinds[name] > first:
        return True
    sources = {s.part for s in wiring.feeds(name) if isinstance(s, Source)}
    return any(n in sources and kinds[n] == kinds[name] for n in waiting if n != name)


def _check_series(series_periods_s: tuple[float, ...], periods: list[float]) -> None:
    for own in series_periods_s:
        for period in periods:
            if _whole(max(own, period), min(own, period)) is None:
                raise ScheduleError(
                    f"a series of {own:g} s cannot be read every {period:g} s: one must be a whole number of "
                    f"the other; resample the series to {period:g} s"
                )
