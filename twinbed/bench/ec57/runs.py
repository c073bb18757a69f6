"""Run by run: couplets, short and long runs of ectopic beats.

Flutter or fibrillation counts as a long run: of the ventricles (`[` to `]`) among ventricular
runs, of the atria among supraventricular ones, where every normal beat in it counts as
supraventricular ectopic.
"""

import bisect
import dataclasses

import numpy as np

from twinbed.bench.ec57 import _side
from twinbed.bench.ec57.standard import LONG_RUN, START_S, WINDOW_S, F, N, S, V
from twinbed.bench.ec57.tables import RunTable
from twinbed.core.annotations import Annotations

_NONE, _BEAT, _OTHER, _VENTRICULAR, _BREAK, _ATRIAL, _BEGIN, _STOP = range(8)
"""Nothing; a beat of a run; a beat of none; a ventricular ectopic one of none; a shutdown begins or ends; atrial
flutter or fibrillation begins (among ventricular runs); what counts as a long run begins, and stops."""


@dataclasses.dataclass(frozen=True)
class _Events:
    """What matters for runs, in the order of time."""

    sample: list[int]
    what: list[int]
    goes_on: list[bool]
    """Whether flutter or fibrillation that counts as a long run goes on from there."""


def _changes(state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where a state begins, and where it stops."""
    before = np.concatenate([[False], state[:-1]]) if len(state) else state
    return state & ~before, ~state & before


def _events(annotations: Annotations, kind: str, start: int, end: int) -> _Events:
    """The events of a record; what goes on at the start of the test period begins there (again)."""
    classes, fibrillates, atrial = _side.classes(annotations), _side.fibrillates(annotations), _side.atrial(annotations)
    beat = (classes >= 0) & ~fibrillates
    if kind == "VE":
        goes_on, run = fibrillates, np.isin(classes, [V, F])
        what = np.where(beat, np.where(run, _BEAT, _OTHER), _NONE)
        what[_changes(atrial)[0]] = _ATRIAL
    else:
        goes_on, run = atrial, (classes == S) | (classes == N) & atrial
        what = np.where(beat, np.where(run, _BEAT, np.where(classes == V, _VENTRICULAR, _OTHER)), _NONE)
        what[annotations.symbol == "["] = _OTHER
    for code, here in zip((_BEGIN, _STOP), _changes(goes_on), strict=True):
        what[here] = code
    what[np.logical_or(*_changes(_side.shut(annotations)))] = _BREAK
    chosen = np.flatnonzero((what != _NONE) & (annotations.sample <= end))
    sample, what, goes_on = annotations.sample[chosen], what[chosen], goes_on[chosen]
    place = int(np.searchsorted(sample, start))
    if place and goes_on[place - 1]:
        sample, what, goes_on = (
            np.insert(a, place, v) for a, v in ((sample, start), (what, _BEGIN), (goes_on, True))
        )  # fmt: skip
    return _Events(sample.tolist(), what.tolist(), goes_on.tolist())


def _runs(events: _Events, kind: str, start: int) -> list[tuple[int, int, int]]:
    """First and last sample and length of each run within the test period."""
    out = []
    first = last = length = 0
    for sample, what in zip(events.sample, events.what, strict=True):
        if sample < start or what == _ATRIAL:
            continue
        if what == _BEAT or (what == _BEGIN and not length):
            first = first if length else sample
            last = sample
            length += 1 if what == _BEAT else LONG_RUN
        elif what == _BEGIN:  # atrial fibrillation within a run of supraventricular beats only goes on with it
            length += LONG_RUN if kind == "VE" else 0
        elif what == _STOP:
            last = sample
        else:
            if length:
                out.append((first, last, min(length, LONG_RUN)))
            length = 0
    if length:
        out.append((first, last, min(length, LONG_RUN)))
    return out


def _longest(events: _Events, low: int, high: int) -> int:
    """Length of the longest run that is seen between two samples.

    Flutter or fibrillation that goes on or begins here counts unless a ventricular ectopic beat
    comes before any other.
    """
    place, stop = bisect.bisect_left(events.sample, low), bisect.bisect_right(events.sample, high)
    best, length = 0, LONG_RUN if place and events.goes_on[place - 1] else 0
    for what in events.what[place:stop]:
        if what == _BEAT:
            length += 1
        elif what == _BEGIN:
            length = LONG_RUN
        elif what != _STOP:
            best = best if what == _VENTRICULAR else max(best, length)
            length = 0
        if what == _BEAT:
            best = max(best, length)
    return min(max(best, length), LONG_RUN)


def compare_runs(
    reference: Annotations,
    test: Annotations,
    kind: str,
    *,
    window_s: float = WINDOW_S,
    start_s: float = START_S,
    end_s: float | None = None,
) -> RunTable:
    """The runs of one record, ventricular (`VE`) or supraventricular (`SVE`).

    A run is compared with the longest of the other annotator between the window before its
    first and the window after its last beat. A shutdown ends a run, and what lies before the
    test period is no part of one.
    """
    if kind not in ("VE", "SVE"):
        raise ValueError(f"expected kind to be VE or SVE, found {kind!r}")
    start, end = _side.period(reference, test, start_s, end_s)
    window = round(window_s * reference.sampling_frequency_hz)
    ours, theirs = (_events(side, kind, start, end) for side in (reference, test))
    out = []
    for one, other in ((ours, theirs), (theirs, ours)):
        counts = np.zeros((LONG_RUN + 1, LONG_RUN + 1), dtype=np.int64)
        for first, last, length in _runs(one, kind, start):
            counts[length, _longest(other, first - window, last + window)] += 1
        out.append(counts)
    return RunTable(found=out[0], true=out[1])
