"""One corruption in steps: every case of a test played on each rung, and the last rung on which performance holds.

noise = Ladder("white noise", "dB", clean=60.0, rungs=(24.0, 18.0, 12.0, 6.0, 0.0), corrupt=...)
cases = noise.cases(clean_cases, seed=7)
"""

import dataclasses
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from twinbed.bench.protocol import Case, Table
from twinbed.bench.statistics import Interval

Corrupt = Callable[[Mapping[str, Any], float, int], Mapping[str, Any]]
"""Stimulus, level and seed to stimulus."""
KEY, RUNG = "ladder", "rung"
"""Groupings of a case: which ladder, and the number of the rung from 0, the clean one."""


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


def rung_values(table: Table, ladder: Ladder, performance: Callable[[Table], float]) -> np.ndarray:
    """The performance on each rung from the clean one on; NaN where no case was played."""
    own = table.groups[KEY] == ladder.name
    out = np.full(len(ladder.levels), math.nan)
    for rung in range(len(ladder.levels)):
        chosen = own & (table.groups[RUNG] == str(rung))
        if chosen.any():
            out[rung] = performance(table.where(chosen))
    return out


def tolerated(table: Table, ladder: Ladder, performance: Callable[[Table], float], floor: float) -> Interval:
    """The worst level up to which performance is at least the floor on that rung and on all milder ones.

    Where it is below the floor without any corruption the level is one step of the first rung beyond the clean one,
    on its other side, so that a criterion on it fails and does not fall away.
    """
    values = rung_values(table, ladder, performance)
    below = np.flatnonzero(~(values >= floor))
    holds = int(below[0]) if len(below) else len(values)
    beyond = ladder.clean - (ladder.rungs[0] - ladder.clean)
    level = ladder.levels[holds - 1] if holds else beyond
    n = len(np.unique(table.subject[table.groups[KEY] == ladder.name]))
    return Interval(float(level), math.nan, math.nan, 0.95, f"last of {len(values)} levels that hold", n)
