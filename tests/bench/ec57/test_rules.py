"""Cases small enough to count by hand, one a rule, at 1000 samples a second: the window is 150 samples."""

import math

import numpy as np
import pytest

from twinbed.bench.ec57 import compare_beats, compare_episodes, compare_runs, report, totals
from twinbed.bench.ec57.standard import BEATS, MISSED, SHUT, F, N, S, V
from twinbed.core.annotations import Annotations

HZ, END = 1000.0, 100_000


def marks(*rows, length=END):
    return Annotations.of(rows, HZ, length)


def beats(*samples, symbol="N"):
    return marks(*((t, symbol) for t in samples))


def matrix(reference, test, **options):
    counts = compare_beats(reference, test, **{"start_s": 0.0} | options).counts
    return {(int(i), int(j)): int(counts[i, j]) for i, j in zip(*np.nonzero(counts), strict=True)}


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ([1000, 2000], {(N, N): 2}),
        ([1150, 1850], {(N, N): 2}),  # at the edges of the window
        ([1151, 2000], {(N, N): 1, (N, MISSED): 1, (MISSED, N): 1}),  # just outside
        ([1000], {(N, N): 1, (N, MISSED): 1}),
        ([], {(N, MISSED): 2}),
        ([1000, 1500, 2000], {(N, N): 2, (MISSED, N): 1}),
        ([900, 1000, 2000], {(N, N): 2, (MISSED, N): 1}),  # the nearer of two is the partner
    ],
)
def test_pairs(test, expected):
    assert matrix(beats(1000, 2000), beats(*test)) == expected


def test_the_nearer_reference_beat_is_the_partner():
    assert matrix(beats(1000, 1100), beats(1090)) == {(N, N): 1, (N, MISSED): 1}


def test_two_close_beats_pair_in_order_where_their_successors_are_nearer_still():
    assert matrix(beats(1000, 1100), beats(1060, 1105)) == {(N, N): 2}


@pytest.mark.parametrize(("symbol", "kind"), sorted(BEATS.items()))
def test_classes(symbol, kind):
    assert matrix(beats(1000, symbol=symbol), beats(1000, symbol="V")) == {(kind, V): 1}
    assert matrix(beats(1000, symbol="F"), beats(1000, symbol=symbol)) == {(F, kind): 1}


@pytest.mark.parametrize("symbol", ["+", "~", "|", '"', "x", "!", "p", "^", "s", "T"])
def test_what_is_no_beat(symbol):
    assert matrix(beats(1000, symbol=symbol), beats(1000, symbol=symbol)) == {}


def test_learning_period():
    """A pair belongs by the reference's beat, an extra beat by its own."""
    reference = beats(9_000, 9_990, 10_010, 11_000)
    assert matrix(reference, beats(9_000, 9_995, 10_005, 11_000), start_s=10.0) == {(N, N): 2}
    assert matrix(beats(9_990), beats(10_010), start_s=10.0) == {}
    assert matrix(beats(10_010), beats(9_990), start_s=10.0) == {(N, N): 1}
    assert matrix(beats(), beats(9_990, 10_010), start_s=10.0) == {(MISSED, N): 1}
    assert matrix(reference, reference, start_s=10.0, end_s=10.5) == {(N, N): 1}


def test_shutdown():
    test = marks((1000, "N"), (1500, "~", 0x30), (3500, "~", 0), (4000, "N"))
    reference = beats(1000, 2000, 3000, 4000)
    table = compare_beats(reference, test, start_s=0.0)
    assert table.counts[N, SHUT] == 2
    assert table.counts.sum() == 4
    assert (table.missed_in_shutdown().part, table.missed_in_shutdown(N).whole, table.shutdown_s) == (2, 4, 2.0)
    assert matrix(test, reference) == {(N, N): 2, (SHUT, N): 2}
    assert table.rr_count == 0  # the interval over the shutdown does not count
    one_signal = marks((1000, "N"), (1500, "~", 0x10), (3500, "~", 0), (4000, "N"))
    assert matrix(reference, one_signal) == {(N, N): 2, (N, MISSED): 2}


def test_a_shutdown_may_last_to_the_end_and_begin_before_the_period():
    test = marks((1000, "~", -1))
    table = compare_beats(beats(2000, 3000), test, start_s=2.5)
    assert (table.counts[N, SHUT], table.shutdown_s) == (1, 97.5)


def test_ventricular_fibrillation():
    """Beats in it are skipped on each side; extra ones in the reference's are not counted."""
    reference = marks((1000, "N"), (1500, "["), (2000, "!"), (2100, "V"), (4000, "]"), (5000, "N"))
    test = beats(1000, 2000, 3000, 4500, 5000)
    assert matrix(reference, test) == {(N, N): 2, (MISSED, N): 1}
    assert matrix(test, reference) == {(N, N): 2, (N, MISSED): 3}
    table = compare_beats(reference, reference, start_s=0.0)
    assert (table.counts.sum(), table.rr_count) == (2, 0)


def test_rr_error():
    """A missed beat is an error of two intervals: its own, and that after it."""
    table = compare_beats(beats(1000, 2000, 3000), beats(1000, 2010, 3000), start_s=0.0)
    assert (table.rr_count, table.rms_rr_error_s) == (2, pytest.approx(0.01))
    table = compare_beats(beats(1000, 2000, 3000), beats(1000, 3000), start_s=0.0)
    assert (table.rr_count, table.rms_rr_error_s) == (2, pytest.approx(1.0))
    assert math.isnan(compare_beats(beats(1000), beats(1000), start_s=0.0).rms_rr_error_s)


def test_measures_of_beats():
    """Called v: V V N S F Q and an extra one; of those F and Q are no errors."""
    reference = marks(*((1000 * k, s) for k, s in enumerate("VVVNSF/AA", start=1)))
    test = marks(*((1000 * k, s) for k, s in enumerate("VVNVVVVAN", start=1)), (20_000, "V"))
    table = compare_beats(reference, test, start_s=0.0)
    assert table.veb_sensitivity == _ratio(2, 3)
    assert table.veb_positive_predictivity == _ratio(2, 5)
    assert table.veb_false_positive_rate == _ratio(3, 5)  # N, S and the extra one, of those and A a
    assert table.sveb_sensitivity == _ratio(1, 3)
    assert table.sveb_positive_predictivity == _ratio(1, 1)
    assert table.qrs_sensitivity == _ratio(9, 9)
    assert table.qrs_positive_predictivity == _ratio(9, 10)
    merged = table.without_supraventricular()
    assert (merged.beats(N), merged.beats(S), merged.beats()) == (4, 0, 9)
    assert merged.veb_positive_predictivity == table.veb_positive_predictivity


def _ratio(part, whole):
    return type(compare_beats(beats(), beats(), start_s=0.0).qrs_sensitivity)(part, whole)


def runs(reference, test, kind="VE", **options):
    """The cells that are not zero, of what was found and of what is true."""
    table = compare_runs(reference, test, kind, **{"start_s": 0.0} | options)
    return tuple(
        {(int(i), int(j)): int(m[i, j]) for i, j in zip(*np.nonzero(m), strict=True)} for m in (table.found, table.true)
    )


def written(text, first=1000, text_of=()):
    return marks(*((first + 500 * k, s) for k, s in enumerate(text) if s != "."))


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 6, 7, 12])
def test_runs_that_agree(length):
    text = written("N" + "V" * length + "N")
    cell = {(min(length, 6), min(length, 6)): 1}
    assert runs(text, text) == (cell, cell)
    text = written("N" + "A" * length + "N")
    assert runs(text, text, "SVE") == (cell, cell)
    assert runs(text, text, "VE") == ({}, {})


@pytest.mark.parametrize(
    ("reference", "test", "found", "true"),
    [
        ("NVVVN", "NVVNN", {(3, 2): 1}, {(2, 2): 1}),
        ("NVVN", "NVVVN", {(2, 2): 1}, {(3, 2): 1}),  # only what lies within the window counts
        ("NVVVVVVN", "NVVVNVVN", {(6, 3): 1}, {(3, 3): 1, (2, 2): 1}),
        ("NVVN", "NNNN", {(2, 0): 1}, {}),
        ("NNNN", "NVVN", {}, {(2, 0): 1}),
        ("NVFEN", "NFFVN", {(3, 3): 1}, {(3, 3): 1}),  # fusion and escape beats go on with a run
        ("NVV", "NVV", {(2, 2): 1}, {(2, 2): 1}),  # up to the end of the record
        ("", "NVVN", {}, {(2, 0): 1}),
    ],
)
def test_runs_that_differ(reference, test, found, true):
    assert runs(written(reference), written(test)) == (found, true)


def test_lengths_of_runs():
    reference, test = written("NVVNVVVNVVVVVVNVV"), written("NVVNVVNNVVVVVVNNN")
    table = compare_runs(reference, test, "VE", start_s=0.0)
    assert [table.sensitivity(n) for n in ("couplet", "short_run", "long_run")] == [
        _ratio(1, 2),
        _ratio(0, 1),
        _ratio(1, 1),
    ]
    assert [table.positive_predictivity(n) for n in ("couplet", "short_run", "long_run")] == [
        _ratio(2, 2), _ratio(0, 0), _ratio(1, 1)]  # fmt: skip


def test_a_shutdown_ends_a_run():
    text = marks((1000, "V"), (1200, "~", 0x30), (1400, "~", 0), (1500, "V"), (2000, "N"))
    assert runs(text, text) == ({(1, 1): 2}, {(1, 1): 2})


def test_the_part_of_a_run_after_the_start_counts():
    text = written("NVVVVN")
    assert runs(text, text, start_s=2.0)[0] == {(3, 4 - 1): 1}


def test_ventricular_fibrillation_is_a_long_run():
    text = marks((1000, "N"), (1500, "["), (4000, "]"), (5000, "N"))
    assert runs(text, text) == ({(6, 6): 1}, {(6, 6): 1})
    assert runs(text, text, start_s=3.0) == ({(6, 6): 1}, {(6, 6): 1})
    assert runs(text, written("NNNNNNNN"))[0] == {(6, 0): 1}


def test_beats_in_atrial_fibrillation_are_supraventricular():
    text = marks(
        (1000, "N"),
        (1400, "+", 0, "(AFIB"),
        (1500, "N"),
        (2000, "N"),
        (2500, "V"),
        (3000, "N"),
        (3500, "+", 0, "(N"),
        (3600, "N"),
    )
    found, true = runs(text, text, "SVE")
    assert found == true == {(6, 6): 1, (1, 6): 1}  # the episode, and what follows the ventricular beat in it
    assert runs(text, text)[0] == {(1, 1): 1}


def rhythms(*rows, length=END):
    return marks(*((t, "+", 0, text) for t, text in rows), length=length)


def test_episodes_that_overlap():
    reference = rhythms(
        (0, "(N"), (10_000, "(AFIB"), (20_000, "(N"), (30_000, "(AFIB"), (40_000, "(AFL"), (50_000, "(AFIB")
    )
    test = rhythms(
        (15_000, "(AFIB"), (16_000, "(N"), (17_000, "(AFIB"), (25_000, "(B"), (40_000, "(AFIB"), (45_000, "(N")
    )
    table = compare_episodes(reference, test, "AF", start_s=0.0)
    assert (table.found, table.missed, table.true, table.false) == (1, 2, 2, 1)
    assert (table.overlap_s, table.reference_s, table.test_s) == (4.0, 70.0, 14.0)
    table = compare_episodes(reference, test, "AF", start_s=0.0, exclude_flutter=True)
    assert (table.found, table.missed, table.true, table.false) == (1, 2, 2, 0)
    assert (table.overlap_s, table.test_s) == (4.0, 9.0)
    assert table.duration_positive_predictivity.percent == pytest.approx(100 * 4 / 9)


@pytest.mark.parametrize(
    ("test", "reference_s", "right_s"),
    [
        ((15000, 30000), 20.0, 10.0),  # begins in flutter: the reference comparator adds the 5 s
        ((5000, 15000), 5.0, 5.0),  # ends in it
        ((5000, 30000), 15.0, 15.0),  # holds it
        ((20000, 30000), 10.0, 10.0),  # begins where it ends
        ((12000, 18000), 0.0, 0.0),  # is nothing else: no episode
        ((15000, 45000), 30.0, 20.0),  # begins in one, ends in the next: 20 s between them, 10 s too many
    ],
)
def test_flutter_is_left_out_as_the_reference_comparator_does_it_or_rightly(test, reference_s, right_s):
    reference = rhythms((0, "(N"), (10000, "(AFL"), (20000, "(N"), (40000, "(AFL"), (50000, "(N"))
    said = rhythms((0, "(N"), (test[0], "(AFIB"), (test[1], "(N"))
    for as_reference, counted_s in ((True, reference_s), (False, right_s)):
        table = compare_episodes(reference, said, "AF", start_s=0.0, exclude_flutter=True, as_reference=as_reference)
        assert table.test_s == pytest.approx(counted_s)
        assert (table.true, table.false) == (0, int(counted_s > 0))


def test_an_episode_that_ends_where_the_period_begins_is_one_of_no_length():
    """As in the reference comparator; nothing can overlap with it."""
    text = rhythms((1000, "(AFIB"), (5000, "(N"))
    table = compare_episodes(text, text, "AF", start_s=5.0, end_s=9.0)
    assert (table.found, table.missed, table.true, table.false) == (0, 1, 0, 1)
    assert (table.reference_s, table.test_s) == (0.0, 0.0)


def test_episodes_begin_with_the_period():
    text = rhythms((1000, "(AFIB"), (5000, "(N"), (8000, "(AFIB"))
    table = compare_episodes(text, text, "AF", start_s=4.0, end_s=9.0)
    assert (table.found, table.true, table.reference_s, table.test_s) == (2, 2, 2.0, 2.0)
    assert compare_episodes(text, text, "AF", start_s=6.0, end_s=7.0).sensitivity.whole == 0


def test_fibrillation_of_the_ventricles():
    reference, test = marks((1000, "["), (5000, "]")), marks((6000, "["), (7000, "]"), (8000, "["))
    table = compare_episodes(reference, test, "VF", start_s=0.0)
    assert (table.found, table.missed, table.true, table.false, table.test_s) == (0, 1, 0, 2, 93.0)


def test_nothing_at_all():
    nothing = marks()
    table = compare_beats(nothing, nothing, start_s=0.0)
    assert table.counts.sum() == 0
    assert all(math.isnan(v) for v in table.measures().values())
    assert " - " in report.beats_line("1", table)
    assert runs(nothing, nothing) == ({}, {})
    table = compare_episodes(nothing, nothing, "AF", start_s=0.0)
    assert report.episodes_line("1", table).split()[5:9] == ["-"] * 4
    assert len(marks(length=None)) == 0
    assert compare_beats(marks(length=None), beats(1000)).counts.sum() == 0


def test_gross_and_average():
    """One record with 1 of 1 beats, one with 1 of 3, one without any."""
    tables = [compare_beats(beats(*many), beats(1000), start_s=0.0) for many in ([1000], [1000, 2000, 3000], [])]
    total = totals(tables)
    assert total.records == 3
    assert total.gross.qrs_sensitivity == _ratio(2, 4)
    assert total.average["qrs_sensitivity"] == pytest.approx((100 + 100 / 3) / 2)
    assert math.isnan(total.average["veb_sensitivity"])
    assert total.gross.qrs_positive_predictivity == _ratio(2, 3)
    with pytest.raises(ValueError, match="no tables"):
        totals([])


def test_what_cannot_be_compared():
    with pytest.raises(ValueError, match="give both at one frequency"):
        compare_beats(beats(1000), Annotations.of([(500, "N")], 500.0))
    with pytest.raises(ValueError, match="test period"):
        compare_beats(beats(1000), beats(1000))  # 100 s of record, 300 s of learning
    with pytest.raises(ValueError, match="VE or SVE"):
        compare_runs(beats(1000), beats(1000), "AF", start_s=0.0)
    with pytest.raises(ValueError, match="AF or VF"):
        compare_episodes(beats(1000), beats(1000), "ST", start_s=0.0)


@pytest.mark.parametrize(
    ("seconds", "printed"),
    [(0.0, "0.000"), (59.9996, "1:00.000"), (97.9, "1:37.900"), (305.967, "5:05.967"), (6471.301, "1:47:51.301")],
)
def test_durations(seconds, printed):
    assert report.duration(seconds) == printed
