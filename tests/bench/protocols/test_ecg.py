"""The ECG protocols on small cases counted by hand, and on the golden detector's annotations."""

import numpy as np
import pytest

from tests.bench.ecg.trains import ecg_of, regular
from tests.bench.protocols.play import statistic, table
from twinbed.bench import find
from twinbed.bench.protocol import Case, NotApplicable
from twinbed.bench.protocols.ecg import beat_detection as detection
from twinbed.bench.protocols.ecg import noise_stress
from twinbed.bench.protocols.ecg._records import as_values, stimulus_of, unmatched
from twinbed.connect.data import data_root
from twinbed.core.annotations import Annotations
from twinbed.core.errors import StatisticsError, StudyError

ECG_AFTER_LEARNING = ("beat_detection", "arrhythmia", "atrial_fibrillation", "heart_rate_error", "noise_stress")


def case(rows, duration_s=400.0):
    """A record of beats a second apart but for the rows that are given."""
    samples = ecg_of(regular(1.0, duration_s), duration_s)[:, None]
    reference = Annotations.of(rows, 360.0, len(samples))
    return Case("a", "a", stimulus_of(samples, ("II",), 360.0), as_values(reference), {"paced": "no"})


def beats(times_s, symbol="N"):
    return [(round(360 * t), symbol) for t in times_s]


@pytest.mark.long
def test_counts_of_a_record():
    """Of ten beats in the test period eight are found; one detection is far from any beat."""
    one = case(beats(range(301, 311)))
    device = np.array([s for s, _ in beats([*range(301, 309), 320])])
    row = detection.measured(one, {"beats": device})
    assert (row["beats"], row["found"], row["detections"], row["true_detections"]) == (10, 8, 9, 8)
    assert row["errors"] == 3
    moved = np.array([s + 18 * (k == 4) for k, s in enumerate(one.reference["sample"])])
    late = detection.measured(one, {"beats": moved})
    assert (late["errors"], late["rr_count"]) == (0, 9)
    assert late["rr_squares_s2"] == pytest.approx(2 * 0.05**2)  # one interval 50 ms longer, the next shorter


@pytest.mark.long
def test_an_unknown_symbol_of_a_beat_is_told():
    protocol = find.protocol("ecg/arrhythmia", records=("100",))
    one = case(beats(range(301, 311)))
    answers = {"beats": one.reference["sample"], "symbols": np.full(10, "Z")}
    with pytest.raises(StatisticsError, match="'Z'"):
        protocol.measure(one, answers)


@pytest.mark.long
def test_ectopic_beats_of_a_record():
    """Of two ventricular beats one is called so; one normal beat is called ventricular."""
    rows = sorted(beats(range(301, 309)) + beats([309.0, 310.0], "V"))
    protocol = find.protocol("ecg/arrhythmia", records=("100",))
    one = case(rows)
    symbols = np.array(["N"] * 7 + ["V", "V", "N"])
    (row,) = protocol.measure(one, {"beats": one.reference["sample"], "symbols": symbols})
    assert (row["veb_se_part"], row["veb_se_whole"], row["veb_pp_whole"]) == (1, 2, 2)
    assert (row["Vv"], row["Vn"], row["Nv"], row["Nn"]) == (1, 1, 1, 7)
    assert row["ventricular_errors"] == 2


@pytest.mark.long
def test_time_in_fibrillation():
    """The reference fibrillates from 310 to 370 s, the device says 330 to 390: 40 of 60 s each way."""
    rows = [(0, "+", 0, "(N"), (111600, "+", 0, "(AFIB"), (133200, "+", 0, "(N")]
    protocol = find.protocol("ecg/atrial_fibrillation", records=("100",))
    one = case(rows)
    answers = {"starts": np.array([330 * 360.0]), "ends": np.array([390 * 360.0])}
    (row,) = protocol.measure(one, answers)
    assert (row["reference_s"], row["test_s"], row["overlap_s"]) == pytest.approx((60.0, 60.0, 40.0))
    assert row["wrong_s"] == pytest.approx(40.0)
    with pytest.raises(StatisticsError, match="before the next"):
        protocol.measure(one, {"starts": np.array([10.0, 5.0]), "ends": np.array([20.0, 30.0])})


def test_the_learning_period_is_the_makers():
    """Of twenty beats from 301 to 320 s all are found but those at 305 and 315 s; the test begins at 310 s, or at 0."""
    one = case(beats(range(301, 321)))
    device = np.array([s for s, _ in beats([t for t in range(301, 321) if t not in (305, 315)])])
    of = lambda learning_s: detection.measured(one, {"beats": device}, learning_s)
    assert (of(310.0)["beats"], of(310.0)["found"]) == (11, 10)
    assert (of(0.0)["beats"], of(0.0)["found"]) == (20, 18)
    protocol = find.protocol("ecg/beat_detection", records=("100",), learning_s=310.0)
    assert protocol.measure(one, {"beats": device}) == [of(310.0)]


def test_ectopic_beats_and_runs_count_after_the_learning_period():
    """A couplet at 305 and 306 s is called so and one at 315 and 316 s is not; the test begins at 310 s, or at 0."""
    rows = sorted(beats([*range(301, 305), *range(307, 315), *range(317, 320)]) + beats([305, 306, 315, 316], "V"))
    one, symbols = case(rows), np.array(["V" if k in (4, 5) else "N" for k in range(19)])
    for learning_s, found in ((0.0, 1), (310.0, 0)):
        protocol = find.protocol("ecg/arrhythmia", records=("100",), learning_s=learning_s)
        (row,) = protocol.measure(one, {"beats": one.reference["sample"], "symbols": symbols})
        assert (row["veb_se_part"], row["couplet_se_part"]) == (2 * found, found)
        assert (row["veb_se_whole"], row["couplet_se_whole"]) == (2 * (1 + found), 1 + found)


def test_fibrillation_counts_after_the_learning_period():
    """The reference fibrillates from 310 to 370 s, the device says 330 to 390; from 340 s on both have 30 s and more."""
    rows = [(0, "+", 0, "(N"), (111600, "+", 0, "(AFIB"), (133200, "+", 0, "(N")]
    protocol = find.protocol("ecg/atrial_fibrillation", records=("100",), learning_s=340.0)
    answers = {"starts": np.array([330 * 360.0]), "ends": np.array([390 * 360.0])}
    (row,) = protocol.measure(case(rows), answers)
    assert (row["reference_s"], row["test_s"], row["overlap_s"]) == pytest.approx((30.0, 50.0, 30.0))


def test_fibrillation_reported_during_flutter_is_false_or_left_out():
    """The atria flutter from 320 to 340 s and fibrillate to 360 s; the device calls all 40 s fibrillation."""
    rows = [(115200, "+", 0, "(AFL"), (122400, "+", 0, "(AFIB"), (129600, "+", 0, "(N")]
    answers = {"starts": np.array([320 * 360.0]), "ends": np.array([360 * 360.0])}
    for exclude, test_s in ((False, 40.0), (True, 20.0)):
        protocol = find.protocol("ecg/atrial_fibrillation", records=("100",), exclude_flutter=exclude)
        (row,) = protocol.measure(case(rows), answers)
        assert (row["reference_s"], row["test_s"], row["overlap_s"]) == pytest.approx((20.0, test_s, 20.0))


SHUT = {"shutdown_starts": np.array([360 * 304.5]), "shutdown_ends": np.array([360 * 307.5])}


def test_beats_missed_in_a_shutdown_are_missed_and_told():
    """Of ten beats those at 305, 306 and 307 s fall into a shutdown of 3 s, and 310 s is missed without one."""
    rows = sorted(beats([*range(301, 306), *range(307, 311)]) + beats([306], "V"))
    device = np.array([s for s, _ in beats([301, 302, 303, 304, 308, 309])])
    row = detection.measured(case(rows), {"beats": device, **SHUT})
    assert (row["beats"], row["found"], row["shut_missed"], row["shutdown_s"]) == (10, 6, 3, 3.0)
    assert (row["reading_found"], row["reading_beats"]) == (6, 7)
    assert row["rr_count"] == 4  # to 302, 303, 304 and 309; none goes across the shutdown
    protocol = find.protocol("ecg/arrhythmia", records=("100",))
    (ectopic,) = protocol.measure(case(rows), {"beats": device, "symbols": np.full(6, "N"), **SHUT})
    assert (ectopic["veb_shut_part"], ectopic["veb_shut_whole"], ectopic["veb_se_part"]) == (1, 1, 0)
    assert (ectopic["Nx"], ectopic["Vx"], ectopic["No"]) == (2, 1, 1)


def test_shutdowns_are_disclosed_in_per_cent_and_seconds():
    protocol = find.protocol("ecg/beat_detection", records=("100",))
    one = {"beats": 10, "found": 6, "shut_missed": 3, "shut_beats": 10, "reading_found": 6, "reading_beats": 7,
           "shutdown_s": 3.0}  # fmt: skip
    both = table([one, {**one, "shut_missed": 1, "shutdown_s": 1.5, "reading_found": 9, "reading_beats": 9}])
    of = lambda name: statistic(protocol, name)(both).value
    assert (of("missed_in_shutdown"), of("shutdown_time")) == (20.0, 4.5)
    assert of("sensitivity_outside_shutdown") == pytest.approx(100.0 * 15 / 16)


@pytest.mark.parametrize("name", ["missed_in_shutdown", "shutdown_time", "sensitivity_outside_shutdown"])
def test_of_a_device_that_never_shuts_down_nothing_is_said_of_shutdowns(name):
    never = {"shut_missed": 0, "shut_beats": 10, "reading_found": 6, "reading_beats": 10, "shutdown_s": 0.0}
    with pytest.raises(NotApplicable, match="no shutdown"):
        statistic(find.protocol("ecg/beat_detection", records=("100",)), name)(table([never]))


def test_the_worst_record_is_named():
    protocol = find.protocol("ecg/beat_detection", records=("100",))
    rows = table([{"beats": 0, "found": 0}, {"beats": 10, "found": 9}, {"beats": 10, "found": 6}], ["a", "b", "c"])
    found = statistic(protocol, "least_sensitivity")(rows)
    assert (found.value, found.found_in) == (60.0, rows.case[2])


@pytest.mark.parametrize(
    ("starts", "ends", "says"),
    [([100, 200], [150], "one each"), ([100], [100], "end after"), ([100, 200], [250, 300], "before the next")],
)
def test_shutdowns_that_cannot_be_are_refused(starts, ends, says):
    protocol = find.protocol("ecg/beat_detection", records=("100",))
    given = {"beats": np.array([0]), "shutdown_starts": np.array(starts), "shutdown_ends": np.array(ends)}
    with pytest.raises(StatisticsError, match=says):
        protocol.measure(case(beats(range(301, 303))), given)


@pytest.mark.parametrize("name", ECG_AFTER_LEARNING)
def test_a_learning_period_below_zero_is_refused(name):
    with pytest.raises(StudyError, match="0 s or longer"):
        find.protocol(f"ecg/{name}", learning_s=-1.0)


@pytest.mark.parametrize("name", ECG_AFTER_LEARNING[:-1])
def test_a_learning_period_as_long_as_a_record_is_refused_before_anything_is_asked(name):
    if (root := data_root()) is None or not (root / "mitdb").is_dir():
        pytest.skip("no recordings: mitdb (set TWINBED_DATA)")
    with pytest.raises(StudyError, match="leaves nothing of record 100"):
        next(iter(find.protocol(f"ecg/{name}", learning_s=1806.0).cases()))


def test_noise_comes_after_the_learning_period():
    """Three minutes clean instead of one: the clean part is as long as was asked, and the counts begin there."""
    protocol = find.protocol("ecg/noise_stress", persons=1, learning_s=180.0)
    clean, noisy = (case for k, case in enumerate(protocol.cases()) if k < 2)
    differs = np.flatnonzero(clean.stimulus["ecg"] != noisy.stimulus["ecg"])
    assert len(clean.stimulus["ecg"]) == 301 * 360
    assert differs[0] in range(180 * 360, 180 * 360 + 10)
    places = clean.reference["sample"]
    inside = ((places >= 180 * 360) & (places <= 300 * 360)).sum()
    (row,) = protocol.measure(clean, {"beats": places[places < 180 * 360]})
    assert (row["beats"], row["found"]) == (inside, 0)


def test_errors_that_are_drawn():
    here = np.array([100, 200, 300])
    assert unmatched(here, np.array([105, 290]), 20.0).tolist() == [200]
    assert unmatched(here, np.array([105]), 20.0).tolist() == [200, 300]
    assert unmatched(here, np.array([], int), 20.0).tolist() == [100, 200, 300]


def test_a_noise_under_which_nothing_is_detected_is_the_worst_wherever_it_stands():
    """Of no detection no share is true; three beats of four that are true under another noise do not hide that."""
    names = [ladder.name for ladder in noise_stress._LADDERS]
    least = statistic(find.protocol("ecg/noise_stress", persons=1), "noisy_positive_predictivity")
    some = {"tested": 1.0, "true_detections": 3.0, "detections": 4.0}
    for silent in names:
        rows = [some | ({"true_detections": 0.0, "detections": 0.0} if name == silent else {}) for name in names]
        assert np.isnan(least(table([*rows, *rows], ladder=[*names, *names])).value)
    assert least(table([some] * 2 * len(names), ladder=[*names, *names])).value == 75.0
