"""Vital signs that keep within their limits, leave them for a while, or only seem to.

Each value wanders about its rest as a first-order process. Alarm conditions come one after the other: a value moves
past its limit within some seconds, stays, and comes back. Artefacts are spikes past a limit that last a few seconds:
a movement, a flushed line. Both are drawn; a condition lasts from the first to the last sample past the limit.

*Known limits*: values do not depend on each other. Sizes and lengths are assumptions of the order seen at the bedside.
"""

import dataclasses

import numpy as np
from jaxtyping import Float
from scipy.signal import lfilter
from scipy.special import ndtr

from twinbed.bench.alarms.noise import white
from twinbed.core.errors import StudyError

_MEMORY_S, _RAMP_S = 20.0, 5.0
_MARGIN_S, _LEAST_S = 60.0, 120.0


@dataclasses.dataclass(frozen=True)
class Vital:
    """A value that is watched: where it rests, how much it wanders, and its limits (NaN for none)."""

    rest: float
    sd: float
    low: float
    high: float
    beyond: float
    """How far past a limit it goes."""
    spike_s: float
    """Length of an artefact."""


VITALS = {
    "heart_rate": Vital(80.0, 3.0, 50.0, 120.0, 8.0, 2.0),
    "saturation": Vital(97.0, 0.6, 90.0, np.nan, 5.0, 6.0),
    "mean_pressure": Vital(82.0, 3.0, 60.0, 110.0, 7.0, 2.0),
    "respiratory_rate": Vital(15.0, 1.0, 8.0, 30.0, 3.0, 2.0),
}
"""By name; units /min, %, mmHg, /min."""


@dataclasses.dataclass(frozen=True)
class Watched:
    """A patient at a monitor, second by second: values by name, and the begin and end of every alarm condition."""

    values: dict[str, Float[np.ndarray, " second"]]
    conditions_s: Float[np.ndarray, "condition 2"]
    kinds: tuple[str, ...]


def watched(seed: int, seconds: int, *, conditions: int, artefacts: int) -> Watched:
    """A patient with so many conditions and artefacts, evenly spread in time with room between them.

    Raises:
        StudyError: too many for the time, so that they would meet or be too short to be seen.
    """
    slots = conditions + artefacts
    length = (seconds - 2.0 * _MARGIN_S) / max(slots, 1)
    if length < _LEAST_S:
        raise StudyError(f"{slots} alarms and artefacts in {seconds} s: give {_LEAST_S:g} s to each or watch longer")
    values = {
        name: vital.rest + vital.sd * _wander(seed + 1000 * k, seconds)
        for k, (name, vital) in enumerate(VITALS.items(), start=1)
    }
    uniform = ndtr(white(seed, 5 * slots)).reshape(slots, 5)
    is_artefact = np.isin(np.arange(slots), np.argsort(uniform[:, 3])[:artefacts])
    spans, kinds = [], []
    for slot, (which, side, place, _, long) in enumerate(uniform):
        name = list(VITALS)[int(which * len(VITALS))]
        vital = VITALS[name]
        is_low = bool(side < 0.5 or np.isnan(vital.high))
        begin = _MARGIN_S + (slot + 0.2 + 0.2 * place) * length
        lasts = vital.spike_s if is_artefact[slot] else (0.15 + 0.25 * long) * length
        past = _moved(values[name], vital, is_low, begin, lasts, sudden=bool(is_artefact[slot]))
        if not is_artefact[slot]:
            spans.append(past)
            kinds.append(f"{name} {'low' if is_low else 'high'}")
    return Watched(values, np.array(spans, float).reshape(-1, 2), tuple(kinds))


def _moved(
    values: Float[np.ndarray, " second"], vital: Vital, is_low: bool, begin: float, lasts: float, *, sudden: bool
) -> tuple[float, float]:
    """Moves a value past its limit; the first and the last second that it is."""
    limit = vital.low if is_low else vital.high
    target = limit - vital.beyond if is_low else limit + vital.beyond
    t = np.arange(len(values))
    since, left = t - begin, begin + lasts - t
    share = np.clip(np.minimum(since, left) / _RAMP_S + 1.0, 0.0, 1.0)
    if sudden:
        share = ((since >= 0.0) & (left > 0.0)).astype(float)
    rest = vital.rest + 0.3 * (values - vital.rest)
    moved = np.where(share > 0.0, (1.0 - share) * rest + share * (target + 0.2 * (values - vital.rest)), values)
    values[:] = moved
    past = np.flatnonzero((moved < limit if is_low else moved > limit) & (share > 0.0))
    return float(past[0]), float(past[-1])


def _wander(seed: int, seconds: int) -> Float[np.ndarray, " second"]:
    """A first-order process of unit variance, within three standard deviations."""
    kept = np.exp(-1.0 / _MEMORY_S)
    drawn = white(seed, seconds)
    drawn[1:] *= np.sqrt(1.0 - kept**2)
    return np.clip(lfilter([1.0], [1.0, -kept], drawn), -3.0, 3.0)
