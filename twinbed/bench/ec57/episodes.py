"""Episode by episode: atrial, and ventricular flutter or, fibrillation."""

import numpy as np

from twinbed.bench.ec57 import _side
from twinbed.bench.ec57.standard import FIBRILLATION, FLUTTER, START_S
from twinbed.bench.ec57.tables import EpisodeTable
from twinbed.core.annotations import Annotations


def _common(one: np.ndarray, many: np.ndarray) -> np.ndarray:
    """For each span of `one`, how many samples the spans of `many` cover of it."""
    shared = np.minimum(one[:, None, 1], many[None, :, 1]) - np.maximum(one[:, None, 0], many[None, :, 0])
    return np.maximum(shared, 0).sum(axis=1)


def _outside(episode: np.ndarray, exclusions: np.ndarray, as_reference: bool) -> int:
    """How many samples of an episode count beside exclusions; negative if none.

    Where an episode begins in an exclusion the reference comparator *adds* what the exclusion takes of it (a sign in
    its source), so that durations of episodes are too long there.
    """
    start, end = (int(edge) for edge in episode)
    length = end - start
    for first, last in exclusions.tolist():
        if first <= start <= last:
            if end <= last:
                return -1
            taken = last - start
            length, start = length + (taken if as_reference else -taken), last
        elif start <= first < end:
            length -= min(last, end) - first
            end = end if last < end else first
    return length


def _length(spans: np.ndarray) -> int:
    return int(np.diff(spans).sum())


def compare_episodes(
    reference: Annotations,
    test: Annotations,
    kind: str,
    *,
    start_s: float = START_S,
    end_s: float | None = None,
    exclude_flutter: bool = False,
    as_reference: bool = True,
) -> EpisodeTable:
    """The episodes of one record that overlap at all, and for how long.

    An episode of atrial fibrillation lasts from its name to that of any other rhythm, one of
    ventricular flutter or fibrillation from `[` to `]`. With `exclude_flutter` (EC38:1998),
    atrial fibrillation of the test while the reference has atrial flutter is neither true nor
    false: it does not count in the test's durations, nor does an episode of nothing else.
    Durations are then those of the reference comparator, which are too long where an episode
    of the test begins in flutter, unless `as_reference` is false.
    """
    if kind not in ("AF", "VF"):
        raise ValueError(f"expected kind to be AF or VF, found {kind!r}")
    start, end = _side.period(reference, test, start_s, end_s)
    ours, theirs = (
        _side.spans(side, _side.rhythm(side, FIBRILLATION) if kind == "AF" else _side.fibrillates(side), start, end)
        for side in (reference, test)
    )
    left = np.diff(theirs)[:, 0]
    if exclude_flutter and kind == "AF":
        flutter = _side.spans(reference, _side.rhythm(reference, FLUTTER), start, end)
        left = np.array([_outside(episode, flutter, as_reference) for episode in theirs], dtype=int)
        theirs, left = theirs[left >= 0], left[left >= 0]
    overlap = _common(ours, theirs)
    true = int((_common(theirs, ours) > 0).sum())
    frequency = reference.sampling_frequency_hz
    return EpisodeTable(
        found=int((overlap > 0).sum()),
        missed=int((overlap == 0).sum()),
        true=true,
        false=len(theirs) - true,
        overlap_s=float(overlap.sum()) / frequency,
        reference_s=_length(ours) / frequency,
        test_s=float(left.sum()) / frequency,
    )
