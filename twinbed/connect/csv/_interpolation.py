r"""Tells a sensor's readings from the straight lines drawn between them.

A sensor that reads every 15 minutes may have been put on a 5-minute grid by linear
interpolation. An interpolated value lies on the line of its neighbours; a reading does so
only by chance. So:

1. A *kink*, a value off the line of its neighbours, was never interpolated.
2. If most kinks follow each other at once, the sensor reads at every grid point. Otherwise it
   reads at every third, and its phase is the one that most kinks have. The phase may change
   where the sensor was replaced: it is the path through three phases with the most kinks on
   it, a change costing six kinks. Kinks off that path (finger-sticks entered by hand, in the
   recordings seen) are not readings of the sensor. Fewer than 30 kinks, or fewer than two
   thirds of them on the path, are no sensor at all: phases drawn at random do so less than
   once in a thousand.
3. Between two kinks L readings apart lie L - 1 values on a line: readings in line by chance,
   or a gap. With q the chance that a reading is in line, S stretches hold S (1 - q) q^(L-1) of
   length L by chance. Lengths are believed, from the shortest on, while chance explains at
   least half of the stretches found. q is not taken from these stretches but from the second
   differences that are one unit: half as many are expected to be zero, the histogram being
   flat there. It is zero if the readings are not whole numbers.
4. A stretch that stands at the end of the sensor's display is believed whatever its length.

The first and the last value of an unbroken run have one neighbour and are not readings.

Known limit: interpolated values that were rounded before they were written are not on a line
and pass for readings.
"""

import dataclasses

import numpy as np
from jaxtyping import Bool, Float, Int

FEWEST_KINKS = 30
LEAST_SHARE = 2 / 3
PHASE_CHANGE_COST = 6.0
ON_A_LINE = 1e-6
"""Second difference below which three values are on a line, mg/dL."""

MOST_FRACTIONAL = 0.01
"""Share of readings that may be no whole number in a sensor of whole numbers."""

DISPLAY_LIMITS = (40.0, 400.0, 500.0)
"""Ends of the display of the sensors met: below 40, above 400 or 500 mg/dL."""


@dataclasses.dataclass(frozen=True)
class Readings:
    """Which grid points are a sensor's readings; `steps` is 0 where no sensor is seen."""

    steps: int
    real: Bool[np.ndarray, " row"]
    kinks: int
    off_clock: int = 0
    longest_s: float = 0.0
    at_limit: int = 0
    in_line_by_chance: int = 0
    phase_changes: int = 0


def readings(place: Int[np.ndarray, " row"], value: Float[np.ndarray, " row"]) -> Readings:
    """Finds the readings among values at the grid points `place`, increasing whole numbers."""
    none = np.zeros(len(place), dtype=bool)
    kink = np.flatnonzero(_kinked(place, value))
    if len(kink) < FEWEST_KINKS:
        return Readings(0, none, len(kink))
    gaps = np.diff(place[kink])
    if np.mean(gaps == 1) > 0.5:
        return _believed(place, value, kink, np.zeros(len(kink), dtype=int), steps=1)
    phase, score = _phase_path(place[kink] % 3)
    on = phase == place[kink] % 3
    if score < LEAST_SHARE * len(kink):
        return Readings(0, none, len(kink), longest_s=300.0 * float(gaps.max()))
    found = _believed(place, value, kink[on], phase[on], steps=3)
    return dataclasses.replace(
        found,
        kinks=len(kink),
        off_clock=int(np.sum(~on)),
        phase_changes=int(np.sum(np.diff(phase) != 0)),
    )


def _kinked(place: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Rows that have both neighbours and are not on their line."""
    kinked = np.zeros(len(place), dtype=bool)
    neighboured = (np.diff(place)[1:] == 1) & (np.diff(place)[:-1] == 1)
    kinked[1:-1] = neighboured & (np.abs(np.diff(value, 2)) > ON_A_LINE)
    return kinked


def _phase_path(seen: np.ndarray) -> tuple[np.ndarray, float]:
    """The likeliest phase at each kink, and the kinks on it less the cost of changes."""
    score = [0.0, 0.0, 0.0]
    came_from: list[list[int]] = []
    for phase in seen.tolist():
        best = max(range(3), key=score.__getitem__)
        changed = score[best] - PHASE_CHANGE_COST
        came_from.append([j if score[j] >= changed else best for j in range(3)])
        score = [max(s, changed) for s in score]
        score[phase] += 1.0
    at = max(range(3), key=score.__getitem__)
    total, path = score[at], [at]
    for sources in reversed(came_from[1:]):
        at = sources[at]
        path.append(at)
    return np.array(path[::-1]), total


def _believed(place: np.ndarray, value: np.ndarray, on: np.ndarray, phase: np.ndarray, steps: int) -> Readings:
    """The kinks on the clock, and the readings in line between them that chance explains."""
    apart = np.diff(place[on])
    joined = (np.diff(on) == apart) & (apart % steps == 0) & (np.diff(phase) == 0)
    length = np.where(joined, apart // steps, 0)
    limit = (value[on[:-1]] == value[on[1:]]) & np.isin(value[on[1:]], DISPLAY_LIMITS)
    limit &= joined & (length > 1)
    longest = _longest_by_chance(value, on, length, limit, steps)
    real = np.zeros(len(place), dtype=bool)
    real[on] = True
    by_chance = joined & ~limit & (length > 1) & (length <= longest)
    for a, b in zip(on[:-1][by_chance | limit], on[1:][by_chance | limit], strict=True):
        real[a:b:steps] = True
    return Readings(
        steps,
        real,
        kinks=len(on),
        longest_s=300.0 * float(apart.max()),
        at_limit=int((length[limit] - 1).sum()),
        in_line_by_chance=int((length[by_chance] - 1).sum()),
    )


def _longest_by_chance(value: np.ndarray, on: np.ndarray, length: np.ndarray, limit: np.ndarray, steps: int) -> int:
    """The longest stretch, in readings, that chance explains."""
    inner = on[1:-1][(length[:-1] == 1) & (length[1:] == 1)]
    if not len(inner) or np.mean(value[on] != np.round(value[on])) > MOST_FRACTIONAL:
        return 1
    second = np.abs(value[inner + steps] - 2 * value[inner] + value[inner - steps])
    zeros = 0.5 * float(np.sum((second > 0.5) & (second < 1.5)))
    chance = zeros / (len(inner) + zeros)
    found = np.bincount(length[(length > 0) & ~limit])
    longest = 1
    while longest + 1 < len(found):
        expected = found.sum() * (1 - chance) * chance**longest
        if expected < 0.5 * max(found[longest + 1], 1):
            break
        longest += 1
    return longest
