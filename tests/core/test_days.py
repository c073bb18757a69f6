"""Days are counted on the wall clock, and only complete ones are usable."""

import datetime
import itertools

import numpy as np
import pytest

from twinbed.core.days import days, usable_days
from twinbed.core.recording import Channel, Recording

DAY_S = 86400.0


def _recording(cgm_s, *, start=datetime.datetime(2024, 1, 1), boluses=(), meals=(), basal=()):
    def channel(signal, times, dose):
        t = np.array(times, dtype=float)
        return Channel(signal, t, np.full(len(t), 5.0), np.zeros(len(t)) if dose else None)

    cgm = Channel("cgm", np.asarray(cgm_s, dtype=float), np.full(len(cgm_s), 120.0))
    channels = {
        "cgm": cgm,
        "injection": channel("injection", boluses, True),
        "carbohydrate": channel("carbohydrate", meals, True),
        "insulin_rate": channel("insulin_rate", basal, False),
    }
    return Recording("p", start, channels)


def test_complete_days_whatever_the_period():
    for period_s in (60.0, 300.0, 900.0):
        found = days(_recording(np.arange(0.0, 3 * DAY_S, period_s)))
        assert [day.date.day for day in found] == [1, 2, 3]
        np.testing.assert_allclose([day.cgm_coverage for day in found], 1.0)


def test_a_gap_counts_from_one_period_after_its_last_reading():
    t = np.arange(0.0, DAY_S, 300.0)
    (day,) = days(_recording(t[(t < 6 * 3600) | (t >= 12 * 3600)]))
    assert day.cgm_coverage == pytest.approx(0.75)


def test_jitter_and_scans_are_no_gaps():
    t = np.cumsum(np.resize([900.0, 960.0, 840.0, 300.0, 600.0, 900.0], 96)) - 900.0
    found = days(_recording(np.append(t, np.arange(t[-1] + 900, DAY_S, 900.0))))
    assert found[0].cgm_coverage == pytest.approx(1.0)


def test_a_recording_that_starts_in_the_evening():
    start = datetime.datetime(2024, 2, 28, 18, 0)
    found = days(_recording(np.arange(0.0, 2 * DAY_S, 300.0), start=start))
    assert [(day.date.month, day.date.day) for day in found] == [(2, 28), (2, 29), (3, 1)]
    np.testing.assert_allclose([day.cgm_coverage for day in found], [0.25, 1.0, 0.75])
    assert found[1].start_s == 6 * 3600
    morning = days(_recording(np.arange(0.0, 2 * DAY_S, 300.0), start=start), day_start_h=6.0)
    np.testing.assert_allclose([day.cgm_coverage for day in morning], [0.5, 1.0, 0.5])
    assert morning[0].date == datetime.date(2024, 2, 28)


def test_each_rule_alone_makes_a_day_unusable():
    t = np.arange(0.0, DAY_S, 300.0)
    whole = {"boluses": (8e3, 4e4), "meals": (8e3, 4e4), "basal": (0.0,)}
    assert len(usable_days(_recording(t, **whole))) == 1
    for name, fewer in itertools.product(whole, [1]):
        assert usable_days(_recording(t, **whole | {name: whole[name][fewer:]})) == []
    assert usable_days(_recording(t[t < 0.7 * DAY_S], **whole)) == []
    assert len(usable_days(_recording(t, **whole | {"basal": ()}), need_basal=False)) == 1


def test_a_dose_on_the_next_day_does_not_count():
    t = np.arange(0.0, 2 * DAY_S, 300.0)
    recording = _recording(t, boluses=(8e3, DAY_S), meals=(8e3, 4e4), basal=(0.0, DAY_S))
    assert [day.boluses for day in days(recording)] == [1, 1]
    assert usable_days(recording) == []


def test_no_glucose_no_days():
    assert days(_recording([])) == []
    assert days(Recording("p", datetime.datetime(2024, 1, 1), {})) == []
