"""Heart rate error of a record, worked out by hand."""

import math

import numpy as np
import pytest

from tests.bench.protocols.play import row, statistic, table
from twinbed.bench import find
from twinbed.bench.protocol import Case
from twinbed.bench.protocols.ecg._records import as_values, stimulus_of
from twinbed.core.annotations import Annotations
from twinbed.core.errors import StudyError

HZ = 100.0


def protocol(**settings):
    return find.protocol("ecg/heart_rate_error", records=("100",), **settings)


def case(rows, seconds, averaged=1):
    reference = Annotations.of(rows, HZ, round(HZ * seconds))
    stimulus = stimulus_of(np.zeros((round(HZ * seconds), 1)), ("II",), HZ) | {"averaged_intervals": averaged}
    return Case("a", "a", stimulus, as_values(reference), {"paced": "no"})


def beats(times_s, symbol="N"):
    return [(round(HZ * t), symbol) for t in times_s]


def answer(times_s, rates):
    return {"places": np.round(HZ * np.asarray(times_s, float)), "heart_rate": np.asarray(rates, float)}


def test_errors_of_a_record():
    """60 /min to 310 s, then 120 /min to 320 s; the device says 63, 63 and 117: errors of 3, 3 and -3."""
    one = case(beats([*range(290, 311), *np.arange(310.5, 320.1, 0.5)]), 330.0)
    found = row(protocol(), one, **answer([302.0, 305.0, 315.0], [63.0, 63.0, 117.0]))
    assert (found["squares"], found["reference_sum"], found["rates"], found["errors"]) == (27.0, 240.0, 3.0, 3.0)
    assert found["error_percent"] == pytest.approx(100.0 * 3.0 / 80.0)
    assert (found["usual_squares"], found["usual_rates"], found["fast_squares"], found["slow_rates"]) == (18, 2, 9, 0)


def test_beats_without_a_rate_nearby_are_not_covered():
    """A beat a second from 300 to 360 s; rates from 300 to 320 s reach five seconds further."""
    one = case(beats(range(290, 361)), 365.0)
    found = row(protocol(), one, **answer(np.arange(300.0, 320.5), np.full(21, 60.0)))
    assert (found["beats"], found["covered"]) == (61, 26)


def test_a_rate_that_is_none_is_no_measurement():
    one = case(beats(range(290, 361)), 365.0)
    found = row(protocol(), one, **answer([310.0, 311.0], [60.0, math.nan]))
    assert (found["rates"], found["squares"]) == (1.0, 0.0)


def test_rates_during_fibrillation_are_left_out():
    rows = sorted(beats([*range(290, 311), *range(330, 341)]) + beats([310.5], "[") + beats([329.5], "]"))
    found = row(protocol(), case(rows, 350.0), **answer([305.0, 320.0, 335.0], [60.0, 250.0, 60.0]))
    assert (found["rates"], found["squares"]) == (2.0, 0.0)


def test_the_learning_period_is_the_makers():
    one = case(beats(range(0, 61)), 61.0)
    given = answer([5.0, 50.0], [70.0, 60.0])
    assert row(protocol(learning_s=0.0), one, **given)["squares"] == 100.0
    assert row(protocol(learning_s=30.0), one, **given)["squares"] == 0.0
    with pytest.raises(StudyError, match="leaves nothing"):
        row(protocol(), one, **given)


def test_gross_error_of_two_records():
    """Squares of 100 in 4 rates of mean 50, and of 300 in 12 of mean 100: 5 /min of a mean of 87.5."""
    rows = [
        {"squares": 100.0, "reference_sum": 200.0, "rates": 4.0, "error_percent": 10.0},
        {"squares": 300.0, "reference_sum": 1200.0, "rates": 12.0, "error_percent": 5.0},
    ]
    both = table(rows)
    assert statistic(protocol(), "rms_error")(both).value == pytest.approx(5.0)
    assert statistic(protocol(), "normalised_error")(both).value == pytest.approx(100.0 * 5.0 / 87.5)
    assert statistic(protocol(), "average_error")(both).value == pytest.approx(7.5)
    assert statistic(protocol(), "record_error")(both).value == 10.0


def test_rates_of_no_interval_are_refused():
    with pytest.raises(StudyError, match="at least one interval"):
        protocol(averaged=0)
