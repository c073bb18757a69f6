"""Percentile curves agree with NumPy's percentiles to half a bin."""

import numpy as np
import pytest

from twinbed.studies import profile


def _glucose(n=50, days=3, seed=0):
    rng = np.random.default_rng(seed)
    times = np.arange(days * 288)
    return 150 + 40 * np.sin(2 * np.pi * times / 288) + rng.normal(0, 30, (n, len(times)))


def test_percentiles_of_the_day():
    g = _glucose()
    curves = profile.percentiles(profile.count(g, period_s=300.0, from_s=0.0))
    by_time = g.reshape(50, 3, 96, 3).transpose(2, 0, 1, 3).reshape(96, -1)
    for name, percent in (("p05", 5), ("p25", 25), ("p50", 50), ("p75", 75), ("p95", 95)):
        want = np.percentile(by_time, percent, axis=1)
        # half a bin, and half the gap between neighbours among 450 readings in the tails
        np.testing.assert_allclose(curves[name], want, atol=profile.GLUCOSE_BIN / 2 + 2.0)
        assert np.mean(np.abs(np.array(curves[name]) - want)) < profile.GLUCOSE_BIN / 2


def test_counts_add_up_and_survive_columns():
    g = _glucose()
    count = lambda rows: profile.count(rows, period_s=300.0, from_s=86400.0)
    whole = count(g)
    np.testing.assert_array_equal(whole, count(g[:13]) + count(g[13:]))
    np.testing.assert_array_equal(whole, profile.counts_of(profile.columns_of(whole)))
    assert whole.sum() == 50 * 2 * 288  # the first day is not counted


def test_what_is_far_off_falls_in_the_last_bin_and_what_is_missing_nowhere():
    counts = profile.count(np.array([[900.0, np.nan, -5.0]]), period_s=300.0, from_s=0.0)
    assert counts.sum() == 2
    assert counts[0, -1] == 1
    assert counts[0, 0] == 1
    assert np.isnan(profile.percentiles(counts)["p50"][50])
    assert profile.percentiles(counts)["p95"][0] == pytest.approx(600.0, abs=2.0)
