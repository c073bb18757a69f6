"""Beat by beat: which beat of the test is which of the reference."""

import dataclasses

import numpy as np

from twinbed.bench.ec57 import _side
from twinbed.bench.ec57.standard import MISSED, SHUT, START_S, WINDOW_S
from twinbed.bench.ec57.tables import BeatTable
from twinbed.core.annotations import Annotations

_NEVER = 1 << 60


@dataclasses.dataclass(frozen=True)
class _Beats:
    """Beats of one annotator, those in ventricular flutter or fibrillation left out."""

    sample: list[int]
    kind: list[int]
    rr: list[int]
    """Interval since the beat before; 0 where there is none, or a shutdown or fibrillation lies between."""


def _beats(annotations: Annotations) -> _Beats:
    kind, fibrillates, shut = _side.classes(annotations), _side.fibrillates(annotations), _side.shut(annotations)
    broken = np.isin(annotations.symbol, ["[", "]"])
    broken[1:] |= shut[1:] != shut[:-1]
    broken[:1] |= shut[:1]
    chosen = np.flatnonzero((kind >= 0) & ~fibrillates)
    sample, breaks = annotations.sample[chosen], np.cumsum(broken)[chosen]
    rr = np.diff(sample, prepend=sample[:1]) * (np.diff(breaks, prepend=breaks[:1]) == 0)
    return _Beats(sample.tolist(), kind[chosen].tolist(), rr.tolist())


def beats_of(annotations: Annotations) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the beats outside ventricular fibrillation, and intervals since the one before, samples.

    An interval is 0 where there is none, or where a shutdown or fibrillation lies between.
    """
    beats = _beats(annotations)
    return np.array(beats.sample, dtype=np.int64), np.array(beats.rr, dtype=np.int64)


def _pairs(reference: list[int], test: list[int], window: int) -> tuple[list[int], list[int]]:
    """For each step the index of the reference's and of the test's beat; an index repeats where a beat has no partner.

    The earlier of the next two beats is paired with the later if that is within the window, and
    either nearer to it than to its successor, or the beats after both are nearer to each other.
    """
    ours, theirs = [], []
    i = j = 0
    reference, test = [*reference, _NEVER, _NEVER], [*test, 2 * _NEVER, 2 * _NEVER]
    while reference[i] < _NEVER or test[j] < _NEVER:
        t, u, t_next, u_next = reference[i], test[j], reference[i + 1], test[j + 1]
        ours.append(i)
        theirs.append(j)
        distance = abs(t - u)
        other = abs(t - u_next) if u < t else abs(u - t_next)
        if distance <= window and (distance < other or abs(t_next - u_next) < other):
            i, j = i + 1, j + 1
        elif u < t:
            j += 1
        else:
            i += 1
    return [*ours, i], [*theirs, j]


def compare_beats(
    reference: Annotations,
    test: Annotations,
    *,
    window_s: float = WINDOW_S,
    start_s: float = START_S,
    end_s: float | None = None,
) -> BeatTable:
    """The matrix of beats of one record.

    A pair, and a beat that was missed, belong to the test period by the reference's beat, an
    extra beat by its own. Extra beats while the reference has ventricular flutter or
    fibrillation are not counted.
    """
    start, end = _side.period(reference, test, start_s, end_s)
    ours, theirs = _beats(reference), _beats(test)
    i, j = (np.array(k) for k in _pairs(ours.sample, theirs.sample, round(window_s * reference.sampling_frequency_hz)))
    steps_i, steps_j, i, j = np.diff(i) > 0, np.diff(j) > 0, i[:-1], j[:-1]
    t, kind, rr = (np.array([*k, 0])[i] for k in (ours.sample, ours.kind, ours.rr))
    u, called, rr_test = (np.array([*k, 0])[j] for k in (theirs.sample, theirs.kind, theirs.rr))

    belongs = np.where(steps_i, t, u)
    extra = ~steps_i & ~_side.at(reference, _side.fibrillates(reference), u)
    kept = (belongs >= start) & (belongs <= end) & (steps_i | extra)
    row = np.where(steps_i, kind, np.where(_side.at(reference, _side.shut(reference), u), SHUT, MISSED))
    column = np.where(steps_j, called, np.where(_side.at(test, _side.shut(test), t), SHUT, MISSED))
    counts = np.zeros((7, 7), dtype=np.int64)
    np.add.at(counts, (row[kept], column[kept]), 1)

    timed = kept & (rr > 0) & (rr_test > 0) & (i < len(ours.sample)) & (j < len(theirs.sample))
    frequency = reference.sampling_frequency_hz
    return BeatTable(
        counts=counts,
        rr_squares_s2=float(np.sum((rr - rr_test)[timed] ** 2)) / frequency**2,
        rr_count=int(timed.sum()),
        shutdown_s=float(np.diff(_side.spans(test, _side.shut(test), start, end)).sum()) / frequency,
    )
