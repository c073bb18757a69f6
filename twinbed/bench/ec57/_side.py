"""What the comparators need of one annotator: classes of beats and states that last."""

import numpy as np

from twinbed.bench.ec57.standard import BEATS, FIBRILLATION, FLUTTER, UNREADABLE
from twinbed.core.annotations import Annotations
from twinbed.core.errors import StatisticsError


def period(reference: Annotations, test: Annotations, start_s: float, end_s: float | None) -> tuple[int, int]:
    """First and last sample of the test period: to the end of the record, or of the reference if that is not known."""
    frequency = reference.sampling_frequency_hz
    if test.sampling_frequency_hz != frequency:
        raise StatisticsError(
            f"reference at {frequency:g} Hz, test at {test.sampling_frequency_hz:g} Hz: give both at one frequency"
        )
    start = round(start_s * frequency)
    if end_s is not None:
        end = round(end_s * frequency)
    elif reference.length is not None:
        end = reference.length
    else:
        end = int(reference.sample[-1]) if len(reference) else start
    if not 0 <= start_s < np.inf or end < start:
        raise StatisticsError(f"the test period would be from sample {start} to {end}")
    return start, end


def classes(annotations: Annotations) -> np.ndarray:
    """The class of each annotation that is a beat, -1 of all others."""
    symbols, place = np.unique(annotations.symbol, return_inverse=True)
    return np.array([BEATS.get(str(s), -1) for s in symbols], dtype=np.int64)[place]


def _held(says: np.ndarray, value: np.ndarray) -> np.ndarray:
    """For each annotation the value of the last one that said something, False before the first."""
    last = np.maximum.accumulate(np.where(says, np.arange(len(says)), -1))
    return np.where(last < 0, False, value[last]) if len(says) else np.zeros(0, dtype=bool)


def fibrillates(annotations: Annotations) -> np.ndarray:
    """Whether ventricular flutter or fibrillation goes on, from each annotation on."""
    on = annotations.symbol == "["
    return _held(on | (annotations.symbol == "]"), on)


def shut(annotations: Annotations) -> np.ndarray:
    """Whether the annotator is shut down, from each annotation on."""
    return _held(annotations.symbol == "~", (annotations.subtype & UNREADABLE) == UNREADABLE)


def rhythm(annotations: Annotations, *names: str) -> np.ndarray:
    """Whether a rhythm of one of these names goes on, from each annotation on."""
    named = np.array([text.startswith(names) for text in annotations.text], dtype=bool)
    return _held(annotations.symbol == "+", named)


def atrial(annotations: Annotations) -> np.ndarray:
    """Whether atrial fibrillation or flutter goes on, from each annotation on."""
    return rhythm(annotations, FIBRILLATION, FLUTTER)


def spans(annotations: Annotations, state: np.ndarray, start: int, end: int) -> np.ndarray:
    """First and last sample of each time that a state lasts within the test period, a row each.

    As in the reference comparator one that ends where the period begins is one of no length.
    """
    padded = np.concatenate([[False], state, [False]])
    change = np.flatnonzero(padded[1:] != padded[:-1])
    stops = np.append(annotations.sample, max(end, int(annotations.sample[-1]) if len(annotations) else end))
    edges = stops[change].reshape(-1, 2)
    return np.clip(edges[(edges[:, 1] >= start) & (edges[:, 0] < end)], start, end)


def at(annotations: Annotations, state: np.ndarray, sample: np.ndarray) -> np.ndarray:
    """Whether a state lasts at each of these samples."""
    place = np.searchsorted(annotations.sample, sample, side="right")
    return np.concatenate([[False], state])[place]


def fibrillating(annotations: Annotations, sample: np.ndarray) -> np.ndarray:
    """Whether ventricular flutter or fibrillation goes on at each of these samples."""
    return at(annotations, fibrillates(annotations), sample)
