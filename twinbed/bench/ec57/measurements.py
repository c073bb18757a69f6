"""Measurement by measurement: how far heart rates, or other measurements, are from the reference's.

Each measurement of the test is compared with the reference's that is nearest in time, the later of two equally near.
The error is the root mean square of the differences, and normalised it is that in per cent of the mean of the
reference's measurements that were compared.

The reference comparator (`mxm`) does the same, and two things of its own that are not done here: the number that it
divides by also counts measurements of the test before the test period, and where a record's length is known the
last difference is added once more at the end.
"""

import math

import numpy as np
from jaxtyping import Bool, Float, Int

from twinbed.bench.ec57 import _side
from twinbed.bench.ec57.beats import beats_of
from twinbed.bench.ec57.standard import MEASUREMENT, START_S
from twinbed.bench.ec57.tables import MeasurementTable
from twinbed.core.annotations import Annotations
from twinbed.core.errors import StatisticsError

Places = Int[np.ndarray, " measurement"]
Values = Float[np.ndarray, " measurement"]
Series = tuple[np.ndarray, np.ndarray]
"""Positions, samples, and numbers."""

_SECONDS = 60.0


def measurements(annotations: Annotations, subtype: int = 0) -> tuple[Places, Values]:
    """Positions and numbers of the measurements of one kind (`=` with that subtype, the number in the text).

    Raises:
        StatisticsError: the text of one is no finite number.
    """
    chosen = np.flatnonzero((annotations.symbol == MEASUREMENT) & (annotations.subtype == subtype))
    return annotations.sample[chosen], np.array([_number(annotations, int(k)) for k in chosen], float)


def _number(annotations: Annotations, k: int) -> float:
    try:
        value = float(annotations.text[k])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise StatisticsError(
            f"the measurement at sample {annotations.sample[k]} is {annotations.text[k]!r}: no number"
        )
    return value


def heart_rates(annotations: Annotations, averaged: int = 1) -> tuple[Places, Values]:
    """Positions of beats, and the heart rate a minute by the mean of the intervals that end there.

    A beat has none where fewer intervals lie before it, or ventricular fibrillation or a shutdown among them.

    Args:
        annotations: with beats.
        averaged: how many intervals a rate is of; 1 for the rate from beat to beat.
    """
    if averaged < 1:
        raise StatisticsError(f"a heart rate is of at least one interval, not {averaged}")
    place, rr = beats_of(annotations)
    sums = np.convolve(rr, np.ones(averaged, np.int64))[: len(rr)]
    whole = np.convolve(rr > 0, np.ones(averaged, np.int64))[: len(rr)] == averaged
    return place[whole], _SECONDS * annotations.sampling_frequency_hz * averaged / sums[whole]


def within_reach(places: Places, others: Int[np.ndarray, " test"], reach: float) -> Bool[np.ndarray, " measurement"]:
    """Whether one of the others is within so many samples of each place."""
    if not len(others):
        return np.zeros(len(places), bool)
    return np.abs(others[nearest(others, places)] - places) <= reach


def nearest(places: Places, at: Int[np.ndarray, " test"]) -> Int[np.ndarray, " test"]:
    """Index of the place that is nearest to each of others, the later of two equally near; at least one is needed."""
    after = np.searchsorted(places, at, side="left")
    before = np.maximum(after - 1, 0)
    after = np.minimum(after, len(places) - 1)
    return np.where(np.abs(at - places[before]) < np.abs(places[after] - at), before, after)


def compare_series(reference: Series, test: Series, *, start: int, end: int) -> MeasurementTable:
    """The measurements of one record, as positions and numbers.

    Args:
        reference: positions (samples, ascending) and numbers.
        test: the same of the test.
        start: first sample of the test period, by the test's positions.
        end: last sample of it.
    """
    inside = (test[0] >= start) & (test[0] <= end)
    at, values = test[0][inside], test[1][inside]
    if not len(reference[0]) or not len(at):
        return MeasurementTable(0.0, 0.0, 0)
    paired = reference[1][nearest(reference[0], at)]
    return MeasurementTable(float(np.sum((paired - values) ** 2)), float(paired.sum()), len(at))


def compare_measurements(
    reference: Annotations,
    test: Annotations,
    *,
    subtype: int = 0,
    start_s: float = START_S,
    end_s: float | None = None,
) -> MeasurementTable:
    """The measurements that two annotators wrote down (`=`), of one kind.

    Raises:
        StatisticsError: a text that is no number, or annotators at two frequencies.
    """
    start, end = _side.period(reference, test, start_s, end_s)
    return compare_series(measurements(reference, subtype), measurements(test, subtype), start=start, end=end)
