"""What holds for whatever two annotators write."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinbed.bench.ec57 import compare_beats, compare_episodes, compare_runs, totals
from twinbed.bench.ec57.standard import BEATS
from twinbed.core.annotations import Annotations

pytestmark = pytest.mark.long

HZ, END, START = 100.0, 6000, 1000
_ROW = st.tuples(
    st.integers(0, END - 1),
    st.sampled_from([*"NNNNVVAF/~~[]+++|"]),
    st.sampled_from([0, 0x30, 1]),
    st.sampled_from(["(AFIB", "(N", "(AFL"]),
)


annotators = st.lists(_ROW, max_size=60).map(lambda rows: sorted(rows, key=lambda row: row[0]))


def annotations(rows):
    kept = [(t, s, subtype if s == "~" else 0, text if s == "+" else "") for t, s, subtype, text in rows]
    return Annotations.of(kept, HZ, END)


def outside_fibrillation(written):
    """Beats and their samples, counted the slow way."""
    out, on = [], False
    for sample, symbol in zip(written.sample.tolist(), written.symbol.tolist(), strict=True):
        on = symbol == "[" or (on and symbol != "]")
        if symbol in BEATS and not on:
            out.append((sample, BEATS[symbol]))
    return out


@settings(deadline=None, max_examples=300)
@given(annotators, annotators)
def test_every_beat_of_the_reference_is_counted_once(reference, test):
    reference, test = annotations(reference), annotations(test)
    table = compare_beats(reference, test, start_s=START / HZ)
    expected = np.bincount([k for t, k in outside_fibrillation(reference) if t >= START], minlength=5)
    assert table.counts[:5].sum(axis=1).tolist() == expected.tolist()
    assert table.beats() == expected.sum()
    assert not table.counts[5:, 5:].any()


@settings(deadline=None, max_examples=200)
@given(annotators, annotators)
def test_every_beat_of_the_test_is_counted_at_most_once(reference, test):
    reference, test = annotations(reference), annotations(test)
    table = compare_beats(reference, test, start_s=0.0)
    written = np.bincount([k for _, k in outside_fibrillation(test)], minlength=5)
    assert (table.counts[:, :5].sum(axis=0) <= written).all()
    if "[" not in reference.symbol:
        assert table.counts[:, :5].sum(axis=0).tolist() == written.tolist()


@settings(deadline=None, max_examples=100)
@given(annotators)
def test_an_annotator_agrees_with_itself(one):
    one = annotations({row[0]: row for row in one}.values())  # of two beats at one sample neither is the nearer
    table = compare_beats(one, one, start_s=START / HZ)
    assert (table.counts == np.diag(np.diag(table.counts))).all()
    assert table.rr_squares_s2 == 0
    for kind in ("AF", "VF"):
        episodes = compare_episodes(one, one, kind, start_s=START / HZ)
        assert episodes.missed == episodes.false == 0
        assert episodes.overlap_s == episodes.reference_s == episodes.test_s
    for kind in ("VE", "SVE"):
        runs = compare_runs(one, one, kind, start_s=START / HZ)
        assert (runs.found == runs.true).all()


@settings(deadline=None, max_examples=100)
@given(annotators, annotators)
def test_exchange_exchanges(reference, test):
    """Runs and episodes are judged alike on both sides."""
    reference, test = annotations(reference), annotations(test)
    for kind in ("VE", "SVE"):
        one, other = (
            compare_runs(reference, test, kind, start_s=10.0),
            compare_runs(test, reference, kind, start_s=10.0),
        )
        assert (one.found == other.true).all()
        assert (one.true == other.found).all()
    one, other = (
        compare_episodes(reference, test, "AF", start_s=10.0),
        compare_episodes(test, reference, "AF", start_s=10.0),
    )
    assert (one.found, one.missed, one.reference_s) == (other.true, other.false, other.test_s)
    assert one.overlap_s == other.overlap_s <= min(one.reference_s, one.test_s) + 1e-9


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(annotators, annotators), min_size=1, max_size=4))
def test_gross_is_the_sum(pairs):
    tables = [compare_beats(*map(annotations, pair), start_s=0.0) for pair in pairs]
    gross = totals(tables).gross
    assert (gross.counts == sum(t.counts for t in tables)).all()
    assert gross.rr_count == sum(t.rr_count for t in tables)
