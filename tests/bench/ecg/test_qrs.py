"""Both detectors on ECGs whose beats are known, and on the half of MIT-BIH that they were not made on."""

import numpy as np
import pytest

from tests.bench.ecg.trains import FREQUENCY, ecg_of, regular
from twinbed.bench.ec57 import compare_beats, totals
from twinbed.bench.ecg import detect_qrs, detect_qrs_online
from twinbed.connect.wfdb import read_annotations, read_waves
from twinbed.core.annotations import Annotations
from twinbed.core.errors import StatisticsError

DETECTORS = {"offline": detect_qrs, "online": lambda x, f: detect_qrs_online(x, f)[0]}
UNSEEN = "100 103 105 111 113 117 121 123 200 202 210 212 213 214 219 221 222 228 231 232 233 234 107 217".split()


@pytest.fixture(params=DETECTORS, name="detect")
def _detect(request):
    return DETECTORS[request.param]


def same_beats(found, times_s, frequency, within_s):
    assert len(found) == len(times_s)
    np.testing.assert_allclose(np.asarray(found) / frequency, times_s, atol=within_s)


@pytest.mark.parametrize("rr_s", [0.35, 0.8, 1.8])
def test_every_beat_of_a_regular_rhythm_is_found_and_nothing_else(detect, rr_s):
    times = regular(rr_s)
    same_beats(detect(ecg_of(times, 60.0), FREQUENCY), times, FREQUENCY, 0.05)


@pytest.mark.parametrize("frequency", [128.0, 250.0, 1000.0])
def test_other_sampling_frequencies_give_the_same_beats(detect, frequency):
    times = regular()
    same_beats(detect(ecg_of(times, 60.0, frequency=frequency), frequency), times, frequency, 0.05)


def test_polarity_unit_and_gaps_do_not_matter(detect):
    times = regular()
    ecg = ecg_of(times, 60.0)
    found = detect(ecg, FREQUENCY)
    np.testing.assert_array_equal(detect(1000.0 * ecg, FREQUENCY), found)
    assert len(detect(-ecg, FREQUENCY)) == len(times)
    gaps = ecg.copy()
    gaps[5000:5020] = np.nan
    same_beats(detect(gaps, FREQUENCY), times, FREQUENCY, 0.05)


def test_what_holds_no_beats_gives_none(detect):
    for ecg in (np.zeros(7200), np.full(7200, np.nan), np.ones(100), np.zeros(0)):
        assert len(detect(ecg, FREQUENCY)) == 0


def test_an_ecg_that_is_sampled_too_slowly_is_refused(detect):
    with pytest.raises(StatisticsError, match="100 Hz"):
        detect(np.zeros(1000), 50.0)


def test_the_online_detector_knows_nothing_of_what_comes():
    """Cut after any moment, the ECG gives the same beats as far as they were decided on by then."""
    rng = np.random.default_rng(3)
    times = np.cumsum(rng.uniform(0.5, 1.3, 60))
    ecg = ecg_of(times, times[-1] + 1.0, height=rng.uniform(0.4, 1.2, 60)) + 0.02 * rng.standard_normal(
        round((times[-1] + 1.0) * FREQUENCY)
    )
    beats, decided = detect_qrs_online(ecg, FREQUENCY)
    assert (decided - beats >= 0.1 * FREQUENCY).all()
    for cut in rng.integers(2000, len(ecg), 8):
        part, _ = detect_qrs_online(ecg[:cut], FREQUENCY)
        known = beats[decided < cut]
        np.testing.assert_array_equal(part[: len(known)], known)
        assert len(part) - len(known) <= 1  # the end of the record decides the last one


@pytest.mark.slow
@pytest.mark.parametrize(("name", "most_percent"), [("offline", 0.44), ("online", 0.91)])
def test_errors_on_the_half_of_mitdb_that_they_were_not_made_on(data, name, most_percent):
    """gqrs of the reference software has 0.44 % on this half (golden line), xqrs 0.91 % on the whole."""
    tables = []
    for record in UNSEEN:
        ecg = read_waves(data / "mitdb" / record).samples[:, 0]
        reference = read_annotations(data / "mitdb" / f"{record}.atr")
        rows = [(int(k), "N") for k in DETECTORS[name](ecg, 360.0)]
        tables.append(compare_beats(reference, Annotations.of(rows, 360.0, reference.length)))
    gross = totals(tables).gross
    missed = gross.qrs_sensitivity.whole - gross.qrs_sensitivity.part
    false = gross.qrs_positive_predictivity.whole - gross.qrs_positive_predictivity.part
    assert 100.0 * (missed + false) / gross.beats() < most_percent
