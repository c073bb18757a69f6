"""One corruption in steps: every case of a test played on each rung, and the last rung on which performance holds.

noise = Ladder("white noise", "dB", clean=60.0, rungs=(24.0, 18.0, 12.0, 6.0, 0.0), corrupt=...)
cases = noise.cases(clean_cases, seed=7)
"""

import dataclasses
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from twinbed.bench.protocol import Case, Table
from twinbed.bench.statistics import Interval

Corrupt = Callable[[Mapping[str, Any], float, int], Mapping[str, Any]]
"""Stimulus, level and seed to stimulus."""
KEY, RUNG = "ladder", "rung"
"""Groupings of a case: which ladder, and the number of the rung from 0, the clean one."""
ALL = "all ladders"
"""The ladder of a clean case that is played once and is the first rung of every ladder."""


def uncorrupted(clean: Iterable[Case]) -> Iterator[Case]:
    """The clean cases as the first rung of every ladder."""
    for case in clean:
        yield dataclasses.replace(case, id=f"{case.id}-clean", groups={**case.groups, KEY: ALL, RUNG: "0"})


@dataclasses.dataclass(frozen=True)
class Ladder:
    """A corruption and the levels at which it is tried.

    Attributes:
        name: of the corruption.
        unit: of the levels (UCUM).
        clean: the level that stands for no corruption; the stimulus is left as it is there.
        rungs: levels from the mildest to the worst.
        corrupt: what it does to a stimulus.
        means: one sentence for a report.
    """

    name: str
    unit: str
    clean: float
    rungs: tuple[float, ...]
    corrupt: Corrupt
    means: str = ""

    @property
    def levels(self) -> tuple[float, ...]:
        """The clean level and the rungs."""
        return (self.clean, *self.rungs)

    @property
    def beyond(self) -> float:
        """What stands for less than the clean level: one step of the first rung on its other side."""
        return 2.0 * self.clean - self.rungs[0]

    def cases(self, clean: Iterable[Case], seed: int, *, clean_too: bool = True) -> Iterator[Case]:
        """Each case on each rung; the seed of its draws is of the seed, the case and the rung.

        The reference is that of the clean case: a corruption must not change the truth.
        """
        for number, case in enumerate(clean):
            for rung, level in enumerate(self.levels):
                if rung == 0 and not clean_too:
                    continue
                stimulus = self.corrupt(case.stimulus, level, seed + 1009 * number + rung) if rung else case.stimulus
                name = f"{case.id}-{self.name.replace(' ', '_')}-{rung}"
                groups = {**case.groups, KEY: self.name, RUNG: str(rung)}
                yield dataclasses.replace(case, id=name, stimulus=stimulus, groups=groups)


def rung_values(table: Table, ladder: Ladder, performance: Callable[[Table], Interval]) -> list[Interval]:
    """The performance on each rung from the clean one on; NaN where no case was played."""
    own = np.isin(table.groups[KEY], (ladder.name, ALL))
    chosen = [own & (table.groups[RUNG] == str(rung)) for rung in range(len(ladder.levels))]
    return [performance(table.where(rows)) if rows.any() else _NONE for rows in chosen]


_NONE = Interval(math.nan, math.nan, math.nan, 0.95, "", 0)


def tolerated(table: Table, ladder: Ladder, performance: Callable[[Table], Interval], floor: float) -> Interval:
    """The worst level up to which performance is at least the floor on that rung and on all milder ones.

    The ends of the interval are the levels up to which the lower and the upper ends of the performance's intervals are;
    there are none where performance has none. That a level holds by the lower ends needs all of its rungs to do so,
    each at its own confidence: the chance of a false claim is no larger for there being several.

    Where it is below the floor without any corruption the level is that beyond the clean one, so that a criterion on
    it fails and does not fall away.
    """
    found = rung_values(table, ladder, performance)
    level = _last_level(ladder, [rung.value for rung in found], floor)
    ends = [_last_level(ladder, of, floor) for of in ([r.low for r in found], [r.high for r in found])]
    if any(math.isnan(rung.low) or math.isnan(rung.high) for rung in found if rung.n):
        ends = [math.nan, math.nan]
    n = len(np.unique(table.subject[np.isin(table.groups[KEY], (ladder.name, ALL))]))
    by = f", {found[0].method}" if found[0].method else ""
    return Interval(level, min(ends), max(ends), found[0].level, f"last of {len(found)} levels that hold{by}", n)


def _last_level(ladder: Ladder, values: Sequence[float], floor: float) -> float:
    below = np.flatnonzero(~(np.array(values) >= floor))
    holds = int(below[0]) if len(below) else len(values)
    return float(ladder.levels[holds - 1] if holds else ladder.beyond)
