"""The ECG protocols on small cases counted by hand, and on the golden detector's annotations."""

import numpy as np
import pytest

from tests.bench.ecg.trains import ecg_of, regular
from twinbed.bench import find
from twinbed.bench.protocol import Case
from twinbed.bench.protocols.ecg import beat_detection as detection
from twinbed.bench.protocols.ecg._records import as_values, stimulus_of, unmatched
from twinbed.core.annotations import Annotations
from twinbed.core.errors import StatisticsError


def case(rows, duration_s=400.0):
    """A record of beats a second apart but for the rows that are given."""
    samples = ecg_of(regular(1.0, duration_s), duration_s)[:, None]
    reference = Annotations.of(rows, 360.0, len(samples))
    return Case("a", "a", stimulus_of(samples, ("II",), 360.0), as_values(reference), {"paced": "no"})


def beats(times_s, symbol="N"):
    return [(round(360 * t), symbol) for t in times_s]


def test_counts_of_a_record():
    """Of ten beats in the test period eight are found; one detection is far from any beat."""
    one = case(beats(range(301, 311)))
    device = np.array([s for s, _ in beats([*range(301, 309), 320])])
    row = detection.measured(one, device)
    assert (row["beats"], row["found"], row["detections"], row["true_detections"]) == (10, 8, 9, 8)
    assert row["errors"] == 3
    late = detection.measured(one, np.array([s + 18 * (k == 4) for k, s in enumerate(one.reference["sample"])]))
    assert (late["errors"], late["rr_count"]) == (0, 9)
    assert late["rr_squares_s2"] == pytest.approx(2 * 0.05**2)  # one interval 50 ms longer, the next shorter


def test_an_unknown_symbol_of_a_beat_is_told():
    protocol = find.protocol("ecg/arrhythmia", records=())
    one = case(beats(range(301, 311)))
    answers = {"beats": one.reference["sample"], "symbols": np.full(10, "Z")}
    with pytest.raises(StatisticsError, match="'Z'"):
        protocol.measure(one, answers)


def test_ectopic_beats_of_a_record():
    """Of two ventricular beats one is called so; one normal beat is called ventricular."""
    rows = sorted(beats(range(301, 309)) + beats([309.0, 310.0], "V"))
    protocol = find.protocol("ecg/arrhythmia", records=())
    one = case(rows)
    symbols = np.array(["N"] * 7 + ["V", "V", "N"])
    (row,) = protocol.measure(one, {"beats": one.reference["sample"], "symbols": symbols})
    assert (row["veb_se_part"], row["veb_se_whole"], row["veb_pp_whole"]) == (1, 2, 2)
    assert (row["Vv"], row["Vn"], row["Nv"], row["Nn"]) == (1, 1, 1, 7)
    assert row["ventricular_errors"] == 2


def test_time_in_fibrillation():
    """The reference fibrillates from 310 to 370 s, the device says 330 to 390: 40 of 60 s each way."""
    rows = [(0, "+", 0, "(N"), (111600, "+", 0, "(AFIB"), (133200, "+", 0, "(N")]
    protocol = find.protocol("ecg/atrial_fibrillation", records=())
    one = case(rows)
    answers = {"starts": np.array([330 * 360.0]), "ends": np.array([390 * 360.0])}
    (row,) = protocol.measure(one, answers)
    assert (row["reference_s"], row["test_s"], row["overlap_s"]) == pytest.approx((60.0, 60.0, 40.0))
    assert row["wrong_s"] == pytest.approx(40.0)
    with pytest.raises(StatisticsError, match="before the next"):
        protocol.measure(one, {"starts": np.array([10.0, 5.0]), "ends": np.array([20.0, 30.0])})


def test_errors_that_are_drawn():
    here = np.array([100, 200, 300])
    assert unmatched(here, np.array([105, 290]), 20.0).tolist() == [200]
    assert unmatched(here, np.array([105]), 20.0).tolist() == [200, 300]
    assert unmatched(here, np.array([], int), 20.0).tolist() == [100, 200, 300]
