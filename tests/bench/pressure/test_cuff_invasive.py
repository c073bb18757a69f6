"""ISO 81060-2, clause 6: the band of the artery by hand, and the route with a catheter."""

import numpy as np
import pytest

from tests.bench.protocols.play import failed, row, statistic, table
from twinbed.bench import find
from twinbed.bench.pressure.catheter import Band, band, beyond
from twinbed.bench.pressure.oscillometry import beats_of
from twinbed.core.errors import StatisticsError


def test_the_band_is_mean_and_standard_deviation_of_the_beats_of_the_reading():
    start, beats = np.array([-1.0, 0.0, 20.0, 40.0]), np.array([200.0, 118.0, 120.0, 122.0])
    assert band(beats, start) == Band(120.0, 2.0)  # the beat before the cuff begins is none of it
    with pytest.raises(StatisticsError, match="spread over 41 s"):
        band(beats, start, least_s=41.0)


@pytest.mark.parametrize(
    ("reading", "error"), [(120.0, 0.0), (123.0, 0.0), (117.0, 0.0), (125.5, 2.5), (114.0, -3.0), (117.01, 0.0)]
)
def test_a_reading_within_the_standard_deviation_has_no_error(reading, error):
    assert beyond(reading, Band(120.0, 3.0)) == pytest.approx(error)


def test_the_catheter_measures_the_beats_that_the_cuff_meets():
    beats = beats_of(130.0, 80.0, 70.0, seed=3, name="a")
    seen = beats.start_s >= 0.0
    # breathing moves it by 2 mmHg and slower waves by 1.5: a standard deviation of sqrt(2 + 1.125), diastolic 0.6 of it
    assert beats.systolic[seen].std() == pytest.approx(1.77, abs=0.15)
    assert beats.diastolic - 80.0 == pytest.approx(0.6 * (beats.systolic - 130.0))
    assert np.diff(beats.start_s).mean() == pytest.approx(60.0 / 70.0, rel=0.02)
    assert beats.start_s[-1] > (220.0 - 20.0) / 3.0  # until the cuff has come down


PROTOCOL = find.protocol("blood_pressure/cuff_invasive", subjects=2)


def test_errors_are_from_the_band_and_differences_from_the_mean():
    case = next(iter(PROTOCOL.cases()))
    mean, sd = case.reference["systolic"], case.reference["sd_systolic"]
    assert 0.5 < sd < 4.0
    found = row(PROTOCOL, case, systolic=mean + sd + 4.0, diastolic=case.reference["diastolic"])
    assert found["error_systolic"] == pytest.approx(4.0)
    assert found["difference_systolic"] == pytest.approx(sd + 4.0)
    assert found["error_diastolic"] == 0.0


def test_readings_of_a_patient_and_shares_of_references_are_counted():
    rows = [{"reference_systolic": s, "reference_diastolic": d} for s, d in ((95, 60), (100, 70), (160, 85), (130, 80))]
    t = table(rows, subjects=["a", "a", "a", "b"])
    shares = {
        n: statistic(PROTOCOL, n)(t).value for n in ("systolic_low", "systolic_high", "diastolic_low", "readings")
    }
    assert shares == {"systolic_low": 50.0, "systolic_high": 25.0, "diastolic_low": 50.0, "readings": 3.0}


def test_too_few_pairs_are_no_test_of_the_accuracy():
    assert {"subjects", "pairs"} <= failed(PROTOCOL, "good")


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_verdicts_do_not_hang_on_the_seed(seed):
    own = find.protocol("blood_pressure/cuff_invasive", seed=seed)
    assert failed(own, "good") == set()
    assert {"bias_systolic", "bias_diastolic"} & failed(own, "bad")
